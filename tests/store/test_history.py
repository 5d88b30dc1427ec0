"""What the brakes count over 24 hours, and when a journal has applied for the first time."""

from datetime import timedelta

import pytest

from sidecar.ports import CycleOutcome, Mode, Result
from sidecar.store import SqlJournal

from .builders import DAY, HOUR, MINUTE, NOW, POLICY, a_cycle, add, approve_and_use, ended_cycle, remove, write


def test_a_new_journal_has_no_history(journal: SqlJournal) -> None:
    history = journal.history(NOW)
    assert (history.added, history.removed, history.vanished, history.first) == ({}, {}, frozenset(), True)


def test_writes_are_counted_by_rule(journal: SqlJournal) -> None:
    write(journal, [add("1"), add("2"), add("3", "pin"), remove("4"), remove("5", "pin")])
    history = journal.history(NOW + MINUTE)
    assert history.added == {"debt": 2, "pin": 1}
    assert history.removed == {"debt": 1, "pin": 1}


def test_writes_of_unknown_outcome_are_counted(journal: SqlJournal) -> None:
    write(journal, [add("1"), remove("2")], None)
    write(journal, [add("3")], Result.UNANSWERED)
    history = journal.history(NOW)
    assert history.added == {"debt": 2}
    assert history.removed == {"debt": 1}


@pytest.mark.parametrize("result", [Result.ALREADY, Result.MOVED, Result.GONE, Result.REFUSED])
def test_what_was_not_written_is_not_counted(journal: SqlJournal, result: Result) -> None:
    write(journal, [add("1"), remove("2")], result)
    assert journal.history(NOW).added == {}
    assert journal.history(NOW).removed == {}


def test_what_was_approved_is_not_counted(journal: SqlJournal) -> None:
    changes = [add("1"), remove("2")]
    write(journal, changes, approved=frozenset(change.key for change in changes))
    assert journal.history(NOW).added == {}
    assert journal.history(NOW).removed == {}


def test_releases_with_a_payment_behind_them_are_not_counted(journal: SqlJournal) -> None:
    write(journal, [remove("1", paid=True), remove("2")])
    assert journal.history(NOW).removed == {"debt": 1}


def test_the_window_is_24_hours_of_the_writing(journal: SqlJournal) -> None:
    write(journal, [add("1")], at=NOW)
    assert journal.history(NOW + DAY - timedelta(microseconds=1)).added == {"debt": 1}
    assert journal.history(NOW + DAY).added == {}


def test_a_clock_that_was_set_back_loosens_no_brake(journal: SqlJournal) -> None:
    write(journal, [add("1")], at=NOW)
    assert journal.history(NOW - DAY).added == {"debt": 1}


def test_a_settled_write_counts_from_its_intent(journal: SqlJournal) -> None:
    write(journal, [add("1")], None)
    journal.settle([(journal.open_intents()[0].change_id, Result.WRITTEN)], NOW + DAY)
    assert journal.history(NOW + DAY - MINUTE).added == {"debt": 1}
    assert journal.history(NOW + DAY).added == {}


def test_vanished_rows_are_counted_for_24_hours(journal: SqlJournal) -> None:
    cycle = a_cycle(journal)
    journal.record_vanished(cycle, [("1", "debt"), ("1", "pin")], NOW)
    journal.record_vanished(cycle, [("2", "debt")], NOW + MINUTE)
    assert journal.history(NOW + MINUTE).vanished == {("1", "debt"), ("1", "pin"), ("2", "debt")}
    assert journal.history(NOW + DAY).vanished == {("2", "debt")}
    assert journal.history(NOW + DAY + MINUTE).vanished == frozenset()


def test_the_first_applied_cycle_that_left_nothing_waiting_makes_the_next_not_the_first(journal: SqlJournal) -> None:
    cycle = a_cycle(journal)
    assert journal.history(NOW).first
    journal.end_cycle(cycle, CycleOutcome.DONE, NOW)
    assert not journal.history(NOW).first


def test_a_cycle_that_held_everything_back_leaves_the_next_the_first_however_often_it_runs(journal: SqlJournal) -> None:
    for _ in range(3):
        ended_cycle(journal, outcome=CycleOutcome.PENDING)
    assert journal.history(NOW).first


@pytest.mark.parametrize(("mode", "first"), [(Mode.APPLY, False), (Mode.RELEASE_ONLY, True)])
def test_a_cycle_that_had_an_approval_makes_the_next_not_the_first_though_something_waits(
    journal: SqlJournal, mode: Mode, first: bool
) -> None:
    approve_and_use(journal, cycle := a_cycle(journal, mode))
    assert journal.history(NOW).first
    journal.end_cycle(cycle, CycleOutcome.PENDING, NOW)
    assert journal.history(NOW).first is first


@pytest.mark.parametrize(
    ("mode", "outcome", "kind", "applied"),
    [
        (Mode.DRY_RUN, CycleOutcome.DONE, "full", True),
        (Mode.RELEASE_ONLY, CycleOutcome.DONE, "full", True),
        (Mode.APPLY, CycleOutcome.FAILED, "full", True),
        (Mode.APPLY, CycleOutcome.DONE, "quick", True),
        (Mode.APPLY, CycleOutcome.DONE, "release", True),
        (Mode.APPLY, CycleOutcome.PENDING, "retire", True),
        (Mode.APPLY, CycleOutcome.DONE, "full", False),
    ],
)
def test_a_cycle_that_could_not_add_everything_is_not_the_first(
    journal: SqlJournal, mode: Mode, outcome: CycleOutcome, kind: str, applied: bool
) -> None:
    ended_cycle(journal, mode, outcome, kind=kind, applied=applied)
    assert journal.history(NOW).first


def test_a_cycle_that_ran_while_paused_is_not_the_first(journal: SqlJournal) -> None:
    journal.pause(NOW)
    cycle = a_cycle(journal)
    journal.resume()
    journal.end_cycle(cycle, CycleOutcome.DONE, NOW)
    assert journal.history(NOW).first
    assert journal.policy_since("policy", NOW) is None


def test_a_policy_counts_since_the_first_cycle_that_used_it_and_no_other_after_it(journal: SqlJournal) -> None:
    assert journal.policy_since(POLICY, NOW) is None
    for hour, policy in enumerate((POLICY, "other", POLICY, POLICY)):
        ended_cycle(journal, at=NOW + hour * HOUR, policy=policy)
    later = NOW + 9 * HOUR
    assert journal.policy_since(POLICY, later) == NOW + 2 * HOUR
    assert journal.policy_since("other", later) == later


def test_a_cycle_that_could_not_write_or_did_not_look_at_all_says_nothing_of_the_policy(journal: SqlJournal) -> None:
    ended_cycle(journal, Mode.RELEASE_ONLY, CycleOutcome.PENDING)
    later = NOW + HOUR
    ended_cycle(journal, Mode.DRY_RUN, policy="other", at=later)
    ended_cycle(journal, outcome=CycleOutcome.FAILED, policy="other", at=later)
    ended_cycle(journal, kind="release", policy="other", at=later)
    ended_cycle(journal, kind="quick", policy="other", at=later)
    ended_cycle(journal, applied=False, policy="other", at=later)
    journal.begin_cycle("full", Mode.APPLY, "other", later)
    assert journal.policy_since(POLICY, later) == NOW
