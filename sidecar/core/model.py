"""The words of the core as frozen values: patrons, charges, restrictions, facts, cases and evidence.

Amounts of single charges are exact decimals in major units, as the ILS keeps them; every sum that a rule
compares is an integer of minor units. Instants are aware, on the ILS's own clock. Identifiers are strings.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum, StrEnum
from typing import Final, TypeAlias

PatronId: TypeAlias = str
RuleId: TypeAlias = str
RestrictionType: TypeAlias = str

OWN_PREFIX: Final = "CW_"
"""Restriction types of ours start with this; only the plugin's register decides which rows are ours."""


class Unknown(Enum):
    """The one value of a fact that could not be read. It is never zero, never false, never empty."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("an unknown fact is neither true nor false: compare it with `is UNKNOWN`")


UNKNOWN: Final = Unknown.UNKNOWN
Truth: TypeAlias = bool | Unknown
"""True, false or unknown."""


class Kind(StrEnum):
    """What a charge is for, whatever the ILS calls its type."""

    FEE = "fee"
    REPLACEMENT = "replacement"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 code and how many decimals its minor unit has (DKK: 2, JPY: 0)."""

    code: str
    decimals: int

    def minor(self, exact: Decimal) -> int:
        """Round an exact sum in major units half up to minor units; less than half a unit is nothing."""
        return int(exact.scaleb(self.decimals).to_integral_value(ROUND_HALF_UP))

    def rounded_up_to(self, minor: int) -> Decimal:
        """The least exact sum in major units that rounds to so many minor units, which must be more than 0."""
        return (Decimal(minor) - Decimal("0.5")).scaleb(-self.decimals)

    def major(self, minor: int) -> Decimal:
        """The exact amount in major units, with the currency's own number of decimals."""
        return Decimal(minor).scaleb(-self.decimals)


@dataclass(frozen=True, slots=True)
class Charge:
    """One debit line with something outstanding. `incurred` is the ILS's own date of it, which may move while it
    grows; `arose` the day on which it came to be, None where that is not known."""

    id: str
    type: str
    outstanding: Decimal
    incurred: date | None = None
    status: str | None = None
    item: str | None = None
    arose: date | None = None


@dataclass(frozen=True, slots=True)
class OverdueItem:
    """A loan past its due day. `type` is the item's type, `waited_for` whether another patron waits for it. Not among
    them: what the ILS has marked as lost (its bill is what stands), and what the patron claims to have returned."""

    id: str
    due: date
    type: str | Unknown = UNKNOWN
    waited_for: Truth = UNKNOWN

    def days(self, today: date) -> int:
        """Calendar days since the due day, which is 0."""
        return (today - self.due).days


@dataclass(frozen=True, slots=True)
class Restriction:
    """A flag row in the ILS. `ours` is the plugin's word, not a guess from the type's name.

    `once_of` names the rule whose row it was: known by its id, it stands under a type that is not ours (staff deleted
    the type, so that the ILS gave its rows another). Foreign now: shown, and for staff to remove.
    """

    id: str
    type: RestrictionType
    ours: bool
    comment: str = ""
    expires: date | None = None
    created: datetime | None = None
    once_of: RuleId | None = None

    def in_force(self, today: date) -> bool:
        """Whether the row blocks today. A row that expires today has ended, as in Koha."""
        return self.expires is None or self.expires > today


@dataclass(frozen=True, slots=True)
class Patron:
    """A card holder, by the ILS's own number. Name and card number are only there when a report asked. `attributes`
    are those of the patron's that a policy may name."""

    id: PatronId
    library: str | Unknown = UNKNOWN
    category: str | Unknown = UNKNOWN
    born: date | Unknown | None = None
    language: str | None = None
    expires: date | Unknown | None = None
    name: str | None = field(default=None, repr=False)
    card_number: str | None = field(default=None, repr=False)
    attributes: frozenset[str] | Unknown = UNKNOWN


