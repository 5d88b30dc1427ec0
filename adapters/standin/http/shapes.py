"""A small JSON schema validator with the words of Perl's JSON::Validator, which Koha's answers carry verbatim."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from adapters.standin.http.answers import Flaw

Schema = Mapping[str, Any]

INTEGER: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "number"}
STRING: Final[Schema] = {"type": "string"}
BOOLEAN: Final[Schema] = {"type": "boolean"}
NULLABLE_STRING: Final[Schema] = {"type": ["string", "null"]}
NULLABLE_INTEGER: Final[Schema] = {"type": ["integer", "null"]}
NULLABLE_BOOLEAN: Final[Schema] = {"type": ["boolean", "null"]}
READ_ONLY: Final[Schema] = {"type": "boolean", "readOnly": True}
NULLABLE_DATE: Final[Schema] = {"type": ["string", "null"], "format": "date"}

_INTEGER_TEXT: Final = re.compile(r"-?\d+\Z")


def check(value: object, schema: Schema, path: str = "") -> Iterator[Flaw]:
    """Everything that is wrong with a value, each with its JSON pointer."""
    if schema.get("readOnly"):
        yield Flaw(path, "Read-only.")
        return
    wanted = schema["type"]
    kinds: Sequence[str] = [wanted] if isinstance(wanted, str) else wanted
    kind = _kind_of(value)
    if kind not in kinds and not (kind == "integer" and "number" in kinds):
        yield Flaw(path, f"Expected {'/'.join(kinds)} - got {kind}.")
        return
    if "enum" in schema and value not in schema["enum"]:
        yield Flaw(path, f"Not in enum list: {', '.join(str(one) for one in schema['enum'])}.")
    if isinstance(value, Mapping):
        yield from _check_object(value, schema, path)
    elif isinstance(value, list):
        yield from _check_array(value, schema, path)
    elif isinstance(value, str):
        yield from _check_text(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _check_size(value, schema, path)


def coerced(text: str, schema: Schema) -> object:
    """A query or path parameter's text as the type that the schema wants, unchanged where it does not fit."""
    if schema["type"] == "integer" and _INTEGER_TEXT.match(text):
        return int(text)
    if schema["type"] == "boolean" and text in {"1", "true", "0", "false"}:
        return text in {"1", "true"}
    return text


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _check_object(value: Mapping[str, object], schema: Schema, path: str) -> Iterator[Flaw]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield Flaw(f"{path}/{name}", "Missing property.")
    unknown = sorted(name for name in value if name not in properties)
    others = schema.get("additionalProperties")
    if unknown and others is False:
        yield Flaw(path, f"Properties not allowed: {', '.join(unknown)}.")
    for name, member in value.items():
        if name in properties:
            yield from check(member, properties[name], f"{path}/{name}")
        elif isinstance(others, Mapping):
            yield from check(member, others, f"{path}/{name}")


def _check_array(value: Sequence[object], schema: Schema, path: str) -> Iterator[Flaw]:
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        yield Flaw(path, f"Too many items: {len(value)}/{schema['maxItems']}.")
        return
    if "minItems" in schema and len(value) < schema["minItems"]:
        yield Flaw(path, f"Not enough items: {len(value)}/{schema['minItems']}.")
    for place, member in enumerate(value):
        yield from check(member, schema["items"], f"{path}/{place}")


def _check_text(value: str, schema: Schema, path: str) -> Iterator[Flaw]:
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        yield Flaw(path, f"String is too long: {len(value)}/{schema['maxLength']}.")
    if "minLength" in schema and len(value) < schema["minLength"]:
        yield Flaw(path, f"String is too short: {len(value)}/{schema['minLength']}.")
    if "pattern" in schema and re.search(schema["pattern"], value) is None:
        yield Flaw(path, f"String does not match {schema['pattern']}.")
    if schema.get("format") == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            yield Flaw(path, "Does not match date format.")


def _check_size(value: float, schema: Schema, path: str) -> Iterator[Flaw]:
    if "minimum" in schema and value < schema["minimum"]:
        yield Flaw(path, f"{value} < minimum({schema['minimum']})")
    if "maximum" in schema and value > schema["maximum"]:
        yield Flaw(path, f"{value} > maximum({schema['maximum']})")
