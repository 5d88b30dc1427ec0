"""A third opinion for the fault tests: the design's table, written from its text, on plain values of Koha's tables.

It imports nothing of the program, nor of the oracle that the core's own tests have. Money is in millionths, levels in
øre, instants in whole seconds. None is an unknown fact.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Copenhagen")
KINDS = {"LOST": "replacement", "MANUAL": "other", "PAYOUT": "other"}
STATISTICAL = "STAT"
API_USER = 1


@dataclass(frozen=True)
class Row:
    """A row of `borrower_debarments`, with all its columns."""

    id: int
    type: str
    comment: str
    expiration: date | None
    created: int
    updated: int | None
    manager: int | None

    def in_force(self, today: date) -> bool:
        return self.expiration is None or self.expiration > today


@dataclass(frozen=True)
class Card:
    """One patron as Koha's tables have it."""

    id: int
    library: str
    category: str
    born: date | None
    lines: tuple[tuple[int, str, int], ...]
    credit: int
    attempts: int
    lost: bool
    settled: int | None
    rows: tuple[Row, ...]
    flag: date | None
    hidden: bool
    name: str

    def of_type(self, kind: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.type == kind)

    def blocked(self, kind: str, today: date) -> bool:
        return any(row.in_force(today) for row in self.of_type(kind))

    @property
    def in_scope(self) -> bool:
        return self.category != STATISTICAL and self.id != API_USER


@dataclass(frozen=True)
class Terms:
    """The operator and the release, and what else an exception may replace."""

    release: str
    level: int = 0
    inclusive: bool = True
    value: int = 0
    announce_days: int = 0
    exempt: bool = False


@dataclass(frozen=True)
class Clause:
    """An exception: for whom, and the terms that then hold."""

    terms: Terms
    ages: tuple[int, int] | None = None
    category: str | None = None


@dataclass(frozen=True)
class Rule:
    """One entry of the policy."""

    id: str
    kind: str
    type: str
    text: str
    terms: Terms
    clauses: tuple[Clause, ...] = ()
    counts: frozenset[str] = frozenset({"fee", "replacement", "other"})
    restore: bool = False
    override_days: int | None = None
    retired: bool = False


@dataclass(frozen=True)
class Memory:
    """What must be remembered of one rule on one patron."""

    stage: str
    since: int
    seen: int = 0
    lines: frozenset[int] = frozenset()
    counted: int | None = None
    attempts: int | None = None
    highest: int | None = None
    blocking: int | None = None


@dataclass(frozen=True)
class Answer:
    """What is to be written, and what is remembered before (`now`) and after it is written."""

    standing: str
    change: str | None
    now: Memory | None
    after: Memory | None


def day(moment: int) -> date:
    return datetime.fromtimestamp(moment, UTC).astimezone(ZONE).date()


def answer(rule: Rule, card: Card, memory: Memory | None, now: int) -> Answer:
    """Every set of terms that could hold is tried; if their answers differ, nothing changes."""
    if card.hidden or not card.in_scope:
        return Answer("unseen", None, memory, memory)
    memory = still_counts(memory, card, now)
    answers = [Table(rule, terms, card, memory, now).answer() for terms in possible_terms(rule, card, day(now))]
    last = answers[-1]
    if any((one.standing, one.change) != (last.standing, last.change) for one in answers):
        kept = last.now if card.blocked(rule.type, day(now)) else memory
        return Answer("undecided", None, kept, kept)
    return last


def still_counts(memory: Memory | None, card: Card, now: int) -> Memory | None:
    """No moment lies in the future, and an announcement of charges that are all gone is none."""
    if memory is None:
        return None
    if memory.stage == "announced" and memory.lines and not memory.lines & {number for number, _, _ in card.lines}:
        return None
    blocking = None if memory.blocking is None else min(memory.blocking, now)
    return replace(memory, since=min(memory.since, now), seen=min(memory.seen, now), blocking=blocking)


def possible_terms(rule: Rule, card: Card, today: date) -> Iterator[Terms]:
    for clause in rule.clauses:
        if clause.category is not None and clause.category != card.category:
            continue
        if (
            clause.ages is not None
            and card.born is not None
            and not clause.ages[0] <= age(card.born, today) < clause.ages[1]
        ):
            continue
        yield clause.terms
        if clause.ages is None or card.born is not None:
            return
    yield rule.terms


def age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


