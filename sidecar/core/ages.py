"""How old a patron is, and on which birthday another exception may fit."""

from calendar import isleap
from datetime import date

from sidecar.core.model import UNKNOWN, Facts, Unknown
from sidecar.core.policy import Policy, Rule


def age_on(born: date, today: date) -> int:
    """Age in whole years on that day. Who was born on 29 February has the birthday on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def age_of(facts: Facts, policy: Policy, today: date) -> int | Unknown | None:
    """Whole years; None for an adult whose age is not known."""
    born = facts.patron.born
    if born is UNKNOWN:
        return UNKNOWN
    if born is None:
        return None if policy.age_unknown_is_adult else UNKNOWN
    return age_on(born, today)


def next_birthday(rule: Rule, facts: Facts, today: date) -> date | None:
    """The next birthday at which another exception of the rule may fit."""
    born = facts.patron.born
    if not (rule.uses_age and isinstance(born, date)):
        return None
    bounds = {
        bound
        for clause in rule.clauses
        if clause.ages is not None
        for bound in (clause.ages.start, clause.ages.under)
        if bound is not None and bound > age_on(born, today)
    }
    return _birthday(born, min(bounds)) if bounds else None


def next_change(rule: Rule, facts: Facts, today: date) -> date | None:
    """The next day on which other terms may hold: a birthday, or the day from which something is in effect."""
    if rule.since is None and not rule.clauses:
        return None
    starts = (rule.since, *(clause.since for clause in rule.exceptions))
    days = [birthday] if (birthday := next_birthday(rule, facts, today)) is not None else []
    days += [start for start in starts if start is not None and start > today]
    return min(days, default=None)


def _birthday(born: date, age: int) -> date:
    year = born.year + age
    if (born.month, born.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return born.replace(year=year)
