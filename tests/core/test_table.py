"""The table of the design, row by row: H (a row is in force), W (would block a free card), R (may be released)."""

import pytest

from sidecar.core.model import UNKNOWN, AgencyReport, Case, Evidence, Facts, Origin, Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import IfLifted, Rule
from sidecar.core.verdict import Standing

from .builders import (
    BELOW_BLOCK,
    COUNTER_RESET,
    DAY,
    HOUR,
    NOW,
    STAFF,
    after_minutes,
    at_most,
    case,
    collection_rule,
    debt_rule,
    facts,
    fee,
    lost_rule,
    pin_rule,
    replacement,
    row,
    unpaid_rule,
    verdict_of,
)

REMOVE, ADD = ChangeKind.REMOVE, ChangeKind.ADD
DEBT, UNPAID, PIN, LOST, CLAIM = debt_rule(), unpaid_rule(), pin_rule(), lost_rule(), collection_rule()
RESET = pin_rule(release=COUNTER_RESET)
TIMED = pin_rule(release=after_minutes(30))
LOST_BY_STAFF = lost_rule(release=STAFF)
BELOW = debt_rule(release=BELOW_BLOCK)
LEVEL = debt_rule(release=at_most("50.00"))
PAID_TO_AGENCY = AgencyReport(NOW - HOUR)


def blocked(rule: Rule, **more: object) -> Case:
    return case(rule, **more)  # type: ignore[arg-type]


def held(rule: Rule, **known: object) -> Facts:
    """Facts with the rule's row in force."""
    return facts(rows=[row(rule.restriction_type)], **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "known", "remembered"),
    [
        pytest.param(DEBT, held(DEBT), blocked(DEBT), id="debt paid in full"),
        pytest.param(DEBT, held(DEBT), None, id="debt paid in full, the row adopted"),
        pytest.param(BELOW, held(BELOW, charges=[fee("224.99")]), blocked(BELOW), id="debt below the block level"),
        pytest.param(LEVEL, held(LEVEL, charges=[fee("50.00")]), blocked(LEVEL), id="debt at the release level"),
        pytest.param(UNPAID, held(UNPAID, charges=[fee("999.00")]), blocked(UNPAID), id="replacement paid, fees not"),
        pytest.param(RESET, held(RESET, failed_pin=0), blocked(RESET, highest=5), id="counter reset"),
        pytest.param(TIMED, held(TIMED, failed_pin=0), blocked(TIMED), id="minutes gone by, counter low"),
        pytest.param(LOST, held(LOST, card_lost=False), blocked(LOST), id="lost flag cleared"),
        pytest.param(
            CLAIM, held(CLAIM, charges=[fee("9.00")], agency=PAID_TO_AGENCY), blocked(CLAIM), id="agency confirmed"
        ),
    ],
)
def test_a_row_is_removed_when_the_release_holds_and_the_rule_would_not_block(
    rule: Rule, known: Facts, remembered: Case | None
) -> None:
    verdict = verdict_of(rule, known, remembered)
    assert (verdict.in_force, verdict.blocks, verdict.releases) == (True, False, True)
    assert (verdict.standing, verdict.change, verdict.case_after) == (Standing.CLEAR, REMOVE, None)
    assert verdict.case_now is not None, "until the removal is made the block is remembered"


@pytest.mark.parametrize(
    ("rule", "known", "remembered"),
    [
        pytest.param(DEBT, held(DEBT, charges=UNKNOWN), blocked(DEBT), id="debt, charges unknown"),
        pytest.param(DEBT, held(DEBT, credit=UNKNOWN), blocked(DEBT), id="debt, credit unknown"),
        pytest.param(BELOW, held(BELOW, charges=UNKNOWN), blocked(BELOW), id="below_block, charges unknown"),
        pytest.param(LEVEL, held(LEVEL, charges=UNKNOWN), blocked(LEVEL), id="at_most, charges unknown"),
        pytest.param(UNPAID, held(UNPAID, charges=UNKNOWN), blocked(UNPAID), id="replacement, charges unknown"),
        pytest.param(RESET, held(RESET, failed_pin=UNKNOWN), blocked(RESET, highest=5), id="counter unknown"),
        pytest.param(LOST, held(LOST, card_lost=UNKNOWN), blocked(LOST), id="lost flag unknown"),
    ],
)
def test_a_row_stays_undecided_while_the_release_is_unknown(rule: Rule, known: Facts, remembered: Case) -> None:
    verdict = verdict_of(rule, known, remembered)
    assert verdict.releases is UNKNOWN
    assert (verdict.standing, verdict.change) == (Standing.UNDECIDED, None)
    assert verdict.case_after == verdict.case_now
    assert verdict.case_now is not None
    assert verdict.case_now.seen_at == NOW, "the row was seen, whatever else was not"


