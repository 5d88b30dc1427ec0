"""What a claim waits for: a word of the office's within its days, or one of staff's."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sidecar.core.collection.claim import ClaimState
from sidecar.core.collection.claims import Claim, Ending
from sidecar.core.collection.waiting import Waiting, for_staff, late, waiting_of
from tests.core.builders import COPENHAGEN

SENT_ON = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENT = Claim("C-000001", "7", "collection", ClaimState.SENT, SENT_ON, 30000, 30000, sent_at=SENT_ON)


def on(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_a_claim_that_was_sent_waits_a_fortnight_for_an_answer() -> None:
    assert waiting_of(SENT, COPENHAGEN) == Waiting(SENT, None, date(2026, 3, 2), date(2026, 3, 16))
    assert waiting_of(SENT, COPENHAGEN, days=30) == Waiting(SENT, None, date(2026, 3, 2), date(2026, 4, 1))


def test_a_day_is_the_library_s() -> None:
    """23:30 UTC is half past midnight in Copenhagen."""
    by_night = replace(SENT, sent_at=SENT_ON.replace(hour=23, minute=30))
    found = waiting_of(by_night, COPENHAGEN)
    assert found is not None
    assert found.since == date(2026, 3, 3)
    found = waiting_of(replace(by_night, paid_seen_at=SENT_ON), COPENHAGEN)
    assert found is not None
    assert (found.paid_seen, found.since) == (date(2026, 3, 2), date(2026, 3, 3))
    found = waiting_of(replace(SENT, paid_seen_at=by_night.sent_at), COPENHAGEN)
    assert found is not None
    assert (found.paid_seen, found.since) == (date(2026, 3, 3), date(2026, 3, 3))
    assert late([by_night], COPENHAGEN, on(17)) == ()


@pytest.mark.parametrize(("paid", "since"), [(on(1), date(2026, 3, 2)), (on(9), date(2026, 3, 9))])
def test_one_that_is_paid_here_waits_from_the_payment_on_or_from_the_sending(paid: datetime, since: date) -> None:
    for state in (ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.PART_PAID):
        found = waiting_of(replace(SENT, state=state, paid_seen_at=paid), COPENHAGEN)
        assert found is not None
        assert (found.paid_seen, found.since) == (paid.date(), since)


@pytest.mark.parametrize("state", [ClaimState.ACKNOWLEDGED, ClaimState.PART_PAID])
def test_one_that_the_office_works_on_has_no_term(state: ClaimState) -> None:
    assert waiting_of(replace(SENT, state=state), COPENHAGEN) is None


@pytest.mark.parametrize(
    "claim",
    [
        replace(SENT, sent_at=None),
        replace(SENT, state=ClaimState.REFERRED, sent_at=None),
        replace(SENT, state=ClaimState.REPORTED_PAID),
        replace(SENT, state=ClaimState.CLOSED),
        replace(SENT, ended_at=on(3)),
    ],
    ids=["not known when it was sent", "not sent", "reported paid", "closed", "ended"],
)
def test_one_that_the_office_need_not_answer_waits_for_nothing(claim: Claim) -> None:
    assert waiting_of(claim, COPENHAGEN) is None


def test_one_that_was_taken_back_waits_for_the_office_to_say_so() -> None:
    assert waiting_of(replace(SENT, state=ClaimState.WITHDRAWN), COPENHAGEN) is not None


@pytest.mark.parametrize(("day", "is_late"), [(15, False), (16, False), (17, True)])
def test_a_claim_is_late_from_the_day_after_its_term_on(day: int, is_late: bool) -> None:
    answered = replace(SENT, state=ClaimState.ACKNOWLEDGED)
    found = late([answered, SENT], COPENHAGEN, on(day))
    assert [each.claim for each in found] == ([SENT] if is_late else [])
    assert bool(late([SENT], COPENHAGEN, on(day - 9), days=5)) is is_late
    assert bool(late([SENT], COPENHAGEN, on(day - 1, hour=23).replace(minute=30))) is is_late, "the library's day"


def test_held_claims_and_those_given_back_unpaid_wait_for_staff() -> None:
    held = replace(SENT, held="lifted by staff")
    given_back = replace(SENT, state=ClaimState.CLOSED, ending=Ending.GIVEN_BACK)
    others = [
        SENT,
        replace(held, state=ClaimState.CLOSED),
        replace(given_back, amount=0),
        replace(given_back, ending=Ending.WITHDRAWN),
    ]
    assert for_staff([held, *others, given_back]) == (held, given_back)
