"""The words of the exchange with a collection office: what is told it, what it says, and where a claim stands.

Amounts are integers of the policy's minor units. A claim is known outside by its own number and the ILS's number of
the patron; a name or an address is only in a `Contact`, which lives in memory and in the file that leaves.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from sidecar.core.model import Currency, PatronId

ClaimId: TypeAlias = str
"""The library's own reference, as `C-000123`: with the patron's number the only key in a file."""


class ClaimState(StrEnum):
    """Where a claim stands."""

    TOLD = "told"
    DUE = "due"
    REFERRED = "referred"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    PART_PAID = "part_paid"
    REPORTED_PAID = "reported_paid"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom an office has to reach. Never journalled, never logged, and shown by no `repr`."""

    surname: str = field(default="", repr=False)
    firstname: str = field(default="", repr=False)
    cardnumber: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    address2: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    zipcode: str = field(default="", repr=False)
    state: str = field(default="", repr=False)
    country: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    birth: date | None = field(default=None, repr=False)
    library: str = ""
    category_type: str = ""
    """The ILS's own word for the kind of the patron's category (Koha: A adult, C child, and so on)."""


class OrderKind(StrEnum):
    """What the office is told of a claim."""

    CLAIM = "claim"
    UPDATE = "update"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to tell the office.

    `amount` is what is owed under the claim now, `in_range` what of it made the claim; an UPDATE with an amount of 0
    says that nothing is owed any more. `lines` are the ids of the charges that are open under the claim, `newest` the
    day the youngest of them arose. `reason` is one word or a few for whoever reads the file, without names.
    """

    kind: OrderKind
    claim: ClaimId
    patron: PatronId
    amount: int
    in_range: int
    lines: tuple[str, ...] = ()
    newest: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """An order, and whom it is about."""

    order: Order
    contact: Contact


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes to the office at one time: everything in it under one `number`.

    `day` is the library's calendar day, and `of_day` tells which batch of that day it is (1: the first), for names that
    carry a date alone. `whole`: every claim that is with the office, ordered by hand so that both sides can compare.
    """

    number: int
    at: datetime
    day: date
    currency: Currency
    items: tuple[BatchItem, ...]
    of_day: int = 1
    whole: bool = False


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file for the office, whole and ready. `kind` is the profile's word (`claims`, `updates` …), `claims` are those
    that are told in it, one a line, and `total` is the sum of their amounts."""

    name: str
    content: bytes = field(repr=False)
    kind: str = ""
    claims: tuple[ClaimId, ...] = ()
    total: int = 0


class HeardKind(StrEnum):
    """What the office says of a claim. CLOSED: it gives the claim back, unpaid or not. REFUSED: it never took it."""

    ACKNOWLEDGED = "acknowledged"
    PART_PAID = "part_paid"
    PAID_IN_FULL = "paid_in_full"
    CLOSED = "closed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the office's: `at` is the day that it names, `line` where it stands in the file.

    `amount`: for PART_PAID and PAID_IN_FULL what this payment paid, if the office says so; `patron` the number it names
    beside the claim's, if it does; `reference` the office's own of a payment, by which one that is told twice is known.
    """

    kind: HeardKind
    claim: ClaimId
    amount: int | None
    at: date
    line: int
    patron: PatronId | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line (0: the file as a whole) that could not be taken, and why, without names."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What an incoming file says. `number` is the office's own count of its files; None: it does not count.

    `complete` is false if the file's own count or sum does not fit its lines: nothing of it is taken, it stays where it
    is, and is looked at again, for it may still be on its way.
    """

    number: int | None
    messages: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()
    complete: bool = True
