"""What all accounts come to: added up exactly, before credit, and what is not known is not nothing."""

from decimal import Decimal

from sidecar.core.accounts import Accounts, OfType, outstanding, owed_by
from sidecar.core.model import UNKNOWN, Facts

from .builders import facts, fee, replacement


def accounts(*known: Facts) -> Accounts:
    of = Accounts()
    for each in known:
        of.add(each)
    return of


OWING = facts("1", charges=[fee("0.10"), fee("0.20", "2"), replacement("400.00")], credit="5.00")
ALSO_OWING = facts("2", charges=[fee("10.00")], credit="0.50")


def test_charges_are_added_up_exactly_and_before_credit() -> None:
    assert outstanding([fee("0.10"), fee("0.20", "2")]) == Decimal("0.30")
    assert outstanding([]) == 0
    assert owed_by(OWING) == Decimal("400.30")
    assert owed_by(facts()) == 0
    assert owed_by(facts(charges=UNKNOWN)) is None


def test_patrons_and_what_they_owe_are_counted() -> None:
    found = accounts(OWING, ALSO_OWING, facts("3"))
    assert (found.patrons, found.owing, found.unknown) == (3, 2, 0)
    assert (found.owed, found.credit) == (Decimal("410.30"), Decimal("5.50"))


def test_a_patron_has_a_type_of_charge_once_however_many_there_are_of_it() -> None:
    assert accounts(OWING, ALSO_OWING).types == {
        "OVERDUE": OfType(charges=3, patrons=2, sum=Decimal("10.30")),
        "LOST": OfType(charges=1, patrons=1, sum=Decimal("400.00")),
    }


def test_who_has_charges_that_come_to_nothing_owes_nothing() -> None:
    found = accounts(facts(charges=[fee("0.00")]))
    assert (found.owing, found.owed, found.types["OVERDUE"].charges) == (0, Decimal(0), 1)
    assert accounts(facts(charges=[fee("0.01")])).owing == 1


def test_what_cannot_be_read_is_counted_as_unknown_and_not_as_nothing_owed() -> None:
    found = accounts(facts("1", charges=UNKNOWN, credit="2.00"), facts("2", charges=UNKNOWN, credit=UNKNOWN), OWING)
    assert (found.patrons, found.unknown, found.owing) == (3, 2, 1)
    assert (found.owed, found.credit) == (Decimal("400.30"), Decimal("7.00"))


def test_parts_of_a_library_come_to_the_whole() -> None:
    one, other = accounts(OWING, facts("3", charges=UNKNOWN)), accounts(ALSO_OWING, facts("4", charges=UNKNOWN))
    one.add_all(other)
    whole = accounts(OWING, facts("3", charges=UNKNOWN), ALSO_OWING, facts("4", charges=UNKNOWN))
    assert one == whole
    assert one.unknown == 2
