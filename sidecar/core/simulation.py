"""What policies would do to the same cards today: who is blocked and who is free, counted by library, category and age,
and what one policy does that another does not. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeAlias

from sidecar.core.ages import age_on
from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Facts, Patron, PatronId, RuleId
from sidecar.core.plan import ChangeKind, Plan, patron_order
from sidecar.core.policy import Policy, Rule, Scope
from sidecar.core.screen import Screen
from sidecar.core.verdict import Decision, Standing, Verdict

Key: TypeAlias = tuple[PatronId, str]
Keys: TypeAlias = tuple[Key, ...]

AGES: Final = (0, 6, 12, 15, 18, 25, 40, 65)
"""Where each band of ages begins, in whole years; the last has no end."""


_NOTHING: Final = Decimal(0)


class Effect(StrEnum):
    """What is counted of cards. IN_FORCE: a block of ours stands as read; TO_BLOCK: none does, and one would be set;
    FREED: the last one would be lifted; BLOCKED: one stands once the changes are made; ANNOUNCED: none does, and one is
    announced; ANEW: the policy would block or announce if no block stood and nothing were remembered."""

    IN_FORCE = "in_force"
    TO_BLOCK = "to_block"
    FREED = "freed"
    BLOCKED = "blocked"
    ANNOUNCED = "announced"
    ANEW = "anew"


class By(StrEnum):
    """What cards are told apart by."""

    LIBRARY = "library"
    CATEGORY = "category"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Tally:
    """So many cards, and what is owed on them together in minor units, before credit; charges that are not known count
    nothing."""

    cards: int = 0
    owed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.cards + other.cards, self.owed + other.owed)


Tallies: TypeAlias = Mapping[Effect, Tally]


@dataclass(frozen=True, slots=True)
class Group:
    """Cards of one library, category or band of ages (`12-14`, `65+`); "" where it is not known."""

    name: str
    tallies: Tallies


@dataclass(frozen=True, slots=True)
class RuleProspect:
    """One rule: rows in force as read, changes as a dry run plans them, verdicts as they would stand, and cards that
    the rule would block or announce if all began today."""

    rule: RuleId
    in_force: int
    planned: Mapping[ChangeKind, int]
    standing: Mapping[Standing, int]
    anew: int


@dataclass(frozen=True, slots=True)
class Prospect:
    """What one policy would do today."""

    everyone: Tallies
    groups: Mapping[By, tuple[Group, ...]]
    rules: tuple[RuleProspect, ...]
    planned: Mapping[ChangeKind, int]


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs today under another policy. Each list is of (patron, rule), by the other policy's names, in the
    order of patrons' numbers.

    `blocked_again` have a row of ours that becomes an orphan, since the other policy gives its rule another
    restriction type; `orphaned` are these and all other such rows, as (patron, restriction type).
    `kept_only_by_latching` stay blocked under both, though the other policy would not block them anew.
    """

    newly_blocked: Keys = ()
    blocked_again: Keys = ()
    no_longer_blocked: Keys = ()
    newly_announced: Keys = ()
    freed: Keys = ()
    no_longer_freed: Keys = ()
    kept_only_by_latching: Keys = ()
    orphaned: Keys = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """One policy that was tried: what it is called, what it would do, and what of that the present one does not.
    `value` is that of the curve's key, where it is a point of one."""

    label: str
    policy: Policy
    prospect: Prospect
    differences: Differences = field(default_factory=Differences)
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """The present policy and all that were tried, on the same facts. `key` is what the curve moves, if there is one."""

    present: Tried
    tried: tuple[Tried, ...]
    patrons: Mapping[PatronId, Patron]
    as_of: datetime
    gaps: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one policy does to whom: (patron, rule), orphans as (patron, restriction type)."""

    added: frozenset[Key]
    announced: frozenset[Key]
    removed: frozenset[Key]
    latched: frozenset[Key]
    orphans: frozenset[Key]


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


def outcome_of(decisions: Iterable[Decision], today: date) -> Outcome:
    """What the decisions do to whom."""
    found: dict[str, set[Key]] = {name: set() for name in Outcome.__slots__}
    for decision in decisions:
        for verdict in decision.verdicts:
            key = (verdict.patron, verdict.rule)
            if verdict.change is ChangeKind.ADD:
                found["added"].add(key)
            elif verdict.change is ChangeKind.REMOVE:
                found["removed"].add(key)
            elif verdict.standing is Standing.ANNOUNCED:
                found["announced"].add(key)
            elif verdict.standing is Standing.BLOCKED and verdict.blocks is False:
                found["latched"].add(key)
        if decision.in_scope:
            found["orphans"].update((decision.patron, row.type) for row in decision.orphans if row.in_force(today))
    return Outcome(**{name: frozenset(keys) for name, keys in found.items()})


def differences(present: Policy, before: Outcome, other: Policy, after: Outcome) -> Differences:
    """Only what the two policies do differently today."""
    names = _names_in_other(present, other)
    before = _renamed(before, names)
    types = {names.get(rule.id, rule.id): rule.restriction_type for rule in present.rules}
    orphaned, added = after.orphans - before.orphans, after.added - before.added
    again = frozenset((patron, rule) for patron, rule in added if (patron, types.get(rule)) in orphaned)
    return Differences(
        newly_blocked=_in_order(added - again),
        blocked_again=_in_order(again),
        no_longer_blocked=_in_order(before.added - after.added),
        newly_announced=_in_order(after.announced - before.announced),
        freed=_in_order(after.removed - before.removed),
        no_longer_freed=_in_order(before.removed - after.removed),
        kept_only_by_latching=_in_order(after.latched - before.latched - before.removed),
        orphaned=_in_order(orphaned),
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
        if facts.charges is UNKNOWN:
            return 0
        return self._policy.currency.minor(sum((each.outstanding for each in facts.charges), _NOTHING))

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


def _renamed(outcome: Outcome, names: Mapping[RuleId, RuleId]) -> Outcome:
    def by_other(keys: frozenset[Key]) -> frozenset[Key]:
        return frozenset((patron, names.get(rule, rule)) for patron, rule in keys)

    return Outcome(
        by_other(outcome.added),
        by_other(outcome.announced),
        by_other(outcome.removed),
        by_other(outcome.latched),
        outcome.orphans,
    )


def _in_order(keys: Iterable[Key]) -> Keys:
    return tuple(sorted(keys, key=lambda key: (patron_order(key[0]), key[1])))


def _names_in_other(present: Policy, other: Policy) -> dict[RuleId, RuleId]:
    """What the other policy calls each rule of the present one: the rule of its restriction type, else of its id,
    else the only one of its kind that is left over in both."""
    names: dict[RuleId, RuleId] = {}
    for alike in (_same_type, _same_id, _same_kind):
        ours = [rule for rule in present.rules if rule.id not in names]
        theirs = [rule for rule in other.rules if rule.id not in names.values()]
        for rule in ours:
            matching = [candidate for candidate in theirs if alike(rule, candidate)]
            if len(matching) == 1 and sum(alike(each, matching[0]) for each in ours) == 1:
                names[rule.id] = matching[0].id
    return names


def _same_type(one: Rule, another: Rule) -> bool:
    return one.restriction_type == another.restriction_type


def _same_id(one: Rule, another: Rule) -> bool:
    return one.id == another.id


def _same_kind(one: Rule, another: Rule) -> bool:
    return one.kind is another.kind
