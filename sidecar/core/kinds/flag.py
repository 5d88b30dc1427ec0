"""Flag: what the ILS itself says of a card: it has expired, or the address is not right."""

from datetime import date

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, Quiet
from sidecar.core.model import UNKNOWN, Evidence, Facts, Truth
from sidecar.core.policy import ByStaff, Flag, Policy, Rule, RuleKind


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

    def quiet(self, rule: Rule, policy: Policy) -> Quiet | None:
        """The flag is known not to be set."""
        del policy
        return lambda facts, today: _is_set(rule.flag, facts, today) is False

    def _flagged(self, question: Question) -> Truth:
        return _is_set(question.rule.flag, question.facts, question.today)


def _is_set(flag: Flag | None, facts: Facts, today: date) -> Truth:
    if flag is Flag.ADDRESS:
        return facts.address_unknown
    expires = facts.patron.expires
    if expires is UNKNOWN:
        return UNKNOWN
    return expires is not None and expires < today
