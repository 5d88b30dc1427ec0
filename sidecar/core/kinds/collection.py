"""Collection: a claim that a patron is told of, and that is referred to a collection office."""

from dataclasses import replace

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, Quiet, row_in_force
from sidecar.core.kinds.loans import counted_loans
from sidecar.core.kinds.owing import (
    counted_for_blocking,
    every_open_charge,
    money_evidence,
    owes_too_little,
    settled_since_it_blocked,
    sum_of,
)
from sidecar.core.model import UNKNOWN, Facts, Stage, Truth, Unknown
from sidecar.core.plan import Reason
from sidecar.core.policy import PaidInFull, Policy, ReferIf, Rule, RuleKind
from sidecar.core.truth import every


class CollectionRule(KindOfRule):
    """A claim: told when the operator is reached, referred when the days to pay have gone by and it is not paid, and
    from then on blocked until its release: the collection office's word, or payment to the library."""

    name = RuleKind.COLLECTION
    on_charges = True
    library_may_lift = False

    def judge(self, question: Question) -> Judgement:
        """Under `agency_confirmation` payment to the library does not release a referred claim. One that ended without
        a word of payment (given back, withdrawn) is over under either release."""
        rule, report = question.rule, question.report
        settled = frozenset[str]() if report is None else report.settled
        counted = counted_for_blocking(question, net=rule.net_of_credit, without=settled)
        left = sum_of(question, rule.counts, net=rule.net_of_credit, without=settled)
        owed = sum_of(question, rule.counts, net=rule.net_of_credit) if settled else left
        at_block = counted.reaches(question.terms.threshold)
        releases = self._releases(question, left, at_block)
        evidence = replace(
            money_evidence(question, counted, owed), agency_paid_at=report.paid_in_full_at if report else None
        )
        return Judgement(self._blocks(question, left, at_block, releases), releases, evidence)

    def why_released(self, question: Question) -> Reason | None:
        """The office's word, whatever the policy's release is."""
        if not claim_is_over(question):
            return None
        report = question.report
        paid = report is not None and report.paid_in_full_at is not None
        return Reason.AGENCY_CONFIRMED if paid else Reason.CLAIM_ENDED

    def quiet(self, rule: Rule, policy: Policy) -> Quiet | None:
        """Too little is owed, whatever credit is set against it."""
        return owes_too_little(rule, policy)

    def all_that_staff_saw(self, facts: Facts) -> tuple[str, ...] | None:
        """Every open charge."""
        return every_open_charge(facts)

    def _blocks(self, question: Question, left: int | Unknown, at_block: Truth, releases: Truth) -> Truth:
        case = question.case
        if row_in_force(question) or (case is not None and case.stage is not Stage.ANNOUNCED):
            return UNKNOWN if releases is UNKNOWN else not releases
        if case is None:
            return every((at_block, self._is_long_overdue(question)))
        if question.rule.refer_if is ReferIf.STILL_AT_BLOCK:
            return at_block
        return UNKNOWN if left is UNKNOWN else left > 0

    def _is_long_overdue(self, question: Question) -> Truth:
        """Whether a loan is so many days past its due day, where the telling asks for that."""
        if question.rule.loans is None:
            return True
        counted = counted_loans(question, question.rule.loans)
        if counted is UNKNOWN:
            return UNKNOWN
        certain, possible = counted
        return True if certain else UNKNOWN if possible else False

    def _releases(self, question: Question, left: int | Unknown, at_block: Truth) -> Truth:
        if claim_is_over(question):
            return True
        if not isinstance(question.terms.release, PaidInFull):
            return False
        if left is UNKNOWN:
            return UNKNOWN
        return left <= 0 or (at_block is False and settled_since_it_blocked(question))


def claim_is_over(question: Question) -> bool:
    """Whether the claim behind the block was reported paid or ended otherwise, since the block began."""
    report, case, began = question.report, question.case, question.block_began
    if case is not None and case.stage is Stage.OVERRIDDEN and not row_in_force(question):
        began = case.since
    if report is None or began is None:
        return False
    return any(moment is not None and moment >= began for moment in (report.paid_in_full_at, report.ended_at))
