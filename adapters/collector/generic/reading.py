"""What an office says in a sheet, line by line. Nothing of a line is quoted but a claim's number and words of the
format: an office may put a name anywhere."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from adapters.collector.cells import amount_of, day_of
from adapters.collector.generic.columns import FROM_OFFICE_COLUMNS
from adapters.collector.generic.sheet import Direction, Header, Line, read_sheet
from sidecar.core.collection.claim import Heard, HeardKind, Message, Problem
from sidecar.core.model import Currency

ACKNOWLEDGEMENT: Final = "acknowledgement"
PAYMENT: Final = "payment"
CLOSURE: Final = "closure"

RESULTS: Final = {
    ACKNOWLEDGEMENT: {"accepted": HeardKind.ACKNOWLEDGED, "refused": HeardKind.REFUSED},
    PAYMENT: {"part": HeardKind.PART_PAID, "full": HeardKind.PAID_IN_FULL},
    CLOSURE: {"returned": HeardKind.CLOSED, "given_up": HeardKind.CLOSED, "withdrawn": HeardKind.CLOSED},
}
"""The words of `result`, by `record`."""

_CLAIM: Final = re.compile(r"C-[0-9]{1,12}", re.ASCII)
_PATRON: Final = re.compile(r"[0-9A-Za-z-]{1,40}", re.ASCII)
_REFERENCE: Final = re.compile(r"[0-9A-Za-z._:/-]{1,60}", re.ASCII)


def hear_sheet(content: bytes, currency: Currency) -> Heard:
    """What a sheet from the office says. One that is not whole says nothing yet."""
    sheet = read_sheet(content, Direction.FROM_OFFICE, FROM_OFFICE_COLUMNS, currency)
    if sheet.header is None or not sheet.whole:
        number = None if sheet.header is None else sheet.header.number
        return Heard(number, (), sheet.problems, complete=False)
    messages, problems = list[Message](), list(sheet.problems)
    said = _Said()
    for line in sheet.lines:
        try:
            message = _message(line, sheet.header)
            said.once(line)
            messages.append(message)
        except ValueError as error:
            problems.append(Problem(line.number, f"{_named(line)} {error}."))
    return Heard(sheet.header.number, tuple(messages), tuple(sorted(problems, key=_place)))


def _place(problem: Problem) -> int:
    return problem.line


def _named(line: Line) -> str:
    """How a problem calls a line: by its claim, if it names one."""
    claim = line.cells["claim"].strip()
    return f"The line of {claim}" if _CLAIM.fullmatch(claim) else "The line"


class _Said:
    """What was said in this file already: a line that stands there twice counts once, and a payment that stands there
    twice with other words counts for what stood first."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, ...], int] = {}
        self._payments: dict[str, int] = {}

    def once(self, line: Line) -> None:
        """Note a line. Raises ValueError if it says again what another said."""
        words = tuple(line.cells[column] for column in FROM_OFFICE_COLUMNS)
        if words in self._lines:
            raise ValueError(f"says again what line {self._lines[words]} says")
        self._lines[words] = line.number
        if line.cells["record"] != PAYMENT:
            return
        reference = line.cells["reference"]
        if reference in self._payments:
            raise ValueError(f"has the reference of line {self._payments[reference]}, and says something else")
        self._payments[reference] = line.number


def _message(line: Line, header: Header) -> Message:
    """What a line says. Raises ValueError with what is wrong with it."""
    cells = line.cells
    if cells["record"] not in RESULTS:
        raise ValueError(f"has a record that is none of {', '.join(RESULTS)}")
    results = RESULTS[cells["record"]]
    if cells["result"] not in results:
        raise ValueError(f"has a result that is none of {', '.join(results)}")
    if not _CLAIM.fullmatch(cells["claim"]):
        raise ValueError("has a claim that is no number of ours; write it as it came, as C-000123")
    if cells["patron"] and not _PATRON.fullmatch(cells["patron"]):
        raise ValueError("has a patron that is no number; write it as it came, or leave it empty")
    kind = results[cells["result"]]
    amount, outstanding = (_amount(line, column, header.currency) for column in ("amount", "outstanding"))
    for misfit in _misfits(kind, amount, outstanding, cells["reference"]):
        raise ValueError(misfit)
    return Message(
        kind,
        cells["claim"],
        None if kind is HeardKind.CLOSED else amount,
        _day(line, header.day),
        line.number,
        patron=cells["patron"] or None,
        reference=cells["reference"] if cells["record"] == PAYMENT else "",
    )


def _amount(line: Line, column: str, currency: Currency) -> int | None:
    try:
        return amount_of(line.cells[column], currency) if line.cells[column] else None
    except ValueError as error:
        raise ValueError(f"has an {column} that {error}") from None


def _day(line: Line, written: date) -> date:
    try:
        day = day_of(line.cells["date"])
    except ValueError as error:
        raise ValueError(f"has a date that {error}") from None
    if day > written:
        raise ValueError("has a date that is later than the file's own")
    return day


def _misfits(kind: HeardKind, amount: int | None, outstanding: int | None, reference: str) -> Iterator[str]:
    """What does not fit together in a line, the first of it is told."""
    if reference and not _REFERENCE.fullmatch(reference):
        yield "has a reference that is none; write letters, digits and . _ : / - alone"
    if kind in {HeardKind.PART_PAID, HeardKind.PAID_IN_FULL}:
        if not reference:
            yield "is a payment without a reference"
        if not amount:
            yield "is a payment without an amount"
        if outstanding is None:
            yield "is a payment without what is outstanding after it"
        if (kind is HeardKind.PAID_IN_FULL) is not (outstanding == 0):
            yield "says in result and in outstanding different things of whether all is paid"
    if kind is HeardKind.CLOSED and amount:
        yield "is a closure with an amount; what was paid is a payment"
