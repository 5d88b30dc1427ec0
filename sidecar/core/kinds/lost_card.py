"""Lost card: the ILS's own flag."""

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, Quiet
from sidecar.core.model import UNKNOWN, Evidence
from sidecar.core.policy import ByStaff, Policy, Rule, RuleKind


class LostCardRule(KindOfRule):
    """The card is flagged lost in the ILS."""

    name = RuleKind.LOST_CARD
    of_identity = True

    def judge(self, question: Question) -> Judgement:
        """Released when the flag is cleared, or only by staff."""
        lost = question.facts.card_lost
        evidence = Evidence(
            card_lost=None if lost is UNKNOWN else lost, unknown=("card_lost",) if lost is UNKNOWN else ()
        )
        if isinstance(question.terms.release, ByStaff):
            return Judgement(lost, releases=False, evidence=evidence)
        return Judgement(lost, UNKNOWN if lost is UNKNOWN else not lost, evidence)

    def quiet(self, rule: Rule, policy: Policy) -> Quiet | None:
        """The card is known not to be lost."""
        del rule, policy
        return lambda facts, _today: facts.card_lost is False
