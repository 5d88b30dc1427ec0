"""Alerts by apprise, to a real HTTP server on loopback."""

import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sidecar.errors import SettingsError
from sidecar.serve.alerts.book import Alert, Cause, Standing, State
from sidecar.serve.alerts.channels import channels_of
from sidecar.serve.alerts.mailing import TellingFailed
from sidecar.serve.alerts.origin import Origin
from sidecar.serve.alerts.services import Services
from sidecar.settings import load_settings

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise's own import

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AARHUS = Origin("Aarhus", "test")
STANDING = Standing(Alert(cause=Cause.HELD_BACK, summary="300 blocks are held back.", remedy="Look at them."), NOW)


class Listener(ThreadingHTTPServer):
    """Keeps what it is told; answers 500 while it `refuses`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hearing)
        self.heard: list[dict[str, str]] = []
        self.refuses = False

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_address[1]}/told?token=s3cr3t"


class Hearing(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        self.server.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(500 if self.server.refuses else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_alert_reaches_the_service_with_the_librarys_name_and_instance(listener: Listener) -> None:
    Services((listener.address,), AARHUS).tell(STANDING)
    (heard,) = listener.heard
    assert (heard["title"], heard["message"]) == (
        "Cardwarden: Aarhus (test)",
        "300 blocks are held back. Look at them.",
    )
    assert heard["type"] == "warning"


def test_that_it_is_over_is_told_as_good_news(listener: Listener) -> None:
    Services((listener.address,), AARHUS, "da").tell(Standing(STANDING.alert, NOW, State.OVER, changed=NOW))
    (heard,) = listener.heard
    assert (heard["message"], heard["type"]) == ("overstået: 300 blocks are held back.", "success")


def test_a_service_that_refuses_is_said_to_have_failed_without_its_address(listener: Listener) -> None:
    listener.refuses = True
    with pytest.raises(TellingFailed) as failed:
        Services((listener.address,), AARHUS).tell(STANDING)
    assert "s3cr3t" not in str(failed.value)
    assert "127.0.0.1" not in str(failed.value)


def test_an_address_that_apprise_does_not_know_is_refused_by_its_place_alone(listener: Listener) -> None:
    with pytest.raises(SettingsError, match="address 2 of 2") as refused:
        Services((listener.address, "nonsense-s3cr3t"), AARHUS)
    assert "s3cr3t" not in str(refused.value)


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(SettingsError, match=r"pip install 'cardwarden\[apprise\]'"):
        Services(("json://127.0.0.1/",), AARHUS)


def test_the_addresses_may_stand_in_a_file(tmp_path: Path, listener: Listener) -> None:
    (tmp_path / "addresses").write_text(f"{listener.address} {listener.address}\n")
    file = tmp_path / "sidecar.toml"
    file.write_text('[alerts]\napprise_file = "addresses"\n[report]\ninstance = "the new one"\n')
    (channel,) = channels_of(load_settings(file), "Aarhus")
    channel.tell(STANDING)
    assert [heard["title"] for heard in listener.heard] == ["Cardwarden: Aarhus (the new one)"] * 2
