"""Files go and come whole, once, and never over another one: in a folder and over SFTP alike."""

import pytest

from adapters.collector.naming import temporary
from sidecar.core.collection.claim import OutgoingFile
from sidecar.errors import OfficeError, OfficeRefuses, OfficeUnreachable
from tests.collector.conftest import Place

LARGE = bytes(range(256)) * 1024


def file(content: bytes = b"a,b\r\n", name: str = "cardwarden-000017.csv") -> OutgoingFile:
    return OutgoingFile(name, content)


def test_a_file_arrives_whole_and_alone(place: Place) -> None:
    place.office.deliver(file(LARGE))
    assert place.names(place.out) == ["cardwarden-000017.csv"]
    assert (place.out / "cardwarden-000017.csv").read_bytes() == LARGE


def test_the_same_file_twice_is_there_once(place: Place) -> None:
    place.office.deliver(file())
    before = (place.out / "cardwarden-000017.csv").stat()
    place.office.deliver(file())
    after = (place.out / "cardwarden-000017.csv").stat()
    assert place.names(place.out) == ["cardwarden-000017.csv"]
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_nothing_is_written_over_another_file_of_that_name(place: Place) -> None:
    place.office.deliver(file(b"first"))
    with pytest.raises(OfficeRefuses, match=r"cardwarden-000017\.csv is there with other content, and nothing is"):
        place.office.deliver(file(b"other"))
    assert (place.out / "cardwarden-000017.csv").read_bytes() == b"first"
    assert place.names(place.out) == ["cardwarden-000017.csv"]


def test_what_a_broken_delivery_left_is_swept_and_nothing_else(place: Place) -> None:
    for name in (temporary("cardwarden-000016.csv"), temporary("cardwarden-000017.csv"), ".theirs.part", "theirs.csv"):
        (place.out / name).write_bytes(b"half")
    place.office.deliver(file())
    assert place.names(place.out) == [".theirs.part", "cardwarden-000017.csv", "theirs.csv"]


def test_a_name_that_leads_elsewhere_is_not_used(place: Place) -> None:
    for name in ("../in/x.csv", "", ".hidden.csv", "a\nb.csv", "x" * 201):
        with pytest.raises(OfficeRefuses, match="not used"):
            place.office.deliver(file(name=name))
        with pytest.raises(OfficeRefuses, match="not used"):
            place.office.fetch(name)
    assert place.names(place.out) == place.names(place.in_) == []


def test_plain_files_wait_in_order_of_name(place: Place) -> None:
    for name in ("office-000002.csv", "office-000001.csv", ".half.csv", "Zahlung März.csv"):
        (place.in_ / name).write_bytes(b"x")
    (place.in_ / "folder.csv").mkdir()
    (place.in_ / "link.csv").symlink_to(place.in_ / "office-000001.csv")
    assert place.office.waiting() == ["Zahlung März.csv", "office-000001.csv", "office-000002.csv"]


def test_a_name_that_is_no_utf_8_keeps_no_other_file_back(place: Place) -> None:
    with open(bytes(place.in_) + b"/M\xe4rz.csv", "wb"):  # noqa: PTH123 - a name that is only bytes
        pass
    (place.in_ / "office-000001.csv").write_bytes(b"x")
    assert place.office.waiting() == ["office-000001.csv"]


def test_a_file_is_read_and_then_moved_out_of_the_way(place: Place) -> None:
    (place.in_ / "office-000001.csv").write_bytes(LARGE)
    assert place.office.fetch("office-000001.csv") == LARGE
    place.office.archive("office-000001.csv")
    assert (place.names(place.in_), place.names(place.archive)) == ([], ["office-000001.csv"])
    assert (place.archive / "office-000001.csv").read_bytes() == LARGE


def test_a_file_that_was_moved_already_needs_no_moving(place: Place) -> None:
    place.office.archive("office-000001.csv")
    assert place.names(place.archive) == []


def test_the_archive_keeps_each_file_of_a_name_and_none_twice(place: Place) -> None:
    for content in (b"first", b"second", b"third", b"second"):
        (place.in_ / "payments.csv").write_bytes(content)
        place.office.archive("payments.csv")
        assert place.names(place.in_) == []
    assert {each.name: each.read_bytes() for each in place.archive.iterdir()} == {
        "payments.csv": b"first",
        "payments.csv.2": b"second",
        "payments.csv.3": b"third",
    }


def test_a_file_that_is_gone_is_said_to_be_gone(place: Place) -> None:
    with pytest.raises(OfficeUnreachable, match=r"office-000001\.csv is there no longer"):
        place.office.fetch("office-000001.csv")


def test_a_file_larger_than_any_list_is_not_read(place: Place) -> None:
    with (place.in_ / "office-000001.csv").open("wb") as large:
        large.truncate(33 * 1024 * 1024)
    with pytest.raises(OfficeRefuses, match="larger"):
        place.office.fetch("office-000001.csv")


@pytest.mark.parametrize("missing", ["out", "in", "archive"])
def test_a_folder_that_is_missing_is_named_and_never_made(place: Place, missing: str) -> None:
    root = place.out.parent
    (root / missing).rmdir()
    acts = {
        "out": lambda: place.office.deliver(file()),
        "in": place.office.waiting,
        "archive": lambda: place.office.archive("x.csv"),
    }
    if missing == "archive":
        (place.in_ / "x.csv").write_bytes(b"x")
    with pytest.raises(OfficeError, match=f"{missing}.*(no such folder|is not there)"):
        acts[missing]()
    assert not (root / missing).exists()
    if missing == "archive":
        assert place.names(place.in_) == ["x.csv"]


def test_a_check_finds_nothing_wrong_and_leaves_nothing(place: Place) -> None:
    assert place.office.problems() == ()
    assert place.names(place.out) == place.names(place.in_) == place.names(place.archive) == []


def test_a_check_names_each_folder_that_cannot_be_used(place: Place) -> None:
    place.in_.rmdir()
    place.archive.rmdir()
    first, second = place.office.problems()
    assert "/in" in first
    assert "/archive" in second
