"""Overdue: how many loans, how many days past their due day, which; and what frees."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.core.model import UNKNOWN, Origin, StaffRelease
from sidecar.core.plan import Reason
from sidecar.core.policy import PaidAndReturned, Returned

from .builders import (
    DAY,
    NOW,
    STAFF,
    TODAY,
    card,
    case,
    debt_rule,
    facts,
    fee,
    loan,
    overdue_rule,
    row,
    unpaid_rule,
    verdict_of,
    would_block,
    would_release,
)

RETURNED, PAID_AND_RETURNED = Returned(), PaidAndReturned()
ROW = row("CW_OVERDUE")


@pytest.mark.parametrize(("days", "blocks"), [(0, False), (27, False), (28, True), (29, True)])
def test_a_loan_counts_from_so_many_days_past_its_due_day(days: int, blocks: bool) -> None:
    assert would_block(overdue_rule(days=28), facts(overdue=[loan(days)])) is blocks


@pytest.mark.parametrize(("loans", "blocks"), [(25, False), (26, True)])
def test_block_above_wants_more_loans_than_that(loans: int, blocks: bool) -> None:
    known = facts(overdue=[loan(1, str(number)) for number in range(loans)])
    assert would_block(overdue_rule(block_above=25), known) is blocks


def test_the_day_is_that_of_the_library() -> None:
    late = NOW.replace(hour=23, minute=30)  # half past midnight in Copenhagen: the next day
    rule = overdue_rule(days=1)
    assert verdict_of(rule, facts(overdue=[loan(0)]), now=late).blocks is True


def test_only_what_another_patron_waits_for_and_only_some_types() -> None:
    waited = overdue_rule(waited_for=True)
    assert would_block(waited, facts(overdue=[loan(9)])) is False
    assert would_block(waited, facts(overdue=[loan(9, waited_for=True)])) is True
    ill = overdue_rule(types=frozenset({"ILL"}))
    assert would_block(ill, facts(overdue=[loan(9)])) is False
    assert would_block(ill, facts(overdue=[loan(9, type="ILL")])) is True


def test_what_is_not_known_leaves_open_only_what_it_would_decide() -> None:
    rule = overdue_rule(waited_for=True)
    unclear = loan(9, waited_for=UNKNOWN)
    assert would_block(rule, facts(overdue=[unclear])) is UNKNOWN
    assert would_block(rule, facts(overdue=[unclear, loan(9, "2", waited_for=True)])) is True
    verdict = verdict_of(rule, facts(overdue=UNKNOWN))
    assert (verdict.standing.value, verdict.evidence.unknown) == ("undecided", ("overdue",))


@pytest.mark.parametrize(
    ("release", "left", "owed", "frees"),
    [
        (RETURNED, [], "0", True),
        (RETURNED, [loan(1)], "0", False),
        (RETURNED, [loan(0)], "0", True),
        (PAID_AND_RETURNED, [], "0.01", False),
        (PAID_AND_RETURNED, [loan(1)], "0", False),
        (PAID_AND_RETURNED, [], "0", True),
        (STAFF, [], "0", False),
    ],
)
def test_what_releases(release: object, left: list[object], owed: str, frees: bool) -> None:
    rule = overdue_rule(release=release, days=28)  # type: ignore[arg-type]
    charges = [fee(owed)] if owed != "0" else []
    assert would_release(rule, facts(rows=[ROW], overdue=left, charges=charges), case(rule)) is frees


def test_below_block_frees_as_soon_as_it_would_not_block_and_a_renewal_does() -> None:
    patron = card(overdue_rule(days=7)).cycle(overdue=(loan(6),))
    assert patron.blocked_by == set()
    assert patron.cycle(DAY).blocked_by == {"overdue"}
    renewed = replace(loan(6), due=TODAY + timedelta(days=30))
    assert patron.cycle(overdue=(renewed,)).blocked_by == set()
    assert patron.verdict().reason is Reason.BELOW_LEVEL


def test_another_loan_is_new_after_staff_lifted_the_block_and_a_known_one_is_not() -> None:
    known = (loan(8), loan(2, "2"))
    patron = card(overdue_rule(days=7)).cycle(overdue=known).staff_lift("overdue")
    assert patron.cycle().standing == "overridden"
    assert patron.cycle(10 * DAY).standing == "overridden", "both were overdue when staff looked"
    later = loan(-9, "3")
    assert patron.cycle(overdue=(*known, later)).standing == "overridden"
    assert patron.cycle(10 * DAY).blocked_by == {"overdue"}


@pytest.mark.parametrize("rule", [debt_rule(release=PAID_AND_RETURNED), unpaid_rule(release=PAID_AND_RETURNED)])
def test_paid_and_returned_wants_both_of_rules_about_charges_too(rule: object) -> None:
    def releases(charges: list[object], overdue: object) -> object:
        known = facts(rows=[row(rule.restriction_type)], charges=charges, overdue=overdue)  # type: ignore[attr-defined]
        return would_release(rule, known, case(rule))  # type: ignore[arg-type]

    bill = replace(fee("0.01"), type="LOST")
    assert releases([], [loan(1)]) is False
    assert releases([bill], []) is False
    assert releases([], []) is True
    assert releases([], UNKNOWN) is UNKNOWN


def test_the_numbers_are_in_the_evidence() -> None:
    rule = overdue_rule(block_at=2, days=7)
    known = verdict_of(rule, facts(overdue=[loan(9, "2"), loan(8, "1"), loan(6, "3")], charges=[fee("5.00")])).evidence
    assert (known.overdue, known.lines, known.threshold, known.operator) == (2, ("loan1", "loan2"), 2, "block_at")
    assert (known.owed, known.unknown) == (None, ()), "what is owed is not asked for"
    paid = verdict_of(overdue_rule(release=PAID_AND_RETURNED), facts(charges=[fee("5.00")], credit="2.00")).evidence
    assert (paid.overdue, paid.owed) == (0, 300)
    nothing_said = verdict_of(replace(rule, terms=replace(rule.terms, threshold=None)), facts()).evidence
    assert (nothing_said.threshold, nothing_said.operator) == (None, None)


def test_the_evidence_names_what_is_not_known() -> None:
    waited = overdue_rule(waited_for=True, release=PAID_AND_RETURNED)
    unclear = loan(9, waited_for=UNKNOWN)
    for known, named in (
        (facts(overdue=UNKNOWN), ("overdue",)),
        (facts(overdue=[unclear]), ("loans",)),
        (facts(charges=UNKNOWN), ("charges",)),
        (facts(overdue=[unclear], charges=UNKNOWN), ("loans", "charges")),
    ):
        assert verdict_of(waited, known).evidence.unknown == named
    known = verdict_of(waited, facts(overdue=[unclear, loan(9, "2", waited_for=True)])).evidence
    assert (known.overdue, known.lines) == (1, ("loan2",)), "what counts for sure"
    assert verdict_of(waited, facts(overdue=UNKNOWN)).evidence.overdue is None
    assert verdict_of(waited, facts(charges=UNKNOWN)).evidence.owed is None


def test_credit_pays_where_the_rule_sets_it_off() -> None:
    known = facts(rows=[ROW], charges=[fee("5.00")], credit="5.00")
    rule = overdue_rule(release=PAID_AND_RETURNED)
    assert would_release(rule, known, case(rule)) is True
    gross = replace(rule, net_of_credit=False)
    assert would_release(gross, known, case(gross)) is False


def test_below_block_is_the_opposite_of_blocking_and_unknown_with_it() -> None:
    rule = overdue_rule(waited_for=True)
    for waited_for, releases in ((True, False), (False, True), (UNKNOWN, UNKNOWN)):
        known = facts(rows=[ROW], overdue=[loan(9, waited_for=waited_for)])
        assert would_release(rule, known, case(rule)) is releases


def test_loans_that_could_not_be_read_when_staff_released_the_card_are_not_known_to_be_none() -> None:
    rule = overdue_rule()
    by_name = StaffRelease("3", rule.restriction_type, rule.id, "52", photo_id_checked=True, at=NOW)
    verdict = verdict_of(rule, facts(overdue=UNKNOWN, staff_releases=(by_name,)), case(rule))
    assert verdict.case_now is not None
    assert (verdict.case_now.origin, verdict.case_now.evidence.unknown) == (Origin.STAFF, ("overdue",))
