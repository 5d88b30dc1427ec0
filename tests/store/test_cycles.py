"""Cycles, the installation a journal belongs to, and the pause switch."""

from uuid import UUID

import pytest

from sidecar.errors import JournalError, OtherIls
from sidecar.ports import CycleOutcome, CycleRecord, Mode, Phase
from sidecar.store import SqlJournal

from .builders import DAY, MINUTE, NOW, POLICY, a_cycle, ended_cycle
from .conftest import Opener


def test_a_cycle_runs_until_it_ends(journal: SqlJournal) -> None:
    cycle = journal.begin_cycle("full", Mode.RELEASE_ONLY, POLICY, NOW)
    assert journal.cycles(10) == [
        CycleRecord(cycle, "full", Mode.RELEASE_ONLY, NOW, None, CycleOutcome.RUNNING, POLICY, None, {}, None)
    ]
    counts = {"add": 3, "undecided": 0}
    journal.end_cycle(cycle, CycleOutcome.PENDING, NOW + MINUTE, counts=counts, plan_digest="ab" * 32)
    (ended,) = journal.cycles(10)
    assert (ended.finished, ended.outcome) == (NOW + MINUTE, CycleOutcome.PENDING)
    assert (ended.counts, ended.plan_digest, ended.error) == (counts, "ab" * 32, None)


def test_a_cycle_keeps_how_long_its_phases_took(journal: SqlJournal) -> None:
    timings = {Phase.PULL: 1234, Phase.WRITE: 0}
    journal.end_cycle(a_cycle(journal), CycleOutcome.DONE, NOW, timings=timings)
    journal.end_cycle(a_cycle(journal), CycleOutcome.DONE, NOW)
    assert [cycle.timings for cycle in journal.cycles(2)] == [{}, timings]


def test_a_failed_cycle_keeps_its_error(journal: SqlJournal) -> None:
    journal.end_cycle(a_cycle(journal), CycleOutcome.FAILED, NOW, error="Koha does not answer.")
    assert journal.cycles(1)[0].error == "Koha does not answer."


def test_cycles_are_listed_from_a_moment_on(journal: SqlJournal) -> None:
    early, late = a_cycle(journal, at=NOW - MINUTE), a_cycle(journal, at=NOW)
    assert [cycle.id for cycle in journal.cycles(9, NOW)] == [late]
    assert [cycle.id for cycle in journal.cycles(9, NOW - MINUTE)] == [late, early]


def test_cycles_are_listed_newest_first_and_not_more_than_asked(journal: SqlJournal) -> None:
    numbers = [a_cycle(journal) for _ in range(4)]
    assert [cycle.id for cycle in journal.cycles(3)] == numbers[:0:-1]
    assert journal.cycles(0) == []


def test_ending_a_cycle_that_is_not_there_is_an_error(journal: SqlJournal) -> None:
    with pytest.raises(JournalError, match="knows no cycle 77"):
        journal.end_cycle(77, CycleOutcome.DONE, NOW)


def test_a_journal_has_a_name_of_its_own_that_stays(url: str, opened: Opener) -> None:
    first = opened(url)
    assert str(UUID(first.instance_id)) == first.instance_id
    assert opened(url).instance_id == first.instance_id


def test_a_journal_is_bound_once_and_refuses_another_installation(journal: SqlJournal) -> None:
    known = [journal.bound_to]
    assert [journal.bind("koha-1"), journal.bind("koha-1")] == [True, False]
    with pytest.raises(OtherIls, match="installation koha-1; this one is koha-2"):
        journal.bind("koha-2")
    assert [*known, journal.bound_to] == [None, "koha-1"]


def test_the_pause_switch_is_seen_by_all(url: str, opened: Opener) -> None:
    daemon, command = opened(url), opened(url)
    seen = [daemon.paused_since]
    command.pause(NOW)
    seen.append(daemon.paused_since)
    command.pause(NOW + MINUTE)
    seen.append(daemon.paused_since)
    command.resume()
    seen.append(daemon.paused_since)
    assert seen == [None, NOW, NOW, None]


def test_a_cycle_whose_process_died_is_a_failed_one_once_another_writes(journal: SqlJournal) -> None:
    dead, dry = a_cycle(journal), a_cycle(journal, Mode.DRY_RUN)
    assert [one.outcome for one in journal.cycles(10)] == [CycleOutcome.RUNNING] * 2, "a dry run ends nobody's"
    a_cycle(journal, at=NOW)
    assert journal.cycles(10)[-1].outcome is CycleOutcome.RUNNING, "who does not hold the seat ends nobody's either"
    with journal.hold("daemon", NOW, DAY):
        running = a_cycle(journal, at=NOW + MINUTE)
    known = {one.id: one for one in journal.cycles(10)}
    assert (known[dead].outcome, known[dead].error) == (CycleOutcome.FAILED, "Its process ended before it did.")
    assert known[dead].finished == NOW + MINUTE
    assert known[running].outcome is known[dry].outcome is CycleOutcome.RUNNING


def test_no_dry_run_lasts_a_day(journal: SqlJournal) -> None:
    dry = a_cycle(journal, Mode.DRY_RUN)
    a_cycle(journal, Mode.DRY_RUN, at=NOW + DAY)
    a_cycle(journal, Mode.DRY_RUN, at=NOW + DAY + MINUTE)
    known = {one.id: one.outcome for one in journal.cycles(10)}
    assert sorted(known.values()) == [CycleOutcome.FAILED, CycleOutcome.RUNNING, CycleOutcome.RUNNING]
    assert known[dry] is CycleOutcome.FAILED


def test_the_full_cycles_since_a_day_that_came_to_their_end(journal: SqlJournal) -> None:
    old = ended_cycle(journal, at=NOW - 3 * DAY)
    dry = ended_cycle(journal, Mode.DRY_RUN, CycleOutcome.PENDING, at=NOW - DAY)
    ended_cycle(journal, kind="quick", at=NOW - DAY)
    ended_cycle(journal, outcome=CycleOutcome.FAILED, at=NOW - DAY)
    last = ended_cycle(journal)
    a_cycle(journal)
    assert [cycle.id for cycle in journal.full_cycles(NOW - 2 * DAY)] == [dry, last]
    assert [cycle.id for cycle in journal.full_cycles(NOW - 3 * DAY)] == [old, dry, last]
