"""Koha's query language: the JSON of `q` as a filter, with the SQL semantics that DBIx::Class gives it.

Whatever it cannot read (bad JSON, column, operator) is an internal error, as recorded from Koha 23.05.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final, Generic, TypeVar

import msgspec

Row = TypeVar("Row")
Test = Callable[[Row], bool]


class BadQueryError(ValueError):
    """The query cannot be turned into SQL."""


class Kind(Enum):
    """How a column compares."""

    NUMBER = "number"
    TEXT = "text"
    DAY = "day"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column that may be asked for: how it compares, and its value in a row."""

    kind: Kind
    value: Callable[[Row], Any]


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class Filter(Generic[Row]):
    """Reads queries over one table's columns. `ambiguous` are columns that need the prefix `me.`."""

    def __init__(self, columns: Mapping[str, Column[Row]], ambiguous: frozenset[str] = frozenset()) -> None:
        self.columns = columns
        self.ambiguous = ambiguous

    def read(self, text: str) -> Test[Row]:
        """A filter from JSON text."""
        try:
            query = msgspec.json.decode(text)
        except msgspec.DecodeError:
            raise BadQueryError(text) from None
        return self.compile(query)

    def compile(self, query: object) -> Test[Row]:
        """A filter from a decoded query: an object ANDs its members, a list ORs them."""
        if isinstance(query, Mapping):
            return _all([self._member(str(name), value) for name, value in query.items()])
        if isinstance(query, list):
            return _any([self.compile(part) for part in query]) if query else _always
        raise BadQueryError(repr(query))

    def column(self, name: str) -> Column[Row]:
        """The column of a name with or without the prefix `me.`."""
        plain = name.removeprefix("me.")
        if plain not in self.columns or (plain == name and plain in self.ambiguous):
            raise BadQueryError(name)
        return self.columns[plain]

    def _member(self, name: str, value: object) -> Test[Row]:
        if name in {"-and", "-or"}:
            if isinstance(value, Mapping):
                parts = [self._member(str(key), each) for key, each in value.items()]
            elif isinstance(value, list):
                parts = [self.compile(part) for part in value]
            else:
                raise BadQueryError(name)
            return _all(parts) if name == "-and" else _any(parts)
        return self._condition(self.column(name), value)

    def _condition(self, column: Column[Row], wanted: object) -> Test[Row]:
        if isinstance(wanted, Mapping):
            return _all([self._operation(column, str(sign).lower(), value) for sign, value in wanted.items()])
        if isinstance(wanted, list):
            if wanted and wanted[0] in ("-and", "-or"):
                parts = [self._condition(column, part) for part in wanted[1:]]
                return _all(parts) if wanted[0] == "-and" else _any(parts)
            return _any([self._condition(column, part) for part in wanted])
        return self._operation(column, "=", wanted)

    def _operation(self, column: Column[Row], sign: str, wanted: object) -> Test[Row]:
        bare = sign.removeprefix("-").replace("_", " ")
        if bare in {"in", "not in"}:
            members = wanted if isinstance(wanted, list) else [wanted]
            found = _any([self._operation(column, "=", member) for member in members])
            return found if bare == "in" else lambda row: column.value(row) is not None and not found(row)
        if isinstance(wanted, list):
            return _any([self._operation(column, sign, member) for member in wanted])
        if bare in {"like", "not like"}:
            pattern = _like(str(wanted))
            matches = bare == "like"
            return lambda row: (found := column.value(row)) is not None and bool(pattern.match(str(found))) is matches
        if sign not in _COMPARISONS:
            raise BadQueryError(sign)
        if wanted is None:
            missing = sign == "="
            return lambda row: (column.value(row) is None) is missing
        compare, right = _COMPARISONS[sign], _comparable(column.kind, wanted)
        return lambda row: (left := column.value(row)) is not None and compare(_comparable(column.kind, left), right)


def _always(_row: object) -> bool:
    return True


def _all(parts: Sequence[Test[Row]]) -> Test[Row]:
    return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)


def _any(parts: Sequence[Test[Row]]) -> Test[Row]:
    return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)


def _like(pattern: str) -> re.Pattern[str]:
    """SQL's LIKE, which takes no notice of case under Koha's collation."""
    text = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.compile(f"{text}\\Z", re.IGNORECASE | re.DOTALL)


def _comparable(kind: Kind, value: object) -> Any:
    """A value as its column compares: numbers as numbers, instants as seconds, texts without case."""
    if kind is Kind.NUMBER:
        try:
            return float(str(int(value)) if isinstance(value, bool) else str(value))
        except ValueError:
            return 0.0  # what MariaDB makes of a text that is compared with a number
    if kind is Kind.INSTANT:
        return value if isinstance(value, int) else _instant(str(value))
    if kind is Kind.DAY:
        return value.isoformat() if isinstance(value, date) else str(value)
    return str(value).casefold()


def _instant(text: str) -> int:
    """RFC 3339 (converted) or SQL's own form, which is read as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadQueryError(text) from None
    return int((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp())
