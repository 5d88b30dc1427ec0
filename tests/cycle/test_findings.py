"""What one cycle says of itself, at its end and in the journal."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sidecar.core.model import Currency, Restriction
from sidecar.core.plan import ChangeKind, Entry
from sidecar.core.policy import Scope
from sidecar.core.verdict import Standing
from sidecar.cycle.run import run_once
from sidecar.errors import CannotWrite
from sidecar.ports import CycleOutcome, Mode, Outcome, PersonalAct, Phase, Result
from tests.cycle.house import START, House, debt_rule, kinds, patron, pin_rule, policy


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, patron(1, "225.00"), patron(2, "224.99"), patron(4, failed_pin=5))
    yield built
    built.close()


class Ticking:
    """A clock by which each look costs a second."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def test_a_cycle_says_what_it_was_asked_and_what_it_saw(house: House) -> None:
    house.ils.clock_ahead = timedelta(minutes=2)
    found = house.dry_run()
    assert (found.kind, found.mode, found.policy, found.applied) == ("full", Mode.DRY_RUN, house.policy, False)
    assert found.as_of == START + timedelta(minutes=2)
    assert found.status == house.ils.status()
    assert [decision.patron for decision in found.decisions] == ["1", "4"]
    assert (found.patrons, found.examined, found.passed_by.in_scope) == (3, 3, 1)
    assert (found.first, found.stopped, found.paused_since, found.clocks) == (True, None, None, None)
    assert (found.outcomes, found.approvals_used, found.gaps, found.edited) == ({}, (), (), ())
    assert found.warnings == found.fitness.sentences()
    house.first_day()
    assert not house.dry_run().first
    assert house.quick().kind == "quick"


def test_a_cycle_says_when_it_began_and_when_it_ended(house: House) -> None:
    clock = Ticking()
    found = run_once(replace(house.world, clock=clock), house.policy, house.order)
    assert found.started == START + timedelta(seconds=1)
    assert found.started < found.finished == clock.at
    (record,) = house.journal.cycles(1)
    assert (record.started, record.finished) == (found.started, found.finished)


@pytest.mark.parametrize("mode", list(Mode))
def test_the_journal_has_each_cycle_as_it_was_and_ended(house: House, mode: Mode) -> None:
    found = house.apply(mode=mode)
    (record,) = house.journal.cycles(1)
    assert (record.id, record.kind, record.mode) == (found.cycle, "full", mode)
    assert (record.outcome, record.error) == (CycleOutcome.PENDING, None)
    assert record.policy_digest == house.policy.digest
    assert record.plan_digest == found.kept_digest is not None
    assert record.counts == {name: number for name, number in found.counts().items() if name in record.counts}
    assert (record.counts["planned.add"], record.counts["held"]) == (2, 2)
    assert found.applied is (mode is not Mode.DRY_RUN)


def test_a_cycle_that_leaves_nothing_is_done_and_keeps_no_plan(house: House) -> None:
    found = house.first_day()
    (record,) = house.journal.cycles(1)
    assert (record.outcome, record.plan_digest, found.kept_digest) == (CycleOutcome.DONE, None, None)
    assert found.pending == 0


def test_what_waits_can_be_approved_by_the_digest_that_the_cycle_says(house: House) -> None:
    held = house.apply()
    assert held.kept_digest == held.braked.held.digest, "what was done is not to be approved once more"
    assert house.dry_run().kept_digest == house.dry_run().plan.digest
    done = house.apply(approve=held.kept_digest)
    assert done.approvals_used == (held.kept_digest,)
    assert kinds(done) == [("1", "debt", ChangeKind.ADD), ("4", "pin", ChangeKind.ADD)]


def test_who_approved_what_on_the_way_is_in_the_journal(house: House) -> None:
    digest = house.dry_run().kept_digest
    house.later(minutes=1)
    house.order = replace(house.order, staff="abc")
    house.apply(approve=digest)
    (act,) = house.journal.acts(9)
    assert (act.act, act.staff, act.at, act.detail) == (PersonalAct.APPROVE, "abc", house.at, digest)


def test_a_pause_since_when_is_said(house: House) -> None:
    house.first_day()
    house.journal.pause(house.at)
    since = house.at
    house.later(minutes=1)
    assert house.apply().paused_since == since


