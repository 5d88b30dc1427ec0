"""Whom a rule or an exception is for, and which exceptions can never fit."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import Final

from sidecar.core.policy import Ages, ExceptionClause, PaidInFull, RuleKind, Terms
from sidecar.policy.file.values import Section
from sidecar.policy.language.keys import AGES, ONLY
from sidecar.policy.language.schema import MAX_AGE
from sidecar.toml.mistakes import Notes
from sidecar.toml.positions import KeyPath

SELECTORS: Final = ("categories", "libraries", "ages", "attributes")

_ANYONE_ELSE: Final = "\0"
_NO_TERMS: Final = Terms(PaidInFull())


def read_only(rule: Section) -> ExceptionClause | None:
    """Whom the rule is for; None for everyone."""
    section = rule.section("only", ONLY, 'only = { categories = ["STUDENT"] }')
    return None if section is None else read_whom(section, None)


def read_whom(section: Section, kind: RuleKind | None) -> ExceptionClause | None:
    """Whom the exception names, under terms that mean nothing yet; None if that cannot be told."""
    before = section.notes.count
    section.check_keys(kind)
    categories, libraries = section.words("categories"), section.words("libraries")
    ages, attributes = read_ages(section), section.words("attributes")
    since = section.day("effective_from")
    _check_selectors(section, ages)
    if section.notes.count != before:
        return None
    return ExceptionClause(
        _NO_TERMS,
        None if categories is None else frozenset(categories),
        None if libraries is None else frozenset(libraries),
        None if ages == Ages() else ages,
        None if attributes is None else frozenset(attributes),
        since,
    )


def _check_selectors(section: Section, ages: Ages | None) -> None:
    named = [name for name in SELECTORS if section.has(name)]
    if section.has("effective_from") and not named:
        return
    if not named or (named == ["ages"] and ages == Ages()):
        problem = "fits everyone" if named else "names nobody"
        section.notes.mistake(section.path, problem, f"name {', '.join(SELECTORS[:-1])} or {SELECTORS[-1]}")


def read_ages(section: Section) -> Ages | None:
    """The ages of a table, where it names any; mistakes are noted."""
    ages = section.section("ages", AGES, "ages = { from = 15, under = 18 }")
    if ages is None:
        return None
    ages.check_keys()
    if not ages.data:
        section.notes.mistake(ages.path, "names no age", "write from, under or both")
        return None
    start, under = ages.whole("from", 0, MAX_AGE), ages.whole("under", 0, MAX_AGE)
    wrong = (ages.has("from") and start is None) or (ages.has("under") and under is None)
    if wrong or not set(ages.data) <= set(AGES.names):
        return None
    if under is not None and (start or 0) >= under:
        problem = f"fits nobody: no age is {start or 0} or more and under {under}"
        section.notes.mistake(ages.path, problem, "write a from that is lower than under")
        return None
    return Ages(start or 0, under)


def note_those_that_never_fit(named: Sequence[tuple[KeyPath, ExceptionClause]], notes: Notes) -> None:
    """An exception never fits if earlier ones, together, fit everyone whom it would."""
    for index, (path, clause) in enumerate(named):
        earlier = [other for _, other in named[:index]]
        earlier = [other for other in earlier if other.since is None or (clause.since or date.min) >= other.since]
        if earlier and all(any(other.fits(*who) is True for other in earlier) for who in _whom(clause, earlier)):
            notes.mistake(path, "can never fit: earlier exceptions cover everyone it names", "move it up, or remove it")


def _whom(
    clause: ExceptionClause, earlier: Sequence[ExceptionClause]
) -> Iterator[tuple[str, str, int | None, frozenset[str]]]:
    """One patron of every sort that the exceptions tell apart, out of those whom the clause fits.

    Age None is that of an adult without a birth date."""
    categories = _names(clause.categories, [other.categories for other in earlier])
    libraries = _names(clause.libraries, [other.libraries for other in earlier])
    bounds = {0}
    for ages in (other.ages for other in (clause, *earlier) if other.ages is not None):
        bounds |= {ages.start} if ages.under is None else {ages.start, ages.under}
    fitting: list[int | None] = [age for age in sorted(bounds) if clause.ages is None or clause.ages.include(age)]
    if clause.ages is None or clause.ages.include_all_adults():
        fitting.append(None)
    attributes = [frozenset[str]()] if clause.attributes is None else [frozenset({each}) for each in clause.attributes]
    return product(categories, libraries, fitting, attributes)


def _names(own: frozenset[str] | None, others: Sequence[frozenset[str] | None]) -> list[str]:
    if own is not None:
        return sorted(own)
    return [_ANYONE_ELSE, *sorted({name for names in others if names is not None for name in names})]
