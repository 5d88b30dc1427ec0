"""How a patron stands at the gate: Koha's own mapping, with its quirks.

A restriction, an expired card and Koha's own limit of fines all refuse the same four privileges; a limit that is empty
or 0 is taken for 5; and only debits count, whatever credit there is, as long as something is owed in all.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.standin.library.library import Library
from adapters.standin.library.records import MILLIONTHS, Patron, millionths

GREETING: Final = "Greetings from Koha. "
LIMIT_OF_NONE: Final = "5"
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the messages are made of: the 14 flags, what is owed and its limit as Perl writes numbers, the screen."""

    flags: str
    owed: str
    limit: str
    screen: str
    internet: bool


def standing_of(library: Library, patron: Patron) -> Standing:
    """How the patron stands now."""
    today = library.today()
    debarred = patron.is_restricted(today)
    expired = patron.expires is not None and today > patron.expires
    limit = _limit(library)
    charges = sum(line.outstanding for line in patron.open_debits())
    owed = charges if patron.balance() > 0 else 0
    too_much = owed > _amount(limit)
    # Two tests of the same sum, of which one knows of credit and the other of the override.
    no_issues = charges > _amount(limit) and library.preferences.get("AllowFineOverride", "0") in {"", "0"}
    internet = not (debarred or expired or no_issues or patron.card_lost)
    refused = "Y" if too_much or not internet else " "
    lost, fines = "Y" if patron.card_lost else " ", "Y" if too_much else " "
    screen = GREETING + ("PATRON EXPIRED" if expired else "")
    for sentence in _sentences(patron, charges, debarred=debarred, too_much=too_much):
        screen += f" -- {sentence}"
    return Standing(f"{refused * 4}{lost}     {fines * 2}  ", perl_number(owed), limit, screen, internet)


def _limit(library: Library) -> str:
    """The preference; empty or 0, as Perl has it, is taken for 5."""
    limit = library.preferences.get("noissuescharge", LIMIT_OF_NONE)
    return LIMIT_OF_NONE if limit in {"", "0"} else limit


def _amount(text: str) -> int:
    """A number's text in millionths; whatever is none counts as 0."""
    number = _NUMBER.match(text)
    return 0 if number is None else millionths(number[0])


def _sentences(patron: Patron, charges: int, *, debarred: bool, too_much: bool) -> list[str]:
    """In Koha's order."""
    said = []
    if too_much:
        said.append("Patron blocked by fines")
    if debarred and patron.debarred_comment:
        said.append(patron.debarred_comment)
    if charges > 0:
        said.append(f"Patron owes {_two_decimals(charges)}")
    elif (balance := patron.balance()) < 0:
        said.append(f"Patron has credit of {_two_decimals(-balance)}")
    if patron.card_lost:
        said.append("Borrower's card reported lost.")
    return said


def perl_number(amount: int) -> str:
    """Millionths as Perl writes a number: without zeros that say nothing."""
    return f"{(Decimal(amount) / MILLIONTHS).normalize():f}"


def _two_decimals(amount: int) -> str:
    return f"{amount / MILLIONTHS:.2f}"
