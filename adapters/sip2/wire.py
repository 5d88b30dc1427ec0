"""SIP2 2.00 on the wire: messages as bytes, with sequence number and checksum, and what stands in them.

A message is a code of two digits, fields of fixed width by position, then fields that begin with two letters and end
with a bar. With error detection it ends `AY`, a digit, `AZ` and the checksum over all bytes before it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

BAR: Final = b"|"

FIXED: Final[Mapping[bytes, int]] = {b"94": 1, b"96": 0, b"98": 34, b"24": 35, b"64": 59}
"""How many bytes of fixed fields each answer has after its code."""

SEND_AGAIN: Final = b"97AZFEF5"
"""Asks the gate to send its last message once more."""

NOT_UNDERSTOOD: Final = b"96"
"""The gate's own request to send the last message once more."""

_TRAILER: Final = re.compile(rb"(?:AY([0-9]))?AZ([0-9A-Fa-f]{4})\Z")
_FORBIDDEN: Final = re.compile(r"[|\x00-\x1f\x7f]")


class Unspeakable(ValueError):
    """A value that no message can carry."""


class Garbled(ValueError):
    """The checksum is not that of the message."""


class Nonsense(ValueError):
    """Not a SIP2 message that can be read."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was read. `fields` may come more than once. `sequence` is None where the gate tells none."""

    code: bytes
    fixed: bytes
    fields: Mapping[bytes, tuple[bytes, ...]] = field(default_factory=dict, repr=False)
    sequence: int | None = None

    def first(self, name: bytes) -> bytes | None:
        """The first field of that name."""
        values = self.fields.get(name, ())
        return values[0] if values else None


def checksum(until_az: bytes) -> bytes:
    """The checksum of everything up to and including `AZ`: the bytes' sum, 16 bits of its two's complement, in hex."""
    return _checksum_of(until_az)


def _checksum_of(values: Iterable[int]) -> bytes:
    return b"%04X" % (-sum(values) & 0xFFFF)


def sealed(body: bytes, sequence: int) -> bytes:
    """A message with its sequence number (0 to 9), checksum and end."""
    until_az = body + b"AY%dAZ" % sequence
    return until_az + checksum(until_az) + b"\r"


def named(name: bytes, value: str, encoding: str) -> bytes:
    """A field that begins with its name. Raises Unspeakable."""
    if _FORBIDDEN.search(value):
        raise Unspeakable
    try:
        return name + value.encode(encoding) + BAR
    except UnicodeEncodeError:
        raise Unspeakable from None


def opened(line: bytes) -> Message:
    """The message in a line without its end. Raises Garbled and Nonsense.

    A checksum over characters in place of bytes is taken too: where its account names no encoding, Koha counts so and
    writes UTF-8.
    """
    code, sequence, body = line[:2], None, line
    trailer = _TRAILER.search(line)
    if trailer is not None:
        if not _fits(line[: trailer.start(2)], trailer[2]):
            raise Garbled
        sequence = None if trailer[1] is None else int(trailer[1])
        body = line[: trailer.start()]
    width = FIXED.get(code)
    if width is None or len(body) < 2 + width:
        raise Nonsense
    return Message(code, body[2 : 2 + width], _fields(body[2 + width :]), sequence)


def _fits(until_az: bytes, said: bytes) -> bool:
    if checksum(until_az) == said.upper():
        return True
    try:
        return _checksum_of(map(ord, until_az.decode("utf-8"))) == said.upper()
    except UnicodeDecodeError:
        return False


def _fields(rest: bytes) -> Mapping[bytes, tuple[bytes, ...]]:
    fields: dict[bytes, tuple[bytes, ...]] = {}
    for part in rest.split(BAR):
        if len(part) >= len(b"AA"):
            fields[part[:2]] = (*fields.get(part[:2], ()), part[2:])
    return fields
