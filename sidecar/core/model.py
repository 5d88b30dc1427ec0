"""The words of the core as frozen values: patrons, charges, restrictions, facts, cases and evidence.

Amounts of single charges are exact decimals in major units, as the ILS keeps them; every sum that a rule
compares is an integer of minor units. Instants are aware, on the ILS's own clock. Identifiers are strings.
"""

from collections.abc import Mapping
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
        return int(exact.scaleb(self.decimals).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def major(self, minor: int) -> Decimal:
        """The exact amount in major units, with the currency's own number of decimals."""
        return Decimal(minor).scaleb(-self.decimals)


@dataclass(frozen=True, slots=True)
class Charge:
    """One debit line with something outstanding."""

    id: str
    type: str
    outstanding: Decimal
    incurred: date | None = None
    status: str | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Restriction:
    """A flag row in the ILS. `ours` is the plugin's word, not a guess from the type's name."""

    id: str
    type: RestrictionType
    ours: bool
    comment: str = ""
    expires: date | None = None
    created: datetime | None = None

    def in_force(self, today: date) -> bool:
        """Whether the row blocks today. A row that expires today has ended, as in Koha."""
        return self.expires is None or self.expires > today


@dataclass(frozen=True, slots=True)
class Patron:
    """A card holder, by the ILS's own number. Name and card number are only there when a report asked."""

    id: PatronId
    library: str | Unknown = UNKNOWN
    category: str | Unknown = UNKNOWN
    born: date | Unknown | None = None
    language: str | None = None
    expires: date | Unknown | None = None
    name: str | None = field(default=None, repr=False)
    card_number: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """What the collection office last said of a patron's claim: paid in full, at this moment."""

    paid_in_full_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision about one patron rests on, as read at one moment (`as_of`, the ILS's clock).

    `credit` is what unapplied credits amount to, as a positive sum. `settled_at` is the last moment at which
    the net total was 0 or less after a payment, `paid_at` the last payment of any size; None when there was
    none since the plugin came. `restrictions` is unknown without the plugin; `restricted` (the ILS's own
    computed flag) is then the best there is. `flag_matches` is false when the flag is not what the rows imply.
    """

    patron: Patron
    charges: tuple[Charge, ...] | Unknown = ()
    credit: Decimal | Unknown = Decimal(0)
    failed_pin: int | Unknown = 0
    card_lost: Truth = False
    settled_at: datetime | None = None
    paid_at: datetime | None = None
    agency: AgencyReport | None = None
    restrictions: tuple[Restriction, ...] | Unknown = ()
    restricted: Truth = UNKNOWN
    flag_matches: bool = True
    etag: str | None = None

    def rows(self, restriction_type: RestrictionType) -> tuple[Restriction, ...]:
        """Our rows of one type, in force or not. Empty when restrictions are unknown."""
        if self.restrictions is UNKNOWN:
            return ()
        return tuple(row for row in self.restrictions if row.ours and row.type == restriction_type)

    def in_force(self, restriction_type: RestrictionType, today: date) -> Truth:
        """Whether a row of ours of this type is in force; unknown where rows cannot be read, or (without the plugin, so
        without an etag) where a flag is set."""
        if self.restrictions is UNKNOWN:
            return False if self.restricted is False and self.etag is None else UNKNOWN
        return any(row.in_force(today) for row in self.rows(restriction_type))

    def ours(self) -> tuple[Restriction, ...]:
        """All rows of ours."""
        return () if self.restrictions is UNKNOWN else tuple(row for row in self.restrictions if row.ours)

    def foreign(self) -> tuple[Restriction, ...]:
        """All rows that are not ours: shown, never touched."""
        return () if self.restrictions is UNKNOWN else tuple(row for row in self.restrictions if not row.ours)


Scalar: TypeAlias = int | str | bool | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers one verdict rests on, in a form that can be journalled. No names, no card numbers.

    Sums are minor units. `lines` are the identifiers of the counted open charges, in an override's of all
    open ones. What could not be read is None here and named in `unknown`.
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


NO_EVIDENCE: Final = Evidence()


class Stage(StrEnum):
    """Where a case stands: told that a block will come, blocked, or lifted by staff and respected."""

    ANNOUNCED = "announced"
    BLOCKED = "blocked"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class Case:
    """What Cardwarden remembers of one rule on one patron.

    `since` is when the present stage began; `seen_at` the last moment at which the row was seen in force or
    our own write was answered; `paid_seen` the last payment that was known when it was looked at and its release
    did not hold; `highest` the highest PIN counter since the block; `comment` what we last wrote (None for an adopted
    row). `evidence` is that of the cycle that began the stage.
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

    def seen(self, now: datetime, attempts: int | Unknown) -> "Case":
        """The same case after a cycle that saw its row in force."""
        highest = self.highest
        if attempts is not UNKNOWN and attempts >= 0:
            highest = attempts if highest is None else max(highest, attempts)
        return replace(self, seen_at=now, highest=highest)


Cases: TypeAlias = Mapping[RuleId, Case]
"""One patron's cases, by rule."""
