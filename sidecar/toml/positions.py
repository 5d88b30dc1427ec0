"""Where in a TOML text each key stands.

`tomllib` tells no positions, `tomlkit` keeps none, and no well-kept parser for Python does. So this walks a
text that `tomllib` has accepted and notes lines; it decides nothing about validity or values.
"""

import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and, in lists and arrays of tables, indexes from 0."""

_BLANK: Final = " \t"
_BLANK_LINES: Final = " \t\n"
_BARE_END: Final = " \t\n=.]#,}"
_SCALAR_END: Final = ",]}#\n"


@dataclass(frozen=True, slots=True)
class Places:
    """The line of every key, table and list entry."""

    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """The line of a key; of the nearest table around it if it is not there; 1 for the whole file."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1


def find_places(text: str) -> Places:
    """The places in a valid TOML text. Keys count where they stand, tables where their header stands."""
    return Places(_Scanner(text.replace("\r\n", "\n")).scan())


class _Scanner:
    """One walk over a valid text. Anything that validity rules out is not looked for."""

    def __init__(self, text: str) -> None:
        self._text = text + "\n"
        self._at = 0
        self._line_ends = [index for index, char in enumerate(text) if char == "\n"]
        self._lines: dict[KeyPath, int] = {}
        self._last_of: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._skip_to_content():
            if self._text.startswith("[[", self._at):
                table = self._array_header()
            elif self._text[self._at] == "[":
                table = self._table_header()
            else:
                self._pair(table)
        return self._lines

    def _skip_to_content(self) -> bool:
        """Pass blanks, line ends and comments; false at the end."""
        while self._at < len(self._text):
            if self._text[self._at] in _BLANK_LINES:
                self._at += 1
            elif self._text[self._at] == "#":
                self._at = self._text.index("\n", self._at)
            else:
                return True
        return False

    def _skip_blanks(self) -> None:
        while self._text[self._at] in _BLANK:
            self._at += 1

    def _line(self) -> int:
        return bisect_right(self._line_ends, self._at - 1) + 1

    def _table_header(self) -> KeyPath:
        line = self._line()
        self._at += 1
        keys = self._key()
        self._at = self._text.index("]", self._at) + 1
        parent = self._resolve(keys[:-1], line)
        path = (*parent, keys[-1])
        self._lines[path] = line
        return path

    def _array_header(self) -> KeyPath:
        line = self._line()
        self._at += 2
        keys = self._key()
        self._at = self._text.index("]]", self._at) + 2
        array = (*self._resolve(keys[:-1], line), keys[-1])
        index = self._last_of.get(array, -1) + 1
        self._last_of[array] = index
        self._lines.setdefault(array, line)
        self._lines[(*array, index)] = line
        return (*array, index)

    def _resolve(self, keys: tuple[str, ...], line: int) -> KeyPath:
        """The path that a header's leading keys mean: in an array of tables the latest entry."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            self._lines.setdefault(path, line)
            if path in self._last_of:
                path = (*path, self._last_of[path])
        return path

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in self._key():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._at = self._text.index("=", self._at) + 1
        self._skip_blanks()
        self._value(path)

    def _key(self) -> tuple[str, ...]:
        """The parts of a dotted key; stops after the last."""
        parts = []
        while True:
            self._skip_blanks()
            parts.append(self._key_part())
            self._skip_blanks()
            if self._text[self._at] != ".":
                return tuple(parts)
            self._at += 1

    def _key_part(self) -> str:
        start = self._at
        if self._text[start] in "\"'":
            self._string()
            quoted = self._text[start : self._at]
            return str(tomllib.loads(f"key = {quoted}")["key"])
        while self._text[self._at] not in _BARE_END:
            self._at += 1
        return self._text[start : self._at]

    def _value(self, path: KeyPath) -> None:
        first = self._text[self._at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._list(path)
        elif first == "{":
            self._inline_table(path)
        else:
            while self._text[self._at] not in _SCALAR_END:
                self._at += 1

    def _string(self) -> None:
        """Pass a string of any of the four sorts."""
        quote = self._text[self._at]
        ending = quote * 3 if self._text.startswith(quote * 3, self._at) else quote
        self._at += len(ending)
        while not self._text.startswith(ending, self._at):
            self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
        self._at += len(ending)
        if len(ending) > 1:
            while self._text[self._at] == quote:
                self._at += 1

    def _list(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        while self._next_entry("]"):
            self._lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while self._next_entry("}"):
            self._pair(path)

    def _next_entry(self, closing: str) -> bool:
        """Pass what stands between entries; false, and past the closing bracket, if there is none left."""
        while self._skip_to_content() and self._text[self._at] == ",":
            self._at += 1
        if self._text[self._at] == closing:
            self._at += 1
            return False
        return True
