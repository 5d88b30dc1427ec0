"""The library's own clock: what the database would answer to CURRENT_TIMESTAMP and CURRENT_DATE."""

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

OPENING_HOUR = 9


class Clock:
    """The machine's clock plus an offset in seconds, read in the library's time zone.

    `error` is how much of that offset is wrong: what other clocks do not share.
    """

    def __init__(self, zone: str, today: date | None = None) -> None:
        self.zone = ZoneInfo(zone)
        self.offset = self.error = 0
        if today is not None:
            opening = datetime.combine(today, time_of_day(OPENING_HOUR), tzinfo=self.zone)
            self.offset = int(opening.timestamp()) - int(time.time())

    def now(self) -> int:
        """Whole seconds since 1970."""
        return int(time.time()) + self.offset

    def today(self) -> date:
        """The calendar day in the library's time zone."""
        return self.local(self.now()).date()

    def local(self, instant: int) -> datetime:
        """An instant as an aware moment in the library's time zone."""
        return datetime.fromtimestamp(instant, tz=UTC).astimezone(self.zone)

    def stamp(self, instant: int | None) -> str | None:
        """An instant as Koha's REST API writes it, e.g. `2026-11-23T18:51:19+01:00`."""
        return None if instant is None else self.local(instant).isoformat()

    def advance(self, seconds: int) -> int:
        """Move on by so many seconds (back, if negative) and say what the time is then."""
        self.offset += seconds
        return self.now()

    def advance_days(self, days: int) -> int:
        """Move on by calendar days, to the same time of day even across a change of summer time."""
        now = self.local(self.now())
        then = (now.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=self.zone)
        return self.advance(int(then.timestamp()) - int(now.timestamp()))
