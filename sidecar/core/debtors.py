"""Who owes, of those whose facts nobody keeps: how many, how much, and those who owe most."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sidecar.core.accounts import NOTHING
from sidecar.core.model import Charge, Patron

LISTED: Final = 500
"""So many of them can be listed; of the others only the number and the sum are known."""


class DebtAge(StrEnum):
    """How long ago a charge came to be, in days."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    THREE_YEARS = "three_years"
    OLDER = "older"
    NOT_KNOWN = "not_known"


_BOUNDS: Final = (
    (30, DebtAge.MONTH),
    (91, DebtAge.QUARTER),
    (365, DebtAge.YEAR),
    (3 * 365, DebtAge.THREE_YEARS),
)


def debt_age(charge: Charge, today: date) -> DebtAge:
    """The age of a charge's debt on that day."""
    arose = charge.arose or charge.incurred
    if arose is None:
        return DebtAge.NOT_KNOWN
    days = (today - arose).days
    return next((age for bound, age in _BOUNDS if days <= bound), DebtAge.OLDER)


def debts_by_age(charges: Iterable[Charge], today: date) -> dict[DebtAge, Decimal]:
    """What these charges come to, by the age of the debt, in major units."""
    sums: dict[DebtAge, Decimal] = {}
    for charge in charges:
        age = debt_age(charge, today)
        sums[age] = sums.get(age, NOTHING) + charge.outstanding
    return sums


@dataclass(slots=True)
class Debtors:
    """So many patrons owe so much together, in minor units; `most` are at most `LISTED` of them, those who owe most."""

    number: int = 0
    owed: int = 0
    _most: list[tuple[int, int, Patron]] = field(default_factory=list)

    def add(self, patron: Patron, owed: int) -> None:
        """One more."""
        self.number += 1
        self.owed += owed
        entry = (owed, -self.number, patron)  # among equals the earlier one is kept; patrons are never compared
        if len(self._most) < LISTED:
            heapq.heappush(self._most, entry)
        elif entry > self._most[0]:
            heapq.heapreplace(self._most, entry)

    @property
    def most(self) -> tuple[tuple[Patron, int], ...]:
        """Those who owe most, with what they owe, in no order."""
        return tuple((patron, owed) for owed, _place, patron in self._most)
