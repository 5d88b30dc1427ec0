"""The report on a terminal: plain sections that need no colour, and no control codes where there is no terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich import box
from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from sidecar.cycle.findings import Findings
from sidecar.language import _
from sidecar.ports import Progress as ReportProgress
from sidecar.report.pages.cycle import make_page
from sidecar.report.pages.sections import Page, Section, Table, Tone
from sidecar.report.pages.view import View
from sidecar.report.words.vocabulary import plain

SIGNS: Final = {Tone.PLAIN: "", Tone.WARNING: "! ", Tone.ALARM: "!!! "}
STYLES: Final = {Tone.PLAIN: "bold", Tone.WARNING: "bold yellow", Tone.ALARM: "bold red"}

LEAST_LINE: Final = 20


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
    if section.table is not None:
        _print_table(section.table, console)
    if section.lead:
        _hang(console, "  ", section.lead)
    _commands(section.commands, console)


@contextmanager
def progress(console: Console) -> Iterator[ReportProgress]:
    """A bar that follows the reading of patrons, on a terminal only."""
    if not console.is_terminal:
        yield lambda _done, _of: None
        return
    columns = (TextColumn(_("Reading patrons")), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _print_table(table: Table, console: Console) -> None:
    shown = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    widths = [_number_width(table, position) for position in range(len(table.columns))]
    if sum(width or LEAST_LINE for width in widths) > console.width:
        widths = [None] * len(widths)
    for column, width in zip(table.columns, widths, strict=True):
        justify: JustifyMethod = "right" if column.numeric else "left"
        shown.add_column(Text(plain(column.heading)), justify=justify, overflow="fold", width=width)
    for position, row in enumerate(table.rows):
        is_total = table.has_total and position == len(table.rows) - 1
        if is_total:
            shown.add_section()
        shown.add_row(*(Text(plain(cell)) for cell in row), style="bold" if is_total else None)
    console.print(Padding(shown, (0, 0, 0, 2), expand=False))
    if table.more:
        _say(console, "  " + _("… and {number} more", number=table.more) + (f" ({table.rest})" if table.rest else ""))


def _number_width(table: Table, position: int) -> int | None:
    """Columns of numbers are as narrow as a word of the heading lets them, so that sentences have room."""
    column = table.columns[position]
    if not column.numeric:
        return None
    words = (*plain(column.heading).split(), *(row[position] for row in table.rows))
    return max((len(word) for word in words), default=1)


def _commands(commands: tuple[str, ...], console: Console) -> None:
    """Commands are never wrapped, so that they can be copied."""
    for command in commands:
        console.print(Text(f"    {plain(command)}", style="bold"), no_wrap=True, overflow="ignore", crop=False)


def _hang(console: Console, lead: str, sentence: str) -> None:
    """A sentence with its further lines set in."""
    for line in Text(plain(sentence)).wrap(console, max(console.width - len(lead), LEAST_LINE)):
        console.print(Text(lead) + line, no_wrap=True, overflow="ignore", crop=False)
        lead = " " * len(lead)


def _say(console: Console, line: str, style: str = "") -> None:
    console.print(Text(plain(line), style=style), overflow="fold")
