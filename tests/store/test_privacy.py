"""What is forgotten, and what the journal knows of one patron."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.core.brakes import Brake
from sidecar.errors import StillInLog
from sidecar.ports import CycleOutcome, Mode, Outcome, PersonalAct, Result, ToldAnswer
from sidecar.store import SqlJournal

from .builders import (
    DAY,
    NOW,
    POLICY,
    HandClock,
    a_case,
    a_cycle,
    add,
    approve_and_use,
    ended_cycle,
    plan_of,
    remove,
    write,
)
from .conftest import Opener

LONG_AGO = NOW - timedelta(days=400)
YEAR = timedelta(days=365)


def test_what_is_old_is_forgotten_and_counted(journal: SqlJournal) -> None:
    ended_cycle(journal, at=LONG_AGO)
    old = write(journal, [add("1"), add("2")], at=LONG_AGO)
    journal.record_vanished(old, [("1", "debt")], LONG_AGO)
    journal.record_release(old, "1", "pin", "Ann", photo_id_checked=True, at=LONG_AGO)
    approve_and_use(journal, old, LONG_AGO)
    journal.end_cycle(old, CycleOutcome.DONE, LONG_AGO)
    new = write(journal, [add("3")])
    journal.end_cycle(new, CycleOutcome.DONE, NOW)
    journal.save_cases((), [("1", "debt"), ("2", "debt")])
    gone = journal.prune(NOW - YEAR, NOW - YEAR)
    assert gone == {
        "changes": 2,
        "vanished": 1,
        "staff_releases": 1,
        "acts": 0,
        "approvals": 1,
        "plans": 1,
        "cycles": 2,
    }
    assert [change.patron for change in journal.changes()] == ["3"]
    assert [cycle.id for cycle in journal.cycles(10)] == [new]
    assert set(journal.cases()) == {"3"}


def test_a_block_that_stands_keeps_the_changes_that_explain_it(journal: SqlJournal) -> None:
    write(journal, [add("1"), add("2")], at=LONG_AGO)
    journal.save_cases((), [("2", "debt")])
    assert journal.prune(NOW - YEAR, NOW - YEAR)["changes"] == 1
    assert [change.patron for change in journal.changes()] == ["1"]


def test_a_block_is_on_record_as_long_as_its_release(journal: SqlJournal) -> None:
    """Thirty days after the release, not after the block."""
    write(journal, [add("1")], at=LONG_AGO)
    write(journal, [remove("1")], at=NOW - DAY - DAY)
    assert journal.prune(NOW - 3 * DAY, NOW - YEAR)["changes"] == 0
    assert journal.prune(NOW - DAY, NOW - YEAR)["changes"] == 2


def test_cycles_may_be_kept_longer_than_what_is_about_patrons(journal: SqlJournal) -> None:
    for _ in range(3):
        ended_cycle(journal, Mode.DRY_RUN, at=LONG_AGO)
    assert journal.prune(NOW - YEAR, LONG_AGO - YEAR)["cycles"] == 0
    assert journal.prune(NOW - YEAR, NOW - YEAR)["cycles"] == 3


def test_open_intents_and_their_cycle_are_kept(journal: SqlJournal) -> None:
    cycle = write(journal, [add("1")], None, at=LONG_AGO)
    journal.prune(NOW - YEAR, NOW - YEAR)
    assert len(journal.open_intents()) == 1
    assert [kept.id for kept in journal.cycles(10)] == [cycle]


def test_a_journal_still_knows_that_it_applied_before(journal: SqlJournal) -> None:
    ended_cycle(journal, at=LONG_AGO)
    ended_cycle(journal, at=LONG_AGO)
    last = ended_cycle(journal, Mode.RELEASE_ONLY, at=LONG_AGO)
    ended_cycle(journal, Mode.DRY_RUN, at=LONG_AGO)
    assert journal.prune(NOW - YEAR, NOW - YEAR)["cycles"] == 3
    assert [kept.id for kept in journal.cycles(10)] == [last]


def test_the_last_24_hours_are_kept_whatever_is_asked(journal: SqlJournal) -> None:
    write(journal, [add("1")], at=NOW - timedelta(hours=23))
    assert set(journal.prune(NOW + YEAR, NOW + YEAR).values()) == {0}
    assert journal.history(NOW).added == {"CW_DEBT": 1}


def test_a_plan_with_an_approval_is_kept(journal: SqlJournal, clock: HandClock) -> None:
    plan = plan_of(add("1"))
    journal.keep_plan(a_cycle(journal), plan, POLICY, NOW)
    journal.approve(plan.digest, NOW + DAY, DAY)
    clock.at = NOW + 2 * DAY - timedelta(minutes=1)
    assert journal.prune(clock.at, clock.at)["plans"] == 0
    assert journal.approvals(POLICY, clock.at)[0].keys


def test_numbers_of_changes_are_never_given_again(journal: SqlJournal) -> None:
    write(journal, [add("1")], at=LONG_AGO)
    number = journal.changes()[0].id
    journal.prune(NOW - YEAR, NOW - YEAR)
    write(journal, [add("1")])
    assert journal.changes()[0].id > number


def test_all_of_one_patron_is_exported_and_nothing_of_another(journal: SqlJournal) -> None:
    cycle = write(journal, [add("1"), add("2")])
    journal.record_vanished(cycle, [("1", "debt")], NOW)
    journal.record_release(cycle, "1", "pin", "Ann\nBo", photo_id_checked=True, at=NOW)
    journal.keep_plan(cycle, plan_of(add("1"), add("2")), POLICY, NOW)
    exported = json.loads(json.dumps(journal.export_patron("1")))
    assert exported["patron"] == "1"
    assert [case["stage"] for case in exported["cases"]] == ["blocked"]
    assert [change["evidence"]["counted"] for change in exported["changes"]] == [22500]
    assert exported["changes"][0]["intended"] == "2026-03-02T09:30:00+00:00"
    assert exported["changes"][0]["case_after"]["stage"] == "blocked"
    assert [row["rule"] for row in exported["vanished"]] == ["debt"]
    assert [row["kind"] for row in exported["plans"]] == ["add"]
    (release,) = exported["staff_releases"]
    assert (release["staff"], release["photo_id_checked"], release["rule"]) == ("Ann Bo", True, "pin")
    assert {row["patron"] for rows in exported.values() if isinstance(rows, list) for row in rows} == {"1"}


def test_an_unknown_patron_exports_nothing(journal: SqlJournal) -> None:
    exported = journal.export_patron("404")
    assert {name: len(rows) for name, rows in exported.items() if isinstance(rows, list)} == {
        "cases": 0,
        "plans": 0,
        "changes": 0,
        "staff_releases": 0,
        "vanished": 0,
        "held_changes": 0,
        "former_rows": 0,
        "told_answers": 0,
    }


def test_an_erased_patron_is_nowhere_and_still_counted(journal: SqlJournal) -> None:
    cycle = write(journal, [add("1"), add("2")])
    journal.record_vanished(cycle, [("1", "debt")], NOW)
    journal.record_release(cycle, "1", "pin", "Ann", photo_id_checked=False, at=NOW)
    journal.keep_plan(cycle, plan_of(add("1"), add("2")), POLICY, NOW)
    journal.keep_held({add(patron).key: Brake.ADDITIONS for patron in ("1", "2")}, (), NOW)
    journal.keep_former_rows({"1": {"41": "debt"}, "2": {"42": "debt"}}, ["1", "2"])
    journal.keep_told({"1": ToldAnswer("d", NOW)}, ())
    exported = journal.export_patron("1")
    assert [row["brake"] for row in exported["held_changes"]] == ["additions"]
    assert [row["row"] for row in exported["former_rows"]] == ["41"]
    erased = journal.erase_patron("1")
    assert set(erased.values()) == {1}
    assert journal.held().keys() == {add("2").key}
    assert journal.former_rows().keys() == {"2"}
    assert not any(rows for rows in journal.export_patron("1").values() if isinstance(rows, list))
    assert set(journal.cases()) == {"2"}
    assert journal.history(NOW).added == {"CW_DEBT": 2}
    assert len(journal.history(NOW).vanished) == 1
    assert journal.changes()[-1].evidence == {}
    assert set(journal.erase_patron("1").values()) == {0}


def test_an_erased_patron_is_not_waited_for_and_not_remembered_anew(journal: SqlJournal) -> None:
    cycle = write(journal, [add("1")], None)
    journal.erase_patron("1")
    assert journal.open_intents() == []
    journal.conclude(cycle, [Outcome("1", Result.WRITTEN)], NOW)
    assert not journal.cases()


def test_what_another_reader_keeps_on_the_disk_is_not_said_to_be_gone(file: Path, opened: Opener) -> None:
    journal = opened(f"sqlite:///{file}?timeout=0.1")
    write(journal, [add("patron-8675309")], Result.WRITTEN)
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM changes").fetchone()
    with pytest.raises(StillInLog, match=f"stay in {file} and {file}-wal.* run the same command again"):
        journal.erase_patron("patron-8675309")
    assert journal.changes(patron="patron-8675309") == []
    reader.close()
    journal.erase_patron("patron-8675309")
    on_disk = b"".join(one.read_bytes() for one in file.parent.iterdir())
    assert b"patron-8675309" not in on_disk


def test_what_was_erased_is_gone_from_the_disk(file: Path, opened: Opener) -> None:
    journal = opened(f"sqlite:///{file}")
    journal.save_cases([a_case("patron-8675309")], [])
    write(journal, [remove("patron-8675309", "pin"), add("1")], None)
    journal.erase_patron("patron-8675309")
    for kept in file.parent.glob("journal.db*"):
        assert b"8675309" not in kept.read_bytes()


def test_what_is_nobody_s_is_pruned_by_its_own_age(journal: SqlJournal) -> None:
    write(journal, [add("1")], at=LONG_AGO)
    write(journal, [add("2")], at=NOW)
    for patron in ("1", "2"):
        journal.erase_patron(patron)
    assert journal.prune(NOW - YEAR, NOW - YEAR)["changes"] == 1


def test_who_ordered_what_is_kept_as_long_as_cycles_are(journal: SqlJournal) -> None:
    journal.record_act(PersonalAct.PAUSE, "abc", LONG_AGO)
    journal.record_act(PersonalAct.RESUME, "abc", NOW - 2 * DAY)
    assert journal.prune(NOW - DAY, NOW - YEAR)["acts"] == 1
    assert [act.act for act in journal.acts(9)] == [PersonalAct.RESUME]
