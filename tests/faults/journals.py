"""What can happen to a journal in the middle of a cycle, for real, and what must then be true."""

import os
import resource
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from sidecar.cycle.run import run_once
from sidecar.errors import JournalError
from sidecar.policy import load_policy
from sidecar.ports import Mode
from sidecar.store import SqlJournal
from tests.faults.disturb import Disturbance
from tests.faults.kills import POLICY, Morning, changes_of, order_of, unrecorded, world_at

Trouble = Callable[[SqlJournal, Path], AbstractContextManager[None]]
Prepare = Callable[[Path], AbstractContextManager[object]]
FILES = ("journal.db", "journal.db-wal", "journal.db-shm")


@contextmanager
def locked(_journal: SqlJournal, folder: Path) -> Iterator[None]:
    """Another program holds it."""
    other = sqlite3.connect(folder / "journal.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.close()


@contextmanager
def lost(_journal: SqlJournal, folder: Path) -> Iterator[None]:
    """Somebody deletes it; what was in it is kept aside, to be looked at afterwards."""
    for name in FILES:
        (folder / name).rename(folder / f"kept-{name}")
    yield
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
        (folder / f"kept-{name}").rename(folder / name)


@contextmanager
def full(journal: SqlJournal, _folder: Path) -> Iterator[None]:
    """SQLite finds no further page for it."""
    _pragma(journal, "max_page_count = 1")
    yield
    _pragma(journal, "max_page_count = 1000000")


@contextmanager
def beyond_its_quota(_journal: SqlJournal, folder: Path) -> Iterator[None]:
    """The system lets this process write no larger file: a real failing write, for root too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / "journal.db-wal").stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@contextmanager
def read_only(journal: SqlJournal, _folder: Path) -> Iterator[None]:
    """SQLite refuses every write."""
    _pragma(journal, "query_only = ON")
    yield
    _pragma(journal, "query_only = OFF")


def _pragma(journal: SqlJournal, what: str) -> None:
    with journal._database._engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA {what}")


@contextmanager
def filled_disk(_journal: SqlJournal, folder: Path) -> Iterator[None]:
    """The disk that it is on has no room: needs `small_disk`."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 512)
        except OSError:
            pass
    yield
    filler.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of one megabyte on this folder; only root may make one."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def may_mount(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    try:
        with small_disk(folder):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def run_into(morning: Morning, trouble: Trouble, at: int, on: Prepare = nullcontext) -> str | None:
    """Let trouble come at that call of a cycle; the error's message, None if the cycle came to its end all the same.

    Asserts that the error is one line which names the journal, and that every write to Koha is in the journal.
    """
    message = None
    with morning.again(on) as day, ExitStack() as standing:
        place = day.place
        disturbance = Disturbance(at, lambda: None)
        with world_at(replace(place, journal=f"{place.journal}?timeout=0.05"), disturbance) as world:
            journal = world.journal._thing

            disturbance.happens = lambda: standing.enter_context(trouble(journal, day.folder))
            try:
                run_once(world, load_policy(POLICY).policy, order_of(Mode.APPLY))
            except JournalError as error:
                message = str(error)
                assert "\n" not in message
                assert str(day.folder) in message
            standing.close()
        assert disturbance.calls >= at or message is not None, "the cycle has fewer calls"
        intended = {change.intended for change in changes_of(place)}
        assert day.posts() <= len(intended), "it went on writing to Koha without a journal"
        assert not unrecorded(morning.first, day.library, place)
    return message
