"""A real `cardwarden daemon` in a process of its own, and what it says of itself."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TypeVar
from unittest import mock

import requests

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from sidecar import cli
from tests.conftest import Said

T = TypeVar("T")

CARDWARDEN = Path(sys.executable).parent / "cardwarden"
POLICY = """
[policy]
name      = "Test"
currency  = "DKK"
languages = ["da"]
time_zone = "Europe/Copenhagen"

[kinds]
replacement = ["LOST"]

[rules.debt]
kind     = "debt"
block_at = {block_at}
"""
SECONDS = 60.0
"""A busy machine's: nobody waits longer than it takes."""


def eventually(look: Callable[[], T], seconds: float = SECONDS) -> T:
    """What `look` gives, as soon as it gives something."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"not within {seconds} s: {look.__doc__ or look}"
        time.sleep(0.05)
    return found


def leave_all_to_the_policy(library: Library) -> None:
    """A Koha whose own limits refuse nobody whom the policy calls clear, and that stops renewals of the blocked."""
    for name, value in (
        ("noissuescharge", "100000"),
        ("AllFinesNeedOverride", "0"),
        ("maxoutstanding", "100000"),
        ("OPACFineNoRenewals", ""),
        ("RestrictionBlockRenewing", "1"),
    ):
        library.set_preference(name, value)


class Running:
    """The daemon under test."""

    def __init__(self, folder: Path, koha: StandinKoha) -> None:
        self.folder = folder
        self.koha = koha
        self.policy = folder / "policy.toml"
        self.settings = folder / "sidecar.toml"
        self.told = folder / "told.jsonl"
        self.log_file = folder / "daemon.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.journal = f"sqlite:///{folder / 'journal.db'}"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CARDWARDEN_CONFIG": str(self.settings),
            "CARDWARDEN_KOHA__URL": self.koha.url,
            "CARDWARDEN_KOHA__CLIENT_ID": self.koha.client_id,
            "CARDWARDEN_KOHA__CLIENT_SECRET": self.koha.client_secret,
            "CARDWARDEN_JOURNAL__URL": self.journal,
            "STATE_DIRECTORY": str(self.folder),
            "PYTHONUNBUFFERED": "1",
        }

    def configure(self, *, mode: str = "apply", quick_every: str = "1s", more: str = "") -> None:
        tell = f"cat >> {self.told}; echo >> {self.told}"
        self.settings.write_text(
            f'mode = "{mode}"\n{more}\n[schedule]\nfull = ["03:15"]\nquick_every = "{quick_every}"\n'
            f'[listen]\nport = 0\n[log]\nformat = "json"\nlevel = "debug"\n'
            f'[alerts]\ncommand = ["/bin/sh", "-c", "{tell}"]\n',
            encoding="utf-8",
        )

    def block_at(self, amount: str) -> None:
        self.policy.write_text(POLICY.format(block_at=amount), encoding="utf-8")

    def start(self) -> None:
        self.begin()
        self.port = eventually(self._port)

    def begin(self) -> None:
        """Start the process, and wait for nothing."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [CARDWARDEN, "daemon"], env=self.environment(), stdout=log, stderr=log, cwd=self.folder
            )

    def run(self, *arguments: str) -> Said:
        """A command, in this process: it begins sooner so."""
        out, err = io.StringIO(), io.StringIO()
        with mock.patch.dict(os.environ, self.environment(), clear=True), redirect_stdout(out), redirect_stderr(err):
            code = cli.run(list(arguments))
        return Said(code, out.getvalue(), err.getvalue())

    def second(self) -> Said:
        """A second daemon, in a process of its own, which must end by itself."""
        done = subprocess.run(
            [CARDWARDEN, "daemon"], env=self.environment(), capture_output=True, text=True, check=False, timeout=SECONDS
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        self.process = None
        return code

    def events(self) -> list[dict[str, object]]:
        lines = self.log_file.read_text(encoding="utf-8").splitlines() if self.log_file.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def logged(self, event: str) -> list[dict[str, object]]:
        return [entry for entry in self.events() if entry["event"] == event]

    def alerts(self) -> list[tuple[str, str, str]]:
        lines = self.told.read_text(encoding="utf-8").splitlines() if self.told.exists() else []
        told = [json.loads(line) for line in lines if line]
        return [(one["cause"], one["subject"], one["state"]) for one in told]

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def health(self) -> dict[str, object]:
        found = self.get("/healthz").json()
        assert isinstance(found, dict)
        return found

    def metric(self, line: str) -> float:
        for found in self.get("/metrics").text.splitlines():
            if found.startswith(f"{line} "):
                return float(found.rpartition(" ")[2])
        return 0.0

    def cycles(self) -> int:
        return len(self.logged("cycle done"))

    def full_cycles(self) -> int:
        return len([entry for entry in self.logged("cycle done") if entry["kind"] == "full"])

    def approve_what_waits(self) -> None:
        waiting = eventually(lambda: self.health()["waiting"])
        assert isinstance(waiting, list)
        approved = self.run("approve", waiting[-1]["digest"])
        assert approved.code == 0, approved.err
        eventually(lambda: not self.health()["waiting"])

    def _port(self) -> int | None:
        assert self.process is not None
        assert self.process.poll() is None, self.log_file.read_text(encoding="utf-8")
        started = self.logged("started")
        return int(str(started[-1]["port"])) if started else None


@contextmanager
def running(
    folder: Path, koha: StandinKoha, *, block_at: str = "225.00", start: bool = True, **settings: str
) -> Iterator[Running]:
    folder.mkdir(exist_ok=True)
    leave_all_to_the_policy(koha.library)
    daemon = Running(folder, koha)
    daemon.block_at(block_at)
    daemon.configure(**settings)
    try:
        if start:
            daemon.start()
        yield daemon
    finally:
        if daemon.process is not None:
            daemon.process.kill()
            daemon.process.wait(SECONDS)


def blocked(library: Library, restriction_type: str = "CW_DEBT") -> set[int]:
    return {row["borrowernumber"] for row in library.rows() if row["type"] == restriction_type}
