"""Under which terms of a rule a patron stands: the first exception that fits, or all that could."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sidecar.core.model import UNKNOWN, Facts, Truth, Unknown
from sidecar.core.policy import ExceptionClause, Rule, Terms


def possible_terms(rule: Rule, facts: Facts, age: int | Unknown | None, today: date) -> Sequence[Terms]:
    """The terms of the first exception that fits; with unknown facts all that could, the rule's own last. Whom the rule
    is not for is exempt."""
    possible = []
    if rule.only is not None:
        meant = _fits(rule.only, facts, age, today)
        exempt = replace(rule.terms, exempt=True)
        if meant is False:
            return [exempt]
        if meant is UNKNOWN:
            possible.append(exempt)
    for clause in rule.exceptions:
        fits = _fits(clause, facts, age, today)
        if fits is False:
            continue
        possible.append(clause.terms)
        if fits is True:
            return possible
    return [*possible, rule.terms]


def _fits(clause: ExceptionClause, facts: Facts, age: int | Unknown | None, today: date) -> Truth:
    patron = facts.patron
    return clause.fits(patron.category, patron.library, age, patron.attributes, today)