@dataclass(frozen=True)
class Table:
    """The table, for one rule under one set of terms on one patron."""

    rule: Rule
    terms: Terms
    card: Card
    memory: Memory | None
    now: int

    def answer(self) -> Answer:  # noqa: PLR0911 - the table has so many rows
        if self.card.blocked(self.rule.type, day(self.now)):
            return self.with_row()
        w = self.would_block()
        if w is False:
            return Answer("clear", None, None, None)
        if w is None:
            return Answer("undecided", None, self.memory, self.memory)
        memory = None if self.lifted_by_payment() else self.memory
        if memory is None or memory.stage == "announced":
            return self.announce_or_add(memory)
        if memory.stage == "blocked":
            return self.lifted_by_staff(memory)
        if self.is_new(memory):
            return Answer("blocked", "add", memory, self.block())
        return Answer("overridden", None, memory, memory)

    def with_row(self) -> Answer:
        known = self.memory if self.memory is not None and self.memory.stage == "blocked" else None
        if known is None:
            began = self.now if self.by_time else self.row_made()
            seen = replace(self.block(), since=began, blocking=None)
        else:
            seen = replace(known, seen=self.now)
            if self.rule.kind == "failed_pin" and self.attempts() is not None:
                seen = replace(seen, highest=max(self.attempts() or 0, known.highest or 0))
        w, r = self.would_block(), self.may_release(known)
        if w is True:
            seen = replace(seen, blocking=self.now)
        if r is True and w is False:
            return Answer("clear", "remove", seen, None)
        if r is True and w is True and self.by_time:
            # The counter is reset with it, so the rule no longer blocks, which ends an override at once.
            return Answer("overridden", "remove", seen, None)
        standing = "undecided" if r is None or (r is True and w is None) else "blocked"
        return Answer(standing, None, seen, seen)

    def announce_or_add(self, told: Memory | None) -> Answer:
        if self.terms.announce_days:
            first = told or replace(self.override(), stage="announced")
            if day(self.now) < day(first.since) + timedelta(days=self.terms.announce_days):
                return Answer("announced", None, first, first)
            return Answer("blocked", "add", first, self.block())
        return Answer("blocked", "add", told, self.block())

    def lifted_by_staff(self, memory: Memory) -> Answer:
        if self.rule.restore:
            began = self.now if self.by_time else memory.since
            return Answer("blocked", "add", memory, replace(self.block(), since=began))
        return Answer("overridden", None, self.override(), self.override())

    def lifted_by_payment(self) -> bool:
        memory, settled = self.memory, self.card.settled
        if self.rule.kind != "debt" or memory is None or memory.stage != "blocked" or settled is None:
            return False
        return settled > memory.seen

    @property
    def by_time(self) -> bool:
        return self.terms.release == "after_minutes"

    def would_block(self) -> bool | None:
        """W."""
        if self.rule.retired or self.terms.exempt:
            return False
        if self.rule.kind == "lost_card":
            return self.card.lost
        if self.rule.kind == "unpaid_charge":
            return self.counted() > 0
        amount = self.attempts() if self.rule.kind == "failed_pin" else self.counted()
        if amount is None:
            return None
        return amount >= self.terms.level if self.terms.inclusive else amount > self.terms.level

    def may_release(self, known: Memory | None) -> bool | None:  # noqa: C901, PLR0911 - the table has so many rows
        """R."""
        if self.rule.retired or self.terms.exempt:
            return True
        match self.terms.release:
            case "paid_in_full":
                began = known.since if known is not None else self.row_made()
                settled = self.card.settled
                last = known.blocking if known is not None and known.blocking is not None else began
                if self.would_block() is False and settled is not None and settled > max(began, last):
                    return True
                return self.sum_of(self.rule.counts | {"fee", "replacement", "other"}) <= 0
            case "below_block":
                return not self.would_block()
            case "at_most":
                return self.counted() <= self.terms.value
            case "all_paid":
                return self.counted() == 0
            case "flag_cleared":
                return not self.card.lost
            case "counter_reset":
                if (count := self.attempts()) is None:
                    return None
                return count == 0 or (known is not None and known.highest is not None and count < known.highest)
            case "after_minutes":
                return known is not None and self.now - known.since >= 60 * self.terms.value
        return False

    def is_new(self, override: Memory) -> bool:
        """New evidence."""
        days = self.rule.override_days
        if days is not None and day(self.now) >= day(override.since) + timedelta(days=days):
            return True
        if self.rule.kind == "failed_pin":
            count = self.attempts()
            return count is not None and override.attempts is not None and count > override.attempts
        if self.rule.kind == "lost_card":
            return False
        return bool(self.lines() - override.lines) or bool(override.counted and self.counted() >= 2 * override.counted)

    def row_made(self) -> int:
        today = day(self.now)
        return min(row.created for row in self.card.of_type(self.rule.type) if row.in_force(today))

    def attempts(self) -> int | None:
        return self.card.attempts if self.card.attempts >= 0 else None

    def counted(self) -> int:
        return self.sum_of(self.rule.counts)

    def sum_of(self, kinds: Iterable[str]) -> int:
        millionths = sum(owed for _, kind, owed in self.card.lines if KINDS.get(kind, "fee") in kinds)
        if self.rule.kind == "debt":
            millionths -= self.card.credit
        return (millionths + 5000) // 10000

    def lines(self) -> frozenset[int]:
        return frozenset(number for number, kind, _ in self.card.lines if KINDS.get(kind, "fee") in self.rule.counts)

    def override(self) -> Memory:
        if self.rule.kind == "lost_card":
            return Memory("overridden", self.now)
        if self.rule.kind == "failed_pin":
            return Memory("overridden", self.now, attempts=self.attempts())
        return Memory("overridden", self.now, lines=self.lines(), counted=self.counted())

    def block(self) -> Memory:
        highest = self.attempts() if self.rule.kind == "failed_pin" else None
        return replace(self.override(), stage="blocked", seen=self.now, highest=highest, blocking=self.now)
