"""Stock routes for a patron's account: open lines, debits, credits. Amounts are JSON numbers here."""

from typing import Final

from starlette.responses import Response

from adapters.standin.http.answers import answer, internal_error
from adapters.standin.http.operations import CHARGE_ACCOUNTS, SEE_ACCOUNTS, Call, Operation
from adapters.standin.http.paging import LIST_QUERY, REPEATED, Window, ordered, queried
from adapters.standin.http.query import Column, Filter, Kind
from adapters.standin.http.shapes import INTEGER, NULLABLE_INTEGER, NULLABLE_STRING, STRING, Schema
from adapters.standin.library.building import paid_history
from adapters.standin.library.holdings import Holdings
from adapters.standin.library.records import MILLIONTHS, AccountLine, Patron, millionths
from adapters.standin.stock.patrons import balance_number

_LINES: Final[Filter[AccountLine]] = Filter(
    {
        "account_line_id": Column(Kind.NUMBER, lambda line: line.id),
        "amount": Column(Kind.NUMBER, lambda line: line.amount / MILLIONTHS),
        "amount_outstanding": Column(Kind.NUMBER, lambda line: line.outstanding / MILLIONTHS),
        "date": Column(Kind.INSTANT, lambda line: line.date),
        "description": Column(Kind.TEXT, lambda line: line.description),
        "interface": Column(Kind.TEXT, lambda line: line.interface),
        "internal_note": Column(Kind.TEXT, lambda line: line.note),
        "item_id": Column(Kind.NUMBER, lambda line: line.item_id),
        "library_id": Column(Kind.TEXT, lambda line: line.library_id),
        "payment_type": Column(Kind.TEXT, lambda line: line.payment_type),
        "status": Column(Kind.TEXT, lambda line: line.status),
        "timestamp": Column(Kind.INSTANT, lambda line: line.timestamp),
        "type": Column(Kind.TEXT, lambda line: line.type),
        "user_id": Column(Kind.NUMBER, lambda line: line.user_id),
    }
)
"""The kind of a line is asked for as `type`; `debit_type` and `credit_type` are internal errors."""


def _common(library: Holdings, patron: Patron, line: AccountLine) -> dict[str, object]:
    return {
        "account_line_id": line.id,
        "amount": line.amount / MILLIONTHS,
        "amount_outstanding": line.outstanding / MILLIONTHS,
        "cash_register_id": None,
        "date": library.clock.stamp(line.date),
        "description": line.description,
        "interface": line.interface,
        "internal_note": line.note,
        "library_id": line.library_id,
        "patron_id": patron.id,
        "status": line.status,
        "timestamp": library.clock.stamp(line.timestamp),
        "user_id": line.user_id,
    }


def account_line(library: Holdings, patron: Patron, line: AccountLine) -> dict[str, object]:
    """A line as `GET …/account` and `POST …/credits` have it: with `debit_type` and `credit_type`."""
    return _common(library, patron, line) | {
        "checkout_id": None,
        "credit_number": None,
        "credit_type": line.type if line.credit else None,
        "debit_type": None if line.credit else line.type,
        "item_id": line.item_id,
        "payment_type": line.payment_type,
    }


def debit_line(library: Holdings, patron: Patron, line: AccountLine) -> dict[str, object]:
    """A line as `…/account/debits` has it: with `type`."""
    return _common(library, patron, line) | {
        "checkout_id": None,
        "item_id": line.item_id,
        "payout_type": None,
        "type": line.type,
    }


def credit_line(library: Holdings, patron: Patron, line: AccountLine) -> dict[str, object]:
    """A line as `GET …/account/credits` has it: with `type`, and fewer fields than a debit."""
    return _common(library, patron, line) | {"payment_type": line.payment_type, "type": line.type}


def get_account(call: Call) -> Response:
    """`GET …/account`: the balance and the lines with something outstanding; never a page."""
    patron, library = call.patron(), call.library
    sides = {"outstanding_credits": patron.open_credits(), "outstanding_debits": patron.open_debits()}
    body: dict[str, object] = {"balance": balance_number(patron)}
    for name, lines in sides.items():
        total = sum(line.outstanding for line in lines) / MILLIONTHS if lines else 0
        body[name] = {"lines": [account_line(library, patron, line) for line in lines], "total": total}
    return answer(body)


