"""One patron, found by number or by card number: what `cardwarden explain` says. Nothing is written, and a card number
is neither shown again nor kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sidecar import wiring
from sidecar.core.model import PatronId
from sidecar.core.needs import needs_of
from sidecar.core.patron_number import is_borrowernumber
from sidecar.cycle.looking import known_ils
from sidecar.desk.explained import explain
from sidecar.errors import UnknownPatron
from sidecar.language import _
from sidecar.ports import Source
from sidecar.report.pages.explanation import explanation
from sidecar.report.pages.sections import Page
from sidecar.report.render.html import for_patron
from sidecar.serve.pages.shown import Shown

BY_CARD: Final = "card"
BY_NUMBER: Final = "number"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of whom somebody asks: `by` a card number, or by Koha's number of the patron."""

    given: str
    by: str

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "Wanted":
        """What a form says."""
        return cls(form.get("patron", "").strip(), form.get("by", BY_CARD))


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be said of somebody, and where Koha's page about them is, if the settings tell."""

    page: Page
    in_koha: str | None


def explained(shown: Shown, wanted: Wanted) -> Found:
    """What is to be said of them, in the present language: numbers, no names. Raises CardwardenErrors."""
    loaded, policy = shown.configuration.loaded, shown.configuration.policy.policy
    if wanted.by == BY_NUMBER and not is_borrowernumber(wanted.given):
        raise UnknownPatron(_("A patron number is a whole number of at most nine digits that does not begin with 0."))
    with wiring.reached(loaded, shown.journal, shown.clock, needs=lambda: needs_of(policy)) as there:
        status = known_ils(there.world, claim=False)
        number = _number(there.world.source, wanted)
        found = explain(there.world, status, policy, number, wiring.asking_of(loaded))
    page = explanation(found.answer, found.decision, policy, found.changes, show_names=False)
    address = wiring.beside_of(loaded).patron_page
    return Found(page, None if address is None else for_patron(address, number))


def _number(source: Source, wanted: Wanted) -> PatronId:
    if wanted.by == BY_NUMBER:
        return wanted.given
    card = wanted.given
    number = source.find_card(card) if card and card.isprintable() else None
    if number is None:
        raise UnknownPatron(_("Koha has no patron with that card number."))
    return number
