"""Nobody gets in without a token, and nobody far with a key that may do too little."""

import pytest

from tests.live.client import NOBODY, PLUGIN, STALE, Client, Json, row
from tests.live.target import Login, Target

CHANGE: Json = {"instance": "an intruder", "takeover": True, "items": []}
ROUTES = [
    pytest.param("GET", "/status", None, id="status"),
    pytest.param("GET", "/patrons", None, id="page"),
    pytest.param("POST", "/patrons", {"patron_ids": [1]}, id="some"),
    pytest.param("POST", "/changes", CHANGE, id="changes"),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_without_a_token_a_route_answers_401(nobody: Client, method: str, path: str, body: Json | None) -> None:
    answer = nobody.call(method, PLUGIN + path, json=body)
    assert (answer.status_code, answer.json()) == (401, {"error": "Authentication failure."})


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_with_a_token_that_koha_did_not_give_a_route_answers_401(
    nobody: Client, method: str, path: str, body: Json | None
) -> None:
    answer = nobody.call(method, PLUGIN + path, json=body, headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, answer.json()) == (401, {"error": "Authentication failure."})


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_with_too_few_permissions_a_route_answers_403_and_names_them(
    low: Client, method: str, path: str, body: Json | None
) -> None:
    answer = low.call(method, PLUGIN + path, json=body)
    assert answer.status_code == 403
    said = answer.json()
    assert said["error"] == "Authorization failure. Missing required permission(s)."
    assert "edit_borrowers" in str(said["required_permissions"])


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_the_permission_is_asked_before_the_request_is_looked_at(
    low: Client, method: str, path: str, body: Json | None
) -> None:
    if body is None:
        answer = low.call(method, PLUGIN + path, params={"no_such_parameter": 1})
    else:
        answer = low.call(method, PLUGIN + path, json={"no_such_key": 1})
    assert answer.status_code == 403


def test_a_refused_key_changes_nothing(koha: Client, low: Client, patron: int, kind: str) -> None:
    before = koha.facts(patron)
    item = {"patron_id": patron, "etag": before["etag"], "set": [row(kind)]}
    assert low.call("POST", f"{PLUGIN}/changes", json=CHANGE | {"items": [item]}).status_code == 403
    assert koha.facts(patron) == before
    assert koha.status()["writer"] == koha.instance


def test_a_wrong_secret_gets_no_token(nobody: Client, target: Target) -> None:
    wrong = Login(target.client.name, "a wrong secret")
    grant = {"grant_type": "client_credentials", "client_id": wrong.name, "client_secret": wrong.secret}
    answer = nobody.call("POST", "/api/v1/oauth/token", data=grant)
    assert (answer.status_code, answer.json()) == (403, {"error": "access_denied"})


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/status"), ("PUT", "/changes"), ("GET", "/no_such_route")])
def test_there_is_no_other_route(koha: Client, method: str, path: str) -> None:
    answer = koha.call(method, PLUGIN + path)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["message"] == "Not Found."


def test_a_refusal_is_json(koha: Client, nobody: Client) -> None:
    for answer in (
        nobody.call("GET", f"{PLUGIN}/status"),
        koha.call("GET", f"{PLUGIN}/patrons", params={"limit": 0}),
        koha.change(instance=""),
        koha.change({"patron_id": NOBODY, "etag": STALE}, instance="another"),
    ):
        assert answer.headers["Content-Type"].startswith("application/json")
