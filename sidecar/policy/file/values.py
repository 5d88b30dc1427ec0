"""Reading values out of a table of the file; whatever is wrong with one is noted, never raised."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sidecar.core.model import Currency
from sidecar.core.policy import RuleKind
from sidecar.policy.language.schema import KOHA_ITSELF, Table
from sidecar.toml.mistakes import Notes
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import has_controls, invisible_in, nearest, quoted, type_in_words

MAX_AMOUNT: Final = 1_000_000_000
"""In major units: more is a slip of the finger."""


_MEANT_IN_TEXTS: Final = ("NO-BREAK SPACE", "NARROW NO-BREAK SPACE", "FIGURE SPACE", "SOFT HYPHEN")
_WITH_COMMA: Final = re.compile(r"\d+,\d{1,2}")


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the file: its values, its place, the keys that it may have, and where mistakes go.

    The readers answer None for a key that is not there and for one that is wrong.
    """

    data: Mapping[str, object]
    path: KeyPath
    table: Table
    notes: Notes

    def has(self, name: str) -> bool:
        """Whether the key is there, right or wrong."""
        return name in self.data

    def at(self, *parts: str | int) -> KeyPath:
        """The path of something in this table."""
        return (*self.path, *parts)

    def check_keys(self, kind: RuleKind | None = None) -> None:
        """Note keys that are unknown, and those that a rule of this kind does not take."""
        for name in self.data:
            key = self.table.key(name)
            if key is None:
                remedy = KOHA_ITSELF.get(name) or nearest(name, self.table.names)
                self.notes.mistake(self.at(name), "unknown key", remedy)
            elif kind is not None and kind not in key.kinds:
                problem = f"does not apply to a rule of kind {kind.value}"
                self.notes.mistake(self.at(name), problem, self._instead(name, kind))

    def _instead(self, name: str, kind: RuleKind) -> str:
        if name == "announce_days" and kind is RuleKind.COLLECTION:
            return "use pay_within_days"
        if name == "pay_within_days":
            return "use announce_days"
        return "remove it"

    def text(self, name: str) -> str | None:
        """A text that is not blank and has no control characters."""
        value = self.data.get(name)
        if value is None:
            return None
        return plain_text(value, self.at(name), self.notes)

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """One of a few words."""
        value = self.text(name)
        if value is not None and value not in choices:
            self.notes.mistake(self.at(name), f"{quoted(value)} is not known", nearest(value, choices))
            return None
        return value

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value = self.data.get(name)
        if value is None or isinstance(value, bool):
            return value
        self._wrong_type(name, value, "write true or false, without quotes")
        return None

    def whole(self, name: str, least: int, most: int) -> int | None:
        """A whole number within limits."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong_type(name, value, f"write a whole number from {least} to {most}")
            return None
        if not least <= value <= most:
            self.notes.mistake(self.at(name), f"{_short(value)} is out of range", f"write {least} to {most}")
            return None
        return value

    def day(self, name: str) -> date | None:
        """A calendar day, as TOML writes one."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self._wrong_type(name, value, "write a date without quotes, such as 2027-01-01")
            return None
        return value

    def amount(self, name: str, currency: Currency) -> int | None:
        """An amount as minor units, exactly as written."""
        value = self.data.get(name)
        if value is None:
            return None
        example = f"write an amount such as {225:.{min(currency.decimals, 2)}f}"
        if isinstance(value, str) and _WITH_COMMA.fullmatch(value):
            self._wrong_type(name, value, f"write {value.replace(',', '.')}, without quotes")
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self._wrong_type(name, value, f"{example}, without quotes")
            return None
        exact = Decimal(value) if isinstance(value, int) else value
        if not exact.is_finite():
            self.notes.mistake(self.at(name), "is not a number", example)
        elif exact < 0:
            self.notes.mistake(self.at(name), "is negative", "write 0 or more")
        elif exact > MAX_AMOUNT:
            self.notes.mistake(self.at(name), "is too large", f"write at most {MAX_AMOUNT}")
        elif (decimals := decimals_of(exact)) > currency.decimals:
            problem = f"has {decimals} decimals, but {currency.code} has {currency.decimals}"
            self.notes.mistake(self.at(name), problem, f"{example}, with no separator for thousands")
        else:
            return currency.minor(exact)
        return None

    def words(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, not empty, each named once."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            self._wrong_type(name, value, 'write a list of texts, such as ["A", "B"]')
            return None
        if not value:
            self.notes.mistake(self.at(name), "is an empty list", "name at least one, or remove the key")
            return None
        words: list[str] = []
        for index, entry in enumerate(value):
            word = plain_text(entry, self.at(name, index), self.notes)
            if word is None:
                continue
            if word in words:
                self.notes.mistake(self.at(name, index), f"{quoted(word)} is named twice", "name it once")
            words.append(word)
        return tuple(words) if len(set(words)) == len(value) else None

    def choices(self, name: str, known: Collection[str]) -> tuple[str, ...] | None:
        """A list of some of a few words."""
        words = self.words(name)
        if words is None:
            return None
        wrong = [(index, word) for index, word in enumerate(words) if word not in known]
        for index, word in wrong:
            remedy = KOHA_ITSELF.get(word) or nearest(word, known)
            self.notes.mistake(self.at(name, index), f"{quoted(word)} is not known", remedy)
        return None if wrong else words

    def section(self, name: str, table: Table, example: str) -> "Section | None":
        """A table within this one."""
        value = self.data.get(name)
        if value is None:
            return None
        return as_section(value, self.at(name), table, self.notes, example)

    def _wrong_type(self, name: str, value: object, remedy: str) -> None:
        self.notes.mistake(self.at(name), f"is {type_in_words(value)}", remedy)


def as_section(value: object, path: KeyPath, table: Table, notes: Notes, example: str) -> Section | None:
    """A value as a table; noted if it is none."""
    if isinstance(value, dict):
        return Section(value, path, table, notes)
    notes.mistake(path, f"is {type_in_words(value)}, not a table", f"write {example}")
    return None


def plain_text(value: object, path: KeyPath, notes: Notes) -> str | None:
    """A value as a text that is not blank and has no control characters; noted if it is none."""
    if not isinstance(value, str):
        notes.mistake(path, f"is {type_in_words(value)}", "write a text in quotes")
    elif not value.strip():
        notes.mistake(path, "is an empty text", "write something, or remove it")
    elif has_controls(value):
        notes.mistake(path, "contains a line end or another control character", "write it on one line")
    elif (unseen := invisible_in(value)) is not None and not unseen.startswith(_MEANT_IN_TEXTS):
        notes.mistake(path, f"contains an invisible character, {unseen}", "type it anew without it")
    elif value != value.strip():
        notes.mistake(path, "begins or ends with a blank", f"write {quoted(value.strip())}")
    else:
        return value
    return None


def decimals_of(exact: Decimal) -> int:
    """How many decimals a number was written with."""
    exponent = exact.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _short(value: int) -> str:
    return str(value) if abs(value) < MAX_AMOUNT else "the number"
