"""Rows of ours that vanish in numbers are drift and not staff's work."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sidecar.core.decide import decide
from sidecar.core.drift import DriftLimit, overrides_taken_back, separate_drift, vanished_rows
from sidecar.core.model import UNKNOWN, Case, Evidence, Facts, Origin, Restriction, Stage
from sidecar.core.past import former_rows, known_rows, recognise
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.planning import plan_changes
from sidecar.core.policy import AfterMinutes, IfLifted, Rule
from sidecar.core.verdict import Decision, Standing

from .builders import DAY, MINUTE, NOW, TEXTS, case, debt_rule, facts, fee, pin_rule, policy, row

DEBT = debt_rule()
OWING = [fee("300.00")]


def gone(number: int) -> Facts:
    """A card that owes enough, and whose row is no longer there."""
    return facts(str(number), charges=OWING)


def there(number: int) -> Facts:
    return facts(str(number), charges=OWING, rows=[row()])


def paid(number: int) -> Facts:
    return facts(str(number))


def decisions(*known: Facts, rule: Rule = DEBT, rows: tuple[str, ...] = ()) -> list[Decision]:
    """Every card was blocked when last seen."""
    remembered = case(rule, since=NOW - 3 * DAY, seen_at=NOW - DAY, rows=rows)
    return [decide(each, {rule.id: replace(remembered, patron=each.patron.id)}, policy(rule), NOW) for each in known]


def separated(before: Sequence[Decision], vanished: int = 0, limit: DriftLimit | None = None) -> list[Decision]:
    others = {(f"other {number}", "debt") for number in range(vanished)}
    return list(separate_drift(before, policy(DEBT), NOW, vanished=others, limit=limit))


def drifted(after: Sequence[Decision]) -> int:
    return sum(verdict.drift for decision in after for verdict in decision.verdicts)


@pytest.mark.parametrize(("vanished", "drift"), [(0, 0), (1, 0), (10, 0), (11, 11)])
def test_more_than_ten_rows_gone_are_drift(vanished: int, drift: int) -> None:
    assert drifted(separated(decisions(*map(gone, range(vanished))))) == drift


@pytest.mark.parametrize(("vanished", "drift"), [(12, 0), (13, 13)])
def test_of_many_rows_two_per_cent_may_go(vanished: int, drift: int) -> None:
    known = [*map(gone, range(vanished)), *map(there, range(1000, 1600 - vanished))]
    assert len(known) == 600
    assert drifted(separated(decisions(*known))) == drift


@pytest.mark.parametrize(("before", "drift"), [(9, 0), (10, 1)])
def test_those_of_the_last_day_count_too(before: int, drift: int) -> None:
    assert drifted(separated(decisions(gone(1)), before)) == drift


def test_rows_gone_before_are_no_drift_where_none_is_gone_now() -> None:
    before = decisions(there(1))
    assert separated(before, 99) == before


def test_rows_that_the_rule_would_release_anyway_do_not_count() -> None:
    assert drifted(separated(decisions(*map(paid, range(50)), gone(99)))) == 0


def test_the_measure_is_of_all_blocks_remembered_also_where_few_patrons_were_looked_at() -> None:
    before = decisions(*map(gone, range(11)))
    assert separate_drift(before, policy(DEBT), NOW, remembered=550) == tuple(before)
    assert drifted(separate_drift(before, policy(DEBT), NOW, remembered=549)) == 11
    assert drifted(separate_drift(before, policy(DEBT), NOW, remembered=0)) == 11


def test_only_remembered_blocks_are_the_measure() -> None:
    """Five hundred announced cards are no rows of ours."""
    told = [
        decide(gone(n), {"debt": case(debt_rule(announce_days=7), Stage.ANNOUNCED)}, policy(DEBT), NOW)
        for n in range(1000, 1600)
    ]
    assert drifted(separated([*decisions(*map(gone, range(11))), *told])) == 11


@pytest.mark.parametrize(
    ("limit", "drift"),
    [(DriftLimit(0, 0), 1), (DriftLimit(1, 0), 0), (DriftLimit(0, 50.0), 0), (DriftLimit(0, 49.0), 1)],
)
def test_the_limit_is_the_larger_of_the_two(limit: DriftLimit, drift: int) -> None:
    assert drifted(separated(decisions(gone(1), there(2)), limit=limit)) == drift


def test_a_per_cent_is_of_whole_rows_and_exact() -> None:
    assert [DriftLimit().of(ours) for ours in (0, 549, 550, 599, 600)] == [10, 10, 11, 11, 12]
    assert DriftLimit(0, 2.3).of(3000) == 69
    assert DriftLimit(0, 0.7).of(11000) == 77


def test_drift_is_undecided_remembers_the_block_and_asks_for_the_row() -> None:
    before = decisions(*map(gone, range(11)), rows=("41",))
    (verdict,) = separated(before)[0].verdicts
    remembered = before[0].verdicts[0].case_before
    assert remembered is not None
    assert (verdict.standing, verdict.drift, verdict.lifted) == (Standing.UNDECIDED, True, False)
    assert (verdict.change, verdict.reason) == (ChangeKind.ADD, Reason.DRIFT)
    assert verdict.case_now == replace(remembered, missing_since=NOW), "no override is remembered"
    written = replace(remembered, seen_at=NOW, blocking_at=NOW, comment=TEXTS["da"], rows=())
    assert verdict.case_after == written, "the row put back will have another number"


def test_minutes_are_counted_anew_from_the_moment_the_row_is_put_back() -> None:
    pin = pin_rule(release=AfterMinutes(30))
    known = [facts(str(n), failed_pin=5) for n in range(11)]
    (verdict,) = separated(decisions(*known, rule=pin))[0].verdicts
    back = verdict.case_after
    assert back is not None
    assert (verdict.change, back.since) == (ChangeKind.ADD, NOW)
    row_again = replace(known[0], restrictions=(row("CW_PIN"),))
    after = [decide(row_again, {"pin": back}, policy(pin), NOW + minutes * MINUTE).verdicts[0] for minutes in (29, 30)]
    assert [each.change for each in after] == [None, ChangeKind.REMOVE]


def test_the_row_put_back_speaks_the_patrons_language() -> None:
    english = [replace(each, patron=replace(each.patron, language="en")) for each in map(gone, range(11))]
    (verdict,) = separated(decisions(*english))[0].verdicts
    assert verdict.case_after is not None
    assert verdict.case_after.comment == TEXTS["en"]


def test_cards_that_somebody_dealt_with_are_no_drift_though_they_count_for_it() -> None:
    """The desk gave new PINs and took the rows away in Koha: nothing would be put back for a counter at 0."""
    pin = pin_rule()
    known = [facts(str(n), failed_pin=0) for n in range(11)]
    after = separated([*decisions(*known, rule=pin), *decisions(gone(99))])
    assert [(each.verdicts[0].standing, each.verdicts[0].drift) for each in after[:11]] == [
        (Standing.CLEAR, False)
    ] * 11
    assert after[11].verdicts[0].drift


def test_a_latched_debt_below_the_limit_is_still_owed_and_drifts() -> None:
    owing = [facts(str(n), charges=[fee("100.00")]) for n in range(11)]
    assert drifted(separated(decisions(*owing))) == 11


def test_a_card_whose_row_is_there_is_decided_as_ever() -> None:
    before = decisions(*map(gone, range(11)), there(50), paid(51))
    after = separated(before)
    assert after[11:] == before[11:]


def test_on_a_card_with_one_row_gone_the_other_rules_are_decided_as_ever() -> None:
    pin = pin_rule()
    both, cases = policy(DEBT, pin), {"debt": case(DEBT), "pin": case(pin)}
    known = [facts(str(n), charges=OWING, failed_pin=5, rows=[row("CW_PIN")]) for n in range(11)]
    before = [decide(each, cases, both, NOW) for each in known]
    after = separate_drift(before, both, NOW)
    assert after[0].verdicts[0].drift
    assert after[0].verdicts[1] == before[0].verdicts[1]


def test_rows_that_would_be_restored_drift_all_the_same() -> None:
    rule = debt_rule(if_lifted=IfLifted.RESTORE)
    after = separated(decisions(*map(gone, range(11)), rule=rule))
    assert {change.reason for change in plan_changes(after, policy(rule)).changes()} == {Reason.DRIFT}


def test_vanished_rows_are_those_that_staff_took() -> None:
    before = decisions(gone(1), there(2), gone(3), paid(4))
    assert [verdict.patron for verdict in vanished_rows(before)] == ["1", "3"]


def test_rows_that_drift_are_counted_once_when_they_are_first_seen_gone() -> None:
    after = separated(decisions(*map(gone, range(11))))
    assert len(vanished_rows(after)) == 11
    assert vanished_rows(again(after)) == []


# Drift stays open


def again(before: Sequence[Decision], known: Sequence[Facts] | None = None) -> list[Decision]:
    """The next cycle, which looks at these cards (those of the last one, if none are named)."""
    cases = {decision.patron: decision.verdicts[0].case_now for decision in before}
    return [
        decide(each, {"debt": remembered} if (remembered := cases[each.patron.id]) else {}, policy(DEBT), NOW + DAY)
        for each in known or [decision.facts for decision in before]
    ]


def test_no_later_cycle_makes_overrides_of_rows_that_one_called_drift() -> None:
    after = separated(decisions(*map(gone, range(11))))
    few = again(after[:3])
    assert separated(few) == few, "three alone are no drift by their number"
    assert [(each.verdicts[0].standing, each.verdicts[0].drift) for each in few] == [(Standing.UNDECIDED, True)] * 3
    assert {change.reason for change in plan_changes(few, policy(DEBT)).changes()} == {Reason.DRIFT}


def test_drift_ends_where_the_row_is_there_again() -> None:
    after = separated(decisions(*map(gone, range(11))))
    (back,) = again(after, [there(3)])
    case_now = back.verdicts[0].case_now
    assert case_now is not None
    assert (back.verdicts[0].standing, back.verdicts[0].drift, case_now.missing_since) == (
        Standing.BLOCKED,
        False,
        None,
    )


def test_drift_ends_where_all_is_paid() -> None:
    after = separated(decisions(*map(gone, range(11))))
    (free,) = again(after, [paid(3)])
    assert (free.verdicts[0].standing, free.verdicts[0].change, free.verdicts[0].case_now) == (
        Standing.CLEAR,
        None,
        None,
    )


def test_a_debt_paid_down_below_the_limit_is_still_missed() -> None:
    after = separated(decisions(*map(gone, range(11))))
    (owing,) = again(after, [facts("3", charges=[fee("1.00")])])
    assert (owing.verdicts[0].standing, owing.verdicts[0].reason) == (Standing.UNDECIDED, Reason.DRIFT)


def test_drift_outlives_a_cycle_that_could_not_read_the_charges() -> None:
    after = separated(decisions(*map(gone, range(11))))
    hidden = again(after, [facts("3", charges=UNKNOWN)])
    assert hidden[0].verdicts[0].drift is False
    assert again(hidden, [gone(3)])[0].verdicts[0].drift


def test_overrides_made_before_the_number_was_known_become_drift_too() -> None:
    """Ten went in the morning, each taken for staff's work; the eleventh shows what it was."""
    overridden = again(decisions(*map(gone, range(10))))
    assert {each.verdicts[0].standing for each in overridden} == {Standing.OVERRIDDEN}
    morning = {(str(number), "debt") for number in range(10)}
    together = [*overridden, *decisions(gone(10))]
    after = separate_drift(together, policy(DEBT), NOW + DAY, vanished=morning)
    assert drifted(after) == 11
    case_now = after[0].verdicts[0].case_now
    assert case_now is not None
    assert (case_now.stage, case_now.origin) == (Stage.BLOCKED, None)


