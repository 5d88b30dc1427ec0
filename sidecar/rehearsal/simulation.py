"""Simulation: what another policy would do today, on the facts of everyone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from sidecar.core.decide import decide
from sidecar.core.model import Case, Facts, PatronId, RuleId
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Policy, Rule, Scope
from sidecar.core.verdict import Decision, Standing

Keys: TypeAlias = tuple[tuple[PatronId, str], ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """What differs today under another policy. Each list is of (patron, rule), by the other policy's names.

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
class _Outcome:
    """What one policy does today, as sets of (patron, rule); orphans as (patron, restriction type)."""

    added: set[tuple[PatronId, str]]
    announced: set[tuple[PatronId, str]]
    removed: set[tuple[PatronId, str]]
    latched: set[tuple[PatronId, str]]
    orphans: set[tuple[PatronId, str]]


def simulate(
    facts: Iterable[Facts],
    cases: Mapping[PatronId, Mapping[RuleId, Case]],
    present: Policy,
    other: Policy,
    now: datetime,
    scope: Scope,
) -> Simulation:
    """Compare two policies on the same facts: only what they do differently today."""
    known = list(facts)

    def outcome(policy: Policy, names: Mapping[RuleId, RuleId]) -> _Outcome:
        decisions = [decide(each, cases.get(each.patron.id, {}), policy, now, scope) for each in known]
        return _outcome(decisions, names, now.astimezone(policy.time_zone).date())

    names = _names_in_other(present, other)
    before, after = outcome(present, names), outcome(other, {})
    types = {names.get(rule.id, rule.id): rule.restriction_type for rule in present.rules}
    orphaned, added = after.orphans - before.orphans, after.added - before.added
    again = {(patron, rule) for patron, rule in added if (patron, types.get(rule)) in orphaned}
    return Simulation(
        newly_blocked=tuple(sorted(added - again)),
        blocked_again=tuple(sorted(again)),
        no_longer_blocked=tuple(sorted(before.added - after.added)),
        newly_announced=tuple(sorted(after.announced - before.announced)),
        freed=tuple(sorted(after.removed - before.removed)),
        no_longer_freed=tuple(sorted(before.removed - after.removed)),
        kept_only_by_latching=tuple(sorted(after.latched - before.latched - before.removed)),
        orphaned=tuple(sorted(orphaned)),
    )


def _outcome(decisions: Iterable[Decision], names: Mapping[RuleId, RuleId], today: date) -> _Outcome:
    found = _Outcome(set(), set(), set(), set(), set())
    for decision in decisions:
        for verdict in decision.verdicts:
            key = (verdict.patron, names.get(verdict.rule, verdict.rule))
            if verdict.change is ChangeKind.ADD:
                found.added.add(key)
            elif verdict.change is ChangeKind.REMOVE:
                found.removed.add(key)
            elif verdict.standing is Standing.ANNOUNCED:
                found.announced.add(key)
            elif verdict.standing is Standing.BLOCKED and verdict.blocks is False:
                found.latched.add(key)
        if decision.in_scope:
            found.orphans.update((decision.patron, row.type) for row in decision.orphans if row.in_force(today))
    return found


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
