"""ILS-DI as a gate: recorded answers of a real Koha, and what may come in their place, over real HTTP."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.http.options import HttpOptions
from adapters.ilsdi import IlsDiGate
from adapters.ilsdi.gate import LARGEST
from sidecar.core.gates import GateAnswer, Privilege, Remark
from sidecar.core.model import UNKNOWN
from sidecar.errors import GateError, SettingsError
from sidecar.ports import Card

RECORDED = {
    each["what"]: each
    for each in json.loads((Path(__file__).parent / "recorded" / "ilsdi.json").read_text())
    if "service=GetPatronInfo" in each["asked"]
}
TODAY = date(2026, 11, 27)
Answers = Callable[[str], "tuple[int, bytes]"]


@contextmanager
def opac(answers: Answers) -> Iterator[tuple[str, list[str]]]:
    """A web server that answers each query so; gives its address, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body = answers(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def gate(url: str, timeout: float = 10.0) -> IlsDiGate:
    options = HttpOptions(connect_timeout=timeout, read_timeout=timeout)
    return IlsDiGate("app", url, options, today=lambda: TODAY)


def look(answers: Answers, *patrons: str) -> list[GateAnswer]:
    with opac(answers) as (url, _):
        return list(gate(url).look([Card(patron, f"C{patron}") for patron in patrons or ("7",)]))


def of(**fields: str) -> bytes:
    known = {"borrowernumber": "7", "lost": "0", "dateexpiry": "2030-01-01"} | fields
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in known.items())
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<GetPatronInfo>{inside}</GetPatronInfo>'.encode()


@pytest.mark.parametrize(
    ("what", "patron", "restricted"),
    [
        ("debt blocked", "100160", True),
        ("pin blocked", "100403", True),
        ("free", "100001", False),
        ("owes 60, clear by the policy", "100006", False),
    ],
)
def test_koha_s_answers_are_read(what: str, patron: str, restricted: bool) -> None:
    (said,) = look(lambda _: (200, RECORDED[what]["got"].encode()), patron)
    assert (said.restricted, said.allowed) == (restricted, {Privilege.HOLDS: not restricted})
    assert (said.known, said.card_lost, said.expired) == (True, False, False)
    assert said.fines is UNKNOWN
    assert "Given" not in repr(said)


def test_a_patron_is_asked_for_by_number_without_any_pin_and_for_as_little_as_can_be() -> None:
    with opac(lambda _: (200, of())) as (url, asked):
        gate(url).look([Card("7", "0107000007")])
    query = parse_qs(urlsplit(asked[0]).query)
    assert query == {
        "service": ["GetPatronInfo"],
        "patron_id": ["7"],
        "show_contact": ["0"],
        "show_fines": ["0"],
        "show_holds": ["0"],
        "show_loans": ["0"],
    }


@pytest.mark.parametrize(
    ("fields", "restricted", "expired", "lost"),
    [
        ({"debarred": "9999-12-31"}, True, False, False),
        ({"debarred": "2026-11-27"}, False, False, False),
        ({"debarred": "2026-11-28"}, True, False, False),
        ({"is_expired": "1"}, False, True, False),
        ({"dateexpiry": "2026-11-26"}, False, True, False),
        ({"dateexpiry": "2026-11-27"}, False, False, False),
        ({"dateexpiry": ""}, False, UNKNOWN, False),
        ({"lost": "1"}, False, False, True),
    ],
)
def test_what_fields_mean(fields: dict[str, str], restricted: bool, expired: object, lost: bool) -> None:
    (said,) = look(lambda _: (200, of(**fields)))
    assert (said.restricted, said.expired, said.card_lost) == (restricted, expired, lost)


@pytest.mark.parametrize("fields", [{"is_expired": "1"}, {"dateexpiry": ""}])
def test_whether_an_expired_card_may_place_holds_is_not_told(fields: dict[str, str]) -> None:
    (said,) = look(lambda _: (200, of(**fields)))
    assert said.allowed == {}


def test_an_address_that_is_gone_is_remarked() -> None:
    (said,) = look(lambda _: (200, of(gonenoaddress="1")))
    assert said.remarks == {Remark.NO_ADDRESS}


def test_a_patron_whom_it_does_not_know() -> None:
    (said,) = look(lambda _: (200, b"<GetPatronInfo><code>PatronNotFound</code></GetPatronInfo>"))
    assert (said.known, said.trouble) == (False, None)


def failure(answers: Answers, timeout: float = 10.0) -> str:
    with opac(answers) as (url, _), pytest.raises(GateError) as raised:
        gate(url, timeout).look([Card("7", "C7")])
    line = str(raised.value)
    assert line.startswith("gate app: ")
    assert "\n" not in line
    return line


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbb">]><GetPatronInfo><lost>&b;</lost></GetPatronInfo>'


@pytest.mark.parametrize(
    ("status", "body", "line"),
    [
        (200, b"<GetPatronInfo><code>NotAllowed</code><message>off</message></GetPatronInfo>", "preference `ILS-DI`"),
        (200, b"<html><body>Hello</body></html>", "is not ILS-DI"),
        (200, b"<GetPatronInfo><code>Else</code></GetPatronInfo>", "is not ILS-DI"),
        (200, b"<LookupPatron><id>7</id></LookupPatron>", "is not ILS-DI"),
        (200, b"not xml", "is not ILS-DI"),
        (200, b"", "is not ILS-DI"),
        (200, b"\xff\xfe<\x00", "is not ILS-DI"),
        (200, of(borrowernumber="8"), "is not ILS-DI"),
        (200, of(debarred="soon"), "is not ILS-DI"),
        (200, ENTITIES, "is not ILS-DI"),
        (302, b"", "answered with 302"),
        (404, b"", "answered with 404"),
        (500, b"", "answered with 500"),
        (200, b"<" * (LARGEST + 1), "sent more than 1 MiB"),
    ],
)
def test_what_is_no_answer_is_told_in_one_line(status: int, body: bytes, line: str) -> None:
    assert line in failure(lambda _: (status, body))


def test_a_slow_one() -> None:
    def answer(_path: str) -> tuple[int, bytes]:
        time.sleep(2)
        return 200, of()

    assert "did not answer in 0.3 s" in failure(answer, timeout=0.3)


def test_nobody_there() -> None:
    with opac(lambda _: (200, b"")) as (url, _):
        pass
    with pytest.raises(GateError, match="no connection to"):
        gate(url).look([Card("7", "C7")])


def test_after_several_failures_the_rest_is_not_asked() -> None:
    def answer(path: str) -> tuple[int, bytes]:
        return (200, of(borrowernumber="1")) if "patron_id=1&" in path else (500, b"")

    with opac(answer) as (url, asked):
        answers = gate(url).look([Card(str(number), "C") for number in range(1, 8)])
    assert [each.trouble is None for each in answers] == [True] + [False] * 6
    assert len(asked) == 4


def test_names_do_not_come_over_plain_http_from_elsewhere() -> None:
    with pytest.raises(SettingsError, match="https"):
        IlsDiGate("app", "http://opac.example.org", HttpOptions())
