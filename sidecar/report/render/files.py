"""The report as files: JSON, CSV lists, text and one HTML page, readable by their owner alone."""

import os
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import StringIO
from pathlib import Path
from tempfile import TemporaryFile, mkstemp
from typing import Final

from rich.console import Console

from sidecar.cycle.findings import Findings
from sidecar.errors import CardwardenError
from sidecar.language import _
from sidecar.report.counted.summary import summarize
from sidecar.report.pages.report import make_report
from sidecar.report.pages.sections import Page
from sidecar.report.pages.view import NOTHING_BESIDE, Beside, View
from sidecar.report.render.csvfiles import (
    COMMA,
    Dialect,
    announcements_csv,
    cards_csv,
    changes_csv,
    to_remove_csv,
    undecided_csv,
)
from sidecar.report.render.html import report_html
from sidecar.report.render.structured import report_json
from sidecar.report.render.terminal import print_page

TEXT_WIDTH: Final = 100
LONGEST_LIST: Final = 1000
"""So many rows of a list are in the text and the page; the CSV and JSON files hold all."""

PRIVATE_FOLDER: Final = 0o700
UNFINISHED: Final = ".part"
LONGEST_WRITING: Final = 3600.0
"""Seconds after which a file that is not finished never will be."""


def prepare_folder(directory: Path) -> None:
    """Make the folder of a report if it is not there, and see that files can be written into it.

    To be asked before a cycle that writes, whose report would else be lost. Raises CardwardenError.
    """
    try:
        directory.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise _unwritable(directory, error) from error


def write_report(
    findings: Findings,
    directory: Path,
    *,
    show_names: bool,
    dialect: Dialect = COMMA,
    beside: Beside = NOTHING_BESIDE,
) -> list[Path]:
    """Write all files of a report into a folder, which is made if it is not there. Files there are replaced.
    `dialect` is that of the CSV files, `beside` what is known besides the cycle.

    A folder that exists keeps its permissions. Raises CardwardenError if it cannot be written.
    """
    summary = summarize(findings)
    view = View(
        show_names=show_names, limit=LONGEST_LIST, rest=_("see changes.csv and report.json"), gates=beside.gates
    )
    report = make_report(findings, summary, view)
    contents = {
        "report.html": report_html(report, beside.patron_page),
        "report.txt": text_of_page(report.page),
        "report.json": report_json(findings, show_names=show_names) + "\n",
        "changes.csv": changes_csv(findings, summary, show_names=show_names, dialect=dialect),
        "announcements.csv": announcements_csv(findings, summary, show_names=show_names, dialect=dialect),
        "cards.csv": cards_csv(findings, show_names=show_names, dialect=dialect),
        "undecided.csv": undecided_csv(findings, summary, show_names=show_names, dialect=dialect),
        "once_ours.csv": to_remove_csv(findings, summary, show_names=show_names, dialect=dialect),
    }
    return write_files(directory, contents)


def write_files(directory: Path, contents: Mapping[str, str]) -> list[Path]:
    """Write texts by the names of their files into a folder, which is made if it is not there. Raises CardwardenError
    if it cannot be written."""
    prepare_folder(directory)
    try:
        _sweep(directory, contents)
        return [_write(directory / name, text) for name, text in contents.items()]
    except OSError as error:
        raise _unwritable(directory, error) from error


def _unwritable(directory: Path, error: OSError) -> CardwardenError:
    return CardwardenError(
        f"The report cannot be written to {directory}: {error.strerror or error}. Name a folder that this user may "
        "write in."
    )


def _write(path: Path, text: str) -> Path:
    """Write beside and put in place, so that a reader never meets half a file, nor a link leads elsewhere.

    The name beside is nobody else's: a number of a process is given anew, in a container at every start.
    """
    descriptor, beside = mkstemp(prefix=f".{path.name}.", suffix=UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return path


def _sweep(directory: Path, names: Iterable[str]) -> None:
    """Remove what reports that were broken off have left: of earlier versions, whose names end in the number of a
    process, at once; of this one when nobody can be writing it any more."""
    own = "|".join(re.escape(name) for name in names)
    leftover = re.compile(rf"\.(?:{own})\.(?:[0-9]+|[a-z0-9_]+{re.escape(UNFINISHED)})")
    for path in directory.iterdir():
        if leftover.fullmatch(path.name):
            with suppress(OSError):
                if not path.name.endswith(UNFINISHED) or time.time() - path.lstat().st_mtime > LONGEST_WRITING:
                    path.unlink()


def text_of_page(page: Page) -> str:
    """The page as a terminal of 100 columns shows it, without colour."""
    sink = StringIO()
    console = Console(file=sink, width=TEXT_WIDTH, force_terminal=False, no_color=True, highlight=False)
    print_page(page, console)
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()) + "\n"
