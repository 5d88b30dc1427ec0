"""Who owes among those whose facts nobody keeps: counted whole, listed as far as a list goes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from sidecar.core.debtors import LISTED, DebtAge, Debtors, debt_age, debts_by_age
from sidecar.core.model import Charge, Patron

TODAY = date(2026, 11, 27)


def patron(number: int) -> Patron:
    return Patron(str(number), "MAIN", "ADULT", None)


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (0, DebtAge.MONTH),
        (30, DebtAge.MONTH),
        (31, DebtAge.QUARTER),
        (91, DebtAge.QUARTER),
        (92, DebtAge.YEAR),
        (365, DebtAge.YEAR),
        (366, DebtAge.THREE_YEARS),
        (1095, DebtAge.THREE_YEARS),
        (1096, DebtAge.OLDER),
    ],
)
def test_a_debt_is_as_old_as_its_charge(days: int, age: DebtAge) -> None:
    assert debt_age(Charge("1", "OVERDUE", Decimal(1), arose=TODAY - timedelta(days=days)), TODAY) is age


def test_the_age_of_a_charge_without_a_day_is_not_known() -> None:
    assert debt_age(Charge("1", "OVERDUE", Decimal(1)), TODAY) is DebtAge.NOT_KNOWN


def test_all_are_counted_and_those_who_owe_most_are_listed() -> None:
    debtors = Debtors()
    for number in range(1, LISTED + 101):
        debtors.add(patron(number), number)
    assert (debtors.number, debtors.owed) == (LISTED + 100, sum(range(1, LISTED + 101)))
    assert sorted(owed for _who, owed in debtors.most) == list(range(101, LISTED + 101))


def test_among_equals_the_first_are_listed() -> None:
    debtors = Debtors()
    for number in range(1, LISTED + 3):
        debtors.add(patron(number), 7)
    assert {who.id for who, _owed in debtors.most} == {str(number) for number in range(1, LISTED + 1)}


def test_whoever_owes_least_makes_room_for_whoever_owes_more() -> None:
    debtors = Debtors()
    for number, owed in enumerate([1, *[10] * (LISTED - 1), 5], start=1):
        debtors.add(patron(number), owed)
    assert sorted(owed for _who, owed in debtors.most) == [5, *[10] * (LISTED - 1)]


def test_debts_are_added_up_by_their_age() -> None:
    def charge(days: int | None, amount: str) -> Charge:
        return Charge("1", "OVERDUE", Decimal(amount), None if days is None else TODAY - timedelta(days=days))

    charges = [charge(0, "1.10"), charge(30, "2.20"), charge(31, "4.00"), charge(None, "8.00")]
    assert debts_by_age(charges, TODAY) == {
        DebtAge.MONTH: Decimal("3.30"),
        DebtAge.QUARTER: Decimal("4.00"),
        DebtAge.NOT_KNOWN: Decimal("8.00"),
    }
    assert debts_by_age([], TODAY) == {}
