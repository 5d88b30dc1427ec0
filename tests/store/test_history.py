"""What the brakes count over 24 hours, and when a journal has applied for the first time."""

from datetime import timedelta

import pytest

from sidecar.core.brakes import Brake
from sidecar.ports import ActRecord, CycleOutcome, Mode, PersonalAct, Result
from sidecar.store import SqlJournal

from .builders import DAY, HOUR, MINUTE, NOW, POLICY, a_cycle, add, approve_and_use, ended_cycle, remove, write


def test_a_new_journal_has_no_history(journal: SqlJournal) -> None:
    history = journal.history(NOW)
    assert (history.added, history.removed, history.vanished, history.begun) == ({}, {}, frozenset(), frozenset())


def test_writes_are_counted_by_restriction_type(journal: SqlJournal) -> None:
    write(journal, [add("1"), add("2"), add("3", "pin"), remove("4"), remove("5", "pin")])
    history = journal.history(NOW + MINUTE)
    assert history.added == {"CW_DEBT": 2, "CW_PIN": 1}
    assert history.removed == {"CW_DEBT": 1, "CW_PIN": 1}


def test_writes_of_unknown_outcome_are_counted(journal: SqlJournal) -> None:
    write(journal, [add("1"), remove("2")], None)
    write(journal, [add("3")], Result.UNANSWERED)
    history = journal.history(NOW)
    assert history.added == {"CW_DEBT": 2}
    assert history.removed == {"CW_DEBT": 1}


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
    assert journal.history(NOW).removed == {"CW_DEBT": 1}


def test_the_window_is_24_hours_of_the_writing(journal: SqlJournal) -> None:
    write(journal, [add("1")], at=NOW)
    assert journal.history(NOW + DAY - timedelta(microseconds=1)).added == {"CW_DEBT": 1}
    assert journal.history(NOW + DAY).added == {}


def test_a_clock_that_was_set_back_loosens_no_brake(journal: SqlJournal) -> None:
    write(journal, [add("1")], at=NOW)
    assert journal.history(NOW - DAY).added == {"CW_DEBT": 1}


def test_a_settled_write_counts_from_its_intent(journal: SqlJournal) -> None:
    write(journal, [add("1")], None)
    journal.settle([(journal.open_intents()[0].change_id, Result.WRITTEN)], NOW + DAY)
    assert journal.history(NOW + DAY - MINUTE).added == {"CW_DEBT": 1}
    assert journal.history(NOW + DAY).added == {}


def test_vanished_rows_are_counted_for_24_hours(journal: SqlJournal) -> None:
    cycle = a_cycle(journal)
    journal.record_vanished(cycle, [("1", "debt"), ("1", "pin")], NOW)
    journal.record_vanished(cycle, [("2", "debt")], NOW + MINUTE)
    assert journal.history(NOW + MINUTE).vanished == {("1", "debt"), ("1", "pin"), ("2", "debt")}
    assert journal.history(NOW + DAY).vanished == {("2", "debt")}
    assert journal.history(NOW + DAY + MINUTE).vanished == frozenset()


@pytest.mark.parametrize("result", [Result.WRITTEN, Result.ALREADY])
def test_a_type_has_begun_when_something_of_it_was_added(journal: SqlJournal, result: Result) -> None:
    write(journal, [add("1")], result)
    assert journal.history(NOW).begun == {"CW_DEBT"}


@pytest.mark.parametrize("result", [None, Result.UNANSWERED, Result.MOVED, Result.GONE, Result.REFUSED])
def test_an_addition_that_was_not_made_begins_nothing(journal: SqlJournal, result: Result | None) -> None:
    write(journal, [add("1")], result)
    assert journal.history(NOW).begun == frozenset()


def test_a_removal_begins_nothing(journal: SqlJournal) -> None:
    write(journal, [remove("1")])
    assert journal.history(NOW).begun == frozenset()


@pytest.mark.parametrize(("result", "begun"), [(Result.WRITTEN, {"CW_DEBT"}), (Result.MOVED, set())])
def test_an_addition_settled_as_made_begins_its_type(journal: SqlJournal, result: Result, begun: set[str]) -> None:
    write(journal, [add("1")], None)
    write(journal, [remove("2", "pin")], None)
    journal.settle([(intent.change_id, result) for intent in journal.open_intents()], NOW + HOUR)
    assert journal.history(NOW).begun == begun


@pytest.mark.parametrize("outcome", [CycleOutcome.DONE, CycleOutcome.PENDING])
def test_a_cycle_that_added_nothing_begins_nothing(journal: SqlJournal, outcome: CycleOutcome) -> None:
    approve_and_use(journal, cycle := a_cycle(journal))
    journal.end_cycle(cycle, outcome, NOW)
    assert journal.history(NOW).begun == frozenset()


def test_what_has_begun_is_remembered_when_its_changes_are_forgotten(journal: SqlJournal) -> None:
    write(journal, [add("1")])
    journal.save_cases((), [("1", "debt")])
    journal.prune(NOW + 40 * DAY, NOW + 40 * DAY)
    assert journal.history(NOW + 50 * DAY).begun == {"CW_DEBT"}


# What brakes hold, and rows that were ours


KEYS = [add(patron).key for patron in ("1", "2", "3")]


def test_what_is_held_is_remembered_until_it_is_dropped(journal: SqlJournal) -> None:
    journal.keep_held({KEYS[0]: Brake.ADDITIONS, KEYS[1]: Brake.FIRST_CYCLE}, (), NOW)
    journal.keep_held({KEYS[2]: Brake.REMOVALS}, [KEYS[0], ("9", "debt", "add", "CW_DEBT")], NOW + HOUR)
    assert journal.held() == {KEYS[1]: Brake.FIRST_CYCLE, KEYS[2]: Brake.REMOVALS}


def test_what_is_held_on_some_patrons_can_be_asked_for_alone(journal: SqlJournal) -> None:
    journal.keep_held(dict.fromkeys(KEYS, Brake.REMOVALS), (), NOW)
    assert journal.held({"1", "3"}).keys() == {KEYS[0], KEYS[2]}
    assert journal.held(()) == {}


def test_a_row_that_was_ours_is_remembered_until_its_patron_is_seen_without_it(journal: SqlJournal) -> None:
    journal.keep_former_rows({"1": {"41": "debt"}, "2": {"42": "pin"}}, ["1", "2", "3"])
    journal.keep_former_rows({"1": {"41": "debt"}}, ["1"])
    assert journal.former_rows() == {"1": {"41": "debt"}, "2": {"42": "pin"}}
    journal.keep_former_rows({"1": {"43": "debt"}}, ["1", "2"])
    assert journal.former_rows() == {"1": {"43": "debt"}}


def test_who_did_what_is_on_record_newest_first(journal: SqlJournal) -> None:
    journal.record_act(PersonalAct.PAUSE, "abc", NOW)
    journal.record_act(PersonalAct.APPROVE, "def\nx", NOW + HOUR, "digest")
    assert journal.acts(limit=9) == [
        ActRecord(PersonalAct.APPROVE, "def x", NOW + HOUR, "digest"),
        ActRecord(PersonalAct.PAUSE, "abc", NOW),
    ]
    assert len(journal.acts(limit=1)) == 1


def test_a_cycle_that_ran_while_paused_says_nothing_of_the_policy(journal: SqlJournal) -> None:
    journal.pause(NOW)
    cycle = a_cycle(journal)
    journal.resume()
    journal.end_cycle(cycle, CycleOutcome.DONE, NOW)
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
