"""What every request is like, and to which addresses a secret is sent."""

import gzip
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import responses

from adapters.http import HttpApi, HttpOptions, NoAnswer
from sidecar.errors import IlsError, IlsUnreachable, SettingsError, UnexpectedAnswer

from .replay import SITE, TOKEN_URL, Waits, calls, client

PATH = "/api/v1/things"
URL = SITE + PATH


def test_no_cookie_is_ever_sent_back(bare_koha: responses.RequestsMock, http: HttpApi) -> None:
    cookie = {"Set-Cookie": "CGISESSID=abc; Path=/"}
    bare_koha.post(TOKEN_URL, json={"access_token": "x", "token_type": "Bearer", "expires_in": 3600}, headers=cookie)
    bare_koha.get(URL, json={}, headers=cookie)
    for _ in range(3):
        http.send("GET", PATH)
    assert len(bare_koha.calls) == 4
    assert all("Cookie" not in call.request.headers for call in bare_koha.calls)


def test_every_request_says_who_asks_and_takes_gzip_only(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(URL, json={})
    http.send("GET", PATH)
    for call in koha.calls:
        assert call.request.headers["User-Agent"].startswith("cardwarden/")
        assert call.request.headers["Accept-Encoding"] == "gzip"
        assert call.request.headers["Accept"] == "application/json"


def test_every_request_has_both_time_outs(koha: responses.RequestsMock) -> None:
    koha.get(URL, json={})
    with client(connect_timeout=3, read_timeout=17) as http:
        http.send("GET", PATH)
    assert [_given(call, "timeout") for call in koha.calls] == [(3, 17), (3, 17)]


def test_a_librarys_own_authority_is_checked_against_in_every_request(
    koha: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/somewhere/else.pem")
    koha.get(URL, json={})
    with client(ca_file=authority) as http:
        http.send("GET", PATH)
    assert {_given(call, "verify") for call in koha.calls} == {str(authority)}


def test_json_is_sent_as_json(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(URL, json={})
    http.send("POST", PATH, json={"name": "Åse"})
    sent = calls(koha, PATH)[0]
    assert sent.body == '{"name":"Åse"}'.encode()
    assert sent.headers["Content-Type"] == "application/json"


def test_calls_keep_to_the_pace(koha: responses.RequestsMock, waits: Waits) -> None:
    koha.get(URL, json={})
    with client(waits, max_per_second=0.5) as http:
        for _ in range(3):
            http.send("GET", PATH)
    assert [round(wait) for wait in waits] == [2, 4, 6], "the token's request counts too"


def _given(call: responses.Call, setting: str) -> object:
    """A setting with which the session sent a request, as `responses` keeps it."""
    kept: dict[str, object] = vars(call.request)["req_kwargs"]
    return kept[setting]


@pytest.mark.parametrize("pace", [0, -1])
def test_a_pace_of_nothing_is_a_mistake_and_not_no_limit(pace: float) -> None:
    with pytest.raises(SettingsError, match="max_per_second"):
        client(max_per_second=pace)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://localhost:1/",
        "http://[::1]:8080",
        "https://koha.example.org",
    ],
)
def test_a_secret_may_go_to_this_machine_or_over_tls(url: str) -> None:
    with client(url=url) as http:
        assert http.url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["http://koha.example.org", "http://10.0.0.7", "http://127.0.0.1.example.org", "http://localhost.example.org"],
)
def test_a_secret_never_goes_in_the_clear_unless_allowed(url: str) -> None:
    with pytest.raises(SettingsError, match="in the clear: use https, or set allow_plain_http"):
        client(url=url)
    client(url=url, allow_plain_http=True).close()


