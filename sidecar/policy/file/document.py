"""A policy file as TOML gives it: exact numbers, and the place of every key."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Final

from sidecar.policy.file.mistakes import Mistake, PolicyMistakes
from sidecar.policy.file.positions import Places, find_places

_PLACE: Final = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """What a TOML text says, and where."""

    data: Mapping[str, object]
    places: Places


def read_text(path: Path) -> str:
    """The file's text. Raises PolicyMistakes where there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        raise PolicyMistakes(
            [Mistake(str(path), 1, "file", problem, "give the path of a file that is there")]
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = "is not UTF-8 text"
        raise PolicyMistakes([Mistake(str(path), line, "file", problem, "save the file as UTF-8")]) from error


def read_document(text: str, source: str) -> Document:
    """Parse TOML; numbers with a point become exact decimals. Raises PolicyMistakes with the place."""
    try:
        return Document(tomllib.loads(text, parse_float=_exact), find_places(text))
    except RecursionError as error:
        raise PolicyMistakes([Mistake(source, 1, "file", "is nested too deeply", "write it flatter")]) from error
    except ValueError as error:
        raise PolicyMistakes([_syntax_mistake(str(error), text, source)]) from error


def _exact(number: str) -> Decimal:
    """A decimal as written; what no decimal can hold becomes not-a-number, refused where it is used."""
    try:
        return Decimal(number)
    except DecimalException:
        return Decimal("nan")


def _syntax_mistake(message: str, text: str, source: str) -> Mistake:
    place = _PLACE.search(message)
    line, where = text.rstrip().count("\n") + 1, ""
    if place is not None and place["line"]:
        line, where = int(place["line"]), f" near column {place['column']}"
    problem = _PLACE.sub("", message)
    remedy = "write key = value, texts in quotes, decimals with a point"
    if problem.startswith("Cannot"):
        remedy = "each key and each table may stand once: keep one"
    return Mistake(source, line, "file", f"is not valid TOML{where}: {problem[:1].lower()}{problem[1:]}", remedy)
