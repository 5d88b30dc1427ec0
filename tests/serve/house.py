"""The daemon's worker in this process, on a stand-in Koha over HTTP, with a clock that is moved by hand."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import structlog

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from sidecar import wiring
from sidecar.ports import Journal
from sidecar.serve.alerts.book import AlertBook
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.events import CycleEvents
from sidecar.serve.liveness.pulse import Pulse
from sidecar.serve.pages.metrics import Metrics
from sidecar.serve.pages.shown import Shown
from sidecar.serve.state import Board, State
from sidecar.serve.worker import House, Worker
from sidecar.settings import load_settings
from tests.serve.running import POLICY, leave_all_to_the_policy

LOG: structlog.stdlib.BoundLogger = structlog.get_logger()


class Clock:
    """The machine's clock and what it was moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Serving:
    """The parts of a daemon without its threads."""

    def __init__(self, folder: Path, koha: StandinKoha, journal: Journal, settings: Path) -> None:
        self.library: Library = koha.library
        self.koha = koha
        self.clock = Clock()
        self.journal = journal
        self.policy = folder / "policy.toml"
        self.settings = settings
        self.configuration = LiveConfiguration(load_settings(settings))
        self.alerts = AlertBook(folder / "alerts", ["command"], LOG)
        self.board = Board(
            State(
                mode=str(self.configuration.loaded.settings.mode),
                started=self.clock.now(),
                policy_name="Test",
                policy_digest=self.configuration.policy.policy.digest,
            )
        )
        self.metrics = Metrics(self.board, self.alerts)
        self.events = CycleEvents(self.board, self.metrics, self.alerts, self.configuration, LOG)
        self.stop = threading.Event()
        self.pulse = Pulse()
        self.followed = 0
        self.worker = Worker(
            House(self.configuration, journal, self.clock, self.stop, self.pulse),
            self.events,
            LOG,
            changed=self._follow,
        )

    @property
    def shown(self) -> Shown:
        return Shown(self.board, self.metrics, self.alerts, self.configuration, self.journal, self.clock, self.pulse)

    def tick(self, times: int = 1, **later: float) -> str:
        """Call the worker, after a while; gives the kind of the last cycle."""
        self.clock.ahead += timedelta(**later)
        for _ in range(times):
            self.worker.tick()
        return f"{self.board.now.last_kind} {self.board.now.last_outcome}"

    def approve(self) -> None:
        self.journal.approve(self.board.now.waiting[-1].digest, self.clock.now(), timedelta(hours=24))

    def standing(self) -> list[tuple[str, str]]:
        return [(one.alert.cause, one.alert.subject) for one in self.alerts.begun()]

    def kinds(self) -> list[str]:
        return [cycle.kind for cycle in reversed(self.journal.cycles(1000))]

    def metric(self, line: str) -> float | None:
        for found in self.metrics.render().decode().splitlines():
            if found.startswith(f"{line} "):
                return float(found.rpartition(" ")[2])
        return None

    def _follow(self) -> None:
        self.followed += 1


@contextmanager
def serving(folder: Path, koha: StandinKoha, more: str = "", mode: str = "apply") -> Iterator[Serving]:
    leave_all_to_the_policy(koha.library)
    (folder / "policy.toml").write_text(POLICY.format(block_at="225.00"))
    settings = folder / "sidecar.toml"
    settings.write_text(f'mode = "{mode}"\n{more}\n')
    values = {
        "CARDWARDEN_KOHA__URL": koha.url,
        "CARDWARDEN_KOHA__CLIENT_ID": koha.client_id,
        "CARDWARDEN_KOHA__CLIENT_SECRET": koha.client_secret,
        "CARDWARDEN_KOHA__ATTEMPTS": "1",
        "CARDWARDEN_KOHA__CLOCK_TOLERANCE": "999d",  # the tests move one clock and not the other
        "CARDWARDEN_JOURNAL__URL": f"sqlite:///{folder / 'journal.db'}",
    }
    with mock.patch.dict(os.environ, values):
        loaded = load_settings(settings)
        with wiring.opened_journal(loaded) as journal:
            house = Serving(folder, koha, journal, settings)
            try:
                yield house
            finally:
                house.worker.close()
