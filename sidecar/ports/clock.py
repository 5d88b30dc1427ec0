"""The time."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeAlias

Monotonic: TypeAlias = Callable[[], float]
"""Seconds since no particular moment, which are never set back: for how long something takes."""


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Now, aware."""
