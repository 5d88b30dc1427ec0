"""What a rule is asked, what it answers, and what a kind of rule is.

A kind of rule is one class in one file of this room: its question, its numbers (evidence), when it releases, and what
else tells it from the others. `KINDS` (in the room's own module) lists them; nothing outside asks which kind a rule is
of to decide something.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, TypeAlias

from sidecar.core.model import (
    UNKNOWN,
    AgencyReport,
    Case,
    Evidence,
    Facts,
    Restriction,
    RestrictionType,
    Stage,
    Truth,
    Unknown,
)
from sidecar.core.plan import Reason
from sidecar.core.policy import Policy, Rule, RuleKind, Terms


@dataclass(frozen=True, slots=True)
class Question:
    """What a rule is asked about: one patron's facts and case, under these terms, at this moment.

    `case` is what of the past still counts (`past.case_that_counts`). `now` is the ILS's clock; `today` the calendar
    day of that moment in the library's time zone.
    """

    rule: Rule
    terms: Terms
    policy: Policy
    facts: Facts
    case: Case | None
    now: datetime
    today: date

    def under(self, terms: Terms) -> "Question":
        """The same question under these terms."""
        return self if terms is self.terms else replace(self, terms=terms)

    @property
    def blocked_case(self) -> Case | None:
        """The case, if it is one of a block."""
        return self.case if self.case is not None and self.case.stage is Stage.BLOCKED else None

    @property
    def types(self) -> tuple[RestrictionType, ...]:
        """Under which types rows of the rule may stand: its own, and the one of before where a row still has that."""
        own, case = self.rule.restriction_type, self.blocked_case
        return (own,) if case is None or case.restriction_type in {"", own} else (own, case.restriction_type)

    @property
    def rows_in_force(self) -> tuple[Restriction, ...]:
        """The rule's rows in force."""
        return tuple(row for row in self.facts.rows(*self.types) if row.in_force(self.today))

    @property
    def report(self) -> AgencyReport | None:
        """What is known of the rule's claim on this patron."""
        return self.facts.claims.get(self.rule.id, self.facts.agency)

    @property
    def block_began(self) -> datetime | None:
        """When the block began: as remembered, else as the oldest of our rows in force says."""
        if self.blocked_case is not None:
            return self.blocked_case.since
        return min((row.created for row in self.rows_in_force if row.created is not None), default=None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """W (`blocks`: would block a free card), R (`releases`: the release condition holds) and the numbers. `tells`: the
    patron is to be told already, though nothing blocks yet."""

    blocks: Truth
    releases: Truth
    evidence: Evidence
    tells: Truth = False


Quiet: TypeAlias = Callable[[Facts, date], bool]
"""Whether facts can say nothing to a rule on that day: see `KindOfRule.quiet`."""


class KindOfRule(ABC):
    """One kind of rule.

    `on_charges`: it rests on what is owed, so payments release it and a debt that is latched counts. `of_identity`:
    what is in doubt is who holds the card, so staff's release asks for photo ID. `settled_by_payment`: its row may go
    when everything is paid, without anybody having lifted it. `library_may_lift`: staff may release it by name.
    `reset_when_lifted`: a release by name sets a counter back, so what counts since then is new.
    """

    name: ClassVar[RuleKind]
    on_charges: ClassVar[bool] = False
    of_identity: ClassVar[bool] = False
    settled_by_payment: ClassVar[bool] = False
    library_may_lift: ClassVar[bool] = True
    reset_when_lifted: ClassVar[bool] = False

    @abstractmethod
    def judge(self, question: Question) -> Judgement:
        """W and R on these facts, with the numbers."""

    def quiet(self, rule: Rule, policy: Policy) -> Quiet | None:
        """A quick test of facts, made once for a rule: where it holds, the rule neither blocks nor tells a patron of
        whom it has no case and no row, whichever of its terms hold. It may fail where the rule has nothing to say.
        None: the rule is asked about everybody."""
        del rule, policy
        return None

    def why_released(self, question: Question) -> Reason | None:
        """Why the block ends, where that is not what the policy's release says."""
        del question
        return None

    def all_that_staff_saw(self, facts: Facts) -> tuple[str, ...] | None:
        """What there was when staff lifted the block, counted by the rule or not, so that none of it is new later;
        None where the evidence says it all."""
        del facts
        return None


def reached(terms: Terms, amount: int | Unknown) -> Truth:
    """Whether an amount blocks a free card under these terms."""
    if amount is UNKNOWN or terms.threshold is None:
        return UNKNOWN
    return terms.threshold.reached(amount)


def least_that_speaks(rule: Rule) -> int | None:
    """The least amount that reaches any operator of the rule, whichever of its terms hold; None where one of them has
    no operator, so that nothing is known to be too little."""
    terms = (rule.terms, *(clause.terms for clause in rule.exceptions))
    operators = [each.threshold for each in terms] + ([rule.announce_at] if rule.announce_at else [])
    known = [each.value if each.inclusive else each.value + 1 for each in operators if each is not None]
    return min(known) if len(known) == len(operators) else None


def row_in_force(question: Question) -> bool:
    """Whether a row of the rule is known to be in force."""
    return question.facts.in_force(question.types, question.today) is True
