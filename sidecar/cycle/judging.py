"""Facts and cases -> decisions on everyone who was read, and the plan that follows from them."""

from dataclasses import dataclass, replace
from datetime import datetime

from sidecar.core.decide import decide
from sidecar.core.drift import is_drift, overrides_taken_back, separate_drift
from sidecar.core.model import Case, Facts, Stage
from sidecar.core.policy import Policy, Scope
from sidecar.core.screen import Screen
from sidecar.core.verdict import Decision
from sidecar.cycle.order import Order, Remembered
from sidecar.cycle.settling import Settlement, settle_intents
from sidecar.ports import IlsStatus, Journal, Pull


@dataclass(frozen=True, slots=True)
class Judged:
    """The decisions on everyone who was read, and overrides of others that are none after all."""

    decisions: tuple[Decision, ...]
    taken_back: tuple[Case, ...] = ()


def settle(remembered: Remembered, pull: Pull, policy: Policy) -> Settlement:
    """Writes of an earlier cycle whose answer never came, settled by what this pull shows."""
    facts_of = {facts.patron.id: facts for facts in pull.facts}
    today = pull.as_of.astimezone(policy.time_zone).date()
    return settle_intents(remembered.intents, facts_of, remembered.cases, today)


def decide_about_all(
    policy: Policy, scope: Scope, order: Order, pull: Pull, settlement: Settlement, remembered: Remembered
) -> Judged:
    """The verdicts on everyone of all rules that have anything to say, with what vanished in numbers told apart from
    what staff lifted. Where there is a claim every rule answers: it follows from numbers on a clear card too."""
    cases, now, history, screen = settlement.cases, pull.as_of, remembered.history, Screen(policy)
    of_claims = {claim.patron for claim in remembered.claims}

    def decided(facts: Facts) -> Decision:
        patron = facts.patron.id
        briefly = None if patron in of_claims else screen
        return decide(facts, cases.get(patron, {}), policy, now, scope, screen=briefly)

    decisions = [decided(facts) for facts in pull.facts]
    blocks = remembered.blocks + sum(
        case.stage is Stage.BLOCKED for by_rule in cases.values() for case in by_rule.values()
    )
    if not is_drift(decisions, vanished=history.vanished, remembered=blocks, limit=order.drift):
        return Judged(tuple(decisions))
    separated = separate_drift(decisions, policy, now, vanished=history.vanished, remembered=blocks, limit=order.drift)
    return Judged(separated, overrides_taken_back(cases, separated, history.vanished, now))


def effective_scope(scope: Scope, status: IlsStatus) -> Scope:
    """The scope of the settings, and never those whom the ILS itself says are no real card holders."""
    return replace(
        scope,
        never=scope.never | status.never,
        statistical_categories=scope.statistical_categories | status.statistical_categories,
    )


def policy_since(journal: Journal, policy: Policy, started: datetime, as_of: datetime) -> datetime | None:
    """Since when this policy counts, on the ILS's clock; None if no other is known to have counted before."""
    since = journal.policy_since(policy.digest, started)
    return None if since is None else since + (as_of - started)
