"""Who is logged in, and who is on their way: kept in memory, by what the browser's cookie holds."""

import hashlib
import secrets
import threading
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from sidecar.ports import Clock

T = TypeVar("T")

MOST: Final = 1000
"""More than a library has staff. Beyond it the oldest is forgotten, so that nobody fills the memory."""


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    value: T
    until: datetime


class Kept(Generic[T]):
    """Values by a key that cannot be guessed, each for a while."""

    def __init__(self, clock: Clock, lifetime: timedelta) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._kept: dict[Hashable, _Kept[T]] = {}
        self._lock = threading.Lock()

    def keep(self, value: T, key: str | None = None) -> str:
        """Keep a value; gives its key."""
        key, now = key or secrets.token_urlsafe(32), self._clock.now()
        with self._lock:
            for old in [each for each, kept in self._kept.items() if kept.until <= now]:
                del self._kept[old]
            while len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[_digest(key)] = _Kept(value, now + self._lifetime)
        return key

    def of(self, key: str) -> T | None:
        """The value, if its time is not over."""
        with self._lock:
            return self._live(self._kept.get(_digest(key)))

    def take(self, key: str) -> T | None:
        """The value, which is not kept any longer: a second time it is not there."""
        with self._lock:
            return self._live(self._kept.pop(_digest(key), None))

    def _live(self, kept: _Kept[T] | None) -> T | None:
        return None if kept is None or kept.until <= self._clock.now() else kept.value


def _digest(key: str) -> bytes:
    """So that how long a look-up takes says nothing of the keys that there are."""
    return hashlib.sha256(key.encode()).digest()
