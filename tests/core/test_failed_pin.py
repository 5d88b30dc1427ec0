"""Failed PIN attempts: the count, Koha's administrative lock, and release by staff, by a reset or by time."""

from datetime import UTC, datetime

import pytest

from sidecar.core.model import UNKNOWN
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import IfLifted
from sidecar.core.verdict import Standing, Verdict

from .builders import (
    COPENHAGEN,
    COUNTER_RESET,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    after_minutes,
    card,
    case,
    facts,
    pin_rule,
    row,
    verdict_of,
    would_block,
    would_release,
)

PIN = pin_rule()
RESET = pin_rule(release=COUNTER_RESET)
TIMED = pin_rule(release=after_minutes(30))
ROW = row("CW_PIN")


@pytest.mark.parametrize(("attempts", "blocks"), [(4, False), (5, True), (6, True)])
def test_block_at_counts_attempts(attempts: int, blocks: bool) -> None:
    assert would_block(pin_rule(block_at=5), facts(failed_pin=attempts)) is blocks


@pytest.mark.parametrize(("attempts", "blocks"), [(5, False), (6, True)])
def test_block_above_counts_attempts(attempts: int, blocks: bool) -> None:
    assert would_block(pin_rule(block_above=5), facts(failed_pin=attempts)) is blocks


@pytest.mark.parametrize("lock", [-1, -2])
def test_a_negative_counter_is_kohas_lock_and_not_a_count(lock: int) -> None:
    verdict = verdict_of(PIN, facts(failed_pin=lock))
    assert (verdict.blocks, verdict.standing, verdict.change) == (UNKNOWN, Standing.UNDECIDED, None)
    assert (verdict.evidence.attempts, verdict.evidence.unknown) == (None, ("failed_pin",))


def test_zero_is_a_count() -> None:
    verdict = verdict_of(PIN, facts(failed_pin=0))
    assert (verdict.blocks, verdict.evidence.attempts, verdict.evidence.unknown) == (False, 0, ())


def test_zero_is_the_highest_seen_until_there_is_a_higher_one() -> None:
    patron = card(PIN, rows=[ROW]).cycle(failed_pin=UNKNOWN).cycle(failed_pin=0)
    assert patron.cases["pin"].highest == 0
    assert patron.cycle(failed_pin=2).cases["pin"].highest == 2


def test_a_locked_counter_neither_lowers_nor_raises_the_highest_seen() -> None:
    patron = card(RESET).cycle(failed_pin=7).cycle(failed_pin=-1)
    assert patron.cases["pin"].highest == 7
    assert patron.standing == "undecided"
    assert patron.cycle(failed_pin=7).blocked_by == {"pin"}


def test_a_rule_without_an_operator_decides_nothing() -> None:
    verdict = verdict_of(pin_rule(block_at=None), facts(failed_pin=9))
    assert (verdict.standing, verdict.evidence.threshold, verdict.evidence.operator) == (Standing.UNDECIDED, None, None)


def test_the_numbers_are_in_the_evidence() -> None:
    evidence = verdict_of(pin_rule(block_above=4), facts(failed_pin=6)).evidence
    assert (evidence.attempts, evidence.threshold, evidence.operator) == (6, 4, "block_above")


# By staff


def test_by_default_no_fact_ends_a_pin_block() -> None:
    assert would_release(PIN, facts(rows=[ROW]), case(PIN, highest=9)) is False
    patron = card(PIN).cycle(failed_pin=5)
    assert patron.cycle(failed_pin=0).cycle(30 * DAY).blocked_by == {"pin"}


# By a counter that went down


@pytest.mark.parametrize(("attempts", "releases"), [(0, True), (5, True), (6, False), (7, False)])
def test_counter_reset_means_lower_than_the_highest_seen_since_the_block(attempts: int, releases: bool) -> None:
    assert would_release(RESET, facts(failed_pin=attempts, rows=[ROW]), case(RESET, highest=6)) is releases


def test_the_highest_is_followed_while_the_block_lasts() -> None:
    patron = card(RESET).cycle(failed_pin=5).cycle(failed_pin=8).cycle(failed_pin=6)
    assert patron.blocked_by == {"pin"}, "6 is lower than 8, but would block a free card"
    assert patron.cases["pin"].highest == 8
    assert patron.cycle(failed_pin=4).blocked_by == set()
    assert patron.verdict().reason is Reason.COUNTER_RESET


def test_a_row_found_with_the_counter_at_rest_is_released() -> None:
    patron = card(RESET, rows=[ROW]).cycle(failed_pin=0)
    assert (patron.blocked_by, patron.verdict().adopted) == (set(), True)


def test_a_row_found_with_a_counter_above_rest_waits_for_one_that_falls() -> None:
    patron = card(RESET, rows=[ROW]).cycle(failed_pin=2)
    assert patron.blocked_by == {"pin"}
    assert patron.cycle(failed_pin=1).blocked_by == set()


