"""Simulation: what other policies would do today, on the facts of everyone, read once. Nothing is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sidecar.core.differing import Outcome, differences, outcome_of
from sidecar.core.planning import plan_changes
from sidecar.core.policy import Policy
from sidecar.core.prospects import prospect_of
from sidecar.core.simulation import Prospect, Simulation, Tried
from sidecar.cycle.judging import decide_about_all, effective_scope, settle
from sidecar.cycle.looking import known_ils
from sidecar.cycle.order import Order, Remembered, remember
from sidecar.cycle.pulling import Seen, read_patrons, seen_under
from sidecar.cycle.world import World
from sidecar.ports import IlsStatus


@dataclass(frozen=True, slots=True)
class Everyone:
    """Everyone whom a full cycle would look at now, and what the journal remembers of them: whatever the policy is."""

    status: IlsStatus
    remembered: Remembered
    seen: Seen


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy to try, and what it is called; `value` is that of the curve's key."""

    label: str
    policy: Policy
    value: str | None = None


def look_at_everyone(world: World, order: Order) -> Everyone:
    """Read all that a dry run of a full cycle reads. Raises a CardwardenError as a cycle does."""
    status = known_ils(world, claim=False)
    remembered = remember(world.journal, world.clock.now())
    return Everyone(status, remembered, read_patrons(world, order, remembered))


def simulate(
    everyone: Everyone,
    present: Policy,
    trials: Sequence[Trial],
    order: Order,
    *,
    key: str | None = None,
    tried: Callable[[int, int], None] = lambda _done, _of: None,
) -> Simulation:
    """Try each policy as a dry run of a full cycle would go today, and compare it with the present one. `tried` is told
    how many policies are done, and of how many."""
    before = _try(everyone, present, order)
    found = []
    for number, trial in enumerate(trials, start=1):
        after = _try(everyone, trial.policy, order)
        differing = differences(present, before.outcome, trial.policy, after.outcome)
        found.append(Tried(trial.label, trial.policy, after.prospect, differing, trial.value))
        tried(number, len(trials))
    pull = everyone.seen.pull
    return Simulation(
        present=Tried(present.name, present, before.prospect),
        tried=tuple(found),
        patrons={facts.patron.id: facts.patron for facts in pull.facts},
        as_of=pull.as_of,
        gaps=pull.gaps,
        key=key,
    )


@dataclass(frozen=True, slots=True)
class _Rehearsed:
    prospect: Prospect
    outcome: Outcome


def _try(everyone: Everyone, policy: Policy, order: Order) -> _Rehearsed:
    """The steps of `cycle.run.run_once` from the pull to the plan."""
    status, remembered = everyone.status, everyone.remembered
    pull = seen_under(policy, everyone.seen, remembered).pull
    settlement = settle(remembered, pull, policy)
    scope = effective_scope(order.scope, status)
    decisions = decide_about_all(policy, scope, order, pull, settlement, remembered).decisions
    return _Rehearsed(
        prospect_of(
            decisions,
            plan_changes(decisions, policy),
            policy,
            pull.as_of,
            scope,
            is_new=lambda patron: patron not in settlement.cases,
        ),
        outcome_of(decisions, pull.as_of.astimezone(policy.time_zone).date()),
    )
