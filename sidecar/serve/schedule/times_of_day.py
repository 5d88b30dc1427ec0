"""When full cycles run: at times of day, once a day each, on both days of a change of the clock too.

APScheduler's CronTrigger leaves out a time that does not exist in spring and may meet one that exists twice again
(its issues 120 and 1021), so this one works by instants.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


class TimesOfDay(BaseTrigger):  # type: ignore[misc] # APScheduler has no types
    """Fires at the first instant of each day at which the wall clock shows one of these times, or a later one.

    A time that is left out in spring fires where the clock jumps over it; one that comes twice in autumn fires
    the first time. All instants are in UTC: Python compares two moments of one zone by their wall clocks.
    """

    __slots__ = ("times", "zone")

    def __init__(self, times: Sequence[time], zone: ZoneInfo) -> None:
        self.times = tuple(times)
        self.zone = zone

    def __str__(self) -> str:
        return f"at {', '.join(f'{at:%H:%M}' for at in self.times)} ({self.zone.key})"

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first instant after the last one, or from now on if there was none; None without any time."""
        if not self.times:
            return None
        after = now.astimezone(UTC) - _SECOND if previous_fire_time is None else previous_fire_time.astimezone(UTC)
        return next(instant for instant in self._from(after) if instant > after)

    def _from(self, after: datetime) -> Iterator[datetime]:
        """Instants in order, beginning before `after`."""
        day = after.astimezone(self.zone).date() - _DAY
        while True:
            yield from sorted(first_instant(day, at, self.zone) for at in self.times)
            day += _DAY


def first_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant at which a clock on the wall shows that time of that day, or has gone past it."""
    wall = datetime.combine(day, at)
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if _on_the_wall(early, zone) >= wall:
        return early
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        if _on_the_wall(middle, zone) >= wall:
            late = middle
        else:
            early = middle
    return late


def _on_the_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)
