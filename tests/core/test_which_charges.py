"""Which charges count by the day on which they arose: older than, and each year."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sidecar.core.counting import Age, DayOfYear, EachYear, Loans
from sidecar.core.model import UNKNOWN, Charge, Kind
from sidecar.core.policy import ReferIf

from .builders import (
    BELOW_BLOCK,
    DAY,
    TODAY,
    at_most,
    card,
    collection_rule,
    debt_rule,
    facts,
    fee,
    loan,
    row,
    unpaid_rule,
    verdict_of,
    would_block,
    would_release,
)


def of_day(arose: date | None, amount: str = "1.00", number: str = "1") -> Charge:
    return replace(fee(amount, number), arose=arose)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


@pytest.mark.parametrize(("days", "blocks"), [(30, False), (31, False), (32, True)])
def test_within_31_days_is_day_31_free_and_day_32_blocked(days: int, blocks: bool) -> None:
    rule = debt_rule(block_above="0.00", older_than=Age(31))
    assert would_block(rule, facts(charges=[of_day(TODAY - days * DAY)])) is blocks
    bill = unpaid_rule(counts=frozenset({Kind.FEE}), older_than=Age(31))
    assert would_block(bill, facts(charges=[of_day(TODAY - days * DAY)])) is blocks


@pytest.mark.parametrize(
    ("arose", "last_free"),
    [
        (date(2026, 1, 15), date(2026, 7, 15)),
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2025, 12, 31), date(2026, 6, 30)),
    ],
)
def test_months_end_on_the_last_day_where_there_is_no_such_day(arose: date, last_free: date) -> None:
    rule = debt_rule(block_above="0.00", older_than=Age(6, months=True))
    known = facts(charges=[of_day(arose)])
    assert verdict_of(rule, known, now=at(last_free)).blocks is False
    assert verdict_of(rule, known, now=at(last_free) + DAY).blocks is True


def test_only_the_old_charges_are_summed_for_blocking_and_all_for_the_release() -> None:
    rule = debt_rule(block_at="10.00", older_than=Age(31))
    old, new = of_day(TODAY - 40 * DAY, "9.99"), of_day(TODAY, "500.00", "2")
    verdict = verdict_of(rule, facts(charges=[old, new]))
    assert (verdict.blocks, verdict.evidence.counted, verdict.evidence.owed) == (False, 999, 50999)
    assert verdict.evidence.lines == ("fee1",)
    assert would_release(rule, facts(rows=[row()], charges=[new])) is False
    assert would_release(debt_rule(older_than=Age(31), release=BELOW_BLOCK), facts(rows=[row()], charges=[new])) is True
    some = debt_rule(older_than=Age(31), release=at_most("50.00"))
    assert would_release(some, facts(rows=[row()], charges=[new])) is False


def test_credit_is_set_against_the_counted_sum() -> None:
    rule = debt_rule(block_at="10.00", older_than=Age(31))
    old = of_day(TODAY - 40 * DAY, "10.00")
    assert would_block(rule, facts(charges=[old], credit="0.01")) is False


def test_a_charge_of_an_unknown_day_leaves_open_only_what_it_would_decide() -> None:
    rule = debt_rule(block_at="10.00", older_than=Age(31))
    old, unknown = of_day(TODAY - 40 * DAY, "10.00"), of_day(None, "9.99", "2")
    assert would_block(rule, facts(charges=[old, unknown])) is True
    assert would_block(rule, facts(charges=[unknown])) is False
    open_ = verdict_of(rule, facts(charges=[of_day(None, "10.00")]))
    assert (open_.blocks, open_.standing.value, open_.evidence.unknown) == (UNKNOWN, "undecided", ("arose",))


def test_the_ils_own_date_of_a_growing_fine_decides_nothing() -> None:
    rule = debt_rule(block_above="0.00", older_than=Age(31))
    growing = replace(of_day(TODAY - 40 * DAY), incurred=TODAY)
    assert would_block(rule, facts(charges=[growing])) is True


PIEKSAMAKI = EachYear(DayOfYear(2, 1), DayOfYear(1, 1))
BRUNEL = EachYear(DayOfYear(11, 1), DayOfYear(8, 1))


@pytest.mark.parametrize(
    ("each_year", "arose", "today", "blocks"),
    [
        (PIEKSAMAKI, date(2025, 12, 31), date(2026, 1, 31), False),
        (PIEKSAMAKI, date(2025, 12, 31), date(2026, 2, 1), True),
        (PIEKSAMAKI, date(2025, 12, 31), date(2026, 12, 31), True),
        (PIEKSAMAKI, date(2026, 1, 1), date(2026, 2, 1), False),
        (PIEKSAMAKI, date(2026, 1, 1), date(2027, 1, 31), False),
        (PIEKSAMAKI, date(2026, 1, 1), date(2027, 2, 1), True),
        (BRUNEL, date(2026, 7, 31), date(2026, 10, 31), False),
        (BRUNEL, date(2026, 7, 31), date(2026, 11, 1), True),
        (BRUNEL, date(2026, 8, 1), date(2026, 11, 1), False),
        (BRUNEL, date(2026, 8, 1), date(2027, 11, 1), True),
        (EachYear(DayOfYear(2, 29), DayOfYear(1, 1)), date(2025, 12, 31), date(2026, 2, 27), False),
        (EachYear(DayOfYear(2, 29), DayOfYear(1, 1)), date(2025, 12, 31), date(2026, 2, 28), True),
    ],
)
def test_from_a_day_of_the_year_on_older_charges_count(
    each_year: EachYear, arose: date, today: date, blocks: bool
) -> None:
    rule = debt_rule(block_above="0.00", each_year=each_year)
    assert verdict_of(rule, facts(charges=[of_day(arose)]), now=at(today)).blocks is blocks


@pytest.mark.parametrize(
    ("day", "today", "last"),
    [
        (DayOfYear(12, 1), date(2026, 11, 30), date(2025, 12, 1)),
        (DayOfYear(12, 1), date(2026, 12, 1), date(2026, 12, 1)),
        (DayOfYear(12, 1), date(2026, 12, 2), date(2026, 12, 1)),
        (DayOfYear(2, 29), date(2025, 1, 31), date(2024, 2, 29)),
        (DayOfYear(2, 29), date(2026, 1, 31), date(2025, 2, 28)),
    ],
)
def test_the_latest_such_day_is_this_year_s_or_that_of_the_year_before(day: DayOfYear, today: date, last: date) -> None:
    assert day.last(today) == last


def test_a_claim_may_wait_for_an_old_charge_and_for_a_long_overdue_loan() -> None:
    rule = collection_rule(block_at="10.00", older_than=Age(60))
    known = facts(charges=[of_day(TODAY - 61 * DAY, "10.00")])
    assert verdict_of(rule, facts(charges=[of_day(TODAY - 60 * DAY, "10.00")])).standing.value == "clear"
    assert verdict_of(rule, known).standing.value == "announced"
    with_loan = collection_rule(block_at="10.00", loans=Loans(60))
    owing = {"charges": [fee("10.00")]}
    assert verdict_of(with_loan, facts(**owing, overdue=[loan(59)])).standing.value == "clear"
    assert verdict_of(with_loan, facts(**owing, overdue=[loan(60)])).standing.value == "announced"
    assert verdict_of(with_loan, facts(**owing, overdue=UNKNOWN)).standing.value == "undecided"
    wanted = collection_rule(block_at="10.00", loans=Loans(60, waited_for=True))
    perhaps = facts(**owing, overdue=[loan(60, waited_for=UNKNOWN)])
    assert verdict_of(wanted, perhaps).standing.value == "undecided"


def test_a_claim_that_was_told_is_referred_for_whatever_is_left_however_new() -> None:
    old, new = of_day(TODAY - 61 * DAY, "10.00"), of_day(TODAY, "1.00", "2")
    patron = card(collection_rule(block_at="10.00", older_than=Age(60))).cycle(charges=[old, new])
    assert patron.cycle(7 * DAY, charges=[new]).standing == "clear", "the announcement was about the old one"
    patron = card(collection_rule(block_at="10.00", older_than=Age(60))).cycle(charges=[old])
    assert patron.cycle(7 * DAY, charges=[replace(old, outstanding=new.outstanding)]).blocked_by == {"collection"}
    still = collection_rule(block_at="10.00", older_than=Age(60), refer_if=ReferIf.STILL_AT_BLOCK)
    patron = card(still).cycle(charges=[old])
    assert patron.cycle(7 * DAY, charges=[replace(old, outstanding=new.outstanding)]).blocked_by == set()
