"""Unpaid charge: a bill that must itself be paid."""

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, Quiet
from sidecar.core.kinds.loans import none_is_left
from sidecar.core.kinds.owing import counted_for_blocking, every_open_charge, money_evidence, owes_too_little, sum_of
from sidecar.core.model import UNKNOWN, Facts, Truth, Unknown
from sidecar.core.policy import ByStaff, PaidAndReturned, Policy, Rule, RuleKind
from sidecar.core.truth import every


class UnpaidChargeRule(KindOfRule):
    """Any counted charge with something outstanding; credit is never set against it."""

    name = RuleKind.UNPAID_CHARGE
    on_charges = True

    def judge(self, question: Question) -> Judgement:
        """Released when all counted charges are paid, whenever they arose."""
        counted = counted_for_blocking(question, net=False)
        owed = sum_of(question, question.rule.counts, net=False)
        announce_at = question.rule.announce_at
        return Judgement(
            counted.reaches(question.terms.threshold),
            self._releases(question, owed),
            money_evidence(question, counted, owed),
            counted.reaches(announce_at) if announce_at else False,
        )

    def quiet(self, rule: Rule, policy: Policy) -> Quiet | None:
        """Too little is owed, whatever credit is set against it."""
        return owes_too_little(rule, policy)

    def all_that_staff_saw(self, facts: Facts) -> tuple[str, ...] | None:
        """Every open charge."""
        return every_open_charge(facts)

    def _releases(self, question: Question, owed: int | Unknown) -> Truth:
        paid = UNKNOWN if owed is UNKNOWN else owed <= 0
        match question.terms.release:
            case ByStaff():
                return False
            case PaidAndReturned():
                return every((paid, none_is_left(question)))
            case _:
                return paid
