"""Rules that have nothing to say about a patron need not be asked: the table would call each of them clear, with
nothing behind it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from sidecar.core.counting import Age
from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Charge, Facts, Kind, StaffRelease
from sidecar.core.policy import Also, Flag, Rule, RuleKind, Threshold
from sidecar.core.screen import Screen
from sidecar.core.verdict import Standing, Verdict

from .builders import (
    DAY,
    NOW,
    TODAY,
    case,
    clause,
    collection_rule,
    debt_rule,
    facts,
    fee,
    flag_rule,
    loan,
    lost_rule,
    overdue_rule,
    pin_rule,
    policy,
    replacement,
    row,
    terms,
    unpaid_rule,
)
from .builders import PAID_IN_FULL as PAID
from .strategies import Situation, situations

DEBT, BILL, PIN, LOST = debt_rule(block_at="225"), unpaid_rule(block_above="0"), pin_rule(block_at=5), lost_rule()
POLICY = policy(DEBT, BILL, PIN, LOST)


def asked(known: Facts, *rules: Rule) -> list[str]:
    screen = Screen(policy(*rules) if rules else POLICY)
    return [rule.id for rule in screen.rules_to_ask(known, {}, TODAY)]


def says_nothing(verdict: Verdict) -> bool:
    return (
        (verdict.standing, verdict.in_force, verdict.blocks) == (Standing.CLEAR, False, False)
        and (verdict.change, verdict.case_before, verdict.case_now, verdict.case_after) == (None,) * 4
        and (verdict.released, verdict.due, verdict.types) == (None, None, (verdict.restriction_type,))
        and not (verdict.lifted or verdict.adopted or verdict.drift or verdict.paid)
    )


@st.composite
def screened(draw: st.DrawFn) -> Situation:
    """Any situation, half of them without a past and a row, as most cards are."""
    at = draw(situations())
    if draw(st.booleans()):
        at = replace(at, cases={})
    if draw(st.booleans()):
        rows = tuple(row for row in at.facts.restrictions if not row.ours)  # type: ignore[union-attr]
        at = replace(at, facts=replace(at.facts, restrictions=draw(st.sampled_from([(), rows]))))
    return at


@given(screened())
def test_with_a_screen_the_answers_are_the_same_and_only_those_that_say_nothing_are_left_out(at: Situation) -> None:
    whole = decide(at.facts, at.cases, at.policy, NOW)
    brief = decide(at.facts, at.cases, at.policy, NOW, screen=Screen(at.policy))
    told = {verdict.rule: verdict for verdict in brief.verdicts}
    left_out = [verdict for verdict in whole.verdicts if verdict.rule not in told]
    event(f"{len(left_out)} of {len(whole.verdicts)} left out")
    assert all(map(says_nothing, left_out))
    assert brief == replace(whole, verdicts=tuple(each for each in whole.verdicts if each.rule in told))


@given(screened(), st.integers(min_value=1, max_value=3000))
def test_who_has_nothing_to_fear_of_a_rule_today_has_not_on_any_later_day(at: Situation, days: int) -> None:
    """So nobody has to come back to them: but for a card that expires meanwhile."""
    flags = {rule.id for rule in at.policy.rules if rule.kind is RuleKind.FLAG}
    told = {rule.id for rule in Screen(at.policy).rules_to_ask(at.facts, at.cases, TODAY)}
    later = decide(at.facts, at.cases, at.policy, NOW + days * DAY)
    assert all(says_nothing(verdict) for verdict in later.verdicts if verdict.rule not in told | flags)


def test_most_cards_need_no_rule_at_all() -> None:
    assert asked(facts()) == []
    assert asked(facts(charges=[fee("224.99")], failed_pin=4)) == []
    assert asked(facts(charges=[fee("0.004"), fee("200", "2")], credit="30")) == []


@pytest.mark.parametrize(
    ("known", "rules"),
    [
        (facts(charges=[fee("224.995")]), ["debt"]),
        (facts(charges=[fee("300")], credit="290"), ["debt"]),  # credit is not looked at: the table says
        (facts(charges=[replacement("10")]), ["unpaid"]),
        (facts(failed_pin=5), ["pin"]),
        (facts(failed_pin=-1), ["pin"]),
        (facts(card_lost=True), ["lost"]),
        (facts(card_lost=UNKNOWN), ["lost"]),
        (facts(failed_pin=UNKNOWN), ["pin"]),
        (facts(charges=UNKNOWN), ["debt", "unpaid"]),
        (facts(charges=[fee("-1"), fee("225", "2")]), ["debt", "unpaid"]),
        (facts(credit="-300"), ["debt", "unpaid"]),
    ],
)
def test_a_rule_is_asked_where_its_own_fact_may_say_something(known: Facts, rules: list[str]) -> None:
    assert asked(known) == rules


def test_a_rule_is_asked_where_there_is_a_case_or_a_row_of_its_own() -> None:
    assert asked(facts(rows=[row("CW_PIN")])) == ["pin"]
    assert asked(facts(rows=[row("MANUAL", ours=False)])) == []
    assert asked(facts(rows=[replace(row("MANUAL", ours=False), once_of="debt")])) == ["debt"]
    assert [rule.id for rule in Screen(POLICY).rules_to_ask(facts(), {"lost": case(LOST)}, TODAY)] == ["lost"]


def test_all_rules_are_asked_where_the_rows_cannot_be_seen_or_staff_released_something() -> None:
    everything = [rule.id for rule in POLICY.rules]
    release = StaffRelease("1", "CW_PIN", "pin", "2", photo_id_checked=True, at=NOW)
    assert asked(replace(facts(), restrictions=UNKNOWN)) == everything
    assert asked(replace(facts(), restrictions=UNKNOWN, restricted=False, etag=None)) == []
    assert asked(replace(facts(), staff_releases=(release,))) == everything


def test_the_lowest_operator_that_could_hold_counts() -> None:
    """An exception's, whether it fits or not, and the sum from which a patron is told."""
    for_children = clause(terms(PAID, block_at="100"), under=18)
    assert asked(facts(charges=[fee("100")]), replace(DEBT, exceptions=(for_children,))) == ["debt"]
    assert asked(facts(charges=[fee("50")]), replace(DEBT, announce_at=Threshold(5000))) == ["debt"]
    assert asked(facts(charges=[fee("50")]), replace(DEBT, announce_at=Threshold(5000, inclusive=False))) == []
    assert asked(facts(), debt_rule(block_at="0")) == ["debt"]
    assert asked(facts(), replace(DEBT, terms=replace(DEBT.terms, threshold=None))) == ["debt"]


