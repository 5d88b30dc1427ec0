"""What a card may owe and still be clear by the policy."""

from collections.abc import Iterator

from sidecar.core.model import Kind
from sidecar.core.policy import ALL_CHARGES, Policy, Rule, RuleKind, Terms

_MONEY_AT_ONCE = frozenset({RuleKind.DEBT, RuleKind.UNPAID_CHARGE})
"""Kinds of rule that block for a sum as soon as it is owed."""


def most_owed_when_clear(policy: Policy, category: str | None = None) -> int | None:
    """The highest sum, in minor units, that a card can owe without any rule blocking it for money (credit, announcing
    and staff's liftings left aside); of one category, or of whoever may owe most. None: there is no such bound."""
    rules = [rule for rule in policy.rules if not rule.retired and rule.kind in _MONEY_AT_ONCE]
    whole = [bound for rule in rules if rule.counts == ALL_CHARGES if (bound := _bound(rule, category)) is not None]
    by_kind = [_of_kind(kind, rules, category) for kind in Kind]
    if all(bound is not None for bound in by_kind):
        whole.append(sum(bound for bound in by_kind if bound is not None))
    return min(whole, default=None)


def _of_kind(kind: Kind, rules: list[Rule], category: str | None) -> int | None:
    bounds = (_bound(rule, category) for rule in rules if kind in rule.counts)
    return min((bound for bound in bounds if bound is not None), default=None)


def _bound(rule: Rule, category: str | None) -> int | None:
    """The highest sum that the rule lets go under the terms that are mildest."""
    bounds = [_of_terms(terms) for terms in _terms(rule, category)]
    known = [bound for bound in bounds if bound is not None]
    return max(known) if len(known) == len(bounds) else None


def _terms(rule: Rule, category: str | None) -> Iterator[Terms]:
    yield rule.terms
    for clause in rule.exceptions:
        if category is None or clause.categories is None or category in clause.categories:
            yield clause.terms


def _of_terms(terms: Terms) -> int | None:
    if terms.exempt or terms.threshold is None:
        return None
    return terms.threshold.value - (1 if terms.threshold.inclusive else 0)