def list_debits(call: Call) -> Response:
    """`GET …/account/debits`: every debit, paid ones too."""
    return _list(call, credit=False)


def list_credits(call: Call) -> Response:
    """`GET …/account/credits`: every credit, used ones too."""
    return _list(call, credit=True)


def _list(call: Call, *, credit: bool) -> Response:
    patron, library, window = call.patron(), call.library, Window.of(call)
    lines = [*paid_history(patron, library.opened_at), *patron.lines]
    base = sorted((line for line in lines if line.credit is credit), key=lambda line: line.id)
    found = queried(call, base, _LINES)
    headers = window.headers(call, len(found), len(base))
    shown = credit_line if credit else debit_line
    page = window.cut(ordered(call, found, _LINES, headers))
    return answer([shown(library, patron, line) for line in page], headers=headers)


def add_debit(call: Call) -> Response:
    """`POST …/account/debits`: 201 and the line; `user_id` is the patron, as recorded."""
    patron, library, body = call.patron(), call.library, call.body
    amount, kind = millionths(body["amount"]), body.get("type")
    if amount == 0 or kind not in library.charge_types:
        raise internal_error()
    line = library.new_line(patron, kind, amount)
    line.description, line.note = body.get("description") or "", body.get("internal_note") or ""
    line.interface, line.user_id = "api", patron.id
    line.item_id, line.library_id = body.get("item_id"), body.get("library_id")
    where = f"{call.request.url.path}/{line.id}"
    return answer(debit_line(library, patron, line), 201, [("Location", where)])


def add_credit(call: Call) -> Response:
    """`POST …/account/credits`: 201 and the line; an unknown credit type is taken as it comes."""
    patron, library, body = call.patron(), call.library, call.body
    amount = millionths(body["amount"])
    if amount == 0:
        raise internal_error()
    line = library.credit(
        patron,
        amount,
        kind=body.get("credit_type", "PAYMENT"),
        first=body.get("account_lines_ids", ()),
        payment_type=body.get("payment_type"),
    )
    line.description, line.note = body.get("description", ""), body.get("note", "")
    line.interface, line.user_id, line.library_id = "api", call.key.patron_id, body.get("library_id")
    return answer(account_line(library, patron, line), 201)


_DEBIT_BODY: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["amount"],
    "properties": {
        "amount": {"type": "number", "minimum": 0},
        "amount_outstanding": {"type": "number"},
        "cash_register_id": NULLABLE_INTEGER,
        "checkout_id": NULLABLE_INTEGER,
        "date": STRING,
        "description": NULLABLE_STRING,
        "interface": NULLABLE_STRING,
        "internal_note": NULLABLE_STRING,
        "item_id": NULLABLE_INTEGER,
        "library_id": NULLABLE_STRING,
        "payout_type": NULLABLE_STRING,
        "status": NULLABLE_STRING,
        "type": NULLABLE_STRING,
        "user_id": NULLABLE_INTEGER,
    },
}
_CREDIT_BODY: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["amount"],
    "properties": {
        "account_lines_ids": {"type": "array", "items": INTEGER},
        "amount": {"type": "number", "minimum": 0},
        "credit_type": STRING,
        "date": {"type": "string", "format": "date"},
        "description": STRING,
        "library_id": NULLABLE_STRING,
        "note": STRING,
        "payment_type": STRING,
    },
}
_ACCOUNT: Final = "/api/v1/patrons/{patron_id}/account"
OPERATIONS: Final = (
    Operation("GET", _ACCOUNT, SEE_ACCOUNTS, get_account),
    Operation("GET", f"{_ACCOUNT}/debits", SEE_ACCOUNTS, list_debits, query=LIST_QUERY, repeated=REPEATED),
    Operation("GET", f"{_ACCOUNT}/credits", SEE_ACCOUNTS, list_credits, query=LIST_QUERY, repeated=REPEATED),
    Operation("POST", f"{_ACCOUNT}/debits", CHARGE_ACCOUNTS, add_debit, body=_DEBIT_BODY),
    Operation("POST", f"{_ACCOUNT}/credits", CHARGE_ACCOUNTS, add_credit, body=_CREDIT_BODY),
)
