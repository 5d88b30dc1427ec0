"""The steps of a claim: told, due, referred, sent, and its ends; nothing that moves loses it."""

from datetime import timedelta

import pytest

from sidecar.core.collection.claim import HeardKind, OrderKind
from sidecar.core.collection.claims import Ending
from sidecar.core.model import UNKNOWN
from sidecar.core.policy import IfLifted
from tests.core.builders import DAY, PAID_IN_FULL, clause, fee, replacement, row

from .life import Life, life

DEBT = [fee("300.00")]


def told(**of_rule: object) -> Life:
    return life(**of_rule).cycle(charges=DEBT)


def referred(**of_rule: object) -> Life:
    return told(**of_rule).cycle(7 * DAY)


def sent(**of_rule: object) -> Life:
    return referred(**of_rule).send()


def paid_here(patron: Life, later: timedelta = DAY) -> Life:
    moment = patron.card.now + later
    return patron.cycle(later, charges=[], paid_at=moment, settled_at=moment)


def test_a_claim_begins_as_the_patron_is_told() -> None:
    patron = told()
    assert (patron.state, patron.claim.amount, patron.claim.lines) == ("told", 30000, ("fee1",))
    assert patron.blocked is False


def test_who_pays_in_time_was_never_claimed() -> None:
    patron = paid_here(told())
    assert (patron.state, patron.claim.ending) == ("closed", Ending.PAID_IN_TIME)
    assert patron.send().told == []


def test_another_debt_in_place_of_the_old_one_is_another_claim() -> None:
    patron = told().cycle(DAY, charges=[fee("80.00", "2")])
    assert [claim.state.value for claim in patron.claims] == ["closed", "told"]
    assert patron.claim.amount == 8000


def test_a_claim_that_brakes_hold_is_due_and_not_sent() -> None:
    patron = told().cycle(7 * DAY, hold=True)
    assert patron.state == "due"
    assert patron.send().told == []
    assert patron.cycle().state == "referred"


def test_a_referred_claim_is_sent_with_the_amount_of_its_referral() -> None:
    patron = told().cycle(DAY, charges=[fee("250.00")]).cycle(6 * DAY)
    assert (patron.state, patron.claim.in_range) == ("referred", 25000)
    order = patron.send().told[0]
    assert (order.kind, order.amount, order.in_range) == (OrderKind.CLAIM, 25000, 25000)
    assert patron.state == "sent"


def test_a_claim_is_sent_once() -> None:
    patron = sent().send().cycle(DAY).send()
    assert [order.kind for order in patron.told] == [OrderKind.CLAIM]


def test_a_claim_is_not_sent_before_the_whole_file_is_there() -> None:
    patron = referred().file()
    assert (patron.state, patron.claim.in_file) == ("referred", 1)
    assert patron.file().filed == patron.filed[:1]
    assert patron.deliver().state == "sent"


def test_a_claim_that_is_paid_before_it_is_sent_never_goes_out_and_the_card_is_freed() -> None:
    patron = paid_here(referred())
    assert patron.send().told == []
    assert patron.cycle().blocked is False
    assert (patron.state, patron.claim.ending) == ("closed", Ending.NEVER_SENT)


def test_a_claim_that_is_paid_while_its_file_waits_goes_out_and_then_the_balance_of_nothing() -> None:
    patron = paid_here(referred().file()).deliver().cycle().send().cycle().send()
    assert [(order.kind, order.amount) for order in patron.told] == [(OrderKind.CLAIM, 30000), (OrderKind.UPDATE, 0)]
    assert patron.blocked is True


@pytest.mark.parametrize("owed", ["0.00", "10.00", "900.00"])
def test_the_block_stands_however_the_local_balance_looks(owed: str) -> None:
    patron = sent().cycle(DAY, charges=[fee(owed)]).send().cycle(30 * DAY)
    assert patron.blocked is True
    assert patron.claim.is_open


