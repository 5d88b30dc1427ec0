"""One cycle at a time writes."""

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from sidecar.errors import Busy, JournalError
from sidecar.ports import Seat
from sidecar.store import SqlJournal
from sidecar.store.database.schema import lease as lease_table
from sidecar.store.records import lease

from .builders import MINUTE, NONE_APPROVED, NOW, POLICY, a_cycle, add
from .conftest import Opener

LIFETIME = timedelta(minutes=10)


@pytest.fixture
def other(url: str, opened: Opener) -> SqlJournal:
    return opened(url)


def _pretend(journal: SqlJournal, **values: object) -> None:
    with journal._database.writing() as connection:
        connection.execute(update(lease_table).values(**values))


def test_while_one_holds_it_another_is_told_who(journal: SqlJournal, other: SqlJournal) -> None:
    with (
        journal.hold("daemon", NOW, LIFETIME),
        pytest.raises(Busy) as refused,
        other.hold("reconcile", NOW + MINUTE, LIFETIME),
    ):
        pass
    message = str(refused.value)
    assert f"`daemon` (process {os.getpid()} on {socket.gethostname()}, since 2026-03-02 09:30:00 UTC)" in message
    assert "free at 2026-03-02 09:40:00 UTC" in message
    assert "\n" not in message


def test_each_seat_is_held_on_its_own(journal: SqlJournal, other: SqlJournal) -> None:
    with journal.hold("daemon", NOW, LIFETIME, Seat.DAEMON), journal.hold("daemon", NOW, LIFETIME, Seat.WRITER):
        with other.hold("release", NOW, LIFETIME, Seat.CYCLE):
            pass
        for seat in (Seat.DAEMON, Seat.WRITER):
            with pytest.raises(Busy, match="`daemon`"), other.hold("reconcile", NOW, LIFETIME, seat):
                pass
    with other.hold("reconcile", NOW, LIFETIME, Seat.WRITER):
        pass


def test_writing_renews_every_seat_and_letting_go_of_one_keeps_the_others(
    journal: SqlJournal, other: SqlJournal
) -> None:
    with journal.hold("daemon", NOW, LIFETIME, Seat.DAEMON):
        with journal.hold("daemon", NOW, LIFETIME, Seat.CYCLE):
            journal.intend(a_cycle(journal), [add("1")], POLICY, NONE_APPROVED, NOW + LIFETIME)
        with pytest.raises(Busy), other.hold("another", NOW + LIFETIME, LIFETIME, Seat.DAEMON):
            pass
        with other.hold("another", NOW + LIFETIME, LIFETIME, Seat.CYCLE):
            pass


def test_it_is_free_when_the_holder_lets_go(journal: SqlJournal, other: SqlJournal) -> None:
    with journal.hold("daemon", NOW, LIFETIME):
        pass
    with other.hold("reconcile", NOW, LIFETIME):
        pass


def test_it_is_free_after_an_error_and_the_error_is_seen(journal: SqlJournal, other: SqlJournal) -> None:
    with pytest.raises(ZeroDivisionError), journal.hold("daemon", NOW, LIFETIME):
        raise ZeroDivisionError
    with other.hold("reconcile", NOW, LIFETIME):
        pass


def test_the_same_process_does_not_hold_it_twice(journal: SqlJournal) -> None:
    with journal.hold("daemon", NOW, LIFETIME), pytest.raises(Busy), journal.hold("daemon", NOW, LIFETIME):
        pass


def test_a_hold_runs_out_unless_it_is_renewed(journal: SqlJournal, other: SqlJournal) -> None:
    with journal.hold("daemon", NOW, LIFETIME):
        journal.renew(NOW + LIFETIME)
        with pytest.raises(Busy), other.hold("reconcile", NOW + LIFETIME, LIFETIME):
            pass
        with other.hold("reconcile", NOW + 2 * LIFETIME, LIFETIME):
            pass


def test_writing_renews_it(journal: SqlJournal, other: SqlJournal) -> None:
    with journal.hold("daemon", NOW, LIFETIME):
        journal.intend(a_cycle(journal), [add("1")], POLICY, NONE_APPROVED, NOW + LIFETIME)
        with pytest.raises(Busy), other.hold("reconcile", NOW + LIFETIME, LIFETIME):
            pass


def test_a_holder_that_lost_it_may_not_write(journal: SqlJournal, other: SqlJournal) -> None:
    with journal.hold("daemon", NOW, LIFETIME):
        cycle = a_cycle(journal)
        with other.hold("reconcile", NOW + LIFETIME, LIFETIME):
            with pytest.raises(Busy, match=r"lost it, so it stops here: The journal .* in use by `reconcile`"):
                journal.intend(cycle, [add("1")], POLICY, NONE_APPROVED, NOW + LIFETIME)
            with pytest.raises(Busy):
                journal.renew(NOW + LIFETIME)
        with pytest.raises(Busy, match="taken and released again"):
            journal.renew(NOW + LIFETIME)
    assert journal.open_intents() == []


def test_one_who_lost_it_does_not_release_the_other_s(journal: SqlJournal, other: SqlJournal) -> None:
    with journal.hold("daemon", NOW, LIFETIME):
        taken = other.hold("reconcile", NOW + LIFETIME, LIFETIME)
        taken.__enter__()
    with pytest.raises(Busy), journal.hold("daemon", NOW + LIFETIME, LIFETIME):
        pass
    taken.__exit__(None, None, None)


