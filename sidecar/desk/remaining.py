"""What still blocks the card when all that can be done is done, and who or what ends that."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Final

from sidecar.core.brakes import Brake
from sidecar.core.model import UNKNOWN, Facts, RuleId, Truth
from sidecar.core.plan import ChangeKind
from sidecar.core.planning import plan_changes
from sidecar.core.policy import AfterMinutes, AgencyConfirmation, Policy, Scope
from sidecar.core.verdict import Decision, Standing, Verdict
from sidecar.desk.answer import Block, BlockKey, Source, Stays, Step, Why
from sidecar.desk.blocking import blocks_of
from sidecar.desk.circumstances import Circumstances
from sidecar.desk.foresight import Card, after_cycle, after_steps

_WITHOUT_RULE: Final[Mapping[Source, Why]] = {
    Source.RULE: Why.RULE,
    Source.STAFF: Why.STAFF,
    Source.FORMER: Why.STAFF,
    Source.ORPHAN: Why.ADMINISTRATOR,
    Source.OUT_OF_SCOPE: Why.OUT_OF_SCOPE,
    Source.FLAG: Why.FLAG,
    Source.UNSEEN: Why.UNSEEN,
}


def holding(decision: Decision, policy: Policy, at: Circumstances) -> dict[RuleId, Brake]:
    """The rules whose change waits for more than the next cycle, and the brake that holds it."""
    changes = plan_changes([decision], policy, amend=False).changes()
    return {change.rule: brake for change in changes if (brake := at.holding(change)) is not None}


def stays_after(
    steps: Collection[Step], decision: Decision, policy: Policy, as_of: datetime, at: Circumstances
) -> Iterator[Stays]:
    """What blocks the card when every step is done and cycles have run: what the rules say of it as it would be.

    A cycle may run before the steps are done or only after. What stays in one of the two alone is said to depend on it.
    """
    cases = {each.rule: each.case_before for each in decision.verdicts if each.case_before is not None}
    scope = at.scope if decision.in_scope else Scope(never=frozenset({decision.patron}))
    card = Card(decision.facts, cases, policy, as_of, scope)
    # Since when it blocks, and with which numbers, is that of the card as it is.
    known = {block.key: block for block in blocks_of(decision, policy, card.today)}
    late = _left(_after(card, decision, at), steps, known, at)
    early = _left(card, steps, known, at)
    for key, stays in (early | late).items():
        yield stays if key in early and key in late else replace(stays, why=Why.ORDER)


def _after(card: Card, decision: Decision, at: Circumstances) -> Card:
    return after_cycle(card, decision, lambda change: at.holding(change) is not None)


def _left(
    card: Card, steps: Iterable[Step], known: Mapping[BlockKey, Block], at: Circumstances
) -> dict[BlockKey, Stays]:
    """What stays, by what identifies it, when these steps are done to the card and a cycle has run."""
    card = after_steps(card, card.decided(), steps)
    then = card.decided()
    brakes = holding(then, card.policy, at)
    left = Decision(_after(card, then, at).facts, then.in_scope, then.verdicts, then.orphans)
    verdicts = {verdict.rule: verdict for verdict in then.verdicts}
    found = {}
    for block in blocks_of(left, card.policy, card.today):
        verdict = verdicts.get(block.rule) if block.source is Source.RULE and block.rule else None
        found[block.key] = _stays(known.get(block.key, block), verdict, card.policy, brakes)
    return found


def free_then(facts: Facts, stays: Iterable[Stays]) -> Truth:
    """Whether the card is free when only these stay."""
    whys = {each.why for each in stays}
    if whys - {Why.UNKNOWN, Why.UNSEEN, Why.ORDER}:
        return False
    if whys or (facts.restrictions is UNKNOWN and facts.restricted is UNKNOWN):
        return UNKNOWN
    return True


def free_at(stays: Collection[Stays]) -> datetime | None:
    """When all that stays has ended by itself; None if some of it does not, or nobody knows when."""
    ends = [each.until for each in stays]
    known = [end for end in ends if end is not None]
    return max(known, default=None) if len(known) == len(ends) else None


def _stays(block: Block, verdict: Verdict | None, policy: Policy, brakes: Mapping[RuleId, Brake]) -> Stays:
    ends = None if block.ends is None else datetime.combine(block.ends, time.min, policy.time_zone)
    if verdict is None:
        return Stays(block, _WITHOUT_RULE[block.source], ends)
    if verdict.standing is Standing.UNDECIDED:
        return Stays(block, Why.UNKNOWN, ends, unknown=verdict.evidence.unknown or ("scope",))
    if verdict.change is ChangeKind.REMOVE:
        return Stays(block, Why.BRAKE, ends, brakes.get(verdict.rule))
    if isinstance(verdict.terms.release, AfterMinutes):
        return Stays(block, Why.TIME, min(filter(None, (verdict.due, ends)), default=None))
    return Stays(block, Why.AGENCY if isinstance(verdict.terms.release, AgencyConfirmation) else Why.RULE, ends)
