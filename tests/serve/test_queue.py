"""Which cycle comes next."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from sidecar.core.model import Facts, Patron
from sidecar.cycle.order import Quick
from sidecar.serve.schedule.queue import CycleQueue, Full

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Seen:
    """As much of findings as the queue looks at."""

    as_of: datetime = NOW
    started: datetime = NOW
    due: dict[str, datetime] = field(default_factory=dict)
    patrons: tuple[str, ...] = ()

    finished: datetime = NOW
    policy: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(rules=[], time_zone=UTC))
    status: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(types=()))

    @property
    def today(self):
        return self.as_of.date()

    @property
    def decisions(self):
        return [SimpleNamespace(patron=patron, verdicts=(), facts=Facts(Patron(patron))) for patron in self.patrons]

    def done(self):
        return []


@pytest.fixture
def queue() -> CycleQueue:
    queue = CycleQueue()
    queue.done(Seen(), Full("first"))
    return queue


def quick(queue: CycleQueue, at: datetime = NOW) -> Quick:
    found = queue.next(at, quick=True)
    assert isinstance(found, Quick)
    return found


def test_the_first_cycle_is_a_full_one() -> None:
    assert isinstance(CycleQueue().next(NOW, quick=True), Full)


def test_then_quick_ones_look_back_two_minutes_beyond_the_last(queue: CycleQueue) -> None:
    assert quick(queue).since == NOW - 2 * MINUTE
    queue.done(Seen(as_of=NOW + MINUTE, started=NOW + MINUTE), quick(queue))
    assert quick(queue).since == NOW - MINUTE


def test_after_a_failed_quick_cycle_the_next_one_looks_back_as_far(queue: CycleQueue) -> None:
    queue.failed(quick(queue), NOW, NOW + MINUTE)
    assert quick(queue, NOW + MINUTE).since == NOW - 2 * MINUTE


def test_who_is_due_is_looked_at_by_the_clock_of_the_library_system(queue: CycleQueue) -> None:
    an_hour_behind = Seen(as_of=NOW - 60 * MINUTE, due={"1": NOW - 58 * MINUTE, "2": NOW})
    queue.done(an_hour_behind, Full("again"))
    assert quick(queue, NOW + MINUTE).due == frozenset()
    assert quick(queue, NOW + 2 * MINUTE).due == {"1"}


def test_who_was_looked_at_is_due_again_only_if_the_cycle_says_so(queue: CycleQueue) -> None:
    queue.done(Seen(due={"1": NOW, "2": NOW, "3": NOW + 9 * MINUTE}), Full("again"))
    asked = quick(queue)
    assert asked.due == {"1", "2"}
    queue.done(Seen(patrons=("1", "2"), due={"2": NOW + 9 * MINUTE}), asked)
    assert quick(queue).due == frozenset()
    assert quick(queue, NOW + 9 * MINUTE).due == {"2", "3"}


def test_who_was_due_and_is_no_longer_there_is_forgotten(queue: CycleQueue) -> None:
    queue.done(Seen(due={"1": NOW}), Full("again"))
    queue.done(Seen(), quick(queue))
    assert quick(queue).due == frozenset()


def test_a_failed_full_cycle_rests_while_quick_ones_go_on(queue: CycleQueue) -> None:
    queue.want_full("the schedule")
    asked = queue.next(NOW, quick=True)
    assert asked == Full("the schedule")
    queue.failed(asked, NOW, NOW + MINUTE)
    assert isinstance(queue.next(NOW + 2 * MINUTE, quick=True), Quick)
    assert queue.next(NOW + 6 * MINUTE, quick=True) == Full("the schedule")


def test_it_never_rests_longer_than_a_quarter_of_an_hour(queue: CycleQueue) -> None:
    queue.want_full("the schedule")
    queue.failed(Full("the schedule"), NOW, NOW + 60 * MINUTE)
    assert isinstance(queue.next(NOW + 74 * MINUTE, quick=True), Quick)
    assert isinstance(queue.next(NOW + 75 * MINUTE, quick=True), Full)


def test_a_full_cycle_that_fails_at_once_time_and_again_keeps_no_payment_waiting(queue: CycleQueue) -> None:
    """It is due again at every tick of a slow scheduler; quick ones must come all the same."""
    queue.want_full("the schedule")
    came = []
    for minutes in range(0, 12, 2):
        now = NOW + minutes * MINUTE
        asked = queue.next(now, quick=True)
        assert asked is not None
        came.append(type(asked).__name__)
        if isinstance(asked, Full):
            queue.failed(asked, now, now)
    assert came == ["Full", "Quick"] * 3


def test_a_full_cycle_that_fails_at_once_is_not_tried_again_at_every_tick(queue: CycleQueue) -> None:
    queue.want_full("the schedule")
    queue.failed(Full("the schedule"), NOW, NOW)
    seconds = [
        second for second in range(1, 62) if isinstance(queue.next(NOW + timedelta(seconds=second), quick=True), Full)
    ]
    assert seconds == [60, 61]


def test_a_clock_that_is_set_back_ends_the_rest(queue: CycleQueue) -> None:
    queue.want_full("the schedule")
    queue.failed(Full("the schedule"), NOW, NOW + 60 * MINUTE)
    assert isinstance(queue.next(NOW - 60 * MINUTE, quick=True), Quick)
    assert isinstance(queue.next(NOW - 60 * MINUTE, quick=True), Full)


def test_at_the_start_there_is_nothing_to_do_between_two_tries(queue: CycleQueue) -> None:
    new = CycleQueue()
    new.failed(Full("the daemon has started"), NOW, NOW + MINUTE)
    assert new.next(NOW + 2 * MINUTE, quick=True) is None
    assert isinstance(new.next(NOW + 6 * MINUTE, quick=True), Full)


def test_after_a_new_policy_quick_cycles_go_on_though_the_full_one_fails(queue: CycleQueue) -> None:
    queue.want_full("policy")
    assert isinstance(queue.next(NOW, quick=True), Full)
    queue.failed(Full("policy"), NOW, NOW + MINUTE)
    assert isinstance(queue.next(NOW + 2 * MINUTE, quick=True), Quick)


def test_after_other_settings_there_is_no_quick_cycle_before_a_full_one(queue: CycleQueue) -> None:
    """It may be another library system."""
    queue.want_full("settings", anew=True)
    queue.failed(Full("settings"), NOW, NOW + MINUTE)
    assert queue.next(NOW + 2 * MINUTE, quick=True) is None


def test_without_quick_cycles_there_is_nothing_between_the_full_ones(queue: CycleQueue) -> None:
    assert queue.next(NOW, quick=False) is None


def test_when_the_clock_of_the_library_system_went_back_a_full_cycle_follows(queue: CycleQueue) -> None:
    queue.done(Seen(as_of=NOW - 3 * MINUTE), quick(queue))
    assert isinstance(queue.next(NOW, quick=True), Full)
