"""A journal that somebody else writes: whoever waits for it hears so, and for whom."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread, Timer

import pytest
from sqlalchemy import text

from sidecar.errors import JournalError
from sidecar.store import SqlJournal, open_journal
from sidecar.store.database.patience import Patience

from .builders import NOW, HandClock
from .conftest import DATABASES
from .postgres import Cluster

HOLDS = """
import sqlite3, sys
sys.stdin.readline()
journal = sqlite3.connect(sys.argv[1], isolation_level=None)
journal.execute("BEGIN IMMEDIATE")
print("mine", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits is told sooner than in two seconds."""
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"sidecar.store.database.{module}.SAID_AFTER", 0.2)


@contextmanager
def another_process(file: Path, first: Callable[[int], None] = lambda _pid: None) -> Iterator[subprocess.Popen[str]]:
    """It writes in the journal until it is let go of; `first` is called with its number before it begins."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        first(other.pid)
        other.stdin.write("go\n")
        other.stdin.flush()
        assert other.stdout.readline() == "mine\n"
        yield other
        with suppress(BrokenPipeError, ValueError):
            other.stdin.close()


@contextmanager
def held(journal: SqlJournal) -> Iterator[None]:
    with journal._database.writing() as connection:
        connection.execute(text("UPDATE installation SET bound_to = 'x'"))
        yield


def after(seconds: float, call: Callable[[], object]) -> None:
    Timer(seconds, call).start()


def test_a_writer_of_another_process_is_named_by_its_number(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_journal(f"sqlite:///{file}", clock=HandClock(), patience=Patience(lock=20)) as journal:
        with another_process(file) as other:
            assert other.stdin is not None
            after(0.6, other.stdin.close)
            journal.pause(NOW)
        assert journal.paused_since == NOW
    (said,) = caplog.messages
    assert f"The journal ({file}) is in use by `" in said
    assert said.endswith(f"` (process {other.pid}): waiting up to 20 s.")


def test_a_holder_of_a_lease_is_named_as_it_calls_itself(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_journal(f"sqlite:///{file}", clock=HandClock(), patience=Patience(lock=20)) as journal:

        def on_its_seat(pid: int) -> None:
            with journal._database.writing() as connection:
                connection.execute(text("UPDATE lease SET owner = 'cardwarden daemon', pid = :pid"), {"pid": pid})

        with another_process(file, on_its_seat) as other:
            assert other.stdin is not None
            after(0.6, other.stdin.close)
            journal.pause(NOW)
    assert caplog.messages == [
        f"The journal ({file}) is in use by `cardwarden daemon` (process {other.pid}): waiting up to 20 s."
    ]


def test_who_waits_for_himself_is_told_so(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_journal(f"sqlite:///{file}", clock=HandClock(), patience=Patience(lock=20)) as journal:
        other = Thread(target=journal.pause, args=(NOW,))
        with held(journal):
            other.start()
            other.join(0.6)
        other.join()
    assert caplog.messages == [f"The journal ({file}) is in use by another part of this process: waiting up to 20 s."]


def test_a_turn_that_comes_at_once_is_no_news(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_journal(f"sqlite:///{file}", clock=HandClock()) as journal:
        journal.pause(NOW)
        journal.resume()
    assert caplog.messages == []


def test_a_turn_that_never_comes_is_an_error_after_the_time_for_it(url: str) -> None:
    lock, holder = Patience(lock=0.5, answer=5), HandClock()
    with (
        open_journal(url, clock=holder) as one,
        open_journal(url, clock=holder, patience=lock) as other,
        held(one),
        pytest.raises(JournalError, match="is locked by another process"),
    ):
        other.bind("y")


@pytest.mark.skipif("postgresql" not in DATABASES, reason="there is no PostgreSQL here")
def test_on_postgresql_the_holder_is_named_by_the_server(cluster: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    url = cluster.new_journal()
    with open_journal(url, clock=HandClock()) as one, open_journal(url, clock=HandClock()) as other:
        with held(one):
            waiting = Thread(target=other.bind, args=("x",))
            waiting.start()
            waiting.join(1.0)
        waiting.join()
        assert other.bound_to == "x"
    (said,) = caplog.messages
    assert "is in use by `cardwarden, process " in said
    assert "waiting up to 30 s." in said
