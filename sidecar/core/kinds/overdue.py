"""Overdue: loans that were not brought back."""

from datetime import date

from sidecar.core.counting import Loans
from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, Quiet, least_that_speaks, reached
from sidecar.core.kinds.loans import counted_loans, every_loan, none_is_left
from sidecar.core.kinds.owing import sum_of
from sidecar.core.model import UNKNOWN, Evidence, Facts, OverdueItem, Truth, Unknown
from sidecar.core.policy import BelowBlock, PaidAndReturned, Policy, Returned, Rule, RuleKind
from sidecar.core.truth import every

_Counted = tuple[tuple[OverdueItem, ...], tuple[OverdueItem, ...]] | Unknown


class OverdueRule(KindOfRule):
    """So many loans are so many days past their due day; released when fewer are, when none is left, or when all is
    paid besides."""

    name = RuleKind.OVERDUE

    def judge(self, question: Question) -> Judgement:
        """A loan of which it is not known whether it counts leaves open only what it would decide."""
        rule = question.rule
        counted = counted_loans(question, rule.loans or Loans())
        needs_payment = isinstance(question.terms.release, PaidAndReturned)
        owed = sum_of(question, rule.release_counts, net=rule.net_of_credit) if needs_payment else None
        blocks = self._blocks(question, counted)
        return Judgement(
            blocks, self._releases(question, blocks, owed), self._evidence(question, counted, owed, blocks)
        )

    def quiet(self, rule: Rule, policy: Policy) -> Quiet | None:
        """Too few loans are past their due day, of whatever age and type."""
        del policy
        least = least_that_speaks(rule)
        if least is None:
            return None

        def are_too_few(facts: Facts, _today: date) -> bool:
            return facts.overdue is not UNKNOWN and len(facts.overdue) < least

        return are_too_few

    def all_that_staff_saw(self, facts: Facts) -> tuple[str, ...] | None:
        """Every loan past its due day."""
        return every_loan(facts)

    def _blocks(self, question: Question, counted: _Counted) -> Truth:
        if counted is UNKNOWN:
            return UNKNOWN
        certain, possible = (reached(question.terms, len(items)) for items in counted)
        return certain if certain == possible else UNKNOWN

    def _releases(self, question: Question, blocks: Truth, owed: int | Unknown | None) -> Truth:
        match question.terms.release:
            case BelowBlock():
                return UNKNOWN if blocks is UNKNOWN else not blocks
            case Returned():
                return none_is_left(question)
            case PaidAndReturned():
                paid = UNKNOWN if owed is None or owed is UNKNOWN else owed <= 0
                return every((paid, none_is_left(question)))
            case _:
                return False

    def _evidence(self, question: Question, counted: _Counted, owed: int | Unknown | None, blocks: Truth) -> Evidence:
        threshold = question.terms.threshold
        unknown = [] if counted is not UNKNOWN else ["overdue"]
        if counted is not UNKNOWN and blocks is UNKNOWN:
            unknown.append("loans")
        if owed is UNKNOWN:
            unknown.append("charges")
        return Evidence(
            overdue=None if counted is UNKNOWN else len(counted[0]),
            owed=None if owed is UNKNOWN else owed,
            lines=() if counted is UNKNOWN else tuple(sorted(item.id for item in counted[0])),
            threshold=threshold.value if threshold else None,
            operator=threshold.operator if threshold else None,
            unknown=tuple(unknown),
        )