def test_a_row_found_while_the_counter_is_unknown_takes_the_first_count_as_the_highest() -> None:
    patron = card(RESET, rows=[ROW]).cycle(failed_pin=UNKNOWN)
    assert patron.cases["pin"].highest is None
    assert patron.cycle(failed_pin=1).cases["pin"].highest == 1
    assert patron.cycle(failed_pin=3).cases["pin"].highest == 3
    assert patron.cycle(failed_pin=2).blocked_by == set()


# By time


@pytest.mark.parametrize(("minutes", "releases"), [(29, False), (30, True), (31, True)])
def test_after_minutes_counts_from_the_cycle_that_blocked(minutes: int, releases: bool) -> None:
    since = NOW - minutes * MINUTE
    verdict = verdict_of(TIMED, facts(failed_pin=5, rows=[ROW]), case(TIMED, since=since))
    assert verdict.releases is releases
    assert verdict.due == (None if releases else since + 30 * MINUTE)


def test_minutes_that_began_by_a_clock_that_was_ahead_are_counted_from_now() -> None:
    """The ILS's clock was 30 days ahead for one cycle: the block must not stand for 30 days and 30 minutes."""
    patron = card(TIMED).cycle(30 * DAY, failed_pin=5)
    patron.now -= 30 * DAY
    patron.cycle()
    assert patron.cases["pin"].since == patron.now
    assert patron.cycle(29 * MINUTE).blocked_by == {"pin"}
    assert patron.cycle(MINUTE).blocked_by == set()


def test_a_release_by_time_resets_the_counter_and_leaves_an_override() -> None:
    patron = card(TIMED).cycle(failed_pin=5).cycle(30 * MINUTE)
    assert [change.kind for change in patron.plan.changes()] == [ChangeKind.REMOVE, ChangeKind.RESET_PIN]
    assert (patron.standing, patron.blocked_by) == ("overridden", set())
    assert patron.facts.failed_pin == 0
    assert patron.cycle().cases == {}
    assert patron.cycle(failed_pin=5).blocked_by == {"pin"}


def test_as_many_wrong_pins_again_block_again_though_no_cycle_saw_the_counter_at_rest() -> None:
    """Koha's counter stops at its own limit: it may never be above what it was."""
    patron = card(TIMED).cycle(failed_pin=5).cycle(30 * MINUTE)
    assert patron.cases == {}
    assert patron.cycle(failed_pin=5).blocked_by == {"pin"}


def test_a_counter_that_was_not_reset_blocks_anew_only_above_what_it_was() -> None:
    patron = card(TIMED).cycle(failed_pin=5)
    patron.cycle(30 * MINUTE, hold=lambda change: change.kind is ChangeKind.RESET_PIN)
    assert patron.cycle(failed_pin=5).blocked_by == set()
    assert patron.cycle(failed_pin=6).blocked_by == {"pin"}


def test_a_row_found_in_the_ils_counts_its_minutes_from_the_cycle_that_first_saw_it() -> None:
    patron = card(TIMED, failed_pin=5, rows=[row("CW_PIN", created=NOW - DAY)])
    assert patron.cycle().verdict().adopted
    assert patron.verdict().due == patron.now + 30 * MINUTE
    assert patron.cycle(29 * MINUTE).blocked_by == {"pin"}
    assert patron.cycle(MINUTE).blocked_by == set()


def test_a_row_put_back_counts_its_minutes_anew() -> None:
    """Were they counted from the first block, a row would be put back and removed in turn."""
    patron = card(pin_rule(release=after_minutes(30), if_lifted=IfLifted.RESTORE), failed_pin=5).cycle()
    assert patron.staff_lift("pin").cycle(DAY).blocked_by == {"pin"}
    assert patron.cycle(29 * MINUTE).blocked_by == {"pin"}
    assert patron.cycle(MINUTE).blocked_by == set()


def test_minutes_are_real_minutes_although_the_clock_is_put_back() -> None:
    """02:45 summer time; twenty minutes later it is 02:05, on a clock that shows the library's time."""
    began = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)

    def at(minutes: int) -> Verdict:
        now = (began + minutes * MINUTE).astimezone(COPENHAGEN)
        return verdict_of(TIMED, facts(failed_pin=5, rows=[ROW]), remembered, now=now)

    blocked = verdict_of(TIMED, facts(failed_pin=5), now=began.astimezone(COPENHAGEN))
    remembered = blocked.case_after
    assert [at(minutes).releases for minutes in (20, 29, 30)] == [False, False, True]


def test_no_other_release_has_a_date_on_which_it_falls_due() -> None:
    assert verdict_of(PIN, facts(failed_pin=5, rows=[ROW]), case(PIN, since=NOW - HOUR)).due is None


def test_a_block_by_time_that_the_policy_retires_resets_no_counter() -> None:
    retired = pin_rule(release=after_minutes(30), retired=True)
    patron = card(retired, failed_pin=5, rows=[ROW]).cycle()
    assert [change.kind for change in patron.plan.changes()] == [ChangeKind.REMOVE]
