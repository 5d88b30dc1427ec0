"""What staff release in the ILS is journalled once, with the cases; and which answers the ILS was given."""

from dataclasses import replace
from datetime import datetime

from sidecar.core.model import Origin, StaffRelease, Stage
from sidecar.ports import TakenRelease, ToldAnswer
from sidecar.store import SqlJournal

from .builders import DAY, HOUR, NOW, a_case, a_cycle


def a_release(number: str = "3", at: datetime = NOW - HOUR, **more: object) -> StaffRelease:
    known: dict[str, object] = {"reason": "Pas vist"} | more
    return StaffRelease(number, "CW_PIN", "pin", "52", photo_id_checked=True, at=at, rows=("41",), **known)  # type: ignore[arg-type]


def take(journal: SqlJournal, *releases: StaffRelease, patron: str = "1") -> int:
    cycle = a_cycle(journal)
    journal.save_cases((), (), released=[TakenRelease(cycle, patron, each) for each in releases])
    return cycle


def test_who_saw_what_and_why_is_journalled_with_the_ilss_own_number(journal: SqlJournal) -> None:
    cycle = take(journal, a_release())
    (kept,) = journal.releases("1")
    assert (kept.rule, kept.staff, kept.photo_id_checked, kept.reason) == ("pin", "koha:52", True, "Pas vist")
    assert (kept.at, kept.patron, kept.cycle, kept.in_ils) == (NOW - HOUR, "1", cycle, "3")


def test_a_release_is_taken_once(journal: SqlJournal) -> None:
    first = take(journal, a_release())
    second = take(journal, replace(a_release(), reason="told again"), a_release("4"), a_release("4"))
    assert [(each.in_ils, each.cycle, each.reason) for each in journal.releases()] == [
        ("4", second, "Pas vist"),
        ("3", first, "Pas vist"),
    ]


def test_it_is_known_by_its_number_and_its_moment(journal: SqlJournal) -> None:
    """A plugin that was installed anew counts from 1 again."""
    take(journal, a_release("1"), a_release("2"))
    assert journal.known_releases([a_release("1"), a_release("2", at=NOW), a_release("9")]) == {"1"}
    take(journal, a_release("2", at=NOW))
    assert len(journal.releases()) == 3


def test_a_great_many_are_asked_about_at_once(journal: SqlJournal) -> None:
    many = [a_release(str(number)) for number in range(1, 1202)]
    take(journal, *many)
    assert len(journal.known_releases([*many, a_release("5000")])) == 1201


def test_case_and_release_are_kept_together(journal: SqlJournal) -> None:
    override = replace(a_case(), stage=Stage.OVERRIDDEN, origin=Origin.STAFF, by="koha:52")
    journal.save_cases([override], [("1", "pin")], released=[TakenRelease(a_cycle(journal), "1", a_release())])
    assert journal.cases()["1"]["debt"] == override
    assert journal.known_releases([a_release()]) == {"3"}


def test_those_of_a_cycle_and_those_by_command_are_told_apart(journal: SqlJournal) -> None:
    cycle = take(journal, a_release())
    journal.record_release(cycle + 0, "2", "debt", "AB", photo_id_checked=False, at=NOW)
    assert [(each.staff, each.in_ils) for each in journal.releases(cycle=cycle)] == [("AB", None), ("koha:52", "3")]
    assert [each.staff for each in journal.releases("2")] == ["AB"]


def test_it_is_forgotten_when_its_time_has_come(journal: SqlJournal) -> None:
    take(journal, a_release("3", at=NOW - 5 * DAY), a_release("4"))
    assert journal.prune(NOW - 3 * DAY, NOW - 3 * DAY)["staff_releases"] == 1
    assert [each.in_ils for each in journal.releases()] == ["4"]


def test_a_patron_may_see_it_and_have_it_erased(journal: SqlJournal) -> None:
    take(journal, a_release())
    journal.keep_told({"1": ToldAnswer("d" * 64, NOW)}, ())
    exported = journal.export_patron("1")
    (kept,) = exported["staff_releases"]  # type: ignore[misc]
    assert (kept["staff"], kept["in_ils"], kept["result"]) == ("koha:52", "3", "written")
    assert [row["digest"] for row in exported["told_answers"]] == ["d" * 64]  # type: ignore[attr-defined]
    erased = journal.erase_patron("1")
    assert (erased["staff_releases"], erased["told_answers"]) == (1, 1)
    assert journal.releases("1") == []
    assert [(each.patron, each.reason) for each in journal.releases()] == [("", "")]
    assert journal.known_releases([a_release()]) == {"3"}, "it is not journalled a second time"


def test_the_answers_that_the_ils_has_are_remembered_by_their_digests(journal: SqlJournal) -> None:
    journal.keep_told({"1": ToldAnswer("a" * 64, NOW), "2": ToldAnswer("b" * 64, NOW, free_since=NOW)}, ())
    journal.keep_told({"1": ToldAnswer("c" * 64, NOW + HOUR)}, ["2", "3"])
    assert journal.told_answers() == {"1": ToldAnswer("c" * 64, NOW + HOUR)}
