"""Cards counted by what a policy would do to them today, and if all began today. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from sidecar.core.accounts import owed_by
from sidecar.core.ages import age_on
from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Facts, Patron, PatronId, RuleId
from sidecar.core.plan import ChangeKind, Plan, patron_order
from sidecar.core.policy import Policy, Scope
from sidecar.core.screen import Screen
from sidecar.core.simulation import By, Effect, Group, Prospect, RuleProspect, Tallies, Tally
from sidecar.core.verdict import Decision, Standing, Verdict

AGES: Final = (0, 6, 12, 15, 18, 25, 40, 65)
"""Where each band of ages begins, in whole years; the last has no end."""


def prospect_of(
    decisions: Iterable[Decision],
    plan: Plan,
    policy: Policy,
    now: datetime,
    scope: Scope,
    *,
    is_new: Callable[[PatronId], bool],
) -> Prospect:
    """Count what the decisions and the plan come to. `is_new` says that nothing is remembered of a patron."""
    today = now.astimezone(policy.time_zone).date()
    cards, screen = _Cards(policy, today), Screen(policy)
    rules = {rule.id: _RuleCount(rule.id) for rule in policy.rules}
    examined = 0
    for decision in decisions:
        if not decision.in_scope:
            continue
        examined += 1
        anew = decision
        if decision.facts.restrictions != () or decision.facts.staff_releases or not is_new(decision.patron):
            anew = decide(_free(decision.facts), {}, policy, now, scope, screen=screen)
        cards.count(decision, anew)
        for verdict in decision.verdicts:
            rules[verdict.rule].count(verdict)
        for verdict in anew.verdicts:
            rules[verdict.rule].anew += _would_block(verdict)
    for change in plan.changes():
        rules[change.rule].planned[change.kind] += 1
    return Prospect(
        everyone=cards.everyone(),
        groups={by: cards.groups(by) for by in By},
        rules=tuple(each.value(examined) for each in rules.values()),
        planned=plan.counts(),
    )


def name_order(name: str) -> tuple[int, int, str]:
    """Sort key for codes: numbers by value and before words, "" last."""
    return patron_order(name) if name else (2, 0, "")


class _Cards:
    """Cards counted as they come."""

    def __init__(self, policy: Policy, today: date) -> None:
        self._policy = policy
        self._today = today
        self._found: dict[tuple[By | None, str], dict[Effect, Tally]] = {}

    def count(self, decision: Decision, anew: Decision) -> None:
        card, effects = Tally(1, self._owed(decision.facts)), tuple(_effects(decision, anew, self._today))
        for place in ((None, ""), *((by, self._name(by, decision.facts.patron)) for by in By)):
            tallies = self._found.setdefault(place, dict.fromkeys(Effect, Tally()))
            for effect in effects:
                tallies[effect] += card

    def everyone(self) -> Tallies:
        return self._found.get((None, ""), dict.fromkeys(Effect, Tally()))

    def groups(self, by: By) -> tuple[Group, ...]:
        order = (lambda name: _BAND_ORDER[name]) if by is By.AGE else name_order
        names = sorted((name for place, name in self._found if place is by), key=order)
        return tuple(Group(name, self._found[by, name]) for name in names)

    def _owed(self, facts: Facts) -> int:
        owed = owed_by(facts)
        return 0 if owed is None else self._policy.currency.minor(owed)

    def _name(self, by: By, patron: Patron) -> str:
        if by is By.AGE:
            return _band(age_on(patron.born, self._today)) if isinstance(patron.born, date) else ""
        code = patron.library if by is By.LIBRARY else patron.category
        return "" if code is UNKNOWN else code


class _RuleCount:
    """One rule's counts as they come."""

    def __init__(self, rule: RuleId) -> None:
        self.rule = rule
        self.in_force = self.anew = 0
        self.planned = dict.fromkeys(ChangeKind, 0)
        self.standing = dict.fromkeys(Standing, 0)

    def count(self, verdict: Verdict) -> None:
        self.in_force += verdict.in_force is True
        self.standing[verdict.standing] += 1

    def value(self, examined: int) -> RuleProspect:
        """A rule without a verdict on a card is clear there (`core.screen`)."""
        others = sum(number for standing, number in self.standing.items() if standing is not Standing.CLEAR)
        standing = self.standing | {Standing.CLEAR: examined - others}
        return RuleProspect(self.rule, self.in_force, self.planned, standing, self.anew)


def _effects(decision: Decision, anew: Decision, today: date) -> Iterable[Effect]:
    orphan = any(row.in_force(today) for row in decision.orphans)
    before = orphan or any(verdict.in_force is True for verdict in decision.verdicts)
    after = orphan or any(_stands(verdict) for verdict in decision.verdicts)
    if before:
        yield Effect.IN_FORCE
    if after:
        yield Effect.BLOCKED
    if before != after:
        yield Effect.TO_BLOCK if after else Effect.FREED
    if not after and any(verdict.standing is Standing.ANNOUNCED for verdict in decision.verdicts):
        yield Effect.ANNOUNCED
    if any(_would_block(verdict) for verdict in anew.verdicts):
        yield Effect.ANEW


def _stands(verdict: Verdict) -> bool:
    """Whether a row stands once the change is made."""
    return verdict.change is ChangeKind.ADD or (verdict.in_force is True and verdict.change is not ChangeKind.REMOVE)


def _would_block(verdict: Verdict) -> bool:
    return verdict.change is ChangeKind.ADD or verdict.standing is Standing.ANNOUNCED


def _free(facts: Facts) -> Facts:
    """The facts as if no block of ours had ever been."""
    return replace(facts, restrictions=tuple(row for row in facts.foreign() if row.once_of is None), staff_releases=())


_BANDS: Final = (*(f"{start}-{end - 1}" for start, end in pairwise(AGES)), f"{AGES[-1]}+")
_BAND_ORDER: Final = {name: position for position, name in enumerate((*_BANDS, ""))}


def _band(age: int) -> str:
    return _BANDS[max(bisect_right(AGES, age) - 1, 0)]
