"""What Cardwarden may remember after all that happened to it: a set of possible memories for each rule on each patron.

A quiet cycle leaves one; a crash leaves several, since nobody outside knows how far it came. What is seen later rules
some of them out, and so does a look into the journal, whose cases must be among them. A write that none of them
explains is a violation.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tests.faults.facts import EVERYBODY, Card, Reach, day
from tests.faults.gone import Gone
from tests.faults.once import OnceOurs
from tests.faults.oracle import Answer, Memory, Sight, Table, answer
from tests.faults.terms import Rule, possible_terms

Key = tuple[int, str]
Stage = tuple[str, bool]
"""What is seen of a case in the journal: its stage, and whether its row is missing."""
Change = tuple[int, str, str, str]
"""Patron, rule, what is done, and with which restriction type."""
GOES = frozenset({False})


@dataclass(frozen=True)
class Possible:
    """What may be remembered, and the write (what, of which type, and what is remembered then) whose answer may never
    have come."""

    memory: Memory | None = None
    unanswered: tuple[str, str, Memory | None] | None = None

    @property
    def stage(self) -> Stage | None:
        return None if self.memory is None else (self.memory.stage, self.memory.missing)

    def settled(self, card: Card, now: int) -> "Possible":
        """An unanswered write is settled by what is there."""
        if self.unanswered is None or card.hidden:
            return self
        change, kind, after = self.unanswered
        made = card.blocked(kind, day(now)) is (change == "add")
        return Possible(after if made else self.memory)


NOTHING = Possible()


@dataclass(frozen=True)
class Way:
    """One way in which a rule may look at a card: what was remembered, the same once settled, and the answer."""

    before: Possible
    settled: Possible
    answer: Answer

    @property
    def vanished(self) -> bool:
        """Whether this look is the first that misses the row."""
        was, now = self.settled.memory, self.answer.now
        newly = was is not None and was.stage == "blocked" and not was.missing and now is not None and now.missing
        return self.answer.lifted or newly


Ways = Mapping[Key, list[Way]]


@dataclass
class Cycle:
    """What is asked of a cycle, and what was seen of it from outside: who was read as what, what was sent, and what
    took effect. `now` is Koha's clock, `machine` that of the machine where Cardwarden runs."""

    rules: tuple[Rule, ...]
    full: bool
    now: int
    machine: int
    reach: Reach = EVERYBODY
    mode: str = "apply"
    misfits: frozenset[str] = frozenset()
    approved: frozenset[Change] = frozenset()
    policy_since: int | None = None
    intents: tuple[tuple[str, str], ...] = ()
    journalled: frozenset[tuple[int, int]] = frozenset()
    read: dict[int, Card] = field(default_factory=dict)
    sent: dict[Key, str] = field(default_factory=dict)
    made: set[Key] = field(default_factory=set)

    def sight(self, rule: Rule, once: frozenset[int] = frozenset()) -> Sight:
        others = frozenset(other.type for other in self.rules if other.id != rule.id)
        names = frozenset(other.id for other in self.rules)
        return Sight(self.now, self.reach, others, once, names, self.journalled)

    def rule(self, name: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == name)

    def leaves_out(self, patron: int) -> bool:
        return self.reach.leaves_out(self.read[patron])


