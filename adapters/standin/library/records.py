"""The rows that the stand-in keeps: patrons, account lines and restrictions, as Koha's tables have them.

Amounts are whole millionths of the currency's major unit, because Koha's columns are DECIMAL(28,6): sums are
exact and a line of a third of a krone is possible. Instants are whole seconds since 1970.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

MILLIONTHS: Final = 1_000_000
ENDLESS: Final = date(9999, 12, 31)
"""What `borrowers.debarred` says for a restriction without an end."""
FLAG_COMMENT_LENGTH: Final = 255
"""`borrowers.debarredcomment` is a varchar(255): Koha cuts what is longer without a word."""


NO_MONEY: Final = frozenset({"LOST_FOUND", "PROCESSING_FOUND", "WRITEOFF", "FORGIVEN", "CANCELLATION", "DISCOUNT"})
"""Types of credits by which nobody paid."""
VOID: Final = "VOID"
"""The status of a credit that was voided, and the type of the line that did it."""


def millionths(amount: Decimal | float | str) -> int:
    """An amount in major units as whole millionths; a float is read as its shortest text, as JSON has it."""
    return int((Decimal(str(amount)) * MILLIONTHS).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def six_decimals(amount: int) -> str:
    """Millionths as the database writes them: `32.750000`."""
    whole, rest = divmod(abs(amount), MILLIONTHS)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:06d}"


@dataclass(slots=True)
class AccountLine:
    """One row of `accountlines`. Credits have negative amounts. `outstanding` is what is not yet paid or used.

    `applied` is what the credit paid, of which line (Koha's `account_offsets`); `voids` is the credit that this line
    voided.
    """

    id: int
    type: str
    amount: int
    outstanding: int
    date: int
    timestamp: int
    credit: bool = False
    description: str = ""
    interface: str = "cron"
    note: str | None = None
    item_id: int | None = None
    library_id: str | None = None
    payment_type: str | None = None
    status: str | None = None
    user_id: int | None = None
    applied: list[tuple[int, int]] = field(default_factory=list)
    voids: int | None = None
    arose: int | None = None

    @property
    def came_at(self) -> int:
        """When the line came to be (its first row in `account_offsets`): its `date` is written anew at an accrual."""
        return self.date if self.arose is None else self.arose


@dataclass(slots=True)
class Loan:
    """One row of `issues`, with what of its item matters. `waited_for`: another patron has a hold on it."""

    item_id: int
    due: date
    item_type: str = "BOOK"
    waited_for: bool = False
    lost: bool = False
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class NotedCredit:
    """A credit as the plugin noted it when it was given: its line, the moment, and whether it settled all."""

    line: int
    at: int
    settled: bool


@dataclass(slots=True)
class StaffReleaseRow:
    """A row of the plugin's table of releases: what staff lifted on a patron's page. `taken`: the sidecar has it."""

    id: int
    patron_id: int
    type: str
    rule: str
    staff_id: int
    photo_id_checked: bool
    reason: str
    at: int
    rows: tuple[int, ...]
    taken: bool = False


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A letter in Koha's message queue that the plugin put there. The queue is emptied once a minute: it is sent then,
    or has failed if the patron cannot be reached."""

    patron_id: int
    code: str
    key: str
    queued_at: int

    @property
    def done_at(self) -> int:
        """When the queue is next emptied."""
        return self.queued_at + 60


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A row of the plugin's table of answers. `overtaken`: a release was made just now, and another answer follows;
    what else it offers still holds."""

    as_of: int
    body: dict[str, object]
    overtaken: bool = False


@dataclass(frozen=True, slots=True)
class CategoryLimits:
    """Amounts in major units at which newer Koha stops loans of a category's patrons; None: no limit of its own."""

    fines: Decimal | None = None
    guarantees: Decimal | None = None
    guarantors: Decimal | None = None


@dataclass(slots=True)
class RestrictionRow:
    """One row of `borrower_debarments`. `created` jumps at every change, as its column does in Koha."""

    id: int
    type: str
    comment: str
    expiration: date | None
    created: int
    manager_id: int | None = None
    updated: int | None = None

    def in_force(self, today: date) -> bool:
        """A row that expires today no longer counts."""
        return self.expiration is None or self.expiration > today


@dataclass(slots=True)
class Patron:
    """One row of `borrowers` with what hangs on it.

    `history` is the first line id and the number of fees paid long ago; their lines are made when asked for.
    `moved_at` is when money, card, PIN counter or restrictions last moved; `noted` is the plugin's own. `hidden` is
    Koha 24.05's redaction: all but the id and the library read as null.
    """

    id: int
    card_number: str
    surname: str
    first_name: str
    library_id: str
    category_id: str
    born: date | None
    lang: str
    enrolled: date
    expires: date | None
    updated_on: int
    moved_at: int
    attempts: int = 0
    card_lost: bool = False
    debarred: date | None = None
    debarred_comment: str | None = None
    noted: list[NotedCredit] = field(default_factory=list)
    history: tuple[int, int] = (0, 0)
    lines: list[AccountLine] = field(default_factory=list)
    restrictions: list[RestrictionRow] = field(default_factory=list)
    other: dict[str, object] = field(default_factory=dict)
    pin: str | None = None
    hidden: bool = False
    loans: list[Loan] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    address_unknown: bool = False
    guarantees: list[int] = field(default_factory=list)
    etag: str | None = field(default=None, compare=False)

    @property
    def userid(self) -> str:
        """The login name; made from the number unless somebody set another one."""
        chosen = self.other.get("userid")
        return chosen if isinstance(chosen, str) else f"laaner{self.id}"

    def open_debits(self) -> list[AccountLine]:
        """Lines with something to pay, by id."""
        return [line for line in self.lines if not line.credit and line.outstanding > 0]

    def open_credits(self) -> list[AccountLine]:
        """Credits with something left to use, by id."""
        return [line for line in self.lines if line.credit and line.outstanding < 0]

    def balance(self) -> int:
        """The net total in millionths: what is owed less what is left of credits."""
        return sum(line.outstanding for line in self.lines)

    @property
    def paid_at(self) -> int | None:
        """When the newest credit was given that is not void."""
        void = {line.voids for line in self.lines}
        return _newest(credit for credit in self.noted if credit.line not in void)

    @property
    def money_at(self) -> int | None:
        """When the newest credit was given that is not void and by which somebody paid."""
        void = {line.voids for line in self.lines}
        no_money = {line.id for line in self.lines if line.type in NO_MONEY}
        return _newest(credit for credit in self.noted if credit.line not in void | no_money)

    @property
    def settled_at(self) -> int | None:
        """When all was last settled: the newest such moment of which no credit that was there then was voided later."""
        voids = [(line.voids, line) for line in self.lines if line.voids is not None]

        def still_true(credit: NotedCredit) -> bool:
            return not any(
                voided <= credit.line and (void.id > credit.line or void.date >= credit.at) for voided, void in voids
            )

        return _newest(credit for credit in self.noted if credit.settled and still_true(credit))

    def can_matter(self) -> bool:
        """Whether the plugin lists the patron without being asked for everyone."""
        return bool(
            self.attempts
            or self.card_lost
            or self.restrictions
            or self.debarred is not None
            or any(line.outstanding for line in self.lines)
        )

    def implied_flag(self, today: date) -> date | None:
        """What `borrowers.debarred` should say by the rows in force today."""
        in_force = [row for row in self.restrictions if row.in_force(today)]
        if not in_force:
            return None
        return max(row.expiration or ENDLESS for row in in_force)

    def joined_comments(self, today: date) -> str:
        """The comments of the rows in force as Koha joins them for the patron, before it cuts them."""
        return "\n".join(row.comment for row in self.restrictions if row.in_force(today))

    def flag_matches(self, today: date) -> bool:
        """Whether the flag says what the rows imply. Koha leaves a past date standing and reads it as no flag."""
        return (self.debarred if self.is_restricted(today) else None) == self.implied_flag(today)

    def is_restricted(self, today: date) -> bool:
        """Koha's `is_debarred`: a flag whose date is past restricts nobody."""
        return self.debarred is not None and self.debarred > today


def _newest(noted: Iterable[NotedCredit]) -> int | None:
    newest = max(noted, key=lambda credit: credit.line, default=None)
    return None if newest is None else newest.at
