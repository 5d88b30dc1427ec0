"""Whom a rule is for, from when, and whose card is blocked besides."""

from dataclasses import replace
from datetime import date

import pytest

from sidecar.core.counting import Age
from sidecar.core.model import UNKNOWN, Stage, Truth
from sidecar.core.policy import Ages, Also, Flag, Threshold

from .builders import (
    DAY,
    NOW,
    PAID_IN_FULL,
    STAFF,
    TODAY,
    card,
    case,
    clause,
    debt_rule,
    facts,
    fee,
    flag_rule,
    patron,
    row,
    terms,
    unpaid_rule,
    verdict_of,
    would_block,
    would_release,
)

OWES = {"charges": [fee("300.00")]}
PLAN = clause(attributes=["PLAN"])


# Attributes


def test_an_agreement_exempts_while_the_attribute_is_there_and_ends_with_it() -> None:
    patron = card(debt_rule(exceptions=(PLAN,))).cycle(**OWES)
    assert patron.blocked_by == {"debt"}
    assert patron.cycle(attributes=frozenset({"PLAN", "OTHER"})).blocked_by == set()
    assert patron.cycle(attributes=frozenset({"OTHER"})).blocked_by == {"debt"}


def test_attributes_that_are_not_known_leave_it_undecided_where_they_decide() -> None:
    rule = debt_rule(exceptions=(PLAN,))
    assert verdict_of(rule, facts(**OWES, attributes=UNKNOWN)).standing.value == "undecided"
    assert verdict_of(rule, facts(attributes=UNKNOWN)).standing.value == "clear"


# Only


def test_whom_a_rule_is_not_for_is_exempt_and_freed_at_once() -> None:
    rule = debt_rule(only=clause(categories=["STUDENT"]))
    assert would_block(rule, facts(**OWES)) is False
    assert would_block(rule, facts(**OWES, category="STUDENT")) is True
    assert verdict_of(rule, facts(**OWES, category=UNKNOWN)).standing.value == "undecided"
    patron = card(rule, category="STUDENT").cycle(**OWES)
    assert patron.blocked_by == {"debt"}
    assert patron.cycle(category="ADULT").blocked_by == set()


# From a day on


def test_a_rule_blocks_nobody_before_its_day_and_is_looked_at_again_then() -> None:
    rule = debt_rule(since=TODAY + DAY)
    verdict = verdict_of(rule, facts(**OWES))
    assert verdict.standing.value == "clear"
    assert verdict.next_age is not None
    assert verdict.next_age.date() == TODAY + DAY
    assert card(rule).cycle(DAY, **OWES).blocked_by == {"debt"}
    assert verdict_of(debt_rule(since=TODAY), facts(**OWES)).next_age is None, "it is in effect"


def test_an_exception_from_a_day_on_is_a_new_limit_told_ahead() -> None:
    lower = clause(terms(PAID_IN_FULL, block_at="100.00"), since=TODAY + DAY)
    patron = card(debt_rule(exceptions=(lower,))).cycle(charges=[fee("150.00")])
    assert patron.blocked_by == set()
    assert patron.cycle(DAY).blocked_by == {"debt"}


# Told early


def test_a_patron_is_told_at_one_sum_and_blocked_at_another() -> None:
    patron = card(debt_rule(block_at="50.00", announce_at=Threshold(2500)))
    assert patron.cycle(charges=[fee("24.99")]).standing == "clear"
    assert patron.cycle(charges=[fee("25.00")]).standing == "announced"
    assert (patron.verdict().due, patron.verdict().in_force) == (None, False)
    assert patron.cycle(charges=[fee("24.99")]).cases == {}
    assert patron.cycle(charges=[fee("49.99")]).standing == "announced"
    assert patron.cycle(charges=[fee("50.00")]).blocked_by == {"debt"}


def test_nobody_is_told_before_the_rule_is_in_effect_or_who_is_exempt() -> None:
    rule = debt_rule(block_at="50.00", announce_at=Threshold(2500))
    known = facts(charges=[fee("30.00")])
    for other in (replace(rule, since=TODAY + DAY), replace(rule, exceptions=(clause(categories=["ADULT"]),))):
        assert verdict_of(other, known).standing.value == "clear"
    assert verdict_of(replace(rule, since=TODAY), known).standing.value == "announced"


