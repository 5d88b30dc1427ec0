"""What is tried again, how often and after how long; and what is not."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
import responses

from adapters.http import HttpApi, HttpOptions, NoAnswer, TooLate
from adapters.http.line import Pace
from sidecar.errors import IlsError, IlsUnreachable, NotAnIls

from .replay import SITE, Waits, calls, client

PATH = "/api/v1/things"
URL = SITE + PATH
BROKEN = requests.ConnectionError("('Connection aborted.', RemoteDisconnected('no answer'))")


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_read_is_tried_again_until_it_is_answered(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits, status: int
) -> None:
    koha.get(URL, status=status)
    koha.get(URL, status=status)
    koha.get(URL, json={"here": True})
    assert http.send("GET", PATH).status == 200
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize("status", [200, 201, 400, 404, 409, 412, 422])
def test_an_answer_of_the_api_is_never_tried_again(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits, status: int
) -> None:
    koha.get(URL, json={}, status=status)
    assert http.send("GET", PATH).status == status
    assert len(calls(koha, PATH)) == 1
    assert waits == []


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("status", [500, 501, 505])
def test_a_failure_inside_the_ils_is_raised_at_once(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits, status: int, writes: bool
) -> None:
    koha.post(URL, json={"error": "Something went wrong"}, status=status)
    with pytest.raises(IlsUnreachable, match=f"POST {PATH} answered {status}.*its own log says why"):
        http.send("POST", PATH, json={}, writes=writes)
    assert waits == []


@pytest.mark.parametrize("error", [BROKEN, requests.ConnectTimeout()])
def test_a_read_whose_connection_fails_is_tried_four_times(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits, error: Exception
) -> None:
    koha.get(URL, body=error)
    with pytest.raises(IlsUnreachable):
        http.send("GET", PATH)
    assert len(calls(koha, PATH)) == 4
    assert waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("late", [requests.ReadTimeout(), 504])
def test_a_read_that_is_not_answered_in_time_is_sent_once_more_and_a_large_one_is_for_the_caller_to_make_smaller(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits, late: Exception | int
) -> None:
    koha.get(URL, status=late) if isinstance(late, int) else koha.get(URL, body=late)
    with pytest.raises(TooLate):
        http.send("GET", PATH)
    assert len(calls(koha, PATH)) == 2
    assert waits == [0.5]
    with pytest.raises(TooLate):
        http.send("GET", PATH, large=True)
    assert len(calls(koha, PATH)) == 3


def test_a_read_that_is_late_once_is_answered_by_the_second_try(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(URL, status=504)
    koha.get(URL, json={"here": True})
    assert http.send("GET", PATH).status == 200


def test_waits_grow_up_to_a_bound_and_tries_are_counted(koha: responses.RequestsMock, waits: Waits) -> None:
    koha.get(URL, status=503)
    with client(waits, attempts=7, longest_wait=4) as http, pytest.raises(IlsUnreachable, match="503 every time"):
        http.send("GET", PATH)
    assert waits == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


def test_no_try_is_begun_after_the_time_to_give_up(koha: responses.RequestsMock, waits: Waits) -> None:
    koha.get(URL, status=503, headers={"Retry-After": "20"})
    with client(waits, give_up_after=10) as http, pytest.raises(IlsUnreachable):
        http.send("GET", PATH)
    assert waits == []


@pytest.mark.parametrize(
    ("asked", "waited"), [("7", 7.0), ("0", 0.0), ("3600", 60.0), ("soon", 0.5), ("-5", 0.5), ("", 0.5)]
)
def test_retry_after_in_seconds_is_kept_to_but_capped(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits, asked: str, waited: float
) -> None:
    koha.get(URL, status=429, headers={"Retry-After": asked})
    koha.get(URL, json={})
    http.send("GET", PATH)
    assert waits == [waited]


def test_retry_after_may_be_a_date(koha: responses.RequestsMock, http: HttpApi, waits: Waits) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=30)
    koha.get(URL, status=503, headers={"Retry-After": format_datetime(soon, usegmt=True)})
    koha.get(URL, status=503, headers={"Retry-After": format_datetime(soon - timedelta(days=1), usegmt=True)})
    koha.get(URL, status=503, headers={"Retry-After": format_datetime(soon + timedelta(days=1), usegmt=True)})
    koha.get(URL, json={})
    http.send("GET", PATH)
    assert 28 < waits[0] <= 30
    assert waits[1:] == [0.0, 60.0]


def test_a_write_that_was_turned_away_is_sent_again(koha: responses.RequestsMock, http: HttpApi, waits: Waits) -> None:
    koha.post(URL, status=429, headers={"Retry-After": "3"})
    koha.post(URL, status=503)
    koha.post(URL, json={})
    assert http.send("POST", PATH, json={}, writes=True).status == 200
    assert waits == [3.0, 1.0]


@pytest.mark.parametrize("status", [429, 503])
def test_a_call_that_was_turned_away_slows_those_of_other_threads_too(
    koha: responses.RequestsMock, status: int
) -> None:
    other = f"{PATH}/other"
    koha.post(URL, status=status, headers={"Retry-After": "3"})
    koha.post(URL, json={})
    koha.post(SITE + other, json={})
    waits: dict[str, list[float]] = {"writing": [], "other": []}

    def sleep(seconds: float) -> None:
        name = threading.current_thread().name
        waits[name].append(seconds)
        if name == "writing":  # while it waits, another batch is sent
            beside = threading.Thread(target=http.send, args=("POST", other), kwargs={"writes": True}, name="other")
            beside.start()
            beside.join()

    http = HttpApi(SITE, "id", "secret", HttpOptions(first_wait=0.5), sleep=sleep)
    writing = threading.Thread(target=http.send, args=("POST", PATH), kwargs={"writes": True}, name="writing")
    writing.start()
    writing.join()
    http.close()
    assert waits["writing"] == [3.0], "it waits once"
    assert [round(seconds) for seconds in waits["other"]] == [3]
    assert [request.url for request in calls(koha, other)] == [SITE + other]


def test_a_rest_is_over_for_all_once_the_call_that_was_turned_away_goes_on(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits
) -> None:
    koha.post(URL, status=503, headers={"Retry-After": "60"})
    koha.post(URL, json={})
    http.send("POST", PATH, json={}, writes=True)
    http.send("POST", PATH, json={}, writes=True)
    assert waits == [60.0]


def test_the_longest_rest_counts_and_only_its_own_call_ends_it() -> None:
    waited: list[float] = []
    pace = Pace(None, sleep=waited.append)
    short = pace.rest(5)
    long = pace.rest(50)
    pace.wait(short)
    assert [round(seconds) for seconds in waited] == [50], "the other was told to wait longer"
    pace.wait(long)
    pace.wait()
    assert len(waited) == 1


def test_a_write_that_was_turned_away_every_time_is_known_not_to_be_done(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.post(URL, status=503)
    with pytest.raises(IlsUnreachable) as raised:
        http.send("POST", PATH, json={}, writes=True)
    assert not isinstance(raised.value, NoAnswer)


def test_a_write_that_could_not_be_sent_is_sent_again(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits
) -> None:
    koha.post(URL, body=requests.ConnectTimeout())
    koha.post(URL, json={})
    assert http.send("POST", PATH, json={}, writes=True).status == 200
    assert waits == [0.5]


@pytest.mark.parametrize("first", [BROKEN, requests.exceptions.ChunkedEncodingError(), 502])
def test_a_write_whose_answer_was_cut_is_sent_once_more_and_no_more(
    koha: responses.RequestsMock, http: HttpApi, first: Exception | int
) -> None:
    koha.post(URL, status=first) if isinstance(first, int) else koha.post(URL, body=first)
    with pytest.raises(NoAnswer):
        http.send("POST", PATH, json={}, writes=True)
    assert len(calls(koha, PATH)) == 2


@pytest.mark.parametrize("silence", [requests.ReadTimeout(), 504])
def test_a_write_that_is_not_answered_in_time_is_not_sent_again(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits, silence: Exception | int
) -> None:
    koha.post(URL, status=silence) if isinstance(silence, int) else koha.post(URL, body=silence)
    with pytest.raises(NoAnswer):
        http.send("POST", PATH, json={}, writes=True)
    assert len(calls(koha, PATH)) == 1
    assert waits == []


def test_a_write_that_was_cut_and_then_turned_away_may_have_been_done(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.post(URL, body=BROKEN)
    koha.post(URL, status=503)
    with pytest.raises(NoAnswer, match=r"was sent and its answer did not come; then: .* 503"):
        http.send("POST", PATH, json={}, writes=True)
    assert len(calls(koha, PATH)) == 4


def test_a_post_that_only_reads_is_tried_again_like_a_read(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(URL, body=requests.ReadTimeout())
    koha.post(URL, json={"here": True})
    assert http.send("POST", PATH, json={"id": 1}).status == 200


def test_a_503_with_a_final_code_is_an_answer(koha: responses.RequestsMock, http: HttpApi, waits: Waits) -> None:
    koha.post(URL, json={"error": "Paused.", "error_code": "paused"}, status=503)
    answer = http.send("POST", PATH, json={}, writes=True, final_codes=frozenset({"paused"}))
    assert (answer.status, answer.word("error_code"), waits) == (503, "paused", [])


def test_a_503_with_another_code_is_tried_again(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(URL, json={"error_code": "maintenance"}, status=503)
    koha.post(URL, json={})
    assert http.send("POST", PATH, json={}, writes=True, final_codes=frozenset({"paused"})).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_tells_where_to(
    koha: responses.RequestsMock, http: HttpApi, status: int
) -> None:
    koha.get(URL, status=status, headers={"Location": "https://new.example.org/login?token=abc&card=123"})
    with pytest.raises(NotAnIls, match=r"a redirect to https://new.example.org: set the address") as raised:
        http.send("GET", PATH)
    assert "abc" not in str(raised.value)
    assert len(koha.calls) == 2


@pytest.mark.parametrize("status", [200, 403, 404])
@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
def test_a_web_page_is_not_an_ils(koha: responses.RequestsMock, http: HttpApi, status: int, kind: str) -> None:
    koha.get(URL, body=" <!DOCTYPE html><title>Log ind</title>", status=status, content_type=kind)
    with pytest.raises(NotAnIls, match=f"answered {status} with a web page.*check the address {SITE}"):
        http.send("GET", PATH)


def test_a_web_page_of_a_proxy_in_trouble_is_trouble_and_not_a_wrong_address(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.get(URL, body="<html>502 Bad Gateway</html>", status=502, content_type="text/html")
    with pytest.raises(IlsUnreachable, match="the web server got no answer from the ILS"):
        http.send("GET", PATH)


@pytest.mark.parametrize(
    "trouble",
    [
        requests.ConnectionError(f"Max retries exceeded with url: {PATH}?card=0101701234"),
        requests.ReadTimeout("0101701234"),
        requests.exceptions.InvalidURL("0101701234"),
        requests.exceptions.SSLError("0101701234"),
        requests.exceptions.ProxyError("0101701234"),
    ],
)
def test_no_error_tells_what_was_asked_or_with_which_secret(
    koha: responses.RequestsMock, http: HttpApi, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "cardwarden")
    koha.get(URL, body=trouble)
    with pytest.raises(IlsError) as raised:
        http.send("GET", PATH, params={"card": "0101701234"}, headers={"x-koha-query": "0101701234"})
    told = "".join(map(str, _chain(raised.value))) + caplog.text
    assert "0101701234" not in told
    assert "s3cret" not in told
    assert "\n" not in str(raised.value)


def _chain(error: BaseException | None) -> list[str]:
    """What a printed traceback would hold: the causes too, unless they are suppressed."""
    told = []
    while error is not None:
        told.append(repr(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told