def test_what_staff_accepted_or_released_by_name_stays_lifted() -> None:
    lately = {("7", "debt"), *((str(number), "debt") for number in range(100, 111))}
    for origin in (Origin.RELEASED, Origin.DRIFT_ACCEPTED, Origin.UNDONE):
        before = [overridden(origin)]
        assert separate_drift(before, policy(DEBT), NOW, vanished=lately) == tuple(before)


def test_what_staff_lifted_before_the_last_day_is_no_drift_of_today() -> None:
    others = {(str(number), "debt") for number in range(100, 111)}
    before = [overridden(Origin.LIFTED)]
    assert separate_drift(before, policy(DEBT), NOW, vanished=others) == tuple(before)
    assert drifted(separate_drift(before, policy(DEBT), NOW, vanished=others | {("7", "debt")})) == 1


def overridden(origin: Origin) -> Decision:
    """A card that owes what it owed when its block was lifted."""
    known = case(DEBT, Stage.OVERRIDDEN, origin=origin, evidence=Evidence(lines=("fee1",)))
    decision = decide(facts(charges=OWING), {"debt": known}, policy(DEBT), NOW)
    assert (decision.verdicts[0].standing, decision.verdicts[0].change) == (Standing.OVERRIDDEN, None)
    return decision


# Rows that stand under a type that is not ours any more


