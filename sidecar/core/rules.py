"""One class per kind of rule: would it block a free card, and does its release hold, on these facts, now.

Each answers true, false or unknown, with the numbers. What follows from the answers is `decide`'s table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Protocol, assert_never

from sidecar.core.model import (
    UNKNOWN,
    AgencyReport,
    Case,
    Charge,
    Evidence,
    Facts,
    Kind,
    Restriction,
    RestrictionType,
    Stage,
    Truth,
    Unknown,
)
from sidecar.core.policy import (
    AfterMinutes,
    AgencyConfirmation,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    FlagCleared,
    PaidInFull,
    Policy,
    ReferIf,
    Rule,
    RuleKind,
    Terms,
)


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
    """W (`blocks`: would block a free card), R (`releases`: the release condition holds) and the numbers."""

    blocks: Truth
    releases: Truth
    evidence: Evidence


class Judge(Protocol):
    """How one kind of rule answers."""

    def judge(self, question: Question) -> Judgement:
        """W and R on these facts."""


def judge(question: Question) -> Judgement:
    """W and R of a rule, whatever its kind. A retired or exempting rule blocks nobody and frees everybody."""
    judgement = JUDGES[question.rule.kind].judge(question)
    if question.rule.retired or question.terms.exempt:
        return replace(judgement, blocks=False, releases=True)
    return judgement


class DebtRule:
    """Counted charges less unapplied credit against the operator; released by payment."""

    def judge(self, question: Question) -> Judgement:
        """R also holds if all was settled after the rule last blocked, and what has come since would not block."""
        rule, terms = question.rule, question.terms
        counted = _sum_of(question, rule.counts, net=rule.net_of_credit)
        owed = _sum_of(question, rule.release_counts, net=rule.net_of_credit)
        blocks = _reached(terms, counted)
        return Judgement(
            blocks, self._releases(question, counted, owed, blocks), _money_evidence(question, counted, owed)
        )

    def _releases(self, question: Question, counted: int | Unknown, owed: int | Unknown, blocks: Truth) -> Truth:
        match question.terms.release:
            case PaidInFull():
                if blocks is False and _settled_since_it_blocked(question):
                    return True
                return UNKNOWN if owed is UNKNOWN else owed <= 0
            case BelowBlock():
                return UNKNOWN if blocks is UNKNOWN else not blocks
            case AtMost(level):
                return UNKNOWN if counted is UNKNOWN else counted <= level
            case _:
                return False


class UnpaidChargeRule:
    """Any counted charge with something outstanding; credit is never set against it."""

    def judge(self, question: Question) -> Judgement:
        """Released when all counted charges are paid."""
        counted = _sum_of(question, question.rule.counts, net=False)
        releases = UNKNOWN if counted is UNKNOWN else counted <= 0
        return Judgement(_reached(question.terms, counted), releases, _money_evidence(question, counted, counted))


class FailedPinRule:
    """The ILS's counter of failed PIN attempts. A negative one is an administrative lock, not a count."""

    def judge(self, question: Question) -> Judgement:
        """Released by staff, by a counter that went down, or by time."""
        attempts = question.facts.failed_pin
        if attempts is not UNKNOWN and attempts < 0:
            attempts = UNKNOWN
        threshold = question.terms.threshold
        evidence = Evidence(
            attempts=None if attempts is UNKNOWN else attempts,
            threshold=threshold.value if threshold else None,
            operator=threshold.operator if threshold else None,
            unknown=("failed_pin",) if attempts is UNKNOWN else (),
        )
        return Judgement(_reached(question.terms, attempts), self._releases(question, attempts), evidence)

    def _releases(self, question: Question, attempts: int | Unknown) -> Truth:
        case = question.blocked_case
        match question.terms.release:
            case CounterReset():
                if attempts is UNKNOWN:
                    return UNKNOWN
                return attempts == 0 or (case is not None and case.highest is not None and attempts < case.highest)
            case AfterMinutes(minutes):
                return case is not None and question.now >= case.since + timedelta(minutes=minutes)
            case _:
                return False


class LostCardRule:
    """The card is flagged lost in the ILS."""

    def judge(self, question: Question) -> Judgement:
        """Released when the flag is cleared, or only by staff."""
        lost = question.facts.card_lost
        evidence = Evidence(
            card_lost=None if lost is UNKNOWN else lost, unknown=("card_lost",) if lost is UNKNOWN else ()
        )
        if isinstance(question.terms.release, ByStaff):
            return Judgement(lost, releases=False, evidence=evidence)
        return Judgement(lost, UNKNOWN if lost is UNKNOWN else not lost, evidence)


