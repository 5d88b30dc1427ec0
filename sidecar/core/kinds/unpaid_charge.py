"""Unpaid charge: a bill that must itself be paid."""

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, reached
from sidecar.core.kinds.owing import every_open_charge, money_evidence, sum_of
from sidecar.core.model import UNKNOWN, Facts
from sidecar.core.policy import RuleKind


class UnpaidChargeRule(KindOfRule):
    """Any counted charge with something outstanding; credit is never set against it."""

    name = RuleKind.UNPAID_CHARGE
    on_charges = True

    def judge(self, question: Question) -> Judgement:
        """Released when all counted charges are paid."""
        counted = sum_of(question, question.rule.counts, net=False)
        releases = UNKNOWN if counted is UNKNOWN else counted <= 0
        return Judgement(reached(question.terms, counted), releases, money_evidence(question, counted, counted))

    def all_that_staff_saw(self, facts: Facts) -> tuple[str, ...] | None:
        """Every open charge."""
        return every_open_charge(facts)