def test_a_row_stays_undecided_while_the_release_holds_and_the_block_is_unknown() -> None:
    verdict = verdict_of(TIMED, held(TIMED, failed_pin=UNKNOWN), blocked(TIMED))
    assert (verdict.blocks, verdict.releases) == (UNKNOWN, True)
    assert (verdict.standing, verdict.change) == (Standing.UNDECIDED, None)


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        pytest.param(DEBT, held(DEBT, charges=[fee("225.00")]), id="debt, W true and R false"),
        pytest.param(DEBT, held(DEBT, charges=[fee("1.00")]), id="debt, W false and R false"),
        pytest.param(UNPAID, held(UNPAID, charges=[replacement("1.00")]), id="replacement not wholly paid"),
        pytest.param(PIN, held(PIN, failed_pin=0), id="PIN, only staff release"),
        pytest.param(PIN, held(PIN, failed_pin=UNKNOWN), id="PIN, R false whatever the counter"),
        pytest.param(RESET, held(RESET, failed_pin=6), id="counter lower than the highest, yet at the limit: R and W"),
        pytest.param(LOST, held(LOST, card_lost=True), id="still flagged lost"),
        pytest.param(LOST_BY_STAFF, held(LOST_BY_STAFF, card_lost=False), id="lost card, only staff release"),
        pytest.param(CLAIM, held(CLAIM), id="a claim paid to the library"),
        pytest.param(CLAIM, held(CLAIM, charges=UNKNOWN), id="a claim, charges unknown"),
    ],
)
def test_a_row_stays_in_every_other_case(rule: Rule, known: Facts) -> None:
    verdict = verdict_of(rule, known, blocked(rule, highest=9))
    assert (verdict.standing, verdict.change, verdict.adopted) == (Standing.BLOCKED, None, False)
    assert verdict.case_after == verdict.case_now


@pytest.mark.parametrize("stage", [None, *Stage])
@pytest.mark.parametrize("rule", [DEBT, UNPAID, PIN, RESET, TIMED, LOST], ids=lambda rule: rule.id)
def test_no_row_and_nothing_to_block_for_is_clear_and_closes_every_case(rule: Rule, stage: Stage | None) -> None:
    verdict = verdict_of(rule, facts(), case(rule, stage) if stage else None)
    assert (verdict.in_force, verdict.blocks) == (False, False)
    assert (verdict.standing, verdict.change) == (Standing.CLEAR, None)
    assert (verdict.case_now, verdict.case_after) == (None, None)


@pytest.mark.parametrize("stage", [None, *Stage])
@pytest.mark.parametrize(
    ("rule", "known"),
    [
        (DEBT, facts(charges=UNKNOWN)),
        (DEBT, facts(charges=[fee("225.00")], credit=UNKNOWN)),
        (UNPAID, facts(charges=UNKNOWN)),
        (PIN, facts(failed_pin=UNKNOWN)),
        (LOST, facts(card_lost=UNKNOWN)),
    ],
    ids=["debt charges", "debt credit", "unpaid", "pin", "lost"],
)
def test_no_row_and_an_unknown_fact_adds_nothing_and_keeps_the_case(
    rule: Rule, known: Facts, stage: Stage | None
) -> None:
    remembered = case(rule, stage) if stage else None
    verdict = verdict_of(rule, known, remembered)
    assert (verdict.standing, verdict.change) == (Standing.UNDECIDED, None)
    assert (verdict.case_now, verdict.case_after) == (remembered, remembered)
    assert (verdict.in_force, verdict.lifted, verdict.adopted) == (False, False, False)


