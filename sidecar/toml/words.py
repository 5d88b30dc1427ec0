"""Words of messages: what a value is, what was probably meant."""

import difflib
import json
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal


def nearest(name: str, known: Iterable[str]) -> str:
    """A remedy that names what was probably meant, else all that is known."""
    candidates = list(known)
    by_folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    matches = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5)
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
