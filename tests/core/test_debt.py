"""Debt: the operator, rounding, latching, credit, what releases, and what was settled."""

from datetime import datetime
from decimal import Decimal

import pytest

from sidecar.core.kinds import MONEY_KINDS
from sidecar.core.model import UNKNOWN, Case, Kind, Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import RuleKind
from sidecar.core.verdict import Standing

from .builders import (
    BELOW_BLOCK,
    DAY,
    DKK,
    HOUR,
    MINUTE,
    NOW,
    STAFF,
    Currency,
    at_most,
    card,
    case,
    debt_rule,
    facts,
    fee,
    other,
    replacement,
    row,
    unpaid_rule,
    verdict_of,
    would_block,
    would_release,
)

DEBT = debt_rule()


def blocked_facts(**known: object):  # type: ignore[no-untyped-def]
    return facts(rows=[row()], **known)  # type: ignore[arg-type]


# The operator


@pytest.mark.parametrize(("owed", "blocks"), [("224.99", False), ("225.00", True), ("225.01", True)])
def test_block_at_blocks_at_exactly_the_sum(owed: str, blocks: bool) -> None:
    assert would_block(debt_rule(block_at="225.00"), facts(charges=[fee(owed)])) is blocks


@pytest.mark.parametrize(("owed", "blocks"), [("224.99", False), ("225.00", False), ("225.01", True)])
def test_block_above_blocks_above_the_sum_only(owed: str, blocks: bool) -> None:
    assert would_block(debt_rule(block_above="225.00"), facts(charges=[fee(owed)])) is blocks


def test_only_counted_kinds_are_counted() -> None:
    rule = debt_rule(counts=frozenset({Kind.FEE}))
    assert would_block(rule, facts(charges=[fee("224.00"), replacement("500.00"), other("500.00")])) is False
    assert would_block(rule, facts(charges=[fee("225.00")])) is True


def test_a_charge_type_that_the_policy_does_not_map_is_other() -> None:
    unmapped = fee("225.00").__class__("x", "ADHOC", Decimal(225))
    assert would_block(debt_rule(counts=frozenset({Kind.OTHER})), facts(charges=[unmapped])) is True
    assert would_block(debt_rule(counts=frozenset({Kind.FEE})), facts(charges=[unmapped])) is False


# Rounding


def test_sums_are_exact_and_rounded_once() -> None:
    thirds = [fee("74.998333", "1"), fee("74.998333", "2"), fee("74.998334", "3")]
    assert verdict_of(DEBT, facts(charges=thirds)).evidence.counted == 22500
    assert would_block(DEBT, facts(charges=thirds)) is True, "rounded one by one it would be 224.99 or 225.00 by luck"


def test_many_lines_below_half_a_minor_unit_are_summed_before_they_are_rounded() -> None:
    assert verdict_of(DEBT, facts(charges=[fee("0.004", str(n)) for n in range(5)])).evidence.counted == 2


@pytest.mark.parametrize(
    ("owed", "minor"),
    [
        ("0.004999", 0),
        ("0.005000", 1),
        ("0.014999", 1),
        ("224.994999", 22499),
        ("224.995000", 22500),
        ("224.995001", 22500),
    ],
)
def test_half_a_minor_unit_is_rounded_up_and_less_is_nothing(owed: str, minor: int) -> None:
    assert verdict_of(DEBT, facts(charges=[fee(owed)])).evidence.counted == minor
    assert would_release(DEBT, facts(charges=[fee(owed)])) is (minor == 0)


@pytest.mark.parametrize(("code", "decimals", "minor"), [("JPY", 0, 225), ("DKK", 2, 22450), ("KWD", 3, 224500)])
def test_minor_units_are_those_of_the_currency(code: str, decimals: int, minor: int) -> None:
    verdict = verdict_of(DEBT, facts(charges=[fee("224.50")]), currency=Currency(code, decimals))
    assert verdict.evidence.counted == minor
    assert Currency(code, decimals).major(22450) == Decimal(22450).scaleb(-decimals)


