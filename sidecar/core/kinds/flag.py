"""Flag: what the ILS itself says of a card: it has expired, or the address is not right."""

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question
from sidecar.core.model import UNKNOWN, Evidence, Truth
from sidecar.core.policy import ByStaff, Flag, RuleKind


class FlagRule(KindOfRule):
    """The ILS's own flag is set. Koha refuses loans on such a card by itself: the rule gives it a text and a report."""

    name = RuleKind.FLAG

    def judge(self, question: Question) -> Judgement:
        """Released when the flag is cleared, or only by staff."""
        flagged = self._flagged(question)
        evidence = Evidence(
            flagged=None if flagged is UNKNOWN else flagged,
            unknown=(f"flag_{question.rule.flag}",) if flagged is UNKNOWN else (),
        )
        if isinstance(question.terms.release, ByStaff):
            return Judgement(flagged, releases=False, evidence=evidence)
        return Judgement(flagged, UNKNOWN if flagged is UNKNOWN else not flagged, evidence)

    def _flagged(self, question: Question) -> Truth:
        if question.rule.flag is Flag.ADDRESS:
            return question.facts.address_unknown
        expires = question.facts.patron.expires
        if expires is UNKNOWN:
            return UNKNOWN
        return expires is not None and expires < question.today
