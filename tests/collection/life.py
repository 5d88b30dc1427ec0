"""A patron under a rule of kind `collection`, the claims on them, and an office: all in memory, cycle by cycle."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sidecar.core.collection.claim import HeardKind, Message, Order, Problem
from sidecar.core.collection.claims import Claim, Step, report_of
from sidecar.core.collection.hearing import Said, hear, said
from sidecar.core.collection.orders import orders
from sidecar.core.collection.seeing import seen_of
from sidecar.core.collection.steps import NEW, advance, delivered, filed
from sidecar.core.policy import Rule
from tests.core.builders import HOUR, Card, card, collection_rule


@dataclass
class Life:
    """One patron's. `told` is all that reached the office, `filed` what stands in files that are not there yet."""

    card: Card
    claims: list[Claim] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    told: list[Order] = field(default_factory=list)
    filed: list[Order] = field(default_factory=list)
    heard: set[Said] = field(default_factory=set)
    batch: int = 0

    @property
    def rule(self) -> Rule:
        return self.card.policy.rules[0]

    @property
    def claim(self) -> Claim:
        return self.claims[-1]

    @property
    def state(self) -> str:
        return self.claim.state.value

    @property
    def blocked(self) -> bool:
        return bool(self.card.blocked_by)

    def cycle(self, later: timedelta = HOUR, *, hold: bool = False, **news: Any) -> "Life":
        """An applied cycle; `hold`: brakes hold whatever it wants."""
        report = report_of(self.claims)
        claims = {} if report is None else {self.rule.id: report}
        self.card.cycle(later, hold=lambda _change: hold, claims=claims, **news)
        verdict = self.card.verdict()
        done = any(change.patron == verdict.patron for change in self.card.plan.changes())
        facts = self.card.decision.facts if self.card.decision else self.card.facts
        seen = seen_of(verdict, facts, self.rule, self.card.policy, self.card.now, done=done)
        for step in advance(self.claims[-1] if self.claims else None, seen, self.card.now):
            self._take(step)
        return self

    def _take(self, step: Step) -> None:
        claim = step.claim
        if claim.id == NEW:
            self.claims.append(replace(claim, id=f"C-{len(self.claims) + 1:06d}"))
        else:
            self.claims[[each.id for each in self.claims].index(claim.id)] = claim
        self.steps.append(step)

    def file(self, *, everything: bool = False) -> "Life":
        """A batch is built and journalled."""
        self.batch += 1
        for claim, order in orders(self.claims, everything=everything):
            self._put(filed(claim, order.kind, order.amount, self.batch))
            self.filed.append(order)
        return self

    def deliver(self) -> "Life":
        """What was built is with the office."""
        for claim in [each for each in self.claims if each.in_file is not None]:
            self._take(delivered(claim, self.card.now))
        self.told, self.filed = [*self.told, *self.filed], []
        return self

    def send(self) -> "Life":
        return self.file().deliver()

    def says(self, kind: HeardKind, amount: int | None = None, *, line: int = 2) -> "Problem | None":
        """The office says something of the latest claim."""
        message = Message(kind, self.claim.id, amount, self.card.now.date(), line)
        outcome = hear(self.claim, message, self.heard, self.card.now)
        if isinstance(outcome, Problem):
            return outcome
        self.heard.add(said(message))
        self._take(outcome)
        return None

    def _put(self, claim: Claim) -> None:
        self.claims[[each.id for each in self.claims].index(claim.id)] = claim


def life(**of_rule: Any) -> Life:
    """A free card, under a rule that blocks for anything owed after a week."""
    return Life(card(collection_rule(**of_rule)))
