"""Money in the invented library: charges, payments, and what a void or a payout does to them."""

from datetime import date

import pytest

from adapters.standin.library.library import Library, build_library
from adapters.standin.library.records import MILLIONTHS

TODAY = date(2026, 11, 23)


@pytest.fixture
def library() -> Library:
    return build_library(60, today=TODAY)


def test_the_oldest_line_is_paid_first(library: Library) -> None:
    patron = library.create_patron()
    first = library.charge(patron, "OVERDUE", "100.00")
    second = library.charge(patron, "LOST", "150.00")
    library.pay(patron, "120.00")
    left = {line.id: line.outstanding for line in library.patron(patron).lines if not line.credit}
    assert left == {first: 0, second: 130 * MILLIONTHS}


def test_what_is_paid_too_much_stays_as_unapplied_credit(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    library.pay(patron, "140.00")
    assert [line.outstanding for line in library.patron(patron).open_credits()] == [-40 * MILLIONTHS]


def test_a_part_payment_is_noted_as_paid_and_not_as_settled(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    library.pay(patron, "99.99")
    row = library.patron(patron)
    assert (row.paid_at is not None, row.settled_at) == (True, None)


def test_paying_all_settles(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    library.charge(patron, "LOST", "200.00")
    library.pay(patron)
    row = library.patron(patron)
    assert row.balance() == 0
    assert row.settled_at == row.paid_at is not None


def test_a_found_item_s_bill_is_settled_and_nobody_paid(library: Library) -> None:
    patron = library.create_patron()
    bill = library.charge(patron, "LOST", "200.00")
    library.item_found(patron, bill)
    row = library.patron(patron)
    assert row.settled_at == row.paid_at is not None
    assert (row.balance(), row.money_at, row.lines[0].status) == (0, None, "FOUND")


def test_what_was_paid_is_known_beside_what_was_written_off(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    library.pay(patron, "40.00")
    paid = library.now()
    library.advance(60)
    library.credit(library.patron(patron), 60 * MILLIONTHS, kind="WRITEOFF")
    row = library.patron(patron)
    assert (row.money_at, row.paid_at) == (paid, library.now())


def test_a_cancelled_charge_is_settled_without_a_word_to_the_plugin(library: Library) -> None:
    patron = library.create_patron()
    bill = library.charge(patron, "LOST", "200.00")
    library.cancel_charge(patron, bill)
    row = library.patron(patron)
    assert (row.balance(), row.paid_at, row.settled_at) == (0, None, None)


def test_a_charge_that_is_paid_in_part_is_not_cancelled(library: Library) -> None:
    patron = library.create_patron()
    bill = library.charge(patron, "LOST", "200.00")
    library.pay(patron, "20.00")
    with pytest.raises(ValueError, match="something is paid"):
        library.cancel_charge(patron, bill)


def test_a_charge_does_not_settle_and_does_not_move_the_record(library: Library) -> None:
    patron = library.create_patron()
    before = library.patron(patron).updated_on
    library.advance(60)
    library.charge(patron, "OVERDUE", "1.00")
    row = library.patron(patron)
    assert (row.settled_at, row.updated_on) == (None, before)
    assert row.moved_at == before + 60


@pytest.mark.parametrize("amount", ["0", "-1.00"])
def test_nothing_is_neither_charged_nor_paid(library: Library, amount: str) -> None:
    patron = library.create_patron()
    with pytest.raises(ValueError, match="more than 0"):
        library.charge(patron, "MANUAL", amount)
    with pytest.raises(ValueError, match="more than 0"):
        library.pay(patron, amount)
    with pytest.raises(ValueError, match="nothing to pay"):
        library.pay(patron)


def outstanding(library: Library, patron: int) -> list[int]:
    return [line.outstanding // MILLIONTHS for line in library.patron(patron).lines]


def test_a_void_owes_again_what_was_paid_and_sets_the_payment_against_itself(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    library.charge(patron, "LOST", "50.00")
    payment = library.pay(patron, "120.00")
    assert outstanding(library, patron) == [0, 30, 0]
    void = library.void(patron, payment)
    assert outstanding(library, patron) == [100, 50, 0, 0]
    lines = {line.id: line for line in library.patron(patron).lines}
    assert (lines[payment].status, lines[void].type, lines[void].amount) == ("VOID", "VOID", 120 * MILLIONTHS)


def test_a_void_takes_back_when_somebody_paid_and_settled(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    first = library.pay(patron, "40.00")
    first_at = library.now()
    library.advance(60)
    last = library.pay(patron)
    assert library.patron(patron).settled_at == library.now()
    library.advance(60)
    library.void(patron, last)
    row = library.patron(patron)
    assert (row.settled_at, row.paid_at) == (None, first_at)
    assert row.moved_at == library.now()
    library.void(patron, first)
    assert row.paid_at is None


def test_a_void_of_an_earlier_part_takes_back_that_all_was_settled(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    first = library.pay(patron, "40.00")
    library.advance(60)
    library.pay(patron)
    library.advance(60)
    library.void(patron, first)
    row = library.patron(patron)
    assert (row.settled_at, row.paid_at) == (None, library.now() - 60)
    assert row.balance() == 40 * MILLIONTHS


def test_an_older_settled_moment_stands_again_after_a_void(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    library.pay(patron)
    settled = library.now()
    library.advance(3600)
    library.charge(patron, "OVERDUE", "20.00")
    second = library.pay(patron)
    library.advance(3600)
    library.void(patron, second)
    assert library.patron(patron).settled_at == settled


def test_a_payment_after_a_void_settles_again(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    payment = library.pay(patron)
    library.void(patron, payment)
    library.advance(60)
    library.pay(patron)
    assert library.patron(patron).settled_at == library.now()


def test_a_clock_that_was_put_back_before_the_void_hides_nothing(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    payment = library.pay(patron)
    library.step_clock(-7200)
    library.void(patron, payment)
    assert library.patron(patron).settled_at is None


def test_only_a_credit_can_be_voided_and_only_once(library: Library) -> None:
    patron = library.create_patron()
    charge = library.charge(patron, "OVERDUE", "100.00")
    payment = library.pay(patron)
    with pytest.raises(ValueError, match="has no credit"):
        library.void(patron, charge)
    library.void(patron, payment)
    with pytest.raises(ValueError, match="void already"):
        library.void(patron, payment)


def test_a_payout_gives_back_what_is_left_and_settles_nothing_anew(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    payment = library.pay(patron, "140.00")
    settled = library.patron(patron).settled_at
    library.advance(60)
    library.pay_out(patron, payment)
    row = library.patron(patron)
    assert (row.balance(), row.open_credits(), row.settled_at) == (0, [], settled)
    with pytest.raises(ValueError, match="nothing is left"):
        library.pay_out(patron, payment)


def test_a_void_after_a_payout_owes_the_payout_too(library: Library) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "100.00")
    payment = library.pay(patron, "140.00")
    library.pay_out(patron, payment)
    library.void(patron, payment)
    assert library.patron(patron).balance() == 140 * MILLIONTHS
