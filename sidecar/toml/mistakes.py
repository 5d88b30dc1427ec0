"""Mistakes in a file, each with its place and what would be right; all of them at once."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sidecar.errors import CardwardenError
from sidecar.toml.positions import KeyPath, Places

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong: where, what, and what would be right. What has no lines (a variable) has line 0."""

    file: str
    line: int
    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.problem}; {self.remedy}"


Refused: TypeAlias = Callable[[Iterable[Mistake]], CardwardenError]
"""The error that mistakes in a file of some sort become."""


class Notes:
    """Collects mistakes and warnings while a file is read. `elsewhere` names where the values of some keys came from,
    if not from the file."""

    def __init__(self, file: str, places: Places, elsewhere: Mapping[KeyPath, str] | None = None) -> None:
        self._file = file
        self._places = places
        self._elsewhere = elsewhere or {}
        self._mistakes: dict[Mistake, None] = {}
        self._warnings: dict[Mistake, None] = {}

    def mistake(self, path: KeyPath, problem: str, remedy: str) -> None:
        """Note what is wrong at a key; the same mistake is kept once."""
        self._mistakes[self._at(path, problem, remedy)] = None

    def warn(self, path: KeyPath, problem: str, remedy: str) -> None:
        """Note what is allowed, and worth knowing."""
        self._warnings[self._at(path, problem, remedy)] = None

    def line(self, path: KeyPath) -> int:
        """The line of a key."""
        return self._places.line(path)

    @property
    def count(self) -> int:
        """How many mistakes were noted."""
        return len(self._mistakes)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """All mistakes, in the order of the file."""
        return tuple(sorted(self._mistakes))

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings, in the order of the file."""
        return tuple(str(warning) for warning in sorted(self._warnings))

    def _at(self, path: KeyPath, problem: str, remedy: str) -> Mistake:
        for length in range(len(path), 0, -1):
            if path[:length] in self._elsewhere:
                return Mistake(self._elsewhere[path[:length]], 0, dotted(path), problem, remedy)
        within = {source for key, source in self._elsewhere.items() if key[: len(path)] == path}
        file = f"{self._file} ({', '.join(sorted(within))})" if within else self._file
        return Mistake(file, self._places.line(path), dotted(path), problem, remedy)


def dotted(path: KeyPath) -> str:
    """A key as a user writes it; entries of lists count from 1."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += ("." if text else "") + _shown(part)
    return text or "file"


def _shown(part: str) -> str:
    return part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
