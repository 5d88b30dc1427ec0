"""Words of messages: what a value is, what was probably meant."""

import difflib
import json
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

_NEAR: Final = 0.66
"""How alike a word must be to be guessed: another word that shares a few letters is no spelling of it."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A remedy that names what was probably meant, else all that is known."""
    candidates = list(known)
    by_folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    matches = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=_NEAR)
    if matches:
        return f"did you mean {by_folded[matches[0]]}?"
    return f"write {candidates[0]}" if len(candidates) == 1 else f"known are {', '.join(candidates)}"


def quoted(text: str) -> str:
    """A text in double quotes for a message."""
    return json.dumps(text, ensure_ascii=False)


def type_in_words(value: object) -> str:
    """What sort of value TOML gave."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (str, "a text"),
        (int, "a whole number"),
        ((Decimal, float), "a number with decimals"),
        (list, "a list"),
        (dict, "a table"),
        (datetime, "a date and time"),
        (date, "a date"),
        (time, "a time of day"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "something else")


def has_controls(text: str) -> bool:
    """Whether a text has line ends or other characters that are not for reading."""
    return any(char < " " or "\x7f" <= char <= "\x9f" or char in "\u2028\u2029" for char in text)


def invisible_in(text: str) -> str | None:
    """The name of the first character that cannot be seen or passes for a blank: `ZERO WIDTH SPACE (U+200B)`."""
    for char in text:
        if unicodedata.category(char) == "Cf" or char in "\xa0\u2007\u202f":
            return f"{unicodedata.name(char, 'without a name')} (U+{ord(char):04X})"
    return None
