"""The exchange: journalled before it leaves, sent when it is there, read once; a broken step is taken again."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.collector import UmsProfile
from sidecar.collection import hear_file, rebuild, release_held, send_claims, take_back
from sidecar.core.policy import PaidInFull
from sidecar.errors import ClaimRefused, SpoolError, UnknownClaim
from tests.cycle.house import patron

from .house import Library
from .office import gave_back, paid, part, refused, took


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    built = Library(tmp_path, patron(1, "300"), patron(2, "400"))
    yield built
    built.close()


@pytest.fixture
def ums(tmp_path: Path) -> Iterator[Library]:
    built = Library(tmp_path, patron(1, "300"), release=PaidInFull(), profile=UmsProfile())
    yield built
    built.close()


def text_of(library: Library, name: str) -> str:
    return (library.folder / "outgoing" / name).read_text(encoding="utf-8")


def test_referred_claims_go_in_one_file_with_its_count_and_sum(library: Library) -> None:
    library.sent()
    assert library.files("outgoing") == ["cardwarden-000001.csv"]
    kept = library.journal.files_out(1)[0]
    assert (kept.claims, kept.total, kept.delivered) == (("C-000001", "C-000002"), 700_00, library.at)
    assert set(library.states().values()) == {"sent"}
    assert "Name1" in text_of(library, "cardwarden-000001.csv")


def test_nothing_new_is_no_file(library: Library) -> None:
    """The fifth defect of the known plugin: an empty run wrote a sentence in place of a header."""
    library.exchange()
    library.sent().exchange()
    assert library.files("outgoing") == ["cardwarden-000001.csv"]


def test_no_name_is_left_here_once_a_file_is_there(library: Library) -> None:
    library.sent()
    assert library.files("spool") == []
    assert b"Name1" not in b"".join(file.read_bytes() for file in library.folder.glob("journal.db*"))


def test_a_failed_delivery_marks_nobody_and_is_tried_again_with_the_same_file(library: Library) -> None:
    """The first defect of the known plugin: patrons marked, never submitted, never tried again."""
    library.referred()
    library.office.every = 1
    sent = library.exchange()
    assert (sent.trouble is not None, set(library.states().values())) == (True, {"referred"})
    waiting = (library.folder / "spool" / "cardwarden-000001.csv.cardwarden-waits").read_bytes()
    library.ils.put(patron(1, "900"))
    library.later(days=1)
    library.apply()
    library.office.every = 0
    assert library.exchange().trouble is None
    assert (library.folder / "outgoing" / "cardwarden-000001.csv").read_bytes() == waiting
    assert [file.name for file in library.journal.files_out(5)] == ["cardwarden-000002.csv", "cardwarden-000001.csv"]
    assert "update,C-000001,1,900.00" in text_of(library, "cardwarden-000002.csv")


def test_a_delivery_whose_answer_is_lost_is_there_once(library: Library) -> None:
    library.referred()
    library.office.every, library.office.after = 2, True
    assert library.exchange().trouble is not None
    assert (library.files("outgoing"), set(library.states().values())) == (["cardwarden-000001.csv"], {"referred"})
    library.office.every = 0
    assert library.exchange().trouble is None
    assert (library.files("outgoing"), set(library.states().values())) == (["cardwarden-000001.csv"], {"sent"})


def test_files_wait_where_nobody_else_may_read_them(library: Library) -> None:
    library.referred()
    library.office.every = 1
    library.exchange()
    spool = library.folder / "spool"
    assert stat.S_IMODE(spool.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in spool.iterdir()} == {0o600}


def test_files_of_others_in_the_spool_are_not_touched(library: Library) -> None:
    (library.folder / "spool").mkdir()
    (library.folder / "spool" / "notes.txt").write_text("mine", encoding="utf-8")
    library.sent()
    assert library.files("spool") == ["notes.txt"]


def test_every_file_goes_to_the_same_folder(ums: Library) -> None:
    """The second defect of the known plugin: updates went elsewhere than submissions."""
    ums.sent().later(days=1)
    ums.exchange()
    assert ums.files("outgoing") == ["ums-new-submissions-2026-11-30.csv", "ums-updates-2026-12-01.csv"]


def test_who_owes_nothing_any_more_is_told_so_once(ums: Library) -> None:
    """The eighth defect of the known plugin: whoever has no line any more keeps the last balance at the agency."""
    ums.sent().later(days=1)
    ums.ils.put(patron(1, paid_at=ums.at, settled_at=ums.at))
    ums.apply()
    assert ums.blocked("CW_CLAIM") == set()
    ums.exchange()
    assert "1,Name1,,,0.00" in text_of(ums, "ums-updates-2026-12-01.csv")
    ums.later(days=1)
    ums.apply()
    ums.exchange()
    assert (ums.states(), ums.files("outgoing")[-1]) == ({"1": "closed"}, "ums-updates-2026-12-01.csv")


def test_a_claim_of_someone_whom_the_ils_no_longer_knows_is_named_and_the_others_go(library: Library) -> None:
    library.gone = {"1"}
    sent = library.referred().exchange().sent
    assert sent.nobody == ("C-000001",)
    assert library.states() == {"1": "referred", "2": "sent"}


def test_a_lost_spool_is_said_and_can_be_told_anew(library: Library) -> None:
    library.referred()
    library.office.every = 1
    library.exchange()
    library.office.every = 0
    for file in (library.folder / "spool").iterdir():
        file.unlink()
    with pytest.raises(SpoolError, match="--rebuild"):
        library.exchange()
    assert [file.name for file in rebuild(library.there)] == ["cardwarden-000001.csv"]
    library.exchange()
    assert library.files("outgoing") == ["cardwarden-000002.csv"]
    assert set(library.states().values()) == {"sent"}


def test_a_file_in_the_spool_that_was_changed_does_not_leave(library: Library) -> None:
    library.referred()
    library.office.every = 1
    library.exchange()
    library.office.every = 0
    next((library.folder / "spool").iterdir()).write_bytes(b"other")
    with pytest.raises(SpoolError, match="not the file that was journalled"):
        library.exchange()


def test_all_balances_can_be_told_by_hand(ums: Library) -> None:
    ums.sent()
    send_claims(ums.there, whole=True)
    assert "ums-sync-2026-11-30-2.csv" in ums.files("outgoing")


def test_the_offices_word_frees_from_the_letter_to_the_release(library: Library) -> None:
    library.sent().later(days=1)
    library.says(took("C-000001"), took("C-000002"))
    assert library.exchange().heard.taken == 2
    library.later(days=5)
    library.says(part("C-000001", "100.00", "200.00"), paid("C-000002", "400.00"), number=2)
    library.exchange()
    library.apply()
    assert library.blocked("CW_CLAIM") == {"1"}
    library.later(days=5)
    library.says(paid("C-000001", "200.00"), number=3)
    library.exchange()
    library.apply()
    assert library.blocked("CW_CLAIM") == set()
    assert set(library.states().values()) == {"closed"}
    assert library.files("incoming") == []
    assert library.files("archive") == ["office-000001.csv", "office-000002.csv", "office-000003.csv"]


def test_a_file_is_read_once(library: Library) -> None:
    library.sent()
    name = library.says(part("C-000001", "100.00", "200.00", "P-X1"))
    content = (library.folder / "incoming" / name).read_bytes()
    library.exchange()
    (library.folder / "incoming" / name).write_bytes(content)
    assert library.exchange().heard.files == ()
    (library.folder / "incoming" / "again.csv").write_bytes(content)
    (file,) = library.exchange().heard.files
    assert (file.taken, "was read before" in file.problems[0].what) == (0, True)
    assert library.journal.claims(["1"])[0].paid_to_office == 100_00
    assert library.files("incoming") == []


def test_a_file_whose_archiving_failed_is_not_read_again(library: Library) -> None:
    library.sent()
    library.says(part("C-000001", "100.00", "200.00"))
    library.office.calls, library.office.every = 0, 3  # waiting, fetch, archive
    assert library.exchange().heard.trouble is not None
    library.office.every = 0
    library.exchange()
    assert library.journal.claims(["1"])[0].paid_to_office == 100_00
    assert (library.files("incoming"), library.files("archive")) == ([], ["office-000001.csv"])


def test_what_is_wrong_with_a_line_is_told_of_it_and_the_rest_is_taken(library: Library) -> None:
    library.sent()
    library.says(
        took("C-000099"),
        "nonsense",
        part("C-000001", "900.00", "0.01"),
        paid("C-000002", "400.00", patron="1"),
        took("C-000001"),
        took("C-000001"),
    )
    (file,) = library.exchange().heard.files
    assert [problem.line for problem in file.problems] == [3, 4, 5, 6, 8]
    assert (file.taken, library.states()) == (1, {"1": "acknowledged", "2": "sent"})
    assert library.journal.files_in(1)[0].problems == file.problems


def test_a_file_that_is_not_whole_stays_until_it_is(library: Library) -> None:
    library.sent()
    name = library.says(took("C-000001"), total="17.00")
    heard = library.exchange().heard
    assert (heard.files, heard.unread[0][0]) == ((), name)
    assert (library.files("incoming"), library.states()["1"]) == ([name], "sent")
    library.says(took("C-000001"))
    library.exchange()
    assert (library.files("incoming"), library.states()["1"]) == ([], "acknowledged")


def test_a_gap_and_a_number_that_comes_again_are_told(library: Library) -> None:
    library.sent()
    library.says(took("C-000001"), number=1)
    library.exchange()
    library.says(took("C-000002"), number=4)
    (file,) = library.exchange().heard.files
    assert file.problems[0].what == "has number 4, and files 2 to 3 are missing: ask the office"
    library.says(part("C-000002", "1.00", "399.00"), number=4, name="other.csv")
    (again,) = library.exchange().heard.files
    assert (again.taken, "as a file before it" in again.problems[0].what) == (1, True)


def test_what_is_no_file_of_the_offices_stays_where_it_is(library: Library) -> None:
    (library.folder / "incoming" / "README.txt").write_text("hello", encoding="utf-8")
    assert library.exchange().heard.unexpected == ("README.txt",)
    assert library.files("incoming") == ["README.txt"]


def test_a_claim_that_is_given_back_is_over_and_staff_see_it(library: Library) -> None:
    library.sent()
    library.says(gave_back("C-000001", "given_up"))
    library.exchange()
    library.later(days=1)
    library.apply()
    claim = library.journal.claims(["1"])[0]
    assert (claim.state.value, claim.is_given_back_unpaid, library.blocked("CW_CLAIM")) == ("closed", True, {"2"})


def test_a_refused_claim_waits_for_staff_who_may_send_it_again(library: Library) -> None:
    library.sent()
    library.says(refused("C-000001"))
    library.exchange()
    library.exchange()
    assert (library.states()["1"], library.files("outgoing")) == ("referred", ["cardwarden-000001.csv"])
    release_held(library.journal, "C-000001", "ann", library.at)
    library.exchange()
    assert (library.states()["1"], library.files("outgoing")[-1]) == ("sent", "cardwarden-000002.csv")
    assert [act.detail for act in library.journal.acts(5) if act.act == "claim_send"] == ["C-000001"]


def test_staff_take_a_claim_back_and_the_block_ends_once_the_office_was_told(library: Library) -> None:
    library.sent()
    take_back(library.journal, "C-000001", "ann", library.at)
    library.apply()
    assert library.blocked("CW_CLAIM") == {"1", "2"}
    library.exchange()
    library.apply()
    assert library.blocked("CW_CLAIM") == {"2"}
    assert "withdrawal,C-000001" in text_of(library, "cardwarden-000002.csv")


def test_staff_take_a_claim_back_before_it_is_sent_and_it_never_goes(library: Library) -> None:
    library.referred()
    take_back(library.journal, "C-000001", "ann", library.at)
    library.apply()
    library.exchange()
    assert library.states() == {"1": "closed", "2": "sent"}
    assert "C-000001" not in text_of(library, "cardwarden-000001.csv")


def test_what_cannot_be_ordered_of_a_claim_is_refused_with_the_reason(library: Library) -> None:
    with pytest.raises(ClaimRefused, match="was told only"):
        take_back(library.journal, "C-000001", "ann", library.at)
    with pytest.raises(ClaimRefused, match="does not wait for staff: it is told"):
        release_held(library.journal, "C-000001", "ann", library.at)
    with pytest.raises(UnknownClaim, match="no claim C-000077"):
        take_back(library.journal, "C-000077", "ann", library.at)


def test_a_file_that_staff_were_given_is_heard_like_one_that_was_fetched(library: Library) -> None:
    library.sent()
    name = library.says(took("C-000001"))
    path = library.folder / "incoming" / name
    hear_file(library.there, name, path.read_bytes())
    assert library.states()["1"] == "acknowledged"


def test_an_office_that_sends_nothing_back_is_not_asked(ums: Library) -> None:
    ums.sent()
    (ums.folder / "incoming" / "a.csv").write_bytes(b"x")
    assert ums.exchange().heard.files == ()
