"""Faults on demand, seen from the client's side of a real socket."""

import time

import pytest
import requests

from adapters.standin.http.faults import Fault, Faults, Kind, is_write, parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from tests.standin.client import API, PLUGIN, Client


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("latency=0.2", Fault(Kind.LATENCY, seconds=0.2)),
            ("error=503:0.1", Fault(Kind.ERROR, status=503, probability=0.1)),
            ("error=500", Fault(Kind.ERROR, status=500)),
            ("error", Fault(Kind.ERROR, status=500)),
            ("error=502:3x", Fault(Kind.ERROR, status=502, count=3)),
            ("timeout-after-write=1", Fault(Kind.TIMEOUT_AFTER_WRITE, seconds=1.0, count=1)),
            ("timeout-after-write:always", Fault(Kind.TIMEOUT_AFTER_WRITE)),
            ("cut-body", Fault(Kind.CUT_BODY)),
            ("cut-body:2x@/patrons", Fault(Kind.CUT_BODY, count=2, path="/patrons")),
            ("expired-token", Fault(Kind.EXPIRED_TOKEN, count=1)),
            ("html@GET /status$", Fault(Kind.HTML, method="GET", path="/status$")),
            ("retry-after=2", Fault(Kind.RETRY_AFTER, status=429, seconds=2.0)),
            ("no-plugin", Fault(Kind.NO_PLUGIN)),
        ],
    )
    def test_a_fault_is_read_from_its_text(self, text: str, fault: Fault) -> None:
        assert parse_fault(text) == fault

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("nonsense", "kinds: latency, error"),
            ("", "cannot read the fault"),
            ("latency", "needs seconds"),
            ("html=3", "takes no value"),
            ("error=418", "answers one of 429, 500"),
            ("error=500:often", "a probability"),
            ("error=500:2.5", "a probability"),
            ("error=500:0.0", "above 0"),
        ],
    )
    def test_a_text_that_is_none_says_why(self, text: str, why: str) -> None:
        with pytest.raises(ValueError, match=why):
            parse_fault(text)


class TestStriking:
    def test_a_counted_fault_is_used_up_by_the_requests_that_match(self) -> None:
        faults = Faults()
        faults.add("error=500:2x@/patrons")
        hits = [len(faults.strike("GET", path)) for path in ("/status", "/patrons", "/patrons", "/patrons")]
        assert hits == [0, 1, 1, 0]
        assert faults.standing() == []

    def test_a_probable_fault_strikes_a_share_and_the_same_ones_for_the_same_seed(self) -> None:
        def hits(seed: int) -> list[int]:
            faults = Faults(seed=seed)
            faults.add("error=503:0.1")
            return [number for number in range(1000) if faults.strike("GET", "/")]

        assert hits(1) == hits(1) != hits(2)
        assert 70 < len(hits(1)) < 130

    @pytest.mark.parametrize(
        ("method", "path", "writes"),
        [
            ("POST", f"{PLUGIN}/changes", True),
            ("PUT", f"{API}/patrons/7", True),
            ("POST", f"{API}/patrons/7/account/credits", True),
            ("POST", f"{PLUGIN}/patrons", False),
            ("POST", f"{API}/oauth/token", False),
            ("GET", f"{API}/patrons", False),
        ],
    )
    def test_only_what_changes_something_is_a_write(self, method: str, path: str, writes: bool) -> None:
        assert is_write(method, path) is writes


