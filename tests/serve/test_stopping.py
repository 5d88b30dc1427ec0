"""SIGTERM is obeyed within 15 seconds, whatever hangs, and nothing is lost by it."""

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from sidecar.ports import Result, Seat
from sidecar.store import open_journal
from sidecar.wiring import SystemClock
from tests.serve.running import Running, blocked, eventually, running

ENDED_WITHIN = 15.0


def ends(daemon: Running) -> None:
    """As it is told to, in time."""
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < ENDED_WITHIN


def test_a_koha_that_hangs_on_a_read_keeps_nobody_alive(koha: StandinKoha, tmp_path: Path) -> None:
    with running(tmp_path / "d", koha) as daemon:
        eventually(lambda: daemon.health()["waiting"])
        koha.faults.add(parse_fault("latency=30"))
        time.sleep(2)  # a quick cycle, of which there is one a second, has begun and waits
        ends(daemon)
        assert daemon.logged("a cycle that waits for Koha or the journal is broken off; the next one settles it")
        assert daemon.logged("stopped")
        with open_journal(daemon.journal, clock=SystemClock()) as journal:
            for seat in Seat:
                with journal.hold("another", SystemClock().now(), timedelta(minutes=1), seat):
                    pass


def test_a_koha_that_hangs_on_a_write_leaves_what_the_next_cycle_settles(koha: StandinKoha, tmp_path: Path) -> None:
    with running(tmp_path / "d", koha) as daemon:
        waiting = eventually(lambda: daemon.health()["waiting"])
        assert isinstance(waiting, list)
        koha.faults.add(parse_fault("timeout-after-write=30"))
        daemon.run("approve", waiting[0]["digest"])
        written = eventually(lambda: blocked(koha.library))
        ends(daemon)
        with open_journal(daemon.journal, clock=SystemClock()) as journal:
            assert {int(intent.patron) for intent in journal.open_intents()} == written
        koha.faults.clear()
        daemon.start()
        eventually(lambda: daemon.full_cycles() >= 2)
        with open_journal(daemon.journal, clock=SystemClock()) as journal:
            assert journal.open_intents() == []
            assert {change.result for change in journal.changes(limit=1000)} == {Result.WRITTEN}
        assert blocked(koha.library) == written
        ends(daemon)


def test_a_mail_server_that_says_nothing_keeps_nobody_alive(koha: StandinKoha, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, running(tmp_path / "d", koha, start=False) as daemon:
        mail = (
            f'[alerts.mail]\nhost = "127.0.0.1"\nport = {server.getsockname()[1]}\n'
            'sender = "a@example.org"\nto = ["b@example.org"]\n'
        )
        daemon.settings.write_text(daemon.settings.read_text() + "timeout = 60\n" + mail)
        daemon.start()
        eventually(lambda: ("held-back", "first_cycle", "begun") in daemon.alerts())
        server.settimeout(20)
        connection, _ = server.accept()
        with connection:
            ends(daemon)


def test_a_journal_that_is_locked_while_it_starts_keeps_nobody_alive(koha: StandinKoha, tmp_path: Path) -> None:
    with running(tmp_path / "d", koha, start=False, more="[journal]\nlock_timeout = 50\nanswer_timeout = 60") as daemon:
        open_journal(daemon.journal, clock=SystemClock()).close()
        with closing(sqlite3.connect(tmp_path / "d" / "journal.db", isolation_level=None)) as another:
            another.execute("BEGIN IMMEDIATE")
            daemon.begin()
            eventually(lambda: [one for one in daemon.events() if "is in use by" in str(one["event"])])
            ends(daemon)


@contextmanager
def manager(folder: Path) -> Iterator[socket.socket]:
    """systemd's end of the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(folder / "notify"))
        line.settimeout(20)
        yield line


def test_systemd_hears_that_it_started_that_it_lives_and_that_it_stops(
    koha: StandinKoha, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with manager(tmp_path) as line, running(tmp_path / "d", koha, start=False) as daemon:
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "1500000")
        daemon.start()
        assert [line.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        ends(daemon)
        line.settimeout(1)
        words = []
        while not words or words[-1] != b"STOPPING=1":
            words.append(line.recv(100))
        assert set(words[:-1]) <= {b"WATCHDOG=1"}
