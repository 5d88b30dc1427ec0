"""How a command is told of which patron it is: by Koha's borrowernumber, never by a card number among its words."""

import sys
from typing import Final

import typer

from sidecar.core.model import PatronId
from sidecar.core.patron_number import is_borrowernumber
from sidecar.errors import UnknownPatron
from sidecar.ports import Source

ASKED: Final = "card"
READ: Final = "-"

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


def _read() -> str:
    """The first line of standard input, which may be closed or hold anything."""
    try:
        return sys.stdin.readline().removeprefix("\ufeff") if sys.stdin is not None else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _checked(given: str, way_out: str) -> PatronId:
    number = given.strip()
    if is_borrowernumber(number):
        return number
    raise UnknownPatron(
        "A patron is named by Koha's borrowernumber, a whole number of at most nine digits that does not begin with 0; "
        f"{way_out}."
    )
