"""The parts of a report for people, as values: the terminal and the page show the same ones."""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How loudly a section speaks. ALARM and WARNING are also said in signs, never by colour alone."""

    PLAIN = "plain"
    WARNING = "warning"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; numbers are set flush right, sentences get room."""

    heading: str
    numeric: bool = False
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. `more` rows were left out; `rest` says where they are. The last row may be a total.

    `names` is the column that says what a row is about.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0
    rest: str = ""
    has_total: bool = False
    names: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, a table, and commands to copy with the line that leads to them, in this order."""

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    table: Table | None = None
    commands: tuple[str, ...] = ()
    lead: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report: what it is of, how it ended, and its sections. `head` are its first lines: the answer."""

    title: str
    heading: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    result: str
    next_step: str
    commands: tuple[str, ...]
    tone: Tone
    head: tuple[str, ...] = ()
