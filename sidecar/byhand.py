"""What people order by name, outside the cycle: staff release one block, an administrator takes ours out.

Both go the cycle's way: read in this moment, a plan, each write journalled before and after, facts checked again
at the write. The order itself is the approval, so no brakes are asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sidecar.applying import Applied, write_plan
from sidecar.core.decide import decide, evidence_of_override
from sidecar.core.model import Case, Facts, PatronId, RuleId, Stage
from sidecar.core.plan import Change, ChangeKind, Plan, Reason, make_plan, patron_order
from sidecar.core.policy import Policy, Rule, RuleKind
from sidecar.core.verdict import Verdict
from sidecar.errors import CannotWrite, NotBlocked, ReleaseRefused, UnknownCycle, UnknownPatron, UnknownRule
from sidecar.ports import ChangeRecord, CycleOutcome, Journal, Mode, Result, Target
from sidecar.world import World

ALL_CHANGES: Final = 1_000_000
"""More than any cycle writes."""


@dataclass(frozen=True, slots=True)
class StaffRelease:
    """Who lifts which block, and whether photo ID was seen. `staff` is whatever the library signs with."""

    patron: PatronId
    rule: RuleId
    staff: str
    photo_id_checked: bool


@dataclass(frozen=True, slots=True)
class ByHand:
    """An order's plan and, if it was to be applied, how it went."""

    cycle: int
    plan: Plan
    applied: Applied | None

    @property
    def all_done(self) -> bool:
        """Whether the ILS now is as ordered."""
        return self.applied is not None and all(
            (outcome := self.applied.outcomes.get(entry.patron)) is not None and outcome.done
            for entry in self.plan.entries
        )


def release_by_staff(world: World, policy: Policy, order: StaffRelease) -> ByHand:
    """Remove one restriction, and reset the PIN counter of a PIN rule, in one item.

    Raises UnknownRule, ReleaseRefused (collection), UnknownPatron, NotBlocked, CannotWrite.
    """
    rule = _releasable(policy, order.rule)
    target = _target(world)
    pull = world.source.read([order.patron])
    if not pull.facts:
        raise UnknownPatron(f"There is no patron {order.patron}.")
    facts = pull.facts[0]
    cases = world.journal.cases().get(order.patron, {})
    verdicts = decide(facts, cases, policy, pull.as_of).verdicts
    verdict = next(one for one in verdicts if one.rule == rule.id)
    resets = rule.kind is RuleKind.FAILED_PIN and isinstance(facts.failed_pin, int) and facts.failed_pin > 0
    if not facts.rows(rule.restriction_type) and not resets:
        raise NotBlocked(
            f"Patron {order.patron} has no restriction of rule {rule.id}: nothing to release. "
            f"`cardwarden explain {order.patron}` says what holds."
        )
    plan = make_plan(_release_changes(facts, rule, verdict, resets=resets), {order.patron: facts.etag}.get)
    cycle = world.journal.begin_cycle("release", Mode.APPLY, policy.digest, world.clock.now())
    world.journal.record_release(
        cycle, order.patron, rule.id, order.staff, photo_id_checked=order.photo_id_checked, at=world.clock.now()
    )
    return _write(world, target, ByHand(cycle, plan, None), policy.digest)


def retire(world: World, policy: Policy, *, rule: RuleId | None, apply: bool) -> ByHand:
    """Remove our restrictions, of one rule or (None) all of them, orphans and patrons out of scope included.

    Raises UnknownRule and CannotWrite.
    """
    chosen = None if rule is None else policy.rule(rule)
    if rule is not None and chosen is None:
        raise _unknown(policy, rule)
    pull = world.source.pull()
    etags = {facts.patron.id: facts.etag for facts in pull.facts}
    only = None if chosen is None else chosen.restriction_type
    changes = [change for facts in pull.facts for change in _retirements(facts, policy, only)]
    plan = make_plan(changes, etags.get)
    mode = Mode.APPLY if apply else Mode.DRY_RUN
    target = _target(world) if apply else None
    cycle = world.journal.begin_cycle("retire", mode, policy.digest, world.clock.now())
    ordered = ByHand(cycle, plan, None)
    if target is None:
        outcome = CycleOutcome.PENDING if len(plan) else CycleOutcome.DONE
        world.journal.end_cycle(cycle, outcome, world.clock.now(), plan_digest=plan.digest)
        return ordered
    done = _write(world, target, ordered, policy.digest)
    if done.all_done:
        _forget(world.journal, None if chosen is None else chosen.id)
    return done