class TestOnTheWire:
    def test_latency_delays_the_answer(self, koha: StandinKoha, client: Client) -> None:
        koha.faults.add("latency=0.15:1x")
        begun = time.perf_counter()
        assert client.get(f"{PLUGIN}/status").status_code == 200
        assert time.perf_counter() - begun >= 0.15

    @pytest.mark.parametrize(("status", "kind"), [(500, "json"), (502, "html"), (503, "html"), (504, "html")])
    def test_an_error_comes_in_place_of_the_answer_and_nothing_took_effect(
        self, koha: StandinKoha, client: Client, patron: int, status: int, kind: str
    ) -> None:
        etag = client.facts(patron)["etag"]
        koha.faults.add(f"error={status}:1x")
        item = {"patron_id": patron, "etag": etag, "set": [{"type": "CW_DEBT", "comment": "x"}]}
        answer = client.change(item)
        assert (answer.status_code, kind in answer.headers["Content-Type"]) == (status, True)
        assert client.facts(patron)["restrictions"] == []

    def test_too_many_requests_says_when_to_come_back(self, koha: StandinKoha, client: Client) -> None:
        koha.faults.add("retry-after=2:1x")
        answer = client.get(f"{PLUGIN}/status")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
        koha.faults.add(Fault(Kind.RETRY_AFTER, status=503, seconds=5, count=1))
        answer = client.get(f"{PLUGIN}/status")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")

    def test_a_write_takes_effect_and_its_answer_never_comes(
        self, koha: StandinKoha, client: Client, patron: int
    ) -> None:
        etag = client.facts(patron)["etag"]
        koha.faults.add("timeout-after-write")
        item = {"patron_id": patron, "etag": etag, "set": [{"type": "CW_DEBT", "comment": "x"}]}
        with pytest.raises(requests.ConnectionError):
            client.change(item)
        assert [row["type"] for row in client.facts(patron)["restrictions"]] == ["CW_DEBT"]

    def test_a_held_connection_times_out_on_the_clients_side(self, koha: StandinKoha, patron: int) -> None:
        client = Client(koha, koha.client_id, koha.client_secret)
        etag = client.facts(patron)["etag"]
        koha.faults.add("timeout-after-write=0.3")
        body = {
            "instance": "journal-1",
            "items": [{"patron_id": patron, "etag": etag, "set": [{"type": "CW_PIN", "comment": "x"}]}],
        }
        with pytest.raises(requests.ReadTimeout):
            client.session.post(koha.url + f"{PLUGIN}/changes", json=body, timeout=0.1)
        assert [row["type"] for row in client.facts(patron)["restrictions"]] == ["CW_PIN"]
        client.close()

    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    def test_a_cut_body_is_shorter_than_its_length_says(self, koha: StandinKoha, client: Client, encoding: str) -> None:
        koha.faults.add("cut-body:1x")
        with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
            client.get(f"{PLUGIN}/patrons", headers={"Accept-Encoding": encoding})
        assert client.get(f"{PLUGIN}/patrons").status_code == 200

    def test_an_expired_token_is_refused_until_a_new_one_is_fetched(self, koha: StandinKoha) -> None:
        client = Client(koha, koha.client_id, koha.client_secret)
        koha.faults.add("expired-token")
        assert [client.get(f"{PLUGIN}/status").status_code for _ in range(2)] == [401, 401]
        client.close()
        fresh = Client(koha, koha.client_id, koha.client_secret)
        assert fresh.get(f"{PLUGIN}/status").status_code == 200
        fresh.close()

    def test_a_login_page_comes_with_200(self, koha: StandinKoha, client: Client) -> None:
        koha.faults.add("html:1x")
        answer = client.get(f"{PLUGIN}/status")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "<!DOCTYPE html>" in answer.text

    def test_a_plugin_that_is_not_ready_is_404_while_stock_routes_answer(
        self, koha: StandinKoha, client: Client
    ) -> None:
        koha.faults.add("no-plugin")
        assert client.get(f"{PLUGIN}/status").json() == {
            "errors": [{"message": "Not Found.", "path": "/"}],
            "status": 404,
        }
        assert client.get(f"{API}/patrons").status_code == 200

    def test_control_routes_meet_no_faults(self, koha: StandinKoha, library: Library) -> None:
        koha.faults.add("error=500")
        assert requests.get(f"{koha.url}/standin/subjects", timeout=5).json() == library.subjects
