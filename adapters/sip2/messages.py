"""What is said to a gate, and what its answers mean."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.sip2.wire import Message, Nonsense, named

LANGUAGE: Final = b"000"
NO_SUMMARY: Final = b" " * 10

STATUS_FLAGS: Final = 14
LOANS, RENEWALS, HOLDS, CARD_LOST, OVERDUES, FINES, FEES = 0, 1, 3, 4, 6, 10, 11
"""Places among the flags of a patron's status."""

STATUS_PLACE, DETAILS_PLACE = 0, 8
"""Places of messages 23 and 63 among those that a gate says it knows (BX)."""


def login(user: str, password: str, location: str, encoding: str) -> bytes:
    """93: who asks. Raises Unspeakable."""
    who = named(b"CN", user, encoding) + named(b"CO", password, encoding)
    return b"9300" + who + (named(b"CP", location, encoding) if location else b"")


def gate_status() -> bytes:
    """99: are you there, and what do you know?"""
    return b"9900802.00"


def patron_status(number: str, institution: str, at: datetime, encoding: str) -> bytes:
    """23: how does this card stand? Without AD, for a wrong PIN counts as a failed login. Raises Unspeakable."""
    return b"23" + LANGUAGE + moment(at) + _who(number, institution, encoding)


def patron_details(number: str, institution: str, at: datetime, encoding: str) -> bytes:
    """63: the same with details. Koha notes the patron as seen today (TrackLastPatronActivity), so it is asked only
    where a gate does not know 23. Raises Unspeakable."""
    return b"63" + LANGUAGE + moment(at) + NO_SUMMARY + _who(number, institution, encoding)


def _who(number: str, institution: str, encoding: str) -> bytes:
    return named(b"AO", institution, encoding) + named(b"AA", number, encoding) + b"AC|"


def moment(at: datetime) -> bytes:
    """A moment as SIP2 has it: four spaces stand for local time."""
    return at.strftime("%Y%m%d    %H%M%S").encode("ascii")


@dataclass(frozen=True, slots=True)
class GateStatus:
    """98: whether the gate is on line, whose it is, and which messages it knows (None: it does not say)."""

    online: bool
    institution: bytes
    knows_status: bool | None
    knows_details: bool | None


@dataclass(frozen=True, slots=True)
class PatronStatus:
    """24 or 64: the flags, whether the card is valid (None: not told), whose card it is said to be, and the screen."""

    flags: tuple[bool, ...]
    valid: bool | None
    card: bytes
    screen: bytes


def logged_in(message: Message) -> bool:
    """Whether a login was accepted."""
    if message.fixed not in {b"0", b"1"}:
        raise Nonsense
    return message.fixed == b"1"


def gate_status_of(message: Message) -> GateStatus:
    """Read 98."""
    known = message.first(b"BX") or b""

    def knows(place: int) -> bool | None:
        return known[place : place + 1] == b"Y" if len(known) > place else None

    return GateStatus(message.fixed[:1] == b"Y", message.first(b"AO") or b"", knows(STATUS_PLACE), knows(DETAILS_PLACE))


def patron_status_of(message: Message) -> PatronStatus:
    """Read 24 or 64. Raises Nonsense where the flags are none."""
    flags, valid = message.fixed[:STATUS_FLAGS], message.first(b"BL")
    if not set(flags) <= set(b"YN "):
        raise Nonsense
    screen = b" ".join(message.fields.get(b"AF", ()))
    return PatronStatus(
        tuple(flag in b"Y" for flag in flags),
        None if valid not in {b"Y", b"N"} else valid == b"Y",
        message.first(b"AA") or b"",
        screen,
    )
