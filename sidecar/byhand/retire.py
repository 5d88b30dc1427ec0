"""An administrator takes our restrictions out: all of them, or those of one rule."""

from collections.abc import Iterator

from sidecar.byhand import order
from sidecar.core.model import Facts, RuleId
from sidecar.core.plan import Change, ChangeKind, Reason, make_plan
from sidecar.core.policy import Policy
from sidecar.cycle.looking import known_ils, look_at_all
from sidecar.cycle.settling import keep_settlement
from sidecar.cycle.world import World
from sidecar.ports import Journal


def retire(world: World, policy: Policy, *, rule: RuleId | None, apply: bool) -> order.ByHand:
    """Remove our restrictions, of one rule or (None) all of them, orphans and patrons out of scope included.

    Raises UnknownRule, CannotWrite and OtherIls.
    """
    chosen = None if rule is None else policy.rule(rule)
    if rule is not None and chosen is None:
        raise order.unknown_rule(policy, rule)
    target = order.target_of(world)
    known_ils(world, claim=apply)
    sight = look_at_all(world, policy)
    only = None if chosen is None else chosen.restriction_type
    changes = [change for facts in sight.pull.facts for change in _retirements(facts, policy, only)]
    plan = make_plan(changes, {facts.patron.id: facts.etag for facts in sight.pull.facts}.get)
    if apply:
        keep_settlement(world.journal, sight.settlement, world.clock.now())
    ordered = order.begin(world, policy, "retire", plan, apply=apply)
    if not apply:
        return order.show(world, ordered)
    done = order.write(world, target, ordered, policy.digest)
    if done.all_done:
        _forget(world.journal, None if chosen is None else chosen.id)
    return done


def _retirements(facts: Facts, policy: Policy, only: str | None) -> Iterator[Change]:
    for restriction_type in sorted({row.type for row in facts.ours()}):
        if only is not None and restriction_type != only:
            continue
        rule = policy.rule_of_type(restriction_type)
        yield Change(
            patron=facts.patron.id,
            rule=rule.id if rule else restriction_type,
            kind=ChangeKind.REMOVE,
            restriction_type=restriction_type,
            reason=Reason.RETIRED,
            rule_kind=rule.kind if rule else None,
        )


def _forget(journal: Journal, rule: RuleId | None) -> None:
    """What remains remembered of retired rules (announcements, overrides) ends with them."""
    journal.save_cases(
        (),
        [
            (patron, known)
            for patron, by_rule in journal.cases().items()
            for known in by_rule
            if rule is None or known == rule
        ],
    )