def test_the_days_count_from_the_telling() -> None:
    patron = card(debt_rule(block_at="50.00", announce_at=Threshold(2500), announce_days=7))
    patron.cycle(charges=[fee("25.00")]).cycle(3 * DAY, charges=[fee("50.00")])
    assert patron.standing == "announced"
    assert patron.cycle(4 * DAY).blocked_by == {"debt"}


@pytest.mark.parametrize("told", [False, True])
def test_where_it_is_not_known_whether_a_patron_is_to_be_told_nothing_changes(told: bool) -> None:
    """The day of a charge of 30.00 decides whether 25.00 is reached; 50.00 is not, whatever its day."""
    rule = debt_rule(block_at="50.00", announce_at=Threshold(2500), older_than=Age(31))
    remembered = case(rule, Stage.ANNOUNCED) if told else None
    verdict = verdict_of(rule, facts(charges=[fee("30.00")]), remembered)
    assert (verdict.blocks, verdict.in_force, verdict.standing.value) == (False, False, "undecided")
    assert (verdict.case_now, verdict.case_after, verdict.change) == (remembered, remembered, None)


# Marks on the card


@pytest.mark.parametrize(
    ("expires", "blocks"), [(TODAY - DAY, True), (TODAY, False), (TODAY + DAY, False), (None, False)]
)
def test_a_card_is_expired_from_the_day_after_its_last_one(expires: date | None, blocks: bool) -> None:
    assert would_block(flag_rule(flag=Flag.EXPIRED), facts(expires=expires)) is blocks


def test_the_mark_on_the_address_blocks_and_frees() -> None:
    patron = card(flag_rule()).cycle(address_unknown=True)
    assert patron.blocked_by == {"flag"}
    assert patron.cycle(address_unknown=UNKNOWN).standing == "undecided"
    assert patron.cycle(address_unknown=False).blocked_by == set()


@pytest.mark.parametrize(
    ("mark", "releases", "seen", "unknown"),
    [(True, False, True, ()), (False, True, False, ()), (UNKNOWN, UNKNOWN, None, ("flag_address",))],
)
def test_the_mark_is_in_the_evidence(mark: Truth, releases: Truth, seen: bool | None, unknown: tuple[str, ...]) -> None:
    verdict = verdict_of(flag_rule(), facts(address_unknown=mark))
    assert (verdict.blocks, verdict.releases) == (mark, releases)
    assert (verdict.evidence.flagged, verdict.evidence.unknown) == (seen, unknown)
    assert verdict_of(flag_rule(release=STAFF), facts(address_unknown=mark)).releases is False


def test_under_staff_only_staff_release_it() -> None:
    rule = flag_rule(release=STAFF)
    assert card(rule).cycle(address_unknown=True).cycle(address_unknown=False).blocked_by == {"flag"}


@pytest.mark.parametrize("rule", [debt_rule(release=STAFF), unpaid_rule(release=STAFF)])
def test_a_debt_whose_release_is_staff_s_stays_though_it_is_paid(rule: object) -> None:
    bill = replace(fee("300.00"), type="LOST")
    patron = card(rule).cycle(charges=[bill]).cycle(charges=[])  # type: ignore[arg-type]
    assert patron.blocked_by == {rule.id}  # type: ignore[attr-defined]


# Guarantors


FAMILY = debt_rule(
    "family", block_at="10.00", only=clause(under=15), also_blocks=Also.GUARANTORS, guarantee_ages=Ages(0, 15)
)


def child(years: int, amount: str, **known: object):  # type: ignore[no-untyped-def]
    born = date(TODAY.year - years, 1, 1)
    return facts("8", born=born, charges=[fee(amount)] if amount != "0" else [], **known)


@pytest.mark.parametrize(
    ("years", "amount", "blocks"), [(14, "10.00", True), (14, "9.99", False), (15, "10.00", False)]
)
def test_a_guarantor_is_blocked_for_a_child_of_that_age(years: int, amount: str, blocks: bool) -> None:
    verdict = verdict_of(FAMILY, facts(guarantees=(child(years, amount),)))
    assert verdict.blocks is blocks
    assert ("8" in verdict.evidence.guarantees) is (blocks or amount == "9.99")


