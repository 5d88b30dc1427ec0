"""Announcing: calendar days in the library's time zone, counted from the cycle that announced."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sidecar.core.model import UNKNOWN, Stage
from sidecar.core.plan import Reason
from sidecar.core.verdict import Standing

from .builders import COPENHAGEN, DAY, HOUR, NOW, card, case, debt_rule, facts, fee, verdict_of

RULE = debt_rule(announce_days=7)
OWING = facts(charges=[fee("300.00")])


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=COPENHAGEN, fold=fold)  # type: ignore[arg-type,misc]


def told(since: datetime):  # type: ignore[no-untyped-def]
    return case(RULE, Stage.ANNOUNCED, since=since)


def test_a_rule_that_announces_tells_first_and_blocks_nobody_yet() -> None:
    verdict = verdict_of(RULE, OWING)
    assert (verdict.standing, verdict.change, verdict.reason) == (Standing.ANNOUNCED, None, None)
    after = verdict.case_after
    assert after is not None
    assert after == verdict.case_now
    assert (after.stage, after.since, after.evidence) == (Stage.ANNOUNCED, NOW, verdict.evidence)
    assert (after.seen_at, after.highest, after.comment) == (None, None, None)


@pytest.mark.parametrize(
    ("since", "due"),
    [
        pytest.param(local(2026, 3, 2, 10, 0), local(2026, 3, 9), id="an ordinary week"),
        pytest.param(local(2026, 3, 2, 0, 0), local(2026, 3, 9), id="told at midnight"),
        pytest.param(local(2026, 3, 2, 23, 59, 59), local(2026, 3, 9), id="told in the last second of the day"),
        pytest.param(local(2026, 3, 24, 12), local(2026, 3, 31), id="over the day of 23 hours"),
        pytest.param(local(2026, 3, 22, 12), local(2026, 3, 29), id="to the day of 23 hours"),
        pytest.param(local(2026, 3, 29, 1, 59), local(2026, 4, 5), id="from the day of 23 hours"),
        pytest.param(local(2026, 10, 20, 12), local(2026, 10, 27), id="over the day of 25 hours"),
        pytest.param(local(2026, 10, 18, 12), local(2026, 10, 25), id="to the day of 25 hours"),
        pytest.param(local(2026, 10, 25, 2, 30, fold=1), local(2026, 11, 1), id="from its repeated hour"),
        pytest.param(local(2026, 12, 28, 12), local(2027, 1, 4), id="over new year"),
    ],
)
def test_the_block_comes_at_local_midnight_after_the_announced_days(since: datetime, due: datetime) -> None:
    for clock in (UTC, COPENHAGEN):
        moment = due.astimezone(UTC)
        remembered = told(since.astimezone(clock))
        before = verdict_of(RULE, OWING, remembered, now=(moment - timedelta(seconds=1)).astimezone(clock))
        assert (before.standing, before.due) == (Standing.ANNOUNCED, due)
        assert before.case_now == remembered, "the clock is not started anew"
        then = verdict_of(RULE, OWING, remembered, now=moment.astimezone(clock))
        assert (then.standing, then.reason) == (Standing.BLOCKED, Reason.ANNOUNCED_BEFORE)
        assert then.case_now == remembered, "until the row is written"


def test_the_day_is_the_librarys_and_not_that_of_utc() -> None:
    """23:30 UTC on Monday is Tuesday in Copenhagen."""
    since = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert verdict_of(RULE, OWING, told(since), now=since + HOUR).due == local(2026, 3, 10)
    new_york = ZoneInfo("America/New_York")
    verdict = verdict_of(RULE, OWING, told(since), now=since + HOUR, time_zone=new_york)
    assert verdict.due == datetime(2026, 3, 9, tzinfo=new_york)


def test_an_announcement_ends_when_the_rule_would_no_longer_block() -> None:
    patron = card(RULE).cycle(charges=[fee("300.00")])
    assert patron.cycle(3 * DAY, charges=[fee("224.99")]).cases == {}
    assert patron.cycle(4 * DAY, charges=[fee("300.00")]).standing == "announced", "the days begin anew"


def test_an_announcement_survives_a_fact_that_is_unknown_for_a_while() -> None:
    patron = card(RULE).cycle(charges=[fee("300.00")]).cycle(3 * DAY, charges=UNKNOWN)
    assert patron.standing == "undecided"
    assert patron.cycle(4 * DAY, charges=[fee("300.00")]).blocked_by == {"debt"}


def test_one_day_is_the_next_calendar_day() -> None:
    rule = debt_rule(announce_days=1)
    assert verdict_of(rule, OWING).due == local(2026, 3, 3)


def test_without_days_to_wait_a_card_that_was_told_is_blocked_at_once() -> None:
    verdict = verdict_of(debt_rule(), OWING, told(NOW - HOUR))
    assert (verdict.standing, verdict.reason) == (Standing.BLOCKED, Reason.REACHED)


def test_a_held_back_block_leaves_the_announcement_as_it_was() -> None:
    patron = card(RULE).cycle(charges=[fee("300.00")])
    announced = patron.cases["debt"]
    patron.cycle(8 * DAY, hold=lambda _change: True)
    assert patron.cases == {"debt": announced}
