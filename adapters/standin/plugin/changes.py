"""The plugin's one writing route, `POST /changes`: each item atomic, checked in the contract's order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from adapters.standin.http.answers import Flaw, answer, error, invalid
from adapters.standin.http.operations import Call
from adapters.standin.http.shapes import BOOLEAN, Schema
from adapters.standin.library.library import Library
from adapters.standin.library.records import ENDLESS, FLAG_COMMENT_LENGTH, Patron, RestrictionRow
from adapters.standin.plugin.parts import ATTRIBUTES, WITH, Asked, asked_in_body, etag_fields
from adapters.standin.plugin.reading import BEFORE_PAGES, MAX_ITEMS, PATRON_ID
from adapters.standin.plugin.tellings import ANSWERS

TYPE_NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 50}
COMMENT: Final[Schema] = {"type": "string", "minLength": 1}
MAX_TYPES: Final = 50
ITEM: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["patron_id", "etag"],
    "properties": {
        "patron_id": PATRON_ID,
        "etag": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "set": {
            "type": "array",
            "maxItems": MAX_TYPES,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["type", "comment"],
                "properties": {"type": TYPE_NAME, "comment": COMMENT, "short_comment": COMMENT},
            },
        },
        "remove": {"type": "array", "maxItems": MAX_TYPES, "items": TYPE_NAME},
        "reset_pin": BOOLEAN,
    },
}
NOTICES: Final[Schema] = {
    "type": "array",
    "maxItems": MAX_ITEMS,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["patron_id", "code", "key"],
        "properties": {
            "patron_id": {"type": "integer", "minimum": 1},
            "code": {"type": "string", "minLength": 1, "maxLength": 20, "pattern": "^CW_[A-Z0-9_]+$"},
            "key": {"type": "string", "minLength": 1, "maxLength": 100},
        },
    },
}
CHANGES_BODY: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["instance", "items"],
    "properties": {
        "instance": {"type": "string", "minLength": 1, "maxLength": 255},
        "takeover": BOOLEAN,
        "with": WITH,
        "attributes": ATTRIBUTES,
        "items": {"type": "array", "maxItems": MAX_ITEMS, "items": ITEM},
        "answers": ANSWERS,
        "taken_releases": {"type": "array", "maxItems": MAX_ITEMS, "items": {"type": "integer", "minimum": 1}},
        "answers_hold_at": {"type": "integer", "minimum": 0},
        "notices": NOTICES,
    },
}
OF_PAGES: Final = ("answers", "taken_releases", "answers_hold_at", "notices")
"""What came with the plugin's own pages."""
NO_LETTER: Final = "Koha has no letter {code}: make it on the plugin's page in Koha (Configure)."


class Outcome(Struct, frozen=True):
    """The answer to one item."""

    patron_id: int
    status: int
    etag: str | None
    written: bool
    error: str | UnsetType = UNSET
    length: int | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Wanted:
    """A restriction of ours that shall be in force, with its text and the shorter one for a full flag."""

    type: str
    comment: str
    short: str

    def is_said_by(self, row: RestrictionRow) -> bool:
        """Whether the row already carries one of the two texts."""
        return row.comment in {self.comment, self.short}


@dataclass(frozen=True, slots=True)
class Item:
    """One patron's change."""

    patron_id: int
    etag: str
    wanted: tuple[Wanted, ...]
    removed: tuple[str, ...]
    reset_pin: bool

    @property
    def types(self) -> tuple[str, ...]:
        """All types that the item names."""
        return (*(one.type for one in self.wanted), *self.removed)


def _etag(library: Library, patron: Patron, asked: Asked) -> str:
    return library.etag(patron, tuple(etag_fields(library, patron, asked)))


def change(call: Call) -> Response:
    """Apply up to 500 items, unless the plugin is paused or another journal writes."""
    library, body = call.library, call.body
    items = [_item(raw) for raw in body["items"]]
    if flaws := [*_named_twice(items), *_not_known_yet(library, body)]:
        raise invalid(flaws)
    if library.paused:
        raise error(503, "Writing is paused on the plugin's page in Koha.", error_code="paused")
    if library.writer not in {None, body["instance"]} and not body.get("takeover"):
        raise error(409, "Another journal wrote last.", error_code="other_writer", writer=library.writer)
    library.writer = body["instance"]
    answered: dict[str, object] = {
        "as_of": library.now(),
        "results": [_outcome(library, item, asked_in_body(body)) for item in items],
    }
    if library.contract > BEFORE_PAGES:
        answered |= _kept(library, body)
    return answer(answered)


def _kept(library: Library, body: dict[str, Any]) -> dict[str, object]:
    """What is for the plugin's own pages is kept after the items."""
    kept = [library.keep_answer(one["patron_id"], one["as_of"], one["answer"]) for one in body.get("answers", ())]
    if "answers_hold_at" in body:
        library.answers_hold_at = max(body["answers_hold_at"], library.answers_hold_at or 0)
    return {
        "answers_kept": sum(kept),
        "releases_taken": library.take_releases(body.get("taken_releases", [])),
        **(_queued(library, body["notices"]) if "notices" in body else {}),
    }


