"""A second opinion: the design's table for four kinds of rule, written from its text alone.

It imports nothing of the program. Money is in millionths of a krone, thresholds in øre, time in minutes since some
midnight, and a day is 1440 minutes, as in a library whose clock shows UTC. None is an unknown fact.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

DAY = 1440


@dataclass(frozen=True)
class TheRule:
    """One entry of the policy."""

    kind: str
    level: int = 0
    inclusive: bool = True
    release: str = "paid_in_full"
    release_value: int = 0
    counts: frozenset[str] = frozenset({"fee", "replacement", "other"})
    release_counts: frozenset[str] = frozenset({"fee", "replacement", "other"})
    net: bool = True
    restore: bool = False
    override_days: int | None = None
    announce_days: int = 0


@dataclass(frozen=True)
class TheFacts:
    """What is known of one card. `row_made`: when the row in force was made; None: there is none."""

    charges: tuple[tuple[str, str, int], ...] | None = ()
    credit: int | None = 0
    attempts: int | None = 0
    lost: bool | None = False
    settled: int | None = None
    row_made: int | None = None


@dataclass(frozen=True)
class Memory:
    """The case."""

    stage: str
    since: int
    last_seen: int = 0
    lines: frozenset[str] = frozenset()
    counted: int | None = None
    attempts: int | None = None
    highest: int | None = None


@dataclass(frozen=True)
class Answer:
    """What holds, what is to be written, and what is remembered if it is written or if it is not."""

    standing: str
    write: str | None
    if_written: Memory | None
    if_not: Memory | None


def answer(rule: TheRule, facts: TheFacts, memory: Memory | None, now: int) -> Answer:  # noqa: PLR0911 - the table has rows
    """The table, from its first row to its last."""
    w = would_block(rule, facts)
    if facts.row_made is not None:
        return with_row(rule, facts, memory, now, w)
    if w is False:
        return Answer("clear", None, None, None)
    if w is None:
        return Answer("undecided", None, memory, memory)
    if rule.kind == "debt" and memory is not None and memory.stage == "blocked" and facts.settled is not None:
        memory = None if facts.settled > memory.last_seen else memory
    if memory is None or memory.stage == "announced":
        return announce_or_add(rule, facts, memory, now)
    if memory.stage == "blocked":
        if rule.restore:
            began = now if rule.release == "after_minutes" else memory.since
            return Answer("blocked", "add", replace(blocked_now(rule, facts, now), since=began), memory)
        override = overridden_now(rule, facts, now)
        return Answer("overridden", None, override, override)
    if is_new(rule, facts, memory, now):
        return Answer("blocked", "add", blocked_now(rule, facts, now), memory)
    return Answer("overridden", None, memory, memory)


def with_row(rule: TheRule, facts: TheFacts, memory: Memory | None, now: int, w: bool | None) -> Answer:
    """H: yes."""
    assert facts.row_made is not None
    known = memory if memory is not None and memory.stage == "blocked" else None
    r = may_release(rule, facts, known, now, w)
    if known is None:
        began = now if rule.release == "after_minutes" else facts.row_made
        seen = replace(blocked_now(rule, facts, now), since=began)
    else:
        seen = replace(known, last_seen=now)
        if rule.kind == "failed_pin" and facts.attempts is not None and facts.attempts >= 0:
            seen = replace(seen, highest=max(facts.attempts, known.highest or 0))
    if r is True and w is False:
        return Answer("clear", "remove", None, seen)
    if r is True and w is True and rule.release == "after_minutes":
        return Answer("overridden", "remove", overridden_now(rule, facts, now), seen)
    if r is None or (r is True and w is None):
        return Answer("undecided", None, seen, seen)
    return Answer("blocked", None, seen, seen)


def announce_or_add(rule: TheRule, facts: TheFacts, told: Memory | None, now: int) -> Answer:
    """Announced until the calendar days have gone by."""
    if rule.announce_days:
        first = told or replace(overridden_now(rule, facts, now), stage="announced")
        if now // DAY < first.since // DAY + rule.announce_days:
            return Answer("announced", None, first, first)
        return Answer("blocked", "add", blocked_now(rule, facts, now), first)
    return Answer("blocked", "add", blocked_now(rule, facts, now), told)


def would_block(rule: TheRule, facts: TheFacts) -> bool | None:
    """W."""
    if rule.kind == "lost_card":
        return facts.lost
    amount = attempts(facts) if rule.kind == "failed_pin" else counted(rule, facts)
    if amount is None:
        return None
    return amount >= rule.level if rule.inclusive else amount > rule.level


def may_release(  # noqa: C901, PLR0911 - the table has rows
    rule: TheRule, facts: TheFacts, known: Memory | None, now: int, w: bool | None
) -> bool | None:
    """R."""
    if rule.kind == "lost_card":
        if rule.release == "staff":
            return False
        return None if facts.lost is None else not facts.lost
    if rule.kind == "failed_pin":
        if rule.release == "after_minutes":
            return known is not None and now - known.since >= rule.release_value
        if rule.release == "counter_reset":
            count = attempts(facts)
            if count is None:
                return None
            return known is not None and known.highest is not None and count < known.highest
        return False
    if rule.kind == "unpaid_charge":
        open_sum = counted(rule, facts)
        return None if open_sum is None else open_sum == 0
    if rule.release == "below_block":
        return None if w is None else not w
    if rule.release == "at_most":
        present = counted(rule, facts)
        return None if present is None else present <= rule.release_value
    began = facts.row_made if known is None else known.since
    if w is False and facts.settled is not None and began is not None and facts.settled > began:
        return True
    owed = in_oere(facts, rule.release_counts, net=rule.net)
    return None if owed is None else owed <= 0


def counted(rule: TheRule, facts: TheFacts) -> int | None:
    """What the operator looks at, in øre."""
    return in_oere(facts, rule.counts, net=rule.net and rule.kind == "debt")


def in_oere(facts: TheFacts, kinds: Iterable[str], *, net: bool) -> int | None:
    """Summed exactly, less credit, rounded half up once."""
    if facts.charges is None or (net and facts.credit is None):
        return None
    millionths = sum(outstanding for _, kind, outstanding in facts.charges if kind in kinds)
    if net:
        millionths -= facts.credit or 0
    return (millionths + 5000) // 10000


def attempts(facts: TheFacts) -> int | None:
    """A negative counter is Koha's lock and not a count."""
    return None if facts.attempts is None or facts.attempts < 0 else facts.attempts


