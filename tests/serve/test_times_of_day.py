"""When full cycles run: exactly once a day each, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sidecar.serve.schedule.times_of_day import TimesOfDay

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
ZONES = ["Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Nuuk", "Africa/Cairo"]


def fires(trigger: TimesOfDay, start: datetime, end: datetime) -> list[datetime]:
    found: list[datetime] = []
    moment = trigger.get_next_fire_time(None, start)
    while moment is not None and moment < end:
        found.append(moment)
        moment = trigger.get_next_fire_time(moment, moment)
    return found


def oracle(times: list[time], zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """Walks through the minutes: each day and time counts at the first minute whose wall clock has come to it."""
    walls = sorted(
        datetime.combine(start.astimezone(zone).date() + timedelta(days=number), at)
        for number in range(-1, (end - start).days + 3)
        for at in times
    )
    furthest = (start - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None)
    walls = [wall for wall in walls if wall > furthest]
    found = []
    minute = start
    while minute < end:
        shown = minute.astimezone(zone).replace(tzinfo=None)
        if walls and walls[0] <= shown:
            found.append(minute)
            walls = [wall for wall in walls if wall > shown]
        minute += timedelta(minutes=1)
    return found


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 28), "2026-03-28T02:30:00+01:00"),
        (date(2026, 3, 29), "2026-03-29T03:00:00+02:00"),  # 02:30 does not exist: at the jump
        (date(2026, 3, 30), "2026-03-30T02:30:00+02:00"),
        (date(2026, 10, 25), "2026-10-25T02:30:00+02:00"),  # 02:30 comes twice: the first time
        (date(2026, 10, 26), "2026-10-26T02:30:00+01:00"),
    ],
)
def test_half_past_two_runs_once_on_the_days_on_which_the_clocks_change(day: date, expected: str) -> None:
    midnight = datetime.combine(day, time(), COPENHAGEN).astimezone(UTC)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), COPENHAGEN).astimezone(UTC)
    found = fires(TimesOfDay([time(2, 30)], COPENHAGEN), midnight, next_midnight)
    assert [moment.astimezone(COPENHAGEN).isoformat() for moment in found] == [expected]


@settings(max_examples=12, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    times=st.lists(st.times(min_value=time(0, 0), max_value=time(3, 59)), min_size=1, max_size=3),
    change=st.sampled_from(
        [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5)]
    ),
)
@example(zone="Australia/Lord_Howe", times=[time(2, 15)], change=date(2026, 10, 4))
@example(zone="Africa/Cairo", times=[time(0, 0), time(0, 30)], change=date(2026, 4, 24))
@example(zone="America/Nuuk", times=[time(23, 30)], change=date(2026, 3, 28))
def test_around_a_change_of_the_clocks_it_fires_as_a_plain_walk_through_the_minutes_says(
    zone: str, times: list[time], change: date
) -> None:
    where = ZoneInfo(zone)
    whole = sorted({at.replace(second=0, microsecond=0) for at in times})
    start = datetime.combine(change, time(), UTC) - timedelta(days=2)
    end = start + timedelta(days=4)
    assert fires(TimesOfDay(whole, where), start, end) == oracle(whole, where, start, end)


@pytest.mark.parametrize("zone", ZONES)
def test_over_a_year_it_fires_once_a_day(zone: str) -> None:
    where = ZoneInfo(zone)
    start, end = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC)
    for at in (time(0, 0), time(2, 15), time(3, 15)):
        found = fires(TimesOfDay([at], where), start, end)
        assert len(found) == 365
        days = [moment.astimezone(where).date() for moment in found]
        assert len(set(days)) == 365


def test_from_any_moment_the_next_one_is_the_same() -> None:
    trigger = TimesOfDay([time(2, 30), time(13, 0)], COPENHAGEN)
    start = datetime(2026, 10, 24, tzinfo=UTC)
    known = fires(trigger, start, start + timedelta(days=3))
    for minutes in range(0, 48 * 60, 7):
        now = start + timedelta(minutes=minutes)
        assert trigger.get_next_fire_time(None, now) == next(moment for moment in known if moment >= now)


def test_without_times_it_never_fires() -> None:
    assert TimesOfDay([], COPENHAGEN).get_next_fire_time(None, datetime(2026, 1, 1, tzinfo=UTC)) is None
