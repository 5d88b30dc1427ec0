"""The policy as a value: what the library's rules are, for whom they differ, and what patrons read.

`sidecar.policy` makes it from `policy.toml`; nothing here reads files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from sidecar.core.counting import Age, EachYear, Loans
from sidecar.core.model import (
    UNKNOWN,
    Currency,
    Facts,
    Kind,
    RestrictionType,
    RuleId,
    Truth,
    Unknown,
)
from sidecar.core.truth import every, within


class RuleKind(StrEnum):
    """The kinds of rule: what each means is a class of its own in `core.kinds`."""

    DEBT = "debt"
    UNPAID_CHARGE = "unpaid_charge"
    FAILED_PIN = "failed_pin"
    LOST_CARD = "lost_card"
    COLLECTION = "collection"
    OVERDUE = "overdue"
    FLAG = "flag"


ALL_CHARGES: Final = frozenset(Kind)


NEW: Final = {"since": "0.2"}
"""Marks what a policy can say since then: left out of its digest where it says what was always so, or every policy
would seem changed by the upgrade."""


class Stop(StrEnum):
    """What a block may be meant to stop; `digital` is whatever service asks the ILS whether a card is good."""

    LOANS = "loans"
    RENEWALS = "renewals"
    HOLDS = "holds"
    DIGITAL = "digital"


ALL_STOPS: Final = frozenset(Stop)


@dataclass(frozen=True, slots=True)
class Threshold:
    """`block_at` (inclusive) or `block_above`: minor units for sums, a count for attempts."""

    value: int
    inclusive: bool = True

    def reached(self, amount: int) -> bool:
        """Whether an amount blocks a free card."""
        return amount >= self.value if self.inclusive else amount > self.value

    @property
    def operator(self) -> str:
        """The policy file's own word for it."""
        return "block_at" if self.inclusive else "block_above"


@dataclass(frozen=True, slots=True)
class PaidInFull:
    """Free when all that the patron owes is paid."""


@dataclass(frozen=True, slots=True)
class BelowBlock:
    """Free as soon as the rule would not block a free card."""


@dataclass(frozen=True, slots=True)
class AtMost:
    """Free when the counted charges are at most this, in minor units."""

    value: int


@dataclass(frozen=True, slots=True)
class ByStaff:
    """Never free by facts: staff release after a check."""


@dataclass(frozen=True, slots=True)
class CounterReset:
    """Free when the PIN counter is lower than the highest seen since the block."""


@dataclass(frozen=True, slots=True)
class AfterMinutes:
    """Free this many minutes after the cycle that first saw it."""

    minutes: int


@dataclass(frozen=True, slots=True)
class FlagCleared:
    """Free when the card is no longer flagged lost."""


@dataclass(frozen=True, slots=True)
class AgencyConfirmation:
    """Free only when the collection office reports the claim paid in full."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Free when no loan at all is past its due day."""


@dataclass(frozen=True, slots=True)
class PaidAndReturned:
    """Free when all is paid and no loan at all is past its due day."""


Release: TypeAlias = (
    PaidInFull
    | BelowBlock
    | AtMost
    | ByStaff
    | CounterReset
    | AfterMinutes
    | FlagCleared
    | AgencyConfirmation
    | Returned
    | PaidAndReturned
)


class Flag(StrEnum):
    """What the ILS itself says of a card or its holder."""

    EXPIRED = "expired"
    ADDRESS = "address"


class Also(StrEnum):
    """Whose card a patron's debt blocks besides the patron's own."""

    GUARANTORS = "guarantors"


class Announce(StrEnum):
    """Who tells a patron of a block to come, and so from when its days run.

    AT_ONCE: from the cycle that announced it; LIST: staff write, and say when the letters went; NOTICE: the ILS sends a
    notice, and says when.
    """

    AT_ONCE = "at_once"
    LIST = "list"
    NOTICE = "notice"