def test_the_offices_word_frees_and_closes() -> None:
    patron = sent()
    assert patron.says(HeardKind.ACKNOWLEDGED) is None
    assert patron.state == "acknowledged"
    assert patron.says(HeardKind.PAID_IN_FULL, 30000) is None
    assert (patron.state, patron.blocked) == ("reported_paid", True)
    patron.cycle()
    assert (patron.state, patron.claim.ending, patron.blocked) == ("closed", Ending.AGENCY_PAID, False)


def test_a_release_that_a_brake_holds_keeps_the_word() -> None:
    patron = sent()
    patron.says(HeardKind.PAID_IN_FULL)
    assert patron.cycle(hold=True).state == "reported_paid"
    assert patron.cycle().blocked is False


def test_a_claim_that_the_office_says_is_paid_does_not_begin_anew_for_the_same_charges() -> None:
    patron = sent()
    patron.says(HeardKind.PAID_IN_FULL)
    patron.cycle().cycle(DAY).cycle(30 * DAY)
    assert (len(patron.claims), patron.blocked) == (1, False)


def test_a_claim_that_the_office_gives_back_is_over_and_listed_as_long_as_it_is_owed() -> None:
    patron = sent()
    assert patron.says(HeardKind.CLOSED) is None
    patron.cycle().cycle(30 * DAY)
    assert (patron.state, patron.claim.ending, patron.blocked) == ("closed", Ending.GIVEN_BACK, False)
    assert (len(patron.claims), patron.claim.is_given_back_unpaid) == (1, True)
    assert patron.cycle(DAY, charges=[]).claim.is_given_back_unpaid is False


def test_new_fees_after_a_claim_was_given_back_are_another_claim_of_their_own() -> None:
    patron = sent()
    patron.says(HeardKind.CLOSED)
    patron.cycle().cycle(DAY, charges=[*DEBT, fee("40.00", "2")])
    assert (len(patron.claims), patron.state, patron.claim.amount) == (2, "told", 4000)
    order = patron.cycle(7 * DAY).send().told[-1]
    assert (order.claim, order.amount, order.lines) == ("C-000002", 4000, ("fee2",))


def test_new_fees_after_the_referral_are_an_update() -> None:
    patron = sent().cycle(DAY, charges=[*DEBT, fee("40.00", "2")]).send()
    assert (patron.told[-1].kind, patron.told[-1].amount) == (OrderKind.UPDATE, 34000)


def test_a_part_payment_is_known_and_the_block_stands() -> None:
    patron = sent()
    assert patron.says(HeardKind.PART_PAID, 10000) is None
    assert (patron.cycle().state, patron.claim.paid_to_office, patron.blocked) == ("part_paid", 10000, True)


def test_a_bill_that_is_cancelled_as_the_item_comes_back_is_taken_back_and_the_office_has_the_last_word() -> None:
    patron = life().cycle(charges=[replacement("400.00")]).cycle(7 * DAY).send().cycle(DAY, charges=[]).send()
    assert [order.kind for order in patron.told] == [OrderKind.CLAIM, OrderKind.WITHDRAWAL]
    assert (patron.state, patron.cycle().blocked) == ("withdrawn", True)
    assert patron.says(HeardKind.ACKNOWLEDGED) is None
    patron.cycle()
    assert (patron.state, patron.claim.ending, patron.blocked) == ("closed", Ending.WITHDRAWN, False)


def test_a_bill_that_the_ils_credits_as_the_item_is_found_is_taken_back_too() -> None:
    patron = life().cycle(charges=[replacement("400.00")], money_at=None).cycle(7 * DAY).send()
    patron.cycle(DAY, charges=[], paid_at=patron.card.now + DAY, settled_at=patron.card.now + DAY).send()
    assert patron.told[-1].kind is OrderKind.WITHDRAWAL


def test_a_debt_that_is_paid_is_not_taken_back_where_payments_are_told_from_other_credits() -> None:
    patron = life().cycle(charges=[replacement("400.00")], money_at=None).cycle(7 * DAY).send()
    moment = patron.card.now + DAY
    patron.cycle(DAY, charges=[], paid_at=moment, settled_at=moment, money_at=moment).send()
    assert (patron.told[-1].kind, patron.told[-1].amount) == (OrderKind.UPDATE, 0)


