"""What staff lift stays lifted until there is new evidence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Evidence, Kind, Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.verdict import Standing

from .builders import (
    COPENHAGEN,
    DAY,
    HOUR,
    NOW,
    card,
    case,
    debt_rule,
    facts,
    fee,
    other,
    pin_rule,
    policy,
    replacement,
    row,
    unpaid_rule,
    verdict_of,
)

DEBT, PIN = debt_rule(), pin_rule()


def lifted(rule=DEBT, **known: object):  # type: ignore[no-untyped-def]
    """A card that was blocked and that staff freed; the override is remembered."""
    charges = known.pop("charges", [fee("300.00")])
    patron = card(rule).cycle(charges=charges, **known).staff_lift(rule.id).cycle()  # type: ignore[arg-type]
    assert patron.standing == "overridden"
    return patron


def test_the_facts_of_the_cycle_that_first_saw_it_are_the_evidence() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")]).staff_lift("debt")
    patron.cycle(charges=[fee("300.00"), fee("20.00", "2")])
    assert patron.cases["debt"].evidence.lines == ("fee1", "fee2")
    assert patron.cycle().standing == "overridden", "the line that was there then is not new"


def test_a_new_line_of_a_counted_kind_is_new_evidence() -> None:
    assert lifted().cycle(charges=[fee("300.00"), fee("0.01", "2")]).blocked_by == {"debt"}


def test_a_new_line_that_the_rule_does_not_count_is_not() -> None:
    patron = lifted(debt_rule(counts=frozenset({Kind.FEE})))
    assert patron.cycle(charges=[fee("300.00"), other("500.00")]).blocked_by == set()


def test_a_line_that_was_open_then_is_not_new_though_the_policy_counts_it_only_now() -> None:
    patron = lifted(debt_rule(counts=frozenset({Kind.FEE})), charges=[fee("300.00"), other("10.00")])
    patron.policy = replace(patron.policy, rules=(DEBT,))
    assert patron.cycle().standing == "overridden"
    assert patron.cycle(charges=[fee("300.00"), other("10.00"), other("1.00", "2")]).blocked_by == {"debt"}


def test_a_new_line_in_place_of_a_paid_one_is_new_evidence() -> None:
    assert lifted().cycle(charges=[fee("300.00", "2")]).blocked_by == {"debt"}


def test_one_of_two_lines_paid_is_not() -> None:
    patron = lifted(charges=[fee("300.00"), fee("20.00", "2")])
    assert patron.cycle(charges=[fee("300.00")]).blocked_by == set()


@pytest.mark.parametrize(("owed", "blocks"), [("300.01", False), ("599.99", False), ("600.00", True), ("600.01", True)])
def test_growth_is_new_evidence_only_when_the_sum_has_doubled(owed: str, blocks: bool) -> None:
    patron = lifted().cycle(charges=[fee(owed)])
    assert (patron.blocked_by == {"debt"}) is blocks


def test_doubling_is_measured_from_the_override_and_not_from_the_last_cycle() -> None:
    patron = lifted().cycle(charges=[fee("400.00")]).cycle(charges=[fee("500.00")])
    assert patron.standing == "overridden"
    assert patron.cycle(charges=[fee("600.00")]).blocked_by == {"debt"}


@pytest.mark.parametrize("counted", [None, 0])
def test_a_sum_that_was_not_known_or_nothing_cannot_double(counted: int | None) -> None:
    remembered = case(DEBT, Stage.OVERRIDDEN, evidence=Evidence(counted=counted, lines=("fee1",)))
    assert verdict_of(DEBT, facts(charges=[fee("900.00")]), remembered).standing is Standing.OVERRIDDEN


@pytest.mark.parametrize(("attempts", "blocks"), [(5, False), (6, False), (7, True)])
def test_a_pin_counter_above_the_recorded_one_is_new_evidence(attempts: int, blocks: bool) -> None:
    patron = lifted(PIN, failed_pin=6).cycle(failed_pin=attempts)
    assert (patron.blocked_by == {"pin"}) is blocks


def test_a_pin_counter_seen_below_the_limit_ends_the_override() -> None:
    patron = lifted(PIN, failed_pin=6).cycle(failed_pin=4)
    assert patron.cases == {}
    assert patron.cycle(failed_pin=5).blocked_by == {"pin"}


def test_an_unknown_or_locked_counter_neither_ends_nor_breaks_the_override() -> None:
    patron = lifted(PIN, failed_pin=6)
    assert patron.cycle(failed_pin=UNKNOWN).standing == "undecided"
    assert patron.cycle(failed_pin=-2).standing == "undecided"
    assert patron.cycle(failed_pin=6).standing == "overridden"


def test_the_rule_not_blocking_at_any_cycle_ends_the_override() -> None:
    patron = lifted().cycle(charges=[fee("224.99")])
    assert (patron.standing, patron.cases) == ("clear", {})
    assert patron.cycle(charges=[fee("225.00")]).blocked_by == {"debt"}


def test_an_override_of_a_replacement_lasts_until_a_new_bill() -> None:
    patron = lifted(unpaid_rule(), charges=[replacement("100.00")])
    assert patron.cycle(charges=[replacement("50.00")]).blocked_by == set()
    assert patron.cycle(charges=[replacement("50.00"), replacement("50.00", "2")]).blocked_by == {"unpaid"}


def test_an_override_lasts_for_ever_where_the_rule_names_no_days() -> None:
    assert lifted().cycle(3650 * DAY).standing == "overridden"


@pytest.mark.parametrize(("seconds", "standing"), [(-1, Standing.OVERRIDDEN), (0, Standing.BLOCKED)])
def test_override_days_are_calendar_days_from_the_cycle_that_first_saw_it(seconds: int, standing: Standing) -> None:
    rule = debt_rule(override_days=30)
    since = datetime(2026, 3, 2, 9, tzinfo=UTC)
    ends = datetime(2026, 4, 1, tzinfo=COPENHAGEN)
    known = Evidence(counted=30000, lines=("fee1",))
    remembered = case(rule, Stage.OVERRIDDEN, since=since, evidence=known)
    now = ends.astimezone(UTC) + timedelta(seconds=seconds)
    verdict = verdict_of(rule, facts(charges=[fee("300.00")]), remembered, now=now)
    assert verdict.standing is standing
    if standing is Standing.OVERRIDDEN:
        assert verdict.due == ends
    else:
        assert verdict.reason is Reason.NEW_EVIDENCE


def test_new_evidence_counts_before_the_override_days_are_over() -> None:
    patron = lifted(debt_rule(override_days=30)).cycle(charges=[fee("300.00"), fee("1.00", "2")])
    assert patron.blocked_by == {"debt"}


def test_new_evidence_blocks_without_announcing_again() -> None:
    rule = debt_rule(announce_days=7)
    patron = card(rule).cycle(charges=[fee("300.00")]).cycle(7 * DAY).staff_lift("debt").cycle()
    assert patron.cycle(charges=[fee("300.00"), fee("1.00", "2")]).blocked_by == {"debt"}


def test_a_row_that_staff_put_back_is_in_force_again() -> None:
    patron = lifted().staff_set(row())
    assert patron.cycle().verdict().adopted
    assert patron.cases["debt"].stage is Stage.BLOCKED
    assert patron.cycle(charges=[fee("1.00")]).blocked_by == {"debt"}


def test_an_override_needs_a_row_that_was_seen() -> None:
    """A card that was only told of, or never written, is not one that staff freed."""
    told = case(DEBT, Stage.ANNOUNCED)
    assert verdict_of(DEBT, facts(charges=[fee("300.00")]), told).change is ChangeKind.ADD
    assert verdict_of(DEBT, facts(charges=[fee("300.00")])).change is ChangeKind.ADD


def test_a_row_under_the_rules_former_type_is_still_the_rules_row() -> None:
    """The policy gives a rule another restriction type: the card stays blocked by the row that it has."""
    remembered = case(DEBT, restriction_type="CW_FORMER")
    verdict = verdict_of(DEBT, facts(charges=[fee("300.00")], rows=[row("CW_FORMER")]), remembered)
    assert (verdict.standing, verdict.change, verdict.lifted) == (Standing.BLOCKED, None, False)


def test_a_row_under_the_former_type_is_released_as_any_and_is_no_orphan() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")])
    patron.policy = policy(debt_rule(restriction_type="CW_NEW"))
    patron.cycle()
    assert patron.decision is not None
    assert (patron.verdict().standing, patron.decision.orphans) == (Standing.BLOCKED, ())
    patron.cycle(charges=[])
    assert [change.restriction_type for change in patron.plan.changes()] == ["CW_DEBT"]
    assert (patron.facts.restrictions, patron.cases) == ((), {})


def test_a_rule_that_has_rows_of_both_types_is_released_of_both() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")])
    patron.policy = policy(debt_rule(restriction_type="CW_NEW"))
    patron.staff_set(row("CW_NEW")).cycle(charges=[])
    assert {change.restriction_type for change in patron.plan.changes()} == {"CW_DEBT", "CW_NEW"}
    assert patron.facts.restrictions == ()


def test_a_type_that_another_rule_has_now_is_that_rules() -> None:
    other = debt_rule("fines", restriction_type="CW_FORMER")
    remembered = {"debt": case(DEBT, restriction_type="CW_FORMER")}
    known = facts(charges=[fee("300.00")], rows=[row("CW_FORMER")])
    first, second = decide(known, remembered, policy(DEBT, other), NOW).verdicts
    assert (first.change, first.reason) == (ChangeKind.ADD, Reason.REACHED)
    assert (second.standing, second.adopted) == (Standing.BLOCKED, True)


def test_an_override_outlives_a_new_name_for_the_rules_type() -> None:
    known = Evidence(counted=30000, lines=("fee1",))
    remembered = case(DEBT, Stage.OVERRIDDEN, evidence=known, restriction_type="CW_FORMER")
    assert verdict_of(DEBT, facts(charges=[fee("300.00")]), remembered).standing is Standing.OVERRIDDEN


def test_a_case_that_names_no_type_is_the_rules_own() -> None:
    remembered = case(DEBT, restriction_type="")
    assert verdict_of(DEBT, facts(charges=[fee("300.00")]), remembered).standing is Standing.OVERRIDDEN


def test_a_row_that_staff_let_expire_was_lifted_by_staff() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")])
    patron.cycle(HOUR, rows=[row(expires=NOW.date())])
    assert (patron.standing, patron.verdict().lifted) == ("overridden", True)
