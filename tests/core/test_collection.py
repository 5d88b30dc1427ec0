"""Collection: told, a week to pay, referred; from then on only the collection office ends it."""

from datetime import timedelta

import pytest

from sidecar.core.model import UNKNOWN, AgencyReport, Kind, Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import IfLifted
from sidecar.core.verdict import Standing

from .builders import (
    DAY,
    HOUR,
    NOW,
    card,
    case,
    collection_rule,
    facts,
    fee,
    redacted,
    replacement,
    row,
    verdict_of,
)

CLAIM = collection_rule()
ROW = row("CW_COLLECTION")


def referred():  # type: ignore[no-untyped-def]
    """A card told on a Monday and referred a week later."""
    return card(CLAIM).cycle(charges=[fee("300.00")]).cycle(7 * DAY)


def test_a_patron_is_told_and_has_a_week_to_pay() -> None:
    patron = card(CLAIM)
    assert patron.cycle(charges=[fee("300.00")]).standing == "announced"
    assert patron.cycle(6 * DAY).standing == "announced"
    assert patron.blocked_by == set()
    assert patron.cycle(DAY).blocked_by == {"collection"}
    assert patron.verdict().reason is Reason.ANNOUNCED_BEFORE


def test_a_patron_who_pays_within_the_week_is_never_referred() -> None:
    patron = card(CLAIM).cycle(charges=[fee("300.00")]).cycle(3 * DAY, charges=[])
    assert (patron.standing, patron.cases) == ("clear", {})
    assert patron.cycle(7 * DAY).blocked_by == set()


def test_a_patron_who_pays_in_part_is_referred_although_the_rest_is_below_the_operator() -> None:
    rule = collection_rule(block_at="225.00")
    patron = card(rule).cycle(charges=[fee("300.00")]).cycle(3 * DAY, charges=[fee("0.01")])
    assert patron.standing == "announced"
    assert patron.cycle(4 * DAY).blocked_by == {"collection"}


def test_a_free_card_below_the_operator_is_not_told() -> None:
    rule = collection_rule(block_at="225.00")
    assert verdict_of(rule, facts(charges=[fee("224.99")])).standing is Standing.CLEAR


def test_what_is_owed_being_unknown_neither_refers_nor_forgets() -> None:
    patron = card(CLAIM).cycle(charges=[fee("300.00")]).cycle(8 * DAY, charges=UNKNOWN)
    assert (patron.standing, patron.blocked_by) == ("undecided", set())
    assert patron.cases["collection"].stage is Stage.ANNOUNCED
    assert patron.cycle(charges=[fee("300.00")]).blocked_by == {"collection"}


def test_payment_to_the_library_does_not_free() -> None:
    patron = referred().cycle(charges=[], settled_at=NOW + 8 * DAY, paid_at=NOW + 8 * DAY)
    assert (patron.blocked_by, patron.standing) == ({"collection"}, "blocked")


def test_the_offices_word_frees_whatever_the_ils_still_says() -> None:
    patron = referred()
    patron.cycle(DAY, agency=AgencyReport(patron.now))
    assert (patron.blocked_by, patron.verdict().reason) == (set(), Reason.AGENCY_CONFIRMED)
    assert patron.verdict().evidence.agency_paid_at == patron.now - DAY


@pytest.mark.parametrize(
    ("reported", "frees"),
    [(timedelta(seconds=-1), False), (timedelta(0), True), (HOUR, True)],
    ids=["before the referral", "as it was referred", "after it"],
)
def test_a_report_counts_from_the_referral_on(reported: timedelta, frees: bool) -> None:
    known = facts(rows=[ROW], agency=AgencyReport(NOW - DAY + reported))
    verdict = verdict_of(CLAIM, known, case(CLAIM, since=NOW - DAY))
    assert verdict.releases is frees
    assert verdict.blocks is not frees


def test_a_report_of_an_old_claim_does_not_end_a_new_one() -> None:
    patron = referred()
    old = AgencyReport(patron.now)
    patron.cycle(agency=old, charges=[])
    patron.cycle(charges=[fee("80.00", "2")]).cycle(7 * DAY)
    assert patron.blocked_by == {"collection"}


def test_a_report_says_nothing_to_who_was_only_told() -> None:
    patron = card(CLAIM).cycle(charges=[fee("300.00")], agency=AgencyReport(NOW + DAY))
    assert patron.cycle(3 * DAY).standing == "announced"


def test_staff_cannot_lift_it() -> None:
    patron = referred().staff_lift("collection").cycle()
    assert (patron.blocked_by, patron.verdict().reason) == ({"collection"}, Reason.RESTORED)