def test_what_is_cancelled_of_a_debt_in_part_is_an_update() -> None:
    both = [fee("300.00"), replacement("400.00")]
    patron = life().cycle(charges=both).cycle(7 * DAY).send().cycle(DAY, charges=both[:1]).send()
    assert (patron.told[-1].kind, patron.told[-1].amount) == (OrderKind.UPDATE, 30000)


def test_what_is_cancelled_and_owed_again_before_the_office_was_told_is_not_taken_back() -> None:
    patron = sent().cycle(DAY, charges=[]).cycle(DAY, charges=DEBT).send()
    assert [order.kind for order in patron.told] == [OrderKind.CLAIM]


def test_an_exemption_takes_a_claim_back() -> None:
    rule_of_children = clause(categories=["CHILD"])
    patron = sent(exceptions=(rule_of_children,)).cycle(DAY, category="CHILD").send()
    assert patron.told[-1].kind is OrderKind.WITHDRAWAL
    assert (patron.cycle(DAY).state, patron.blocked) == ("closed", False)


def test_an_exemption_before_it_is_sent_ends_it_unsent() -> None:
    patron = referred(exceptions=(clause(categories=["CHILD"]),)).cycle(DAY, category="CHILD").send()
    assert (patron.told, patron.state, patron.claim.ending) == ([], "closed", Ending.NEVER_SENT)


def test_paid_in_full_frees_by_the_librarys_own_ledger_and_the_office_is_told_once() -> None:
    patron = paid_here(sent(release=PAID_IN_FULL))
    assert patron.blocked is False
    patron.send().cycle().send().cycle()
    assert [(order.kind, order.amount) for order in patron.told[1:]] == [(OrderKind.UPDATE, 0)]
    assert (patron.state, patron.claim.ending) == ("closed", Ending.PAID_HERE)


def test_a_small_fee_right_after_the_payment_is_another_debt() -> None:
    patron = sent(release=PAID_IN_FULL, block_at="225.00")
    moment = patron.card.now + DAY
    patron.cycle(2 * DAY, charges=[fee("2.00", "2")], paid_at=moment, settled_at=moment)
    assert patron.blocked is False
    patron.send().cycle()
    assert ((patron.told[-1].kind, patron.told[-1].amount), patron.state) == ((OrderKind.UPDATE, 0), "closed")


def test_what_is_owed_being_unknown_moves_nothing() -> None:
    patron = sent().cycle(DAY, charges=UNKNOWN).send()
    assert (patron.claim.amount, len(patron.told)) == (30000, 1)


def test_a_row_without_a_claim_is_never_sent_by_itself() -> None:
    patron = life()
    patron.card.staff_set(row("CW_COLLECTION"))
    patron.cycle(charges=DEBT).send()
    assert (patron.state, patron.told, patron.claim.held != "") == ("referred", [], True)
    assert patron.cycle(DAY, charges=[]).blocked is True


def test_a_block_that_staff_lifted_before_the_claim_was_sent_waits_for_staff() -> None:
    patron = referred(if_lifted=IfLifted.RESPECT)
    patron.card.staff_lift("collection")
    patron.cycle(DAY).send()
    assert (patron.told, patron.claim.held) == ([], "lifted by staff")


def test_a_block_that_staff_lifted_afterwards_is_put_back_under_the_same_claim() -> None:
    patron = sent()
    patron.card.staff_lift("collection")
    patron.cycle(DAY).send().cycle(DAY)
    assert (patron.blocked, len(patron.claims), len(patron.told)) == (True, 1, 1)


def test_a_claim_that_the_office_refuses_is_not_sent_again_by_itself() -> None:
    patron = sent()
    assert patron.says(HeardKind.REFUSED) is None
    patron.cycle(DAY).send()
    assert (patron.state, len(patron.told), patron.claim.held) == ("referred", 1, "refused by the office")


def test_an_office_that_reads_every_balance_is_told_every_balance() -> None:
    patron = sent().cycle(DAY).file(everything=True).deliver()
    assert [(order.kind, order.amount) for order in patron.told[1:]] == [(OrderKind.UPDATE, 30000)]
