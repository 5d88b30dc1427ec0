"""What Cardwarden may remember after all that happened to it: a set of possible memories for each rule on each patron.

A quiet cycle leaves one; a crash leaves several, since nobody outside knows how far it came. What is seen later
rules some of them out. A write that none of them explains is a violation.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.faults.oracle import Answer, Card, Memory, Rule, answer, day

Key = tuple[int, str]


@dataclass(frozen=True)
class Possible:
    """What may be remembered, and the write whose answer may never have come."""

    memory: Memory | None = None
    unanswered: tuple[str, Memory | None] | None = None

    def settled(self, rule: Rule, card: Card, today: date) -> "Possible":
        """An unanswered write is settled by what is there."""
        if self.unanswered is None or card.hidden:
            return self
        change, after = self.unanswered
        made = card.blocked(rule.type, today) is (change == "add")
        return Possible(after if made else self.memory)


NOTHING = Possible()


@dataclass
class Cycle:
    """What was seen of one cycle from outside: who was read as what, what was sent, and what took effect."""

    full: bool
    now: int
    read: dict[int, Card] = field(default_factory=dict)
    sent: dict[Key, str] = field(default_factory=dict)
    made: set[Key] = field(default_factory=set)


class Worlds:
    """The possible memories. `held` says that additions may be held back by the brakes."""

    def __init__(self, *, held: bool = False) -> None:
        self.held = held
        self.violations: list[str] = []
        self.possible: defaultdict[Key, set[Possible]] = defaultdict(lambda: {NOTHING})

    def allows(self, rule: Rule, card: Card, change: str, now: int) -> bool:
        """Whether any possible memory, with these facts, asks for this change."""
        return any(one.change == change for _, _, one in self._answers(rule, card, now))

    def one_known(self, rule: Rule, card: Card) -> bool:
        """Whether no write of this rule on this patron may be unanswered."""
        return all(one.unanswered is None for one in self.possible[card.id, rule.id])

    def end(self, cycle: Cycle, rules: Iterable[Rule], outcomes: Mapping[int, str]) -> None:
        """A cycle came to its end; `outcomes` is how each patron's changes ended."""
        known = {rule.id: rule for rule in rules}
        for patron, card in cycle.read.items():
            for rule in known.values():
                self._done(cycle, rule, card, outcomes.get(patron))
        if cycle.full:
            for patron, name in list(self.possible):
                if patron not in cycle.read:
                    self._keep((patron, name), {one for one in self.possible[patron, name] if one == NOTHING}, "unread")

    def broken(self, cycle: Cycle, rules: Iterable[Rule]) -> None:
        """A cycle was cut off somewhere."""
        for card in cycle.read.values():
            for rule in rules:
                key = (card.id, rule.id)
                after: set[Possible] = set()
                for before, settled, one in self._answers(rule, card, cycle.now):
                    if one.change is not None:
                        after.add(Possible(one.now, (one.change, one.after)))
                    if key in cycle.sent:
                        after.add(Possible(one.after))
                    if key not in cycle.made:  # else its intent was on the disk before
                        after |= {before, settled, Possible(settled.memory, before.unanswered), Possible(one.now)}
                self.possible[key] = after

    def released(self, rule: Rule, card: Card, after: Memory | None) -> None:
        """Staff released a block by name, and it was answered."""
        self.possible[card.id, rule.id] = {Possible(after)}

    def forget(self, patron: int) -> None:
        """The patron was deleted."""
        for key in [key for key in self.possible if key[0] == patron]:
            del self.possible[key]

    def _answers(self, rule: Rule, card: Card, now: int) -> Iterable[tuple[Possible, Possible, Answer]]:
        for before in self.possible[card.id, rule.id]:
            settled = before.settled(rule, card, day(now))
            yield before, settled, answer(rule, card, settled.memory, now)

    def _done(self, cycle: Cycle, rule: Rule, card: Card, outcome: str | None) -> None:
        key = (card.id, rule.id)
        sent = cycle.sent.get(key)
        after = set()
        asked = set()
        for _, settled, one in self._answers(rule, card, cycle.now):
            asked.add(one.change)
            lost_on_the_way = sent is None and outcome == "unanswered" and one.change is not None
            if one.change == sent or lost_on_the_way:
                after.add(_after(settled, one, outcome))
            elif sent is None and one.change == "add" and self.held:
                after.add(Possible(one.now, settled.unanswered))
        self._keep(key, after, f"{sent or 'nothing'} was written, but the rules ask for {asked} on {card}")

    def _keep(self, key: Key, after: set[Possible], otherwise: str) -> None:
        if not after:
            self.violations.append(f"{key}: {otherwise}, remembered {self.possible[key]}")
            after = {NOTHING}
        self.possible[key] = after


def _after(settled: Possible, one: Answer, outcome: str | None) -> Possible:
    if one.change is None:
        return Possible(one.now, settled.unanswered)
    if outcome in {"written", "already"}:
        return Possible(one.after)
    if outcome == "unanswered":
        return Possible(one.now, (one.change, one.after))
    return Possible(one.now)
