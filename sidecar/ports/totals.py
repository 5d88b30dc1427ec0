"""A day of the library as the journal keeps it: how many cards were blocked at the end of its last full cycle."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sidecar.ports.records import CycleRecord

CARDS_BLOCKED: Final = "cards.blocked"
CARDS_OWED: Final = "cards.owed"
CARDS_UNKNOWN: Final = "cards.owed_unknown"
"""The counts of a full cycle that a day's total is made of; the sum is in minor units."""


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Cards blocked at the end of a calendar day's last full cycle, and what they owed in minor units."""

    day: date
    blocked: int
    owed: int


def daily_totals(cycles: Iterable[CycleRecord], zone: ZoneInfo) -> tuple[DayTotal, ...]:
    """A total a day, the oldest first. A day whose cycles did not count cards has none: unknown is not zero."""
    days: dict[date, DayTotal] = {}
    for cycle in sorted(cycles, key=lambda each: each.id):
        if CARDS_BLOCKED in cycle.counts:
            day = cycle.started.astimezone(zone).date()
            days[day] = DayTotal(day, cycle.counts[CARDS_BLOCKED], cycle.counts.get(CARDS_OWED, 0))
    return tuple(days[day] for day in sorted(days))
