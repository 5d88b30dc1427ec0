"""What an exchange needs of the outside, gathered in one value."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sidecar.collection.spool import Spool
from sidecar.core.model import Currency
from sidecar.ports import Clock, Contacts, Journal, Office, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An office and how it writes, the journal, and whom the ILS knows. `turn` is to be alone on the journal for a
    moment: claims are read and kept in one turn, and nothing is asked of the network in it."""

    office: Office
    profile: Profile
    spool: Spool
    journal: Journal
    clock: Clock
    contacts: Contacts
    currency: Currency
    time_zone: ZoneInfo
    turn: Callable[[], AbstractContextManager[None]]

    def today(self, now: datetime) -> date:
        """The library's calendar day."""
        return now.astimezone(self.time_zone).date()
