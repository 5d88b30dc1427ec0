"""Failed PIN: the ILS's counter of wrong PINs."""

from datetime import date, timedelta

from sidecar.core.kinds.asking import Judgement, KindOfRule, Question, Quiet, least_that_speaks, reached
from sidecar.core.model import UNKNOWN, Evidence, Facts, Truth, Unknown
from sidecar.core.policy import AfterMinutes, CounterReset, Policy, Rule, RuleKind


class FailedPinRule(KindOfRule):
    """The ILS's counter of failed PIN attempts. A negative one is an administrative lock, not a count."""

    name = RuleKind.FAILED_PIN
    of_identity = True
    reset_when_lifted = True

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
        return Judgement(reached(question.terms, attempts), self._releases(question, attempts), evidence)

    def quiet(self, rule: Rule, policy: Policy) -> Quiet | None:
        """Too few attempts."""
        del policy
        least = least_that_speaks(rule)
        if least is None:
            return None

        def are_too_few(facts: Facts, _today: date) -> bool:
            return facts.failed_pin is not UNKNOWN and 0 <= facts.failed_pin < least

        return are_too_few

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
