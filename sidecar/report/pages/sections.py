"""The parts of a report for people, as values: the terminal and the page show the same ones."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NARROW: Final = 4
"""So many columns of words and numbers have room on a phone."""


class Cell(str):
    """A text that stands for something: a patron, by the ILS's own number, or the part of the page that it is about.

    To whatever shows no links it is the text.
    """

    __slots__ = ("about", "patron")

    patron: str | None
    about: str | None

    def __new__(cls, text: str, *, patron: str | None = None, about: str | None = None) -> "Cell":
        """The text, with the patron or the key of the section that is meant."""
        cell = super().__new__(cls, text)
        cell.patron, cell.about = patron, about
        return cell


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

    @property
    def is_wide(self) -> bool:
        """Whether it has no room on a phone as it is: sentences, or many columns."""
        return len(self.columns) > NARROW or any(column.prose for column in self.columns)


@dataclass(frozen=True, slots=True)
class Point:
    """Where a curve stands at one value: a number for each series."""

    label: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Curves over the same values. What it shows is also told by a table."""

    series: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, a chart, a table, and commands to copy with the line that leads to them, in this order."""

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    table: Table | None = None
    commands: tuple[str, ...] = ()
    lead: str = ""
    tone: Tone = Tone.PLAIN
    chart: Curve | None = None


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


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in large, with a name above it and more of it below."""

    name: str
    value: Cell
    under: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """That there is something, and the key of the section that says more."""

    text: str
    about: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `length` of 0 to 100 as the longest, with its name and number; `about` whom it is about."""

    name: str
    number: str
    length: int
    about: str = ""


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars under each other, with what there is to say of them."""

    key: str
    title: str
    columns: tuple[str, str]
    bars: tuple[Bar, ...]
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day that is known, in its place from the left, and how high it is of 100."""

    place: int
    height: int


@dataclass(frozen=True, slots=True)
class Days:
    """Bars beside each other, a day each in `width` places; days that are not known are left free."""

    key: str
    title: str
    sentence: str
    width: int
    bars: tuple[DayBar, ...]
    first: str
    last: str
    table: Table


@dataclass(frozen=True, slots=True)
class People:
    """The patrons behind a number: who, and what they owe. `more` were left out; `is_told` if a file has them all."""

    key: str
    title: str
    who: tuple[tuple[Cell, str], ...]
    more: int = 0
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences under a heading of their own, folded together until somebody wants to read them."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The page with all that a browser can show beside it: figures, charts, and the patrons behind the numbers.
    `made_for` is whose it is and of when."""

    made_for: str
    page: Page
    figures: tuple[Figure, ...]
    chips: tuple[Chip, ...]
    charts: tuple[BarChart, ...]
    days: Days | None
    people: tuple[People, ...]
    policy: tuple[Words, ...]

    @property
    def keys(self) -> frozenset[str]:
        """All that can be linked to."""
        known = {section.key for section in self.page.sections} | {chart.key for chart in self.charts}
        return frozenset(known | {each.key for each in self.people})
