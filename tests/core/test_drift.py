"""Rows of ours that vanish in numbers are drift and not staff's work."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sidecar.core.decide import decide
from sidecar.core.drift import DriftLimit, lifted_rows, separate_drift
from sidecar.core.model import Facts, Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.planning import plan_changes
from sidecar.core.policy import IfLifted, Rule
from sidecar.core.verdict import Decision, Standing

from .builders import DAY, NOW, TEXTS, case, debt_rule, facts, fee, pin_rule, policy, row

DEBT = debt_rule()
OWING = [fee("300.00")]


def gone(number: int) -> Facts:
    """A card that owes enough, and whose row is no longer there."""
    return facts(str(number), charges=OWING)


def there(number: int) -> Facts:
    return facts(str(number), charges=OWING, rows=[row()])


def paid(number: int) -> Facts:
    return facts(str(number))


def decisions(*known: Facts, rule: Rule = DEBT) -> list[Decision]:
    """Every card was blocked when last seen."""
    remembered = case(rule, since=NOW - 3 * DAY, seen_at=NOW - DAY)
    return [decide(each, {rule.id: replace(remembered, patron=each.patron.id)}, policy(rule), NOW) for each in known]


def separated(before: Sequence[Decision], vanished_before: int = 0, limit: DriftLimit | None = None) -> list[Decision]:
    return list(separate_drift(before, policy(DEBT), NOW, vanished_before=vanished_before, limit=limit))


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
    assert drifted(separated(decisions(gone(1)), vanished_before=before)) == drift


def test_rows_gone_before_are_no_drift_where_none_is_gone_now() -> None:
    before = decisions(there(1))
    assert separated(before, vanished_before=99) == before


def test_rows_that_the_rule_would_release_anyway_do_not_count() -> None:
    assert drifted(separated(decisions(*map(paid, range(50)), gone(99)))) == 0


def test_the_measure_is_of_all_blocks_remembered_also_where_few_patrons_were_looked_at() -> None:
    before = decisions(*map(gone, range(11)))
    assert separate_drift(before, policy(DEBT), NOW, vanished_before=0, remembered=550) == tuple(before)
    assert drifted(separate_drift(before, policy(DEBT), NOW, vanished_before=0, remembered=549)) == 11
    assert drifted(separate_drift(before, policy(DEBT), NOW, vanished_before=0, remembered=0)) == 11


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
    before = decisions(*map(gone, range(11)))
    (verdict,) = separated(before)[0].verdicts
    remembered = before[0].verdicts[0].case_before
    assert remembered is not None
    assert (verdict.standing, verdict.drift, verdict.lifted) == (Standing.UNDECIDED, True, False)
    assert (verdict.change, verdict.reason) == (ChangeKind.ADD, Reason.DRIFT)
    assert verdict.case_now == remembered, "no override is remembered"
    assert verdict.case_after == replace(remembered, seen_at=NOW, comment=TEXTS["da"])


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
    after = separate_drift(before, both, NOW, vanished_before=0)
    assert after[0].verdicts[0].drift
    assert after[0].verdicts[1] == before[0].verdicts[1]


def test_rows_that_would_be_restored_drift_all_the_same() -> None:
    rule = debt_rule(if_lifted=IfLifted.RESTORE)
    after = separated(decisions(*map(gone, range(11)), rule=rule))
    assert {change.reason for change in plan_changes(after, policy(rule)).changes()} == {Reason.DRIFT}


def test_lifted_rows_are_those_that_staff_took() -> None:
    before = decisions(gone(1), there(2), gone(3), paid(4))
    assert [verdict.patron for verdict in lifted_rows(before)] == ["1", "3"]
    assert lifted_rows(separated(decisions(*map(gone, range(11))))) == []