class ReferIf(StrEnum):
    """What of a debt that a patron was told of must be left at the end for it to be referred."""

    ANYTHING_LEFT = "anything_left"
    STILL_AT_BLOCK = "still_at_block"


class IfLifted(StrEnum):
    """What to do when staff lifted a row of ours: leave it so, or put it back."""

    RESPECT = "respect"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an exception may replace: the operator, the release, the announcement and the texts.

    `texts` and `short_texts` are by language, with placeholders already filled in.
    """

    release: Release
    threshold: Threshold | None = None
    announce_days: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)
    short_texts: Mapping[str, str] = field(default_factory=dict)
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Ages:
    """Whole years: `start` and older, younger than `under`."""

    start: int = 0
    under: int | None = None

    def include(self, age: int) -> bool:
        """Whether a patron of this age is meant."""
        return age >= self.start and (self.under is None or age < self.under)

    def include_all_adults(self) -> bool:
        """Whether every age from 18 up is meant."""
        return self.start <= 18 and self.under is None  # noqa: PLR2004 - the age of majority


@dataclass(frozen=True, slots=True)
class ExceptionClause:
    """One `[[rules.X.except]]`: for whom, and the terms that then hold. None means anyone, of `since` from ever."""

    terms: Terms
    categories: frozenset[str] | None = None
    libraries: frozenset[str] | None = None
    ages: Ages | None = None
    attributes: frozenset[str] | None = field(default=None, metadata=NEW)
    since: date | None = field(default=None, metadata=NEW)

    def fits(
        self,
        category: str | Unknown,
        library: str | Unknown,
        age: int | Unknown | None,
        attributes: frozenset[str] | Unknown = frozenset(),
        today: date = date.max,
    ) -> Truth:
        """Whether a patron is meant; unknown if a needed fact is. `age` None: an adult of unknown age. Of several
        attributes one is enough."""
        if self.since is not None and today < self.since:
            return False
        return every(
            (
                within(category, self.categories),
                within(library, self.libraries),
                _aged(age, self.ages),
                _having(attributes, self.attributes),
            )
        )


def _having(there: frozenset[str] | Unknown, named: frozenset[str] | None) -> Truth:
    if named is None:
        return True
    return UNKNOWN if there is UNKNOWN else not named.isdisjoint(there)


def _aged(age: int | Unknown | None, ages: Ages | None) -> Truth:
    if ages is None:
        return True
    if age is UNKNOWN:
        return UNKNOWN
    return ages.include_all_adults() if age is None else ages.include(age)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of the policy. `counts` says which kinds of charge its operator counts, `release_counts`
    which its release does; `core.kinds` gives the meaning per kind. `photo_id`: staff may release it only after a check
    of photo ID, where its release is theirs. `stops` is what the block is meant to stop: no decision rests on it, but
    what the gates do is held against it. `announce` is who tells the patron where the terms announce; `refer_if` is for
    claims. `only` is whom the rule is for, `since` from when it blocks. `older_than` and `each_year` say which charges
    count by the day on which they arose; `loans` which loans; `announce_at` from which sum on the patron is told.
    `also_blocks` whose card is blocked besides, by guarantees of these ages (`guarantee_ages`)."""

    id: RuleId
    kind: RuleKind
    restriction_type: RestrictionType
    terms: Terms
    exceptions: tuple[ExceptionClause, ...] = ()
    counts: frozenset[Kind] = ALL_CHARGES
    release_counts: frozenset[Kind] = ALL_CHARGES
    net_of_credit: bool = True
    if_lifted: IfLifted = IfLifted.RESPECT
    override_days: int | None = None
    retired: bool = False
    photo_id: bool = field(default=True, metadata=NEW)
    stops: frozenset[Stop] = field(default=ALL_STOPS, metadata=NEW)
    announce: Announce = field(default=Announce.AT_ONCE, metadata=NEW)
    refer_if: ReferIf = field(default=ReferIf.ANYTHING_LEFT, metadata=NEW)
    only: ExceptionClause | None = field(default=None, metadata=NEW)
    since: date | None = field(default=None, metadata=NEW)
    older_than: Age | None = field(default=None, metadata=NEW)
    each_year: EachYear | None = field(default=None, metadata=NEW)
    loans: Loans | None = field(default=None, metadata=NEW)
    announce_at: Threshold | None = field(default=None, metadata=NEW)
    flag: Flag | None = field(default=None, metadata=NEW)
    also_blocks: Also | None = field(default=None, metadata=NEW)
    guarantee_ages: Ages | None = field(default=None, metadata=NEW)

    @property
    def uses_age(self) -> bool:
        """Whether any exception asks for the patron's age."""
        return any(clause.ages is not None for clause in self.clauses)

    @property
    def clauses(self) -> tuple[ExceptionClause, ...]:
        """All that tells patrons apart: whom it is for, and its exceptions."""
        return self.exceptions if self.only is None else (self.only, *self.exceptions)

    @property
    def asks_when_charges_arose(self) -> bool:
        """Whether it matters on which day a charge came to be."""
        return self.older_than is not None or self.each_year is not None

    @property
    def asks_for_loans(self) -> bool:
        """Whether it matters which loans are past their due day."""
        releases = (self.terms.release, *(clause.terms.release for clause in self.exceptions))
        return self.loans is not None or any(isinstance(each, Returned | PaidAndReturned) for each in releases)


