"""Staff lift one block after a check at the desk."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sidecar.byhand import order
from sidecar.core.decide import decide
from sidecar.core.kinds import wants_photo_id
from sidecar.core.model import Facts, Origin, PatronId, RuleId
from sidecar.core.plan import Change, ChangeKind, Reason, make_plan
from sidecar.core.policy import Policy, Rule, RuleKind
from sidecar.core.verdict import Verdict
from sidecar.cycle.looking import known_ils, look_at
from sidecar.cycle.settling import keep_settlement
from sidecar.cycle.world import World
from sidecar.errors import NotBlocked, ReleaseRefused, UnknownPatron


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """Who lifts which block, whether photo ID was seen, and why. `staff` is whatever the library signs with."""

    patron: PatronId
    rule: RuleId
    staff: str
    photo_id_checked: bool
    reason: str = ""


def release_by_staff(world: World, policy: Policy, asked: ReleaseOrder) -> order.ByHand:
    """Remove one restriction, and reset the PIN counter of a PIN rule, in one item.

    Raises UnknownRule, ReleaseRefused (collection, or photo ID not seen), UnknownPatron, NotBlocked, CannotWrite,
    OtherIls.
    """
    rule = _releasable(policy, asked.rule)
    target = order.target_of(world)
    known_ils(world, claim=True)
    sight = look_at(world, policy, [asked.patron])
    facts = sight.facts_of(asked.patron)
    if facts is None:
        raise UnknownPatron(f"There is no patron {asked.patron}.")
    verdicts = decide(facts, sight.cases_of(asked.patron), policy, sight.pull.as_of).verdicts
    verdict = next(one for one in verdicts if one.rule == rule.id)
    if wants_photo_id(rule, verdict.terms) and not asked.photo_id_checked:
        raise ReleaseRefused(
            f"Rule {rule.id} is released only after valid photo ID was seen: check it, and say so with "
            "--photo-id-checked."
        )
    changes = list(_changes(facts, rule, verdict, sight.pull.as_of, asked.staff))
    if not changes:
        raise NotBlocked(
            f"Patron {asked.patron} has no restriction of rule {rule.id}: nothing to release. "
            f"`cardwarden explain {asked.patron}` says what holds."
        )
    keep_settlement(world.journal, sight.settlement, world.clock.now())
    plan = make_plan(changes, {asked.patron: facts.etag}.get)
    ordered = order.begin(world, policy, "release", plan, apply=True)
    world.journal.record_release(
        ordered.cycle,
        asked.patron,
        rule.id,
        asked.staff,
        photo_id_checked=asked.photo_id_checked,
        reason=asked.reason,
        at=world.clock.now(),
    )
    return order.write(world, target, ordered, policy.digest)


def _releasable(policy: Policy, rule_id: RuleId) -> Rule:
    rule = policy.rule(rule_id)
    if rule is None:
        raise order.unknown_rule(policy, rule_id)
    if rule.kind is RuleKind.COLLECTION:
        raise ReleaseRefused(
            f"Rule {rule_id} is about a claim at the collection office: the library cannot lift it. It ends when the "
            "office reports the whole debt as paid, or when the claim is taken back: cardwarden collection withdraw "
            "CLAIM."
        )
    return rule


def _changes(facts: Facts, rule: Rule, verdict: Verdict, now: datetime, staff: str) -> Iterator[Change]:
    """What staff lifted stays lifted. A counter is reset with the rows, or alone where it would block a free card."""
    there = [each for each in verdict.types if facts.rows(each)]
    counts = rule.kind is RuleKind.FAILED_PIN and isinstance(facts.failed_pin, int) and facts.failed_pin > 0
    resets = counts and (bool(there) or verdict.blocks is True)
    change = Change(
        patron=facts.patron.id,
        rule=rule.id,
        kind=ChangeKind.REMOVE,
        restriction_type=rule.restriction_type,
        reason=Reason.STAFF_RELEASE,
        rule_kind=rule.kind,
        evidence=verdict.evidence,
        case_after=None if resets else order.override(facts, verdict, now, Origin.RELEASED, staff),
    )
    for restriction_type in there:
        yield replace(change, restriction_type=restriction_type)
    if resets:
        yield replace(change, kind=ChangeKind.RESET_PIN)
