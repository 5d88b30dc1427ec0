"""Judges every write at the instant it is made: by the facts in force then, and by what may be remembered and held."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tests.faults.facts import Card, Row
from tests.faults.holding import NO, YES, Allowed, Holding, Made, Verdict
from tests.faults.once import OURS
from tests.faults.oracle import Memory, Table
from tests.faults.policies import TEXTS
from tests.faults.terms import Rule, possible_terms
from tests.faults.watch import Cards
from tests.faults.worlds import Change, Cycle, Key, Stage, Way, Worlds

ENDLESS = date(9999, 12, 31)


@dataclass(frozen=True)
class Journal:
    """What the journal says after a cycle, as plain values."""

    cases: Mapping[Key, Stage]
    held: Mapping[Change, str]
    begun: frozenset[str]


def _core(card: Card | None) -> Card | None:
    """Without what only some policies ask for: another one does not see it move."""
    if card is None:
        return None
    return replace(
        card, name="", arose={}, loans=(), attributes=frozenset(), address_unknown=False, expires=None, guarantees=()
    )


class Judge:
    """The witness of a history: what may be remembered (`worlds`), what must wait (`holding`), and every write."""

    def __init__(self, allowed: Allowed, drift_limit: int, begun: Iterable[str]) -> None:
        self.worlds = Worlds(drift_limit)
        self.holding = Holding(allowed, set(begun))
        self.violations = self.worlds.violations
        self.cycle: Cycle | None = None
        self.passed_by: Callable[[], Iterable[str]] = tuple
        self.looked_at: dict[int, Card] = {}
        self.ways: Mapping[Key, list[Way]] | None = None
        self.verdicts: Mapping[Change, Verdict] = {}
        self.ordered: Key | None = None
        self.may_write = True
        self.has_looked = False
        self.writes = 0
        self.seen: Counter[str] = Counter()

    def begin(self, cycle: Cycle, *, may_write: bool = True) -> None:
        self.cycle, self.ways, self.verdicts, self.may_write = cycle, None, {}, may_write
        self.has_looked = False

    def looked(self) -> None:
        """The cycle has come to its end: whoever is read from now on is read for Koha's own pages."""
        self.has_looked = True

    def expect(self) -> Mapping[Key, list[Way]]:
        """What this cycle may do, once it has read all that it reads: before the first write, or at its end."""
        assert self.cycle is not None, "nothing is asked outside of a cycle"
        if self.ways is None:
            self._leave_out_who_was_passed_by()
            self.ways = self.worlds.expect(self.cycle)
            self.verdicts = self.holding.verdicts(self.cycle, self.ways)
        return self.ways

    def _leave_out_who_was_passed_by(self) -> None:
        """A quick cycle has not looked at them. It may pass by only who is as it saw them when it last looked."""
        assert self.cycle is not None
        for patron in map(int, () if self.cycle.full else self.passed_by()):
            card = self.cycle.read.pop(patron, None)
            self.seen["passed by"] += 1
            if _core(card) != _core(self.looked_at.get(patron)):
                self.violations.append(f"passed by {card}, last looked at as {self.looked_at.get(patron)}")
        self.looked_at |= self.cycle.read

    def read(self, cards: Cards) -> None:
        if self.cycle is not None and self.ways is None and not self.has_looked:
            self.cycle.read.update(cards)

    # the end of a cycle

    def ended(self, outcomes: Mapping[int, str], there: Iterable[int], journal: Journal, *, stopped: bool) -> None:
        """The cycle came to its end, and was free to write."""
        cycle, ways = self._expected()
        waits = {change[:2]: verdict.waits for change, verdict in self.verdicts.items()}
        if stopped:
            waits = {change[:2]: verdict.waits | {True} for change, verdict in self.verdicts.items()}
        self.worlds.ended(cycle, ways, waits, outcomes, there)
        written = {
            verdict_of[3]
            for verdict_of in self.verdicts
            if verdict_of[2] == "add"
            and cycle.sent.get(verdict_of[:2]) == "add"
            and outcomes.get(verdict_of[0]) in {"written", "already"}
        }
        self._look_into(journal, ended=True, begun=written)

    def broken(self, there: Iterable[int], journal: Journal) -> None:
        """The cycle was cut off somewhere."""
        cycle, ways = self._expected()
        self.worlds.broken(cycle, ways, there)
        self._look_into(journal, ended=False, begun=set())

    def idle(self, journal: Journal) -> None:
        """A cycle that may not write remembers nothing."""
        self._look_into(journal, ended=False, begun=set(), idle=True)

    def _look_into(self, journal: Journal, *, ended: bool, begun: set[str], idle: bool = False) -> None:
        cycle = self.cycle
        self.worlds.narrow(journal.cases)
        if idle or cycle is None:
            if dict(journal.held) != self.holding.held:
                self.violations.append(f"held was {self.holding.held}, is {journal.held}, and nothing may be kept")
        else:
            self._count(cycle)
            ways = self.ways or {}
            self.violations += self.holding.faults(cycle, ways, self.verdicts, journal.held, ended=ended)
        least = self.holding.begun | begun
        if not least <= journal.begun:
            self.violations.append(f"of {least - journal.begun} there were first additions")
        self.holding.begun = set(journal.begun)

    def _expected(self) -> tuple[Cycle, Mapping[Key, list[Way]]]:
        ways = self.expect()
        assert self.cycle is not None
        return self.cycle, ways

    def _count(self, cycle: Cycle) -> None:
        """For the tally: how often which composition was hit."""
        full = "full" if cycle.full else "quick"
        for change, verdict in self.verdicts.items():
            if verdict.waits == YES:
                for brake in verdict.brakes:
                    self.seen[f"held {brake} {full}"] += 1
                if self.holding.held_by(change) is not None:
                    self.seen[f"held on {full}"] += 1
            elif change in cycle.approved and change[:2] in cycle.sent:
                self.seen["approved"] += 1
        for key, ways in (self.ways or {}).items():
            self._count_drift(ways, full)
            if cycle.sent.get(key) == "remove" and all(way.answer.paid for way in ways):
                self.seen["paid removals"] += 1
        if self.worlds.gone.drift != NO:
            self.seen[f"drift cycles {full}"] += 1
        self.seen["once ours"] += sum(
            row.id in self.worlds.once.rules
            for card in cycle.read.values()
            for row in card.rows
            if row.type not in OURS
        )

    def _count_drift(self, ways: list[Way], full: str) -> None:
        drift = any(way.answer.drift for way in ways)
        self.seen["once ours held"] += drift and any(
            way.settled.memory is None or way.settled.memory.stage != "blocked" for way in ways
        )
        self.seen[f"drift {full}"] += drift
        if any(way.before.memory is not None and way.before.memory.missing for way in ways):
            over = all(way.answer.now is None or not way.answer.now.missing for way in ways)
            self.seen["drift over" if over else f"drift stays {full}"] += 1
        if drift and any(way.settled.memory is not None and way.settled.memory.lifted for way in ways):
            self.seen["drift of overrides"] += 1

    # each write

    def wrote(self, before: Cards, after: Cards, items: list[dict[str, Any]]) -> None:
        self.writes += 1
        if not self.may_write:
            self.violations.append("something was written though nothing may be")
        self.expect()
        asked = {item["patron_id"]: item for item in items}
        if before.keys() != after.keys():
            self.violations.append("a write made or deleted a patron")
        for number, was in before.items():
            now = after.get(number, was)
            if number in asked:
                self._note_sent(was, now, asked[number])
                self.violations += self._faults(was, now, asked[number])
            elif was != now:
                self.violations.append(f"a write changed patron {number}, who is not in it")

    def _note_sent(self, was: Card, now: Card, item: dict[str, Any]) -> None:
        cycle, _ = self._expected()
        seen = cycle.read.get(was.id, was)
        for rule in cycle.rules:
            key, types = (was.id, rule.id), self.worlds.types(cycle, rule, was)
            if bool(was.in_force(types, self.today)) != bool(now.in_force(types, self.today)):
                cycle.made.add(key)
            if types & set(item.get("remove", ())):
                cycle.sent[key] = "remove"
            elif rule.type in {one["type"] for one in item.get("set", ())} and not seen.in_force(types, self.today):
                cycle.sent[key] = "add"

    @property
    def today(self) -> date:
        cycle, _ = self._expected()
        return cycle.sight(cycle.rules[0]).today

    def _faults(self, was: Card, now: Card, item: dict[str, Any]) -> Iterator[str]:
        where = f"patron {was.id}"
        if [row for row in was.rows if row.type not in OURS] != [row for row in now.rows if row.type not in OURS]:
            yield f"{where}: a foreign row was changed"
        same = ("library", "category", "born", "lines", "credit", "lost", "settled", "paid", "hidden", "name")
        if any(getattr(was, name) != getattr(now, name) for name in same):
            yield f"{where}: the record or the money was changed"
        in_force = [row.expiration or ENDLESS for row in now.rows if row.in_force(self.today)]
        if was != now and now.flag != max(in_force, default=None):
            yield f"{where}: the flag is not what the rows imply"
        named = {one["type"] for one in item.get("set", ())} | set(item.get("remove", ()))
        changed = {kind for kind in OURS if was.of_type(kind) != now.of_type(kind)}
        cycle, _ = self._expected()
        owned: set[str] = set()
        for rule in cycle.rules:
            types = self.worlds.types(cycle, rule, was)
            owned |= types
            if types & changed:
                yield from (f"{where}: {fault}" for fault in self._of_rule(cycle, rule, types, was, now))
        if changed - named or changed - owned:
            yield f"{where}: a row of {changed - (named & owned)} was changed that nobody asked for"
        if was.attempts != now.attempts and not self._may_reset(cycle, was, now):
            yield f"{where}: the PIN counter went from {was.attempts} to {now.attempts}"

    def _of_rule(self, cycle: Cycle, rule: Rule, types: frozenset[str], was: Card, now: Card) -> Iterator[str]:
        if any(len(now.of_type(kind)) > 1 for kind in types if was.of_type(kind) != now.of_type(kind)):
            yield f"a row of {rule.id} stands twice"
        before, after = was.in_force(types, self.today), now.in_force(types, self.today)
        if not before and after:
            yield from self._of_addition(cycle, rule, was, after[0].type)
        elif not after:
            yield from self._of_removal(cycle, rule, was)
        else:
            for kind in types:
                if was.of_type(kind) != now.of_type(kind):
                    yield from self._of_amendment(rule, was.of_type(kind), now.of_type(kind)[0])

    def _of_removal(self, cycle: Cycle, rule: Rule, was: Card) -> Iterator[str]:
        if (was.id, rule.id) == self.ordered:
            return
        ways = [way for way in self.worlds.ways(cycle, rule, was) if way.answer.change == "remove"]
        if not ways:
            yield f"{rule.id} was removed though its release does not hold: {was}"
            return
        change = (was.id, rule.id, "remove", ways[0].answer.type)
        yield from self._though_held(change)
        if change not in cycle.approved and not any(way.answer.paid for way in ways):
            self.holding.made.append(Made(cycle.machine, "remove", pin=rule.kind == "failed_pin"))
        elif change not in cycle.approved:
            self.holding.made.append(Made(cycle.machine, "remove", pin=False, sure=False))
        yield from filter(None, [self.holding.over_the_limit(cycle.machine)])

    def _of_addition(self, cycle: Cycle, rule: Rule, was: Card, kind: str) -> Iterator[str]:
        change = (was.id, rule.id, "add", kind)
        ways = [way for way in self.worlds.ways(cycle, rule, was) if way.answer.change == "add"]
        if cycle.reach.leaves_out(was) or was.hidden:
            yield f"{rule.id} was added out of scope"
        elif not ways:
            yield f"{rule.id} was added against {self.worlds.possible[was.id, rule.id]}: {was}"
        elif kind != rule.type:
            yield f"{rule.id} was added under {kind}"
        elif all(way.answer.drift for way in ways):
            if change not in cycle.approved:
                yield f"{rule.id} was put back, and nobody approved it: {was}"
        elif not any(self._would_block(cycle, rule, was)):
            yield f"{rule.id} was added though its operator is not reached: {was}"
        yield from self._though_held(change)
        if change not in cycle.approved:
            self.holding.made.append(Made(cycle.machine, "add", pin=rule.kind == "failed_pin"))
            yield from filter(None, [self.holding.over_the_limit(cycle.machine)])

    def _would_block(self, cycle: Cycle, rule: Rule, card: Card) -> Iterator[bool]:
        for terms in possible_terms(rule, card, self.today):
            yield Table(rule, terms, card, None, cycle.sight(rule)).would_block() is True

    def _though_held(self, change: Change) -> Iterator[str]:
        verdict = self.verdicts.get(change, Verdict())
        if verdict.waits == YES:
            yield f"{change} was made though it is held by {set(verdict.brakes)}"

    def _of_amendment(self, rule: Rule, was: tuple[Row, ...], now: Row) -> Iterator[str]:
        in_force = [row for row in was if row.in_force(self.today)]
        if not in_force:
            yield f"a row of {rule.id} was made beside another"
            return
        longest = max(row.expiration or ENDLESS for row in in_force)
        if (now.expiration or ENDLESS) != longest:
            yield f"the last day of {rule.type} was changed"
        stays = min((row for row in in_force if (row.expiration or ENDLESS) == longest), key=lambda row: row.id)
        if now.comment != stays.comment and not (now.comment == rule.text and stays.comment in TEXTS):
            yield f"a comment of staff's was written over on {rule.type}"

    def _may_reset(self, cycle: Cycle, was: Card, now: Card) -> bool:
        pin = cycle.rule("pin")
        if now.attempts != 0 or was.attempts < 0:
            return False
        allowed = (way.answer.change == "remove" for way in self.worlds.ways(cycle, pin, was))
        return self.ordered == (was.id, "pin") or (pin.terms.release == "after_minutes" and any(allowed))

    def order_release(self, rule: Rule, was: Card) -> Memory | None:
        """Staff order a release by name: the removal is theirs. Gives what is remembered after it."""
        cycle = self.cycle
        assert cycle is not None
        self.ordered = (was.id, rule.id)
        (known,) = self.worlds.possible[was.id, rule.id]
        terms = list(possible_terms(rule, was, self.today))[-1]
        table = Table(rule, terms, was, known.memory, cycle.sight(rule))
        if table.would_block() is False or (rule.kind == "failed_pin" and was.attempts > 0):
            return None
        return replace(table.override(), lifted=False)