class Worlds:
    """The possible memories. `drift_limit` is how many rows of ours others may take away in 24 hours."""

    def __init__(self, drift_limit: int) -> None:
        self.violations: list[str] = []
        self.possible: defaultdict[Key, set[Possible]] = defaultdict(lambda: {NOTHING})
        self.gone = Gone(drift_limit)
        self.once = OnceOurs()

    # asked in a cycle

    def expect(self, cycle: Cycle) -> dict[Key, list[Way]]:
        """All ways in which this cycle may look at whom it read, once it is told whether too many rows are gone."""
        self._note_once_ours(cycle)
        keys = [(card, rule) for card in cycle.read.values() for rule in cycle.rules]
        plain = {(card.id, rule.id): list(self._plain(cycle, rule, card)) for card, rule in keys}
        self.gone.measure(
            {key for key, ways in plain.items() if all(way.vanished for way in ways)},
            {key for key, ways in plain.items() if any(way.vanished for way in ways)},
            cycle.machine,
        )
        return {(card.id, rule.id): self.ways(cycle, rule, card) for card, rule in keys}

    def ways(self, cycle: Cycle, rule: Rule, card: Card) -> list[Way]:
        """The ways in which the rule may look at this card as it is at this instant."""
        return [turned for way in self._plain(cycle, rule, card) for turned in self._turned(cycle, rule, card, way)]

    def types(self, cycle: Cycle, rule: Rule, card: Card) -> frozenset[str]:
        """Under which types the rule's rows may stand."""
        blocks = (known.memory for known in self._known(cycle, rule, card))
        others = {other.type for other in cycle.rules}
        former = {memory.type for memory in blocks if memory is not None and memory.stage == "blocked"}
        return frozenset({rule.type} | (former - others - {""}))

    def one_known(self, patron: int) -> bool:
        """Whether it is known what is remembered of a patron, and no write may be unanswered."""
        known = [each for (of, _), each in self.possible.items() if of == patron]
        return all(len(each) == 1 and all(one.unanswered is None for one in each) for each in known)

    def _plain(self, cycle: Cycle, rule: Rule, card: Card) -> Iterator[Way]:
        for before in self._known(cycle, rule, card):
            settled = before.settled(card, cycle.now)
            for once in self.once.of(rule.id, card, settled.memory, cycle.now):
                yield Way(before, settled, answer(rule, card, settled.memory, cycle.sight(rule, once)))

    def _known(self, cycle: Cycle, rule: Rule, card: Card) -> set[Possible]:
        """What may be remembered of the rule; of one that was renamed, what is remembered under its former name."""
        known = self.possible[card.id, rule.id]
        for key in self._of_no_rule(cycle, card.id) if NOTHING in known else ():
            before = self.possible[key]
            same = {one for one in before if one.memory is not None and one.memory.type == rule.type}
            if same:
                known = (known if NOTHING in before or len(known) > 1 else set()) | same
        return known

    def _of_no_rule(self, cycle: Cycle, patron: int) -> list[Key]:
        names = {rule.id for rule in cycle.rules}
        return [key for key in self.possible if key[0] == patron and key[1] not in names]

    def _turned(self, cycle: Cycle, rule: Rule, card: Card, way: Way) -> Iterator[Way]:
        """The answer where the row is gone with too many others."""
        key, drift, turns = (card.id, rule.id), way.answer.missed, self.gone.drift
        overridden = way.answer.standing == "overridden" and way.answer.change is None and not way.answer.released
        if drift is None and overridden:
            terms = list(possible_terms(rule, card, day(cycle.now)))[-1]
            drift = Table(rule, terms, card, way.settled.memory, cycle.sight(rule)).again_missed()
            turns = self.gone.turns_back(key, cycle.machine)
        if drift is None or False in turns:
            yield way
        if drift is not None and True in turns:
            yield replace(way, answer=drift)

    # after a cycle

    def ended(
        self,
        cycle: Cycle,
        ways: Ways,
        waits: Mapping[Key, frozenset[bool]],
        outcomes: Mapping[int, str],
        there: Iterable[int],
    ) -> None:
        """A cycle came to its end; `outcomes` is how each patron's changes ended, `there` who exists."""
        turned = self._turned_unseen(cycle, ways)
        self._note_vanished(cycle, ways, sure=True)
        for key, known in ways.items():
            if not cycle.leaves_out(key[0]):
                self._done(cycle, key, known, waits.get(key, GOES), outcomes.get(key[0]))
            else:  # nothing is decided about the card, but a write that was never answered is settled all the same
                self.possible[key] = self.possible[key] | {way.settled for way in known}
        for patron in cycle.read:
            if not cycle.leaves_out(patron):
                for key in self._of_no_rule(cycle, patron):
                    self.possible[key] = {NOTHING}
        self.possible.update(turned)
        self._close_unread(cycle, frozenset(there))

    def broken(self, cycle: Cycle, ways: Ways, there: Iterable[int]) -> None:
        """A cycle was cut off somewhere."""
        exist = frozenset(there)
        for key, turned in self._turned_unseen(cycle, ways).items():
            self.possible[key] = self.possible[key] | turned
        self._note_vanished(cycle, ways, sure=False)
        for key, known in ways.items():
            after: set[Possible] = set() if key in cycle.made else set(self.possible[key])
            for way in known:
                one = way.answer
                if one.change is not None:
                    after.add(Possible(one.now, (one.change, one.type, one.after)))
                if key in cycle.sent:
                    after.add(Possible(one.after))
                if key not in cycle.made:  # else its intent was on the disk before
                    after |= {way.before, way.settled, Possible(way.settled.memory, way.before.unanswered)}
                    after |= {Possible(one.now), Possible(_not_told(cycle, way))}
            self.possible[key] = after
        for key in list(self.possible):
            if (key[0] not in cycle.read and (cycle.full or key[0] not in exist)) or key in self._of_no_rule(
                cycle, key[0]
            ):
                self.possible[key] = self.possible[key] | {NOTHING}

    def narrow(self, journal: Mapping[Key, Stage]) -> None:
        """What the journal holds must be among what may be remembered, and rules the others out."""
        for key in {*self.possible, *journal}:
            found = journal.get(key)
            alike = {one for one in self.possible[key] if one.stage == found}
            self._keep(key, alike, f"the journal remembers {found}")
            if self.possible[key] == {NOTHING}:
                del self.possible[key]

    def released(self, rule: Rule, card: Card, after: Memory | None) -> None:
        """Staff released a block by name, and it was answered."""
        self.possible[card.id, rule.id] = {Possible(after)}

    def accepted(self, cycle: Cycle) -> int:
        """Staff meant it: what is missing is overridden, with what is seen now. Says how many may have been."""
        rows = 0
        for card in cycle.read.values():
            for rule in cycle.rules:
                after = {self._after_acceptance(cycle, rule, card, way) for way in self._plain(cycle, rule, card)}
                rows += after != self.possible[card.id, rule.id]
                self.possible[card.id, rule.id] = after
        return rows

    def _after_acceptance(self, cycle: Cycle, rule: Rule, card: Card, way: Way) -> Possible:
        memory = way.answer.now
        if not way.answer.drift or memory is None or memory.stage != "blocked":
            return way.settled
        terms = list(possible_terms(rule, card, day(cycle.now)))[-1]
        table = Table(rule, terms, card, memory, cycle.sight(rule))
        return NOTHING if table.would_block() is False else Possible(table.override())

    def _turned_unseen(self, cycle: Cycle, ways: Ways) -> dict[Key, set[Possible]]:
        """Overrides that are none after all, since too many rows went, though this cycle did not look at them or could
        decide nothing."""
        turned: dict[Key, set[Possible]] = {}
        for key, known in self.possible.items():
            decided = [
                way.answer.standing not in {"unseen", "undecided"} or way.answer.drift for way in ways.get(key, ())
            ]
            turns = self.gone.turns_back(key, cycle.machine)
            if True in turns and not (decided and all(decided)):
                missing = {_missing(one) for one in known}
                if missing == known:
                    continue
                turned[key] = missing if turns == {True} and not any(decided) else missing | known
        return turned

    def _note_once_ours(self, cycle: Cycle) -> None:
        for card in cycle.read.values():
            for rule in cycle.rules if not card.hidden else ():
                known = [one.settled(card, cycle.now).memory for one in self._known(cycle, rule, card)]
                self.once.note(rule.id, card, known)
                for (patron, of_rule), others in self.possible.items() if card.rows else ():
                    if patron != card.id and of_rule == rule.id:  # where two records are merged, rows change hands
                        self.once.note(rule.id, card, [one.memory for one in others])

    def _note_vanished(self, cycle: Cycle, ways: Ways, *, sure: bool) -> None:
        for key, known in ways.items():
            if not cycle.leaves_out(key[0]) and any(way.vanished for way in known):
                self.gone.note(key, cycle.machine, sure=sure and all(way.vanished for way in known))

    def _close_unread(self, cycle: Cycle, there: frozenset[int]) -> None:
        """A full cycle looks for everyone who is remembered: who was not found is gone. A quick one may have looked
        for somebody, since a write was never answered or a moment is due."""
        for key in list(self.possible):
            if key[0] not in cycle.read and not cycle.full:
                self.possible[key] = self.possible[key] | (set() if key[0] in there else {NOTHING})
            elif key[0] not in cycle.read:
                if key[0] in there:
                    self._keep(key, self.possible[key] & {NOTHING}, "was not looked at")
                self.possible[key] = {NOTHING}

    def _done(self, cycle: Cycle, key: Key, ways: list[Way], waits: frozenset[bool], outcome: str | None) -> None:
        sent = cycle.sent.get(key)
        after = set()
        for way in ways:
            one = way.answer
            lost_on_the_way = sent is None and outcome == "unanswered" and one.change is not None and False in waits
            if one.change == sent or lost_on_the_way:
                after.add(_after(cycle, way, outcome))
            elif sent is None and one.change is not None and True in waits:
                after.add(Possible(_not_told(cycle, way), way.settled.unanswered))
        asked = {way.answer.change for way in ways}
        self._keep(
            key, after, f"{sent or 'nothing'} was written, but the rules ask for {asked} on {cycle.read[key[0]]}"
        )

    def _keep(self, key: Key, after: set[Possible], otherwise: str) -> None:
        if not after:
            self.violations.append(f"{key}: {otherwise}, may be remembered: {self.possible[key]}")
            after = {NOTHING}
        self.possible[key] = after


def _after(cycle: Cycle, way: Way, outcome: str | None) -> Possible:
    one = way.answer
    if one.change is None:
        return Possible(_not_told(cycle, way), way.settled.unanswered)
    if outcome in {"written", "already"}:
        return Possible(one.after)
    if outcome == "unanswered":
        return Possible(one.now, (one.change, one.type, one.after))
    return Possible(one.now)


def _not_told(cycle: Cycle, way: Way) -> Memory | None:
    """What is remembered of looking alone: where nothing may be added, nobody is told that a block will come."""
    now, before = way.answer.now, way.settled.memory
    new = now is not None and now.stage == "announced" and before is None
    return None if new and cycle.mode == "release-only" else now


def _missing(known: Possible) -> Possible:
    """The same, if it was an override of staff's, as a block whose row is missing."""
    memory = known.memory
    if memory is None or memory.stage != "overridden" or not memory.lifted:
        return known
    return Possible(replace(memory, stage="blocked", lifted=False, missing=True), known.unanswered)