@pytest.mark.parametrize(
    "url",
    [
        "", "koha.example.org", "ftp://koha.example.org", "https://", "https://koha:port", "https://[::1",
        "https://me:pw@koha.example.org", "https://koha.example.org/?a=1", "https://koha.example.org/#a",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_site_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(SettingsError, match="the ILS's address must") as raised:
        client(url=url)
    assert "pw" not in str(raised.value)


def test_a_missing_authority_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no ca_file"):
        client(ca_file=tmp_path / "none.pem")


def test_a_refused_connection_says_what_to_check(waits: Waits) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with client(waits, url=url) as http, pytest.raises(IlsUnreachable, match=f"no connection to {url}: check"):
            http.send("GET", PATH, params={"card": "0101701234"})
    assert waits == [0.5, 1.0, 2.0]


def test_a_name_that_does_not_exist_says_so() -> None:
    with client(url="https://koha.invalid") as http, pytest.raises(IlsUnreachable, match="no host of that name"):
        http.send("GET", PATH)


def test_a_write_to_a_server_that_hangs_up_is_sent_twice_and_one_that_is_silent_once(waits: Waits) -> None:
    with _server(b"") as (url, heard), client(waits, url=url) as http:
        with pytest.raises(NoAnswer, match="the connection broke"):
            http.send("POST", PATH, json={"card": "1"}, writes=True)
        assert heard.count(PATH) == 2
    with _server(None) as (url, heard), client(waits, url=url, read_timeout=0.2) as http:
        with pytest.raises(NoAnswer, match="not answered in time"):
            http.send("POST", PATH, json={"card": "1"}, writes=True)
        assert heard.count(PATH) == 1


@pytest.mark.parametrize(
    "cut",
    [
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"half":',
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"ha',
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ],
    ids=["shorter than its length", "an unfinished chunk", "not gzip at all"],
)
def test_a_body_that_is_cut_is_never_taken_for_an_answer(waits: Waits, cut: bytes) -> None:
    with _server(cut) as (url, _), client(waits, url=url) as http:
        with pytest.raises(IlsUnreachable, match="the connection broke before the whole answer came"):
            http.send("GET", PATH)
        assert waits == [0.5, 1.0, 2.0], "four tries"


def test_an_answer_that_trickles_in_for_ever_is_given_up(waits: Waits) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with (
        _server(endless, trickle=b"1\r\n \r\n" * 50) as (url, _),
        client(waits, url=url, give_up_after=0.2, attempts=1) as http,
        pytest.raises(IlsUnreachable, match="not answered in time"),
    ):
        http.send("GET", PATH)


def test_an_answer_larger_than_the_bound_is_given_up_before_it_fills_the_memory(koha: responses.RequestsMock) -> None:
    bomb = gzip.compress(b'"' + b" " * (64 << 20) + b'"')
    koha.get(URL, body=bomb, headers={"Content-Encoding": "gzip"}, content_type="application/json")
    tracemalloc.start()
    try:
        with client(largest_answer=1 << 20) as http, pytest.raises(UnexpectedAnswer, match="more than 1 MiB"):
            http.send("GET", PATH)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert len(calls(koha, PATH)) == 1


def test_an_answer_of_just_the_bound_is_read(koha: responses.RequestsMock) -> None:
    koha.get(URL, body=b'"' + b" " * 98 + b'"', content_type="application/json")
    with client(largest_answer=100) as http:
        assert len(http.send("GET", PATH).body) == 100


def test_threads_share_a_token_and_never_a_connection_at_the_same_time(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.get(URL, json={})
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: http.send("GET", PATH), range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len(koha.calls) == 21


def test_the_defaults_are_patient_but_bounded() -> None:
    options = HttpOptions()
    assert options.attempts * options.read_timeout < 600
    assert options.longest_retry_after < options.give_up_after


def test_errors_of_the_ils_are_one_line_each(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(URL, status=500, json={})
    with pytest.raises(IlsError) as raised:
        http.send("GET", PATH)
    assert len(str(raised.value).splitlines()) == 1


TOKEN = b'{"access_token":"x","token_type":"Bearer","expires_in":3600}'
TOKEN_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
    % (
        len(TOKEN),
        TOKEN,
    )
)


@contextmanager
def _server(answer: bytes | None, trickle: bytes = b"") -> Iterator[tuple[str, list[str]]]:
    """A server that gives tokens, and to all else this answer before it hangs up (None: says nothing)."""
    heard: list[str] = []
    closing = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            path = connection.recv(65536).split(b" ")[1].decode()
            heard.append(path)
            try:
                connection.sendall(TOKEN_ANSWER if path.endswith("token") else answer or b"")
                while not path.endswith("token") and (answer is None or trickle) and not closing.wait(0.02):
                    connection.sendall(trickle)
            except OSError:
                return

    def listen() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", heard
        finally:
            closing.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(2)
