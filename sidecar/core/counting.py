"""Which charges and loans count, by the day on which they arose or were due: calendar days of the library."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from sidecar.core.model import OverdueItem, Truth
from sidecar.core.truth import every, within


@dataclass(frozen=True, slots=True)
class Age:
    """So many days, or so many months: a charge counts that arose more than that long ago."""

    number: int
    months: bool = False

    def passed(self, arose: date, today: date) -> bool:
        """Whether more than that has gone by since the day. Months end on the last day where there is no such day."""
        if not self.months:
            return (today - arose).days > self.number
        return today > _day_in(*divmod(arose.year * 12 + arose.month - 1 + self.number, 12), arose.day)


def _day_in(year: int, month_from_0: int, day: int) -> date:
    """The day of that month, or its last."""
    month = month_from_0 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """A day that comes each year; where a month has no such day, its last."""

    month: int
    day: int

    def last(self, today: date) -> date:
        """The latest such day, today included."""
        this_year = _day_in(today.year, self.month - 1, self.day)
        return this_year if this_year <= today else _day_in(today.year - 1, self.month - 1, self.day)


@dataclass(frozen=True, slots=True)
class EachYear:
    """From the latest `on` on, charges count that arose before the `arose_before` that came before it."""

    on: DayOfYear
    arose_before: DayOfYear

    def counts(self, arose: date, today: date) -> bool:
        """Whether a charge that arose that day counts today."""
        return arose < self.arose_before.last(self.on.last(today))


@dataclass(frozen=True, slots=True)
class Loans:
    """Which loans count: so many calendar days past their due day, of these types (None: all), or only what another
    patron waits for."""

    days: int = 1
    waited_for: bool = False
    types: frozenset[str] | None = None

    def count(self, item: OverdueItem, today: date) -> Truth:
        """Whether a loan counts; unknown if what decides it is."""
        if item.days(today) < self.days:
            return False
        return every((item.waited_for if self.waited_for else True, within(item.type, self.types)))
