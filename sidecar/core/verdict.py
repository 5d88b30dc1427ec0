"""The answers of a decision: what holds for one rule on one patron, and for one patron in all."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sidecar.core.model import (
    Case,
    Evidence,
    Facts,
    PatronId,
    Restriction,
    RestrictionType,
    RuleId,
    StaffRelease,
    Truth,
)
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import RuleKind, Terms


class Standing(StrEnum):
    """A rule's answer for a patron."""

    CLEAR = "clear"
    ANNOUNCED = "announced"
    BLOCKED = "blocked"
    OVERRIDDEN = "overridden"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One rule's answer for one patron, as it will be once the change (if any) is made.

    `in_force` is H, `blocks` W and `releases` R of the design's table. `case_before` is what was remembered,
    `case_now` what is remembered from
    looking alone, `case_after` what is remembered once the change is made; None: nothing. `types` are those under which
    rows of the rule may stand: its own first. `lifted` says that this decision first saw a row of ours gone; `drift`
    that it went with too many others to be staff's work, or stands under a foreign type; `released` that staff released
    it by name in the ILS.
    `due` is when the answer will change by itself, if a date decides; `next_age` when a birthday may change which
    exception fits.
    """

    patron: PatronId
    rule: RuleId
    rule_kind: RuleKind
    restriction_type: RestrictionType
    standing: Standing
    in_force: Truth
    blocks: Truth
    releases: Truth
    evidence: Evidence
    terms: Terms
    types: tuple[RestrictionType, ...] = ()
    change: ChangeKind | None = None
    reason: Reason | None = None
    case_before: Case | None = None
    case_now: Case | None = None
    case_after: Case | None = None
    adopted: bool = False
    lifted: bool = False
    drift: bool = False
    released: StaffRelease | None = None
    paid: bool = False
    due: datetime | None = None
    next_age: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """All verdicts on one patron, in the policy's order; none if the patron is out of scope. Where a screen was used,
    the rules without one are clear.

    `orphans` are rows of ours that no rule of the policy stands behind.
    """

    facts: Facts
    in_scope: bool
    verdicts: tuple[Verdict, ...] = ()
    orphans: tuple[Restriction, ...] = ()

    @property
    def patron(self) -> PatronId:
        """Whom it is about."""
        return self.facts.patron.id

    @property
    def due(self) -> datetime | None:
        """The first moment at which an answer may change without anything being done."""
        moments = [moment for verdict in self.verdicts for moment in (verdict.due, verdict.next_age)]
        return min((moment for moment in moments if moment is not None), default=None)
