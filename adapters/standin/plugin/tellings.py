"""What the plugin takes for its own pages: answers about cards, in the shapes of its OpenAPI document."""

from collections.abc import Sequence
from typing import Any, Final

from adapters.standin.http.shapes import BOOLEAN, Schema
from adapters.standin.plugin.reading import MAX_ITEMS, PATRON_ID

MAX_LINES: Final = 200
SENTENCE: Final[Schema] = {"type": "string", "maxLength": 2000}


def _object(required: Sequence[str], **properties: Any) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def _list(items: Schema, most: int) -> Schema:
    return {"type": "array", "maxItems": most, "items": items}


PARAGRAPH: Final = _object(
    ("after", "key", "lines", "ordered", "title"),
    key={"type": "string", "maxLength": 50},
    title=SENTENCE,
    ordered=BOOLEAN,
    lines=_list(SENTENCE, MAX_LINES),
    after=SENTENCE,
)
TEXT: Final = _object(("headline", "paragraphs"), headline=SENTENCE, paragraphs=_list(PARAGRAPH, 50))
OFFER: Final = _object(
    ("photo_id", "reset_pin", "rule", "titles", "type"),
    rule={"type": "string", "minLength": 1, "maxLength": 255},
    type={"type": "string", "minLength": 1, "maxLength": 50},
    photo_id=BOOLEAN,
    reset_pin=BOOLEAN,
    titles={"type": "object", "additionalProperties": SENTENCE},
)
TEXTS: Final[Schema] = {
    "type": "object",
    "required": ["en"],
    "properties": {"en": TEXT},
    "additionalProperties": TEXT,
}
ANSWER: Final[Schema] = {
    **_object(
        ("blocked", "releases", "texts"),
        blocked={"type": ["boolean", "null"]},
        texts=TEXTS,
        releases=_list(OFFER, 50),
    ),
    "type": ["object", "null"],
}
ANSWERS: Final = _list(
    _object(
        ("answer", "as_of", "patron_id"),
        patron_id=PATRON_ID,
        as_of={"type": "integer", "minimum": 0},
        answer=ANSWER,
    ),
    MAX_ITEMS,
)
