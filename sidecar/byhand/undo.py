"""An administrator takes back what one cycle wrote, where it still stands."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from sidecar.byhand import order
from sidecar.core.decide import decide
from sidecar.core.model import Case, Facts, Origin, RuleId, Stage
from sidecar.core.plan import Change, ChangeKind, Reason, make_plan, patron_order
from sidecar.core.policy import Policy
from sidecar.core.verdict import Verdict
from sidecar.cycle.looking import Sight, known_ils, look_at
from sidecar.cycle.settling import keep_settlement
from sidecar.cycle.world import World
from sidecar.errors import UnknownCycle
from sidecar.ports import ChangeRecord, PersonalAct, Result

ALL_CHANGES: Final = 1_000_000
"""More than any cycle writes."""

_BY_POLICY: Final = frozenset({Reason.RETIRED, Reason.EXEMPT, Reason.BELOW_LEVEL, Reason.UNDONE})
"""Releases that a policy (or an earlier undoing) made, not the patron or staff: a latched block is put back."""


class Left(StrEnum):
    """Why a change is not taken back."""

    TEXT = "a text, which the policy decides"
    RESET = "a PIN counter that was reset"
    LATER = "changed again by a later cycle"
    UNSEEN = "the patron is gone or cannot be read"
    NOT_THERE = "no longer as the cycle left it"
    FREE = "free by today's rules"
    NO_RULE = "of a rule that the policy no longer has"


@dataclass(frozen=True, slots=True)
class _Scene:
    """One patron now: facts and verdicts."""

    facts: Facts
    verdicts: Mapping[RuleId, Verdict]
    policy: Policy
    now: datetime

    def in_force(self, restriction_type: str) -> bool:
        return self.facts.in_force((restriction_type,), self.now.astimezone(self.policy.time_zone).date()) is True


class Then(StrEnum):
    """What the rules make of a card after a block on it was undone."""

    RESPECT = "respect"
    BLOCK_AGAIN = "block-again"


@dataclass(frozen=True, slots=True)
class Undoing:
    """Which cycle is undone, by whom, and what then: its blocks stay lifted until something new comes up (an amnesty
    for whoever still owes), or the next cycle blocks again whom the rules block."""

    cycle: int
    staff: str = ""
    then: Then = Then.RESPECT


def undo(world: World, policy: Policy, undoing: Undoing, *, apply: bool) -> order.ByHand:
    """The opposite of what one cycle wrote: its additions are removed and overridden, unless the next cycle is to block
    again; its removals are put back unless the card is free by today's rules. What a later cycle changed again is its
    own.

    Raises UnknownCycle, CannotWrite and OtherIls.
    """
    written = [
        change
        for change in world.journal.changes(cycle=undoing.cycle, limit=ALL_CHANGES)
        if change.result is Result.WRITTEN
    ]
    if not written:
        raise UnknownCycle(
            f"The journal has no changes of cycle {undoing.cycle} that were written. `cardwarden journal` lists the "
            "cycles."
        )
    target = order.target_of(world)
    known_ils(world, claim=apply)
    sight = look_at(world, policy, sorted({change.patron for change in written if change.patron}, key=patron_order))
    if apply:
        keep_settlement(world.journal, sight.settlement, world.clock.now())
    changes, left = _opposites(written, world.journal.changed_after(undoing.cycle), sight, policy, undoing)
    plan = make_plan(changes, {facts.patron.id: facts.etag for facts in sight.pull.facts}.get)
    ordered = order.begin(world, policy, "undo", plan, apply=apply, left=left)
    if not apply:
        return order.show(world, ordered)
    world.journal.record_act(PersonalAct.UNDO, undoing.staff, world.clock.now(), f"cycle {undoing.cycle}")
    return order.write(world, target, ordered, policy.digest)


def amnesties(ordered: order.ByHand) -> int:
    """How many blocks stay lifted though the rules would set them."""
    return sum(change.case_after is not None for change in ordered.plan.changes() if change.kind is ChangeKind.REMOVE)


def _opposites(
    written: list[ChangeRecord],
    later: frozenset[tuple[str, str]],
    sight: Sight,
    policy: Policy,
    undoing: Undoing,
) -> tuple[list[Change], Counter[str]]:
    changes: list[Change] = []
    left: Counter[str] = Counter()
    scenes = {facts.patron.id: _scene(facts, sight, policy) for facts in sight.pull.facts}
    for change in written:
        scene = scenes.get(change.patron)
        if (change.patron, change.restriction_type) in later:
            opposite: Change | Left = Left.LATER
        else:
            opposite = Left.UNSEEN if scene is None else _opposite(change, scene, undoing)
        if isinstance(opposite, Left):
            left[opposite] += 1
        else:
            changes.append(opposite)
    return changes, left


def _scene(facts: Facts, sight: Sight, policy: Policy) -> _Scene:
    verdicts = decide(facts, sight.cases_of(facts.patron.id), policy, sight.pull.as_of).verdicts
    return _Scene(facts, {verdict.rule: verdict for verdict in verdicts}, policy, sight.pull.as_of)


def _opposite(change: ChangeRecord, scene: _Scene, undoing: Undoing) -> Change | Left:
    match change.kind:
        case ChangeKind.AMEND:
            return Left.TEXT
        case ChangeKind.RESET_PIN:
            return Left.RESET
        case ChangeKind.ADD:
            return _lifted(change, scene, undoing)
        case ChangeKind.REMOVE:
            return _put_back(change, scene)


def _lifted(change: ChangeRecord, scene: _Scene, undoing: Undoing) -> Change | Left:
    """Whatever has become of the rule, its row can go."""
    if not scene.in_force(change.restriction_type):
        return Left.NOT_THERE
    verdict = scene.verdicts.get(change.rule)
    if verdict is None or change.restriction_type not in verdict.types:
        return _undone(change, ChangeKind.REMOVE)
    if undoing.then is Then.BLOCK_AGAIN:
        return _undone(change, ChangeKind.REMOVE, verdict)
    after = order.override(scene.facts, verdict, scene.now, Origin.UNDONE, undoing.staff)
    return _undone(change, ChangeKind.REMOVE, verdict, case_after=after)


def _put_back(change: ChangeRecord, scene: _Scene) -> Change | Left:
    verdict = scene.verdicts.get(change.rule)
    if verdict is None or change.restriction_type not in verdict.types:
        return Left.NO_RULE
    if verdict.in_force is not False:
        return Left.NOT_THERE
    if verdict.releases is True or (verdict.blocks is not True and change.reason not in _BY_POLICY):
        return Left.FREE
    language = scene.facts.patron.language
    comment = scene.policy.text(verdict.terms.texts, language)
    blocked = Case(
        patron=change.patron,
        rule=change.rule,
        stage=Stage.BLOCKED,
        since=scene.now,
        seen_at=scene.now,
        evidence=verdict.evidence,
        highest=verdict.evidence.attempts,
        comment=comment,
        restriction_type=change.restriction_type,
    )
    short = scene.policy.text(verdict.terms.short_texts, language)
    return _undone(change, ChangeKind.ADD, verdict, case_after=blocked, comment=comment, short_comment=short)


def _undone(
    change: ChangeRecord,
    kind: ChangeKind,
    verdict: Verdict | None = None,
    *,
    case_after: Case | None = None,
    comment: str = "",
    short_comment: str = "",
) -> Change:
    opposite = Change(
        patron=change.patron,
        rule=change.rule,
        kind=kind,
        restriction_type=change.restriction_type,
        reason=Reason.UNDONE,
        comment=comment,
        short_comment=short_comment,
        case_after=case_after,
    )
    if verdict is None:
        return opposite
    return replace(opposite, rule_kind=verdict.rule_kind, evidence=verdict.evidence)