def test_the_guarantor_stays_blocked_until_the_child_s_account_is_paid_whatever_happens_to_their_own() -> None:
    patron = card(FAMILY).cycle(guarantees=(child(9, "10.00"),), charges=[fee("5.00")])
    assert patron.blocked_by == {"family"}
    assert patron.cycle(charges=[]).blocked_by == {"family"}
    assert patron.cycle(guarantees=(child(9, "0.01"),)).blocked_by == {"family"}
    assert patron.cycle(guarantees=(child(9, "0"),)).blocked_by == set()


def test_a_guarantor_s_own_debt_does_not_count_where_the_rule_is_not_for_them() -> None:
    assert would_block(FAMILY, facts(**OWES, guarantees=())) is False


@pytest.mark.parametrize("guarantees", [UNKNOWN, (replace(child(9, "10.00"), charges=UNKNOWN),)])
def test_what_is_not_known_of_a_guarantee_leaves_it_undecided(guarantees: object) -> None:
    free = verdict_of(FAMILY, facts(guarantees=guarantees))
    assert (free.standing.value, free.evidence.unknown) == ("undecided", ("guarantees",))
    held = verdict_of(FAMILY, facts(guarantees=guarantees, rows=[row("CW_FAMILY")]), case(FAMILY))
    assert (held.standing.value, held.case_after is not None) == ("undecided", True)
    assert held.case_after is not None
    assert held.case_after.stage is Stage.BLOCKED


BOTH = debt_rule("family", block_at="10.00", also_blocks=Also.GUARANTORS)


def test_the_reason_stands_on_both_cards() -> None:
    verdict = verdict_of(BOTH, facts(guarantees=(child(9, "10.00"),)))
    assert (verdict.evidence.guarantees, verdict.evidence.counted) == (("8",), 0)
    assert would_block(BOTH, child(9, "10.00")) is True


def test_a_child_of_another_age_is_not_meant_though_the_rule_is_for_it_too() -> None:
    rule = replace(BOTH, guarantee_ages=Ages(0, 15))
    for years, blocks in ((14, True), (15, False)):
        verdict = verdict_of(rule, facts(guarantees=(child(years, "10.00"),)))
        assert (verdict.blocks, verdict.releases) == (blocks, not blocks)


@pytest.mark.parametrize(
    ("amount", "blocks", "releases"), [("0", False, True), ("5.00", False, UNKNOWN), ("10.00", UNKNOWN, UNKNOWN)]
)
def test_an_age_that_is_not_known_leaves_open_only_what_it_would_decide(
    amount: str, blocks: Truth, releases: Truth
) -> None:
    rule = replace(BOTH, guarantee_ages=Ages(0, 15))
    verdict = verdict_of(rule, facts(guarantees=(replace(child(9, amount), patron=patron("8", born=UNKNOWN)),)))
    assert (verdict.blocks, verdict.releases) == (blocks, releases)


@pytest.mark.parametrize(
    ("ages", "adult", "blocks"),
    [(Ages(18), True, True), (Ages(19), True, False), (Ages(0, 15), True, False), (Ages(18), False, UNKNOWN)],
)
def test_who_has_no_birth_date_is_meant_as_an_adult_where_the_policy_takes_them_for_one(
    ages: Ages, adult: bool, blocks: Truth
) -> None:
    owing = replace(child(9, "10.00"), patron=patron("8", born=None))
    known, rule = facts(guarantees=(owing,)), replace(BOTH, guarantee_ages=ages)
    assert verdict_of(rule, known, age_unknown_is_adult=adult).blocks is blocks


def test_on_the_child_s_account_the_child_s_own_terms_hold() -> None:
    exempt = replace(BOTH, exceptions=(clause(categories=["HOME"]),))
    for category, blocks in (("HOME", False), ("CHILD", True), (UNKNOWN, UNKNOWN)):
        assert would_block(exempt, facts(guarantees=(child(9, "10.00", category=category),))) is blocks
    from_tomorrow = replace(BOTH, exceptions=(clause(since=TODAY + DAY),))
    guarantor = card(from_tomorrow).cycle(guarantees=(child(9, "10.00"),))
    assert guarantor.blocked_by == {"family"}
    assert guarantor.cycle(DAY).blocked_by == set()


def test_a_moment_at_which_the_child_owed_nothing_does_not_end_the_guarantor_s_own_block() -> None:
    owing = child(9, "5.00", settled_at=NOW - DAY)
    known = facts(guarantees=(owing,), rows=[row("CW_FAMILY")])
    assert would_release(BOTH, known, case(BOTH, since=NOW - 9 * DAY)) is False
