"""The daemon on a PostgreSQL whose network falls silent: an alert within two minutes, and its end when told to."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import urlsplit

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from tests.serve.running import Running, eventually, running
from tests.store.network import Network, Silence, network
from tests.store.postgres import Cluster

ALERT_WITHIN: Final = 120.0
ENDED_WITHIN: Final = 15.0
PATRONS: Final = 120

_STARTING: Final = Lock()
"""One starts after the other: what is measured is the waiting, not a machine with five daemons to start."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds: from the silence to the alert, from the network's recovery to its end, from SIGTERM to the end."""

    alert: float
    over: float
    ended: float

    def __str__(self) -> str:
        return f"alert after {self.alert:.0f} s, over after {self.over:.0f} s, ended after {self.ended:.1f} s"


@contextmanager
def daemon_over(line: Network, cluster: Cluster, folder: Path) -> Iterator[Running]:
    """A daemon that has written its first cycle, with its journal at the other end of the line."""
    database = urlsplit(cluster.new_database()).path.strip("/")
    with (
        StandinKoha(build_library(PATRONS)) as koha,
        running(folder, koha, start=False, more="[brakes]\nadditions = { absolute = 1000 }") as daemon,
    ):
        daemon.journal = line.url(database)
        with _STARTING:
            daemon.start()
        daemon.approve_what_waits()
        yield daemon


def silence(cluster: Cluster, folder: Path, how: Silence) -> Figures:
    """Let the network fall silent, heal, and fall silent again under a daemon with the settings that everybody has."""
    with network(cluster.directory) as line, daemon_over(line, cluster, folder) as daemon:
        line.fall_silent(how)
        began = time.monotonic()
        eventually(lambda: ("no-journal", "", "begun") in daemon.alerts(), ALERT_WITHIN)
        alert = time.monotonic() - began
        assert daemon.get("/healthz").status_code == 200, "it waits, but it lives"
        assert daemon.get("/readyz").status_code == 503
        assert "does not answer" in daemon.get("/").text
        line.heal()
        began, full = time.monotonic(), daemon.cycles()
        eventually(lambda: ("no-journal", "", "over") in daemon.alerts(), ALERT_WITHIN)
        over = time.monotonic() - began
        eventually(lambda: daemon.cycles() > full, ALERT_WITHIN)
        line.fall_silent(how)
        ended = ends(daemon)
    return Figures(alert, over, ended)


def ends(daemon: Running) -> float:
    """Seconds from SIGTERM to the end, which is in time and in order."""
    began = time.monotonic()
    assert daemon.stop(signal.SIGTERM) == 0
    took = time.monotonic() - began
    assert took < ENDED_WITHIN, f"it took {took:.1f} s to end"
    return took
