"""How a command is told of which patron it is: by Koha's borrowernumber, never by a card number among its words."""

import re
import sys
from typing import Final

import typer

from sidecar.core.model import PatronId
from sidecar.errors import UnknownPatron
from sidecar.ports import Source

ASKED: Final = "card"
READ: Final = "-"

_BORROWERNUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
"""Koha counts its patrons from 1. Its column ends at 2,147,483,647, but no library has a thousand million patrons, and
ten digits are what civil registration numbers have, which many libraries take for card numbers."""

_CARD_HERE: Final = "for a card number write `card`, which asks for it, or `-`, which reads it from standard input"
_CARD_ELSEWHERE: Final = "`cardwarden explain card` asks for a card number and tells the borrowernumber"


def check_patron(given: str) -> None:
    """See before anything else that it can be meant. Raises UnknownPatron; what was given is not repeated."""
    if given not in {ASKED, READ}:
        _checked(given, _CARD_HERE)


def patron_number(source: Source, given: str) -> PatronId:
    """The borrowernumber that is meant, whether it was given or a card number is to be asked for or read.

    Raises UnknownPatron.
    """
    if given not in {ASKED, READ}:
        return _checked(given, _CARD_HERE)
    card = (_read() if given == READ else str(typer.prompt("Card number", hide_input=True))).strip()
    number = source.find_card(card) if card and card.isprintable() else None
    if number is None:
        raise UnknownPatron("Koha has no patron with that card number.")
    return number


def borrowernumber(given: str) -> PatronId:
    """The borrowernumber, where no card number can be asked for. Raises UnknownPatron."""
    return _checked(given, _CARD_ELSEWHERE)


def may_be_card_number(text: str) -> bool:
    """Whether a word is too long a row of digits to be anything but a card or a civil registration number."""
    return len(re.sub(r"[\s.-]", "", text)) > len("999999999") and re.fullmatch(r"[0-9\s.-]+", text) is not None


def _read() -> str:
    """The first line of standard input, which may be closed or hold anything."""
    try:
        return sys.stdin.readline().removeprefix("\ufeff") if sys.stdin is not None else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _checked(given: str, way_out: str) -> PatronId:
    number = given.strip()
    if _BORROWERNUMBER.fullmatch(number):
        return number
    raise UnknownPatron(
        "A patron is named by Koha's borrowernumber, a whole number of at most nine digits that does not begin with 0; "
        f"{way_out}."
    )