def test_a_report_of_a_payment_before_staff_lifted_the_row_still_ends_the_restored_block() -> None:
    patron = referred()
    paid = patron.now + HOUR
    patron.staff_lift("collection").cycle(DAY)
    assert patron.blocked_by == {"collection"}
    assert patron.cycle(DAY, agency=AgencyReport(paid)).blocked_by == set()


def test_where_lifting_is_respected_it_is() -> None:
    rule = collection_rule(if_lifted=IfLifted.RESPECT)
    patron = card(rule).cycle(charges=[fee("300.00")]).cycle(7 * DAY).staff_lift("collection").cycle()
    assert (patron.standing, patron.blocked_by) == ("overridden", set())


def test_an_override_made_while_charges_were_unknown_takes_no_known_line_for_news() -> None:
    rule = collection_rule(if_lifted=IfLifted.RESPECT)
    patron = card(rule).cycle(charges=[fee("300.00")]).cycle(7 * DAY).staff_lift("collection").cycle(charges=UNKNOWN)
    assert patron.standing == "overridden"
    assert patron.cycle(charges=[fee("300.00")]).standing == "overridden"


def test_a_row_found_in_the_ils_is_a_referred_claim() -> None:
    patron = card(CLAIM, rows=[ROW]).cycle()
    assert (patron.blocked_by, patron.verdict().adopted) == ({"collection"}, True)
    began = ROW.created
    assert began is not None
    assert patron.cycle(agency=AgencyReport(began - HOUR)).blocked_by == {"collection"}
    assert patron.cycle(agency=AgencyReport(began)).blocked_by == set()


def test_a_row_found_together_with_the_offices_word_is_removed_at_once() -> None:
    known = facts(rows=[ROW], agency=AgencyReport(NOW - HOUR))
    assert verdict_of(CLAIM, known).change is ChangeKind.REMOVE


def test_a_row_found_while_the_patron_was_only_told_is_a_referred_claim() -> None:
    told = case(CLAIM, Stage.ANNOUNCED)
    verdict = verdict_of(CLAIM, facts(rows=[ROW], charges=[fee("300.00")]), told)
    assert (verdict.standing, verdict.adopted) == (Standing.BLOCKED, True)
    free = facts(rows=[ROW], charges=[fee("300.00")], agency=AgencyReport(NOW - HOUR))
    assert verdict_of(CLAIM, free, told).change is ChangeKind.REMOVE


def test_a_row_that_staff_put_back_began_when_it_was_made_and_not_when_it_was_lifted() -> None:
    lifted = case(CLAIM, Stage.OVERRIDDEN, since=NOW - 9 * DAY)
    for made, frees in ((NOW - 2 * DAY, False), (NOW - 4 * DAY, True), (None, False)):
        known = facts(rows=[row("CW_COLLECTION", created=made)], agency=AgencyReport(NOW - 3 * DAY))
        assert verdict_of(CLAIM, known, lifted).releases is frees


def test_an_override_ends_with_the_offices_word() -> None:
    rule = collection_rule(if_lifted=IfLifted.RESPECT)
    lifted = case(rule, Stage.OVERRIDDEN, since=NOW - 9 * DAY)
    for reported, standing in ((NOW - 10 * DAY, Standing.OVERRIDDEN), (NOW - 9 * DAY, Standing.CLEAR)):
        assert verdict_of(rule, facts(agency=AgencyReport(reported)), lifted).standing is standing


def test_a_row_that_has_ended_refers_nobody_who_owes_nothing() -> None:
    ended = row("CW_COLLECTION", expires=NOW.date() - DAY)
    verdict = verdict_of(CLAIM, facts(rows=[ended]))
    assert (verdict.blocks, verdict.standing, verdict.change) == (False, Standing.CLEAR, None)


def test_a_redacted_record_neither_refers_nor_forgets_a_claim() -> None:
    remembered = case(CLAIM)
    verdict = verdict_of(CLAIM, redacted(), remembered)
    assert (verdict.standing, verdict.change) == (Standing.UNDECIDED, None)
    assert (verdict.case_now, verdict.case_after) == (remembered, remembered)


def test_credit_and_kinds_count_as_for_debt() -> None:
    rule = collection_rule(block_at="225.00", counts=frozenset({Kind.FEE}))
    evidence = verdict_of(rule, facts(charges=[fee("325.00"), replacement("500.00")], credit="100.00")).evidence
    assert (evidence.counted, evidence.owed, evidence.credit) == (22500, 22500, 10000)
    gross = collection_rule(net_of_credit=False)
    assert verdict_of(gross, facts(charges=[fee("325.00")], credit="100.00")).evidence.counted == 32500