def test_an_unknown_fact_keeps_even_the_case_of_a_row_that_a_payment_may_have_lifted() -> None:
    remembered = case(DEBT)
    verdict = verdict_of(DEBT, facts(charges=UNKNOWN, settled_at=NOW - HOUR), remembered)
    assert verdict.standing is Standing.UNDECIDED
    assert (verdict.case_now, verdict.case_after) == (remembered, remembered)


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        (DEBT, facts(charges=[fee("225.00")])),
        (UNPAID, facts(charges=[replacement("0.01")])),
        (PIN, facts(failed_pin=5)),
        (LOST, facts(card_lost=True)),
    ],
    ids=["debt", "unpaid", "pin", "lost"],
)
def test_a_free_card_is_blocked_when_the_rule_says_so(rule: Rule, known: Facts) -> None:
    verdict = verdict_of(rule, known)
    assert (verdict.standing, verdict.change, verdict.reason) == (Standing.BLOCKED, ADD, Reason.REACHED)
    assert verdict.case_now is None, "nothing is remembered until the row is written"
    assert (verdict.in_force, verdict.lifted, verdict.adopted, verdict.paid) == (False, False, False, False)
    after = verdict.case_after
    assert after is not None
    assert (after.patron, after.rule, after.stage) == ("7", rule.id, Stage.BLOCKED)
    assert (after.since, after.seen_at, after.restriction_type) == (NOW, NOW, rule.restriction_type)
    assert (after.comment, after.evidence) == ("Kortet er spærret.", verdict.evidence)
    assert after.highest == (5 if rule is PIN else None)


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        (DEBT, facts(charges=[fee("225.00")])),
        (UNPAID, facts(charges=[replacement("1.00")])),
        (PIN, facts(failed_pin=5)),
        (LOST, facts(card_lost=True)),
    ],
    ids=["debt", "unpaid", "pin", "lost"],
)
def test_a_row_gone_that_we_had_seen_was_lifted_by_staff_and_is_not_put_back(rule: Rule, known: Facts) -> None:
    verdict = verdict_of(rule, known, case(rule))
    assert (verdict.standing, verdict.change, verdict.lifted) == (Standing.OVERRIDDEN, None, True)
    assert verdict.case_now is not None
    assert verdict.case_now == verdict.case_after
    assert (verdict.case_now.stage, verdict.case_now.since) == (Stage.OVERRIDDEN, NOW)
    assert (verdict.case_now.evidence, verdict.case_now.seen_at) == (verdict.evidence, None)
    assert (verdict.case_now.highest, verdict.case_now.restriction_type) == (None, rule.restriction_type)


@pytest.mark.parametrize(
    ("rule", "known", "seen"),
    [
        (DEBT, facts(charges=[fee("300.00")]), Evidence(counted=30000, lines=("fee1",))),
        (UNPAID, facts(charges=[replacement("300.00")]), Evidence(counted=30000, lines=("lost1",))),
        (PIN, facts(failed_pin=5), Evidence(attempts=5)),
        (LOST, facts(card_lost=True), Evidence(card_lost=True)),
    ],
    ids=["debt", "unpaid", "pin", "lost"],
)
def test_an_overridden_card_stays_so_without_new_evidence(rule: Rule, known: Facts, seen: Evidence) -> None:
    remembered = case(rule, Stage.OVERRIDDEN, evidence=seen)
    verdict = verdict_of(rule, known, remembered)
    assert (verdict.standing, verdict.change, verdict.lifted) == (Standing.OVERRIDDEN, None, False)
    assert (verdict.case_now, verdict.case_after, verdict.due) == (remembered, remembered, None)


def test_new_evidence_blocks_an_overridden_card_anew() -> None:
    remembered = case(DEBT, Stage.OVERRIDDEN, evidence=Evidence(counted=30000, lines=("fee1",)))
    verdict = verdict_of(DEBT, facts(charges=[fee("300.00"), fee("1.00", "2")]), remembered)
    assert (verdict.standing, verdict.change, verdict.reason) == (Standing.BLOCKED, ADD, Reason.NEW_EVIDENCE)
    assert verdict.case_now == remembered
    assert verdict.case_after is not None
    assert verdict.case_after.stage is Stage.BLOCKED


def test_a_row_that_staff_lift_is_put_back_where_the_rule_says_restore() -> None:
    rule = debt_rule(if_lifted=IfLifted.RESTORE)
    verdict = verdict_of(rule, facts(charges=[fee("300.00")]), case(rule, since=NOW - 3 * DAY))
    assert (verdict.standing, verdict.change, verdict.reason) == (Standing.BLOCKED, ADD, Reason.RESTORED)
    assert verdict.lifted, "it counts towards drift all the same"
    assert verdict.case_now == verdict.case_before


def test_a_restored_block_goes_on_from_where_it_began() -> None:
    rule = debt_rule(if_lifted=IfLifted.RESTORE)
    verdict = verdict_of(rule, facts(charges=[fee("300.00")]), case(rule, since=NOW - 3 * DAY))
    assert verdict.case_after is not None
    assert (verdict.case_after.since, verdict.case_after.seen_at) == (NOW - 3 * DAY, NOW)


def test_time_is_the_one_release_that_holds_although_the_rule_would_block() -> None:
    verdict = verdict_of(TIMED, held(TIMED, failed_pin=5), blocked(TIMED))
    assert (verdict.blocks, verdict.releases) == (True, True)
    assert (verdict.standing, verdict.change, verdict.reason) == (Standing.OVERRIDDEN, REMOVE, Reason.TIME_PASSED)
    after = verdict.case_after
    assert after is not None
    assert (after.stage, after.evidence.attempts, after.origin) == (Stage.OVERRIDDEN, 5, Origin.TIME)
    assert verdict.case_now is not None
    assert verdict.case_now.stage is Stage.BLOCKED, "until the removal is made the block is remembered"
