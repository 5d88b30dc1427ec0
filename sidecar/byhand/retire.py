"""An administrator takes our restrictions out: all of them, or those of one rule."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from sidecar.byhand import order
from sidecar.core.model import Cases, Facts, RestrictionType, RuleId, Stage
from sidecar.core.plan import Change, ChangeKind, Reason, make_plan
from sidecar.core.policy import Policy, Rule
from sidecar.cycle.looking import known_ils, look_at_all
from sidecar.cycle.settling import keep_settlement
from sidecar.cycle.world import World
from sidecar.ports import Journal, PersonalAct


def retire(world: World, policy: Policy, *, rule: RuleId | None, apply: bool, staff: str = "") -> order.ByHand:
    """Remove our restrictions, of one rule or (None) all of them, orphans and patrons out of scope included. What staff
    lifted of them is forgotten with them.

    Raises UnknownRule, CannotWrite and OtherIls.
    """
    chosen = None if rule is None else policy.rule(rule)
    if rule is not None and chosen is None:
        raise order.unknown_rule(policy, rule)
    target = order.target_of(world)
    known_ils(world, claim=apply)
    sight = look_at_all(world, policy)
    changes = [
        change
        for facts in sight.pull.facts
        for change in _retirements(facts, policy, _types_of(chosen, sight.cases_of(facts.patron.id)))
    ]
    plan = make_plan(changes, {facts.patron.id: facts.etag for facts in sight.pull.facts}.get)
    if apply:
        keep_settlement(world.journal, sight.settlement, world.clock.now())
    ordered = order.begin(world, policy, "retire", plan, apply=apply)
    ordered = replace(ordered, forgets=_overrides(world.journal, rule))
    if not apply:
        return order.show(world, ordered)
    world.journal.record_act(PersonalAct.RETIRE, staff, world.clock.now(), rule or "all")
    done = order.write(world, target, ordered, policy.digest)
    if done.all_done:
        _forget(world.journal, None if chosen is None else chosen.id)
    return done


def _types_of(rule: Rule | None, cases: Cases) -> frozenset[RestrictionType] | None:
    """Under which types the rule's rows may stand on a patron; None: all."""
    if rule is None:
        return None
    case = cases.get(rule.id)
    return frozenset({rule.restriction_type} | ({case.restriction_type} if case is not None else set()))


def _overrides(journal: Journal, rule: RuleId | None) -> Counter[str]:
    return Counter(
        case.rule
        for by_rule in journal.cases().values()
        for case in by_rule.values()
        if case.stage is Stage.OVERRIDDEN and rule in {None, case.rule}
    )


def _retirements(facts: Facts, policy: Policy, only: frozenset[RestrictionType] | None) -> Iterator[Change]:
    for restriction_type in sorted({row.type for row in facts.ours()}):
        if only is not None and restriction_type not in only:
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
