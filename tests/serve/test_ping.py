"""The dead-man's switch: a ping after each good full cycle, whose address nobody gets to see."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from sidecar import cli
from sidecar.errors import SettingsError
from sidecar.serve.alerts.book import AlertBook
from sidecar.serve.alerts.channels import TellingFailed
from sidecar.serve.alerts.delivery import Delivery
from sidecar.serve.alerts.ping import Ping, ping_of
from sidecar.settings import load_settings
from tests.serve.running import eventually, running

SECRET = "5e1f-the-token-of-this-check"


class Switch(ThreadingHTTPServer):
    """A service that waits for pings. `statuses` are its next answers, then 200; None never answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Heard)
        self.heard: list[str] = []
        self.statuses: list[int | None] = []
        self.go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ping/{SECRET}"


class Heard(BaseHTTPRequestHandler):
    server: Switch

    def do_GET(self) -> None:
        self.server.heard.append(self.path)
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status is None:
            self.server.go.wait()
            return
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def switch() -> Iterator[Switch]:
    server = Switch()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.go.set()
        server.shutdown()
        server.server_close()


def settings(folder: Path, text: str) -> Path:
    path = folder / "sidecar.toml"
    path.write_text(f"[alerts]\n{text}\n")
    return path


def test_a_ping_asks_for_the_address_once(switch: Switch) -> None:
    Ping(switch.url, 10).send()
    assert switch.heard == [f"/ping/{SECRET}"]


@pytest.mark.parametrize(
    ("answer", "says"), [(404, "answered 404"), (500, "answered 500"), (301, "answered 301"), (None, "within 0.3 s")]
)
def test_a_ping_that_is_not_welcome_fails_without_its_address(switch: Switch, answer: int | None, says: str) -> None:
    switch.statuses = [answer]
    with pytest.raises(TellingFailed, match=says) as failed:
        Ping(switch.url, 0.3).send()
    assert SECRET not in str(failed.value)
    assert len(switch.heard) == 1, "no redirect is followed"


def test_an_address_where_nobody_listens_fails_without_its_address() -> None:
    with pytest.raises(TellingFailed, match="cannot be reached") as failed:
        Ping(f"http://127.0.0.1:1/{SECRET}", 5).send()
    assert SECRET not in str(failed.value)


@contextmanager
def delivering(folder: Path, switch: Switch, rest: float = 0) -> Iterator[Delivery]:
    log: structlog.stdlib.BoundLogger = structlog.get_logger()
    yield Delivery(AlertBook(folder / "alerts", [], log), [], log, ping=Ping(switch.url, 10), rest=rest)


def test_a_ping_that_failed_is_tried_again_a_few_times_and_then_left(tmp_path: Path, switch: Switch) -> None:
    switch.statuses = [500] * 99
    with delivering(tmp_path, switch) as delivery, capture_logs() as logs:
        delivery.deliver()
        assert switch.heard == [], "nobody is owed one yet"
        delivery.ping()
        for _ in range(9):
            delivery.deliver()
    assert len(switch.heard) == 5
    assert [entry["tries_left"] for entry in logs] == [4, 3, 2, 1, 0]
    assert SECRET not in json.dumps(logs)


def test_a_ping_that_was_heard_is_not_sent_again_until_the_next_cycle(tmp_path: Path, switch: Switch) -> None:
    switch.statuses = [503]
    with delivering(tmp_path, switch) as delivery:
        delivery.ping()
        for _ in range(4):
            delivery.deliver()
        assert len(switch.heard) == 2
        delivery.ping()
        delivery.deliver()
        assert len(switch.heard) == 3


def test_a_ping_rests_after_a_failure_and_a_new_cycle_s_does_not_wait(tmp_path: Path, switch: Switch) -> None:
    switch.statuses = [503]
    with delivering(tmp_path, switch, rest=3600) as delivery:
        delivery.ping()
        delivery.deliver()
        delivery.deliver()
        assert len(switch.heard) == 1
        delivery.ping()
        delivery.deliver()
        assert len(switch.heard) == 2


def test_the_settings_may_leave_it_out_or_change_it(tmp_path: Path, switch: Switch) -> None:
    with delivering(tmp_path, switch) as delivery:
        delivery.use([], None)
        delivery.ping()
        delivery.deliver()
        assert switch.heard == []
        delivery.use([], Ping(switch.url, 10))
        delivery.deliver()
        assert len(switch.heard) == 1


@pytest.mark.parametrize("url", ["http://hc.example.org/x", "ftp://hc.example.org/x", "hc.example.org", "https:///x"])
def test_an_address_that_would_show_its_token_on_the_way_is_refused_unquoted(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"alerts\.ping_url: .*https://") as refused:
        ping_of(load_settings(settings(tmp_path, f'ping_url = "{url}"')))
    assert url not in str(refused.value)


def test_the_address_may_be_kept_in_a_file_and_is_never_shown(tmp_path: Path, switch: Switch) -> None:
    (tmp_path / "ping").write_text(f"{switch.url}\n")
    in_file = load_settings(settings(tmp_path, 'ping_url_file = "ping"'))
    ping = ping_of(in_file)
    assert ping is not None
    ping.send()
    assert switch.heard
    path = settings(tmp_path, f'ping_url = "{switch.url}"')
    assert SECRET not in repr(load_settings(path))
    shown = io.StringIO()
    with redirect_stdout(shown):
        assert cli.run(["--config", str(path), "config", "show"]) == 0
    assert "ping_url" in shown.getvalue()
    assert SECRET not in shown.getvalue()


def test_the_daemon_pings_after_each_good_full_cycle_and_after_no_other(
    koha: StandinKoha, tmp_path: Path, switch: Switch
) -> None:
    with running(tmp_path / "d", koha, mode="dry-run", start=False) as daemon:
        text = daemon.settings.read_text()
        daemon.settings.write_text(text.replace("[alerts]\n", f'[alerts]\nping_url = "{switch.url}"\n'))
        daemon.start()
        eventually(lambda: daemon.cycles() >= 3)
        assert eventually(lambda: switch.heard) == [f"/ping/{SECRET}"]
        koha.faults.add(parse_fault("error=503"))
        eventually(lambda: daemon.logged("cycle failed"))
        daemon.block_at("100.00")
        eventually(lambda: [one for one in daemon.logged("cycle failed") if one["kind"] == "full"])
        assert len(switch.heard) == 1
        koha.faults.clear()
        daemon.block_at("101.00")
        eventually(lambda: len(switch.heard) == 2)
        assert daemon.stop() == 0
        assert SECRET not in daemon.log_file.read_text()
