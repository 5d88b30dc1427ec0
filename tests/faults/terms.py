"""What a policy says, as the oracle of the fault tests knows it: rules, under which terms a patron stands, and which
charges and loans count. Nothing of the program is imported here. Levels are in øre."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from tests.faults.facts import Card

CHARGE_KINDS = {"LOST": "replacement", "MANUAL": "other", "PAYOUT": "other"}
ALL_KINDS = frozenset({"fee", "replacement", "other"})


@dataclass(frozen=True)
class Terms:
    """The operator and the release, and what else an exception may replace."""

    release: str
    level: int = 0
    inclusive: bool = True
    value: int = 0
    announce_days: int = 0
    exempt: bool = False


@dataclass(frozen=True)
class Clause:
    """An exception: for whom and from when, and the terms that then hold."""

    terms: Terms
    ages: tuple[int, int] | None = None
    category: str | None = None
    attribute: str | None = None
    since: date | None = None


@dataclass(frozen=True)
class Late:
    """Which loans count: so many days past their due day, only those that somebody waits for, only of one type."""

    days: int
    waited_for: bool = False
    type: str | None = None


@dataclass(frozen=True)
class Rule:
    """One entry of the policy. `each_year` is (month, day) of `on` and of `arose_before`; `tell_at` in øre;
    `guarantees_under` the age below which somebody's debt blocks the guarantor too."""

    id: str
    kind: str
    type: str
    text: str
    terms: Terms
    clauses: tuple[Clause, ...] = ()
    counts: frozenset[str] = ALL_KINDS
    restore: bool = False
    override_days: int | None = None
    retired: bool = False
    older_days: int | None = None
    each_year: tuple[tuple[int, int], tuple[int, int]] | None = None
    only: str | None = None
    since: date | None = None
    tell_at: int | None = None
    late: Late = Late(1)
    flag: str = ""
    guarantees_under: int | None = None


def possible_terms(rule: Rule, card: Card, today: date) -> Iterator[Terms]:
    """Those of the first exception that fits; all that could, where the date of birth is not known."""
    if rule.only is not None and card.category != rule.only:
        yield replace(rule.terms, exempt=True)
        return
    for clause in rule.clauses:
        if clause.since is not None and today < clause.since:
            continue
        if clause.category is not None and clause.category != card.category:
            continue
        if clause.attribute is not None and clause.attribute not in card.attributes:
            continue
        if (
            clause.ages is not None
            and card.born is not None
            and not clause.ages[0] <= age(card.born, today) < clause.ages[1]
        ):
            continue
        yield clause.terms
        if clause.ages is None or card.born is not None:
            return
    yield rule.terms


def age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_of_its_day(rule: Rule, arose: date, today: date) -> bool:
    """Whether a charge that arose that day counts for blocking."""
    if rule.older_days is not None and (today - arose).days <= rule.older_days:
        return False
    if rule.each_year is None:
        return True
    on, before = rule.each_year
    return arose < _last(before, _last(on, today))


def _last(day: tuple[int, int], today: date) -> date:
    """The latest such day of a year, today included."""
    this_year = date(today.year, *day)
    return this_year if this_year <= today else date(today.year - 1, *day)


def overdue(card: Card, today: date) -> frozenset[int]:
    """All items past their due day that are neither billed as lost nor claimed to be back."""
    return frozenset(loan.item for loan in card.loans if loan.due < today and not (loan.lost or loan.claimed))


def late(rule: Rule, card: Card, today: date) -> frozenset[int]:
    """The items that the rule counts."""
    return frozenset(
        loan.item
        for loan in card.loans
        if loan.item in overdue(card, today)
        and (today - loan.due).days >= rule.late.days
        and (loan.waited_for or not rule.late.waited_for)
        and (rule.late.type is None or loan.type == rule.late.type)
    )


def is_meant(rule: Rule, guarantee: Card, today: date) -> bool | None:
    """Whether the guarantor is blocked for this one's debt: None if that depends on an unknown date of birth."""
    if guarantee.born is None:
        return None
    return age(guarantee.born, today) < (rule.guarantees_under or 0)
