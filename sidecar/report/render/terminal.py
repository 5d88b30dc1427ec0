"""The report on a terminal: plain sections that need no colour, and no control codes where there is no terminal."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from rich import box
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from sidecar.cycle.findings import Findings
from sidecar.language import _
from sidecar.ports import Progress as ReportProgress
from sidecar.report.pages.cycle import make_page
from sidecar.report.pages.sections import Column, Page, Section, Table, Tone
from sidecar.report.pages.view import View
from sidecar.report.render.charts import chart_lines
from sidecar.report.words.vocabulary import plain

SIGNS: Final = {Tone.PLAIN: "", Tone.WARNING: "! ", Tone.ALARM: "!!! "}
STYLES: Final = {Tone.PLAIN: "bold", Tone.WARNING: "bold color(130)", Tone.ALARM: "bold color(160)"}
SIGNED: Final = {"+ ": "color(28)", "- ": "color(160)"}
"""Brown, red and green that can be read on white and on black: the terminal's own yellow and green cannot on white.
NO_COLOR in the environment leaves them all out."""

LEAST_LINE: Final = 20
_INDENT: Final = "  "
_GAP: Final = 2
"""Between two columns."""


def print_report(findings: Findings, console: Console, *, show_names: bool, view: View | None = None) -> None:
    """Print the report of a cycle. `view` is for files, which hold longer lists than a terminal."""
    print_page(make_page(findings, view or View(show_names=show_names)), console)


def print_page(page: Page, console: Console) -> None:
    """Print a page: heading, sections, result, what to do next."""
    for number, line in enumerate(page.head):
        _say(console, line, style="" if number else "bold")
    if page.head:
        console.print()
    _say(console, page.title, style="bold")
    width = max((len(name) for name, _ in page.heading), default=0)
    for name, value in page.heading:
        _hang(console, f"{name:<{width}}  ", value)
    for section in page.sections:
        print_section(section, console)
    console.print()
    _say(console, SIGNS[page.tone] + _("Result: {result}", result=page.result), style=STYLES[page.tone])
    if page.commands:
        _say(console, f"{page.next_step}:")
        _commands(page.commands, console)
    elif page.next_step:
        _say(console, page.next_step if page.next_step.endswith(".") else f"{page.next_step}.")


def print_section(section: Section, console: Console) -> None:
    """Print one section."""
    console.print()
    _say(console, SIGNS[section.tone] + section.title, style=STYLES[section.tone])
    for sentence in section.sentences:
        _hang(console, "  ", sentence)
    if section.chart is not None:
        for line in chart_lines(section.chart, console.width - len(_INDENT)):
            console.print(Text(_INDENT + line), no_wrap=True, overflow="ignore", crop=False)
    if section.table is not None:
        _print_table(section.table, console)
    if section.lead:
        _hang(console, "  ", section.lead)
    _commands(section.commands, console)


@contextmanager
def progress(console: Console, what: str = "", *, about: int | None = None) -> Iterator[ReportProgress]:
    """A bar that follows the reading of patrons, or whatever is said, on a terminal only. `about` is how many there are
    likely to be, for whoever cannot know: so many as last time."""
    if not console.is_terminal:
        yield lambda _done, _of: None
        return
    columns = (TextColumn(what or _("Reading patrons")), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=about)

        def shown(done: int, of: int | None) -> None:
            likely = None if about is None else max(about, done)
            bar.update(task, completed=done, total=likely if of is None else of)

        yield shown


def _print_table(table: Table, console: Console) -> None:
    room = console.width - len(_INDENT)
    parts = parts_that_fit(table, room)
    if len(parts) > 1 and any(column.prose for column in table.columns):
        _print_as_records(table, console)
        parts = []
    for number, part in enumerate(parts):
        if number:
            console.print()
        console.print(Padding(_as_rich(part, room), (0, 0, 0, len(_INDENT)), expand=False))
    if table.more:
        _hang(
            console, _INDENT, _("… and {number} more", number=table.more) + (f" ({table.rest})" if table.rest else "")
        )


def _print_as_records(table: Table, console: Console) -> None:
    """Where sentences have no room beside the other columns, they stand below them."""
    told = [position for position, column in enumerate(table.columns) if not column.prose]
    prose = [position for position, column in enumerate(table.columns) if column.prose]
    headings = tuple(column.heading for column in table.columns)
    for row, style in ((headings, "bold"), *((row, "") for row in table.rows)):
        _hang(console, _INDENT, "  ".join(row[each] for each in told if row[each]), style)
        for each in prose:
            if row[each]:
                _hang(console, _INDENT * 3, row[each], style)


def parts_that_fit(table: Table, room: int) -> list[Table]:
    """The table, or several below one another where no column would else be as wide as its longest word; each begins
    with what a row is about."""
    least = [_longest_word(table, position) for position in range(len(table.columns))]
    parts: list[list[int]] = [[table.names]]
    for position in range(len(table.columns)):
        if position == table.names:
            continue
        wanted = [*parts[-1], position]
        if len(parts[-1]) > 1 and _width(least[each] for each in wanted) > room:
            parts.append([table.names])
        parts[-1].append(position)
    return [table] if len(parts) == 1 else [_only(table, positions) for positions in parts]


def _width(columns: Iterable[int]) -> int:
    known = list(columns)
    return sum(known) + _GAP * (len(known) - 1)


def _only(table: Table, positions: Sequence[int]) -> Table:
    return replace(
        table,
        columns=tuple(table.columns[each] for each in positions),
        rows=tuple(tuple(row[each] for each in positions) for row in table.rows),
        names=0,
    )


def _as_rich(table: Table, room: int) -> RichTable:
    shown = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    least = [_longest_word(table, position) for position in range(len(table.columns))]
    fits = _width(least) <= room
    for column, width in zip(table.columns, least, strict=True):
        justify: JustifyMethod = "right" if column.numeric else "left"
        # Columns of numbers are as narrow as a word of the heading lets them, so that sentences have room.
        exact = width if column.numeric and fits else None
        shown.add_column(
            Text(plain(column.heading)),
            justify=justify,
            overflow="fold",
            width=exact,
            min_width=width if fits and exact is None else None,
        )
    for position, row in enumerate(table.rows):
        is_total = table.has_total and position == len(table.rows) - 1
        if is_total:
            shown.add_section()
        shown.add_row(*map(_cell, table.columns, row), style="bold" if is_total else None)
    return shown


def _cell(column: Column, cell: str) -> Text:
    """A change by its sign in colour, too; the sign alone says the same."""
    text = plain(cell)
    style = (
        "" if column.numeric or column.prose else next((s for sign, s in SIGNED.items() if text.startswith(sign)), "")
    )
    return Text(text, style=style)


def _longest_word(table: Table, position: int) -> int:
    """How wide a column must be for no word to be broken. A number is one word, whatever parts its thousands."""
    numeric = table.columns[position].numeric
    cells = [row[position] if numeric else plain(row[position]) for row in table.rows]
    words = plain(table.columns[position].heading).split() + (cells if numeric else " ".join(cells).split())
    return max(map(cell_len, words), default=1)


def _commands(commands: tuple[str, ...], console: Console) -> None:
    """Commands are never wrapped, so that they can be copied."""
    for command in commands:
        console.print(Text(f"    {plain(command)}", style="bold"), no_wrap=True, overflow="ignore", crop=False)


def _hang(console: Console, lead: str, sentence: str, style: str = "") -> None:
    """A sentence with its further lines set in."""
    for line in Text(plain(sentence), style=style).wrap(console, max(console.width - len(lead), LEAST_LINE)):
        console.print(Text(lead) + line, no_wrap=True, overflow="ignore", crop=False)
        lead = " " * len(lead)


def _say(console: Console, line: str, style: str = "") -> None:
    console.print(Text(plain(line), style=style), overflow="fold")