@dataclass(frozen=True, slots=True)
class Policy:
    """The library's rules and texts. `digest` is that of the file's meaning, not of its layout."""

    name: str
    currency: Currency
    languages: tuple[str, ...]
    time_zone: ZoneInfo
    rules: tuple[Rule, ...]
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    age_unknown_is_adult: bool = False
    digest: str = ""

    def kind_of(self, charge_type: str) -> Kind:
        """What a charge type of the ILS is; a type the policy does not map is `other`."""
        return self.kinds.get(charge_type, Kind.OTHER)

    def rule(self, rule_id: RuleId) -> Rule | None:
        """The rule of that id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def rule_of_type(self, restriction_type: RestrictionType) -> Rule | None:
        """The rule behind a restriction type; None makes a row of ours an orphan."""
        return next((rule for rule in self.rules if rule.restriction_type == restriction_type), None)

    def text(self, texts: Mapping[str, str], language: str | None) -> str:
        """The text in the patron's language, else in the policy's first."""
        wanted = (language or "").replace("_", "-").lower()
        for candidate in (wanted, wanted.split("-")[0], *self.languages):
            if candidate in texts:
                return texts[candidate]
        return next(iter(texts.values()), "")


@dataclass(frozen=True, slots=True)
class Scope:
    """Who is looked at at all. None means everyone; `expired_days` leaves out cards expired for longer.

    `never` are single patrons never blocked (the anonymous patron, the API's own user).
    """

    libraries: frozenset[str] | None = None
    categories: frozenset[str] | None = None
    expired_days: int | None = None
    never: frozenset[str] = frozenset()
    statistical_categories: frozenset[str] = frozenset()

    def includes(self, facts: Facts, today: date) -> Truth:
        """Whether the patron is in scope; unknown where a fact that decides it is."""
        patron = facts.patron
        if patron.id in self.never:
            return False
        answers = [within(patron.library, self.libraries), within(patron.category, self.categories)]
        if self.statistical_categories:
            answers.append(_outside(patron.category, self.statistical_categories))
        if self.expired_days is not None:
            answers.append(_not_long_expired(patron.expires, today, self.expired_days))
        return every(answers)


def _outside(value: str | Unknown, named: frozenset[str]) -> Truth:
    return UNKNOWN if value is UNKNOWN else value not in named


def _not_long_expired(expires: date | Unknown | None, today: date, days: int) -> Truth:
    if expires is UNKNOWN:
        return UNKNOWN
    return expires is None or (today - expires).days <= days
