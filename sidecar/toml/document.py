"""A TOML file as its text gives it, with the place of every key."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sidecar.toml.encoding import NotUtf8, text_of
from sidecar.toml.mistakes import Mistake, Refused
from sidecar.toml.positions import Places, find_places
from sidecar.toml.slips import slip_in

_PLACE: Final = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Document:
    """What a TOML text says, and where."""

    data: Mapping[str, object]
    places: Places


def read_text(path: Path, refused: Refused) -> str:
    """The file's text. Raises what `refused` makes of the mistake where there is none."""
    try:
        return text_of(path.read_bytes())
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        raise refused([Mistake(str(path), 1, "file", problem, "give the path of a file that is there")]) from error
    except NotUtf8 as error:
        raise refused([Mistake(str(path), error.line, "file", str(error), "save the file as UTF-8")]) from error


def read_document(
    text: str, source: str, refused: Refused, *, parse_float: Callable[[str], object] = float
) -> Document:
    """Parse TOML. Raises what `refused` makes of a mistake, which has its place."""
    try:
        return Document(tomllib.loads(text, parse_float=parse_float), find_places(text))
    except RecursionError as error:
        raise refused([Mistake(source, 1, "file", "is nested too deeply", "write it flatter")]) from error
    except ValueError as error:
        raise refused([_syntax_mistake(str(error), text, source)]) from error


def _syntax_mistake(message: str, text: str, source: str) -> Mistake:
    place = _PLACE.search(message)
    line, where = text.rstrip().count("\n") + 1, ""
    if place is not None and place["line"]:
        line, where = int(place["line"]), f" near column {place['column']}"
    problem = _PLACE.sub("", message)
    lines = text.split("\n")
    known = slip_in(lines[line - 1] if line <= len(lines) else "", problem)
    if known is not None:
        return Mistake(source, line, "file", *known)
    remedy = "write key = value, texts in quotes, decimals with a point"
    return Mistake(source, line, "file", f"is not valid TOML{where}: {problem[:1].lower()}{problem[1:]}", remedy)