MANUAL = Restriction("41", "MANUAL", ours=False)
BY_41 = {"41": "debt"}


def retyped(number: int = 7) -> Facts:
    return facts(str(number), charges=OWING, rows=[MANUAL])


def blocked_by_41() -> Case:
    return case(DEBT, rows=("41",))


def test_a_row_is_known_by_its_id_under_another_type() -> None:
    known = recognise(retyped(), BY_41)
    assert [(each.type, each.once_of) for each in known.foreign()] == [("MANUAL", "debt")]
    assert former_rows([known]) == {"7": {"41": "debt"}}
    assert recognise(retyped(), {"40": "debt"}) == retyped()


def test_rows_are_known_by_what_is_remembered_of_anybody_and_by_what_was_kept_of_them() -> None:
    cases = {"7": {"debt": blocked_by_41()}, "8": {"debt": case(DEBT, rows=("42",))}}
    assert known_rows(cases, {"9": {"43": "pin"}}, policy(DEBT)) == {"41": "debt", "42": "debt", "43": "pin"}
    assert known_rows(cases, {}, policy(replace(DEBT, id="gaeld"))) == {"41": "gaeld", "42": "gaeld"}


def test_nothing_is_put_beside_a_row_of_ours_under_a_foreign_type_unasked() -> None:
    known = recognise(retyped(), BY_41)
    verdict = decide(known, {"debt": blocked_by_41()}, policy(DEBT), NOW).verdicts[0]
    assert (verdict.change, verdict.reason, verdict.drift, verdict.lifted) == (
        ChangeKind.ADD,
        Reason.DRIFT,
        True,
        False,
    )
    assert verdict.case_now == replace(blocked_by_41(), missing_since=NOW), "whatever becomes of the foreign row"


