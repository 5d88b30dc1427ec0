"""Orders as a sheet for the office, and such a sheet read back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.collector.cells import amount_cell, amount_of, day_cell, day_of, text_cell, unguarded
from adapters.collector.generic.columns import CONTACT_COLUMNS, TO_OFFICE_COLUMNS
from adapters.collector.generic.sheet import Direction, Header, read_sheet, write_sheet
from sidecar.core.collection.claim import Batch, BatchItem, Contact, Order, OrderKind, Problem
from sidecar.core.model import Currency

_TEXTS: Final = tuple(column for column in CONTACT_COLUMNS if column != "birth")


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """A sheet for the office as it reads: its number, its orders (without the ids of charges, which do not leave the
    library), and what is wrong with it."""

    number: int | None
    items: tuple[BatchItem, ...]
    problems: tuple[Problem, ...]


def write_orders(batch: Batch, leave_out: Collection[str]) -> bytes:
    """The sheet of a batch; the columns of `leave_out` are there and empty."""
    header = Header(
        Direction.TO_OFFICE,
        batch.number,
        batch.day,
        batch.currency,
        len(batch.items),
        sum(item.order.amount for item in batch.items),
    )
    rows = [_row(item, batch.currency, leave_out) for item in batch.items]
    return write_sheet(header, TO_OFFICE_COLUMNS, rows)


def _row(item: BatchItem, currency: Currency, leave_out: Collection[str]) -> Mapping[str, str]:
    order = item.order
    told = {
        "record": order.kind.value,
        "claim": order.claim,
        "patron": order.patron,
        "amount": amount_cell(order.amount, currency),
        "in_range": amount_cell(order.in_range, currency),
        "newest_charge": day_cell(order.newest),
        "reason": text_cell(order.reason),
    }
    if order.kind is OrderKind.CLAIM:
        told |= {column: cell for column, cell in _contact_cells(item.contact).items() if column not in leave_out}
    return told


def _contact_cells(contact: Contact) -> dict[str, str]:
    return {column: text_cell(getattr(contact, column)) for column in _TEXTS} | {"birth": day_cell(contact.birth)}


def read_orders(content: bytes, currency: Currency) -> OrderSheet:
    """The orders of a sheet that `write_orders` made, as an office would read them."""
    sheet = read_sheet(content, Direction.TO_OFFICE, TO_OFFICE_COLUMNS, currency)
    items, problems = list[BatchItem](), list(sheet.problems)
    for line in sheet.lines:
        try:
            items.append(_item(line.cells, currency))
        except ValueError as error:
            problems.append(Problem(line.number, f"The line {error}."))
    return OrderSheet(None if sheet.header is None else sheet.header.number, tuple(items), tuple(problems))


def _item(cells: Mapping[str, str], currency: Currency) -> BatchItem:
    order = Order(
        OrderKind(cells["record"]),
        cells["claim"],
        cells["patron"],
        amount_of(cells["amount"], currency),
        amount_of(cells["in_range"], currency),
        newest=day_of(cells["newest_charge"]) if cells["newest_charge"] else None,
        reason=unguarded(cells["reason"]),
    )
    texts = {column: unguarded(cells[column]) for column in _TEXTS}
    return BatchItem(order, Contact(**texts, birth=day_of(cells["birth"]) if cells["birth"] else None))