# Latching


def test_225_blocks_and_only_nothing_frees() -> None:
    patron = card(DEBT)
    assert patron.cycle(charges=[fee("224.99")]).blocked_by == set()
    assert patron.cycle(charges=[fee("225.00")]).blocked_by == {"debt"}
    assert patron.cycle(charges=[fee("224.99")]).blocked_by == {"debt"}
    assert patron.cycle(charges=[fee("1.00")]).blocked_by == {"debt"}
    assert patron.cycle(charges=[fee("0.01")]).blocked_by == {"debt"}
    assert patron.cycle(charges=[]).blocked_by == set()
    assert patron.cycle(charges=[fee("224.99")]).blocked_by == set()


def test_raising_the_threshold_alone_frees_nobody() -> None:
    verdict = verdict_of(debt_rule(block_at="500.00"), blocked_facts(charges=[fee("300.00")]), case(DEBT))
    assert (verdict.blocks, verdict.standing, verdict.change) == (False, Standing.BLOCKED, None)


# Credit


@pytest.mark.parametrize(("credit", "blocks"), [("0", True), ("0.01", False), ("500.00", False)])
def test_unapplied_credit_is_set_against_the_counted_charges(credit: str, blocks: bool) -> None:
    assert would_block(DEBT, facts(charges=[fee("225.00")], credit=credit)) is blocks


def test_credit_releases_as_payment_does() -> None:
    assert would_release(DEBT, facts(charges=[fee("100.00")], credit="99.99")) is False
    assert would_release(DEBT, facts(charges=[fee("100.00")], credit="100.00")) is True
    assert would_release(DEBT, facts(charges=[fee("100.00")], credit="100.01")) is True


def test_without_net_of_credit_neither_block_nor_release_sees_the_credit() -> None:
    gross = debt_rule(net_of_credit=False)
    known = facts(charges=[fee("225.00")], credit="225.00")
    assert would_block(gross, known) is True
    assert would_release(gross, known) is False


def test_a_release_by_more_credit_than_is_owed_is_a_payment_not_a_settlement() -> None:
    verdict = verdict_of(DEBT, blocked_facts(charges=[fee("100.00")], credit="150.00"), case(DEBT))
    assert (verdict.change, verdict.reason) == (ChangeKind.REMOVE, Reason.PAID)


# What the release counts


def test_a_debt_that_only_staff_release_is_released_by_no_payment() -> None:
    rule = debt_rule(release=STAFF)
    assert would_release(rule, facts(), case(rule)) is False


def test_paid_in_full_looks_at_all_that_is_owed_of_whatever_kind() -> None:
    rule = debt_rule(counts=frozenset({Kind.FEE}))
    assert would_release(rule, facts(charges=[other("0.01")])) is False
    assert would_release(rule, facts()) is True


def test_release_counts_narrows_what_must_be_paid() -> None:
    rule = debt_rule(counts=frozenset({Kind.FEE}), release_counts=frozenset({Kind.FEE, Kind.OTHER}))
    assert would_release(rule, facts(charges=[replacement("500.00")])) is True
    assert would_release(rule, facts(charges=[other("0.01")])) is False


def test_below_block_frees_as_soon_as_a_free_card_would_not_be_blocked() -> None:
    at, above = debt_rule(release=BELOW_BLOCK), debt_rule(block_above="225.00", release=BELOW_BLOCK)
    assert [would_release(at, facts(charges=[fee(owed)])) for owed in ("224.99", "225.00")] == [True, False]
    assert [would_release(above, facts(charges=[fee(owed)])) for owed in ("225.00", "225.01")] == [True, False]


