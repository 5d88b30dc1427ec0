"""Orders, contacts and sheets as tests need them."""

from datetime import UTC, date, datetime

from sidecar.core.collection.claim import Batch, BatchItem, Contact, Order, OrderKind
from sidecar.core.model import Currency

DKK, JPY, KWD = Currency("DKK", 2), Currency("JPY", 0), Currency("KWD", 3)

JENS = Contact(
    surname="Sørensen",
    firstname="Jens",
    cardnumber="0101701234",
    address="Å Boulevard 1, 2. tv",
    address2="c/o Hansen",
    city="Århus",
    zipcode="8000",
    state="",
    country="Danmark",
    phone="+45 86 12 34 56",
    mobile="",
    email="jens@example.org",
    birth=date(1970, 1, 1),
    library="MAIN",
    category_type="A",
)


def order(
    kind: OrderKind = OrderKind.CLAIM,
    claim: str = "C-000123",
    patron: str = "4711",
    amount: int = 52_500,
    in_range: int | None = None,
    newest: date | None = date(2026, 10, 1),
    reason: str = "",
) -> Order:
    return Order(kind, claim, patron, amount, amount if in_range is None else in_range, (), newest, reason)


def item(contact: Contact = JENS, **more: object) -> BatchItem:
    return BatchItem(order(**more), contact)  # type: ignore[arg-type]


def batch(*items: BatchItem, number: int = 17, currency: Currency = DKK, **more: object) -> Batch:
    at = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)
    return Batch(number, at, date(2026, 11, 27), currency, items, **more)  # type: ignore[arg-type]


def from_office(*lines: str, count: int | None = None, total: str = "0.00", number: int = 42, more: str = "") -> bytes:
    """A sheet from the office; its count fits unless another is said."""
    header = f"cardwarden,1,from-office,{number},2026-12-05,DKK,{len(lines) if count is None else count},{total}"
    columns = "record,claim,patron,date,amount,outstanding,reference,result"
    return "\r\n".join([header + more, columns, *lines, ""]).encode()
