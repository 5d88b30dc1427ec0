"""What frees the card, as a list to do in order: pay, show photo ID, the right PIN, clear the flag."""

from collections.abc import Collection, Iterable, Iterator

from sidecar.core.model import Facts, Kind, RuleId
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import (
    BelowBlock,
    ByStaff,
    CounterReset,
    FlagCleared,
    PaidAndReturned,
    Policy,
    Returned,
    RuleKind,
)
from sidecar.core.verdict import Decision, Standing, Verdict
from sidecar.desk.answer import BringBack, ClearFlag, Part, Pay, ResetCounter, ShowId, Step
from sidecar.desk.paying import account_of, needs_to_release, payment_for


def steps_of(decision: Decision, policy: Policy, held: Collection[RuleId]) -> Iterator[Step]:
    """The steps that end every block that can be ended, together. Of `held` rules the change waits for an approval."""
    asked = [verdict for verdict in decision.verdicts if _must_be_ended(verdict, held)]
    yield from _pay(decision.facts, policy, asked)
    for verdict in asked:
        if isinstance(verdict.terms.release, ByStaff):
            yield ShowId(verdict.rule, verdict.rule_kind)
    yield from _bring_back(asked)
    counters = tuple(verdict.rule for verdict in asked if isinstance(verdict.terms.release, CounterReset))
    if counters:
        yield ResetCounter(counters)
    flags = [verdict for verdict in asked if isinstance(verdict.terms.release, FlagCleared)]
    for lost in (True, False):
        marked = tuple(each.rule for each in flags if (each.rule_kind is RuleKind.LOST_CARD) is lost)
        if marked:
            yield ClearFlag(marked, lost)


def _bring_back(asked: Iterable[Verdict]) -> Iterator[BringBack]:
    """Loans that a release waits for; all of them, since what is brought back in part may count anew tomorrow."""
    whole = tuple(each.rule for each in asked if isinstance(each.terms.release, Returned | PaidAndReturned))
    some = tuple(
        each.rule for each in asked if each.rule_kind is RuleKind.OVERDUE and isinstance(each.terms.release, BelowBlock)
    )
    if whole or some:
        yield BringBack(whole + some, everything=bool(whole))


def _must_be_ended(verdict: Verdict, held: Collection[RuleId]) -> bool:
    """It blocks and nothing ends it yet, or the next cycle makes it block."""
    if verdict.in_force is True:
        return verdict.standing is Standing.BLOCKED and verdict.change is None
    adds = verdict.in_force is False and verdict.change is ChangeKind.ADD
    return adds and not verdict.drift and verdict.rule not in held


def _pay(facts: Facts, policy: Policy, asked: Iterable[Verdict]) -> Iterator[Pay]:
    rules = {rule.id: rule for rule in policy.rules}
    needs = {verdict.rule: list(needs_to_release(verdict, rules[verdict.rule])) for verdict in asked}
    account = account_of(facts, policy)
    most = account.most
    payment = payment_for((need for each in needs.values() for need in each), account)
    total = 0 if payment is None else sum(payment.values())
    if payment is not None and total > 0:
        yield Pay(
            minor=total,
            parts=tuple(Part(kind, payment[kind]) for kind in Kind if payment[kind]),
            rules=tuple(rule for rule, each in needs.items() if any(need.minor > 0 for need in each)),
            everything=payment == most,
            several=len([minor for minor in most.values() if minor > 0]) > 1,
        )
