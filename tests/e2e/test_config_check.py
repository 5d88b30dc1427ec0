"""config check says beforehand what a daemon would say; config show hides what is secret."""

from collections.abc import Callable

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from tests.conftest import Command


def test_a_koha_of_another_installation_is_an_error(
    applied: Command, connect: Callable[..., None], cardwarden: Command
) -> None:
    with StandinKoha(build_library(500, seed=2)) as another:
        connect(another)
        said = cardwarden("config", "check")
    assert said.code == 1
    assert "The journal belongs to another installation" in said.err
    assert "takeover" not in said.err


@pytest.mark.parametrize(("mode", "code"), [("apply", 1), ("release-only", 1), ("dry-run", 0)])
def test_another_journal_that_wrote_last_is_an_error_where_this_one_would_write(
    applied: Command,
    koha: StandinKoha,
    connect: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    code: int,
) -> None:
    monkeypatch.setenv("CARDWARDEN_MODE", mode)
    assert applied("config", "check").code == 0
    connect(koha, "another.db")
    said = applied("config", "check")
    assert said.code == code
    assert "`cardwarden takeover`" in (said.err if code else said.out)


@pytest.mark.parametrize(("mode", "code"), [("apply", 1), ("release-only", 1), ("dry-run", 0)])
def test_a_mode_that_writes_needs_the_plugin(
    plain_koha: StandinKoha,
    connect: Callable[..., None],
    cardwarden: Command,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    code: int,
) -> None:
    connect(plain_koha)
    monkeypatch.setenv("CARDWARDEN_MODE", mode)
    said = cardwarden("config", "check")
    assert said.code == code
    assert (f"mode {mode} cannot write" in said.err) is bool(code)


def test_each_pause_switch_is_a_warning(applied: Command, library: Library) -> None:
    library.pause_plugin()
    applied("pause")
    said = applied("config", "check")
    assert said.code == 0
    assert "warning   Writing is paused on the plugin's page" in said.out
    assert "warning   Writing is paused by `cardwarden pause`" in said.out


@pytest.mark.parametrize("trouble", ["unregister_type", "delete_restriction_type"])
def test_a_restriction_type_that_cannot_be_written_is_an_error(
    applied: Command, library: Library, trouble: str
) -> None:
    getattr(library, trouble)("CW_PIN")
    said = applied("config", "check")
    assert said.code == 1
    assert "restriction type CW_PIN" in said.err


def test_passwords_inside_urls_are_not_shown(cardwarden: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", "postgresql://cw:hunter2@db/journal?password=hunter3")
    shown = cardwarden("config", "show").out
    assert "hunter" not in shown
    assert "postgresql://cw:***@db/journal?password=***" in shown
    monkeypatch.setenv("CARDWARDEN_KOHA__URL", "https://joe:hunter4@koha.example.org")
    refused = cardwarden("config", "show")
    assert (refused.code, refused.out) == (1, "")
    assert "CARDWARDEN_KOHA__URL: holds a user, a password" in refused.err
    assert "hunter" not in refused.err


def test_all_secrets_that_a_daemon_needs_are_looked_for_at_once(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(koha)
    monkeypatch.setenv("CARDWARDEN_LISTEN__TOKEN", "short")
    monkeypatch.setenv("CARDWARDEN_JOURNAL__PASSWORD_FILE", "/proc/nothing")
    said = cardwarden("config", "check")
    assert said.code == 1
    token, password = sorted(said.err.splitlines(), reverse=True)
    assert token == (
        "cardwarden: environment: CARDWARDEN_LISTEN__TOKEN: is shorter than 16 characters; make a longer one"
    )
    assert password.startswith("cardwarden: environment: CARDWARDEN_JOURNAL__PASSWORD_FILE: /proc/nothing cannot be")
