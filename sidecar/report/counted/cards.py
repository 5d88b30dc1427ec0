"""Cards, not restrictions: how many are blocked before and after, in all and by rule, and how it was yesterday."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sidecar.core.cards import Blocked, CardBlocks
from sidecar.core.model import RestrictionType, RuleId
from sidecar.core.verdict import Decision
from sidecar.cycle.findings import Findings
from sidecar.ports import DayTotal

WITHOUT_RULE: RuleId = ""
"""Blocks that no rule of the policy stands behind: orphans, and those on cards out of scope."""


@dataclass(frozen=True, slots=True)
class Step:
    """Cards from one state to another: `before` + `blocked` - `freed` = `after`."""

    before: int
    blocked: int
    freed: int
    after: int


NO_STEP: Final = Step(0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """Cards of the whole ILS (`total`), of which so many were `read`. `before` is as the cycle read them, `now` as it
    left them, `planned` once the whole plan is carried out. `steps` are by rule, from before to now where something
    could be written, else to what is planned; `step` is of all cards, of which each counts once. Without the plugin
    (`seen` false) only `planned` says something: what would be blocked if free. A quick cycle (`whole` false) saw a few
    cards only. `yesterday` is how many were blocked then, None if unknown; `days` are totals, the oldest first, today's
    the last.
    """

    total: int
    read: int
    seen: bool
    whole: bool
    before: Blocked
    now: Blocked
    planned: Blocked
    step: Step
    steps: Mapping[RuleId, Step]
    yesterday: int | None
    days: tuple[DayTotal, ...]


def count_cards(findings: Findings) -> Cards:
    """Count the cards of a cycle."""
    before, now, planned = findings.blocks_before(), findings.blocks_now(), findings.blocks_planned()
    after = now if findings.applied else planned
    rules = _rules_of(each for each in findings.decisions if each.patron in before or each.patron in after)
    today, current = findings.today, findings.count(now)
    days = tuple(day for day in findings.days if day.day < today)
    if findings.sees_all:
        days = (*days, DayTotal(today, current.cards, current.owed))
    return Cards(
        total=findings.status.patron_count,
        read=findings.patrons,
        seen=findings.status.writable,
        whole=findings.kind == "full",
        before=findings.count(before),
        now=current,
        planned=findings.count(planned),
        step=_step(frozenset(before), frozenset(after)),
        steps=_steps(rules, before, after),
        yesterday=next((day.blocked for day in findings.days if day.day == today - timedelta(days=1)), None),
        days=days,
    )


def rules_of(types: frozenset[RestrictionType], decision: Decision) -> frozenset[RuleId]:
    """The rules behind blocks of these types on a card; `WITHOUT_RULE` for what none stands behind."""
    known = _rules_of((decision,))
    return frozenset(known.get((decision.patron, each), WITHOUT_RULE) for each in types)


def _rules_of(decisions: Iterable[Decision]) -> Mapping[tuple[str, RestrictionType], RuleId]:
    """The rule that a type is of, on each card: rules may have taken over types of others."""
    return {
        (decision.patron, each): verdict.rule
        for decision in decisions
        for verdict in decision.verdicts
        for each in (*verdict.types, verdict.restriction_type)
    }


def _steps(
    rules: Mapping[tuple[str, RestrictionType], RuleId], before: CardBlocks, after: CardBlocks
) -> Mapping[RuleId, Step]:
    held: dict[RuleId, tuple[set[str], set[str]]] = {}
    for index, blocks in enumerate((before, after)):
        for patron, types in blocks.items():
            for each in types:
                held.setdefault(rules.get((patron, each), WITHOUT_RULE), (set(), set()))[index].add(patron)
    return {rule: _step(frozenset(was), frozenset(then)) for rule, (was, then) in held.items()}


def _step(before: frozenset[str], after: frozenset[str]) -> Step:
    return Step(len(before), len(after - before), len(before - after), len(after))
