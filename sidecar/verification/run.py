"""One look at the gates: read the cards fresh, decide, ask, compare, and look twice at what differs."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sidecar.core.decide import decide
from sidecar.core.gates import Comparison, InForce, compare, in_force
from sidecar.core.model import UNKNOWN, Facts, PatronId
from sidecar.core.policy import Policy, Scope
from sidecar.core.verdict import Decision
from sidecar.cycle.judging import effective_scope
from sidecar.cycle.looking import known_ils, look_at
from sidecar.cycle.world import World
from sidecar.errors import GateError
from sidecar.ports import Card, Gate
from sidecar.verification.findings import GateFindings, Verification
from sidecar.verification.sampling import Named, Sample, Selection, chosen

AT_ONCE: Final = 200
"""How many cards are read before they are asked about, so that what is compared is of the same minute."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """Cards as they are now, those without a number left out."""

    as_of: datetime
    held: Mapping[PatronId, InForce]
    cards: tuple[Card, ...]
    without_card: tuple[PatronId, ...]
    waiting: int
    gaps: tuple[str, ...]


@dataclass(slots=True)
class _Asked:
    """What has come of one gate so far."""

    gate: Gate
    comparisons: list[Comparison] = field(default_factory=list)
    trouble: str | None = None
    asked_again: int = 0
    seconds: float = 0.0

    def findings(self) -> GateFindings:
        return GateFindings(
            name=self.gate.name,
            comparisons=tuple(self.comparisons),
            trouble=self.trouble,
            asked_again=self.asked_again,
            seconds=self.seconds,
        )


def verify(
    world: World,
    policy: Policy,
    gates: Sequence[Gate],
    *,
    selection: Selection | None = None,
    scope: Scope | None = None,
) -> Verification:
    """Ask each gate about these cards (a sample, unless told otherwise) and compare. Nothing is written.

    Raises whatever the ILS raises; a gate that cannot be asked is a finding.
    """
    status = known_ils(world, claim=False)
    limits = effective_scope(scope or Scope(), status)
    patrons = _patrons(world, policy, selection or Sample(), limits)
    asked = [_Asked(gate) for gate in gates]
    seen: list[_Seen] = []
    for first in range(0, len(patrons), AT_ONCE):
        seen.append(_look(world, policy, patrons[first : first + AT_ONCE], limits))
        for one in asked:
            _ask(one, seen[-1], world, policy, limits)
    return Verification(
        as_of=seen[0].as_of if seen else status.as_of,
        finished=world.clock.now(),
        policy=policy,
        chosen=sum(len(each.held) + len(each.without_card) for each in seen),
        gates=tuple(one.findings() for one in asked),
        without_card=tuple(patron for each in seen for patron in each.without_card),
        waiting=sum(each.waiting for each in seen),
        gaps=tuple(dict.fromkeys(gap for each in seen for gap in each.gaps)),
    )


def _patrons(world: World, policy: Policy, selection: Selection, scope: Scope) -> list[PatronId]:
    if isinstance(selection, Named):
        return [facts.patron.id for facts in world.source.read(selection.patrons).facts]
    return chosen(selection, world.source.pull(), world.journal, policy, scope)


def _look(world: World, policy: Policy, patrons: Sequence[PatronId], scope: Scope) -> _Seen:
    """Read these patrons with their card numbers, which go to the gates and nowhere else."""
    sight = look_at(world, policy, patrons, names=True)
    as_of = sight.pull.as_of
    today = as_of.astimezone(policy.time_zone).date()
    decisions = [decide(facts, sight.cases_of(facts.patron.id), policy, as_of, scope) for facts in sight.pull.facts]
    numbered = [decision for decision in decisions if decision.facts.patron.card_number]
    return _Seen(
        as_of=as_of,
        held={decision.patron: in_force(decision.facts, policy, today) for decision in numbered},
        cards=tuple(_card(decision.facts, as_of, policy) for decision in numbered),
        without_card=tuple(each.patron for each in decisions if not each.facts.patron.card_number),
        waiting=sum(_is_waiting(decision) for decision in decisions),
        gaps=sight.pull.gaps,
    )


def _card(facts: Facts, as_of: datetime, policy: Policy) -> Card:
    today = as_of.astimezone(policy.time_zone).date()
    texts = tuple(row.comment for row in facts.ours() if row.in_force(today) and row.comment)
    return Card(facts.patron.id, facts.patron.card_number or "", texts)


def _is_waiting(decision: Decision) -> bool:
    return any(verdict.change is not None and verdict.in_force is not UNKNOWN for verdict in decision.verdicts)


def _ask(asked: _Asked, seen: _Seen, world: World, policy: Policy, scope: Scope) -> None:
    """Ask one gate about cards. What differs is read and asked once more, for a payment or a cycle may have come
    between the reading and the asking. A gate that cannot be asked is not asked again."""
    if asked.trouble is not None or not seen.cards:
        return
    began = time.monotonic()
    try:
        asked.comparisons += _asked_twice(asked, seen, lambda different: _look(world, policy, different, scope))
    except GateError as error:
        asked.trouble = str(error)
    asked.seconds += time.monotonic() - began


def _asked_twice(asked: _Asked, seen: _Seen, look_again: Callable[[Sequence[PatronId]], _Seen]) -> Sequence[Comparison]:
    found = list(_compared(asked.gate, seen))
    different = [each.patron for each in found if each.differs]
    if not different:
        return found
    asked.asked_again += len(different)
    asked.comparisons += [each for each in found if not each.differs]
    return list(_compared(asked.gate, look_again(different)))


def _compared(gate: Gate, seen: _Seen) -> Iterator[Comparison]:
    for card, answer in zip(seen.cards, gate.look(seen.cards), strict=True):
        yield compare(seen.held[card.patron], answer)
