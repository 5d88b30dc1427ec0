"""The one alarm: rows that were ours or are, in force on a card that owes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Case, Charge, Facts, Restriction
from sidecar.core.owing import rows_without_debt
from sidecar.core.policy import PaidInFull, Policy, Scope

from .builders import NOW, ONE_OF_EACH, case, collection_rule, debt_rule, facts, fee, pin_rule, policy, redacted, row

TODAY = date(2026, 3, 2)
ALL = policy(*(replace(rule, restriction_type=f"CW_{rule.id.upper()}") for rule in ONE_OF_EACH))


def found(
    known: Facts, under: Policy = ALL, cases: Sequence[Case] = (), scope: Scope | None = None
) -> list[Restriction]:
    decision = decide(known, {each.rule: each for each in cases}, under, NOW, scope or Scope())
    return list(rows_without_debt(decision, under, TODAY))


def tiny(amount: str) -> Charge:
    return replace(fee("1"), outstanding=Decimal(amount))


@pytest.mark.parametrize(
    ("charges", "credit", "owes_nothing"),
    [
        ([], "0", True),
        ([fee("0.01")], "0", False),
        ([fee("5.00")], "4.99", False),
        ([fee("5.00")], "5.00", True),
        ([fee("2.00", "1"), fee("3.00", "2")], "5.00", True),
        ([fee("2.00", "1"), fee("3.01", "2")], "5.00", False),
        ([fee("5.00")], "9.00", True),
        ([tiny("0.004")], "0", True),
        ([tiny("0.005")], "0", False),
        ([tiny("0.009")], "0", False),
    ],
)
def test_a_card_owes_nothing_where_credit_covers_all_or_less_than_half_an_ore_is_left(
    charges: list[Charge], credit: str, owes_nothing: bool
) -> None:
    known = facts(charges=charges, credit=credit, rows=[row()])
    assert found(known) == ([row()] if owes_nothing else [])


@pytest.mark.parametrize("hidden", [{"charges": UNKNOWN}, {"credit": UNKNOWN}, {"rows": UNKNOWN}])
def test_what_cannot_be_read_alarms_nobody(hidden: dict) -> None:
    assert found(facts(**({"rows": [row()]} | hidden))) == []
    assert found(redacted()) == []


@pytest.mark.parametrize(
    ("restriction_type", "alarms"),
    [
        ("CW_DEBT", True),
        ("CW_UNPAID", True),
        ("CW_PIN", False),
        ("CW_LOST", False),
        ("CW_COLLECTION", False),
        ("CW_OF_NO_RULE", True),
    ],
)
def test_rows_that_a_debt_is_behind_and_rows_of_no_rule_alarm(restriction_type: str, alarms: bool) -> None:
    one = row(restriction_type)
    assert found(facts(rows=[one])) == ([one] if alarms else [])


def test_a_claim_that_is_released_without_the_office_s_word_alarms() -> None:
    rule = collection_rule()
    rule = replace(rule, terms=replace(rule.terms, release=PaidInFull()))
    one = row(rule.restriction_type)
    assert found(facts(rows=[one]), policy(rule)) == [one]


def test_rows_by_staff_alarm_nobody_unless_they_were_ours() -> None:
    staffs, once = row("MANUAL", ours=False), replace(row("MANUAL", ours=False, number="2"), once_of="debt")
    of_a_pin = replace(row("MANUAL", ours=False, number="3"), once_of="pin")
    of_no_rule = replace(row("MANUAL", ours=False, number="4"), once_of="older")
    assert found(facts(rows=[staffs, once, of_a_pin, of_no_rule])) == [once, of_no_rule]


def test_a_row_that_has_ended_alarms_nobody() -> None:
    assert found(facts(rows=[row(expires=TODAY)])) == []
    lasts = row(expires=TODAY + timedelta(days=1))
    assert found(facts(rows=[row(expires=TODAY), lasts])) == [lasts]


def test_whoever_is_out_of_scope_is_among_them() -> None:
    nobody = Scope(never=frozenset({"7"}))
    assert found(facts(rows=[row(), row("CW_PIN"), row("CW_OF_NO_RULE")]), scope=nobody) == [
        row(),
        row("CW_OF_NO_RULE"),
    ]


def test_a_row_under_a_former_type_is_of_the_rule_that_set_it() -> None:
    renamed = pin_rule(restriction_type="CW_NEW_PIN")
    before = case(pin_rule())
    known = facts(rows=[row("CW_PIN")], failed_pin=5)
    assert found(known, policy(debt_rule(), renamed), [before]) == []
    assert found(known, policy(debt_rule(), renamed)) == [row("CW_PIN")], "of nobody, where no case remembers it"
