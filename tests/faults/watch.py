"""A stand-in Koha that looks at its own tables around every request of the plugin's, and says what it saw."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.standin.http.server import StandinKoha
from adapters.standin.http.trouble import Trouble
from adapters.standin.library.clock import Clock
from adapters.standin.library.library import Library, build_library
from adapters.standin.library.records import Patron
from tests.faults.facts import Card, Lent, Release, Row

PLUGIN = "/api/v1/contrib/cardwarden"
Cards = dict[int, Card]


class StoppedClock(Clock):
    """A library's clock that moves only when it is told to."""

    def __init__(self, zone: str, at: int) -> None:
        super().__init__(zone)
        self.at = at

    def now(self) -> int:
        return self.at

    def advance(self, seconds: int) -> int:
        self.at += seconds
        return self.at


class Witness(Protocol):
    """Told of every request as the tables saw it."""

    def read(self, cards: Cards) -> None:
        """These patrons were read."""

    def wrote(self, before: Cards, after: Cards, items: list[dict[str, Any]]) -> None:
        """This was written, or refused."""


class WatchedKoha(StandinKoha):
    """Its witness is called in the server's thread, while whoever asked waits for the answer."""

    def __init__(self, library: Library, witness: Witness) -> None:
        super().__init__(library)
        trouble = self.log.app
        assert isinstance(trouble, Trouble)
        trouble.app = _Watch(trouble.app, library, witness)


def empty_library(at: int) -> Library:
    """Nobody but the API's own user; the clock stands."""
    library = build_library(1)
    library.clock = StoppedClock(str(library.clock.zone), at)
    return library


def cards_of(library: Library) -> Cards:
    """The tables, as plain values."""
    with library.lock:
        return {number: _card_with_guarantees(patron, library) for number, patron in library.patrons.items()}


def _card_with_guarantees(patron: Patron, library: Library) -> Card:
    there = [library.patrons[each] for each in sorted(patron.guarantees) if each in library.patrons]
    card = _card(patron, library)
    return replace(card, guarantees=tuple(_account_of(each, library) for each in there)) if there else card


def _account_of(guarantee: Patron, library: Library) -> Card:
    """Of somebody whom another patron answers for the plugin sends what is owed, and to whom the rules apply."""
    card = _card(guarantee, library)
    return replace(card, settled=None, paid=None, rows=(), releases=(), flag=None, attempts=0, lost=False, hidden=False)


def _card(patron: Patron, library: Library) -> Card:
    return Card(
        id=patron.id,
        library=patron.library_id,
        category=patron.category_id,
        born=patron.born,
        lines=tuple((line.id, line.type, line.outstanding) for line in patron.open_debits()),
        credit=-sum(line.outstanding for line in patron.open_credits()),
        attempts=patron.attempts,
        lost=patron.card_lost,
        settled=patron.settled_at,
        paid=patron.paid_at,
        rows=tuple(
            Row(row.id, row.type, row.comment, row.expiration, row.created, row.updated, row.manager_id)
            for row in patron.restrictions
        ),
        flag=patron.debarred,
        hidden=patron.hidden,
        name=f"{patron.first_name} {patron.surname} {patron.card_number} {patron.lang} {patron.expires}",
        releases=tuple(
            Release(each.id, each.rule, each.type, each.at, frozenset(each.rows))
            for each in library.releases
            if each.patron_id == patron.id
        ),
        arose={line.id: library.clock.local(line.came_at).date() for line in patron.open_debits()},
        loans=tuple(
            Lent(loan.item_id, loan.due, loan.item_type, loan.waited_for, loan.lost, loan.claimed)
            for loan in patron.loans
        ),
        attributes=frozenset(code for code, value in patron.attributes.items() if value not in {"", "0"}),
        address_unknown=patron.address_unknown,
        expires=patron.expires,
    )


class _Watch:
    def __init__(self, app: ASGIApp, library: Library, witness: Witness) -> None:
        self.app = app
        self.library = library
        self.witness = witness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The witness is called before the answer goes out: afterwards it could be too late."""
        path = scope.get("path", "")
        asked, answered, headers = b"", b"", {}
        before = cards_of(self.library)

        async def heard() -> Message:
            nonlocal asked
            message = await receive()
            asked += message.get("body", b"")
            return message

        async def said(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                headers.update(message["headers"])
                headers[b":status"] = message["status"]
            answered += message.get("body", b"")
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                if path == f"{PLUGIN}/patrons":
                    self._read(before, _decoded(answered, headers))
                elif path == f"{PLUGIN}/changes":
                    self.witness.wrote(before, cards_of(self.library), json.loads(asked)["items"])
            await send(message)

        await self.app(scope, heard, said)

    def _read(self, cards: Cards, body: Mapping[str, Any]) -> None:
        numbers = [patron["patron_id"] for patron in body.get("patrons", ())]
        self.witness.read({number: cards[number] for number in numbers})


def _decoded(answered: bytes, headers: Mapping[bytes, Any]) -> Mapping[str, Any]:
    """The answer, if it is one of the plugin's."""
    if headers.get(b":status") != 200:
        return {}
    found = json.loads(gzip.decompress(answered) if headers.get(b"content-encoding") == b"gzip" else answered)
    return found if isinstance(found, dict) else {}
