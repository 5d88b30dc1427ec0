"""Every reason, standing, brake and unknown fact has its words."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sidecar.core.brakes import Brake, Tripped
from sidecar.core.model import Currency, Evidence, Patron, Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import AfterMinutes, AtMost, BelowBlock
from sidecar.core.verdict import Standing
from sidecar.language import listed
from sidecar.language.terms import UNKNOWN_FACTS
from sidecar.ports import ChangeRecord, Result
from sidecar.report.words.reasons import Grounds, recorded_evidence, why, why_change, why_recorded, why_standing
from sidecar.report.words.vocabulary import (
    BRAKES,
    CHANGES,
    RESULTS,
    STANDINGS,
    STANDINGS_UNSEEN,
    amount,
    brake_sentence,
    patron_label,
    plain,
)

from .build import BILL, CHILDREN, DEBT, DKK, LOST, NOW, PIN, POLICY, World, case, facts, fee, row, terms

OWES = Evidence(counted=31200, owed=31200, credit=0, lines=("1",), threshold=22500, operator="block_at")


def grounds(evidence: Evidence = OWES, rule=DEBT, **known):
    return Grounds(evidence=evidence, policy=POLICY, rule=rule, **known)


def sentence_of(one, *cases, policy=POLICY):
    """The sentence of the only change to one patron."""
    world = World([one], {one.patron.id: {each.rule: each for each in cases}}, policy=policy)
    findings = world.findings()
    (change,) = findings.plan.changes()
    return why_change(change, findings.decisions[0], policy)


def test_a_debt_is_said_with_its_threshold():
    assert sentence_of(facts("1", charges=(fee("312.00"),))) == "owes 312.00 DKK, blocks at 225.00"


def test_credit_is_said_where_it_is_set_off():
    one = facts("1", charges=(fee("312.00"),), credit=Decimal(12))
    assert sentence_of(one) == "owes 300.00 DKK after 12.00 DKK of credit, blocks at 225.00"


def test_wrong_pins_are_counted_without_a_currency():
    assert sentence_of(facts("1", failed_pin=5)) == "5 wrong PINs, blocks at 5"


def test_a_lost_card_needs_no_numbers():
    assert sentence_of(facts("1", card_lost=True)) == "the card is flagged lost"


def test_a_bill_that_any_sum_reaches_names_no_threshold():
    bill = replace(BILL, terms=terms(BILL.terms.release, 0))
    one = facts("1", charges=(fee("99.00", charge_type="LOST"),))
    assert sentence_of(one, policy=replace(POLICY, rules=(bill,))) == "owes 99.00 DKK in replacement charges"


def test_payment_in_full_says_what_is_owed_now():
    one = facts("1", restrictions=(row("CW_DEBT"),))
    assert sentence_of(one, case("1", DEBT)) == "all paid, 0.00 DKK owed"


def test_overpayment_is_said_as_credit():
    one = facts("1", credit=Decimal(20), restrictions=(row("CW_DEBT"),))
    assert sentence_of(one, case("1", DEBT)) == "all paid, 20.00 DKK to the patron's credit"


def test_a_settled_debt_with_a_new_fee_says_both():
    one = facts(
        "1",
        charges=(fee("2.00", "9"),),
        restrictions=(row("CW_DEBT"),),
        settled_at=datetime(2026, 11, 23, 13, 5, tzinfo=UTC),
    )
    assert sentence_of(one, case("1", DEBT)) == (
        "all was paid on 2026-11-23 14:05, and what came since does not block: owes 2.00 DKK, blocks at 225.00"
    )


@pytest.mark.parametrize(
    ("before", "now", "what"),
    [
        (Evidence(counted=30000, lines=("0",)), OWES, "a new charge"),
        (Evidence(counted=15000, lines=("1",)), OWES, "at least twice as much owed"),
        (Evidence(attempts=5), Evidence(attempts=6), "more wrong PINs"),
        (None, OWES, "something new"),
    ],
)
def test_new_evidence_says_what_is_new(before, now, what):
    rule = PIN if now.attempts else DEBT
    told = why(Reason.NEW_EVIDENCE, grounds(now, rule, before=before))
    assert told.startswith(f"{what} since staff lifted it")


def test_an_override_that_ran_out_says_so():
    assert "have gone by" in why(Reason.NEW_EVIDENCE, grounds(before=OWES))


def test_a_level_below_the_block_is_named():
    told = why(Reason.BELOW_LEVEL, grounds(replace(OWES, counted=1000), terms=terms(AtMost(2000), 22500)))
    assert told == "owes 10.00 DKK, free at 20.00 or less"
    told = why(Reason.BELOW_LEVEL, grounds(replace(OWES, counted=1000), terms=terms(BelowBlock(), 22500)))
    assert told == "owes 10.00 DKK, blocks at 225.00"


def test_a_timed_release_names_its_minutes():
    assert why(Reason.TIME_PASSED, grounds(rule=PIN, terms=terms(AfterMinutes(30), 5))).startswith("30 minutes")


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("evidence", [OWES, Evidence(), Evidence(attempts=5), Evidence(card_lost=True)])
@pytest.mark.parametrize("rule", [DEBT, BILL, PIN, LOST, None])
def test_every_reason_has_a_sentence_whatever_is_known(reason, evidence, rule):
    told = why(reason, grounds(evidence, rule))
    assert told
    assert "None" not in told


def test_every_value_of_the_core_has_words():
    assert set(STANDINGS) == set(STANDINGS_UNSEEN) == set(Standing)
    assert set(BRAKES) == set(Brake)
    assert set(CHANGES) == set(ChangeKind)
    assert set(RESULTS) == set(Result)
    assert all(brake_sentence(Tripped(brake, 3, 2, 4)) for brake in Brake)


def test_a_brake_says_its_three_numbers():
    told = brake_sentence(Tripped(Brake.ADDITIONS, 312, 20, 50, "debt"))
    assert told == "Additions, rule debt: 312 asked for, 20 already made in 24 hours, 50 allowed."


@pytest.mark.parametrize("name", ["charges", "credit", "failed_pin", "card_lost", "exception"])
def test_every_unknown_fact_has_words(name):
    assert name in UNKNOWN_FACTS


def test_an_unknown_age_that_matters_is_named():
    one = facts("1", born=None, charges=(fee("150.00"),))
    (decision,) = World([one], policy=replace(POLICY, rules=(replace(DEBT, exceptions=(CHILDREN,)),))).decisions()
    (verdict,) = decision.verdicts
    assert verdict.standing is Standing.UNDECIDED
    assert "birth date" in why_standing(verdict, one, POLICY)


def record(reason: str, evidence: dict) -> ChangeRecord:
    return ChangeRecord(
        1, 1, "1", "debt", ChangeKind.ADD, "CW_DEBT", reason, evidence, "p", False, NOW, Result.WRITTEN, NOW, ""
    )


def test_a_change_of_the_journal_gets_the_same_sentence():
    kept = {"counted": 31200, "owed": 31200, "threshold": 22500, "operator": "block_at", "lines": ["1"]}
    assert why_recorded(record("reached", kept), POLICY) == "owes 312.00 DKK, blocks at 225.00"


def test_a_reason_of_another_version_is_shown_as_it_is():
    assert why_recorded(record("because", {}), POLICY) == "because"


def test_journalled_evidence_of_another_shape_is_left_out():
    kept = {"counted": "many", "card_lost": 1, "settled_at": "soon", "agency_paid_at": NOW.isoformat(), "lines": 5}
    assert recorded_evidence(kept) == Evidence(agency_paid_at=NOW)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (31200, DKK, "312.00 DKK"),
        (-5, DKK, "-0.05 DKK"),
        (312, Currency("JPY", 0), "312 JPY"),
        (1234, Currency("KWD", 3), "1.234 KWD"),
        (999_999, DKK, "9999.99 DKK"),
        (123_456_789, DKK, "1\u00a0234\u00a0567.89 DKK"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(minor, currency, shown):
    assert amount(minor, currency) == shown


def test_counts_and_lists_read_as_english():
    assert [listed([]), listed("a"), listed("ab"), listed("abc")] == ["", "a", "a and b", "a, b and c"]


def test_a_patron_is_a_number_unless_names_are_asked_for():
    patron = Patron("4711", name="Jensen, Anna", card_number="0123456789")
    assert patron_label(patron, show_names=False) == "4711"
    assert patron_label(patron, show_names=True) == "4711 Jensen, Anna (0123…)"
    assert patron_label(Patron("4711"), show_names=True) == "4711"


def test_control_codes_and_turned_text_are_taken_out():
    assert plain("a\x1b[31mb\nc\u202ed\u2028e") == "a [31mb cd e"


def test_an_overridden_case_of_a_card_keeps_its_numbers():
    one = facts("1", charges=(fee("400.00"),))
    seen = case("1", DEBT, Stage.OVERRIDDEN, evidence=Evidence(counted=40000, lines=("1",)))
    (decision,) = World([one], {"1": {"debt": seen}}).decisions()
    assert why_standing(decision.verdicts[0], one, POLICY) == "owes 400.00 DKK, blocks at 225.00"
