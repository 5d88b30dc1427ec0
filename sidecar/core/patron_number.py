"""What can be a patron's number, and what could be a card number in a place where none may be."""

import re
from typing import Final

_BORROWERNUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
"""Koha counts its patrons from 1. Its column ends at 2,147,483,647, but no library has a thousand million patrons, and
ten digits are what civil registration numbers have, which many libraries take for card numbers."""


def is_borrowernumber(text: str) -> bool:
    """Whether it can be Koha's number of a patron: whole, of at most nine digits, not beginning with 0."""
    return _BORROWERNUMBER.fullmatch(text) is not None


def may_be_card_number(text: str) -> bool:
    """Whether a word is too long a row of digits to be anything but a card or a civil registration number."""
    return len(re.sub(r"[\s.-]", "", text)) > len("999999999") and re.fullmatch(r"[0-9\s.-]+", text) is not None