@pytest.mark.parametrize(
    ("owed", "rules"), [("224.99", []), ("225.00", ["at"]), ("225.01", ["at", "above"]), ("225.02", ["at", "above"])]
)
def test_a_rule_is_asked_from_the_least_sum_on_that_it_could_block_for(owed: str, rules: list[str]) -> None:
    both = debt_rule("at", block_at="225.00"), debt_rule("above", block_above="225.00")
    assert asked(facts(charges=[fee(owed)]), *both) == rules
    halves = [Charge("1", "OVERDUE", Decimal("112.50")), Charge("2", "OVERDUE", Decimal(owed) - Decimal("112.50"))]
    assert asked(facts(charges=halves), *both) == rules


@pytest.mark.parametrize(
    ("counts", "rules"), [(frozenset(Kind), ["debt"]), (frozenset({Kind.OTHER}), ["debt"]), (frozenset({Kind.FEE}), [])]
)
def test_a_type_that_the_policy_does_not_name_counts_among_the_others(
    counts: frozenset[Kind], rules: list[str]
) -> None:
    unnamed = Charge("1", "UNHEARD_OF", Decimal("300.00"))
    assert asked(facts(charges=[unnamed]), replace(DEBT, counts=counts)) == rules


def test_every_kind_has_cards_that_it_is_not_asked_about() -> None:
    kinds = [
        DEBT,
        BILL,
        PIN,
        LOST,
        collection_rule(block_at="225"),
        overdue_rule(block_at=2),
        flag_rule(flag=Flag.EXPIRED),
    ]
    assert {rule.kind for rule in kinds} == set(RuleKind)
    assert asked(facts(overdue=(loan(30),), expires=TODAY), *kinds) == []
    late = facts(overdue=(loan(30, "1"), loan(1, "2")), expires=TODAY - timedelta(days=1))
    assert asked(late, *kinds) == ["overdue", "flag"]


def test_charges_that_may_count_by_another_day_count() -> None:
    old = replace(DEBT, older_than=Age(60))
    assert asked(facts(charges=[Charge("1", "OVERDUE", fee("300").outstanding, arose=TODAY)]), old) == ["debt"]


def test_who_answers_for_others_is_asked_about_them() -> None:
    linked = replace(DEBT, also_blocks=Also.GUARANTORS)
    assert asked(facts(guarantees=()), linked) == []
    assert asked(facts(guarantees=(facts("8"),)), linked) == ["debt"]
    assert asked(facts(guarantees=UNKNOWN), linked) == ["debt"]
    expired = flag_rule(flag=Flag.EXPIRED, also_blocks=Also.GUARANTORS)
    assert asked(facts(guarantees=(), expires=TODAY), expired) == []
    assert asked(facts(guarantees=(), expires=TODAY - DAY), expired) == ["flag"]


def test_with_a_screen_only_the_rules_that_were_asked_have_a_verdict() -> None:
    of = policy(DEBT, BILL, LOST, flag_rule(flag=Flag.EXPIRED))
    known = facts(charges=[fee("300")], expires=TODAY - DAY)
    decision = decide(known, {"lost": case(LOST)}, of, NOW, screen=Screen(of))
    assert [verdict.rule for verdict in decision.verdicts] == ["debt", "lost", "flag"]
