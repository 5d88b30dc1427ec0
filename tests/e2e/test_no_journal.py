"""A mistyped journal pauses nothing and forgets nobody, and one in memory keeps no record of what is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.standin.library import Library
from adapters.standin.server import StandinKoha
from tests.conftest import Command
from tests.e2e.test_bad_input import one_clear_line
from tests.e2e.test_reconcile import ours

NEEDS_A_JOURNAL = [
    ("pause",),
    ("resume",),
    ("takeover",),
    ("journal",),
    ("approve", "deadbeef"),
    ("privacy", "export", "7"),
    ("privacy", "erase", "7", "--yes"),
    ("release", "7", "--rule", "debt", "--staff", "AB"),
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
