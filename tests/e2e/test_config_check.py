"""config check says beforehand what a daemon would say; config show hides what is secret."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.wiring import cannot_reach
from tests.conftest import Command, Said


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
    assert "warning   writing    Writing is paused on the plugin's page" in said.out
    assert "warning   journal    Writing is paused by `cardwarden pause`" in said.out


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
        "wrong     secrets    environment: CARDWARDEN_LISTEN__TOKEN: is shorter than 16 characters; make a longer one"
    )
    assert password.startswith(
        "wrong     secrets    environment: CARDWARDEN_JOURNAL__PASSWORD_FILE: /proc/nothing cannot be"
    )


def lines_of(said: Said) -> dict[str, str]:
    """What came of each thing, by its name."""
    pairs = [(line[10:21].strip(), line[:9].strip()) for line in (said.out + said.err).splitlines()]
    return {name: state for name, state in pairs if state}


def test_where_all_is_well_each_thing_has_a_line(applied: Command, library: Library) -> None:
    library.set_preference("noissuescharge", "100000")
    library.set_preference("AllFinesNeedOverride", "0")
    said = applied("config", "check")
    assert (said.code, said.err) == (0, "")
    names = ["settings", "secrets", "policy", "journal", "koha", "writing", "fit", "clocks", "stops"]
    assert [name for name, state in lines_of(said).items() if state == "ok"] == names


def test_what_is_wrong_keeps_nothing_else_from_being_tried(
    applied: Command, koha: StandinKoha, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CARDWARDEN_LISTEN__TOKEN", "short")
    monkeypatch.setenv("CARDWARDEN_POLICY", str(tmp_path / "none.toml"))
    monkeypatch.setenv("CARDWARDEN_KOHA__ATTEMPTS", "1")
    monkeypatch.setenv("CARDWARDEN_ALERTS__COMMAND", '["/nowhere/tell"]')
    koha.stop()
    said = applied("config", "check")
    assert said.code == 1
    assert lines_of(said) == {
        "settings": "ok",
        "secrets": "wrong",
        "policy": "wrong",
        "journal": "ok",
        "koha": "wrong",
        **dict.fromkeys(("writing", "fit", "clocks", "stops"), "not tried"),
        "alerts": "warning",
    }
    assert [line.split()[0] for line in said.err.splitlines()] == ["wrong"] * 3


def test_a_policy_that_cannot_be_used_is_the_only_reason_not_to_try_whether_it_fits(
    applied: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken.toml").write_text("[policy]\n")
    monkeypatch.setenv("CARDWARDEN_POLICY", str(tmp_path / "broken.toml"))
    said = applied("config", "check")
    assert said.code == 1
    states = lines_of(said)
    assert (states["koha"], states["clocks"], states["fit"]) == ("ok", "ok", "not tried")
    assert said.err.count("\n") == 2, "both mistakes, each on its line"


def test_a_gate_and_a_mail_server_that_do_not_answer_are_warnings(
    applied: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        monkeypatch.setenv("CARDWARDEN_GATES__SIP2__HOST", "127.0.0.1")
        monkeypatch.setenv("CARDWARDEN_GATES__SIP2__PORT", str(somebody.getsockname()[1]))
        assert lines_of(applied("config", "check"))["gate sip2"] == "ok"
    monkeypatch.setenv("CARDWARDEN_ALERTS__MAIL__HOST", "127.0.0.1")
    monkeypatch.setenv("CARDWARDEN_ALERTS__MAIL__PORT", str(1))
    monkeypatch.setenv("CARDWARDEN_ALERTS__MAIL__SENDER", "cardwarden@example.org")
    monkeypatch.setenv("CARDWARDEN_ALERTS__MAIL__TO", '["it@example.org"]')
    said = applied("config", "check")
    states = lines_of(said)
    assert (said.code, states["gate sip2"], states["mail"]) == (0, "warning", "warning")


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "127.0.0.1:1", "http://[", "127.0.0.1:99999", ""])
def test_an_address_at_which_nobody_listens_is_told_whatever_it_looks_like(address: str) -> None:
    assert cannot_reach(address, 1.0)


def test_the_login_s_provider_is_tried(applied: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ISSUER": "http://127.0.0.1:1/realms/library",
        "CLIENT_ID": "cardwarden",
        "CLIENT_SECRET": "a-secret-of-some-length",
        "ADDRESS": "http://127.0.0.1:8765",
        "LOOK": '["library-it"]',
    }.items():
        monkeypatch.setenv(f"CARDWARDEN_LOGIN__{name}", value)
    said = applied("config", "check")
    assert lines_of(said)["login"] == "warning", said.out + said.err
    assert said.code == 0
