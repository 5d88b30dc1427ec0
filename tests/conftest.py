"""Shared by all tests: a stand-in Koha over real HTTP, and the command line as a user calls it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.cli import run


@pytest.fixture(autouse=True)
def nothing_from_the_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, and no proxy, gets into a test."""
    for key in list(os.environ):
        if key.startswith("CARDWARDEN_") or key.lower().endswith("_proxy"):
            monkeypatch.delenv(key)
    for key in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@dataclass(frozen=True)
class Said:
    """What a command said and with which exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def cardwarden(capsys: pytest.CaptureFixture[str]) -> Command:
    """Call a command in this process: `cardwarden("reconcile", "--apply")`."""

    def call(*arguments: str) -> Said:
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call


@pytest.fixture
def library() -> Library:
    """A library of 600 patrons with one clear subject of each kind."""
    return build_library(600)


@pytest.fixture
def koha(library: Library) -> Iterator[StandinKoha]:
    """A Koha with the plugin."""
    with StandinKoha(library) as server:
        yield server


@pytest.fixture
def plain_koha(library: Library) -> Iterator[StandinKoha]:
    """A Koha without the plugin."""
    with StandinKoha(library, plugin=False) as server:
        yield server


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Point the settings at a Koha, with a journal of one's own."""

    def point(server: StandinKoha, journal: str = "journal.db") -> None:
        monkeypatch.setenv("CARDWARDEN_KOHA__URL", server.url)
        monkeypatch.setenv("CARDWARDEN_KOHA__CLIENT_ID", server.client_id)
        monkeypatch.setenv("CARDWARDEN_KOHA__CLIENT_SECRET", server.client_secret)
        monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", f"sqlite:///{tmp_path / journal}")

    return point


class FrozenClock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime(2026, 11, 23, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at
