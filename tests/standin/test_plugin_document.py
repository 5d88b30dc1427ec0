"""The stand-in's plugin is held against the OpenAPI document that the real plugin ships."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import adapters
from adapters.standin.http.api import PLUGIN_OPERATIONS
from adapters.standin.http.operations import Operation
from adapters.standin.library.library import Library
from adapters.standin.plugin.reading import NAMESPACE
from tests.standin.client import PLUGIN, Client

DOCUMENT = Path(adapters.__file__).parent / "koha" / "plugin" / "Koha" / "Plugin" / "Dk" / "Cardwarden" / "openapi.json"
SPECIFICATION: Mapping[str, Any] = json.loads(DOCUMENT.read_text())


def described(operation: Operation) -> Mapping[str, Any]:
    found: Mapping[str, Any] = SPECIFICATION["paths"][operation.path.removeprefix(NAMESPACE)][operation.method.lower()]
    return found


def resolved(node: Any) -> Any:
    """A schema with its references filled in, without what only explains, lists of names in one order."""
    if isinstance(node, Mapping):
        if "$ref" in node:
            return resolved(SPECIFICATION["definitions"][node["$ref"].rpartition("/")[2]])
        kept = {key: value for key, value in node.items() if key not in {"description", "default"}}
        return {key: sorted(value) if key == "required" else resolved(value) for key, value in kept.items()}
    return node


def name(operation: Operation) -> str:
    return f"{operation.method} {operation.path.removeprefix(NAMESPACE)}"


FOR_STAFF_S_BROWSERS = {"GET /desk"}
"""Asked by the panel on a patron's page, with the staff member's own cookie; the stand-in has no such pages."""


def test_the_routes_are_the_same() -> None:
    theirs = {f"{method.upper()} {path}" for path, methods in SPECIFICATION["paths"].items() for method in methods}
    theirs -= FOR_STAFF_S_BROWSERS
    assert {name(operation) for operation in PLUGIN_OPERATIONS} == theirs


@pytest.mark.parametrize("operation", PLUGIN_OPERATIONS, ids=name)
def test_permissions_are_the_same(operation: Operation) -> None:
    theirs = described(operation)
    assert operation.permissions == theirs["x-koha-authorization"]["permissions"]
    assert operation.also == theirs["x-cardwarden-permissions"]


@pytest.mark.parametrize("operation", PLUGIN_OPERATIONS, ids=name)
def test_parameters_and_bodies_are_the_same(operation: Operation) -> None:
    theirs = described(operation)["parameters"]
    only_schema = {"type", "minimum", "maximum", "minLength", "maxLength", "pattern"}
    query = {one["name"]: {key: one[key] for key in only_schema & one.keys()} for one in theirs if one["in"] == "query"}
    bodies = [resolved(one["schema"]) for one in theirs if one["in"] == "body"]
    assert operation.query == query
    assert ([resolved(operation.body)] if operation.body else []) == bodies


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/status", None),
        ("GET", "/patrons?limit=10000&everyone=1&names=1", None),
        ("POST", "/patrons", {"patron_ids": [1, 3]}),
        ("POST", "/changes", {"instance": "journal-1", "items": []}),
    ],
)
def test_answers_fit_the_description(client: Client, method: str, path: str, body: object) -> None:
    answer = client.call(method, PLUGIN + path, json=body)
    schema = SPECIFICATION["paths"][path.partition("?")[0]][method.lower()]["responses"]["200"]["schema"]
    jsonschema.Draft4Validator({**schema, "definitions": SPECIFICATION["definitions"]}).validate(answer.json())


def test_results_fit_the_description(client: Client, library: Library, patron: int) -> None:
    library.staff_restricts(patron, "MANUAL", "m" * 250)
    etag = client.facts(patron)["etag"]
    answer = client.change(
        {"patron_id": patron, "etag": etag, "set": [{"type": "CW_DEBT", "comment": "too long"}]},
        {"patron_id": 999_999, "etag": etag},
    )
    schema = {"$ref": "#/definitions/results", "definitions": SPECIFICATION["definitions"]}
    jsonschema.Draft4Validator(schema).validate(answer.json())
    assert [one["status"] for one in answer.json()["results"]] == [422, 404]