class CollectionRule:
    """A claim: told when the operator is reached, referred when the days to pay have gone by and it is not paid, and
    from then on blocked until its release: the collection office's word, or payment to the library."""

    def judge(self, question: Question) -> Judgement:
        """Under `agency_confirmation` payment to the library does not release a referred claim. One that ended without
        a word of payment (given back, withdrawn) is over under either release."""
        rule, report = question.rule, question.report
        settled = frozenset[str]() if report is None else report.settled
        counted = _sum_of(question, rule.counts, net=rule.net_of_credit, without=settled)
        owed = _sum_of(question, rule.counts, net=rule.net_of_credit) if settled else counted
        releases = self._releases(question, counted)
        evidence = replace(
            _money_evidence(question, counted, owed, without=settled),
            agency_paid_at=report.paid_in_full_at if report else None,
        )
        return Judgement(self._blocks(question, counted, releases), releases, evidence)

    def _blocks(self, question: Question, counted: int | Unknown, releases: Truth) -> Truth:
        case = question.case
        if _row_in_force(question) or (case is not None and case.stage is not Stage.ANNOUNCED):
            return UNKNOWN if releases is UNKNOWN else not releases
        if case is None or question.rule.refer_if is ReferIf.STILL_AT_BLOCK:
            return _reached(question.terms, counted)
        return UNKNOWN if counted is UNKNOWN else counted > 0

    def _releases(self, question: Question, counted: int | Unknown) -> Truth:
        if claim_is_over(question):
            return True
        if not isinstance(question.terms.release, PaidInFull):
            return False
        if counted is UNKNOWN:
            return UNKNOWN
        return counted <= 0 or (_reached(question.terms, counted) is False and _settled_since_it_blocked(question))


def claim_is_over(question: Question) -> bool:
    """Whether the claim behind the block was reported paid or ended otherwise, since the block began."""
    report, case, began = question.report, question.case, question.block_began
    if case is not None and case.stage is Stage.OVERRIDDEN and not _row_in_force(question):
        began = case.since
    if report is None or began is None:
        return False
    return any(moment is not None and moment >= began for moment in (report.paid_in_full_at, report.ended_at))


JUDGES: Final[Mapping[RuleKind, Judge]] = {
    RuleKind.DEBT: DebtRule(),
    RuleKind.UNPAID_CHARGE: UnpaidChargeRule(),
    RuleKind.FAILED_PIN: FailedPinRule(),
    RuleKind.LOST_CARD: LostCardRule(),
    RuleKind.COLLECTION: CollectionRule(),
}


def _reached(terms: Terms, amount: int | Unknown) -> Truth:
    if amount is UNKNOWN or terms.threshold is None:
        return UNKNOWN
    return terms.threshold.reached(amount)


def counted_charges(question: Question, kinds: frozenset[Kind]) -> tuple[Charge, ...] | Unknown:
    """The open charges of these kinds."""
    charges = question.facts.charges
    if charges is UNKNOWN:
        return UNKNOWN
    return tuple(charge for charge in charges if question.policy.kind_of(charge.type) in kinds)


def _sum_of(
    question: Question, kinds: frozenset[Kind], *, net: bool, without: frozenset[str] = frozenset()
) -> int | Unknown:
    """Exact sum of the charges of these kinds, less credit if `net`, rounded once to minor units."""
    charges, credit = counted_charges(question, kinds), question.facts.credit
    if charges is UNKNOWN or (net and credit is UNKNOWN):
        return UNKNOWN
    exact = _total(charge.outstanding for charge in charges if charge.id not in without)
    if net and credit is not UNKNOWN:
        exact -= credit
    return question.policy.currency.minor(exact)


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _row_in_force(question: Question) -> bool:
    return question.facts.in_force(question.types, question.today) is True


def _settled_since_it_blocked(question: Question) -> bool:
    """Whether nothing at all was owed at a moment after the block began, and after the last cycle that saw the debt
    block: what was settled before that was another debt."""
    settled, began, case = question.facts.settled_at, question.block_began, question.blocked_case
    if settled is None or began is None or settled <= began:
        return False
    return case is None or case.blocking_at is None or settled > case.blocking_at


def _money_evidence(
    question: Question, counted: int | Unknown, owed: int | Unknown, *, without: frozenset[str] = frozenset()
) -> Evidence:
    charges = counted_charges(question, question.rule.counts)
    credit, threshold = question.facts.credit, question.terms.threshold
    unknown = [name for name, value in (("charges", charges), ("credit", credit)) if value is UNKNOWN]
    return Evidence(
        counted=None if counted is UNKNOWN else counted,
        owed=None if owed is UNKNOWN else owed,
        credit=None if credit is UNKNOWN else question.policy.currency.minor(credit),
        lines=() if charges is UNKNOWN else tuple(sorted(charge.id for charge in charges if charge.id not in without)),
        threshold=threshold.value if threshold else None,
        operator=threshold.operator if threshold else None,
        settled_at=question.facts.settled_at,
        unknown=tuple(unknown),
    )


def release_is_by_time(terms: Terms) -> bool:
    """Whether the release may hold while the rule would still block: the one case of R with W."""
    release = terms.release
    match release:
        case AfterMinutes():
            return True
        case PaidInFull() | BelowBlock() | AtMost() | ByStaff() | CounterReset() | FlagCleared() | AgencyConfirmation():
            return False
        case _:
            assert_never(release)
