"""The fields of a patron over stock REST: how they read, how they are asked for, and which may be written."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from adapters.standin.http.query import Column, Kind
from adapters.standin.http.shapes import (
    BOOLEAN,
    INTEGER,
    NULLABLE_BOOLEAN,
    NULLABLE_DATE,
    NULLABLE_INTEGER,
    NULLABLE_STRING,
    READ_ONLY,
    STRING,
    Schema,
)
from adapters.standin.library.holdings import Holdings
from adapters.standin.library.names import words
from adapters.standin.library.records import Patron

_EMPTY_TEXTS: Final = words(
    "address2 altaddress_address altaddress_address2 altaddress_city altaddress_country altaddress_email "
    "altaddress_notes altaddress_phone altaddress_postal_code altaddress_state altaddress_street_number "
    "altaddress_street_type altcontact_address altcontact_address2 altcontact_city altcontact_country "
    "altcontact_firstname altcontact_phone altcontact_postal_code altcontact_state altcontact_surname country fax "
    "gender initials middle_name mobile opac_notes other_name overdrive_auth_token phone pronouns "
    "relationship_type secondary_email secondary_phone sms_number staff_notes state statistics_1 "
    "statistics_2 street_number street_type title"
)

_CONSTANT: Final[Mapping[str, object]] = {
    **dict.fromkeys(_EMPTY_TEXTS),
    "address": None,
    "anonymized": False,
    "autorenew_checkouts": True,
    "check_previous_checkout": "inherit",
    "city": "Aarhus",
    "date_renewed": None,
    "email": None,
    "incorrect_address": False,
    "last_seen": None,
    "postal_code": "8000",
    "privacy": 1,
    "privacy_guarantor_checkouts": 0,
    "privacy_guarantor_fines": False,
    "sms_provider_id": None,
}
"""What is the same for every patron until somebody writes it."""

_OWN: Final[Mapping[str, Callable[[Holdings, Patron], object]]] = {
    "cardnumber": lambda _, patron: patron.card_number,
    "category_id": lambda _, patron: patron.category_id,
    "date_enrolled": lambda _, patron: patron.enrolled,
    "date_of_birth": lambda _, patron: patron.born,
    "expiry_date": lambda _, patron: patron.expires,
    "firstname": lambda _, patron: patron.first_name,
    "lang": lambda _, patron: patron.lang,
    "library_id": lambda _, patron: patron.library_id,
    "login_attempts": lambda _, patron: patron.attempts,
    "patron_card_lost": lambda _, patron: patron.card_lost,
    "patron_id": lambda _, patron: patron.id,
    "restricted": lambda library, patron: patron.is_restricted(library.today()),
    "surname": lambda _, patron: patron.surname,
    "updated_on": lambda library, patron: library.clock.stamp(patron.updated_on),
    "userid": lambda _, patron: patron.userid,
}

FIELDS: Final = tuple(sorted((*_CONSTANT, *_OWN)))
"""The 69 fields, in the order of Koha's answers."""


def patron_fields(library: Holdings, patron: Patron) -> dict[str, object]:
    """A patron as `GET /patrons` has it: always all fields. Hidden: all null but the library."""
    if patron.hidden:
        return {name: patron.library_id if name == "library_id" else None for name in FIELDS}
    read = _OWN
    written = patron.other
    return {
        name: read[name](library, patron) if name in read else written.get(name, _CONSTANT[name]) for name in FIELDS
    }


def _column(name: str) -> Column[Patron]:
    if name == "updated_on":
        return Column(Kind.INSTANT, lambda patron: patron.updated_on)
    if name in _OWN:
        read = _OWN[name]
        # none of the columns that may be asked for looks at the library
        return Column(_KINDS.get(name, Kind.TEXT), lambda patron: read(_NOBODY, patron))
    return Column(_KINDS.get(name, Kind.TEXT), lambda patron: patron.other.get(name, _CONSTANT[name]))


_NOBODY: Any = None
_KINDS: Final = {
    "date_enrolled": Kind.DAY,
    "date_of_birth": Kind.DAY,
    "date_renewed": Kind.DAY,
    "expiry_date": Kind.DAY,
    "last_seen": Kind.INSTANT,
    **dict.fromkeys(
        (
            "anonymized",
            "autorenew_checkouts",
            "incorrect_address",
            "login_attempts",
            "patron_card_lost",
            "patron_id",
            "privacy",
            "privacy_guarantor_checkouts",
            "privacy_guarantor_fines",
            "sms_provider_id",
        ),
        Kind.NUMBER,
    ),
}
COLUMNS: Final = {name: _column(name) for name in FIELDS if name != "restricted"}
"""Columns for `q` and `_order_by`; `restricted` is computed and cannot be asked for."""

_SCHEMAS: Final[Mapping[str, Schema]] = {
    **dict.fromkeys(FIELDS, NULLABLE_STRING),
    **dict.fromkeys(("library_id", "category_id", "lang", "check_previous_checkout", "updated_on"), STRING),
    **dict.fromkeys(("date_enrolled", "date_of_birth", "date_renewed", "expiry_date"), NULLABLE_DATE),
    **dict.fromkeys(("incorrect_address", "patron_card_lost"), NULLABLE_BOOLEAN),
    **dict.fromkeys(("autorenew_checkouts", "privacy_guarantor_fines"), BOOLEAN),
    **dict.fromkeys(("patron_id", "privacy", "privacy_guarantor_checkouts"), INTEGER),
    **dict.fromkeys(("login_attempts", "sms_provider_id"), NULLABLE_INTEGER),
    "anonymized": READ_ONLY,
    "restricted": READ_ONLY,
}
PATRON_BODY: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["surname", "library_id", "category_id"],
    "properties": _SCHEMAS,
}
"""What POST and PUT take: unknown and read-only fields are refused, three are required."""

_NO_FILTER: Final = frozenset({"anonymized", "date_renewed", "middle_name", "overdrive_auth_token", "pronouns"})
FILTERS: Final = frozenset(FIELDS) - _NO_FILTER - {"privacy_guarantor_fines", "restricted"}
"""Fields that are query parameters of their own; `restricted` is one too, with another meaning."""


def write_fields(patron: Patron, body: Mapping[str, Any]) -> None:
    """Take over the keys that were sent, and only those; Koha's PUT is a partial update."""
    for name, value in body.items():
        match name:
            case "patron_id" | "updated_on":
                continue
            case "cardnumber":
                patron.card_number = value or patron.card_number
            case "category_id":
                patron.category_id = value
            case "date_enrolled":
                patron.enrolled = date.fromisoformat(value) if value else patron.enrolled
            case "date_of_birth":
                patron.born = date.fromisoformat(value) if value else None
            case "expiry_date":
                patron.expires = date.fromisoformat(value) if value else None
            case "login_attempts":
                patron.attempts = value or 0
            case "patron_card_lost":
                patron.card_lost = bool(value)
            case _:
                _write_text(patron, name, value)


def _write_text(patron: Patron, name: str, value: Any) -> None:
    match name:
        case "firstname":
            patron.first_name = value or ""
        case "lang":
            patron.lang = value
        case "library_id":
            patron.library_id = value
        case "surname":
            patron.surname = value or ""
        case _:
            patron.other[name] = value
