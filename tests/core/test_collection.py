"""Collection: told, a week to pay, referred; from then on only the collection office ends it."""

from datetime import timedelta

import pytest

from sidecar.core.model import UNKNOWN, AgencyReport, Evidence, Kind, Notice, NoticeStatus, Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import Announce, IfLifted, ReferIf
from sidecar.core.verdict import Standing

from .builders import (
    DAY,
    HOUR,
    NOW,
    PAID_IN_FULL,
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


OVER = {"collection": AgencyReport(None, NOW - 9 * DAY, frozenset({"fee1"}))}


def test_what_is_owed_of_a_claim_that_is_over_is_told_and_not_counted() -> None:
    known = facts(charges=[fee("300.00"), fee("40.00", "2")], credit="10.00", claims=OVER)
    evidence = verdict_of(CLAIM, known).evidence
    assert (evidence.counted, evidence.owed, evidence.lines) == (3000, 33000, ("fee2",))


def test_what_is_owed_of_a_claim_that_is_over_refers_no_other() -> None:
    told = case(CLAIM, Stage.ANNOUNCED, since=NOW - 8 * DAY, evidence=Evidence(lines=("fee2",)))
    known = facts(charges=[fee("300.00"), fee("5.00", "2")], credit="4.99", claims=OVER)
    assert verdict_of(CLAIM, known, told).standing is Standing.BLOCKED
    covered = facts(charges=[fee("300.00"), fee("5.00", "2")], credit="5.00", claims=OVER)
    assert verdict_of(CLAIM, covered, told).standing is Standing.CLEAR


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


def test_paid_in_full_needs_no_office() -> None:
    patron = card(collection_rule(release=PAID_IN_FULL)).cycle(charges=[fee("300.00")]).cycle(7 * DAY)
    assert patron.blocked_by == {"collection"}
    assert patron.cycle(DAY, charges=[fee("0.01")]).blocked_by == {"collection"}
    assert patron.cycle(DAY, charges=[]).blocked_by == set()
    assert patron.verdict().reason is Reason.PAID


def test_under_paid_in_full_what_is_owed_being_unknown_frees_nobody() -> None:
    patron = card(collection_rule(release=PAID_IN_FULL)).cycle(charges=[fee("300.00")]).cycle(7 * DAY)
    patron.cycle(DAY, charges=UNKNOWN)
    assert (patron.standing, patron.blocked_by) == ("undecided", {"collection"})


def test_under_paid_in_full_a_small_fee_after_the_payment_keeps_nobody() -> None:
    patron = card(collection_rule(release=PAID_IN_FULL, block_at="225.00"))
    patron.cycle(charges=[fee("300.00")]).cycle(7 * DAY)
    paid = patron.now + HOUR
    patron.cycle(DAY, charges=[fee("2.00", "2")], settled_at=paid, paid_at=paid)
    assert (patron.blocked_by, patron.verdict().reason) == (set(), Reason.SETTLED)


def test_a_claim_that_ended_without_a_payment_frees_under_either_release() -> None:
    for release in (PAID_IN_FULL, CLAIM.terms.release):
        patron = card(collection_rule(release=release)).cycle(charges=[fee("300.00")]).cycle(7 * DAY)
        patron.cycle(DAY, agency=AgencyReport(ended_at=patron.now, settled=frozenset({"fee1"})))
        assert (patron.blocked_by, patron.verdict().reason) == (set(), Reason.CLAIM_ENDED)
        assert patron.cycle(DAY).standing == "clear"


@pytest.mark.parametrize(("left", "refers"), [("225.00", True), ("224.99", False), ("5.00", False)])
def test_a_rule_may_refer_only_what_is_still_at_the_operator(left: str, refers: bool) -> None:
    rule = collection_rule(block_at="225.00", refer_if=ReferIf.STILL_AT_BLOCK)
    patron = card(rule).cycle(charges=[fee("300.00")]).cycle(7 * DAY, charges=[fee(left)])
    assert patron.blocked_by == ({"collection"} if refers else set())


def test_charges_of_claims_that_are_over_begin_no_new_one() -> None:
    settled = AgencyReport(ended_at=NOW - DAY, settled=frozenset({"fee1"}))
    assert verdict_of(CLAIM, facts(charges=[fee("300.00")], agency=settled)).standing is Standing.CLEAR
    both = verdict_of(CLAIM, facts(charges=[fee("300.00"), fee("1.00", "2")], agency=settled))
    assert (both.standing, both.evidence.counted, both.evidence.lines) == (Standing.ANNOUNCED, 100, ("fee2",))


def test_a_debt_that_crosses_the_operator_after_ninety_days_is_a_claim_all_the_same() -> None:
    """The seventh defect of the known plugin: a window of days beyond which nothing was ever submitted."""
    patron = card(collection_rule(block_at="225.00")).cycle(charges=[fee("200.00")]).cycle(120 * DAY)
    assert patron.standing == "clear"
    patron.cycle(charges=[fee("200.00"), fee("25.00", "2")]).cycle(7 * DAY)
    assert patron.blocked_by == {"collection"}


def test_a_row_of_staff_with_the_same_words_is_not_touched_by_the_offices_release() -> None:
    """The fourth defect of the known plugin: restrictions deleted by what their comment says."""
    patron = referred()
    words = patron.facts.rows("CW_COLLECTION")[0].comment
    patron.staff_set(row("MANUAL", ours=False, comment=words))
    patron.cycle(DAY, agency=AgencyReport(patron.now))
    assert [each.type for each in patron.facts.foreign()] == ["MANUAL"]


def sent(patron, later):  # type: ignore[no-untyped-def]
    """The notice of the announcement that stands went out so much later."""
    told = patron.cases["collection"].since
    return {"collection": Notice(NoticeStatus.SENT, told + later, told)}


@pytest.mark.parametrize("announce", [Announce.LIST, Announce.NOTICE])
def test_the_days_run_from_the_day_the_notice_went_out(announce: Announce) -> None:
    patron = card(collection_rule(announce=announce)).cycle(charges=[fee("300.00")]).cycle(30 * DAY)
    assert (patron.standing, patron.verdict().due) == ("announced", None)
    notices = sent(patron, 31 * DAY)
    assert patron.cycle(7 * DAY, notices=notices).standing == "announced"
    assert patron.cycle(DAY, notices={}).blocked_by == {"collection"}


@pytest.mark.parametrize("status", [NoticeStatus.PENDING, NoticeStatus.FAILED])
def test_a_notice_that_did_not_go_out_starts_no_clock(status: NoticeStatus) -> None:
    patron = card(collection_rule(announce=Announce.NOTICE)).cycle(charges=[fee("300.00")])
    told = patron.cases["collection"].since
    patron.cycle(60 * DAY, notices={"collection": Notice(status, told + DAY, told)}).cycle(60 * DAY)
    assert (patron.standing, patron.blocked_by) == ("announced", set())


def test_the_notice_of_an_earlier_debt_tells_nobody_of_this_one() -> None:
    patron = card(collection_rule(announce=Announce.NOTICE)).cycle(charges=[fee("300.00")])
    notices = sent(patron, HOUR)
    patron.cycle(DAY, charges=[fee("80.00", "2")], notices=notices)
    assert patron.cycle(30 * DAY).standing == "announced"
