"""Whatever is wrong: one clear line that says what to do, exit code 1, and nothing written to the ILS."""

import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import typer

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.cli import configuration
from tests.conftest import Command, Said
from tests.e2e.test_reconcile import digest_in, ours


def one_clear_line(said: Said, *words: str) -> None:
    assert said.code == 1, (said.code, said.out, said.err)
    lines = said.err.strip().splitlines()
    assert len(lines) == 1, lines
    assert "Traceback" not in said.err
    for word in words:
        assert re.search(word, lines[0], re.IGNORECASE), (word, lines[0])


def test_an_unknown_patron(koha: StandinKoha, connect: Callable[..., None], cardwarden: Command) -> None:
    connect(koha)
    one_clear_line(cardwarden("explain", "99999999"), "no patron")


def test_a_card_number_on_the_command_line_is_refused(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    said = cardwarden("explain", "D-1234")
    one_clear_line(said, "borrowernumber", "standard input")
    assert "D-1234" not in said.err


def test_a_rule_that_the_policy_test_names_wrongly(cardwarden: Command, tmp_path: Path) -> None:
    file = tmp_path / "x.test.toml"
    policy = Path("config/policy.toml").resolve()
    file.write_text(f'policy = "{policy}"\n[[case]]\nname = "x"\n[[case.step]]\nexpect = ["dept"]\n')
    one_clear_line(cardwarden("policy", "test", str(file)), "dept", "no rule", "debt")


def test_no_configuration_at_all(cardwarden: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    one_clear_line(cardwarden("reconcile"), r"koha\.url", "CARDWARDEN_KOHA__URL")


def test_a_settings_file_that_is_not_there(cardwarden: Command, tmp_path: Path) -> None:
    one_clear_line(cardwarden("reconcile", "--config", str(tmp_path / "no.toml")), "no such settings file")


def test_a_settings_file_may_be_named_before_the_command_and_after_it(cardwarden: Command, tmp_path: Path) -> None:
    before, after = tmp_path / "before.toml", tmp_path / "after.toml"
    before.write_text('mode = "release-only"\n')
    after.write_text('mode = "apply"\n')
    assert '"mode": "release-only"' in cardwarden("--config", str(before), "config", "show").out
    assert '"mode": "apply"' in cardwarden("config", "show", "--config", str(after)).out
    assert '"mode": "apply"' in cardwarden("--config", str(before), "config", "show", "--config", str(after)).out


def test_a_settings_file_that_is_not_toml(cardwarden: Command, tmp_path: Path) -> None:
    file = tmp_path / "sidecar.toml"
    file.write_text("mode = \n")
    one_clear_line(cardwarden("reconcile", "--config", str(file)), r"sidecar\.toml:1: file: is not valid TOML")


def test_an_unknown_key_in_the_settings(cardwarden: Command, tmp_path: Path) -> None:
    file = tmp_path / "sidecar.toml"
    file.write_text('[koha]\nurll = "x"\n')
    one_clear_line(
        cardwarden("reconcile", "--config", str(file)), r"sidecar\.toml:2: koha\.urll: unknown key; did you mean url\?"
    )


def test_a_wrong_secret(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(koha)
    monkeypatch.setenv("CARDWARDEN_KOHA__CLIENT_SECRET", "not-the-secret")
    said = cardwarden("reconcile")
    one_clear_line(said, "client|key|secret")
    assert "not-the-secret" not in said.err + said.out


def test_a_key_without_permissions(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(koha)
    monkeypatch.setenv("CARDWARDEN_KOHA__CLIENT_ID", koha.low_id)
    monkeypatch.setenv("CARDWARDEN_KOHA__CLIENT_SECRET", koha.low_secret)
    one_clear_line(cardwarden("reconcile"), "edit_borrowers", "remaining_permissions")


def test_an_address_where_nothing_listens(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(koha)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("CARDWARDEN_KOHA__URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("CARDWARDEN_KOHA__ATTEMPTS", "1")
    one_clear_line(cardwarden("reconcile"), "127.0.0.1")


def test_an_address_that_is_none(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(koha)
    monkeypatch.setenv("CARDWARDEN_KOHA__URL", "koha.example.org")
    one_clear_line(cardwarden("reconcile"), "https://")


class _Html(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!DOCTYPE html><html><body>Log in to Koha</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def a_web_page() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Html)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_koha_that_answers_html(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(koha)
    with a_web_page() as url:
        monkeypatch.setenv("CARDWARDEN_KOHA__URL", url)
        one_clear_line(cardwarden("reconcile"), "page|HTML|Koha")


def test_a_policy_with_many_mistakes_lists_them_all(
    koha: StandinKoha,
    connect: Callable[..., None],
    cardwarden: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    connect(koha)
    file = tmp_path / "policy.toml"
    file.write_text(
        '[policy]\nname = "X"\ncurrency = "XXQ"\nlangauges = ["da"]\n'
        '[rules.debt]\nkind = "debt"\n'
        '[rules.pin]\nkind = "failed_pin"\nblock_at = 5\nblock_above = 4\n'
        '[rules.Bad]\nkind = "nonsense"\n'
    )
    monkeypatch.setenv("CARDWARDEN_POLICY", str(file))
    said = cardwarden("policy", "check")
    assert said.code == 1
    assert len(said.err.strip().splitlines()) >= 5
    assert "Traceback" not in said.err
    for line in said.err.strip().splitlines():
        assert re.search(r"policy\.toml:\d+:", line), line
    assert cardwarden("reconcile").code == 1


def test_a_journal_of_another_koha(koha: StandinKoha, connect: Callable[..., None], cardwarden: Command) -> None:
    connect(koha)
    cardwarden("reconcile")
    other = build_library(500, seed=2)
    with StandinKoha(other) as another:
        connect(another)
        said = cardwarden("reconcile", "--apply")
    one_clear_line(said, "journal", "another|other")
    assert not [row for row in other.rows() if str(row["type"]).startswith("CW_")]


def test_a_plugin_that_is_gone_is_an_error_and_no_silent_fall_back(
    koha: StandinKoha, plain_koha: StandinKoha, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    cardwarden("reconcile")
    connect(plain_koha)
    one_clear_line(cardwarden("reconcile"), "plugin", "restart|enable|install")


def test_a_journal_that_is_read_only(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command, tmp_path: Path
) -> None:
    connect(koha)
    cardwarden("reconcile")
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as database:
        database.execute("pragma journal_mode=delete")
        # Root may write to any file, so a table that refuses stands for a file system that is read-only.
        refusal = "attempt to write a readonly database"
        database.execute(f"create trigger stop before insert on cycles begin select raise(abort, '{refusal}'); end")
    database.close()
    one_clear_line(cardwarden("reconcile", "--apply"), "journal")
    assert not [row for row in library.rows() if str(row["type"]).startswith("CW_")]


def test_a_file_that_is_no_journal(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, tmp_path: Path
) -> None:
    connect(koha)
    (tmp_path / "journal.db").write_text("this is a shopping list, not a database" * 100)
    one_clear_line(cardwarden("reconcile"), "journal.db")


def test_a_folder_that_cannot_be_written_is_said_before_anything_is(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command, tmp_path: Path
) -> None:
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nothing")):
        said = cardwarden("reconcile", "--apply", "--approve", digest, "--report", str(folder))
        one_clear_line(said, "report cannot be written", str(folder))
    assert ours(library) == set()


def test_an_unknown_digest(koha: StandinKoha, connect: Callable[..., None], cardwarden: Command) -> None:
    connect(koha)
    one_clear_line(cardwarden("approve", "deadbeef" * 8), "no |not ", "dry run|reconcile")


def test_an_unknown_command_and_an_unknown_option(cardwarden: Command) -> None:
    assert cardwarden("reconcyle").code == 1
    assert cardwarden("reconcile", "--force").code == 1


def test_the_version_is_told(cardwarden: Command) -> None:
    said = cardwarden("--version")
    assert (said.code, said.err) == (0, "")
    assert re.fullmatch(r"cardwarden \d+\.\d+\.\d+\n", said.out)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, typer.Abort])
def test_whoever_breaks_off_is_not_told_of_an_error(
    cardwarden: Command, monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]
) -> None:
    """130 is what a shell says of Ctrl-C."""

    def break_off(*_: object) -> None:
        raise interruption

    monkeypatch.setattr(configuration, "settings_of", break_off)
    said = cardwarden("config", "show")
    assert (said.code, said.out, said.err) == (130, "", "")
