"""Edits of a policy as a command line gives them: one key and its value, or a row of values to try one by one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sidecar.policy.file.document import value_of
from sidecar.policy.file.mistakes import PolicyMistakes
from sidecar.toml.mistakes import Mistake, Notes, dotted
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import nearest

SET: Final = "--set"
CURVE: Final = "--curve"

MOST_POINTS: Final = 200

_PART: Final = re.compile(r"([A-Za-z0-9_-]+)((?:\[[1-9][0-9]*\])*)")
_ROW: Final = re.compile(r"(?P<first>{0})\.\.(?P<last>{0})/(?P<step>{0})".format(r"[0-9]+(?:\.[0-9]+)?"))


@dataclass(frozen=True, slots=True)
class Edit:
    """One key of a policy file and what it is to say; None takes the key out. `source` is how a mistake in it is told:
    the option that it came by."""

    path: KeyPath
    value: object
    source: str = SET

    @property
    def value_words(self) -> str:
        """The value, exactly as written."""
        return f"{self.value:f}" if isinstance(self.value, Decimal) else str(self.value)

    def __str__(self) -> str:
        return f"{dotted(self.path)} = {self.value_words}" if self.value is not None else f"no {dotted(self.path)}"


@dataclass(frozen=True, slots=True)
class Curve:
    """One key, and the values to try for it, in order."""

    path: KeyPath
    values: tuple[int | Decimal, ...]

    @property
    def key(self) -> str:
        """The key as a user writes it."""
        return dotted(self.path)

    def points(self) -> Sequence[Edit]:
        """The edit of each point."""
        return [Edit(self.path, value, CURVE) for value in self.values]


def read_edit(words: str) -> Edit:
    """`rules.debt.block_at=200`: a value as the file has it, quotes left out where a text needs none; nothing after the
    sign takes the key out; entries of lists count from 1 (`rules.debt.except[1].block_at`). Raises PolicyMistakes."""
    key, sign, value = words.partition("=")
    if not sign:
        raise _refused(SET, words, "says no value", "write KEY=VALUE, such as rules.debt.block_at=200")
    return Edit(_path(key, SET), value_of(value) if value.strip() else None)


def read_curve(words: str) -> Curve:
    """`rules.debt.block_at=100..400/25`: from, to and step. Raises PolicyMistakes."""
    key, _, value = words.partition("=")
    path, row = _path(key, CURVE), _ROW.fullmatch(value.strip())
    if row is None:
        remedy = "write FROM..TO/STEP, such as rules.debt.block_at=100..400/25"
        raise _refused(CURVE, key, "names no row of values", remedy)
    first, last, step = (_number(row[name]) for name in ("first", "last", "step"))
    if step == 0 or last < first:
        raise _refused(CURVE, key, "leads nowhere", "write a step above 0, and the smaller number first")
    count = int((last - first) / step) + 1
    if count > MOST_POINTS:
        raise _refused(CURVE, key, f"has {count} points", f"take a larger step: at most {MOST_POINTS} points")
    return Curve(path, tuple(first + step * number for number in range(count)))


def edited(data: Mapping[str, object], edits: Iterable[Edit], notes: Notes) -> Mapping[str, object]:
    """What the file would say with these edits. Whether that may be said is for its reader; noted here is only a place
    that is not there."""
    whole = deepcopy(dict(data))
    for edit in edits:
        _put(whole, edit, notes)
    return whole


def sources_of(edits: Iterable[Edit]) -> Mapping[KeyPath, str]:
    """How a mistake at each edited key is told."""
    return {edit.path: edit.source for edit in edits}


def _put(whole: dict[str, object], edit: Edit, notes: Notes) -> None:
    here: object = whole
    for depth, part in enumerate(edit.path[:-1], start=1):
        there = _at(here, part)
        if there is None and isinstance(here, dict) and (edit.path[0], depth) != ("rules", 2):
            there = here[part] = {}  # a table that the file left out; one that no policy has is its reader's to refuse
        if there is None:
            known = [str(key) for key in here] if isinstance(here, dict) else []
            remedy = nearest(str(part), known) if known else "name a table of the file"
            notes.mistake(edit.path[:depth], "is not in the file", remedy)
            return
        here = there
    last = edit.path[-1]
    if not isinstance(here, dict) or isinstance(last, int):
        notes.mistake(edit.path, "is no key of a table", "name one key, such as rules.debt.block_at")
    elif edit.value is None:
        here.pop(last, None)
    else:
        here[last] = edit.value


def _at(here: object, part: str | int) -> object:
    if isinstance(here, dict) and isinstance(part, str):
        return here.get(part)
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return None


def _path(key: str, source: str) -> KeyPath:
    path: list[str | int] = []
    for part in key.strip().split("."):
        found = _PART.fullmatch(part)
        if found is None:
            raise _refused(
                source, key.strip() or "KEY", "is no key", "write it with points, such as rules.debt.block_at"
            )
        path += [found[1], *(int(number) - 1 for number in re.findall(r"[0-9]+", found[2]))]
    return tuple(path)


def _number(text: str) -> int | Decimal:
    return Decimal(text) if "." in text else int(text)


def _refused(source: str, key: str, problem: str, remedy: str) -> PolicyMistakes:
    return PolicyMistakes([Mistake(source, 0, key, problem, remedy)])
