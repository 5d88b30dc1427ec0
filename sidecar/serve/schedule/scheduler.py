"""The scheduler: when the worker is called. One call at a time; missed ones are made up for once.

Times of day are APScheduler's, by the wall clock. What goes on in between goes by the monotonic clock, so that a wall
clock that is set back neither keeps payments waiting nor stops the watch.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from sidecar.serve.schedule.interval import EvenInterval
from sidecar.serve.schedule.times_of_day import TimesOfDay
from sidecar.settings import ScheduleSettings
from sidecar.settings.durations import parse_clock_time

IDLE_SECONDS: Final = 60.0
"""How often the worker is asked without quick cycles: a failed full one may want another try, an approval may wait."""

WATCH_SECONDS: Final = 15.0


class CycleScheduler:
    """Calls `scheduled` at the times of day and `tick` in between, never two at a time; `watch` beside them."""

    def __init__(
        self,
        *,
        scheduled: Callable[[], None],
        tick: Callable[[], None],
        watch: Callable[[], None],
        broke: Callable[[Exception], None],
    ) -> None:
        """`broke` hears of an error of any of them. `has_ended` says afterwards whether the last call came back."""
        self.has_ended = False
        self._busy = threading.Lock()
        self._broke = broke
        self._scheduled = partial(self._one_at_a_time, scheduled)
        self._ticks = EvenInterval("cycles", partial(self._one_at_a_time, tick), broke)
        self._watch = EvenInterval("watch", partial(self._look_up, watch), broke)
        self._times = TimesOfDay([], ZoneInfo("UTC"))
        self._in_use: tuple[ScheduleSettings, ZoneInfo] | None = None
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    @contextmanager
    def running(self, patience: float) -> Iterator[None]:
        """Run until the context ends, and then wait so many seconds for the call that is under way."""
        self._scheduler.start()
        self._ticks.start()
        self._watch.start()
        try:
            yield
        finally:
            until = monotonic() + patience
            # The scheduler's own waiting holds a lock that a call under way may ask for.
            self._scheduler.shutdown(wait=False)
            for interval in (self._ticks, self._watch):
                interval.stop(max(0.0, until - monotonic()))
            self.has_ended = self._busy.acquire(timeout=max(0.0, until - monotonic()))

    def use(self, schedule: ScheduleSettings, zone: ZoneInfo) -> None:
        """Follow this schedule, in this time zone, from now on."""
        if (schedule, zone) == self._in_use:
            return
        self._in_use = (schedule, zone)
        interval = schedule.quick_interval()
        self._ticks.use(IDLE_SECONDS if interval is None else interval.total_seconds())
        self._watch.use(WATCH_SECONDS)
        self._times = TimesOfDay([parse_clock_time(at) for at in schedule.full], zone)
        self._scheduler.add_job(self._scheduled, self._times, id="full", replace_existing=True)

    def soon(self, call: Callable[[], None]) -> None:
        """Call this as soon as the call that is under way has ended."""
        self._scheduler.add_job(partial(self._one_at_a_time, call))

    def next_full(self, now: datetime) -> datetime | None:
        """When the next scheduled full cycle is."""
        return self._times.get_next_fire_time(None, now)

    def _look_up(self, watch: Callable[[], None]) -> None:
        """The scheduler sleeps until its next time: a machine that slept or a clock set forward would make it late."""
        self._scheduler.wakeup()
        watch()

    def _one_at_a_time(self, call: Callable[[], None]) -> None:
        with self._busy:
            try:
                call()
            except Exception as error:  # noqa: BLE001 - months unattended: the next call tries again
                self._broke(error)
