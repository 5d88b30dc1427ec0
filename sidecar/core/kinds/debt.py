"""Debt: counted charges less unapplied credit against the operator; released by payment."""

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, reached
from sidecar.core.kinds.owing import every_open_charge, money_evidence, settled_since_it_blocked, sum_of
from sidecar.core.model import UNKNOWN, Facts, Truth, Unknown
from sidecar.core.policy import AtMost, BelowBlock, PaidInFull, RuleKind


class DebtRule(KindOfRule):
    """Counted charges less unapplied credit against the operator; released by payment."""

    name = RuleKind.DEBT
    on_charges = True
    settled_by_payment = True

    def judge(self, question: Question) -> Judgement:
        """R also holds if all was settled after the rule last blocked, and what has come since would not block."""
        rule, terms = question.rule, question.terms
        counted = sum_of(question, rule.counts, net=rule.net_of_credit)
        owed = sum_of(question, rule.release_counts, net=rule.net_of_credit)
        blocks = reached(terms, counted)
        return Judgement(
            blocks, self._releases(question, counted, owed, blocks), money_evidence(question, counted, owed)
        )

    def all_that_staff_saw(self, facts: Facts) -> tuple[str, ...] | None:
        """Every open charge."""
        return every_open_charge(facts)

    def _releases(self, question: Question, counted: int | Unknown, owed: int | Unknown, blocks: Truth) -> Truth:
        match question.terms.release:
            case PaidInFull():
                if blocks is False and settled_since_it_blocked(question):
                    return True
                return UNKNOWN if owed is UNKNOWN else owed <= 0
            case BelowBlock():
                return UNKNOWN if blocks is UNKNOWN else not blocks
            case AtMost(level):
                return UNKNOWN if counted is UNKNOWN else counted <= level
            case _:
                return False