def test_a_new_debt_beside_such_a_row_waits_too() -> None:
    known = recognise(retyped(), BY_41)
    verdict = decide(known, {}, policy(DEBT), NOW).verdicts[0]
    assert (verdict.reason, verdict.drift, verdict.case_now) == (Reason.DRIFT, True, None)


def test_a_card_that_owes_nothing_is_clear_beside_such_a_row() -> None:
    known = recognise(facts(rows=[MANUAL]), BY_41)
    verdict = decide(known, {"debt": blocked_by_41()}, policy(DEBT), NOW).verdicts[0]
    assert (verdict.standing, verdict.case_now) == (Standing.CLEAR, None)


def test_staff_removing_a_row_before_any_cycle_missed_it_lifts_the_block() -> None:
    verdict = decide(facts(charges=OWING), {"debt": blocked_by_41()}, policy(DEBT), NOW).verdicts[0]
    assert (verdict.standing, verdict.lifted) == (Standing.OVERRIDDEN, True)


def test_nothing_new_need_come_up_for_a_block_to_be_missed() -> None:
    seen = Evidence(counted=30000, lines=("fee1",))
    verdict = decide(
        recognise(retyped(), BY_41), {"debt": replace(blocked_by_41(), evidence=seen)}, policy(DEBT), NOW
    ).verdicts[0]
    assert (verdict.reason, verdict.drift) == (Reason.DRIFT, True)


def test_what_staff_lifted_stays_lifted_beside_such_a_row_until_something_new_comes_up() -> None:
    lifted = case(DEBT, Stage.OVERRIDDEN, origin=Origin.LIFTED, evidence=Evidence(lines=("fee1",)))
    known = recognise(retyped(), BY_41)
    verdict = decide(known, {"debt": lifted}, policy(DEBT), NOW).verdicts[0]
    assert (verdict.standing, verdict.change, verdict.drift) == (Standing.OVERRIDDEN, None, False)
    more = replace(known, charges=(*OWING, fee("1.00", "2")))
    verdict = decide(more, {"debt": lifted}, policy(DEBT), NOW).verdicts[0]
    assert (verdict.change, verdict.reason, verdict.drift) == (ChangeKind.ADD, Reason.DRIFT, True)


# Where it is drift, of cards that were not looked at


LIFTED = case(DEBT, Stage.OVERRIDDEN, origin=Origin.LIFTED)
BY_7 = ("7", "debt")


def taken_back(remembered: Case, *decided: Decision, vanished: Sequence[tuple[str, str]] = (BY_7,)) -> tuple[Case, ...]:
    return overrides_taken_back({"7": {"debt": remembered}}, decided, vanished, NOW)


def test_an_override_of_what_vanished_lately_is_a_missed_block_again() -> None:
    assert taken_back(LIFTED) == (replace(LIFTED, stage=Stage.BLOCKED, origin=None, missing_since=NOW),)


def test_an_override_that_did_not_vanish_lately_or_was_made_by_name_stays() -> None:
    assert taken_back(LIFTED, vanished=[("8", "debt"), ("7", "pin")]) == ()
    assert taken_back(replace(LIFTED, origin=Origin.RELEASED)) == ()
    assert taken_back(case(DEBT)) == ()


def test_an_override_that_a_decision_looked_at_is_left_to_it() -> None:
    looked = decide(facts(charges=OWING), {"debt": LIFTED}, policy(DEBT), NOW)
    assert taken_back(LIFTED, looked) == ()
    hidden = decide(facts(charges=UNKNOWN), {"debt": LIFTED}, policy(DEBT), NOW)
    assert hidden.verdicts[0].standing is Standing.UNDECIDED
    assert len(taken_back(LIFTED, hidden)) == 1
    drifting = decide(recognise(retyped(), BY_41), {"debt": blocked_by_41()}, policy(DEBT), NOW)
    assert (drifting.verdicts[0].standing, drifting.verdicts[0].drift) == (Standing.UNDECIDED, True)
    assert taken_back(LIFTED, drifting) == ()
