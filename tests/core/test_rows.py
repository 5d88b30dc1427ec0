"""Rows: ours and foreign, adopted, orphaned, expired by staff, doubled."""

from datetime import date, timedelta

import pytest

from sidecar.core.decide import decide
from sidecar.core.model import NO_EVIDENCE, Stage
from sidecar.core.plan import ChangeKind
from sidecar.core.verdict import Standing

from .builders import (
    DAY,
    HOUR,
    NOW,
    card,
    case,
    clause,
    debt_rule,
    facts,
    fee,
    lost_rule,
    pin_rule,
    policy,
    row,
    verdict_of,
)

DEBT = debt_rule()
OWING = [fee("300.00")]


# Adopted


def test_a_row_without_a_case_is_adopted_and_reported_as_such() -> None:
    verdict = verdict_of(DEBT, facts(charges=OWING, rows=[row(created=NOW - 10 * DAY)]))
    assert (verdict.standing, verdict.adopted, verdict.change) == (Standing.BLOCKED, True, None)
    adopted = verdict.case_now
    assert adopted is not None
    assert adopted == verdict.case_after
    assert (adopted.stage, adopted.since, adopted.seen_at) == (Stage.BLOCKED, NOW - 10 * DAY, NOW)
    assert (adopted.comment, adopted.evidence) == (None, verdict.evidence)


def test_an_adopted_row_without_a_date_began_now() -> None:
    verdict = verdict_of(DEBT, facts(charges=OWING, rows=[row(created=None)]))
    assert verdict.case_now is not None
    assert verdict.case_now.since == NOW


def test_staffs_own_row_of_our_type_is_latched_by_todays_rule() -> None:
    patron = card(DEBT, rows=[row(comment="Set by hand")])
    assert patron.cycle(charges=[fee("1.00")]).blocked_by == {"debt"}
    assert patron.cycle(charges=[]).blocked_by == set()


@pytest.mark.parametrize("stage", [Stage.ANNOUNCED, Stage.OVERRIDDEN])
def test_a_row_that_appears_under_another_case_is_adopted(stage: Stage) -> None:
    verdict = verdict_of(DEBT, facts(charges=OWING, rows=[row()]), case(DEBT, stage))
    assert verdict.adopted
    assert verdict.case_now is not None
    assert verdict.case_now.stage is Stage.BLOCKED


def test_an_adopted_pin_block_takes_the_present_count_as_the_highest() -> None:
    verdict = verdict_of(pin_rule(), facts(failed_pin=6, rows=[row("CW_PIN")]))
    assert verdict.case_now is not None
    assert verdict.case_now.highest == 6


def test_a_row_known_from_before_is_not_adopted_again_and_keeps_its_case() -> None:
    remembered = case(DEBT, since=NOW - 3 * DAY, evidence=NO_EVIDENCE)
    verdict = verdict_of(DEBT, facts(charges=OWING, rows=[row()]), remembered)
    assert not verdict.adopted
    assert verdict.case_before == remembered
    now = verdict.case_now
    assert now is not None
    assert (now.since, now.seen_at, now.evidence, now.comment) == (
        NOW - 3 * DAY,
        NOW,
        NO_EVIDENCE,
        "Kortet er spærret.",
    )


# Foreign


def test_a_foreign_row_is_not_the_rules_even_if_it_has_its_type() -> None:
    known = facts(charges=OWING, rows=[row(ours=False)])
    verdict = verdict_of(DEBT, known)
    assert (verdict.in_force, verdict.change) == (False, ChangeKind.ADD)
    assert (known.ours(), len(known.foreign())) == ((), 1)


def test_a_foreign_row_is_never_an_orphan() -> None:
    assert decide(facts(rows=[row("MANUAL", ours=False)]), {}, policy(DEBT), NOW).orphans == ()


# Orphans


def test_a_row_of_ours_with_no_rule_behind_it_is_an_orphan_and_left() -> None:
    stray = row("CW_OLD")
    decision = decide(facts(rows=[stray, row()]), {}, policy(DEBT), NOW)
    assert decision.orphans == (stray,)
    assert [verdict.restriction_type for verdict in decision.verdicts] == ["CW_DEBT"]


# Expiry set by staff


