"""The values of a policy test file -> their shapes; what fits none is noted with its place and what would be right."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from sidecar.policy.file.values import MAX_AMOUNT, decimals_of
from sidecar.policy.language.schema import Table
from sidecar.policy.language.testkeys import (
    MAX_DECIMALS,
    TEST_CASE,
    TEST_CHARGE,
    TEST_FILE,
    TEST_GUARANTEE,
    TEST_LOAN,
    TEST_PATRON,
    TEST_STEP,
)
from sidecar.toml.mistakes import Notes
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import nearest, quoted, type_in_words

Shape = TypeVar("Shape", bound=msgspec.Struct)

_TABLES: Final = {
    "case": TEST_CASE,
    "step": TEST_STEP,
    "patron": TEST_PATRON,
    "charges": TEST_CHARGE,
    "overdue": TEST_LOAN,
    "guarantees": TEST_GUARANTEE,
}
_ERROR: Final = re.compile(r"(?P<problem>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_PART: Final = re.compile(r"\.(?P<key>[^.\[\]]+)|\[(?P<index>\d+)\]")
_FIELD: Final = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)
_GOT: Final = re.compile(r"Expected .*, got .*")
_BOUND: Final = re.compile(r"Expected `int` [<>]=")
_SHORT: Final = re.compile(r"Expected .* of length >= 1")


class Amount(Decimal):
    """A sum in a policy test, as exact as Koha keeps it, and no more than a card could owe."""


def fit(data: Mapping[str, object], shape: type[Shape], path: KeyPath, notes: Notes, *, otherwise: Shape) -> Shape:
    """The table as its shape. A key that is wrong is noted and left out; `otherwise` is for what is then no shape."""
    left = dict(data)
    while True:
        try:
            return msgspec.convert(left, shape, dec_hook=_exact)
        except msgspec.ValidationError as error:
            problem, inner = _taken_apart(str(error))
            name = inner[0] if inner else None
            if name in data and name not in left:  # required, and noted already
                return otherwise
            _note(problem, (*path, *inner), _value_at(data, inner), notes)
            if name not in left:
                return otherwise
            del left[str(name)]


def _taken_apart(message: str) -> tuple[str, KeyPath]:
    """What msgspec says, and the path at which it says so, down to the field that is unknown or missing."""
    found = _ERROR.fullmatch(message)
    problem, path = (message, None) if found is None else (found["problem"], found["path"])
    parts: KeyPath = tuple(
        part["key"] if part["index"] is None else int(part["index"]) for part in _PART.finditer(path or "")
    )
    field = _FIELD.fullmatch(problem)
    return problem, parts if field is None else (*parts, field["name"])


def _value_at(data: object, path: KeyPath) -> object:
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(str(part))
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    return data


def _note(problem: str, path: KeyPath, value: object, notes: Notes) -> None:
    field = _FIELD.fullmatch(problem)
    if field is not None and field["what"] == "contains unknown":
        notes.mistake(path, "unknown key", nearest(field["name"], _table_of(path[:-1]).names))
    elif field is not None:
        notes.mistake(path, "is missing", _remedy(path, None))
    else:
        notes.mistake(path, _in_words(problem, value), _remedy(path, value))


def _in_words(problem: str, value: object) -> str:
    if _BOUND.match(problem):
        return "is out of range"
    if _SHORT.match(problem):
        return "is empty"
    if _GOT.match(problem):
        return f"is {type_in_words(value)}"
    if problem.startswith("Invalid enum value"):
        return f"{quoted(str(value))} is not known"
    return problem


def _remedy(path: KeyPath, value: object) -> str:
    """What goes there, in the words of the reference."""
    names = [at for at, part in enumerate(path) if isinstance(part, str)]
    key = _table_of(path[: names[-1]]).key(str(path[names[-1]])) if names else None
    if key is None:
        return "see docs/policy.md, 'Policy tests'"
    article = "" if key.type.startswith(("`", "true")) else "an " if key.type[0] in "aeiou" else "a "
    quotes = ", without quotes" if isinstance(value, str) and not key.type.startswith(("text", "`", "list")) else ""
    return f"write {article}{key.type}{quotes}"


def _table_of(path: KeyPath) -> Table:
    """The table that stands at a path of the file."""
    names = [part for part in path if isinstance(part, str)]
    return _TABLES[names[-1]] if names else TEST_FILE


def _exact(_shape: type, value: object) -> Amount:
    """An amount, for msgspec. Raises TypeError or ValueError, whose words are the mistake."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"is {type_in_words(value)}")
    exact = Decimal(value)
    if not exact.is_finite():
        raise ValueError("is not a number")
    if exact < 0:
        raise ValueError("is negative")
    if exact > MAX_AMOUNT:
        raise ValueError("is too large")
    if decimals_of(exact) > MAX_DECIMALS:
        raise ValueError(f"has {decimals_of(exact)} decimals, and Koha keeps {MAX_DECIMALS}")
    return Amount(exact)
