"""The claims of a policy test: the real steps, with an office that has every file at once and says what a step says."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from sidecar.core.collection.claim import HeardKind, Message, Problem
from sidecar.core.collection.claims import Claim, Step, latest, report_of
from sidecar.core.collection.hearing import hear
from sidecar.core.collection.orders import orders
from sidecar.core.collection.seeing import seen_of
from sidecar.core.collection.steps import NEW, advance, delivered, filed
from sidecar.core.model import AgencyReport, Case, RuleId, Stage
from sidecar.core.plan import Plan
from sidecar.core.policy import Policy, RuleKind
from sidecar.core.verdict import Decision
from sidecar.rehearsal.testfile import PolicyTestCase
from sidecar.rehearsal.testfile import Step as StepGiven

Claims: TypeAlias = tuple[Claim, ...]

Noticed: TypeAlias = bool | tuple[RuleId, ...]
"""All that are announced, or these rules'."""

_A_MOMENT: Final = timedelta(milliseconds=500)


def reports(claims: Iterable[Claim]) -> dict[RuleId, AgencyReport]:
    """What each rule is to know of its claims."""
    known = list(claims)
    of_rules = {rule: report_of(claim for claim in known if claim.rule == rule) for rule in {one.rule for one in known}}
    return {rule: report for rule, report in of_rules.items() if report is not None}


def after_word(claims: Claims, word: str, at: datetime) -> Claims:
    """The claims after the office's word on all that it has; what does not fit one changes nothing."""
    for claim in claims:
        message = Message(HeardKind(word), claim.id, None, at.date(), 1)
        outcome = hear(claim, message, (), at)
        if not isinstance(outcome, Problem):
            claims = _kept(claims, [outcome])
    return claims


def after_cycle(claims: Claims, decision: Decision, plan: Plan, policy: Policy, now: datetime) -> Claims:
    """The claims after an applied cycle, and after the file that it made is with the office."""
    changed = {change.rule for change in plan.changes()}
    for verdict in decision.verdicts:
        rule = policy.rule(verdict.rule)
        if rule is None or rule.kind is not RuleKind.COLLECTION:
            continue
        seen = seen_of(verdict, decision.facts, rule, policy, now, done=verdict.rule in changed)
        claim = latest(claims).get((verdict.patron, verdict.rule))
        claims = _kept(claims, advance(claim, seen, now))
    for claim, order in orders(claims):
        claims = _kept(claims, [delivered(filed(claim, order.kind, order.amount, 1), now)])
    return claims


def noticed_before(cases: dict[RuleId, Case], step: StepGiven, now: datetime) -> dict[RuleId, Case]:
    """The cases after the notices that went out just before this step's cycle."""
    return _noticed(cases, step.notice_sent, now - _A_MOMENT)


def noticed_after(
    cases: dict[RuleId, Case], step: StepGiven, case: PolicyTestCase, now: datetime
) -> dict[RuleId, Case]:
    """The cases after the notices of what this step's cycle announced: at once, unless the case speaks of notices."""
    spoken_of = any(each.notice_sent or each.notice_failed for each in case.step)
    return _noticed(cases, step.notice_sent if spoken_of else True, now)


def _noticed(cases: dict[RuleId, Case], which: Noticed, at: datetime) -> dict[RuleId, Case]:
    def sent(case: Case) -> bool:
        named = which if isinstance(which, bool) else case.rule in which
        return named and case.stage is Stage.ANNOUNCED and case.noticed_at is None

    return {rule: replace(case, noticed_at=at) if sent(case) else case for rule, case in cases.items()}


def _kept(claims: Claims, steps: Sequence[Step]) -> Claims:
    for step in steps:
        if step.claim.id == NEW:
            claims = (*claims, replace(step.claim, id=f"C-{len(claims) + 1:06d}"))
        else:
            claims = tuple(step.claim if claim.id == step.claim.id else claim for claim in claims)
    return claims
