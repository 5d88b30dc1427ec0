"""What the daemon knows of itself at a moment: one frozen value, written by the cycles and read by the pages."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from sidecar import __version__


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that was held back and waits for an approval, and how many changes each brake holds."""

    digest: str
    changes: int
    brakes: Mapping[str, int]
    cycle: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The daemon's state. No names, no patron numbers. `last_full` and `last_quick` are the last good ones."""

    mode: str
    started: datetime
    policy_name: str
    policy_digest: str
    version: str = __version__
    policy_refused: str | None = None
    settings_refused: str | None = None
    last_finished: datetime | None = None
    last_kind: str | None = None
    last_outcome: str | None = None
    last_error: str | None = None
    last_full: datetime | None = None
    last_quick: datetime | None = None
    failures_in_a_row: int = 0
    has_plugin: bool | None = None
    paused_since: datetime | None = None
    paused_in_koha: bool = False
    pending: int = 0
    waiting: tuple[Waiting, ...] = ()
    fitness: tuple[str, ...] = ()
    next_full: datetime | None = None

    @property
    def last_good(self) -> datetime | None:
        """The end of the last cycle that came to it."""
        return max((moment for moment in (self.last_full, self.last_quick) if moment is not None), default=None)

    @property
    def held(self) -> Mapping[str, int]:
        """How many changes each brake holds back; a later plan's count stands for an earlier one's."""
        counts: dict[str, int] = {}
        for plan in self.waiting:
            counts |= {brake: max(number, counts.get(brake, 0)) for brake, number in plan.brakes.items()}
        return counts

    def not_ready(self, now: datetime, *, oldest: timedelta, failures: int) -> list[str]:
        """Why the daemon does not do its work, if it does not."""
        reasons = []
        if self.last_full is None:
            reasons.append("no full cycle has come to its end yet")
        elif now - self.last_full > oldest:
            reasons.append(f"the last good full cycle ended at {iso(self.last_full)}")
        if self.failures_in_a_row >= failures:
            reasons.append(f"{self.failures_in_a_row} cycles have failed in a row: {self.last_error}")
        return reasons


@dataclass(slots=True)
class Board:
    """Holds the present state."""

    _now: State
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def now(self) -> State:
        """The latest."""
        with self._lock:
            return self._now

    def note(self, change: Callable[[State], State]) -> None:
        """Change some of it."""
        with self._lock:
            self._now = change(self._now)


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def local(moment: datetime, zone: tzinfo | None = None) -> str:
    """Date, minute and the zone's abbreviation, as people read it: in that zone, or in the moment's own."""
    return f"{moment if zone is None else moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
