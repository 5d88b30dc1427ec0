"""A bill for a replacement: blocked until the whole of it is paid, whatever credit there is."""

import pytest

from sidecar.core.model import Kind
from sidecar.core.plan import Reason

from .builders import (
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

UNPAID = unpaid_rule()


@pytest.mark.parametrize(("outstanding", "blocks"), [("0.004999", False), ("0.005", True), ("0.01", True)])
def test_anything_outstanding_blocks_and_less_than_half_a_minor_unit_is_nothing(outstanding: str, blocks: bool) -> None:
    assert would_block(UNPAID, facts(charges=[replacement(outstanding)])) is blocks


def test_only_counted_kinds_block() -> None:
    assert would_block(UNPAID, facts(charges=[fee("900.00"), other("900.00")])) is False
    assert would_block(unpaid_rule(counts=frozenset({Kind.OTHER})), facts(charges=[other("0.01")])) is True


def test_the_operator_may_be_another_sum() -> None:
    rule = unpaid_rule(block_at="100.00")
    assert [would_block(rule, facts(charges=[replacement(owed)])) for owed in ("99.99", "100.00")] == [False, True]


def test_only_the_whole_replacement_frees() -> None:
    patron = card(UNPAID)
    assert patron.cycle(charges=[replacement("250.00")]).blocked_by == {"unpaid"}
    assert patron.cycle(charges=[replacement("0.01")]).blocked_by == {"unpaid"}
    assert patron.cycle(charges=[fee("900.00")]).blocked_by == set()
    assert patron.verdict().reason is Reason.PAID


@pytest.mark.parametrize(("outstanding", "releases"), [("0.004", True), ("0.01", False), ("0.02", False)])
def test_the_last_oere_keeps_it(outstanding: str, releases: bool) -> None:
    assert would_release(UNPAID, facts(charges=[replacement(outstanding)])) is releases


def test_two_bills_are_both_to_be_paid() -> None:
    patron = card(UNPAID).cycle(charges=[replacement("250.00", "1"), replacement("100.00", "2")])
    assert patron.cycle(charges=[replacement("100.00", "2")]).blocked_by == {"unpaid"}
    assert patron.cycle(charges=[]).blocked_by == set()


@pytest.mark.parametrize("net", [True, False])
def test_credit_is_never_set_against_it(net: bool) -> None:
    rule = unpaid_rule(net_of_credit=net)
    known = facts(charges=[replacement("100.00")], credit="500.00", rows=[row(rule.restriction_type)])
    verdict = verdict_of(rule, known, case(rule))
    assert (verdict.blocks, verdict.releases) == (True, False)
    assert (verdict.evidence.counted, verdict.evidence.owed, verdict.evidence.credit) == (10000, 10000, 50000)


def test_debt_and_replacement_stand_side_by_side_and_end_on_their_own() -> None:
    patron = card(debt_rule(), UNPAID)
    assert patron.cycle(charges=[fee("225.00"), replacement("100.00")]).blocked_by == {"debt", "unpaid"}
    assert patron.cycle(charges=[fee("225.00")]).blocked_by == {"debt"}
    assert patron.cycle(charges=[fee("1.00")]).blocked_by == {"debt"}
    assert patron.cycle(charges=[]).blocked_by == set()
