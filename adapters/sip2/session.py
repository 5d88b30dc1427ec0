"""A session with a gate: log in, ask whose it is, then card by card, each question answered before the next."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from adapters.sip2 import messages
from adapters.sip2.connection import Connection
from adapters.sip2.messages import PatronStatus
from adapters.sip2.options import Sip2Options
from adapters.sip2.trouble import Broken, HungUp, closed_at_once, garbled, nonsense, not_understood, out_of_step
from adapters.sip2.wire import NOT_UNDERSTOOD, SEND_AGAIN, Garbled, Message, Nonsense, Unspeakable, opened, sealed

T = TypeVar("T")

SEQUENCES: Final = 10
_TRIES: Final = 2
_PATRON_ANSWERS: Final = {b"23": b"24", b"63": b"64"}


class AnotherCard(Exception):
    """The gate answered for another card than the one it was asked about."""


class Session:
    """Speaks with a gate over one connection. Every method raises Broken."""

    def __init__(self, connection: Connection, options: Sip2Options, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._options = options
        self._now = now
        self._sequence = 0
        self._institution = options.institution or ""
        self._ask_for = messages.patron_details if options.details else messages.patron_status

    def begin(self) -> None:
        """Log in if a user is named, and find out whether this is the gate that is meant."""
        try:
            if self._options.user is not None:
                self._log_in(self._options.user)
            self._find_out()
        except HungUp as gone:
            raise Broken(closed_at_once(gone.heard)) from None

    def patron(self, number: str) -> PatronStatus:
        """How a card stands. Raises Unspeakable for a number that no message can carry, before anything is sent, and
        AnotherCard if the answer is about another one."""
        asked = self._ask_for(number, self._institution, self._now(), self._options.encoding)
        status = _read(messages.patron_status_of, self._exchange(asked, _PATRON_ANSWERS[asked[:2]]))
        if not self._is_of(number, status.card):
            raise AnotherCard
        return status

    def _log_in(self, user: str) -> None:
        try:
            asked = messages.login(user, self._options.password, self._options.location, self._options.encoding)
        except Unspeakable:
            raise Broken("`user`, `password` or `location` has a sign that SIP2 cannot carry", final=True) from None
        if not _read(messages.logged_in, self._exchange(asked, b"94")):
            raise Broken("it refused the login; check `user` and `password`", final=True)

    def _find_out(self) -> None:
        status = _read(messages.gate_status_of, self._exchange(messages.gate_status(), b"98"))
        theirs = status.institution.decode(self._options.encoding, errors="replace")
        if self._institution and theirs and theirs != self._institution:
            raise Broken(
                "it belongs to another library than `institution` says; check `host`, `port` and `institution`",
                final=True,
            )
        self._institution = self._institution or theirs
        if not status.online:
            raise Broken("it says of itself that it is off line", final=True)
        if status.knows_status is False:
            if status.knows_details is not True:
                raise Broken("it says that it answers no questions about patrons", final=True)
            self._ask_for = messages.patron_details

    def _exchange(self, body: bytes, expected: bytes) -> Message:
        """Send a message and give its answer. A garbled answer is asked for once more, and so is ours sent once more
        if the gate asks for it."""
        sent = sealed(body, self._sequence)
        self._connection.send(sent)
        again = repeated = 0
        while True:
            line = self._connection.receive()
            try:
                message = opened(line)
            except Nonsense:
                raise Broken(nonsense(line)) from None
            except Garbled:
                again += 1
                if again == _TRIES:
                    raise Broken(garbled()) from None
                self._connection.send(SEND_AGAIN + b"\r")
                continue
            if message.code != NOT_UNDERSTOOD:
                break
            repeated += 1
            if repeated == _TRIES:
                raise Broken(not_understood())
            self._connection.send(sent)
        # What is sent once more comes without the number that it had.
        if message.code != expected or (not again and message.sequence not in {None, self._sequence}):
            raise Broken(out_of_step())
        self._sequence = (self._sequence + 1) % SEQUENCES
        return message

    def _is_of(self, number: str, card: bytes) -> bool:
        said = card.decode(self._options.encoding, errors="replace").strip()
        return said.casefold() == number.strip().casefold()


def _read(reading: Callable[[Message], T], message: Message) -> T:
    try:
        return reading(message)
    except Nonsense:
        raise Broken(nonsense()) from None