@pytest.mark.parametrize(("owed", "releases"), [("49.99", True), ("50.00", True), ("50.01", False)])
def test_at_most_frees_at_exactly_that_sum_of_the_counted_charges(owed: str, releases: bool) -> None:
    rule = debt_rule(counts=frozenset({Kind.FEE}), release=at_most("50.00"))
    assert would_release(rule, facts(charges=[fee(owed), other("500.00")])) is releases


@pytest.mark.parametrize(
    ("release", "owed", "reason"),
    [(BELOW_BLOCK, "10.00", Reason.BELOW_LEVEL), (at_most("50.00"), "10.00", Reason.BELOW_LEVEL)],
    ids=["below_block", "at_most"],
)
def test_a_release_says_why(release: object, owed: str, reason: Reason) -> None:
    rule = debt_rule(release=release)  # type: ignore[arg-type]
    assert verdict_of(rule, blocked_facts(charges=[fee(owed)]), case(rule)).reason is reason


# Settled


def test_a_new_small_fee_does_not_keep_a_patron_who_paid_everything() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")])
    patron.cycle(2 * HOUR, charges=[fee("2.00", "2")], settled_at=patron.now + HOUR)
    assert (patron.blocked_by, patron.verdict().reason) == (set(), Reason.SETTLED)


@pytest.mark.parametrize(
    ("settled", "frees"),
    [(NOW - DAY - MINUTE, False), (NOW - DAY, False), (NOW - DAY + MINUTE, True)],
    ids=["before the block", "at the moment it began", "after it began"],
)
def test_settling_counts_only_after_the_block_began(settled: object, frees: bool) -> None:
    known = blocked_facts(charges=[fee("2.00")], settled_at=settled)
    assert would_release(DEBT, known, case(DEBT, since=NOW - DAY)) is frees


def test_settling_does_not_free_who_owes_enough_for_a_new_block() -> None:
    verdict = verdict_of(DEBT, blocked_facts(charges=[fee("225.00")], settled_at=NOW - HOUR), case(DEBT))
    assert (verdict.releases, verdict.standing) == (False, Standing.BLOCKED)


def test_one_oere_that_came_after_the_settlement_is_settled_and_not_paid() -> None:
    known = blocked_facts(charges=[fee("0.01")], settled_at=NOW - HOUR)
    assert verdict_of(DEBT, known, case(DEBT)).reason is Reason.SETTLED


def test_settling_means_nothing_to_the_other_releases() -> None:
    rule = debt_rule(release=at_most("50.00"))
    assert would_release(rule, blocked_facts(charges=[fee("60.00")], settled_at=NOW - HOUR), case(rule)) is False


def test_an_adopted_block_began_when_its_oldest_row_in_force_was_made() -> None:
    def known(settled_days_ago: int):  # type: ignore[no-untyped-def]
        ended = row(number="0", created=NOW - 9 * DAY, expires=NOW.date())
        rows = [row(number="1", created=NOW - 2 * DAY), row(number="2", created=NOW - 5 * DAY), ended]
        return facts(rows=rows, charges=[fee("2.00")], settled_at=NOW - settled_days_ago * DAY)

    assert would_release(DEBT, known(6)) is False
    assert would_release(DEBT, known(4)) is True


def test_an_adopted_row_without_a_date_is_not_settled() -> None:
    assert would_release(DEBT, facts(rows=[row(created=None)], charges=[fee("2.00")], settled_at=NOW)) is False


def test_a_row_gone_after_everything_was_settled_was_lifted_by_payment() -> None:
    known = facts(charges=[fee("300.00", "2")], settled_at=NOW - HOUR)
    verdict = verdict_of(DEBT, known, case(DEBT, since=NOW - DAY))
    assert (verdict.change, verdict.reason, verdict.lifted) == (ChangeKind.ADD, Reason.REACHED, False)


