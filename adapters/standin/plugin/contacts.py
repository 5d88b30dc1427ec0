"""Whom a collection office has to reach, as the plugin says it: invented streets, and mail that reaches nobody."""

from typing import Final

from msgspec import Struct

from adapters.standin.library.library import Library
from adapters.standin.library.records import Patron

_STREETS: Final = ("Boulevarden", "Kirkegade", "Møllevej", "Nørrebrogade", "Skovvej", "Åboulevarden")


class ContactFacts(Struct, frozen=True):
    """Names and addresses, as they stand in the patron's record."""

    surname: str | None
    firstname: str | None
    cardnumber: str | None
    address: str | None
    address2: str | None
    city: str | None
    zipcode: str | None
    state: str | None
    country: str | None
    phone: str | None
    mobile: str | None
    email: str | None
    category_type: str | None


def contact_of(library: Library, patron: Patron) -> ContactFacts:
    """The same for the same patron each time."""
    return ContactFacts(
        surname=patron.surname,
        firstname=patron.first_name,
        cardnumber=patron.card_number,
        address=f"{_STREETS[patron.id % len(_STREETS)]} {patron.id % 200 + 1}",
        address2=None,
        city="Aarhus",
        zipcode="8000",
        state=None,
        country="Danmark",
        phone=None,
        mobile=None,
        email=f"patron{patron.id}@example.org",
        category_type=library.categories.get(patron.category_id),
    )
