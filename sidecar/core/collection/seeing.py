"""A rule's verdict, once its cycle has made its changes -> what a claim's step rests on."""

from datetime import date, datetime

from sidecar.core.collection.steps import Seen, Where
from sidecar.core.model import UNKNOWN, Facts
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Policy, Rule
from sidecar.core.verdict import Standing, Verdict

_STANDS = {
    Standing.ANNOUNCED: Where.TOLD,
    Standing.BLOCKED: Where.BLOCKED,
    Standing.OVERRIDDEN: Where.LIFTED,
    Standing.CLEAR: Where.CLEAR,
    Standing.UNDECIDED: Where.UNKNOWN,
}


def seen_of(verdict: Verdict, facts: Facts, rule: Rule, policy: Policy, now: datetime, *, done: bool) -> Seen:
    """What the cycle saw. `done`: the verdict's change, if it has one, is in the ILS now."""
    case = verdict.case_after if done else verdict.case_now
    return Seen(
        patron=verdict.patron,
        rule=verdict.rule,
        where=_where(verdict, done=done),
        since=now if case is None else case.since,
        owed=verdict.evidence.counted,
        lines=verdict.evidence.lines,
        newest=_newest(facts, verdict.evidence.lines),
        paid_at=facts.last_payment,
        open_lines=_open(facts, rule, policy),
        adopted=verdict.adopted,
        wanted=not (rule.retired or verdict.terms.exempt),
    )


def _where(verdict: Verdict, *, done: bool) -> Where:
    if verdict.change is ChangeKind.ADD:
        return Where.BLOCKED if done else Where.DUE
    if verdict.change is ChangeKind.REMOVE and not done:
        return Where.BLOCKED
    return _STANDS[verdict.standing]


def _newest(facts: Facts, lines: tuple[str, ...]) -> date | None:
    if facts.charges is UNKNOWN:
        return None
    days = [charge.incurred for charge in facts.charges if charge.id in lines and charge.incurred is not None]
    return max(days, default=None)


def _open(facts: Facts, rule: Rule, policy: Policy) -> frozenset[str]:
    if facts.charges is UNKNOWN:
        return frozenset()
    return frozenset(charge.id for charge in facts.charges if policy.kind_of(charge.type) in rule.counts)
