"""Judges every write at the instant it is made: by the facts in force then, and by what may be remembered."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from tests.faults.oracle import Card, Memory, Row, Rule, Table, day
from tests.faults.policies import TEXTS
from tests.faults.watch import Cards
from tests.faults.worlds import Cycle, Key, Worlds

ENDLESS = date(9999, 12, 31)
OURS = frozenset({"CW_DEBT", "CW_REPLACEMENT", "CW_PIN", "CW_LOST_CARD", "CW_COLLECTION", "CW_FEE"})
DAY = 86_400


class Judge:
    """The witness of a history. `allowed` is how many additions (all, of PINs) may come in 24 hours unapproved."""

    def __init__(self, allowed: tuple[int, int] | None = None) -> None:
        self.worlds = Worlds(held=allowed is not None)
        self.violations = self.worlds.violations
        self.allowed = allowed
        self.rules: tuple[Rule, ...] = ()
        self.cycle: Cycle | None = None
        self.now = 0
        self.ordered: Key | None = None
        self.approved: frozenset[Key] = frozenset()
        self.added: list[tuple[int, str]] = []
        self.writes = 0

    def begin(self, rules: Sequence[Rule], now: int, *, full: bool) -> Cycle:
        self.rules, self.now = tuple(rules), now
        self.cycle = Cycle(full=full, now=now)
        return self.cycle

    def read(self, cards: Cards) -> None:
        if self.cycle is not None:
            self.cycle.read.update(cards)

    def wrote(self, before: Cards, after: Cards, items: list[dict[str, Any]]) -> None:
        self.writes += 1
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
        assert self.cycle is not None, "a write outside of a cycle"
        blocks = [
            rule for rule in self.rules if was.blocked(rule.type, self.today) != now.blocked(rule.type, self.today)
        ]
        self.cycle.made |= {(was.id, rule.id) for rule in blocks}
        seen = self.cycle.read.get(was.id, was)
        for rule in self.rules:
            if rule.type in item.get("remove", ()):
                self.cycle.sent[was.id, rule.id] = "remove"
            elif rule.type in {one["type"] for one in item.get("set", ())} and not seen.blocked(rule.type, self.today):
                self.cycle.sent[was.id, rule.id] = "add"

    @property
    def today(self) -> date:
        return day(self.now)

    def _faults(self, was: Card, now: Card, item: dict[str, Any]) -> Iterator[str]:
        where = f"patron {was.id}"
        if [row for row in was.rows if row.type not in OURS] != [row for row in now.rows if row.type not in OURS]:
            yield f"{where}: a foreign row was changed"
        same = ("library", "category", "born", "lines", "credit", "lost", "settled", "hidden", "name")
        if any(getattr(was, name) != getattr(now, name) for name in same):
            yield f"{where}: the record or the money was changed"
        in_force = [row.expiration or ENDLESS for row in now.rows if row.in_force(self.today)]
        if was != now and now.flag != max(in_force, default=None):
            yield f"{where}: the flag is not what the rows imply"
        named = {one["type"] for one in item.get("set", ())} | set(item.get("remove", ()))
        rules = {rule.type: rule for rule in self.rules}
        for kind in OURS:
            if was.of_type(kind) == now.of_type(kind):
                continue
            if kind not in named or kind not in rules:
                yield f"{where}: a row of {kind} was changed that nobody asked for"
            else:
                yield from (f"{where}: {fault}" for fault in self._of_rule(rules[kind], was, now))
        if was.attempts != now.attempts and not self._may_reset(was, now):
            yield f"{where}: the PIN counter went from {was.attempts} to {now.attempts}"

    def _of_rule(self, rule: Rule, was: Card, now: Card) -> Iterator[str]:
        before, after = was.blocked(rule.type, self.today), now.blocked(rule.type, self.today)
        if len(now.of_type(rule.type)) > 1:
            yield f"{rule.type} stands twice"
        if not before and after:
            yield from self._of_addition(rule, was)
        elif not after:
            if (was.id, rule.id) != self.ordered and not self.worlds.allows(rule, was, "remove", self.now):
                yield f"{rule.id} was removed though its release does not hold: {was}"
        else:
            yield from self._of_amendment(rule, was.of_type(rule.type), now.of_type(rule.type)[0])

    def _of_addition(self, rule: Rule, was: Card) -> Iterator[str]:
        if not was.in_scope or was.hidden:
            yield f"{rule.id} was added out of scope"
        elif not any(
            Table(rule, terms, was, None, self.now).would_block() is True
            for terms in (rule.terms, *(clause.terms for clause in rule.clauses))
        ):
            yield f"{rule.id} was added though its operator is not reached: {was}"
        elif not self.worlds.allows(rule, was, "add", self.now):
            yield f"{rule.id} was added against {self.worlds.possible[was.id, rule.id]}: {was}"
        if (was.id, rule.id) not in self.approved:
            self._count_addition(rule)
            yield from self._over_the_limit()

    def _count_addition(self, rule: Rule) -> None:
        self.added = [(at, kind) for at, kind in self.added if at > self.now - DAY]
        self.added.append((self.now, rule.kind))

    def _over_the_limit(self) -> Iterator[str]:
        if self.allowed is None:
            return
        pins = sum(kind == "failed_pin" for _, kind in self.added)
        if len(self.added) > self.allowed[0] or pins > self.allowed[1]:
            yield f"{len(self.added)} additions in 24 hours, {pins} of them for PINs, and nobody approved them"

    def _of_amendment(self, rule: Rule, was: tuple[Row, ...], now: Row) -> Iterator[str]:
        in_force = [row for row in was if row.in_force(self.today)]
        if now.expiration != max(in_force, key=lambda row: row.expiration or ENDLESS).expiration:
            yield f"the last day of {rule.type} was changed"
        comments = {row.comment for row in in_force}
        if now.comment not in comments and not (now.comment == rule.text and comments <= set(TEXTS)):
            yield f"a comment of staff's was written over on {rule.type}"

    def _may_reset(self, was: Card, now: Card) -> bool:
        pin = next(rule for rule in self.rules if rule.kind == "failed_pin")
        if now.attempts != 0 or was.attempts < 0:
            return False
        return self.ordered == (was.id, pin.id) or (
            pin.terms.release == "after_minutes" and self.worlds.allows(pin, was, "remove", self.now)
        )

    def order_release(self, was: Card) -> Memory | None:
        """Staff order the release of a PIN block: the removal is theirs. Gives what is remembered after it."""
        pin = next(rule for rule in self.rules if rule.kind == "failed_pin")
        self.ordered = (was.id, pin.id)
        return None if was.attempts >= 0 or pin.retired else Table(pin, pin.terms, was, None, self.now).override()