def test_a_pause_in_the_ils_writes_and_remembers_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = house.dry_run().kept_digest
    status = house.ils.status()
    monkeypatch.setattr(house.ils, "status", lambda: replace(status, paused=True))
    found = house.apply(approve=digest)
    assert (found.applied, found.done(), found.pending) == (False, [], 2)
    assert house.journal.cases() == {}


def test_an_ils_that_is_connected_for_reading_only_is_written_in_no_mode(house: House) -> None:
    reading = replace(house.world, target=None)
    assert len(run_once(reading, house.policy, house.order).plan) == 2
    with pytest.raises(CannotWrite, match=r"^Nothing can be written: this ILS is connected for reading only\. Run w"):
        run_once(reading, house.policy, replace(house.order, mode=Mode.APPLY))
    assert house.journal.cases() == {}


def test_a_plan_for_a_koha_that_cannot_be_written_is_not_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    status = replace(house.ils.status(), installation_id=None, writable=False)
    monkeypatch.setattr(house.ils, "status", lambda: status)
    assert house.dry_run().kept_digest is None
    with pytest.raises(CannotWrite, match=r"^Nothing can be written: Koha has no Cardwarden plugin, so only dry runs"):
        house.apply(mode=Mode.RELEASE_ONLY)


def test_clocks_apart_are_said_and_measured_when_the_ils_answered(house: House) -> None:
    house.ils.clock_ahead = timedelta(minutes=6)
    found = house.apply()
    assert not found.applied
    assert found.clocks in found.warnings
    house.order = replace(house.order, clock_tolerance=timedelta(minutes=6))
    assert house.apply().clocks is None


