"""The pages answer to their own host names only, so that no other site's page can read them in a browser."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from sidecar.serve.pages.hosts import own_names
from sidecar.serve.pages.server import build_pages, listening
from sidecar.settings import ListenSettings
from tests.serve.house import serving
from tests.serve.test_pages import PAGES, TOKEN


async def hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("our page")


@contextmanager
def answering(**listen: object) -> Iterator[int]:
    settings = ListenSettings.model_validate({"port": 0, **listen})
    with listening(Starlette(routes=[Route("/", hello)]), settings) as port:
        yield port


def ask(port: int, *lines: str, version: str = "1.1") -> tuple[int, str]:
    """A request as it stands on the wire: its status and the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall("\r\n".join([f"GET / HTTP/{version}", *lines, "Connection: close", "", ""]).encode("latin-1"))
        answer = b"".join(iter(lambda: line.recv(4096), b"")).decode("latin-1")
    return int(answer.split(" ", 2)[1]), answer


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST:8765", "localhost.", "127.0.0.1", "127.0.0.1:8765", "[::1]", "[::1]:8765",
        "10.1.2.3:80", "[fe80::1]:8765",
        "cardwarden.example.org", "Cardwarden.Example.ORG:443", "cardwarden.example.org.",
    ],
)  # fmt: skip
def test_its_own_names_and_addresses_are_answered(host: str) -> None:
    with answering(names=["cardwarden.example.org"]) as port:
        status, answer = ask(port, f"Host: {host}")
    assert (status, answer.endswith("our page")) == (200, True)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.net", "evil.example.net:8765", "localhost.evil.example.net", "127.0.0.1.evil.example.net",
        "cardwarden.example.org.evil.net", "xcardwarden.example.org", "example.org", "127.0.0.1x", "localhost..",
        "1.2.3", "0x7f000001", "2130706433",
    ],
)  # fmt: skip
def test_another_name_that_leads_here_is_refused(host: str) -> None:
    with answering(names=["cardwarden.example.org"]) as port:
        status, answer = ask(port, f"Host: {host}")
    assert status == 421
    assert "our page" not in answer
    assert "`names` under [listen]" in answer
    assert "evil" not in answer, "what was asked for is not repeated"


@pytest.mark.parametrize(
    "lines",
    [
        ("Host: ",), ("Host: a b",), ("Host: joe@localhost",), ("Host: localhost/x",), ("Host: [::1",), ("Host: ::1",),
        ("Host: localhost:80:80",), ("Host: localhost:port",), ("Host: localhost", "Host: evil.example.net"),
        ("Host: evil.example.net", "Host: localhost"), ("Host: k\xe6fer",), (),
    ],
)  # fmt: skip
def test_what_names_no_host_is_a_bad_request(lines: tuple[str, ...]) -> None:
    with answering() as port:
        status, answer = ask(port, *lines)
    assert status in {400, 421}
    assert "our page" not in answer


def test_a_probe_without_a_host_is_answered_as_no_browser_asks_so() -> None:
    with answering() as port:
        assert ask(port, version="1.0")[0] == 200


def test_the_host_that_is_listened_on_and_the_machine_s_own_name_are_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Library-1.example.org")
    names = own_names(ListenSettings(host="pages.example.org", names=("other.example.org.",)))
    assert names == {
        "localhost", "pages.example.org", "other.example.org", "library-1.example.org", "library-1",
    }  # fmt: skip


def test_the_daemon_s_pages_are_guarded_so_token_or_not(tmp_path_factory: pytest.TempPathFactory) -> None:
    with StandinKoha(build_library(50)) as koha, serving(tmp_path_factory.mktemp("hosts"), koha) as house:
        for token in (None, TOKEN):
            with listening(build_pages(house.shown, token), ListenSettings(port=0)) as port:
                for page in PAGES:
                    url, bearer = f"http://127.0.0.1:{port}{page}", {"Authorization": f"Bearer {TOKEN}"}
                    evil = requests.get(url, headers={"Host": "evil.example.net", **bearer}, timeout=10)
                    assert evil.status_code == 421
                    assert requests.get(url, headers=bearer, timeout=10).status_code in {200, 503}, "not yet ready"
