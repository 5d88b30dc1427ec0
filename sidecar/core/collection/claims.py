"""A claim as the library keeps it: a patron's debt under a rule of kind `collection`, from the telling to its end."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sidecar.core.collection.claim import ClaimId, ClaimState, OrderKind
from sidecar.core.model import AgencyReport, Facts, PatronId, RuleId

WITH_THE_OFFICE: Final = frozenset(
    {ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.PART_PAID, ClaimState.REPORTED_PAID, ClaimState.WITHDRAWN}
)
"""States of claims that the office was told of."""


class Ending(StrEnum):
    """How a claim came to its end."""

    PAID_IN_TIME = "paid_in_time"
    """Before it was referred."""
    NEVER_SENT = "never_sent"
    """Nothing was owed any more, or no rule wanted it, before it was sent."""
    PAID_HERE = "paid_here"
    """The library was paid, and the office told so."""
    AGENCY_PAID = "agency_paid"
    """The office reported it paid in full."""
    GIVEN_BACK = "given_back"
    """The office closed it."""
    WITHDRAWN = "withdrawn"
    """The library took it back."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim. Sums are minor units; instants are of the ILS's clock or, for what the office says, of this machine's.

    `about` is when the patron was told (`since` of the case), `lines` the charges that are open under it, `amount` what
    is owed on them, `in_range` what it was when it was referred. `told_amount` is what the office knows: the amount in
    the last file that got there (None: it knows nothing of the claim); `in_file` is the number of a batch that holds an
    order about it and is not there yet, `filed` and `filed_amount` what that says. `held` is why it is not sent until
    staff say so. `taking_back` is why it shall be withdrawn. `paid_seen_at` is since when nothing is owed at the
    library; `paid_at` the last payment that the ILS knew of then. `paid_to_office` is what the office reported so far.
    """

    id: ClaimId
    patron: PatronId
    rule: RuleId
    state: ClaimState
    about: datetime
    amount: int
    in_range: int
    lines: tuple[str, ...] = ()
    newest: date | None = None
    referred_at: datetime | None = None
    sent_at: datetime | None = None
    heard_at: datetime | None = None
    told_amount: int | None = None
    in_file: int | None = None
    filed: OrderKind | None = None
    filed_amount: int = 0
    held: str = ""
    taking_back: str = ""
    paid_at: datetime | None = None
    paid_seen_at: datetime | None = None
    paid_to_office: int = 0
    reported_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = None
    all_lines: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.state is not ClaimState.CLOSED

    @property
    def is_with_office(self) -> bool:
        """Whether the office knows of it and its end is not known here yet."""
        return self.state in WITH_THE_OFFICE

    @property
    def awaits_office(self) -> bool:
        """Whether something was sent that the office may still answer."""
        return self.is_with_office and self.state is not ClaimState.REPORTED_PAID and self.ended_at is None

    @property
    def still_matters(self) -> bool:
        """Whether it is open, or its charges may be: they must begin no other claim."""
        return self.is_open or self.amount > 0

    @property
    def is_given_back_unpaid(self) -> bool:
        """Whether the office closed it with something still owed here: for staff to look at."""
        return self.ending is Ending.GIVEN_BACK and self.amount > 0


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a claim: the state that it came to, or what was heard or told on the way, and the numbers."""

    claim: Claim
    what: str
    evidence: tuple[tuple[str, int | str], ...] = ()


def end(claim: Claim, ending: Ending, at: datetime) -> Claim:
    """The claim at its end."""
    return replace(
        claim,
        state=ClaimState.CLOSED,
        ending=claim.ending or ending,
        ended_at=claim.ended_at or at,
        held="",
        taking_back="",
    )


def latest(claims: Iterable[Claim]) -> dict[tuple[PatronId, RuleId], Claim]:
    """The latest claim of each rule on each patron."""
    return {(claim.patron, claim.rule): claim for claim in sorted(claims, key=lambda each: each.id)}


def by_patron(claims: Iterable[Claim]) -> dict[PatronId, list[Claim]]:
    """The claims of each patron, in the order of their numbers."""
    found: dict[PatronId, list[Claim]] = {}
    for claim in sorted(claims, key=lambda each: each.id):
        found.setdefault(claim.patron, []).append(claim)
    return found


def by_rule(claims: Iterable[Claim]) -> dict[PatronId, dict[RuleId, AgencyReport]]:
    """What is to be known of claims, by patron and rule."""
    groups: dict[tuple[PatronId, RuleId], list[Claim]] = {}
    for claim in claims:
        groups.setdefault((claim.patron, claim.rule), []).append(claim)
    found: dict[PatronId, dict[RuleId, AgencyReport]] = {}
    for (patron, rule), of_rule in groups.items():
        if (report := report_of(of_rule)) is not None:
            found.setdefault(patron, {})[rule] = report
    return found


def with_claims(facts: Iterable[Facts], claims: Iterable[Claim]) -> list[Facts]:
    """The facts with what is known of claims."""
    known = by_rule(claims)
    return [replace(each, claims=known[each.patron.id]) if each.patron.id in known else each for each in facts]


def report_of(claims: Iterable[Claim]) -> AgencyReport | None:
    """What the rule is to know of one rule's claims on one patron; None if nothing is to be known.

    The charges of a claim that was referred and is over begin no new one. One that is paid in full according to the
    office is over before its block is.
    """
    of_rule = sorted(claims, key=lambda each: each.id)
    if not of_rule:
        return None
    last = of_rule[-1]
    over = [claim for claim in of_rule if claim.ended_at is not None or claim.reported_at is not None]
    settled = {line for claim in over if claim.referred_at is not None for line in claim.all_lines}
    if not settled and last.reported_at is None and last.ended_at is None:
        return None
    return AgencyReport(last.reported_at, None if last.reported_at else last.ended_at, frozenset(settled))