@pytest.mark.parametrize(
    ("expires", "in_force"),
    [(date(2026, 3, 1), False), (date(2026, 3, 2), False), (date(2026, 3, 3), True), (None, True)],
    ids=["yesterday", "today", "tomorrow", "never"],
)
def test_a_row_ends_on_its_day_of_expiry(expires: date | None, in_force: bool) -> None:
    known = facts(charges=OWING, rows=[row(expires=expires)])
    assert verdict_of(DEBT, known, case(DEBT)).in_force is in_force
    assert verdict_of(DEBT, known, case(DEBT)).standing is (Standing.BLOCKED if in_force else Standing.OVERRIDDEN)
    assert verdict_of(DEBT, known).change is (None if in_force else ChangeKind.ADD)


def test_a_row_that_expires_later_is_left_alone_and_removed_when_the_rule_releases() -> None:
    patron = card(DEBT, charges=OWING, rows=[row(expires=NOW.date() + timedelta(days=30))])
    assert len(patron.cycle().plan) == 0
    assert patron.cycle(charges=[]).blocked_by == set()


def test_today_is_the_librarys_day_also_for_rows() -> None:
    """At 23:30 UTC on the second it is the third in Copenhagen."""
    known = facts(charges=OWING, rows=[row(expires=date(2026, 3, 3))])
    late = NOW.replace(hour=23, minute=30)
    assert verdict_of(DEBT, known, case(DEBT), now=late).in_force is False
    assert verdict_of(DEBT, known, case(DEBT), now=late - HOUR).in_force is True


def test_one_row_in_force_among_ended_ones_is_in_force() -> None:
    rows = [row(number="1", expires=NOW.date()), row(number="2")]
    assert verdict_of(DEBT, facts(charges=OWING, rows=rows), case(DEBT)).in_force is True


# Several rules


def test_each_rule_has_its_own_row_and_is_released_on_its_own() -> None:
    patron = card(DEBT, pin_rule(), lost_rule())
    patron.cycle(charges=OWING, failed_pin=5, card_lost=True)
    assert patron.blocked_by == {"debt", "pin", "lost"}
    assert patron.decision is not None
    assert [verdict.standing for verdict in patron.decision.verdicts] == [Standing.BLOCKED] * 3, "all are reported"
    assert patron.cycle(charges=[]).blocked_by == {"pin", "lost"}
    assert patron.cycle(card_lost=False).blocked_by == {"pin"}


def test_two_rules_of_one_kind_do_not_share_cases_or_rows() -> None:
    warning = debt_rule("small", block_at="50.00", announce_days=7)
    patron = card(warning, DEBT).cycle(charges=[fee("225.00")])
    assert patron.blocked_by == {"debt"}
    assert (patron.verdict("small").standing, patron.verdict("debt").standing) == (
        Standing.ANNOUNCED,
        Standing.BLOCKED,
    )
    patron.staff_lift("debt").cycle(7 * DAY)
    assert patron.blocked_by == {"small"}
    assert patron.verdict("debt").standing is Standing.OVERRIDDEN


def test_verdicts_come_in_the_order_of_the_policy() -> None:
    rules = (lost_rule(), DEBT, pin_rule())
    assert [verdict.rule for verdict in decide(facts(), {}, policy(*rules), NOW).verdicts] == ["lost", "debt", "pin"]


# Retired


def test_a_retired_rule_blocks_nobody_and_removes_its_rows() -> None:
    retired = debt_rule(retired=True)
    assert verdict_of(retired, facts(charges=OWING)).standing is Standing.CLEAR
    verdict = verdict_of(retired, facts(charges=OWING, rows=[row()], paid_at=NOW), case(DEBT))
    assert (verdict.change, verdict.reason, verdict.paid) == (ChangeKind.REMOVE, "retired", False)


def test_a_retired_rule_is_retired_even_for_who_would_be_exempt() -> None:

    retired = debt_rule(retired=True, exceptions=(clause(),))
    assert verdict_of(retired, facts(rows=[row()])).reason == "retired"


@pytest.mark.parametrize("stage", list(Stage))
def test_a_retired_rule_closes_its_cases(stage: Stage) -> None:
    assert verdict_of(debt_rule(retired=True), facts(charges=OWING), case(DEBT, stage)).case_now is None
