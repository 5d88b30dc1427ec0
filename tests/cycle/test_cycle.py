"""One cycle after another: what is remembered, what is held, what is settled."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.core.brakes import Brake
from sidecar.core.model import UNKNOWN, Currency, Restriction, Stage
from sidecar.core.plan import ChangeKind, Entry
from sidecar.core.policy import BelowBlock, ExceptionClause, IfLifted, Scope, Threshold
from sidecar.core.verdict import Standing
from sidecar.cycle.order import Quick
from sidecar.cycle.run import APPROVAL_LIFETIME, run_once
from sidecar.errors import CannotWrite, IlsUnreachable, IncompletePull, NoSuchPlan, OtherIls, PluginGone
from sidecar.ports import CycleOutcome, Mode, Outcome, Result
from tests.cycle.house import House, debt_rule, kinds, patron, pin_rule, policy

ADD, REMOVE = ChangeKind.ADD, ChangeKind.REMOVE


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, patron(1, "225.00"), patron(2, "224.99"), patron(3), patron(4, failed_pin=5))
    yield built
    built.close()


def test_a_dry_run_writes_nothing_and_remembers_nothing(house: House) -> None:
    findings = house.dry_run()
    assert [change.patron for change in findings.plan.changes()] == ["1", "4"]
    assert house.blocked() == set()
    assert house.journal.cases() == {}


def test_the_very_first_addition_needs_an_approval_however_often_it_is_tried(house: House) -> None:
    for _ in range(3):
        assert house.apply().done() == []
        house.later(minutes=5)
    assert house.blocked() == set()


def test_after_the_first_approval_small_additions_go_by_themselves(house: House) -> None:
    assert len(house.first_day().done()) == 2
    house.ils.put(patron(3, "300.00"))
    assert kinds(house.apply()) == [("3", "debt", ADD)]


def test_planning_after_applying_gives_an_empty_plan(house: House) -> None:
    house.first_day()
    assert len(house.dry_run().plan) == 0


def test_paying_all_frees_and_paying_all_but_an_ore_does_not(house: House) -> None:
    house.first_day()
    house.ils.put(patron(1, "0.01"))
    assert house.apply().done() == []
    house.ils.put(patron(1))
    assert kinds(house.apply()) == [("1", "debt", REMOVE)]


def test_a_patron_who_no_longer_can_matter_closes_the_cases(house: House) -> None:
    house.first_day()
    house.ils.put(patron(1))
    house.apply()
    assert "1" not in house.journal.cases()


def test_a_deleted_patron_closes_the_cases(house: House) -> None:
    house.first_day()
    house.ils.drop("1")
    findings = house.apply()
    assert findings.closed_cases == 1
    assert "1" not in house.journal.cases()


def test_an_announcement_starts_its_clock_in_an_applied_cycle_only(house: House) -> None:
    house.policy = policy(debt_rule(announce_days=7))
    house.dry_run()
    house.later(days=8)
    findings = house.apply()
    assert [verdict.patron for _, verdict in findings.by_standing(Standing.ANNOUNCED)] == ["1"]
    house.later(days=6)
    assert len(house.apply().plan) == 0
    house.later(days=1)
    assert len(house.apply().plan) == 1


def test_release_only_frees_and_neither_adds_nor_announces(house: House) -> None:
    house.first_day()
    house.policy = policy(debt_rule(announce_days=7))
    house.ils.put(patron(1))
    house.ils.put(patron(2, "500.00"))
    findings = house.apply(mode=Mode.RELEASE_ONLY)
    assert kinds(findings) == [("1", "debt", REMOVE)]
    assert house.journal.cases().get("2") is None


def test_an_announcement_outlives_a_new_name_of_its_rule_in_release_only_too(house: House) -> None:
    house.first_day()
    house.policy = policy(debt_rule(announce_days=7))
    house.ils.put(patron(2, "500.00"))
    house.apply()
    told = house.journal.cases()["2"]["debt"].since
    house.policy = policy(replace(debt_rule(announce_days=7), id="gaeld"), digest="p2")
    house.later(days=1)
    house.apply(mode=Mode.RELEASE_ONLY)
    assert {rule: case.since for rule, case in house.journal.cases()["2"].items()} == {"gaeld": told}


def test_staff_lift_a_block_and_it_stays_lifted_until_a_new_line_comes(house: House) -> None:
    house.first_day()
    house.ils.lift("1", "CW_DEBT")
    house.later(minutes=5)
    assert house.apply().done() == []
    assert house.journal.cases()["1"]["debt"].stage is Stage.OVERRIDDEN
    grown = patron(1, "300.00")
    house.ils.put(grown)
    assert house.apply().done() == []
    new = replace(grown, charges=(*grown.charges, replace(grown.charges[0], id="new")))
    house.ils.put(new)
    assert kinds(house.apply()) == [("1", "debt", ADD)]


def test_rows_that_vanish_in_numbers_are_drift_and_an_approval_puts_them_back(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 31)))
    house.first_day()
    for number in range(1, 16):
        house.ils.lift(str(number), "CW_DEBT")
    house.later(minutes=5)
    findings = house.apply()
    assert findings.done() == []
    assert sum(verdict.drift for decision in findings.decisions for verdict in decision.verdicts) == 15
    assert len(house.blocked()) == 15
    house.later(days=2)
    assert house.apply().done() == []
    house.apply(approve=house.dry_run().kept_digest)
    assert len(house.blocked()) == 30
    house.close()


def test_an_unknown_fact_neither_adds_nor_removes(house: House) -> None:
    house.first_day()
    house.ils.put(replace(patron(1), charges=UNKNOWN))
    house.ils.put(replace(patron(2), charges=UNKNOWN))
    findings = house.apply()
    assert len(findings.plan) == 0
    assert house.blocked() == {"1"}


def test_a_brake_on_additions_delays_no_release(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 4)))
    house.first_day()
    house.ils.put(patron(1))
    for number in range(10, 80):
        house.ils.put(patron(number, "300.00"))
    findings = house.apply()
    assert kinds(findings) == [("1", "debt", REMOVE)]
    assert len(findings.braked.held) == 70
    house.close()


def test_the_brake_counts_over_a_rolling_day(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"))
    house.first_day()
    for number in range(10, 40):
        house.ils.put(patron(number, "300.00"))
    assert len(house.apply().done()) == 30
    house.later(hours=1)
    for number in range(40, 70):
        house.ils.put(patron(number, "300.00"))
    assert house.apply().done() == []
    house.later(hours=24)
    house.ils.put(patron(99, "300.00"))
    assert [change.patron for change in house.apply().done()] == ["99"], "what is held stays held; another one goes"
    assert len(house.apply(approve=house.dry_run().kept_digest).done()) == 30
    house.close()


def test_what_a_brake_held_is_not_made_one_by_one_by_quick_cycles(tmp_path: Path) -> None:
    """A limit mistyped: each held patron who merely moves would be blocked, a few at a time."""
    house = House(tmp_path, patron(1, "300.00"), *(patron(number, "100.00") for number in range(10, 110)))
    house.first_day()
    house.policy = policy(debt_rule(1_00), pin_rule(), digest="mistyped")
    house.later(minutes=5)
    assert len(house.apply().braked.held) == 100
    for number in (10, 11, 12):
        house.later(minutes=1)
        house.ils.put(patron(number, "100.00", failed_pin=1))
        assert house.quick().done() == []
    assert house.blocked() == {"1"}
    house.policy = policy()
    house.later(minutes=1)
    house.apply()
    assert house.journal.held() == {}, "a full cycle no longer wants any of it"
    house.close()


def test_rows_that_a_full_cycle_called_drift_become_no_overrides_one_by_one(tmp_path: Path) -> None:
    owing = [patron(number, "300.00") for number in range(1, 53)]
    house = House(tmp_path, *owing)
    house.first_day()
    for number in range(1, 53):
        house.ils.lift(str(number), "CW_DEBT")
    house.later(minutes=5)
    assert sum(verdict.drift for decision in house.apply().decisions for verdict in decision.verdicts) == 52
    for number in (1, 2, 3):
        house.later(hours=30)
        house.ils.put(patron(number, "300.00", failed_pin=1))
        house.quick()
    cases = house.journal.cases()
    assert {case.stage for by_rule in cases.values() for case in by_rule.values()} == {Stage.BLOCKED}
    assert len(house.apply(approve=house.dry_run().kept_digest).done()) == 52
    house.close()


def test_rows_that_vanish_a_few_at_a_time_are_drift_when_their_number_shows(tmp_path: Path) -> None:
    owing = [patron(number, "300.00") for number in range(1, 53)]
    house = House(tmp_path, *owing)
    house.first_day()
    for number in range(1, 53):
        house.later(minutes=1)
        house.ils.lift(str(number), "CW_DEBT")
        if number <= 9:
            house.quick()
    drifted = sum(verdict.drift for decision in house.apply().decisions for verdict in decision.verdicts)
    assert drifted == 52
    house.close()


def test_a_rule_whose_first_additions_come_later_needs_an_approval_then(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"))
    house.first_day()
    house.ils.put(patron(2, failed_pin=5))
    house.ils.put(patron(3, "300.00"))
    house.later(minutes=5)
    found = house.apply()
    assert kinds(found) == [("3", "debt", ChangeKind.ADD)]
    assert [tripped.brake for tripped in found.braked.tripped] == [Brake.FIRST_CYCLE]
    assert kinds(house.apply(approve=found.kept_digest)) == [("2", "pin", ChangeKind.ADD)]
    house.close()


def test_while_the_currency_does_not_fit_nothing_is_added_and_releases_go_on(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"), currency="DKK")
    house.first_day()
    house.policy = replace(policy(), currency=Currency("EUR", 2), digest="euros")
    house.ils.put(patron(1))
    house.ils.put(patron(2, "300.00"))
    house.later(minutes=5)
    found = house.apply()
    assert kinds(found) == [("1", "debt", ChangeKind.REMOVE)]
    assert [tripped.brake for tripped in found.braked.tripped] == [Brake.MISFIT]
    house.close()


@pytest.mark.parametrize(("minutes", "writes"), [(-6, False), (-5, True), (0, True), (5, True), (6, False)])
def test_with_the_clocks_minutes_apart_nothing_is_written(tmp_path: Path, minutes: int, writes: bool) -> None:
    house = House(tmp_path, patron(1, "300.00"))
    digest = house.dry_run().kept_digest
    house.ils.clock_ahead = timedelta(minutes=minutes)
    found = house.apply(approve=digest)
    assert bool(found.done()) is writes
    assert bool(found.clocks) is not writes
    assert house.journal.cases() == {} or writes, "no clock starts by a clock that is wrong"
    house.close()


def test_rows_under_a_type_that_staff_deleted_are_known_as_once_ours(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"), patron(2, "300.00"))
    house.first_day()
    house.later(minutes=5)
    house.apply()
    house.ils.delete_type("CW_DEBT", "MANUAL")
    house.later(minutes=5)
    found = house.apply()
    assert found.done() == []
    assert {row.once_of for decision in found.decisions for row in decision.facts.foreign()} == {"debt"}
    house.apply(approve=house.dry_run().kept_digest)
    house.ils.put(patron(1), rows=house.ils.facts_of("1").restrictions)
    house.later(minutes=5)
    found = house.apply()
    assert kinds(found) == [("1", "debt", ChangeKind.REMOVE)]
    (row,) = house.ils.facts_of("1").foreign()
    assert row.type == "MANUAL"
    house.later(minutes=5)
    remembered = [row.once_of for decision in house.apply().decisions for row in decision.facts.foreign()]
    assert remembered == ["debt", "debt"], "though no case remembers the row of the first"
    house.close()


def test_an_approval_lasts_a_day(house: House) -> None:
    digest = house.dry_run().kept_digest
    house.later(hours=25)
    with pytest.raises(NoSuchPlan):
        house.apply(approve=digest)


def test_an_approval_is_bound_to_the_policy(house: House) -> None:
    digest = house.dry_run().kept_digest
    house.policy = policy(digest="p2")
    assert house.apply(approve=digest).done() == []


def test_a_pause_makes_it_a_dry_run(house: House) -> None:
    digest = house.dry_run().kept_digest
    house.journal.pause(house.now())
    findings = house.apply(approve=digest)
    assert not findings.applied
    assert findings.pending == 2
    house.journal.resume()
    assert len(house.apply().done()) == 2


def test_an_incomplete_pull_plans_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.first_day()

    def broken(**_: object) -> None:
        raise IncompletePull("a page was cut")

    monkeypatch.setattr(house.ils, "pull", broken)
    with pytest.raises(IncompletePull):
        house.apply()
    (record,) = house.journal.cycles(1)
    assert (record.outcome, record.error) == (CycleOutcome.FAILED, "a page was cut")


def test_a_mistake_of_the_program_is_in_the_journal_by_its_kind(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(**_: object) -> None:
        raise ZeroDivisionError("with a card number in it")

    monkeypatch.setattr(house.ils, "pull", mistaken)
    with pytest.raises(ZeroDivisionError):
        house.apply()
    (record,) = house.journal.cycles(1)
    assert (record.outcome, record.error) == (CycleOutcome.FAILED, "a mistake in Cardwarden: ZeroDivisionError")


def test_a_journal_of_another_ils_is_refused(house: House, tmp_path: Path) -> None:
    house.first_day()
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other", patron(1, "900.00"), installation_id="another")
    with pytest.raises(OtherIls):
        run_once(replace(other.world, journal=house.journal), house.policy, house.order)
    assert other.blocked() == set()
    other.close()


def test_a_plugin_that_went_is_no_koha_without_a_plugin(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.first_day()
    status = replace(house.ils.status(), installation_id=None, writable=False)
    monkeypatch.setattr(house.ils, "status", lambda: status)
    with pytest.raises(PluginGone):
        house.dry_run()


def test_without_the_plugin_only_dry_runs(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    status = replace(house.ils.status(), installation_id=None, writable=False)
    monkeypatch.setattr(house.ils, "status", lambda: status)
    assert len(house.dry_run().plan) == 2
    with pytest.raises(CannotWrite):
        house.apply()


def test_facts_that_moved_after_the_decision_are_skipped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = house.dry_run().kept_digest
    write = house.ils.apply

    def someone_pays_first(entries: list[Entry]) -> object:
        house.ils.put(patron(1))
        return write(entries)

    monkeypatch.setattr(house.ils, "apply", someone_pays_first)
    findings = house.apply(approve=digest)
    assert [outcome.result for _, outcome in findings.not_done() if outcome] == [Result.MOVED]
    assert {result: number for result, number in findings.results().items() if number} == {
        Result.MOVED: 1,
        Result.WRITTEN: 1,
    }
    assert set(findings.results()) == set(Result), "what did not happen is counted as 0"
    assert house.blocked() == set()
    assert "1" not in house.journal.cases()


@pytest.mark.parametrize("took_effect", [True, False])
def test_an_answer_that_never_came_is_settled_by_the_next_cycle(
    house: House, monkeypatch: pytest.MonkeyPatch, *, took_effect: bool
) -> None:
    digest = house.dry_run().kept_digest
    write = house.ils.apply

    def unanswered(entries: list[Entry]) -> object:
        if took_effect:
            write(entries)
        return [Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None

    with monkeypatch.context() as broken:
        broken.setattr(house.ils, "apply", unanswered)
        assert house.apply(approve=digest).pending == 2
    assert len(house.journal.open_intents()) == 2
    house.later(minutes=1)
    findings = house.apply()
    assert findings.settled_intents == 2
    assert house.journal.open_intents() == []
    assert len(findings.done()) == (0 if took_effect else 2)
    assert house.blocked() == {"1"}


def test_our_own_removal_without_an_answer_is_no_override(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.first_day()
    house.ils.put(patron(1))
    write = house.ils.apply

    def unanswered(entries: list[Entry]) -> object:
        write(entries)
        return [Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None

    with monkeypatch.context() as broken:
        broken.setattr(house.ils, "apply", unanswered)
        house.apply()
    house.ils.put(patron(1, "400.00"))
    house.later(minutes=1)
    assert kinds(house.apply()) == [("1", "debt", ADD)]


def test_an_error_while_writing_leaves_an_intent_that_is_settled(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = house.dry_run().kept_digest

    def gone(_entries: list[Entry]) -> object:
        raise IlsUnreachable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(house.ils, "apply", gone)
        with pytest.raises(IlsUnreachable):
            house.apply(approve=digest)
    assert len(house.journal.open_intents()) == 2
    house.later(minutes=1)
    assert house.apply().settled_intents == 2
    assert house.journal.open_intents() == []


def test_a_journal_that_is_lost_adopts_what_stands_and_asks_before_it_adds(house: House, tmp_path: Path) -> None:
    house.first_day()
    house.close()
    (tmp_path / "journal.db").unlink()
    for left in tmp_path.glob("journal.db-*"):
        left.unlink()
    anew = House(tmp_path)
    anew.ils = house.ils
    house.ils.put(patron(2, "400.00"))
    findings = anew.apply()
    assert findings.done() == []
    assert {verdict.patron for _, verdict in findings.by_standing(Standing.BLOCKED) if verdict.adopted} == {"1", "4"}
    assert anew.blocked() == {"1"}
    anew.close()


def test_a_changed_threshold_counts_from_the_next_cycle(house: House) -> None:
    house.first_day()
    house.policy = policy(debt_rule(block_at=200_00), digest="p2")
    assert kinds(house.apply()) == [("2", "debt", ADD)]


def test_a_raised_threshold_alone_frees_nobody(house: House) -> None:
    house.first_day()
    house.policy = policy(debt_rule(block_at=900_00), digest="p2")
    assert house.apply().done() == []
    assert house.blocked() == {"1"}


def test_a_changed_text_is_amended_once(house: House) -> None:
    house.first_day()
    house.policy = policy(debt_rule(texts={"en": "Another text."}), digest="p2")
    assert kinds(house.apply()) == [("1", "debt", ChangeKind.AMEND)]
    assert len(house.dry_run().plan) == 0


def test_mass_payments_go_through_and_mass_releases_without_payment_wait(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 101)))
    house.first_day()
    house.later(hours=1)
    for number in range(1, 101):
        paid = {"settled_at": house.now(), "paid_at": house.now()} if number <= 60 else {}
        house.ils.put(patron(number, **paid))
    findings = house.apply()
    assert len(findings.done()) == 100
    house.close()


def test_more_releases_without_payment_than_the_brake_allows_wait(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 101)))
    house.first_day()
    house.later(hours=1)
    for number in range(1, 101):
        paid = {"settled_at": house.now(), "paid_at": house.now()} if number <= 40 else {}
        house.ils.put(patron(number, **paid))
    findings = house.apply()
    assert len(findings.done()) == 40
    assert len(findings.braked.held) == 60
    house.close()


def test_latched_cards_that_lose_their_rows_in_numbers_are_drift_too(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 31)))
    house.first_day()
    for number in range(1, 16):
        house.ils.put(patron(number, "100.00"))
        house.ils.lift(str(number), "CW_DEBT")
    house.later(minutes=5)
    findings = house.apply()
    assert findings.done() == []
    assert len(findings.braked.held) == 15
    house.apply(approve=findings.kept_digest)
    assert len(house.blocked()) == 30
    house.close()


def test_a_row_that_waits_to_be_restored_is_counted_once(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 31)))
    rule = debt_rule()
    house.policy = policy(replace(rule, if_lifted=IfLifted.RESTORE))
    house.first_day()
    for number in range(1, 7):
        house.ils.lift(str(number), "CW_DEBT")
    for _ in range(3):
        house.later(minutes=5)
        findings = house.apply(mode=Mode.RELEASE_ONLY)
        assert not [v for d in findings.decisions for v in d.verdicts if v.drift]
    house.later(minutes=5)
    assert len(house.apply().done()) == 6
    house.close()


def test_releases_that_a_new_policy_causes_wait_however_often_it_is_tried(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 101)))
    house.first_day()
    house.later(hours=30)
    for number in range(1, 101):
        house.ils.put(patron(number, "200.00", paid_at=house.at))
    assert house.apply().pending == 0
    house.policy = policy(debt_rule(release=BelowBlock()), digest="p2")
    for _ in range(3):
        house.later(hours=30)
        assert len(house.apply().braked.held) == 100
    for number in range(1, 41):
        house.ils.put(patron(number, "100.00", paid_at=house.at))
    house.later(minutes=1)
    assert len(house.apply().done()) == 40, "these paid under it"
    house.close()


def test_a_payment_long_ago_does_not_stand_behind_a_release_by_category(tmp_path: Path) -> None:
    rule = debt_rule()
    lenient = ExceptionClause(
        replace(rule.terms, threshold=Threshold(1000_00), release=BelowBlock()), categories=frozenset({"STAFF"})
    )
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 101)))
    house.policy = policy(replace(rule, exceptions=(lenient,)))
    house.first_day()
    house.later(days=10)
    known = [patron(number, "299.00", paid_at=house.at) for number in range(1, 101)]
    for one in known:
        house.ils.put(one)
    house.apply()
    house.later(days=20)
    for one in known:
        house.ils.put(replace(one, patron=replace(one.patron, category="STAFF")))
    findings = house.apply()
    assert (len(findings.done()), len(findings.braked.held)) == (0, 100)
    house.close()


def test_a_quick_cycle_spends_no_approval(house: House) -> None:
    kept = house.dry_run().kept_digest
    assert kept is not None
    house.journal.approve(kept, house.at, APPROVAL_LIFETIME)
    quick = replace(house.order, mode=Mode.APPLY, quick=Quick(house.at - timedelta(minutes=1)))
    assert run_once(house.world, house.policy, quick).done() == []
    assert kinds(house.apply()) == [("1", "debt", ADD), ("4", "pin", ADD)]


def test_an_approval_whose_write_was_not_answered_is_still_good(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = house.dry_run().kept_digest
    with monkeypatch.context() as silent:
        silent.setattr(
            house.ils,
            "apply",
            lambda entries: ([Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None),
        )
        house.apply(approve=kept)
    house.later(minutes=1)
    assert kinds(house.apply()) == [("1", "debt", ADD), ("4", "pin", ADD)]


def test_a_cycle_that_somebody_stops_by_hand_is_a_failed_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(house.ils, "pull", interrupted)
    with pytest.raises(KeyboardInterrupt):
        house.apply()
    (record,) = house.journal.cycles(1)
    assert (record.outcome, record.error) == (CycleOutcome.FAILED, "Somebody stopped it by hand.")


def test_rows_that_staff_left_without_a_comment_get_ours_when_they_are_repaired(house: House) -> None:
    house.first_day()
    empty = Restriction("s", "CW_DEBT", ours=True)
    house.ils.put(replace(patron(1, "225.00"), restrictions=(empty, replace(empty, id="t"))))
    (change,) = house.apply().done()
    assert (change.kind, change.comment) == (ChangeKind.AMEND, "Blocked: debt.")


def test_a_scope_that_fits_nobody_is_said(house: House) -> None:
    house.order = replace(house.order, scope=Scope(libraries=frozenset({"MIAN"})))
    said = "[scope] leaves out all 3 patrons who were read: look at its libraries and categories."
    assert said in house.dry_run().warnings
    house.order = replace(house.order, scope=Scope(libraries=frozenset({"MAIN"})))
    assert said not in house.dry_run().warnings


def test_another_writer_is_said_where_something_is_to_be_written(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    status = house.ils.status()
    monkeypatch.setattr(house.ils, "status", lambda: replace(status, writer="another"))
    assert not any("takeover" in one for one in house.dry_run().warnings)
    assert any("cardwarden takeover" in one for one in house.apply().warnings)


def test_what_is_held_stays_held_through_a_time_in_which_nothing_may_be_added(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"), *(patron(number, "100.00") for number in range(10, 110)))
    house.first_day()
    house.policy = policy(debt_rule(1_00), pin_rule(), digest="mistyped")
    house.apply()
    held = house.journal.held()
    assert len(held) == 100
    house.apply(mode=Mode.RELEASE_ONLY)
    assert house.journal.held() == held
    for number in range(10, 107):
        house.ils.put(patron(number))
    house.apply(mode=Mode.RELEASE_ONLY)
    assert (len(house.journal.held()), house.apply().done()) == (3, []), "three are left, below every limit"
    house.close()