def undo(world: World, policy: Policy, cycle: int, *, apply: bool) -> ByHand:
    """The opposite of what one cycle wrote, where it still stands: its additions are removed and overridden, so that
    they do not come again; its removals are put back unless the card is free by today's rules.

    Raises UnknownCycle and CannotWrite.
    """
    undone = [
        change for change in world.journal.changes(cycle=cycle, limit=ALL_CHANGES) if change.result is Result.WRITTEN
    ]
    if not undone:
        raise UnknownCycle(
            f"The journal has no changes of cycle {cycle} that were written. `cardwarden journal` lists the cycles."
        )
    target = _target(world) if apply else None
    pull = world.source.read(sorted({change.patron for change in undone}, key=patron_order))
    cases = world.journal.cases()
    changes: list[Change] = []
    for facts in pull.facts:
        verdicts = {v.rule: v for v in decide(facts, cases.get(facts.patron.id, {}), policy, pull.as_of).verdicts}
        for change in undone:
            verdict = verdicts.get(change.rule)
            if change.patron == facts.patron.id and verdict is not None:
                changes.extend(_opposite(change, facts, verdict, policy, pull.as_of))
    plan = make_plan(changes, {facts.patron.id: facts.etag for facts in pull.facts}.get)
    mode = Mode.DRY_RUN if target is None else Mode.APPLY
    number = world.journal.begin_cycle("undo", mode, policy.digest, world.clock.now())
    ordered = ByHand(number, plan, None)
    if target is None:
        outcome = CycleOutcome.PENDING if len(plan) else CycleOutcome.DONE
        world.journal.end_cycle(number, outcome, world.clock.now(), plan_digest=plan.digest)
        return ordered
    return _write(world, target, ordered, policy.digest)


def _opposite(change: ChangeRecord, facts: Facts, verdict: Verdict, policy: Policy, now: datetime) -> Iterator[Change]:
    opposite = Change(
        patron=change.patron,
        rule=change.rule,
        kind=ChangeKind.REMOVE,
        restriction_type=change.restriction_type,
        reason=Reason.UNDONE,
        rule_kind=verdict.rule_kind,
        evidence=verdict.evidence,
    )
    if change.kind is ChangeKind.ADD and verdict.in_force is True:
        yield replace(opposite, case_after=None if verdict.blocks is False else _override(facts, verdict))
    elif change.kind is ChangeKind.REMOVE and verdict.in_force is False and verdict.releases is not True:
        language = facts.patron.language
        comment = policy.text(verdict.terms.texts, language)
        yield replace(
            opposite,
            kind=ChangeKind.ADD,
            comment=comment,
            short_comment=policy.text(verdict.terms.short_texts, language),
            case_after=Case(
                patron=change.patron,
                rule=change.rule,
                stage=Stage.BLOCKED,
                since=now,
                seen_at=now,
                evidence=verdict.evidence,
                highest=verdict.evidence.attempts,
                comment=comment,
                restriction_type=change.restriction_type,
            ),
        )


def _write(world: World, target: Target, ordered: ByHand, policy_digest: str) -> ByHand:
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
    outcome = CycleOutcome.DONE if done.all_done else CycleOutcome.PENDING
    world.journal.end_cycle(ordered.cycle, outcome, world.clock.now(), plan_digest=ordered.plan.digest)
    return done


def _releasable(policy: Policy, rule_id: RuleId) -> Rule:
    rule = policy.rule(rule_id)
    if rule is None:
        raise _unknown(policy, rule_id)
    if rule.kind is RuleKind.COLLECTION:
        raise ReleaseRefused(
            f"Rule {rule_id} is about a claim at the collection office: the library cannot lift it. It ends when the "
            "office reports the whole debt as paid."
        )
    return rule


def _unknown(policy: Policy, rule_id: RuleId) -> UnknownRule:
    known = ", ".join(rule.id for rule in policy.rules)
    return UnknownRule(f"The policy has no rule {rule_id!r}; its rules are {known}.")


def _target(world: World) -> Target:
    if world.target is None:
        raise CannotWrite(
            "Nothing can be written: Koha has no Cardwarden plugin. Install it (`cardwarden koha-plugin FILE.kpz`) and "
            "restart Koha's API workers."
        )
    return world.target


def _release_changes(facts: Facts, rule: Rule, verdict: Verdict, *, resets: bool) -> Iterator[Change]:
    """What staff lifted stays lifted: while the rule would block anew, an override is left."""
    change = Change(
        patron=facts.patron.id,
        rule=rule.id,
        kind=ChangeKind.REMOVE,
        restriction_type=rule.restriction_type,
        reason=Reason.STAFF_RELEASE,
        rule_kind=rule.kind,
        evidence=verdict.evidence,
        case_after=None if verdict.blocks is False or resets else _override(facts, verdict),
    )
    if facts.rows(rule.restriction_type):
        yield change
    if resets:
        yield replace(change, kind=ChangeKind.RESET_PIN)


def _override(facts: Facts, verdict: Verdict) -> Case | None:
    """The override that begins at the moment of the verdict. What could not be read is compared with nothing."""
    case = verdict.case_now
    if case is None or case.seen_at is None:
        return None
    return Case(
        patron=verdict.patron,
        rule=verdict.rule,
        stage=Stage.OVERRIDDEN,
        since=case.seen_at,
        evidence=evidence_of_override(facts, verdict.evidence, verdict.rule_kind),
        restriction_type=verdict.restriction_type,
    )


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
