"""`POST /changes`: a request that is not as described is refused as a whole, before anything else is asked."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.live.client import PLUGIN, STALE, Client, Json, row

Spoil = Callable[[Json, Json, str], object]
"""Spoils a good request; gets the body, its one item, and a registered type."""

WRONG: Final[dict[str, Spoil]] = {
    "a patron twice": lambda body, item, kind: body["items"].append(dict(item)),
    "a type twice to set": lambda body, item, kind: item.update(set=[row(kind, "a"), row(kind, "b")]),
    "a type twice to remove": lambda body, item, kind: item.update(set=[], remove=[kind, kind]),
    "a type to set and to remove": lambda body, item, kind: item.update(remove=[kind]),
    "no etag": lambda body, item, kind: item.pop("etag"),
    "an empty etag": lambda body, item, kind: item.update(etag=""),
    "a short etag": lambda body, item, kind: item.update(etag="0" * 63),
    "a long etag": lambda body, item, kind: item.update(etag="0" * 65),
    "an etag that is not hex": lambda body, item, kind: item.update(etag="g" * 64),
    "an etag that is null": lambda body, item, kind: item.update(etag=None),
    "no patron": lambda body, item, kind: item.pop("patron_id"),
    "patron 0": lambda body, item, kind: item.update(patron_id=0),
    "a patron by name": lambda body, item, kind: item.update(patron_id="somebody"),
    "a patron and a half": lambda body, item, kind: item.update(patron_id=item["patron_id"] + 0.5),
    "an empty comment": lambda body, item, kind: item.update(set=[row(kind, "")]),
    "an empty short comment": lambda body, item, kind: item.update(set=[row(kind, "Text.", "")]),
    "no comment": lambda body, item, kind: item.update(set=[{"type": kind}]),
    "a comment that is null": lambda body, item, kind: item.update(set=[{"type": kind, "comment": None}]),
    "an expiration": lambda body, item, kind: item.update(set=[row(kind) | {"expiration": "2030-01-01"}]),
    "no type": lambda body, item, kind: item.update(set=[{"comment": "Text."}]),
    "an empty type": lambda body, item, kind: item.update(remove=[""]),
    "a type of 51 characters": lambda body, item, kind: item.update(remove=["C" * 51]),
    "a set that is no list": lambda body, item, kind: item.update(set=row(kind)),
    "a reset that is no boolean": lambda body, item, kind: item.update(reset_pin="yes"),
    "a key of an item that is not declared": lambda body, item, kind: item.update(add=[kind]),
    "a key that is not declared": lambda body, item, kind: body.update(force=True),
    "no instance": lambda body, item, kind: body.pop("instance"),
    "an empty instance": lambda body, item, kind: body.update(instance=""),
    "an instance of 256 characters": lambda body, item, kind: body.update(instance="x" * 256),
    "a takeover that is no boolean": lambda body, item, kind: body.update(takeover="no"),
    "no items": lambda body, item, kind: body.pop("items"),
    "items that are no list": lambda body, item, kind: body.update(items=item),
    "501 items": lambda body, item, kind: body["items"].extend(
        {"patron_id": item["patron_id"] + 1 + number, "etag": STALE} for number in range(500)
    ),
}


@pytest.fixture(scope="module")
def untouched(people) -> int:
    """One patron for all of these, since none of them may leave a trace."""
    return int(people.make())


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused_as_a_whole_for(koha: Client, untouched: int, kind: str, wrong: str) -> None:
    before = koha.facts(untouched)
    item: Json = {"patron_id": untouched, "etag": before["etag"], "set": [row(kind)]}
    # from another journal: that the request is wrong is said first
    body: Json = {"instance": "another", "items": [item]}
    WRONG[wrong](body, item, kind)
    answer = koha.call("POST", f"{PLUGIN}/changes", json=body)
    assert answer.status_code == 400, answer.text
    said = answer.json()
    assert said["status"] == 400
    assert all(flaw["path"].startswith("/body") and flaw["message"] for flaw in said["errors"])
    assert koha.facts(untouched) == before
    assert koha.status()["writer"] == koha.instance


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"null", b'"text"'], ids=repr)
def test_what_is_no_object_is_refused(koha: Client, sent: bytes) -> None:
    answer = koha.call("POST", f"{PLUGIN}/changes", data=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
