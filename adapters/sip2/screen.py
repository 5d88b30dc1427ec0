"""What stands on the screen, as far as it is our own text or one of Koha's. The rest is staff's or the patron's."""

from collections.abc import Mapping
from typing import Final

from sidecar.core.gates import Remark

KOHA_SAYS: Final[Mapping[str, Remark]] = {
    "PATRON EXPIRED": Remark.EXPIRED,
    "Patron blocked by fines": Remark.FINES,
    "on related accounts": Remark.FINES_OF_OTHERS,
    "on guaranteed accounts": Remark.FINES_OF_OTHERS,
    "Patron owes ": Remark.OWES,
    "Patron has overdues": Remark.OVERDUES,
    "Borrower's card reported lost.": Remark.CARD_LOST,
    "Borrower has no valid address.": Remark.NO_ADDRESS,
}
"""Koha's sentences, the same in every language."""

BEGINNING: Final = 20
"""So much of a text must be there: Koha cuts what it joins at 255 characters."""

_BAR: Final = "&#124;"
"""What Koha writes where a text has the sign that ends fields."""


def remarks_on(screen: str) -> frozenset[Remark]:
    """Koha's own sentences on the screen. Fines of others block in place of one's own, with the same words before."""
    found = {remark for sentence, remark in KOHA_SAYS.items() if sentence in screen}
    return frozenset(found - {Remark.FINES} if Remark.FINES_OF_OTHERS in found else found)


def shows(screen: str, text: str) -> bool:
    """Whether the text, or at least its beginning, stands on the screen."""
    return _even(text)[:BEGINNING] in _even(screen)


def _even(text: str) -> str:
    return " ".join(text.replace("|", _BAR).split())
