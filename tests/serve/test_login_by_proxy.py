"""A reverse proxy says who asks: believed from its address alone, whatever a request claims."""

import socket
from pathlib import Path

import pytest
import requests

from adapters.standin.http.server import StandinKoha
from tests.serve.house import serving
from tests.serve.people import PROXIED, TOKEN, Somebody, paged


def test_a_proxy_on_this_machine_says_who_asks(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more=PROXIED) as house, paged(house) as url:
        house.tick(2)
        one = Somebody(url)
        assert one.get("/held").status_code == 403
        assert 'href="login"' not in one.get("/").text
        one.jar.headers.update({"X-Remote-User": "ab", "X-Remote-Groups": "staff, it"})
        assert one.get("/held").status_code == 200
        assert one.order("/pause").status_code == 200
        assert house.journal.acts(1)[0].staff == "ab"
        assert one.post("/resume", token="0" * 64).status_code == 403
        assert one.get("/login").status_code == 404
        other = Somebody(url)
        other.jar.headers["X-Remote-User"] = "cd"
        assert other.get("/held").status_code == 200
        assert other.order("/resume").status_code == 403
        assert other.post("/resume", token=one.token()).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Remote-User": ""},
        {"X-Remote-User": "zz"},
        {"X-Remote-User": "0101901234", "X-Remote-Groups": "it"},
        {"X-Remote-Groups": "it"},
        {"X-Remote-User": "zz", "X-Remote-Groups": "itx, x it"},
    ],
    ids=str,
)
def test_whom_the_proxy_does_not_name_or_nobody_let_in_is_nobody(
    koha: StandinKoha, tmp_path: Path, headers: dict[str, str]
) -> None:
    with serving(tmp_path, koha, more=PROXIED) as house, paged(house) as url:
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 403


def test_a_header_that_stands_there_twice_is_nobody_s_word(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more=PROXIED) as house, paged(house) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(
                b"GET /held HTTP/1.1\r\nHost: localhost\r\nX-Remote-User: cd\r\nX-Remote-User: ab\r\n"
                b"Connection: close\r\n\r\n"
            )
            answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("claim", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_the_header_counts_from_the_proxy_s_address_only_whatever_a_request_claims(
    koha: StandinKoha, tmp_path: Path, claim: str
) -> None:
    elsewhere = f'{PROXIED}proxies = ["10.1.2.3"]\n'
    with serving(tmp_path, koha, more=elsewhere) as house, paged(house) as url:
        headers = {"X-Remote-User": "ab", "X-Remote-Groups": "it"}
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 403
        headers[claim] = "for=10.1.2.3" if claim == "Forwarded" else "10.1.2.3"
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 403
        assert requests.post(f"{url}/pause", headers=headers, timeout=10).status_code == 403


def test_with_a_token_the_proxy_has_to_bring_it_too(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, more=PROXIED) as house, paged(house, token=TOKEN) as url:
        headers = {"X-Remote-User": "cd"}
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 403
        headers["Authorization"] = f"Bearer {TOKEN}"
        assert requests.get(f"{url}/held", headers=headers, timeout=10).status_code == 200
