"""What quick cycles cost the daemon's worker, in milliseconds of its own CPU: quiet ones, those right after a burst of
writes of its own, and those of a journal without a case. The stand-in runs in another process.

`python -m tests.bench.quick 10000` for another size.
"""

import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import requests
import structlog

from sidecar import wiring
from sidecar.ports import Journal
from sidecar.serve.alerts.book import AlertBook
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.events import CycleEvents
from sidecar.serve.liveness.pulse import Pulse
from sidecar.serve.logs import configure_logs
from sidecar.serve.pages.metrics import Metrics
from sidecar.serve.state import Board, State
from sidecar.serve.worker import House, Worker
from sidecar.settings import load_settings
from tests.bench.library import library

PATRONS = 100_000
QUIET = 50
AFTER_BURST = 5


class Clock:
    """The machine's, which can be moved on: what a burst leaves behind counts for some minutes."""

    ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Daemon:
    """A daemon's worker and what it tells of, without its threads."""

    def __init__(self, folder: Path, journal: Journal, log: structlog.stdlib.BoundLogger) -> None:
        loaded = load_settings()
        self.clock, self.journal = Clock(), journal
        self.configuration = LiveConfiguration(loaded)
        alerts = AlertBook(folder / "alerts", [], log)
        policy = self.configuration.policy.policy
        self.board = Board(
            State(mode="apply", started=self.clock.now(), policy_name=policy.name, policy_digest=policy.digest)
        )
        events = CycleEvents(self.board, Metrics(self.board, alerts), alerts, self.configuration, log)
        house = House(self.configuration, journal, self.clock, threading.Event(), Pulse())
        self.worker = Worker(house, events, log, changed=lambda: None)
        self._koha = loaded.settings.koha.url

    def tick(self) -> float:
        """Milliseconds of CPU of one call."""
        began = time.thread_time()
        self.worker.tick()
        return (time.thread_time() - began) * 1000

    def later(self, minutes: int) -> None:
        """Koha's clock goes on, and the machine's."""
        requests.post(f"{self._koha}/standin/advance", json={"seconds": minutes * 60}, timeout=30).raise_for_status()
        self.clock.ahead += timedelta(minutes=minutes)

    def approve(self) -> None:
        """Let what waits go."""
        for waiting in self.board.now.waiting:
            self.journal.approve(waiting.digest, self.clock.now(), timedelta(hours=24))


@contextmanager
def daemon(patrons: int) -> Iterator[Daemon]:
    """A daemon that may write, on a stand-in of so many patrons in a process of its own."""
    ours = {"MODE": "apply", "KOHA__CLOCK_TOLERANCE": "999d", "LOG__LEVEL": "error"}
    with library(patrons) as (folder, there):
        there |= {f"CARDWARDEN_{name}": value for name, value in ours.items()}
        with mock.patch.dict(os.environ, there):
            loaded = load_settings()
            with wiring.opened_journal(loaded, Clock()) as journal:
                one = Daemon(folder, journal, configure_logs(loaded.settings.log))
                yield one
                one.worker.close()


def told(what: str, runs: list[float]) -> None:
    sys.stdout.write(f"  {what:<40}{statistics.median(runs):>9.1f} ms\n")


def main(patrons: int = PATRONS) -> None:
    """Print the lines."""
    with daemon(patrons) as one:
        sys.stdout.write(f"quick cycles of a daemon, {patrons} patrons, CPU of its own thread\n")
        one.tick()
        told("quiet, no card blocked yet", [one.tick() for _ in range(QUIET)])
        one.approve()
        one.tick()
        cases = len(one.journal.cases())
        told(f"the first that reads {cases} of its writes", [one.tick()])
        told("each that reads them again", [one.tick() for _ in range(AFTER_BURST)])
        for _ in range(2):
            one.later(10)
            one.tick()
        told(f"quiet, {cases} cards blocked", [one.tick() for _ in range(QUIET)])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
