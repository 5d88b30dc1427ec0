"""The profile `ums`: the three files that Unique Management Services is sent by a plugin of Koha's that is in use.

Nobody at the agency has confirmed that it takes a file as described (docs/collection-files.md).
"""

import csv
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from io import StringIO
from typing import Final

from adapters.collector.cells import amount_cell, day_cell, text_cell
from sidecar.core.collection.claim import Batch, BatchItem, Contact, Heard, OrderKind, OutgoingFile, Problem
from sidecar.core.model import Currency, PatronId

SUBMISSION_COLUMNS: Final = (
    "borrowernumber",
    "surname",
    "firstname",
    "cardnumber",
    "address",
    "address2",
    "city",
    "zipcode",
    "state",
    "phone",
    "mobile",
    "Alt Ph 1",
    "Alt Ph 2",
    "branchcode",
    "Adult or Child",
    "dateofbirth",
    "Most recent charge",
    "Amt_In_Range",
    "Total_Due",
    "Total_Plus_Fee",
    "email",
)
BALANCE_COLUMNS: Final = ("borrowernumber", "surname", "firstname", "cardnumber", "Due")

_COLUMN_OF: Final = {"library": "branchcode", "category_type": "Adult or Child", "birth": "dateofbirth"}
"""Where a part of the contact has another name there."""


class UmsProfile:
    """New submissions, and balances of all who were submitted. The agency sends nothing back."""

    name = "ums"
    answers = False
    tells_all = True

    def __init__(self, leave_out: Collection[str] = ()) -> None:
        self._leave_out = frozenset(_COLUMN_OF.get(column, column) for column in leave_out)

    def files(self, batch: Batch) -> Sequence[OutgoingFile]:
        """New claims as submissions, all else as balances: `ums-sync-…` if the batch is the whole, else
        `ums-updates-…`. What has no line has no file: a file that says nothing could only be misread."""
        claims = [item for item in batch.items if item.order.kind is OrderKind.CLAIM]
        others = [item for item in batch.items if item.order.kind is not OrderKind.CLAIM]
        files = []
        if claims:
            rows = [self._submission(item, batch.currency) for item in claims]
            total = sum(item.order.amount for item in claims)
            files.append(self._file(batch, "new-submissions", SUBMISSION_COLUMNS, rows, claims, total))
        if others:
            balances = _balances(others, claims)
            rows = [self._balance(patron, contact, due, batch.currency) for patron, (contact, due) in balances.items()]
            total = sum(due for _, due in balances.values())
            kind = "sync" if batch.whole else "updates"
            files.append(self._file(batch, kind, BALANCE_COLUMNS, rows, others, total))
        return files

    def expects(self, name: str) -> bool:  # noqa: ARG002 - the port's signature
        """Nothing."""
        return False

    def hear(self, name: str, content: bytes, currency: Currency) -> Heard:  # noqa: ARG002 - the port's signature
        """Nothing that could be understood."""
        return Heard(None, (), (Problem(0, "The profile ums knows no file from the agency."),), complete=False)

    def _file(
        self,
        batch: Batch,
        kind: str,
        columns: Sequence[str],
        rows: Iterable[dict[str, str]],
        items: Sequence[BatchItem],
        total: int,
    ) -> OutgoingFile:
        return OutgoingFile(
            f"ums-{kind}-{_day_and_turn(batch.day, batch.of_day)}.csv",
            _csv(columns, ({**row, **dict.fromkeys(self._leave_out & row.keys(), "")} for row in rows)),
            kind,
            tuple(item.order.claim for item in items),
            total,
        )

    def _submission(self, item: BatchItem, currency: Currency) -> dict[str, str]:
        contact, order = item.contact, item.order
        due = amount_cell(order.amount, currency)
        return self._whom(order.patron, contact) | {
            "address": text_cell(contact.address),
            "address2": text_cell(contact.address2),
            "city": text_cell(contact.city),
            "zipcode": text_cell(contact.zipcode),
            "state": text_cell(contact.state),
            "phone": text_cell(contact.phone),
            "mobile": text_cell(contact.mobile),
            "branchcode": text_cell(contact.library),
            "Adult or Child": text_cell(contact.category_type),
            "dateofbirth": day_cell(contact.birth),
            "Most recent charge": day_cell(order.newest),
            "Amt_In_Range": amount_cell(order.in_range, currency),
            "Total_Due": due,
            "Total_Plus_Fee": due,  # Cardwarden charges no fee of the agency's
            "email": text_cell(contact.email),
        }

    def _balance(self, patron: PatronId, contact: Contact, due: int, currency: Currency) -> dict[str, str]:
        return self._whom(patron, contact) | {"Due": amount_cell(due, currency)}

    def _whom(self, patron: PatronId, contact: Contact) -> dict[str, str]:
        return {
            "borrowernumber": patron,
            "surname": text_cell(contact.surname),
            "firstname": text_cell(contact.firstname),
            "cardnumber": text_cell(contact.cardnumber),
        }


def _balances(items: Sequence[BatchItem], new: Sequence[BatchItem]) -> dict[PatronId, tuple[Contact, int]]:
    """What each patron of the items owes under all claims, `new` ones too: the agency knows patrons and no claims. It
    has no word for a withdrawal but a balance of 0."""
    balances: dict[PatronId, tuple[Contact, int]] = {item.order.patron: (item.contact, 0) for item in items}
    for item in (*items, *new):
        if item.order.patron in balances and item.order.kind is not OrderKind.WITHDRAWAL:
            contact, due = balances[item.order.patron]
            balances[item.order.patron] = contact, due + item.order.amount
    return balances


def _csv(columns: Sequence[str], rows: Iterable[dict[str, str]]) -> bytes:
    text = StringIO(newline="")
    write = csv.writer(text, lineterminator="\n").writerow
    write(columns)
    for row in rows:
        write([row.get(column, "") for column in columns])
    return text.getvalue().encode("utf-8")


def _day_and_turn(day: date, turn: int) -> str:
    return day.isoformat() if turn == 1 else f"{day.isoformat()}-{turn}"
