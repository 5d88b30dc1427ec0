"""The server itself: loopback only, quick to start and stop, a log without names, and the command."""

import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from adapters.standin.command import run
from adapters.standin.http.access_log import shown
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from tests.standin.client import API, PLUGIN, Client

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "koha.example.org", ""])  # noqa: S104 - what must be refused
def test_it_listens_on_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        StandinKoha(build_library(1), host=host)


def test_it_starts_and_stops_quickly_and_frees_its_port() -> None:
    library = build_library(30)
    begun = time.perf_counter()
    with StandinKoha(library) as koha:
        url = koha.url
        assert requests.get(f"{url}/api/v1/", timeout=5).status_code == 200
    assert time.perf_counter() - begun < 1.5
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/api/v1/", timeout=1)
    with StandinKoha(library, port=int(url.rpartition(":")[2])) as again:
        assert again.url == url


def test_a_taken_port_is_an_error(koha: StandinKoha, library: Library) -> None:
    with pytest.raises(OSError, match="in use"), StandinKoha(library, port=int(koha.url.rpartition(":")[2])):
        pass


def test_many_small_requests_are_quick(client: Client) -> None:
    begun = time.perf_counter()
    for _ in range(50):
        client.get(f"{API}/patrons/1")
    assert time.perf_counter() - begun < 1.0


def test_a_page_may_hold_10000_patrons() -> None:
    with StandinKoha(build_library(10_500)) as koha:
        client = Client(koha, koha.client_id, koha.client_secret)
        assert len(client.page(limit=10_000, everyone=1)["patrons"]) == 10_000
        client.close()


def test_parallel_writes_to_one_patron_leave_one_row(koha: StandinKoha, client: Client, patron: int) -> None:
    item = {"patron_id": patron, "etag": client.facts(patron)["etag"], "set": [{"type": "CW_DEBT", "comment": "x"}]}
    with ThreadPoolExecutor(4) as pool:
        statuses = [
            answer.json()["results"][0]["status"]
            for answer in pool.map(lambda _: client.change(item), range(8))
        ]  # fmt: skip
    assert sorted(statuses) == [200] * 7 + [201]


@pytest.mark.parametrize(
    ("path", "query", "logged"),
    [
        ("/api/v1/patrons", "", "/api/v1/patrons"),
        ("/api/v1/patrons", "_page=2&surname=Jensen", "/api/v1/patrons?_page=2&surname"),
        ("/api/v1/patrons", "q=%7B%22cardnumber%22%3A1%7D", "/api/v1/patrons?q"),
    ],
)
def test_the_log_has_no_values_that_could_be_names(path: str, query: str, logged: str) -> None:
    assert shown(path, query) == logged


def test_the_log_has_what_was_asked_and_answered(koha: StandinKoha, client: Client) -> None:
    client.get(f"{PLUGIN}/patrons?limit=0")
    last = koha.log.entries[-1]
    assert (last.method, last.path, last.status) == ("GET", f"{PLUGIN}/patrons?limit=0", 400)


def test_the_date_header_is_the_librarys(client: Client, library: Library) -> None:
    assert str(library.today().year) in client.get(f"{API}/patrons/1").headers["Date"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_how_to_reach_it_and_stops_cleanly(number: int) -> None:
    code = "from adapters.standin.command import run; run(60, 0, 0, True, ['latency=0.01'], 3)"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(11)]
        exported = dict(re.findall(r"^export (\w+)=(\S+)$", "".join(lines), re.MULTILINE))
        url = exported["CARDWARDEN_KOHA__URL"]
        grant = {
            "grant_type": "client_credentials",
            "client_id": exported["CARDWARDEN_KOHA__CLIENT_ID"],
            "client_secret": exported["CARDWARDEN_KOHA__CLIENT_SECRET"],
        }
        assert requests.post(f"{url}/api/v1/oauth/token", data=grant, timeout=5).status_code == 200
        process.send_signal(number)
        _, complaints = process.communicate(timeout=10)
        assert process.returncode == 0
        assert complaints == "POST /api/v1/oauth/token 200\n"
    assert lines[0].startswith("# ")
    assert f"{url}/standin/" in lines[10]
    assert grant["client_id"] == build_library(5, seed=3).keys["client"].client_id


def test_the_command_refuses_a_fault_that_it_cannot_read() -> None:
    with pytest.raises(ValueError, match="cannot read the fault"):
        run(5, 0, 0, plugin=True, faults=["nonsense"], seed=1)