def test_without_a_hold_there_is_nothing_to_renew(journal: SqlJournal, other: SqlJournal) -> None:
    journal.renew(NOW)
    with other.hold("reconcile", NOW, LIFETIME):
        pass


def test_a_dead_holder_of_this_host_is_recognised_at_once(url: str, journal: SqlJournal) -> None:
    program = f"""
import os, signal
from datetime import timedelta
from sidecar.store import open_journal
from tests.store.builders import NOW, HandClock
with open_journal({url!r}, clock=HandClock()).hold("daemon", NOW, timedelta(days=1)):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parent.parent.parent
    command = [sys.executable, "-c", program]
    killed = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert killed.returncode == -9, killed.stderr
    with journal.hold("reconcile", NOW, LIFETIME):
        pass


def test_a_number_that_was_given_to_another_process_is_a_dead_holder(journal: SqlJournal, other: SqlJournal) -> None:
    with journal.hold("daemon", NOW, LIFETIME):
        me = lease.myself()
        _pretend(journal, process=f"{me.machine} 1")
        with other.hold("reconcile", NOW, LIFETIME):
            pass


@pytest.mark.parametrize("elsewhere", [{"host": "another-host"}, {"process": "another-boot/pid:[1] 1"}])
def test_a_lease_from_a_clock_that_was_years_ahead_binds_nobody(
    journal: SqlJournal, other: SqlJournal, elsewhere: dict[str, str]
) -> None:
    years = timedelta(days=4 * 365)
    with journal.hold("daemon", NOW + years, LIFETIME):
        _pretend(journal, **elsewhere)
        with other.hold("reconcile", NOW, LIFETIME), pytest.raises(Busy, match="in use by `reconcile`"):
            journal.renew(NOW + years)


def test_a_lease_from_a_clock_that_is_minutes_ahead_is_waited_for(journal: SqlJournal, other: SqlJournal) -> None:
    with journal.hold("daemon", NOW + 40 * MINUTE, LIFETIME):
        _pretend(journal, host="another-host")
        with pytest.raises(Busy, match="free at 2026-03-02 10:20:00 UTC"), other.hold("reconcile", NOW, LIFETIME):
            pass
        with other.hold("reconcile", NOW + 50 * MINUTE, LIFETIME):
            pass


def test_a_holder_of_this_host_that_surely_lives_keeps_a_lease_whose_clock_was_set_back(
    journal: SqlJournal, other: SqlJournal
) -> None:
    with journal.hold("daemon", NOW + timedelta(days=1), LIFETIME):
        with pytest.raises(Busy), other.hold("reconcile", NOW, LIFETIME):
            pass
        journal.renew(NOW)
        with other.hold("reconcile", NOW + LIFETIME, LIFETIME):
            pass


@pytest.mark.parametrize("elsewhere", [{"host": "another-host"}, {"process": "another-boot/pid:[1] 1"}])
def test_a_holder_on_another_host_or_in_another_container_is_waited_for(
    journal: SqlJournal, other: SqlJournal, elsewhere: dict[str, str]
) -> None:
    with journal.hold("daemon", NOW, LIFETIME):
        _pretend(journal, pid=2**22 + 1, **elsewhere)
        with pytest.raises(Busy), other.hold("reconcile", NOW, LIFETIME):
            pass


def test_without_proc_a_missing_process_is_dead_and_a_present_one_is_waited_for(
    journal: SqlJournal, other: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_machine", lambda: None)
    with journal.hold("daemon", NOW, LIFETIME):
        with pytest.raises(Busy), other.hold("reconcile", NOW, LIFETIME):
            pass
        _pretend(journal, pid=2**22 + 1)
        with other.hold("reconcile", NOW, LIFETIME):
            pass


def test_a_process_of_another_user_is_waited_for(
    journal: SqlJournal, other: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(pid: int, signal: int) -> None:
        raise PermissionError

    with journal.hold("daemon", NOW, LIFETIME):
        monkeypatch.setattr(os, "kill", forbidden)
        with pytest.raises(Busy), other.hold("reconcile", NOW, LIFETIME):
            pass


def test_an_error_in_the_cycle_is_not_hidden_by_a_journal_that_fails(journal: SqlJournal) -> None:
    def broken(token: str) -> None:
        raise JournalError("gone")

    journal._let_go = broken  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError), journal.hold("daemon", NOW, LIFETIME):
        raise ZeroDivisionError


def test_a_lease_that_could_not_be_let_go_of_does_not_keep_its_own_journal_out(file: Path, opened: Opener) -> None:
    """Else a daemon whose database was away for a moment would wait for itself."""
    journal, other = opened(f"sqlite:///{file}?timeout=0.05"), opened(f"sqlite:///{file}")
    held = ExitStack()
    held.enter_context(journal.hold("daemon", NOW, LIFETIME))
    with closing(sqlite3.connect(file, isolation_level=None)) as blocker:
        blocker.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalError, match="locked"):
            held.close()
    with pytest.raises(Busy, match="`daemon`"), other.hold("reconcile", NOW, LIFETIME):
        pass
    with journal.hold("daemon", NOW + MINUTE, LIFETIME):
        pass
    with other.hold("reconcile", NOW + MINUTE, LIFETIME):
        pass
