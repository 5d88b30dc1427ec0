"""OAuth2 client credentials: when a token is fetched, and what each refusal means."""

import gzip
from urllib.parse import parse_qs

import pytest
import requests
import responses
import time_machine

from adapters.http import HttpApi
from sidecar.errors import CredentialsRefused, IlsUnreachable, NotAnIls, UnexpectedAnswer

from .replay import CLIENT, SECRET, SITE, TOKEN_URL, Waits, calls, give_token, replay

PATH = "/api/v1/things"
URL = SITE + PATH
TOKEN_PATH = "/api/v1/oauth/token"


def test_the_token_is_asked_for_as_recorded_and_sent_as_a_bearer(
    bare_koha: responses.RequestsMock, http: HttpApi
) -> None:
    replay(bare_koha, "token_ok", TOKEN_URL, "POST")
    bare_koha.get(URL, json={})
    http.send("GET", PATH)
    asked = bare_koha.calls[0].request
    assert asked.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert parse_qs(str(asked.body)) == {
        "grant_type": ["client_credentials"],
        "client_id": [CLIENT],
        "client_secret": [SECRET],
    }
    assert "Authorization" not in asked.headers
    assert bare_koha.calls[1].request.headers["Authorization"] == "Bearer ACCESS-TOKEN"


def test_one_token_serves_many_calls_and_is_replaced_before_it_ends(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.get(URL, json={})
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as now:
        for _ in range(3):
            http.send("GET", PATH)
        assert len(calls(koha, TOKEN_PATH)) == 1
        now.shift(3539)
        http.send("GET", PATH)
        assert len(calls(koha, TOKEN_PATH)) == 1
        now.shift(2)
        http.send("GET", PATH)
        assert len(calls(koha, TOKEN_PATH)) == 2


@pytest.mark.parametrize("lifetime", [5, 30, None, "600"])
def test_a_token_that_lives_shortly_or_does_not_say_still_serves_more_than_one_call(
    bare_koha: responses.RequestsMock, http: HttpApi, lifetime: object
) -> None:
    give_token(bare_koha, expires_in=lifetime)
    bare_koha.get(URL, json={})
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
        http.send("GET", PATH)
        http.send("GET", PATH)
    assert len(calls(bare_koha, TOKEN_PATH)) == 1


@pytest.mark.parametrize("writes", [False, True])
def test_an_expired_token_is_replaced_once_and_the_call_repeated(
    bare_koha: responses.RequestsMock, http: HttpApi, waits: Waits, writes: bool
) -> None:
    give_token(bare_koha, "FIRST")
    give_token(bare_koha, "SECOND")
    replay(bare_koha, "badtoken", URL, "POST")
    bare_koha.post(URL, json={"done": True})
    assert http.send("POST", PATH, json={}, writes=writes).status == 200
    assert [call.headers["Authorization"] for call in calls(bare_koha, PATH)] == ["Bearer FIRST", "Bearer SECOND"]
    assert waits == []


def test_a_fresh_token_that_is_refused_ends_it(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "noauth", URL)
    with pytest.raises(CredentialsRefused, match=f"GET {PATH} answered 401 with a fresh token: check that the API key"):
        http.send("GET", PATH)
    assert len(calls(koha, PATH)) == 2
    assert len(calls(koha, TOKEN_PATH)) == 2


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("token_bad_client", "403 .unauthorized client.: check client_id"),
        ("token_bad_secret", "403 .access denied.: check client_secret"),
        ("token_bad_grant", "400 .grant type not offered.: switch on Koha's preference RESTOAuth2ClientCredentials"),
    ],
)
def test_each_refusal_of_a_token_says_what_to_check(
    bare_koha: responses.RequestsMock, http: HttpApi, name: str, says: str
) -> None:
    replay(bare_koha, name, TOKEN_URL, "POST")
    with pytest.raises(CredentialsRefused, match=says) as raised:
        http.send("GET", PATH)
    assert SECRET not in str(raised.value)
    assert len(bare_koha.calls) == 1


def test_other_refusals_of_a_token_are_refused_credentials_too(
    bare_koha: responses.RequestsMock, http: HttpApi
) -> None:
    bare_koha.post(TOKEN_URL, json={"error": "invalid_scope"}, status=401)
    with pytest.raises(CredentialsRefused, match="401 to the API key"):
        http.send("GET", PATH)


def test_no_token_route_is_no_ils(bare_koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(bare_koha, "unknown_path", TOKEN_URL, "POST")
    with pytest.raises(NotAnIls, match="without /api/v1"):
        http.send("GET", PATH)


def test_a_web_page_in_place_of_a_token_is_no_ils(bare_koha: responses.RequestsMock, http: HttpApi) -> None:
    bare_koha.post(TOKEN_URL, body="<html>Log ind</html>", content_type="text/html")
    with pytest.raises(NotAnIls, match="web page"):
        http.send("GET", PATH)


def test_a_redirected_token_request_is_not_followed(bare_koha: responses.RequestsMock, http: HttpApi) -> None:
    bare_koha.post(TOKEN_URL, status=301, headers={"Location": "https://elsewhere.example.org/"})
    with pytest.raises(NotAnIls, match=r"redirect to https://elsewhere.example.org"):
        http.send("GET", PATH)
    assert len(bare_koha.calls) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"x"',
        b"{}",
        b"not json",
        b'{"access_token": 5, "token_type": "Bearer"}',
        b'{"access_token": "x"}',
        b'{"access_token": "x", "token_type": "mac"}',
        b'{"access_token": "x", "token_type": "Bearer", "expires_in": "soon"}',
        b'{"error": "server_error"}',
    ],
)
def test_something_that_is_no_token_is_unexpected(
    bare_koha: responses.RequestsMock, http: HttpApi, body: bytes
) -> None:
    bare_koha.post(TOKEN_URL, body=body, content_type="application/json")
    with pytest.raises(UnexpectedAnswer, match="POST /api/v1/oauth/token answered"):
        http.send("GET", PATH)


def test_a_token_s_answer_of_more_than_a_mebibyte_is_unexpected(
    bare_koha: responses.RequestsMock, http: HttpApi
) -> None:
    bomb = gzip.compress(b'{"access_token": "' + b"x" * (2 << 20) + b'", "token_type": "Bearer"}')
    bare_koha.post(TOKEN_URL, body=bomb, headers={"Content-Encoding": "gzip"}, content_type="application/json")
    with pytest.raises(UnexpectedAnswer, match="POST /api/v1/oauth/token answered with more than 1 MiB"):
        http.send("GET", PATH)


@pytest.mark.parametrize("trouble", [502, 503, 504, 429])
@pytest.mark.parametrize("writes", [False, True])
def test_fetching_a_token_is_tried_again_whatever_it_is_for(
    bare_koha: responses.RequestsMock, http: HttpApi, trouble: int, writes: bool
) -> None:
    bare_koha.post(TOKEN_URL, status=trouble)
    bare_koha.post(TOKEN_URL, body=requests.ReadTimeout())
    give_token(bare_koha)
    bare_koha.post(URL, json={})
    assert http.send("POST", PATH, json={}, writes=writes).status == 200
    assert len(calls(bare_koha, PATH)) == 1


def test_a_failure_inside_at_the_token_is_raised_at_once(bare_koha: responses.RequestsMock, http: HttpApi) -> None:
    bare_koha.post(TOKEN_URL, json={"error": "x"}, status=500)
    with pytest.raises(IlsUnreachable, match="failed inside"):
        http.send("GET", PATH)
    assert len(bare_koha.calls) == 1
