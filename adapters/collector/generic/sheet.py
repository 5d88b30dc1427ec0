"""The sheet that both directions have in common: a header line, the columns' names, and one line for each record.

RFC 4180 in UTF-8. No cell holds a line end, so a line of the file is a record: whatever is wrong with one, a quote that
is never closed for instance, spoils no other. The header says how many records follow and what their amounts come to;
a sheet that says something else than it holds is not whole.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from io import StringIO
from typing import Final, TypeVar

from adapters.collector.cells import amount_cell, amount_of, day_cell, day_of
from sidecar.core.collection.claim import Problem
from sidecar.core.model import Currency

FORMAT: Final = "cardwarden"
VERSION: Final = "1"
AMOUNT: Final = "amount"
"""The column that the control sum is of."""

_Value = TypeVar("_Value")

_HEADER: Final = ("format", "version", "direction", "number", "date", "currency", "count", "sum")
_HEADER_LINE: Final = 1
_MOST_DIGITS: Final = 9
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Direction(StrEnum):
    """Who wrote the sheet for whom."""

    TO_OFFICE = "to-office"
    FROM_OFFICE = "from-office"


@dataclass(frozen=True, slots=True)
class Header:
    """What a sheet says of itself; `total` in minor units."""

    direction: Direction
    number: int
    day: date
    currency: Currency
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Line:
    """A record: where it stands in the file, and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What could be read. Without a header nothing could. `whole`: it holds what its header says."""

    header: Header | None
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    whole: bool


class _Unfit(ValueError):
    """The header cannot be taken, and with it nothing that follows."""


def write_sheet(header: Header, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """The bytes of a sheet; a column that a row does not name is empty."""
    text = StringIO(newline="")
    write = csv.writer(text, lineterminator="\r\n").writerow
    write(_header_cells(header))
    write(columns)
    for row in rows:
        write([row.get(column, "") for column in columns])
    return text.getvalue().encode("utf-8")


def _header_cells(header: Header) -> tuple[str, ...]:
    return (
        FORMAT,
        VERSION,
        header.direction.value,
        str(header.number),
        day_cell(header.day),
        header.currency.code,
        str(header.count),
        amount_cell(header.total, header.currency),
    )


def read_sheet(content: bytes, direction: Direction, columns: Sequence[str], currency: Currency) -> Sheet:
    """Read a sheet that goes in this direction and has these columns, in whatever order and perhaps with others."""
    written = list(_written_lines(content))
    try:
        header = _header(written, direction, currency)
        names = _names(written, columns)
    except _Unfit as unfit:
        return Sheet(None, (), (Problem(_HEADER_LINE, str(unfit)),), whole=False)
    lines, problems = list[Line](), list[Problem]()
    for number, raw in written[2:]:
        try:
            cells = _cells(raw)
            if len(cells) != len(names):
                raise ValueError(f"has {len(cells)} cells in place of {len(names)}")  # noqa: TRY301 - one way out
            lines.append(Line(number, dict(zip(names, cells, strict=True))))
        except ValueError as error:
            problems.append(Problem(number, f"The line {error}."))
    found = len(lines) + len(problems)
    unfit_whole = list(_misfits(header, found, lines, readable=not problems))
    return Sheet(header, tuple(lines), (*unfit_whole, *problems), whole=not unfit_whole)


def _written_lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, with their numbers."""
    for number, raw in enumerate(content.removeprefix(_BYTE_ORDER_MARK).split(b"\n"), start=1):
        line = raw.removesuffix(b"\r")
        if line.strip(b", \t"):
            yield number, line


def _cells(raw: bytes) -> list[str]:
    """The cells of one line. Raises ValueError, which does not quote it."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True))]
    except (csv.Error, StopIteration):
        raise ValueError("has a quote that does not stand as in CSV") from None


def _header(written: list[tuple[int, bytes]], direction: Direction, currency: Currency) -> Header:
    if not written:
        raise _Unfit("The file is empty.")
    try:
        cells = _cells(written[0][1])
    except ValueError as error:
        raise _Unfit(f"The header {error}.") from None
    while len(cells) > len(_HEADER) and not cells[-1]:
        cells.pop()  # a spreadsheet makes all lines equally long
    if len(cells) == 1 and cells[0].startswith(f"{FORMAT};"):
        raise _Unfit("The columns are parted by semicolons; write commas.")
    if len(cells) != len(_HEADER) or cells[0] != FORMAT:
        raise _Unfit(f"The file does not begin with a header of {len(_HEADER)} cells: {', '.join(_HEADER)}.")
    said = dict(zip(_HEADER, cells, strict=True))
    expected = {"version": VERSION, "direction": direction.value, "currency": currency.code}
    for key, value in expected.items():
        if said[key] != value:
            raise _Unfit(f"The header's {key} is not {value}.")
    try:
        return Header(
            direction,
            _whole_number(said["number"], "number", least=1),
            _said(day_of, said["date"], "date"),
            currency,
            _whole_number(said["count"], "count", least=0),
            _said(partial(amount_of, currency=currency), said["sum"], "sum"),
        )
    except ValueError as error:
        raise _Unfit(f"The header's {error}.") from None


def _names(written: list[tuple[int, bytes]], columns: Sequence[str]) -> list[str]:
    try:
        names = _cells(written[1][1])
    except (IndexError, ValueError):
        raise _Unfit("The second line does not name the columns.") from None
    if missing := [column for column in columns if column not in names]:
        raise _Unfit(f"The second line does not name the columns {', '.join(missing)}.")
    if len(set(names)) != len(names):
        raise _Unfit("The second line names a column twice.")
    return names


def _misfits(header: Header, found: int, lines: list[Line], *, readable: bool) -> Iterator[Problem]:
    if found != header.count:
        yield Problem(_HEADER_LINE, f"The header counts {header.count} records, and {found} are there.")
    try:
        total = sum(amount_of(line.cells[AMOUNT], header.currency) for line in lines if line.cells[AMOUNT])
    except ValueError:
        return  # that line is a problem of its own, and without it there is no sum to compare
    if readable and total != header.total:
        said, comes = (amount_cell(each, header.currency) for each in (header.total, total))
        yield Problem(_HEADER_LINE, f"The header's sum is {said}, and the records come to {comes}.")


def _whole_number(cell: str, name: str, *, least: int) -> int:
    if not (cell.isascii() and cell.isdecimal() and len(cell) <= _MOST_DIGITS and int(cell) >= least):
        raise ValueError(f"{name} is no whole number from {least} on")
    return int(cell)


def _said(read: Callable[[str], _Value], cell: str, name: str) -> _Value:
    """A value of the header; what is wrong with it is said with its name."""
    try:
        return read(cell)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
