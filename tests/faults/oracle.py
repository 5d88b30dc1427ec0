"""A third opinion for the fault tests: the design's table, written from its text, on plain values of Koha's tables.

It imports nothing of the program, nor of the oracle that the core's own tests have. Money is in millionths, levels in
øre, instants in whole seconds. None is an unknown fact.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.faults.facts import EVERYBODY, Card, Reach, Release, Row, day
from tests.faults.terms import (
    ALL_KINDS,
    CHARGE_KINDS,
    Rule,
    Terms,
    is_meant,
    is_of_its_day,
    late,
    overdue,
    possible_terms,
)

MONEY = frozenset({"debt", "unpaid_charge"})


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
    paid: int | None = None
    type: str = ""
    rows: frozenset[int] = frozenset()
    missing: bool = False
    lifted: bool = False


@dataclass(frozen=True)
class Sight:
    """What else a rule's answer on a card rests on: the moment, the scope, the types that other rules have, and the
    foreign rows that are known to have been this rule's; the names of all rules, and which releases (number and moment)
    are in the journal."""

    now: int
    reach: Reach = EVERYBODY
    others: frozenset[str] = frozenset()
    once: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    journalled: frozenset[tuple[int, int]] = frozenset()

    @property
    def today(self) -> date:
        return day(self.now)


@dataclass(frozen=True)
class Answer:
    """What is to be written, and what is remembered before (`now`) and after it is written.

    `type` is that of the rows that are written. `lifted`: a row of ours is gone that nothing released. `drift`: the
    change puts one back that went with many others, or beside one that was ours. `paid`: a payment is behind the
    removal. `released`: staff released it by name in Koha. `missed` is the answer if too many rows are gone for this
    one to be staff's work.
    """

    standing: str
    change: str | None
    now: Memory | None
    after: Memory | None
    type: str = ""
    lifted: bool = False
    drift: bool = False
    paid: bool = False
    released: bool = False
    missed: "Answer | None" = None


def answer(rule: Rule, card: Card, memory: Memory | None, sight: Sight) -> Answer:
    """Every set of terms that could hold is tried; if their answers differ, nothing changes."""
    if card.hidden or sight.reach.leaves_out(card):
        return Answer("unseen", None, memory, memory)
    memory = still_counts(rule, memory, card, sight)
    tables = [Table(rule, terms, card, memory, sight) for terms in possible_terms(rule, card, sight.today)]
    answers = [table.answer() for table in tables]
    last = answers[-1]
    if any((one.standing, one.change) != (last.standing, last.change) for one in answers):
        kept = last.now if tables[-1].rows_in_force() else memory
        if last.released:
            kept = next((one.now for one in answers if one.now is not None), None)
        return Answer("undecided", None, kept, kept)
    return last


def still_counts(rule: Rule, memory: Memory | None, card: Card, sight: Sight) -> Memory | None:
    """No moment lies in the future, an announcement of charges that are all gone is none, and a row under a type that
    is another rule's now is that rule's."""
    if memory is None or (memory.stage == "blocked" and memory.type in sight.others):
        return None
    told = memory.stage == "announced" and rule.kind in MONEY and bool(memory.lines)
    if told and not memory.lines & {number for number, _, _ in card.lines}:
        return None
    now = sight.now
    blocking = None if memory.blocking is None else min(memory.blocking, now)
    return replace(memory, since=min(memory.since, now), seen=min(memory.seen, now), blocking=blocking)


@dataclass(frozen=True)
class Table:
    """The table, for one rule under one set of terms on one patron."""

    rule: Rule
    terms: Terms
    card: Card
    memory: Memory | None
    sight: Sight

    def answer(self) -> Answer:  # noqa: PLR0911 - the table has so many rows
        if self.rows_in_force():
            return self.with_row()
        release = self.by_name()
        if release is not None:
            return replace(self.released(release), released=True)
        w = self.would_block()
        memory = None if self.lifted_by_payment() else self.memory
        if (self.sight.once or (memory is not None and memory.missing)) and self.is_wanted_back(memory):
            return self.put_back(memory)
        if w is None:
            return Answer("undecided", None, self.memory, self.memory)
        if w is False and self.tells() and (memory is None or memory.stage == "announced"):
            first = memory or self.announcement()
            return Answer("announced", None, first, first)
        if w is False:
            return self.without_debt(memory)
        if memory is None or memory.stage == "announced":
            return self.announce_or_add(memory)
        if memory.stage == "blocked":
            return self.lifted_by_staff(memory)
        if self.is_new(memory):
            return self.addition(memory, self.block())
        return Answer("overridden", None, memory, memory)

    def by_name(self) -> Release | None:
        """The latest release by name that this rule does not know yet."""
        mine = [
            one
            for one in self.card.releases
            if (one.id, one.at) not in self.sight.journalled
            and (one.rule == self.rule.id or (one.rule not in self.sight.names and one.type == self.rule.type))
        ]
        last, known = max(mine, key=lambda one: (one.at, one.id), default=None), self.memory
        if last is None or (self.rule.kind == "debt" and self.settled is not None and self.settled > last.at):
            return None
        if known is not None and known.stage == "blocked" and last.at < known.since and not known.rows & last.rows:
            return None
        if known is not None and known.stage == "overridden" and last.at <= known.since and not known.lifted:
            return None
        return last

    def released(self, release: Release) -> Answer:
        """A counter went to 0 with the release; else what is left is an override of staff's, by name."""
        w, known = self.would_block(), self.memory
        if w is False:
            return Answer("clear", None, None, None)
        if self.rule.kind == "failed_pin":
            return Answer("undecided", None, None, None) if w is None else self.announce_or_add(None)
        if known is None or known.stage != "overridden" or release.at > known.since:
            known = self.override()
        known = replace(known, since=min(release.at, self.now), lifted=False)
        if w is None:
            return Answer("undecided", None, known, known)
        if self.is_new(known):
            return self.addition(known, self.block())
        return Answer("overridden", None, known, known)

    def types(self) -> tuple[str, ...]:
        """Under which types the rule's rows may stand: its own, and the one of before where a row has that still."""
        known = self.memory
        former = () if known is None or known.stage != "blocked" or not known.type else (known.type,)
        return tuple(dict.fromkeys((self.rule.type, *former)))

    def rows_in_force(self) -> tuple[Row, ...]:
        return self.card.in_force(self.types(), self.sight.today)

    def type_there(self) -> str:
        return next(kind for kind in self.types() if self.card.of_type(kind))

    def addition(self, now: Memory | None, after: Memory) -> Answer:
        return Answer("blocked", "add", now, after, self.rule.type)

    def with_row(self) -> Answer:
        known = self.memory if self.memory is not None and self.memory.stage == "blocked" else None
        rows = self.rows_in_force()
        if known is None:
            began = self.now if self.by_time else self.row_made() or self.now
            seen = replace(self.block(), since=began, blocking=None)
        else:
            seen = replace(known, seen=self.now, missing=False)
            if self.rule.kind == "failed_pin" and self.attempts() is not None:
                seen = replace(seen, highest=max(self.attempts() or 0, known.highest or 0))
        own = self.rule.type if any(row.type == self.rule.type for row in rows) else seen.type
        seen = replace(seen, type=own, rows=frozenset(row.id for row in rows))
        w, r = self.would_block(), self.may_release(known)
        if w is True:
            seen = replace(seen, blocking=self.now)
        if r is True and w is False:
            return Answer("clear", "remove", seen, None, self.type_there(), paid=self.paid_since(known))
        if r is True and w is True and self.by_time:
            # The counter is reset with it, so the rule no longer blocks, which ends an override at once.
            return Answer("overridden", "remove", seen, None, self.type_there())
        if r is None or (r is True and w is None):
            return Answer("undecided", None, seen, seen)
        seen = replace(seen, paid=self.paid)
        return Answer("blocked", None, seen, seen)

    def without_debt(self, memory: Memory | None) -> Answer:
        """W is false: clear. A row that went without its release was lifted by others all the same."""
        if memory is None or memory.stage != "blocked" or self.may_release(memory) is True:
            return Answer("clear", None, None, None)
        missed = self.put_back(memory) if self.is_wanted_back(memory) else None
        return Answer("clear", None, None, None, lifted=True, missed=missed)

    def is_wanted_back(self, memory: Memory | None) -> bool:
        """Whether a row would stand but for what took it away."""
        if self.would_block() is True:
            return memory is None or memory.stage != "overridden" or (bool(self.sight.once) and self.is_new(memory))
        if memory is None or memory.stage != "blocked" or not self.is_money:
            return False
        return self.would_block() is False and self.may_release(memory) is not True

    def put_back(self, memory: Memory | None) -> Answer:
        """The block is remembered as it was; the row is planned again, for somebody to approve, and its minutes are
        counted anew then."""
        if memory is None or memory.stage != "blocked":
            return Answer("undecided", "add", memory, self.block(), self.rule.type, drift=True)
        began = self.now if self.by_time else memory.since
        back = replace(memory, missing=False, since=began, seen=self.now, rows=frozenset(), blocking=self.now)
        return Answer("undecided", "add", replace(memory, missing=True), back, self.rule.type, drift=True)

    def announce_or_add(self, told: Memory | None) -> Answer:
        if self.terms.announce_days:
            first = told or self.announcement()
            if day(self.now) < day(first.since) + timedelta(days=self.terms.announce_days):
                return Answer("announced", None, first, first)
            return self.addition(first, self.block())
        return self.addition(told, self.block())

    def lifted_by_staff(self, memory: Memory) -> Answer:
        missed = self.put_back(memory)
        if self.rule.restore:
            began = self.now if self.by_time else memory.since
            back = replace(self.block(), since=began)
            return replace(self.addition(memory, back), lifted=True, missed=missed)
        override = replace(self.override(), lifted=True)
        return Answer("overridden", None, override, override, lifted=True, missed=missed)

    def again_missed(self) -> Answer | None:
        """What an override of staff's becomes when too many rows went with this one after all."""
        if self.memory is None or self.memory.stage != "overridden" or not self.memory.lifted:
            return None
        return self.put_back(replace(self.memory, stage="blocked", lifted=False))

    def lifted_by_payment(self) -> bool:
        memory, settled = self.memory, self.settled
        if self.rule.kind != "debt" or memory is None or memory.stage != "blocked" or settled is None:
            return False
        return settled > (memory.seen or memory.since)

    def paid_since(self, known: Memory | None) -> bool:
        """Whether a payment came since the block was last looked at and stood."""
        if not self.is_money or self.rule.retired or self.terms.exempt or self.paid is None:
            return False
        began = known.since if known is not None else self.row_made()
        if began is None or self.paid < began:
            return False
        return known is None or known.paid is None or self.paid > known.paid

    @property
    def settled(self) -> int | None:
        return self.past(self.card.settled)

    @property
    def paid(self) -> int | None:
        return self.past(self.card.paid)

    def past(self, moment: int | None) -> int | None:
        """A moment that is still to come was dated by a clock that was wrong: nobody knows when it was."""
        return None if moment is None or moment > self.now else moment

    @property
    def now(self) -> int:
        return self.sight.now

    @property
    def is_money(self) -> bool:
        return self.rule.kind in MONEY

    @property
    def by_time(self) -> bool:
        return self.terms.release == "after_minutes"

    def would_block(self) -> bool | None:
        """W."""
        own, since = self.own_block(), self.rule.since
        if self.rule.retired or (since is not None and self.sight.today < since):
            return False
        return some([own, *(self._of_guarantee(each)[0] for each in self._guarantees())])

    def may_release(self, known: Memory | None) -> bool | None:
        """R."""
        own = self.own_release(known)
        return own if self.rule.retired else every([own, *(self._of_guarantee(each)[1] for each in self._guarantees())])

    def own_block(self) -> bool | None:  # noqa: PLR0911 - one of each kind
        """W, for what is on this account alone."""
        if self.rule.retired or self.terms.exempt:
            return False
        match self.rule.kind:
            case "lost_card":
                return self.card.lost
            case "flag" if self.rule.flag == "address":
                return self.card.address_unknown
            case "flag":
                return self.card.expires is not None and self.card.expires < self.sight.today
            case "unpaid_charge":
                return self.counted() > 0
            case "failed_pin":
                return self._reached(self.attempts())
            case "overdue":
                return self._reached(len(self.counted_lines()))
        return self._reached(self.counted())

    def tells(self) -> bool:
        """Whether the patron is told already, though nothing blocks yet."""
        silent = self.rule.tell_at is None or self.rule.retired or self.terms.exempt
        if silent or (self.rule.since is not None and self.sight.today < self.rule.since):
            return False
        return self.counted() >= (self.rule.tell_at or 0)

    def _reached(self, amount: int | None) -> bool | None:
        if amount is None:
            return None
        return amount >= self.terms.level if self.terms.inclusive else amount > self.terms.level

    def own_release(self, known: Memory | None) -> bool | None:  # noqa: C901, PLR0911 - the table has so many rows
        """R, for what is on this account alone."""
        if self.rule.retired or self.terms.exempt:
            return True
        match self.terms.release:
            case "paid_in_full":
                return self.all_paid(known)
            case "paid_and_returned":
                return self.all_paid(known) and self.nothing_out()
            case "returned":
                return self.nothing_out()
            case "below_block":
                return not self.own_block()
            case "at_most":
                return self.sum_of(self.rule.counts) <= self.terms.value
            case "flag_cleared" if self.rule.kind == "flag":
                return not self.own_block()
            case "flag_cleared":
                return not self.card.lost
            case "counter_reset":
                if (count := self.attempts()) is None:
                    return None
                return count == 0 or (known is not None and known.highest is not None and count < known.highest)
            case "after_minutes":
                return known is not None and self.now - known.since >= 60 * self.terms.value
        return False

    def all_paid(self, known: Memory | None) -> bool:
        """Of a debt also if all was settled since the rule last blocked, and what came since would not block."""
        if self.rule.kind == "unpaid_charge":
            return self.sum_of(self.rule.counts) <= 0
        if self.rule.kind == "debt" and self.own_block() is False and self.settled is not None:
            began = known.since if known is not None else self.row_made()
            last = known.blocking if known is not None and known.blocking is not None else began
            if began is not None and last is not None and self.settled > max(began, last):
                return True
        return self.sum_of(ALL_KINDS) <= 0

    def nothing_out(self) -> bool:
        return not overdue(self.card, self.sight.today)

    def _guarantees(self) -> tuple[Card, ...]:
        """Those whom the patron answers for, as the plugin sends them: what they owe, and no more."""
        return () if self.rule.guarantees_under is None else self.card.guarantees

    def _of_guarantee(self, card: Card) -> tuple[bool | None, bool | None]:
        """W and R on that account: nothing, unless it is one of the ages that are meant."""
        meant = is_meant(self.rule, card, self.sight.today)
        if meant is False:
            return False, True
        tables = [
            Table(self.rule, terms, card, None, self.sight)
            for terms in possible_terms(self.rule, card, self.sight.today)
        ]
        blocks, releases = (
            agreed(each) for each in zip(*((t.own_block(), t.own_release(None)) for t in tables), strict=True)
        )
        if meant:
            return blocks, releases
        return (False if blocks is False else None), (True if releases is True else None)

    def is_new(self, override: Memory) -> bool:
        """New evidence."""
        days = self.rule.override_days
        if days is not None and day(self.now) >= day(override.since) + timedelta(days=days):
            return True
        if self.rule.kind == "failed_pin":
            count = self.attempts()
            return count is not None and override.attempts is not None and count > override.attempts
        if self.rule.kind in {"lost_card", "flag"}:
            return False
        return bool(self.counted_lines() - override.lines) or bool(
            override.counted and self.counted() >= 2 * override.counted
        )

    def row_made(self) -> int | None:
        return min((row.created for row in self.rows_in_force()), default=None)

    def attempts(self) -> int | None:
        return self.card.attempts if self.card.attempts >= 0 else None

    def counted(self) -> int:
        """In øre: what arose when the rule says."""
        lines = self.counted_lines()
        return self._ore(owed for number, _, owed in self.card.lines if number in lines)

    def sum_of(self, kinds: frozenset[str]) -> int:
        """In øre, however old."""
        return self._ore(owed for _, kind, owed in self.card.lines if CHARGE_KINDS.get(kind, "fee") in kinds)

    def _ore(self, owed: Iterable[int]) -> int:
        millionths = sum(owed)
        if self.rule.kind in {"debt", "overdue"}:
            millionths -= self.card.credit
        return (millionths + 5000) // 10000

    def counted_lines(self) -> frozenset[int]:
        """The charges, or the items, that the rule counts today."""
        if self.rule.kind == "overdue":
            return late(self.rule, self.card, self.sight.today)
        return frozenset(
            number for number in self.lines() if is_of_its_day(self.rule, self.card.arose[number], self.sight.today)
        )

    def lines(self) -> frozenset[int]:
        """All that it might count one day."""
        if self.rule.kind == "overdue":
            return overdue(self.card, self.sight.today)
        return frozenset(
            number for number, kind, _ in self.card.lines if CHARGE_KINDS.get(kind, "fee") in self.rule.counts
        )

    def override(self) -> Memory:
        nothing = Memory("overridden", self.now, type=self.rule.type)
        if self.rule.kind == "failed_pin":
            return replace(nothing, attempts=self.attempts())
        if self.rule.kind == "overdue":
            return replace(nothing, lines=self.lines())
        if self.rule.kind not in MONEY:
            return nothing
        return replace(nothing, lines=self.lines(), counted=self.counted())

    def announcement(self) -> Memory:
        """It is about what is counted now."""
        first = replace(self.override(), stage="announced")
        return replace(first, lines=self.counted_lines()) if self.rule.kind in MONEY else first

    def block(self) -> Memory:
        highest = self.attempts() if self.rule.kind == "failed_pin" else None
        return replace(self.override(), stage="blocked", seen=self.now, highest=highest, blocking=self.now)


def some(answers: list[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def every(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def agreed(answers: tuple[bool | None, ...]) -> bool | None:
    return answers[0] if len(set(answers)) == 1 else None
