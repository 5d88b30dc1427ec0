"""Changes are journalled before they are written and again when they are answered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.core.model import Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.ports import Outcome, Result, Which
from sidecar.store import SqlJournal

from .builders import MINUTE, NOW, POLICY, a_case, a_cycle, add, remove, write


def test_an_intent_is_open_until_it_is_answered(journal: SqlJournal) -> None:
    cycle = write(journal, [add("1"), remove("2")], None)
    first, second = journal.open_intents()
    assert (first.patron, first.rule, first.kind) == ("1", "debt", ChangeKind.ADD)
    assert (first.restriction_type, first.at, first.case_after) == ("CW_DEBT", NOW, a_case("1"))
    assert (second.patron, second.kind, second.case_after) == ("2", ChangeKind.REMOVE, None)
    journal.conclude(cycle, [Outcome("1", Result.WRITTEN), Outcome("2", Result.ALREADY)], NOW + MINUTE)
    assert journal.open_intents() == []


def test_a_change_keeps_all_that_made_it(journal: SqlJournal) -> None:
    cycle = a_cycle(journal)
    journal.intend(cycle, [add("1"), add("2")], POLICY, frozenset({add("2").key}), NOW)
    journal.conclude(cycle, [Outcome("1", Result.REFUSED, "no such\n  type")], NOW + MINUTE)
    second, first = journal.changes()
    assert (first.cycle, first.patron, first.rule, first.kind) == (cycle, "1", "debt", ChangeKind.ADD)
    assert (first.reason, first.policy_digest, first.restriction_type) == ("reached", POLICY, "CW_DEBT")
    assert first.evidence["counted"] == 22500
    assert first.evidence["lines"] == ["17", "18"]
    assert (first.intended, first.concluded) == (NOW, NOW + MINUTE)
    assert (first.result, first.message, first.approved) == (Result.REFUSED, "no such type", False)
    assert (second.result, second.concluded, second.approved) == (None, None, True)


def test_what_is_done_begins_and_ends_cases(journal: SqlJournal) -> None:
    journal.save_cases([a_case("2"), a_case("3")], [])
    write(journal, [add("1"), remove("2")])
    assert set(journal.cases()) == {"1", "3"}
    assert journal.cases()["1"]["debt"] == a_case("1")


def test_what_was_there_already_counts_as_done(journal: SqlJournal) -> None:
    write(journal, [add("1")], Result.ALREADY)
    assert journal.cases()["1"]["debt"].seen_at == a_case().seen_at


@pytest.mark.parametrize("result", [Result.MOVED, Result.GONE, Result.REFUSED])
def test_what_was_not_done_leaves_the_cases(journal: SqlJournal, result: Result) -> None:
    journal.save_cases([a_case("2")], [])
    write(journal, [add("1"), remove("2")], result)
    assert set(journal.cases()) == {"2"}
    assert journal.open_intents() == []
    assert {change.result for change in journal.changes()} == {result}


def test_what_was_not_answered_stays_open_with_its_message(journal: SqlJournal) -> None:
    cycle = write(journal, [add("1")], None)
    journal.conclude(cycle, [Outcome("1", Result.UNANSWERED, "timed out")], NOW)
    assert [intent.patron for intent in journal.open_intents()] == ["1"]
    assert journal.changes()[0].message == "timed out"
    assert journal.changes()[0].result is None
    assert not journal.cases()


def test_an_answer_is_for_all_changes_of_the_patron_in_that_cycle(journal: SqlJournal) -> None:
    reset = replace(remove("1", "pin"), kind=ChangeKind.RESET_PIN)
    journal.save_cases([a_case("1", "pin")], [])
    write(journal, [add("1"), remove("1", "pin"), reset])
    assert {change.result for change in journal.changes()} == {Result.WRITTEN}
    assert set(journal.cases()["1"]) == {"debt"}


def test_an_answer_is_for_its_own_cycle_only(journal: SqlJournal) -> None:
    write(journal, [add("1")], None)
    write(journal, [add("1")])
    assert len(journal.open_intents()) == 1


def test_an_answer_for_nobody_known_changes_nothing(journal: SqlJournal) -> None:
    cycle = write(journal, [add("1")], None)
    journal.conclude(cycle, [Outcome("2", Result.WRITTEN)], NOW)
    assert len(journal.open_intents()) == 1


def test_concluding_twice_keeps_the_first_answer(journal: SqlJournal) -> None:
    cycle = write(journal, [add("1")])
    journal.conclude(cycle, [Outcome("1", Result.REFUSED)], NOW + MINUTE)
    assert journal.changes()[0].result is Result.WRITTEN


def test_a_release_that_leaves_an_override_remembers_it(journal: SqlJournal) -> None:
    override = a_case("1", "pin", Stage.OVERRIDDEN)
    write(journal, [replace(remove("1", "pin"), case_after=override)])
    assert journal.cases() == {"1": {"pin": override}}


def test_settling_gives_intents_a_result_and_leaves_the_cases(journal: SqlJournal) -> None:
    write(journal, [add("1"), add("2")], None)
    first, second = journal.open_intents()
    journal.settle([(first.change_id, Result.WRITTEN), (second.change_id, Result.MOVED)], NOW + MINUTE)
    assert journal.open_intents() == []
    assert [change.result for change in journal.changes()] == [Result.MOVED, Result.WRITTEN]
    assert {change.concluded for change in journal.changes()} == {NOW + MINUTE}
    assert not journal.cases()


def test_settling_does_not_overrule_an_answer(journal: SqlJournal) -> None:
    write(journal, [add("1")])
    journal.settle([(journal.changes()[0].id, Result.MOVED)], NOW)
    assert journal.changes()[0].result is Result.WRITTEN


def test_changes_are_found_by_cycle_and_patron_newest_first(journal: SqlJournal) -> None:
    first = write(journal, [add("1"), add("2")])
    write(journal, [remove("1")])
    assert [change.patron for change in journal.changes()] == ["1", "2", "1"]
    assert [change.patron for change in journal.changes(cycle=first)] == ["2", "1"]
    assert [change.kind for change in journal.changes(patron="1")] == [ChangeKind.REMOVE, ChangeKind.ADD]
    assert len(journal.changes(limit=1)) == 1


def test_nothing_to_write_is_no_change(journal: SqlJournal) -> None:
    cycle = write(journal, [])
    journal.settle([], NOW)
    journal.record_vanished(cycle, [], NOW)
    assert journal.changes() == []


def test_a_text_that_may_be_staffs_own_is_not_journalled(journal: SqlJournal) -> None:
    kept = replace(add("1"), kind=ChangeKind.AMEND, reason=Reason.DUPLICATE, comment="Ring til Jens Hansen")
    write(journal, [kept, add("2")])
    assert "Hansen" not in str(journal.export_patron("1"))
    assert journal.export_patron("2")["changes"][0]["comment"] == "Kortet er spærret."  # type: ignore[index]


def test_a_message_is_kept_as_one_bounded_line(journal: SqlJournal) -> None:
    cycle = write(journal, [add("1")], None)
    journal.conclude(cycle, [Outcome("1", Result.REFUSED, "a\0b\n" + "x" * 10_000)], NOW)
    message = journal.changes()[0].message
    assert message.startswith("a b xxx")
    assert len(message) == 500


def test_instants_are_exact_to_the_microsecond_and_come_back_in_utc(journal: SqlJournal) -> None:
    at = NOW + timedelta(microseconds=1)
    write(journal, [add("1")], at=at)
    assert journal.changes()[0].intended == at
    assert journal.changes()[0].intended.utcoffset() == timedelta(0)


def test_changes_are_found_by_moment_rule_kind_and_result(journal: SqlJournal) -> None:
    write(journal, [add("1"), remove("2")], at=NOW - MINUTE)
    write(journal, [add("3", "pin")], Result.REFUSED)
    write(journal, [add("4")], Result.UNANSWERED)
    write(journal, [remove("5")], None)

    def found(**which: object) -> list[str]:
        return [change.patron for change in journal.changes(which=Which(**which))]  # type: ignore[arg-type]

    assert found() == ["5", "4", "3", "2", "1"]
    assert found(since=NOW) == ["5", "4", "3"]
    assert found(rule="pin") == ["3"]
    assert found(kind=ChangeKind.REMOVE) == ["5", "2"]
    assert found(result=Result.REFUSED) == ["3"]
    assert found(result=Result.UNANSWERED) == ["5", "4"]
    assert found(rule="debt", kind=ChangeKind.ADD, since=NOW) == ["4"]
    assert [change.patron for change in journal.changes(patron="2", which=Which(rule="pin"))] == []
    assert len(journal.changes(which=Which(rule="debt"), limit=2)) == 2