def is_new(rule: TheRule, facts: TheFacts, override: Memory, now: int) -> bool:
    """New evidence after an override."""
    if rule.override_days is not None and now // DAY >= override.since // DAY + rule.override_days:
        return True
    if rule.kind == "lost_card":
        return False
    if rule.kind == "failed_pin":
        count = attempts(facts)
        return count is not None and override.attempts is not None and count > override.attempts
    if lines(rule, facts) - override.lines:
        return True
    present = counted(rule, facts)
    return present is not None and bool(override.counted) and present >= 2 * (override.counted or 0)


def lines(rule: TheRule, facts: TheFacts) -> frozenset[str]:
    """The counted open lines."""
    return frozenset(number for number, kind, _ in facts.charges or () if kind in rule.counts)


def overridden_now(rule: TheRule, facts: TheFacts, now: int) -> Memory:
    """What staff saw when they lifted it, as far as we know."""
    if rule.kind == "lost_card":
        return Memory("overridden", now)
    if rule.kind == "failed_pin":
        return Memory("overridden", now, attempts=attempts(facts))
    return Memory("overridden", now, lines=lines(rule, facts), counted=counted(rule, facts))


def blocked_now(rule: TheRule, facts: TheFacts, now: int) -> Memory:
    """A block that begins, or is first seen, now."""
    highest = attempts(facts) if rule.kind == "failed_pin" else None
    return replace(overridden_now(rule, facts, now), stage="blocked", last_seen=now, highest=highest)