def _queued(library: Library, asked: list[dict[str, Any]]) -> dict[str, object]:
    if library.has_letter:
        return {"notices_queued": library.keep_notices(asked), "notices_refused": []}
    refused = [{"patron_id": one["patron_id"], "key": one["key"], "error": NO_LETTER.format(**one)} for one in asked]
    return {"notices_queued": 0, "notices_refused": refused}


def _not_known_yet(library: Library, body: dict[str, Any]) -> Iterator[Flaw]:
    if library.contract <= BEFORE_PAGES and any(name in body for name in OF_PAGES):
        yield Flaw("/body", "Properties not allowed: " + ", ".join(name for name in OF_PAGES if name in body) + ".")
    patrons = [one["patron_id"] for one in body.get("answers", ())]
    if len(set(patrons)) < len(patrons):
        yield Flaw("/body/answers", "Patron named twice.")


def _named_twice(items: list[Item]) -> Iterator[Flaw]:
    patrons: set[int] = set()
    for place, item in enumerate(items):
        if item.patron_id in patrons:
            yield Flaw(f"/body/items/{place}/patron_id", "Patron named twice.")
        patrons.add(item.patron_id)
        if len(set(item.types)) < len(item.types):
            yield Flaw(f"/body/items/{place}", "Type named twice.")


def _item(raw: dict[str, Any]) -> Item:
    return Item(
        patron_id=raw["patron_id"],
        etag=raw["etag"],
        wanted=tuple(
            Wanted(one["type"], one["comment"], one.get("short_comment", one["comment"])) for one in raw.get("set", ())
        ),
        removed=tuple(raw.get("remove", ())),
        reset_pin=raw.get("reset_pin", False),
    )


def _outcome(library: Library, item: Item, asked: Asked) -> Outcome:
    patron = library.patrons.get(item.patron_id)
    if patron is None or patron.hidden:
        return _refused(item, 404, "There is no such patron.")
    for code in item.types:
        if code not in library.registered:
            return _refused(item, 403, f"The type {code} is not registered as Cardwarden's own.")
        if code not in library.restriction_types:
            return _refused(item, 409, f"Koha has no restriction type {code}.")
    if _already(library, patron, item):
        return Outcome(item.patron_id, 200, _etag(library, patron, asked), written=False)
    if item.etag != _etag(library, patron, asked):
        return _refused(item, 412, "The patron's facts moved.")
    return _write(library, patron, item, asked)


def _refused(item: Item, status: int, message: str) -> Outcome:
    return Outcome(item.patron_id, status, None, written=False, error=message)


def _already(library: Library, patron: Patron, item: Item) -> bool:
    """Whether the patron is as the item asks: rows, counter and flag."""
    today = library.today()
    for one in item.wanted:
        rows = [row for row in patron.restrictions if row.type == one.type]
        if len(rows) != 1 or not rows[0].in_force(today) or not one.is_said_by(rows[0]):
            return False
    return (
        not any(row.type in item.removed for row in patron.restrictions)
        and not (item.reset_pin and patron.attempts > 0)
        and patron.flag_matches(today)
    )


def _write(library: Library, patron: Patron, item: Item, asked: Asked) -> Outcome:
    today = library.today()
    kept: dict[str, RestrictionRow] = {}
    texts: dict[str, str] = {}
    for one in item.wanted:
        in_force = [row for row in patron.restrictions if row.type == one.type and row.in_force(today)]
        texts[one.type] = one.comment
        if in_force:
            # of several rows the one that lasts longest stays, so that collapsing never ends a restriction early
            row = kept[one.type] = max(in_force, key=lambda row: (row.expiration or ENDLESS, -row.id))
            texts[one.type] = row.comment if one.is_said_by(row) else one.comment
    staying = [row for row in patron.restrictions if row.type not in item.types or row in kept.values()]
    others = [row.comment for row in staying if row.type not in texts and row.in_force(today)]
    if any(code not in kept or kept[code].comment != text for code, text in texts.items()):
        # where no comment is written nothing can grow, and how long it is is not ours to judge
        if _length(others, texts) > FLAG_COMMENT_LENGTH:
            texts = {one.type: one.short for one in item.wanted}
        if (length := _length(others, texts)) > FLAG_COMMENT_LENGTH:
            message = "The comments joined are longer than Koha keeps."
            return Outcome(item.patron_id, 422, None, written=False, error=message, length=length)
    patron.restrictions = staying
    for code, text in texts.items():
        if code not in kept:
            library.new_row(patron, code, text, None)
        elif kept[code].comment != text:
            library.amend(kept[code], comment=text)
    if item.reset_pin and patron.attempts > 0:
        library.reset_pin(patron.id)
    library.refresh_flag(patron)
    return Outcome(
        item.patron_id, 201 if texts.keys() - kept.keys() else 200, _etag(library, patron, asked), written=True
    )


def _length(others: list[str], texts: dict[str, str]) -> int:
    """Characters of the joined comment as the flag would get it with these texts."""
    return len("\n".join((*others, *texts.values())))
