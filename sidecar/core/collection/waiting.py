"""Claims that wait for the office: since when, and until when an answer is expected."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sidecar.core.collection.claim import ClaimState
from sidecar.core.collection.claims import Claim

ANSWER_DAYS: Final = 14
"""Days within which an office is expected to answer, unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a claim waits for. `since`: the payment that was seen here, else the day it was sent; `expected` is the day
    by which the office should have answered."""

    claim: Claim
    paid_seen: date | None
    since: date
    expected: date

    def is_late(self, today: date) -> bool:
        """Whether the office should have answered by now."""
        return today > self.expected


def waiting_of(claim: Claim, zone: ZoneInfo, days: int = ANSWER_DAYS) -> Waiting | None:
    """What the claim waits for: a word on one that was sent and is not taken over yet, or on one that is paid here.

    One that the office works on, and that is still owed here, waits for nothing that has a term.
    """
    if not claim.awaits_office or claim.sent_at is None:
        return None
    taken_over = claim.state in {ClaimState.ACKNOWLEDGED, ClaimState.PART_PAID}
    if taken_over and claim.paid_seen_at is None:
        return None
    paid = None if claim.paid_seen_at is None else _day(claim.paid_seen_at, zone)
    since = _day(claim.sent_at, zone) if paid is None else max(paid, _day(claim.sent_at, zone))
    return Waiting(claim, paid, since, since + timedelta(days=days))


def late(claims: Iterable[Claim], zone: ZoneInfo, now: datetime, days: int = ANSWER_DAYS) -> tuple[Waiting, ...]:
    """The claims that have waited longer than the office was given."""
    today = _day(now, zone)
    found = (waiting_of(claim, zone, days) for claim in claims)
    return tuple(each for each in found if each is not None and each.is_late(today))


def for_staff(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Claims that go on only when staff say how: held ones, and those that the office gave back unpaid."""
    return tuple(claim for claim in claims if (claim.held and claim.is_open) or claim.is_given_back_unpaid)


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
