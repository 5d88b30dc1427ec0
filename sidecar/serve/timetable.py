"""The timetable: when the worker is called, on APScheduler. One call at a time; missed ones are made up for once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from sidecar.durations import parse_clock_time
from sidecar.serve.triggers import TimesOfDay
from sidecar.settings import ScheduleSettings

IDLE_SECONDS: Final = 60.0
"""How often the worker is asked without quick cycles: a failed full one may want another try, an approval may wait."""

WATCH_SECONDS: Final = 15.0


class Timetable:
    """Calls `scheduled` at the times of day and `tick` in between, in one thread; `watch` in another."""

    def __init__(self, *, scheduled: Callable[[], None], tick: Callable[[], None], watch: Callable[[], None]) -> None:
        self._busy, self._watching = threading.Lock(), threading.Lock()
        self._scheduled = partial(_one_at_a_time, self._busy, scheduled)
        self._tick = partial(_one_at_a_time, self._busy, tick)
        self._watch = partial(_one_at_a_time, self._watching, watch)
        self._times = TimesOfDay([], ZoneInfo("UTC"))
        self._in_use: tuple[ScheduleSettings, ZoneInfo] | None = None
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1), "watch": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run until the context ends, and then wait for the call that is under way."""
        self._scheduler.start()
        try:
            yield
        finally:
            # Its own waiting holds a lock that a call under way may ask for.
            self._scheduler.shutdown(wait=False)
            with self._busy, self._watching:
                pass

    def use(self, schedule: ScheduleSettings, zone: ZoneInfo) -> None:
        """Follow this schedule, in this time zone, from now on."""
        if (schedule, zone) == self._in_use:
            return
        first = self._in_use is None
        self._in_use = (schedule, zone)
        interval = schedule.quick_interval()
        seconds = IDLE_SECONDS if interval is None else interval.total_seconds()
        add = self._scheduler.add_job
        at_once = {"next_run_time": datetime.now(UTC)} if first else {}
        self._times = TimesOfDay([parse_clock_time(at) for at in schedule.full], zone)
        add(self._tick, IntervalTrigger(seconds=seconds, timezone=UTC), id="tick", replace_existing=True, **at_once)
        add(self._scheduled, self._times, id="full", replace_existing=True)
        if first:
            add(self._watch, IntervalTrigger(seconds=WATCH_SECONDS, timezone=UTC), id="watch", executor="watch")

    def soon(self, call: Callable[[], None]) -> None:
        """Call this as soon as the call that is under way has ended."""
        self._scheduler.add_job(partial(_one_at_a_time, self._busy, call))

    def next_full(self, now: datetime) -> datetime | None:
        """When the next scheduled full cycle is."""
        return self._times.get_next_fire_time(None, now)


def _one_at_a_time(busy: threading.Lock, call: Callable[[], None]) -> None:
    with busy:
        call()