def test_writes_without_an_answer_are_counted_as_settled_or_as_open_still(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = house.dry_run().kept_digest

    def unanswered(entries: list[Entry]) -> object:
        return [Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None

    with monkeypatch.context() as silent:
        silent.setattr(house.ils, "apply", unanswered)
        assert house.apply(approve=digest).settled_intents == 0
    facts = house.ils.facts_of("1")
    assert facts is not None
    house.later(minutes=1)
    found = house.dry_run()
    assert (found.settled_intents, found.open_intents) == (2, 0)
    assert len(house.journal.open_intents()) == 2, "a dry run settles nothing"


def test_rows_that_staff_gave_other_words_are_told(house: House) -> None:
    house.first_day()
    standing = house.ils.facts_of("1")
    assert standing is not None
    rows = tuple(replace(row, comment="Words of staff.") for row in standing.ours())
    house.ils.put(replace(patron(1, "225.00"), restrictions=rows))
    ((decision, row),) = house.apply().edited
    assert (decision.patron, row.comment) == ("1", "Words of staff.")


def test_what_does_not_fit_is_among_the_warnings(house: House) -> None:
    house.ils = type(house.ils)((patron(1, "300.00"),), now=house.now, types=("CW_DEBT", "CW_PIN"), currency="DKK")
    house.policy = replace(policy(), currency=Currency("EUR", 2))
    found = house.dry_run()
    assert found.fitness.errors
    assert set(found.fitness.errors) <= set(found.warnings)


def test_that_nobody_is_reached_is_said_by_full_cycles_only(house: House) -> None:
    house.first_day()
    house.order = replace(house.order, scope=Scope(libraries=frozenset({"MIAN"})))
    assert house.dry_run().unreached
    assert house.quick().unreached is None


def test_a_text_that_a_policy_changed_is_amended_by_full_cycles_only(house: House) -> None:
    house.first_day()
    house.policy = policy(debt_rule(texts={"en": "Other words."}), pin_rule(), digest="p2")
    house.later(minutes=1)
    house.ils.put(patron(1, "226.00"))
    assert kinds(house.quick()) == []
    assert kinds(house.apply()) == [("1", "debt", ChangeKind.AMEND)]


# What reports ask of it


def test_what_is_not_done_is_told_with_its_answer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = house.dry_run().kept_digest
    assert list(house.dry_run().not_done()) == [], "a dry run tried nothing"

    def one_refused(entries: list[Entry]) -> object:
        return [Outcome("1", Result.REFUSED, "no type"), Outcome("4", Result.WRITTEN)], None

    monkeypatch.setattr(house.ils, "apply", one_refused)
    found = house.apply(approve=digest)
    assert [(change.patron, outcome and outcome.message) for change, outcome in found.not_done()] == [("1", "no type")]
    assert kinds(found) == [("4", "pin", ChangeKind.ADD)]
    assert (found.pending, found.counts()["done"]) == (1, 1)


def test_counts_are_of_changes_verdicts_and_patrons(house: House) -> None:
    found = house.first_day()
    counts = found.counts()
    assert (counts["planned.add"], counts["planned.remove"], counts["done"], counts["held"]) == (2, 0, 2, 0)
    assert (counts["patrons"], counts["owing_nothing"], counts["once_ours"]) == (3, 0, 0)
    assert counts[f"verdict.{Standing.BLOCKED}"] == len(found.by_standing(Standing.BLOCKED))
    assert {(v.patron, v.rule) for _, v in house.dry_run().by_standing(Standing.BLOCKED)} == {
        ("1", "debt"),
        ("4", "pin"),
    }


def test_rows_on_cards_that_owe_nothing_are_told_as_they_stand_after_the_cycle(house: House) -> None:
    house.first_day()
    house.ils.put(patron(1))
    assert house.dry_run().owing_nothing() == [], "the plan frees it"
    house.later(minutes=1)
    assert house.apply().owing_nothing() == []
    row = Restriction("m", "CW_DEBT", ours=True)
    house.ils.put(replace(patron(2), restrictions=(row,)))
    house.order = replace(house.order, scope=Scope(never=frozenset({"2"})))
    ((decision, left),) = house.apply().owing_nothing()
    assert (decision.patron, left.id) == ("2", "m")


def test_rows_that_were_ours_are_told_also_where_the_card_is_free_of_those_that_are(house: House) -> None:
    house.first_day()
    house.later(minutes=1)
    house.apply()
    house.ils.delete_type("CW_DEBT", "MANUAL")
    house.later(minutes=1)
    found = house.apply()
    assert [(decision.patron, row.type) for decision, row in found.once_ours()] == [("1", "MANUAL")]
    assert found.counts()["once_ours"] == 1
    assert found.owing_nothing() == [], "it owes"
    standing = house.ils.facts_of("1")
    assert standing is not None
    house.ils.put(patron(1), rows=standing.foreign())
    house.later(minutes=1)
    assert [row.type for _, row in house.apply().owing_nothing()] == ["MANUAL"]


def test_when_an_answer_may_change_by_itself_is_told_by_patron(house: House) -> None:
    house.policy = policy(debt_rule(announce_days=7))
    due = house.apply().due
    assert set(due) == {"1"}
    assert due["1"] > house.at + timedelta(days=6)


class Working:
    """A stopwatch's time in which reading takes 4 seconds, deciding 2, planning 1, writing 3 and
    the journal's last word 1, telling 5."""

    def __init__(self) -> None:
        self.times = iter((100.0, 104.0, 106.0, 107.0, 110.0, 111.0, 116.0))

    def __call__(self) -> float:
        return next(self.times)


def test_a_cycle_says_how_long_each_phase_took_and_the_journal_keeps_it(house: House) -> None:
    house.first_day()
    found = run_once(replace(house.world, monotonic=Working()), house.policy, replace(house.order, mode=Mode.APPLY))
    journalled = {Phase.PULL: 4000, Phase.DECIDE: 2000, Phase.PLAN: 1000, Phase.WRITE: 3000}
    assert house.journal.cycles(1)[0].timings == journalled
    assert found.timings == journalled | {Phase.WRITE: 4000, Phase.TELL: 5000}


def test_a_dry_run_has_no_time_of_writing(house: House) -> None:
    found = run_once(replace(house.world, monotonic=Working()), house.policy, house.order)
    assert list(found.timings) == [Phase.PULL, Phase.DECIDE, Phase.PLAN]
    assert house.journal.cycles(1)[0].timings == found.timings


def test_a_cycle_that_fails_keeps_the_time_of_what_it_came_to(house: House) -> None:
    with pytest.raises(CannotWrite):
        run_once(
            replace(house.world, monotonic=Working(), target=None), house.policy, replace(house.order, mode=Mode.APPLY)
        )
    assert list(house.journal.cycles(1)[0].timings) == [Phase.PULL, Phase.DECIDE, Phase.PLAN]
