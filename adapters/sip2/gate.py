"""The port: cards in, answers out, whatever the gate does meanwhile."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from adapters.sip2.connection import Connection
from adapters.sip2.messages import CARD_LOST, FEES, FINES, HOLDS, LOANS, OVERDUES, RENEWALS, PatronStatus
from adapters.sip2.options import Sip2Options
from adapters.sip2.screen import remarks_on, shows
from adapters.sip2.session import AnotherCard, Session
from adapters.sip2.trouble import Broken
from adapters.sip2.wire import Unspeakable
from sidecar.core.gates import GateAnswer, Privilege
from sidecar.core.model import UNKNOWN
from sidecar.errors import GateError
from sidecar.ports import Card

BREAKS: Final = 3
"""How often the connection may break before the rest of the cards is left unasked."""

SECONDS_A_CARD: Final = 2.0
"""What a card may take on average, beside one time-out, before the gate is too slow to go on."""

_TRIES: Final = 2


def _local_time() -> datetime:
    return datetime.now().astimezone()


class Sip2Gate:
    """A SIP2 gate by the name that the settings give it. It is asked one card after the other on one connection."""

    def __init__(self, name: str, options: Sip2Options, *, now: Callable[[], datetime] = _local_time) -> None:
        self._name = name
        self.options = options
        self._now = now

    @property
    def name(self) -> str:
        """What the settings call it."""
        return self._name

    def look(self, cards: Sequence[Card]) -> Sequence[GateAnswer]:
        """What the gate says of each card. Raises GateError if it says nothing of any."""
        if not cards:
            return ()
        visit = _Visit(self.options, self._now, SECONDS_A_CARD * len(cards) + self.options.timeout)
        with contextlib.closing(visit):
            answers = tuple(visit.answers(cards))
        if visit.failure is not None and not visit.heard:
            raise GateError(f"gate {self._name}: {visit.failure}")
        return answers


class _Visit:
    """One round of questions, over as many connections as it takes. `failure` is why the last one broke."""

    def __init__(self, options: Sip2Options, now: Callable[[], datetime], seconds: float) -> None:
        self._options = options
        self._now = now
        self._until = time.monotonic() + seconds
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._breaks = 0
        self._over = False
        self.failure: str | None = None
        self.heard = False

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._session = None

    def answers(self, cards: Sequence[Card]) -> Iterator[GateAnswer]:
        """An answer for each; none is asked any more once the gate has failed too often or takes too long."""
        for card in cards:
            yield self._answer(card)

    def _answer(self, card: Card) -> GateAnswer:
        for _ in range(_TRIES):
            if self._is_over():
                break
            try:
                status = self._begun().patron(card.number)
            except Unspeakable:
                return GateAnswer(patron=card.patron, trouble="the card number has a sign that SIP2 cannot carry")
            except AnotherCard:
                self.heard = True
                return GateAnswer(patron=card.patron, trouble="the gate answered for another card")
            except Broken as broken:
                self._break(broken)
            else:
                self.heard = True
                return _answer_of(card, status, self._options.encoding)
        return GateAnswer(patron=card.patron, trouble=self.failure)

    def _begun(self) -> Session:
        if self._session is None:
            self._connection = Connection.open(self._options)
            session = Session(self._connection, self._options, self._now)
            session.begin()
            self._session = session
        return self._session

    def _break(self, broken: Broken) -> None:
        self.close()
        self._breaks += 1
        self.failure = str(broken)
        self._over |= broken.final or self._breaks == BREAKS

    def _is_over(self) -> bool:
        if not self._over and time.monotonic() > self._until:
            self._over = True
            self.failure = "it is too slow: more than two seconds a card"
        return self._over


def _answer_of(card: Card, status: PatronStatus, encoding: str) -> GateAnswer:
    flags = status.flags
    screen = _decoded(status.screen, encoding)
    return GateAnswer(
        patron=card.patron,
        known=UNKNOWN if status.valid is None else status.valid,
        allowed={
            Privilege.LOANS: not flags[LOANS],
            Privilege.RENEWALS: not flags[RENEWALS],
            Privilege.HOLDS: not flags[HOLDS],
        },
        card_lost=flags[CARD_LOST],
        fines=flags[FINES] or flags[FEES],
        overdue=flags[OVERDUES],
        remarks=remarks_on(screen or status.screen.decode("ascii", errors="replace")),
        text_shown=UNKNOWN if screen is None or not card.texts else all(shows(screen, text) for text in card.texts),
        unreadable=screen is None,
    )


def _decoded(screen: bytes, encoding: str) -> str | None:
    try:
        return screen.decode(encoding)
    except UnicodeDecodeError:
        return None
