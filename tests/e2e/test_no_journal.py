"""A mistyped journal pauses nothing and forgets nobody, and one in memory keeps no record of what is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from tests.conftest import Command
from tests.e2e.test_bad_input import one_clear_line
from tests.e2e.test_reconcile import ours

NEEDS_A_JOURNAL = [
    ("resume",),
    ("journal",),
    ("approve", "deadbeef"),
    ("privacy", "export", "7"),
    ("privacy", "erase", "7", "--yes"),
    ("undo", "1", "--apply"),
]


@pytest.mark.parametrize("arguments", NEEDS_A_JOURNAL, ids=" ".join)
def test_what_needs_a_journal_refuses_one_that_does_not_exist_yet(
    koha: StandinKoha,
    connect: Callable[..., None],
    cardwarden: Command,
    tmp_path: Path,
    library: Library,
    arguments: tuple[str, ...],
) -> None:
    connect(koha, "mistyped.db")
    one_clear_line(cardwarden(*arguments), "mistyped.db", "does not exist yet", "journal.url")
    assert not (tmp_path / "mistyped.db").exists()
    assert library.writer is None


@pytest.mark.parametrize(
    "arguments",
    [("pause",), ("takeover",), ("release", "7", "--rule", "debt", "--staff", "AB")],
    ids=lambda one: one[0],
)
def test_where_no_setting_names_the_journal_what_should_reach_the_daemon_s_begins_none_of_its_own(
    koha: StandinKoha,
    connect: Callable[..., None],
    cardwarden: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    """The daemon's state directory is systemd's; whoever types has another."""
    connect(koha)
    monkeypatch.delenv("CARDWARDEN_JOURNAL__URL")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    one_clear_line(cardwarden(*arguments), "does not exist yet", "journal.url")


def test_a_pause_says_where_it_paused(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, tmp_path: Path
) -> None:
    connect(koha)
    assert str(tmp_path / "journal.db") in cardwarden("pause").out.replace("\n", "")


@pytest.mark.parametrize("arguments", [("reconcile",), ("reconcile", "--apply"), ("config", "check"), ("explain", "7")])
def test_what_one_begins_with_makes_the_journal(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    connect(koha)
    assert cardwarden(*arguments).code != 1
    assert (tmp_path / "journal.db").exists()


@pytest.mark.parametrize(
    ("mode", "arguments"),
    [
        ("dry-run", ("reconcile", "--apply")),
        ("dry-run", ("retire", "--all", "--apply")),
        ("apply", ("daemon",)),
        ("release-only", ("config", "check")),
    ],
)
def test_a_journal_in_memory_is_refused_where_something_is_written(
    koha: StandinKoha,
    connect: Callable[..., None],
    cardwarden: Command,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    arguments: tuple[str, ...],
) -> None:
    connect(koha)
    monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", "sqlite:///:memory:")
    monkeypatch.setenv("CARDWARDEN_MODE", mode)
    one_clear_line(cardwarden(*arguments), "journal.url", "in memory", "name a file")
    assert ours(library) == set()


def test_a_dry_run_needs_no_journal_that_stays(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(koha)
    monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", "sqlite:///:memory:")
    assert cardwarden("reconcile").code == 2
