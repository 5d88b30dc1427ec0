"""A folder of this machine: who may read what lies there, and file systems that can less than others."""

import errno
import os
from pathlib import Path

import pytest

from adapters.collector import FileOffice, Folders, folder_office
from sidecar.core.collection.claim import OutgoingFile
from sidecar.errors import OfficeRefuses, OfficeUnreachable

FILE = OutgoingFile("cardwarden-000017.csv", b"a,b\r\n")
FOLDERS = Folders("out", "in", "archive")


@pytest.fixture
def office(root: Path) -> FileOffice:
    return folder_office(root, FOLDERS)


@pytest.mark.parametrize(("group_readable", "mode"), [(False, 0o600), (True, 0o640)])
def test_a_file_with_names_is_for_this_user_or_for_the_folder_s_group(
    root: Path, *, group_readable: bool, mode: int
) -> None:
    folder_office(root, FOLDERS, group_readable=group_readable).deliver(FILE)
    assert (root / "out" / FILE.name).stat().st_mode & 0o777 == mode


def failing(number: int):  # type: ignore[no-untyped-def]
    def fails(*_arguments: object, **_more: object) -> None:
        raise OSError(number, os.strerror(number))

    return fails


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_share_that_knows_no_second_name_for_a_file_is_good_enough(
    office: FileOffice, root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "link", failing(number))
    office.deliver(FILE)
    office.deliver(FILE)
    assert [(each.name, each.read_bytes()) for each in (root / "out").iterdir()] == [(FILE.name, FILE.content)]
    with pytest.raises(OfficeRefuses, match="other content"):
        office.deliver(OutgoingFile(FILE.name, b"other"))


def test_a_share_that_knows_no_rights_is_good_enough(
    office: FileOffice, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fchmod", failing(errno.EPERM))
    office.deliver(FILE)
    assert (root / "out" / FILE.name).read_bytes() == FILE.content


def test_an_archive_on_another_disk_gets_whole_files(
    office: FileOffice, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", failing(errno.EXDEV))
    for content in (b"first", b"second"):
        (root / "in" / "office-000001.csv").write_bytes(content)
        office.archive("office-000001.csv")
    assert {each.name: each.read_bytes() for each in (root / "archive").iterdir()} == {
        "office-000001.csv": b"first",
        "office-000001.csv.2": b"second",
    }
    assert list((root / "in").iterdir()) == []


def test_a_move_that_broke_off_between_its_two_names_is_finished(office: FileOffice, root: Path) -> None:
    (root / "in" / "office-000001.csv").write_bytes(b"x")
    os.link(root / "in" / "office-000001.csv", root / "archive" / "office-000001.csv")
    office.archive("office-000001.csv")
    assert [each.name for each in root.rglob("*.csv*")] == ["office-000001.csv"]


def test_a_full_disk_is_tried_again_and_leaves_nothing_under_the_name(
    office: FileOffice, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", failing(errno.ENOSPC))
        with pytest.raises(OfficeUnreachable, match=r"No space left on device\. It is tried again"):
            office.deliver(FILE)
        assert not (root / "out" / FILE.name).exists()
    office.deliver(FILE)
    assert [each.name for each in (root / "out").iterdir()] == [FILE.name]


def test_a_folder_that_this_user_may_not_write_is_for_a_person(
    office: FileOffice, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "open", failing(errno.EACCES))
    with pytest.raises(OfficeRefuses, match=r"Permission denied\. Let this user read and write there"):
        office.deliver(FILE)


def test_what_a_link_leads_to_is_not_read(office: FileOffice, root: Path) -> None:
    (root / "secret").write_bytes(b"not the office's")
    (root / "in" / "office-000001.csv").symlink_to(root / "secret")
    with pytest.raises(OfficeUnreachable):
        office.fetch("office-000001.csv")
