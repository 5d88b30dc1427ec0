"""The columns of both sheets; docs/collection-files.md tells what stands in each."""

from typing import Final

ORDER_COLUMNS: Final = ("record", "claim", "patron", "amount", "in_range", "newest_charge", "reason")
"""What each record for the office has."""

CONTACT_COLUMNS: Final = (
    "library",
    "category_type",
    "surname",
    "firstname",
    "birth",
    "cardnumber",
    "address",
    "address2",
    "zipcode",
    "city",
    "state",
    "country",
    "phone",
    "mobile",
    "email",
)
"""Whom a new claim is about. Updates and withdrawals leave them empty: the claim's number says it."""

TO_OFFICE_COLUMNS: Final = ORDER_COLUMNS + CONTACT_COLUMNS

FROM_OFFICE_COLUMNS: Final = ("record", "claim", "patron", "date", "amount", "outstanding", "reference", "result")
"""`result` is the last one, and a word: a line that was cut off has none."""