@dataclass(frozen=True, slots=True)
class StaffRelease:
    """A block that staff lifted on the patron's page in the ILS, by name; its rows (`rows`, by id) went with it.

    `id` is the ILS's own, `staff` the staff member's number there, `rule` the rule as the answer at the desk named it.
    """

    id: str
    restriction_type: RestrictionType
    rule: RuleId
    staff: str
    photo_id_checked: bool
    at: datetime
    reason: str = field(default="", repr=False)
    rows: tuple[str, ...] = ()

    @property
    def by(self) -> str:
        """Who signed, in the journal's words: a number there is in no other list of names."""
        return f"koha:{self.staff}"


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """What is known of a patron's latest claim: when the collection office reported it paid in full, or when it ended
    otherwise (given back, withdrawn, paid before it was sent). `settled` are the charges of claims that are over: they
    begin no new one, whatever the ILS still says of them."""

    paid_in_full_at: datetime | None = None
    ended_at: datetime | None = None
    settled: frozenset[str] = frozenset()


class NoticeStatus(StrEnum):
    """What became of a notice that tells a patron of a block to come."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice, since when it is so, and the announcement (`since` of its case) that it is about."""

    status: NoticeStatus
    at: datetime
    about: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision about one patron rests on, as read at one moment (`as_of`, the ILS's clock).

    `credit` is what unapplied credits amount to, as a positive sum. `settled_at` is the last moment at which
    the net total was 0 or less after a payment, `paid_at` the last credit of any size; None when there was
    none since the plugin came. `money_at` is the last credit by which somebody paid (a found item and a write-off are
    credits too), where the ILS tells them apart. `claims` says of each rule what is known of its claim, before
    `agency`, which is of any; `notices` what became of the notices of announcements, if the ILS `sends_notices`.
    `restrictions` is unknown without the plugin; `restricted` (the ILS's own computed flag) is then the best there is.
    `flag_matches` is false when the flag is not what the rows imply. `staff_releases` are what staff released in the
    ILS and the journal does not know yet. `overdue` are loans past their due day, `guarantees` the facts of those whom
    the patron answers for, `address_unknown` the ILS's mark on the address: unknown where the ILS does not tell.
    """

    patron: Patron
    charges: tuple[Charge, ...] | Unknown = ()
    credit: Decimal | Unknown = Decimal(0)
    failed_pin: int | Unknown = 0
    card_lost: Truth = False
    settled_at: datetime | None = None
    paid_at: datetime | None = None
    money_at: datetime | Unknown | None = UNKNOWN
    agency: AgencyReport | None = None
    claims: Mapping[RuleId, AgencyReport] = field(default_factory=dict)
    notices: Mapping[RuleId, Notice] = field(default_factory=dict)
    sends_notices: bool = False
    restrictions: tuple[Restriction, ...] | Unknown = ()
    restricted: Truth = UNKNOWN
    flag_matches: bool = True
    etag: str | None = None
    staff_releases: tuple[StaffRelease, ...] = ()
    overdue: tuple[OverdueItem, ...] | Unknown = UNKNOWN
    address_unknown: Truth = UNKNOWN
    guarantees: tuple["Facts", ...] | Unknown = UNKNOWN

    @property
    def last_payment(self) -> datetime | None:
        """The last credit by which somebody paid; any credit, where the ILS does not tell them apart."""
        return self.paid_at if self.money_at is UNKNOWN else self.money_at

    def rows(self, *types: RestrictionType) -> tuple[Restriction, ...]:
        """Our rows of these types, in force or not. Empty when restrictions are unknown."""
        if self.restrictions is UNKNOWN or not self.restrictions:
            return ()
        return tuple(row for row in self.restrictions if row.ours and row.type in types)

    def in_force(self, types: Collection[RestrictionType], today: date) -> Truth:
        """Whether a row of ours of one of these types is in force; unknown where rows cannot be read, or (without the
        plugin, so without an etag) where a flag is set."""
        if self.restrictions is UNKNOWN:
            return False if self.restricted is False and self.etag is None else UNKNOWN
        return any(row.in_force(today) for row in self.rows(*types))

    def ours(self) -> tuple[Restriction, ...]:
        """All rows of ours."""
        if self.restrictions is UNKNOWN or not self.restrictions:
            return ()
        return tuple(row for row in self.restrictions if row.ours)

    def foreign(self) -> tuple[Restriction, ...]:
        """All rows that are not ours: shown, never touched."""
        if self.restrictions is UNKNOWN or not self.restrictions:
            return ()
        return tuple(row for row in self.restrictions if not row.ours)

    def once_ours(self, rule: RuleId, today: date) -> tuple[Restriction, ...]:
        """Rows in force that were this rule's and stand under a foreign type now."""
        return tuple(row for row in self.foreign() if row.once_of == rule and row.in_force(today))


Scalar: TypeAlias = int | str | bool | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers one verdict rests on, in a form that can be journalled. No names, no card numbers.

    Sums are minor units. `lines` are the identifiers of the counted open charges (of a rule about loans: of the counted
    loans), in an override's of all open ones. `overdue` is how many loans count, `flagged` what a flag says,
    `guarantees` who of those whom the patron answers for is behind it. What could not be read is None here and named in
    `unknown`.
    """

    counted: int | None = None
    owed: int | None = None
    credit: int | None = None
    lines: tuple[str, ...] = ()
    attempts: int | None = None
    card_lost: bool | None = None
    threshold: int | None = None
    operator: str | None = None
    age: int | None = None
    settled_at: datetime | None = None
    agency_paid_at: datetime | None = None
    unknown: tuple[str, ...] = ()
    overdue: int | None = None
    flagged: bool | None = None
    guarantees: tuple[str, ...] = ()


NO_EVIDENCE: Final = Evidence()


class Stage(StrEnum):
    """Where a case stands: told that a block will come, blocked, or lifted by staff and respected."""

    ANNOUNCED = "announced"
    BLOCKED = "blocked"
    OVERRIDDEN = "overridden"


class Origin(StrEnum):
    """How an override came about. LIFTED: staff deleted the row, unnamed; STAFF: they released it by name in the ILS;
    RELEASED: by name with Cardwarden's own command."""

    LIFTED = "lifted"
    RELEASED = "released"
    STAFF = "staff"
    TIME = "time"
    UNDONE = "undone"
    DRIFT_ACCEPTED = "drift_accepted"


@dataclass(frozen=True, slots=True)
class Case:
    """What Cardwarden remembers of one rule on one patron.

    `since` is when the present stage began; `seen_at` the last moment at which the row was seen in force or
    our own write was answered; `blocking_at` the last one at which the rule would have blocked a free card, with the
    row in force; `paid_seen` the last payment that was known when it was looked at and its release did not hold;
    `highest` the highest PIN counter since the block; `comment` what we last wrote (None for an adopted row); `rows`
    the ids of the rows that were last seen in force, under `restriction_type`. `missing_since`: the row went with too
    many others to be staff's work, and nobody has said yet what is to become of it. `evidence` is that of the cycle
    that began the stage. `noticed_at` is when the notice of an announcement went out. An override has an `origin`, and
    the name (`by`) of whoever ordered it through Cardwarden.
    """

    patron: PatronId
    rule: RuleId
    stage: Stage
    since: datetime
    seen_at: datetime | None = None
    evidence: Evidence = NO_EVIDENCE
    highest: int | None = None
    comment: str | None = None
    restriction_type: RestrictionType = ""
    paid_seen: datetime | None = None
    blocking_at: datetime | None = None
    missing_since: datetime | None = None
    rows: tuple[str, ...] = ()
    origin: Origin | None = None
    by: str = ""
    noticed_at: datetime | None = None

    def seen(self, now: datetime, attempts: int | Unknown) -> "Case":
        """The same case after a cycle that saw its row in force."""
        highest = self.highest
        if attempts is not UNKNOWN and attempts >= 0:
            highest = attempts if highest is None else max(highest, attempts)
        return replace(self, seen_at=now, highest=highest, missing_since=None)

    def not_later_than(self, now: datetime) -> "Case":
        """The same case without moments that are still to come: an ILS whose clock was ahead gave them, and what counts
        from one would wait until then."""
        moments = (self.since, self.seen_at, self.blocking_at, self.missing_since, self.noticed_at)
        if all(moment is None or moment <= now for moment in moments):
            return self
        return replace(
            self,
            since=min(self.since, now),
            seen_at=_at_most(self.seen_at, now),
            blocking_at=_at_most(self.blocking_at, now),
            missing_since=_at_most(self.missing_since, now),
            noticed_at=_at_most(self.noticed_at, now),
        )


def _at_most(moment: datetime | None, now: datetime) -> datetime | None:
    return None if moment is None else min(moment, now)


Cases: TypeAlias = Mapping[RuleId, Case]
"""One patron's cases, by rule."""
