"""A journal that is lost, locked, full, read-only or of another Koha: one clear line, and no write without a record."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sidecar.core.plan import ChangeKind
from sidecar.errors import JournalError, OtherIls, OtherWriter
from sidecar.ports import Mode
from tests.faults.journals import Trouble, beyond_its_quota, full, locked, lost, read_only, run_into
from tests.faults.kills import Morning, cycle, rows_of, unrecorded, world_at

STEPS = range(11, 60, 6)
CONNECTED = 2
NOBODY = 65534
SAYS = {
    locked: "is locked by another process",
    lost: "is no longer the file that was opened",
    full: "its disk is full",
    beyond_its_quota: "its disk is full or fails",
    read_only: "is read-only",
}


@pytest.fixture(scope="module")
def morning() -> Morning:
    return Morning()


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """Its files can only be read; root, who may write them all the same, becomes somebody else."""
    (folder / "journal.db").chmod(0o444)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(NOBODY)
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.mark.parametrize("trouble", SAYS, ids=lambda trouble: trouble.__name__)
def test_trouble_in_the_middle_of_a_cycle_is_one_clear_line_and_nothing_unrecorded(
    morning: Morning, trouble: Trouble
) -> None:
    messages = [run_into(morning, trouble, at) for at in STEPS]
    assert any(message is not None for message in messages)
    assert all(SAYS[trouble] in message for message in messages if message is not None), messages


def test_a_journal_that_was_lost_overnight_writes_nothing_until_it_takes_over_and_then_adds_nothing_unapproved(
    morning: Morning,
) -> None:
    with morning.again() as day:
        (day.folder / "journal.db").unlink()
        with pytest.raises(OtherWriter, match="takeover"):
            cycle(day.place, Mode.APPLY)
        assert rows_of(day.library) == morning.first
        with world_at(day.place) as world:
            assert world.target is not None
            world.target.claim()
        findings = cycle(day.place, Mode.APPLY)
        assert {change.kind for change in findings.done()} <= {ChangeKind.REMOVE, ChangeKind.AMEND}
        assert rows_of(day.library) <= morning.first
        assert not unrecorded(morning.first, day.library, day.place)


def test_a_journal_of_another_koha_is_refused_and_nothing_is_written(morning: Morning) -> None:
    with morning.again() as day:
        day.library.replace_installation("another")
        with pytest.raises(OtherIls, match="belongs to another library system"):
            cycle(day.place, Mode.APPLY)
        assert rows_of(day.library) == morning.first
        assert day.posts() == 0


def test_a_journal_that_is_locked_from_the_beginning_stops_the_cycle_before_anything_is_read(morning: Morning) -> None:
    assert run_into(morning, locked, CONNECTED + 1) is not None


def test_a_journal_that_this_user_may_not_write_stops_everything(morning: Morning) -> None:
    with morning.again() as day:
        with unprivileged(day.folder), pytest.raises(JournalError, match="this user") as refused:
            cycle(day.place, Mode.APPLY)
        assert "\n" not in str(refused.value)
        assert day.posts() == 0
