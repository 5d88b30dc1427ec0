"""What a plugin of Koha's in use for the same files does wrong, as far as it is about files; ours does not."""

import csv
from functools import partial

import pytest

from adapters.collector import FileOffice, GenericProfile, UmsProfile
from sidecar.core.collection.claim import OrderKind, OutgoingFile
from sidecar.errors import OfficeUnreachable
from sidecar.ports import Profile
from tests.collector.builders import batch, item
from tests.collector.servers import LoopbackSftp

PROFILES = [GenericProfile(), UmsProfile()]


def by_profile(profile: Profile) -> str:
    return profile.name


each_profile = partial(pytest.mark.parametrize, "profile", PROFILES, ids=by_profile)


def rows(file: OutgoingFile) -> list[list[str]]:
    return list(csv.reader(file.content.decode("utf-8").splitlines(), strict=True))


@each_profile()
def test_1_an_upload_that_fails_is_told_to_whoever_asked_and_the_same_file_goes_later(
    profile: Profile, sftp: LoopbackSftp, sftp_office: FileOffice
) -> None:
    """There it is only logged, after the patron was marked as sent: nobody ever tries again."""
    (file,) = profile.files(batch(item()))
    sftp.faults.fails = lambda _call, name: name == "write"
    with pytest.raises(OfficeUnreachable, match="tried again"):
        sftp_office.deliver(file)
    assert file.name not in [each.name for each in (sftp.root / "out").iterdir()]
    sftp.faults.fails = lambda _call, _name: False
    sftp_office.deliver(file)
    assert (sftp.root / "out" / file.name).read_bytes() == file.content


def test_2_every_file_goes_to_the_folder_that_is_named(sftp: LoopbackSftp, sftp_office: FileOffice) -> None:
    """There new submissions go to the folder of the settings, and updates always to `incoming`."""
    made = batch(item(), item(kind=OrderKind.UPDATE, claim="C-000124", patron="4712"))
    files = [*UmsProfile().files(made), *UmsProfile().files(batch(item(kind=OrderKind.UPDATE), whole=True))]
    for file in files:
        sftp_office.deliver(file)
    assert len(files) == 3
    assert {each.name for each in (sftp.root / "out").iterdir()} == {file.name for file in files}
    assert list((sftp.root / "in").iterdir()) == []


@each_profile()
def test_5_a_run_with_nothing_to_tell_sends_no_file_that_says_so_in_words(profile: Profile) -> None:
    """There it sends a line of English in place of a list."""
    assert list(profile.files(batch())) == []
    (file,) = profile.files(batch(item(kind=OrderKind.UPDATE)))
    assert all(len(row) == len(rows(file)[-1]) for row in rows(file)[1 if profile.name == "generic" else 0 :])


@each_profile()
def test_6_a_million_has_no_thousands_marks(profile: Profile) -> None:
    """There 1,234,567.89 is written in one column, and read by taking the first comma out."""
    for kind in (OrderKind.CLAIM, OrderKind.UPDATE):
        (file,) = profile.files(batch(item(kind=kind, amount=123_456_789)))
        assert b"1234567.89" in file.content
        assert b"1,234" not in file.content


@each_profile()
@pytest.mark.parametrize("kind", [OrderKind.UPDATE, OrderKind.WITHDRAWAL])
def test_8_a_balance_of_nothing_is_a_line_of_its_own(profile: Profile, kind: OrderKind) -> None:
    """There a patron without account lines is in no file any more, and the agency goes on asking for the last sum."""
    (file,) = profile.files(batch(item(kind=kind, amount=0)))
    assert "4711" in rows(file)[-1]
    assert "0.00" in rows(file)[-1]
