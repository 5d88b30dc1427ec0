"""An order and how it went: what all orders by name have in common."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sidecar.core.model import Case, Facts, Origin, Stage
from sidecar.core.plan import Plan
from sidecar.core.policy import Policy
from sidecar.core.table import evidence_of_override
from sidecar.core.verdict import Verdict
from sidecar.cycle.world import World
from sidecar.cycle.writing import Applied, write_plan
from sidecar.errors import CannotWrite, UnknownRule
from sidecar.ports import CycleOutcome, Mode, Target


@dataclass(frozen=True, slots=True)
class ByHand:
    """An order's plan and, if it was to be applied, how it went. `left` is what the order does not touch, and why;
    `forgets` how many liftings of each rule are no longer remembered after it."""

    cycle: int
    plan: Plan
    applied: Applied | None = None
    left: Mapping[str, int] = field(default_factory=dict)
    forgets: Mapping[str, int] = field(default_factory=dict)

    @property
    def all_done(self) -> bool:
        """Whether the ILS now is as ordered."""
        return self.applied is not None and self.done == len(self.plan)

    @property
    def done(self) -> int:
        """How many of the changes the ILS now has as ordered."""
        outcomes = self.applied.outcomes if self.applied is not None else {}
        return sum(
            len(entry.changes)
            for entry in self.plan.entries
            if (outcome := outcomes.get(entry.patron)) is not None and outcome.done
        )


def begin(
    world: World, policy: Policy, kind: str, plan: Plan, *, apply: bool, left: Counter[str] | None = None
) -> ByHand:
    """A cycle of its own in the journal."""
    mode = Mode.APPLY if apply else Mode.DRY_RUN
    return ByHand(world.journal.begin_cycle(kind, mode, policy.digest, world.clock.now()), plan, left=left or {})


def show(world: World, ordered: ByHand) -> ByHand:
    """Nothing is to be written."""
    _end(world, ordered, CycleOutcome.PENDING if len(ordered.plan) else CycleOutcome.DONE)
    return ordered


def write(world: World, target: Target, ordered: ByHand, policy_digest: str) -> ByHand:
    """Write the plan, each change journalled before and after."""
    applied = write_plan(
        ordered.plan,
        target,
        world.journal,
        world.clock,
        cycle=ordered.cycle,
        policy_digest=policy_digest,
        approved=frozenset(change.key for change in ordered.plan.changes()),
        stopping=lambda: False,
    )
    done = replace(ordered, applied=applied)
    _end(world, done, CycleOutcome.DONE if done.all_done else CycleOutcome.PENDING)
    return done


def _end(world: World, ordered: ByHand, outcome: CycleOutcome) -> None:
    counts = {f"planned.{kind}": number for kind, number in ordered.plan.counts().items()} | {"done": ordered.done}
    world.journal.end_cycle(ordered.cycle, outcome, world.clock.now(), counts=counts, plan_digest=ordered.plan.digest)


def target_of(world: World) -> Target:
    """What writes. Raises CannotWrite."""
    if world.target is None:
        raise CannotWrite(
            "Nothing can be written: Koha has no Cardwarden plugin. Install it (`cardwarden koha-plugin FILE.kpz`) and "
            "restart Koha's API workers."
        )
    return world.target


def unknown_rule(policy: Policy, rule: str) -> UnknownRule:
    """The error for a rule that the policy does not have."""
    known = ", ".join(rule.id for rule in policy.rules)
    return UnknownRule(f"The policy has no rule {rule!r}; its rules are {known}.")


def override(facts: Facts, verdict: Verdict, now: datetime, origin: Origin, by: str) -> Case | None:
    """What is remembered of a block that people lifted, how and by whom: while the rule would block anew, an override
    with the facts of this moment. One that there is goes on."""
    if verdict.blocks is False:
        return None
    case = verdict.case_now
    if case is not None and case.stage is Stage.OVERRIDDEN:
        return case
    return Case(
        patron=verdict.patron,
        rule=verdict.rule,
        stage=Stage.OVERRIDDEN,
        since=now,
        evidence=evidence_of_override(facts, verdict.evidence, verdict.rule_kind),
        restriction_type=verdict.restriction_type,
        origin=origin,
        by=by,
    )
