"""Receiving an answer's body within bounds of time and size, whatever the server sends."""

import time
from typing import Final

import requests

from adapters.http.trouble import TooSlow
from sidecar.errors import UnexpectedAnswer

_PART: Final = 1 << 16
_MIB: Final = 1 << 20


def received(response: requests.Response, *, call: object, deadline: float, largest: int) -> bytes:
    """The whole body, decompressed.

    Raises TooSlow if it is still coming when time is up, since the read time-out alone bounds only the pauses, and
    UnexpectedAnswer if there is more of it than `largest` bytes: a few kilobytes of gzip can hold gigabytes.
    """
    parts, size = [], 0
    for part in response.iter_content(_PART):
        parts.append(part)
        size += len(part)
        if size > largest:
            raise UnexpectedAnswer(
                f"{call} answered with more than {largest / _MIB:g} MiB, which no answer of the ILS's API has: is the "
                "address right, and is there a proxy in between?"
            )
        if time.monotonic() > deadline:
            raise TooSlow
    return b"".join(parts)
