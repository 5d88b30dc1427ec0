"""Names of settings and policy that match nothing: a mistyped one guards, frees and blocks nobody."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sidecar.core.brakes import Limits
from sidecar.core.policy import Policy, Scope
from sidecar.fitness.fitness import Fitness
from sidecar.policy.language.schema import KOHA_KINDS
from sidecar.ports import IlsStatus


@dataclass(frozen=True, slots=True)
class _Named:
    """Names at one place, and those that there are (None: not known)."""

    place: str
    what: str
    names: Collection[str]
    known: Collection[str] | None

    @property
    def strange(self) -> list[str]:
        return [] if self.known is None else sorted(set(self.names) - set(self.known))


def names_match(policy: Policy, limits: Limits, scope: Scope, status: IlsStatus) -> Fitness:
    """Warnings for single names that match nothing; an error for a scope of which none does. What the ILS does not say
    of itself is not judged."""
    categories = None if status.categories is None else {each.id for each in status.categories}
    of_scope = [
        _Named("[scope] libraries", "library", scope.libraries or (), status.libraries),
        _Named("[scope] categories", "patron category", scope.categories or (), categories),
    ]
    rules = {rule.id for rule in policy.rules}
    others = [
        _Named("[brakes.rules]", "rule of the policy", limits.rules, rules),
        _Named("[kinds]", "charge type", policy.kinds.keys() - KOHA_KINDS.keys(), status.charge_types),
        *_of_rules(policy, categories, status),
    ]
    lost = [each for each in of_scope if each.names and len(each.strange) == len(each.names)]
    errors = [
        f"{each.place} names nothing that there is ({_listed(each.strange)}), so no patron is in scope: there "
        f"{_there_is(each)}."
        for each in lost
    ]
    warnings = [
        f"{each.place}: {_listed(each.strange)} is no {each.what}; there {_there_is(each)}."
        for each in (*of_scope, *others)
        if each.strange and each not in lost
    ]
    return Fitness(tuple(errors), tuple(warnings))


def reaches_nobody(read: int, in_scope: int, scope: Scope, status: IlsStatus) -> str | None:
    """That the scope leaves out everybody who was read, if it does, and is not known to name what there is: a pilot in
    a small branch may have nobody to look at today."""
    if not read or in_scope or _all_exist(scope, status):
        return None
    return f"[scope] leaves out all {read} patrons who were read: look at its libraries and categories."


def _all_exist(scope: Scope, status: IlsStatus) -> bool:
    named = [
        (scope.libraries, status.libraries),
        (scope.categories, None if status.categories is None else {each.id for each in status.categories}),
    ]
    return all(names is None or (there is not None and names & set(there) != set()) for names, there in named)


def _of_rules(policy: Policy, categories: Collection[str] | None, status: IlsStatus) -> Iterator[_Named]:
    for rule in policy.rules:
        places = [f"Rule {rule.id}, exception {number}" for number in range(1, len(rule.exceptions) + 1)]
        if rule.only is not None:
            places.insert(0, f"Rule {rule.id}, only")
        for place, clause in zip(places, rule.clauses, strict=True):
            yield _Named(f"{place}, categories", "patron category", clause.categories or (), categories)
            yield _Named(f"{place}, libraries", "library", clause.libraries or (), status.libraries)
            yield _Named(f"{place}, attributes", "patron attribute", clause.attributes or (), status.patron_attributes)
        if rule.loans is not None:
            yield _Named(f"Rule {rule.id}, item_types", "item type", rule.loans.types or (), status.item_types)


def _there_is(named: _Named) -> str:
    known = sorted(named.known or ())
    return f"are {_listed(known)}" if known else "is none"


_SHOWN = 12


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