def test_a_row_lifted_by_payment_is_announced_anew_where_the_rule_announces() -> None:
    rule = debt_rule(announce_days=7)
    known = facts(charges=[fee("300.00", "2")], settled_at=NOW - HOUR)
    verdict = verdict_of(rule, known, case(rule, since=NOW - DAY))
    assert (verdict.standing, verdict.change) == (Standing.ANNOUNCED, None)
    assert verdict.case_now is not None
    assert (verdict.case_now.stage, verdict.case_now.since) == (Stage.ANNOUNCED, NOW)


@pytest.mark.parametrize(
    "remembered",
    [
        case(DEBT, since=NOW - 9 * DAY, seen_at=NOW - HOUR),
        case(DEBT, since=NOW - 9 * DAY, seen_at=NOW - HOUR + MINUTE),
        case(DEBT, since=NOW - HOUR, seen_at=None),
    ],
    ids=["at that moment", "since", "known only to have begun then"],
)
def test_a_row_seen_after_the_settlement_was_lifted_by_staff(remembered: Case) -> None:
    known = facts(charges=[fee("300.00", "2")], settled_at=NOW - HOUR)
    assert verdict_of(DEBT, known, remembered).standing is Standing.OVERRIDDEN


def test_an_override_is_not_ended_by_an_old_settlement() -> None:
    remembered = case(DEBT, Stage.OVERRIDDEN, since=NOW - DAY, seen_at=None)
    assert verdict_of(DEBT, facts(charges=[fee("300.00")], settled_at=NOW - HOUR), remembered).case_now == remembered


def test_a_latched_row_lifted_by_payment_was_lifted_by_nobody_else() -> None:
    rule = debt_rule(release=at_most("50.00"))
    verdict = verdict_of(rule, facts(charges=[fee("60.00")], settled_at=NOW - HOUR), case(rule))
    assert (verdict.standing, verdict.lifted) == (Standing.CLEAR, False)
    verdict = verdict_of(rule, facts(charges=[fee("60.00")], settled_at=NOW - 2 * DAY), case(rule))
    assert (verdict.standing, verdict.lifted) == (Standing.CLEAR, True)


def test_only_rules_of_debt_are_lifted_by_payment() -> None:
    rule = unpaid_rule()
    verdict = verdict_of(rule, facts(charges=[replacement("300.00")], settled_at=NOW - HOUR), case(rule))
    assert verdict.standing is Standing.OVERRIDDEN


# A payment behind the release


@pytest.mark.parametrize(
    ("paid", "behind"),
    [(None, False), (NOW - DAY - MINUTE, False), (NOW - DAY, True), (NOW - HOUR, True)],
    ids=["none", "before the block", "as it began", "after it began"],
)
def test_a_release_has_a_payment_behind_it_if_one_came_since_the_block_began(paid: object, behind: bool) -> None:
    assert verdict_of(DEBT, blocked_facts(paid_at=paid), case(DEBT, since=NOW - DAY)).paid is behind


@pytest.mark.parametrize(
    ("paid", "behind"),
    [(NOW - 2 * HOUR, False), (NOW - HOUR, True), (NOW - 3 * HOUR, False)],
    ids=["the one that was known", "a later one", "an older one, since the known one was voided"],
)
def test_a_payment_that_was_known_when_the_block_stood_does_not_explain_its_end(paid: datetime, behind: bool) -> None:
    remembered = case(DEBT, since=NOW - DAY, paid_seen=NOW - 2 * HOUR)
    assert verdict_of(DEBT, blocked_facts(paid_at=paid), remembered).paid is behind


def test_what_was_settled_before_the_debt_blocked_is_another_debt() -> None:
    """All paid, 300 new before any cycle looked, seen blocking, paid down to 1.00: that is not settled."""
    patron = card(DEBT).cycle(charges=[fee("300.00")])
    patron.cycle(charges=[fee("300.00", "new")], settled_at=patron.now + MINUTE)
    assert patron.blocked_by == {"debt"}
    assert patron.cycle(charges=[fee("1.00", "new")]).blocked_by == {"debt"}
    assert patron.cycle(charges=[]).blocked_by == set()


