"""Which cycle comes next."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from sidecar.cycle import Quick
from sidecar.serve.agenda import Agenda, Full

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Seen:
    """As much of findings as the agenda looks at."""

    as_of: datetime = NOW
    started: datetime = NOW
    due: dict[str, datetime] = field(default_factory=dict)
    patrons: tuple[str, ...] = ()

    @property
    def decisions(self):
        return [SimpleNamespace(patron=patron) for patron in self.patrons]


@pytest.fixture
def agenda() -> Agenda:
    agenda = Agenda()
    agenda.done(Seen(), Full("first"))
    return agenda


def quick(agenda: Agenda, at: datetime = NOW) -> Quick:
    found = agenda.next(at, quick=True)
    assert isinstance(found, Quick)
    return found


def test_the_first_cycle_is_a_full_one() -> None:
    assert isinstance(Agenda().next(NOW, quick=True), Full)


def test_then_quick_ones_look_back_two_minutes_beyond_the_last(agenda: Agenda) -> None:
    assert quick(agenda).since == NOW - 2 * MINUTE
    agenda.done(Seen(as_of=NOW + MINUTE, started=NOW + MINUTE), quick(agenda))
    assert quick(agenda).since == NOW - MINUTE


def test_after_a_failed_quick_cycle_the_next_one_looks_back_as_far(agenda: Agenda) -> None:
    agenda.failed(quick(agenda), NOW, NOW + MINUTE)
    assert quick(agenda, NOW + MINUTE).since == NOW - 2 * MINUTE


def test_who_is_due_is_looked_at_by_the_clock_of_the_library_system(agenda: Agenda) -> None:
    an_hour_behind = Seen(as_of=NOW - 60 * MINUTE, due={"1": NOW - 58 * MINUTE, "2": NOW})
    agenda.done(an_hour_behind, Full("again"))
    assert quick(agenda, NOW + MINUTE).due == frozenset()
    assert quick(agenda, NOW + 2 * MINUTE).due == {"1"}


def test_who_was_looked_at_is_due_again_only_if_the_cycle_says_so(agenda: Agenda) -> None:
    agenda.done(Seen(due={"1": NOW, "2": NOW, "3": NOW + 9 * MINUTE}), Full("again"))
    asked = quick(agenda)
    assert asked.due == {"1", "2"}
    agenda.done(Seen(patrons=("1", "2"), due={"2": NOW + 9 * MINUTE}), asked)
    assert quick(agenda).due == frozenset()
    assert quick(agenda, NOW + 9 * MINUTE).due == {"2", "3"}


def test_who_was_due_and_is_no_longer_there_is_forgotten(agenda: Agenda) -> None:
    agenda.done(Seen(due={"1": NOW}), Full("again"))
    agenda.done(Seen(), quick(agenda))
    assert quick(agenda).due == frozenset()


def test_a_failed_full_cycle_rests_while_quick_ones_go_on(agenda: Agenda) -> None:
    agenda.want_full("the schedule")
    asked = agenda.next(NOW, quick=True)
    assert asked == Full("the schedule")
    agenda.failed(asked, NOW, NOW + MINUTE)
    assert isinstance(agenda.next(NOW + 2 * MINUTE, quick=True), Quick)
    assert agenda.next(NOW + 6 * MINUTE, quick=True) == Full("the schedule")


def test_it_never_rests_longer_than_a_quarter_of_an_hour(agenda: Agenda) -> None:
    agenda.want_full("the schedule")
    agenda.failed(Full("the schedule"), NOW, NOW + 60 * MINUTE)
    assert isinstance(agenda.next(NOW + 74 * MINUTE, quick=True), Quick)
    assert isinstance(agenda.next(NOW + 75 * MINUTE, quick=True), Full)


def test_a_full_cycle_that_fails_at_once_time_and_again_keeps_no_payment_waiting(agenda: Agenda) -> None:
    """It is due again at every tick of a slow timetable; quick ones must come all the same."""
    agenda.want_full("the schedule")
    came = []
    for minutes in range(0, 12, 2):
        now = NOW + minutes * MINUTE
        asked = agenda.next(now, quick=True)
        assert asked is not None
        came.append(type(asked).__name__)
        if isinstance(asked, Full):
            agenda.failed(asked, now, now)
    assert came == ["Full", "Quick"] * 3


def test_a_full_cycle_that_fails_at_once_is_not_tried_again_at_every_tick(agenda: Agenda) -> None:
    agenda.want_full("the schedule")
    agenda.failed(Full("the schedule"), NOW, NOW)
    seconds = [
        second for second in range(1, 62) if isinstance(agenda.next(NOW + timedelta(seconds=second), quick=True), Full)
    ]
    assert seconds == [60, 61]


def test_a_clock_that_is_set_back_ends_the_rest(agenda: Agenda) -> None:
    agenda.want_full("the schedule")
    agenda.failed(Full("the schedule"), NOW, NOW + 60 * MINUTE)
    assert isinstance(agenda.next(NOW - 60 * MINUTE, quick=True), Quick)
    assert isinstance(agenda.next(NOW - 60 * MINUTE, quick=True), Full)


def test_at_the_start_there_is_nothing_to_do_between_two_tries(agenda: Agenda) -> None:
    new = Agenda()
    new.failed(Full("the daemon has started"), NOW, NOW + MINUTE)
    assert new.next(NOW + 2 * MINUTE, quick=True) is None
    assert isinstance(new.next(NOW + 6 * MINUTE, quick=True), Full)


def test_after_a_new_policy_quick_cycles_go_on_though_the_full_one_fails(agenda: Agenda) -> None:
    agenda.want_full("policy")
    assert isinstance(agenda.next(NOW, quick=True), Full)
    agenda.failed(Full("policy"), NOW, NOW + MINUTE)
    assert isinstance(agenda.next(NOW + 2 * MINUTE, quick=True), Quick)


def test_after_other_settings_there_is_no_quick_cycle_before_a_full_one(agenda: Agenda) -> None:
    """It may be another library system."""
    agenda.want_full("settings", anew=True)
    agenda.failed(Full("settings"), NOW, NOW + MINUTE)
    assert agenda.next(NOW + 2 * MINUTE, quick=True) is None


def test_without_quick_cycles_there_is_nothing_between_the_full_ones(agenda: Agenda) -> None:
    assert agenda.next(NOW, quick=False) is None


def test_when_the_clock_of_the_library_system_went_back_a_full_cycle_follows(agenda: Agenda) -> None:
    agenda.done(Seen(as_of=NOW - 3 * MINUTE), quick(agenda))
    assert isinstance(agenda.next(NOW, quick=True), Full)
