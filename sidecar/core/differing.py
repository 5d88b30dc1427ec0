"""What one policy does today that another does not. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sidecar.core.model import RuleId
from sidecar.core.plan import ChangeKind, patron_order
from sidecar.core.policy import Policy, Rule
from sidecar.core.simulation import Differences, Key, Keys
from sidecar.core.verdict import Decision, Standing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one policy does to whom: (patron, rule), orphans as (patron, restriction type)."""

    added: frozenset[Key]
    announced: frozenset[Key]
    removed: frozenset[Key]
    latched: frozenset[Key]
    orphans: frozenset[Key]


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
