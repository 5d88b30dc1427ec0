"""Debt: counted charges less unapplied credit against the operator; released by payment."""

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, Quiet
from sidecar.core.kinds.loans import none_is_left
from sidecar.core.kinds.owing import (
    counted_for_blocking,
    every_open_charge,
    money_evidence,
    owes_too_little,
    settled_since_it_blocked,
    sum_of,
)
from sidecar.core.model import UNKNOWN, Facts, Truth, Unknown
from sidecar.core.policy import AtMost, BelowBlock, PaidAndReturned, PaidInFull, Policy, Rule, RuleKind
from sidecar.core.truth import every


class DebtRule(KindOfRule):
    """Counted charges less unapplied credit against the operator; released by payment."""

    name = RuleKind.DEBT
    on_charges = True
    settled_by_payment = True

    def judge(self, question: Question) -> Judgement:
        """Only for blocking does it matter when a charge arose."""
        rule = question.rule
        counted = counted_for_blocking(question, net=rule.net_of_credit)
        same = rule.release_counts == rule.counts and not rule.asks_when_charges_arose
        owed = counted.sum if same else sum_of(question, rule.release_counts, net=rule.net_of_credit)
        blocks = counted.reaches(question.terms.threshold)
        return Judgement(
            blocks,
            self._releases(question, owed, blocks),
            money_evidence(question, counted, owed),
            counted.reaches(rule.announce_at) if rule.announce_at else False,
        )

    def quiet(self, rule: Rule, policy: Policy) -> Quiet | None:
        """Too little is owed, whatever credit is set against it."""
        return owes_too_little(rule, policy)

    def all_that_staff_saw(self, facts: Facts) -> tuple[str, ...] | None:
        """Every open charge."""
        return every_open_charge(facts)

    def _releases(self, question: Question, owed: int | Unknown, blocks: Truth) -> Truth:
        rule = question.rule
        match question.terms.release:
            case PaidInFull():
                return _all_paid(question, owed, blocks)
            case PaidAndReturned():
                return every((_all_paid(question, owed, blocks), none_is_left(question)))
            case BelowBlock():
                return UNKNOWN if blocks is UNKNOWN else not blocks
            case AtMost(level):
                counted = sum_of(question, rule.counts, net=rule.net_of_credit)
                return UNKNOWN if counted is UNKNOWN else counted <= level
            case _:
                return False


def _all_paid(question: Question, owed: int | Unknown, blocks: Truth) -> Truth:
    """Also if all was settled after the rule last blocked, and what has come since would not block."""
    if blocks is False and settled_since_it_blocked(question):
        return True
    return UNKNOWN if owed is UNKNOWN else owed <= 0
