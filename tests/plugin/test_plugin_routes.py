"""The plugin's OpenAPI file. A route that forgets its permissions is public in Koha, so none may."""

import json
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "adapters" / "koha" / "plugin" / "Koha/Plugin/Dk/Cardwarden/openapi.json"
SPEC = json.loads(FILE.read_text())
MONEY = {"borrowers": "edit_borrowers", "updatecharges": "remaining_permissions"}
EVERYWHERE = {"borrowers": "view_borrower_infos_from_any_libraries"}
PERMISSIONS = {"/changes": {"borrowers": "edit_borrowers"}, "/desk": {"catalogue": "1"}}
"""The desk's route lets in whoever may use the staff interface; the controller asks who may open that patron's page."""
METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}


OPERATIONS = [
    pytest.param(path, method, operation, id=f"{method} {path}")
    for path, methods in SPEC["paths"].items()
    for method, operation in methods.items()
]


def test_the_routes_are_those_of_the_contract() -> None:
    routes = {(method, path) for path, methods in SPEC["paths"].items() for method in methods}
    assert routes == {
        ("get", "/status"), ("get", "/patrons"), ("post", "/patrons"), ("post", "/changes"), ("get", "/desk"),
    }  # fmt: skip


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_no_route_is_public(path: str, method: str, operation: dict[str, Any]) -> None:
    assert method in METHODS
    permissions = operation["x-koha-authorization"]["permissions"]
    assert permissions == PERMISSIONS.get(path, MONEY)
    assert operation["x-koha-authorization"].keys() == {"permissions"}, "nobody is let in as an owner or a guarantor"
    assert operation.get("x-cardwarden-permissions") == (None if path == "/desk" else EVERYWHERE)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_answer_is_declared(path: str, method: str, operation: dict[str, Any]) -> None:
    expected = {"200", "400", "401", "403", "404", "500", "503"} | ({"409"} if path == "/changes" else set())
    assert operation["responses"].keys() == expected
    for status, response in operation["responses"].items():
        assert response["description"]
        name = response["schema"]["$ref"].removeprefix("#/definitions/")
        assert (name == "error") == (status != "200")
        assert name in SPEC["definitions"]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_unknown_keys_are_refused_and_lists_are_bounded(path: str, method: str, operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        if parameter["in"] == "body":
            _closed(parameter["schema"])
        else:
            assert parameter["in"] == "query", "an identifier in the path would be in every log"
            assert "cardnumber" not in parameter["name"]
            bounds = {"minLength", "maxLength", "pattern"} if parameter["type"] == "string" else {"minimum", "maximum"}
            assert bounds <= parameter.keys()


def _closed(schema: dict[str, Any]) -> None:
    if "$ref" in schema:
        _closed(SPEC["definitions"][schema["$ref"].removeprefix("#/definitions/")])
    if schema.get("type") == "array":
        assert schema["maxItems"] <= 500
        _closed(schema["items"])
    if schema.get("type") == "string":
        assert schema.keys() & {"maxLength", "pattern", "enum"} or schema.get("minLength") == 1
    if "object" in schema.get("type", ()):
        more = schema["additionalProperties"]
        if isinstance(more, dict):
            assert schema["description"].startswith("By language")
            _closed(more)
        else:
            assert more is False
        for child in schema.get("properties", {}).values():
            _closed(child)


def test_an_etag_may_not_be_null() -> None:
    item = SPEC["definitions"]["item"]
    assert "etag" in item["required"]
    assert item["properties"]["etag"]["type"] == "string"