def test_a_new_fee_after_all_was_paid_keeps_nobody_blocked() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")]).cycle()
    assert patron.cycle(charges=[fee("2.00", "new")], settled_at=patron.now + MINUTE).blocked_by == set()


def test_settled_counts_again_once_the_debt_that_blocked_later_is_paid_too() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")])
    patron.cycle(charges=[fee("300.00", "new")], settled_at=patron.now + MINUTE)
    patron.cycle(charges=[fee("2.00", "newer")], settled_at=patron.now + MINUTE)
    assert patron.blocked_by == set()


@pytest.mark.parametrize(("minutes", "frees"), [(-1, False), (0, False), (1, True)])
def test_settled_must_be_later_than_the_last_cycle_that_saw_the_debt_block(minutes: int, frees: bool) -> None:
    remembered = case(DEBT, since=NOW - DAY, blocking_at=NOW - HOUR)
    known = facts(charges=[fee("1.00")], rows=[row()], settled_at=NOW - HOUR + minutes * MINUTE)
    assert verdict_of(DEBT, known, remembered).releases is frees


def test_a_cycle_that_saw_the_debt_below_the_limit_does_not_move_that_moment() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")])
    blocking = patron.now
    patron.cycle(charges=[fee("100.00")])
    assert patron.cases["debt"].blocking_at == blocking


def test_a_settlement_taken_back_by_a_void_frees_nobody() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")])
    voided = patron.now + MINUTE
    patron.cycle(charges=[fee("300.00")], settled_at=voided, hold=lambda _change: True)
    assert patron.cycle(charges=[fee("200.00")], settled_at=None).blocked_by == {"debt"}


def test_a_block_remembers_the_payment_at_every_look_at_which_its_release_does_not_hold() -> None:
    patron = card(DEBT).cycle(charges=[fee("300.00")])
    patron.cycle(charges=[fee("200.00")], paid_at=patron.now)
    known = patron.facts.paid_at
    assert known is not None
    assert patron.cases["debt"].paid_seen == known
    patron.cycle(charges=UNKNOWN, paid_at=patron.now)
    assert patron.cases["debt"].paid_seen == known, "undecided: it is not known whether it would have stood"
    patron.cycle(charges=[], hold=lambda _change: True)
    assert patron.cases["debt"].paid_seen == known, "held back by a brake: its release holds"


def test_a_block_of_unknown_beginning_has_no_payment_behind_its_release() -> None:
    assert verdict_of(DEBT, facts(rows=[row(created=None)], paid_at=NOW)).paid is False


def test_rules_on_charges_are_those_that_money_releases() -> None:
    assert frozenset({RuleKind.DEBT, RuleKind.UNPAID_CHARGE, RuleKind.COLLECTION}) == MONEY_KINDS


# The numbers


def test_the_evidence_holds_the_numbers_and_no_names() -> None:
    rule = debt_rule(counts=frozenset({Kind.FEE}), block_above="200.00")
    known = facts(charges=[fee("250.00", "9"), fee("25.00", "10"), other("5.50")], credit="10.00", settled_at=NOW)
    evidence = verdict_of(rule, known).evidence
    assert (evidence.counted, evidence.owed, evidence.credit) == (26500, 27050, 1000)
    assert evidence.lines == ("fee10", "fee9"), "sorted, and of the counted charges only"
    assert (evidence.threshold, evidence.operator) == (20000, "block_above")
    assert (evidence.settled_at, evidence.unknown) == (NOW, ())
    assert (evidence.attempts, evidence.card_lost, evidence.age) == (None, None, None)


def test_the_operator_is_named_as_in_the_policy_file() -> None:
    assert verdict_of(DEBT, facts()).evidence.operator == "block_at"


def test_amounts_are_rounded_half_up_not_half_even() -> None:
    assert [DKK.minor(Decimal(amount)) for amount in ("0.005", "0.015", "0.025", "1")] == [1, 2, 3, 100]
