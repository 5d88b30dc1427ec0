"""The scheduler on its scheduler."""

import threading
from datetime import UTC, datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import time_machine

from sidecar.serve.schedule.interval import EvenInterval
from sidecar.serve.schedule.scheduler import CycleScheduler
from sidecar.settings import ScheduleSettings
from tests.serve.running import eventually

COPENHAGEN, NEW_YORK = ZoneInfo("Europe/Copenhagen"), ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Called:
    """Counts the calls, and can hold one up."""

    def __init__(self) -> None:
        self.ticks = 0
        self.most = self.under_way = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def tick(self) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.ticks += 1
        self.go_on.wait(5)
        self.under_way -= 1

    def scheduler(self) -> CycleScheduler:
        return CycleScheduler(scheduled=self.tick, tick=self.tick, watch=lambda: None, broke=print)


def test_the_first_call_comes_at_once_and_then_every_interval() -> None:
    called = Called()
    scheduler = called.scheduler()
    scheduler.use(ScheduleSettings(quick_every="1s"), COPENHAGEN)
    with scheduler.running(20):
        eventually(lambda: called.ticks >= 2, 5)


def test_calls_that_were_missed_are_made_up_for_once_and_never_overlap() -> None:
    called = Called()
    scheduler = called.scheduler()
    scheduler.use(ScheduleSettings(quick_every="1s"), COPENHAGEN)
    called.go_on.clear()
    with scheduler.running(20):
        eventually(lambda: called.ticks == 1, 5)
        scheduler.soon(called.tick)
        threading.Event().wait(2.5)
        assert called.ticks == 1
        called.go_on.set()
        eventually(lambda: called.ticks >= 3, 5)
        assert called.ticks <= 4
    assert called.most == 1


def test_at_the_end_it_waits_for_the_call_under_way_which_may_still_ask_it() -> None:
    began, go_on = threading.Event(), threading.Event()
    asked = []

    def long() -> None:
        began.set()
        go_on.wait(5)
        scheduler.use(ScheduleSettings(full=("04:00",)), COPENHAGEN)
        asked.append(scheduler.next_full(NOON))

    scheduler = CycleScheduler(scheduled=long, tick=long, watch=lambda: None, broke=print)
    scheduler.use(ScheduleSettings(), COPENHAGEN)
    with scheduler.running(20):
        assert began.wait(5)
        threading.Timer(0.3, go_on.set).start()
    assert len(asked) == 1


def test_a_full_cycle_is_at_its_time_of_day_in_the_policy_s_zone_also_after_the_zone_has_changed() -> None:
    scheduler = Called().scheduler()
    schedule = ScheduleSettings(full=("03:15", "13:30"))
    scheduler.use(schedule, COPENHAGEN)
    assert scheduler.next_full(NOON) == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    scheduler.use(schedule, NEW_YORK)
    assert scheduler.next_full(NOON) == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    scheduler.use(ScheduleSettings(full=()), NEW_YORK)
    assert scheduler.next_full(NOON) is None


def test_a_wall_clock_that_is_set_back_stops_nothing() -> None:
    called, watched = Called(), Called()
    scheduler = CycleScheduler(scheduled=called.tick, tick=called.tick, watch=watched.tick, broke=print)
    scheduler.use(ScheduleSettings(quick_every="1s"), COPENHAGEN)
    with scheduler.running(20):
        eventually(lambda: called.ticks >= 1, 5)
        with time_machine.travel(datetime.now(UTC) - timedelta(hours=3)):
            before = called.ticks
            eventually(lambda: called.ticks >= before + 2, 5)
    assert watched.ticks >= 1


def test_a_mistake_ends_nothing_and_is_heard_of() -> None:
    heard: list[Exception] = []

    def breaks() -> None:
        raise KeyError

    scheduler = CycleScheduler(scheduled=breaks, tick=breaks, watch=lambda: None, broke=heard.append)
    scheduler.use(ScheduleSettings(quick_every="1s"), COPENHAGEN)
    with scheduler.running(20):
        eventually(lambda: len(heard) >= 2, 5)


def test_a_new_interval_counts_at_once() -> None:
    called = Called()
    scheduler = called.scheduler()
    scheduler.use(ScheduleSettings(quick_every="1h"), COPENHAGEN)
    with scheduler.running(20):
        eventually(lambda: called.ticks == 1, 5)
        scheduler.use(ScheduleSettings(quick_every="1s"), COPENHAGEN)
        eventually(lambda: called.ticks >= 2, 5)


def test_a_call_that_sets_a_new_interval_is_followed_after_that_interval() -> None:
    times: list[float] = []

    def call() -> None:
        times.append(monotonic())
        if len(times) == 1:
            interval.use(0.4)

    interval = EvenInterval("test", call, print)
    interval.use(60)
    interval.start()
    eventually(lambda: len(times) >= 2, 5)
    interval.stop(20)
    assert times[1] - times[0] < 0.7
