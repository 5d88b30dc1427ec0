"""What Koha refuses by itself, held against the policy: in plain words, with the remedy, and by what it does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Case, Facts, Restriction, Stage
from sidecar.core.policy import Policy, Scope
from sidecar.fitness.fitness import Fitness
from sidecar.fitness.koha import koha_beside
from sidecar.fitness.limits import cards_refused
from sidecar.ports import Category, IlsStatus
from tests.cycle.house import patron
from tests.policy.examples import with_head

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
TODAY = date(2026, 11, 27)
LEFT_TO_THE_POLICY: Mapping[str, str] = {
    "noissuescharge": "100000",
    "AllFinesNeedOverride": "0",
    "AllowFineOverride": "0",
    "NoIssuesChargeGuarantees": "",
    "NoIssuesChargeGuarantorsWithGuarantees": "",
    "OverduesBlockCirc": "noblock",
    "OverduesBlockRenewing": "allow",
    "OpacRenewalAllowed": "1",
    "OPACFineNoRenewals": "",
    "OPACFineNoRenewalsBlockAutoRenew": "0",
    "maxoutstanding": "100000",
}
ABOVE_FIVE = "cards that owe 5.01 to 224.99 are clear here and refused at the self-check. Set it to 100000."
POLICY = with_head("[rules.debt]\nkind = 'debt'\nblock_at = 225\n[rules.pin]\nkind = 'failed_pin'\nblock_at = 5").policy


def status(categories: tuple[Category, ...] = (), **preferences: str) -> IlsStatus:
    return IlsStatus(
        description="Koha",
        writable=True,
        patron_count=10,
        as_of=NOW,
        pin_limit=5,
        preferences=LEFT_TO_THE_POLICY | preferences,
        categories=categories,
    )


def test_a_koha_that_leaves_all_to_the_policy_is_not_worth_a_word() -> None:
    assert koha_beside(POLICY, status()) == Fitness()


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ("5", f"Koha refuses loans above 5.00 (noissuescharge is 5; SIP2 takes an empty one for 5): {ABOVE_FIVE}"),
        (
            "",
            "Koha refuses loans above 5.00 (noissuescharge is empty, which SIP2 takes for 5 and the desk for 0): "
            + ABOVE_FIVE,
        ),
        ("0", f"Koha refuses loans above 5.00 (noissuescharge is 0, which SIP2 takes for 5): {ABOVE_FIVE}"),
        ("0.00", "Koha refuses loans above 0.00 (noissuescharge is 0.00;"),
        ("224.98", "cards that owe 224.99 to 224.99 are clear here"),
        ("224.985", "Koha refuses loans above 224.985 ("),
    ],
)
def test_a_limit_of_fines_below_the_policy_s_is_a_harm(limit: str, says: str) -> None:
    (harm,) = koha_beside(POLICY, status(noissuescharge=limit)).harms
    assert says in harm


@pytest.mark.parametrize("limit", ["224.99", "225", "1000"])
def test_a_limit_of_fines_that_stops_no_clear_card_is_a_note(limit: str) -> None:
    fitness = koha_beside(POLICY, status(noissuescharge=limit))
    assert (fitness.harms, fitness.warnings) == ((), ())
    assert "a card whose block staff lifted stays refused" in fitness.notes[0]


def test_where_no_rule_counts_some_charges_every_limit_refuses_clear_cards() -> None:
    fees = with_head("[rules.fees]\nkind = 'debt'\nblock_at = 225\ncounts = ['fee']").policy
    (harm,) = koha_beside(fees, status(noissuescharge="500")).harms
    assert "cards that owe 500.01 or more, and no rule blocks, are clear here" in harm


def test_a_category_s_own_limit_is_held_against_what_is_clear_for_that_category() -> None:
    policy = with_head(
        "[rules.debt]\nkind = 'debt'\nblock_at = 100\n[[rules.debt.except]]\ncategories = ['STAFF']\nblock_at = 500\n"
    ).policy
    categories = (
        Category("ADULT", "A", Decimal("99.99")),
        Category("CHILD", "C", Decimal(20)),
        Category("YOUTH", "C", Decimal("20.00")),
        Category("STAFF", "S", Decimal(100)),
    )
    child, staff = koha_beside(policy, status(categories)).harms
    assert "above 20.00 to categories CHILD, YOUTH (a limit of their own): cards that owe 20.01 to 99.99" in child
    assert "above 100.00 to category STAFF (a limit of their own): cards that owe 100.01 to 499.99" in staff


def test_loans_that_are_to_be_confirmed_are_refused_at_a_self_check() -> None:
    (harm,) = koha_beside(POLICY, status(AllFinesNeedOverride="1")).harms
    assert "it shows the card as good and refuses the loan, whatever noissuescharge is" in harm
    anything = with_head("[rules.debt]\nkind = 'debt'\nblock_above = 0").policy
    assert koha_beside(anything, status(AllFinesNeedOverride="1")).harms == ()


@pytest.mark.parametrize(
    ("preference", "value", "says"),
    [
        ("NoIssuesChargeGuarantees", "10", "for what a patron's guarantees owe above 10.00 (NoIssuesChargeGuarantees)"),
        ("NoIssuesChargeGuarantees", "0", "for what a patron's guarantees owe above 0.00"),
        ("NoIssuesChargeGuarantorsWithGuarantees", "10", "guarantors and their other guarantees owe above 10.00"),
        ("OverduesBlockCirc", "block", "lends nothing to who has overdue loans (OverduesBlockCirc is block)"),
        ("OverduesBlockCirc", "confirmation", "self-checks refuse them (OverduesBlockCirc is confirmation)"),
        ("maxoutstanding", "5", "takes no holds from who owes more than 5.00 (maxoutstanding is 5)"),
        ("maxoutstanding", "", "who owes more than 0.00 (maxoutstanding is empty, which it takes for 0)"),
        ("OPACFineNoRenewals", "100", "offers no renewals to who owes more than 100.00 (OPACFineNoRenewals is 100)"),
        ("OPACFineNoRenewals", "0", "offers no renewals to who owes more than 0.00"),
    ],
)
def test_what_keeps_clear_cards_from_less_than_loans_or_for_others_is_a_warning(
    preference: str, value: str, says: str
) -> None:
    fitness = koha_beside(POLICY, status(**{preference: value}))
    (warning,) = fitness.warnings
    assert says in warning
    assert (fitness.errors, fitness.harms, fitness.notes) == ((), (), ())


@pytest.mark.parametrize(
    "preferences",
    [
        {"OPACFineNoRenewals": "225"},
        {"OPACFineNoRenewals": "5", "OpacRenewalAllowed": "0"},
        {"OPACFineNoRenewals": "none"},
        {"maxoutstanding": "225"},
        {"NoIssuesChargeGuarantees": "none"},
    ],
)
def test_what_stops_no_clear_card_is_not_told(preferences: dict[str, str]) -> None:
    assert koha_beside(POLICY, status(**preferences)) == Fitness()


def test_automatic_renewals_that_stop_too_are_told() -> None:
    known = status(OPACFineNoRenewals="5", OPACFineNoRenewalsBlockAutoRenew="1")
    assert "and renews nothing by itself either" in koha_beside(POLICY, known).warnings[0]


def test_limits_of_categories_for_what_others_owe_are_warnings() -> None:
    categories = (
        Category("ADULT", "A", guarantees_limit=Decimal(20)),
        Category("CHILD", "C", guarantors_limit=Decimal(0)),
    )
    guarantees, guarantors = koha_beside(POLICY, status(categories)).warnings
    assert "to category ADULT for what guarantees owe above 20.00" in guarantees
    assert "to category CHILD for what guarantors and their other guarantees owe above 0.00" in guarantors


@pytest.mark.parametrize(("value", "says"), [("block", "renews nothing for"), ("blockitem", "renews no overdue loan")])
def test_renewals_of_overdue_loans_are_a_note(value: str, says: str) -> None:
    (note,) = koha_beside(POLICY, status(OverduesBlockRenewing=value)).notes
    assert says in note


def test_an_account_that_koha_locks_though_no_rule_says_so_is_a_note() -> None:
    debt = with_head("[rules.debt]\nkind = 'debt'\nblock_at = 225").policy
    (note,) = koha_beside(debt, status()).notes
    assert "after 5 wrong ones (FailedLoginAttempts), though no rule says so" in note


@pytest.mark.parametrize(
    ("writable", "preferences", "why"),
    [
        (False, {}, "Koha tells only its plugin"),
        (True, {"FailedLoginAttempts": "5"}, "the plugin is of an older version, so upgrade it"),
    ],
)
def test_what_is_not_told_cannot_be_known_and_that_is_said(
    writable: bool, preferences: dict[str, str], why: str
) -> None:
    known = replace(status(), writable=writable, preferences=preferences)
    fitness = koha_beside(POLICY, known)
    assert fitness == Fitness(notes=fitness.notes)
    assert "cannot be known: " + why in fitness.notes[0]


# Which cards


def refused(facts: Facts, policy: Policy = POLICY, case: Case | None = None, **preferences: str) -> list[str]:
    cases = {} if case is None else {case.rule: case}
    decision = decide(facts, cases, policy, NOW, Scope())
    known = status((Category("CHILD", "C", Decimal(20)),), **preferences)
    return [f"{each.owed} > {each.limit}" for each in cards_refused([decision], policy, known, TODAY)]


@pytest.mark.parametrize(
    ("owed", "limit", "found"),
    [
        ("60.00", "5", ["60.00 > 5"]),
        ("60.00", "", ["60.00 > 5"]),
        ("60.00", "0", ["60.00 > 5"]),
        ("60.00", "100000", []),
        ("5.00", "5", []),
        ("5.01", "5", ["5.01 > 5"]),
        ("225.00", "5", []),
        ("0.00", "5", []),
    ],
)
def test_a_card_is_refused_that_is_clear_and_owes_more_than_the_limit(owed: str, limit: str, found: list[str]) -> None:
    assert refused(patron(1, owed), noissuescharge=limit) == found


def test_a_card_that_is_stopped_for_another_reason_is_not_among_them() -> None:
    owes = patron(1, "60.00")
    foreign = Restriction("9", "MANUAL", ours=False)
    assert refused(owes, noissuescharge="5") == ["60.00 > 5"]
    assert refused(replace(owes, restrictions=(foreign,)), noissuescharge="5") == []
    assert refused(replace(owes, card_lost=True), noissuescharge="5") == []
    expired = replace(owes.patron, expires=TODAY - timedelta(days=1))
    assert refused(replace(owes, patron=expired), noissuescharge="5") == []
    assert refused(replace(owes, charges=UNKNOWN), noissuescharge="5") == []


def test_a_category_s_own_limit_goes_before_the_preference() -> None:
    child = patron(1, "60.00")
    child = replace(child, patron=replace(child.patron, category="CHILD"))
    assert refused(child) == ["60.00 > 20"]
    assert refused(patron(1, "60.00")) == []


def test_credit_does_not_help_unless_staff_may_override() -> None:
    """Koha looks twice: once with credit, and once at the charges alone, where the override counts."""
    covered = replace(patron(1, "60.00"), credit=Decimal(60))
    assert refused(covered, noissuescharge="5") == ["60.00 > 5"]
    assert refused(covered, noissuescharge="5", AllowFineOverride="1") == []
    assert refused(patron(1, "60.00"), noissuescharge="5", AllowFineOverride="1") == ["60.00 > 5"]


def test_where_each_loan_is_to_be_confirmed_whoever_owes_anything_is_refused() -> None:
    assert refused(patron(1, "0.01"), AllFinesNeedOverride="1") == ["0.01 > 0"]
    assert refused(patron(1, "0.00"), AllFinesNeedOverride="1") == []


def test_a_card_whose_block_staff_lifted_is_among_them() -> None:
    lifted = Case(
        patron="1",
        rule="debt",
        stage=Stage.OVERRIDDEN,
        since=NOW - timedelta(days=3),
        seen_at=NOW - timedelta(days=3),
    )
    facts = patron(1, "300.00")
    assert facts.charges is not UNKNOWN
    known = replace(lifted.evidence, counted=30000, lines=tuple(charge.id for charge in facts.charges))
    assert refused(facts, case=replace(lifted, evidence=known), noissuescharge="225") == ["300.00 > 225"]


def test_cards_are_unknown_where_the_limits_are() -> None:
    decision = decide(patron(1, "60.00"), {}, POLICY, NOW, Scope())
    assert list(cards_refused([decision], POLICY, replace(status(), preferences={}), TODAY)) == []
