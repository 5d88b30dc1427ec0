"""What an answer of ILS-DI says of a card. It comes with name, address and birth date, of which nothing is kept."""

import re
from datetime import date
from typing import Final
from xml.etree import ElementTree as ET

from sidecar.core.gates import GateAnswer, Privilege, Remark
from sidecar.core.model import UNKNOWN, PatronId, Truth, Unknown

SERVICE: Final = "GetPatronInfo"

_DOCTYPE: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class NotIlsDi(ValueError):
    """Not an answer of ILS-DI that can be read."""


class NotAllowed(ValueError):
    """ILS-DI is off, or is not for this machine."""


def answer_of(body: bytes, patron: PatronId, today: date) -> GateAnswer:
    """What the service says of that patron, and what follows from it: a restricted card may place no holds.

    Loans it does not make; whether a restricted card may renew, and an expired one place holds, are preferences that it
    does not tell. Raises NotIlsDi and NotAllowed.
    """
    said = _parsed(body)
    code = said.findtext("code") or ""
    if code == "NotAllowed":
        raise NotAllowed
    if code == "PatronNotFound":
        return GateAnswer(patron=patron, known=False)
    if code or said.findtext("borrowernumber") != patron:
        raise NotIlsDi
    restricted = _after(said.findtext("debarred"), today)
    expired = _expired(said, today)
    no_address = said.findtext("gonenoaddress") == "1"
    return GateAnswer(
        patron=patron,
        known=True,
        allowed={Privilege.HOLDS: not restricted} if restricted or expired is False else {},
        card_lost=said.findtext("lost") == "1",
        expired=expired,
        restricted=restricted,
        remarks=frozenset({Remark.NO_ADDRESS} if no_address else ()),
    )


def _parsed(body: bytes) -> ET.Element:
    try:
        text = body.decode("utf-8")
        if _DOCTYPE.search(text):
            raise NotIlsDi
        said = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities to grow
    except (UnicodeDecodeError, ET.ParseError):
        raise NotIlsDi from None
    if said.tag != SERVICE:
        raise NotIlsDi
    return said


def _expired(said: ET.Element, today: date) -> Truth:
    told = said.findtext("is_expired")
    if told in {"0", "1"}:
        return told == "1"
    expires = _date(said.findtext("dateexpiry"))
    return UNKNOWN if expires is UNKNOWN else expires < today


def _after(text: str | None, today: date) -> bool:
    """Whether a restriction lasts: one that ends today has ended. None at all is no restriction."""
    if not text:
        return False
    until = _date(text)
    if until is UNKNOWN:
        raise NotIlsDi
    return until > today


def _date(text: str | None) -> date | Unknown:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return UNKNOWN
