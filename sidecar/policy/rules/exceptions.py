"""The exceptions of a rule: for whom it differs, and how."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from sidecar.core.policy import Ages, ExceptionClause, PaidInFull, Release, Rule, RuleKind, Terms, Threshold
from sidecar.policy.file.values import Section, as_section
from sidecar.policy.language.keys import AGES, EXCEPTION
from sidecar.policy.language.kinds import taking
from sidecar.policy.language.schema import MAX_AGE, MAX_DAYS
from sidecar.policy.rules.terms import check_level, read_operator, read_release
from sidecar.policy.rules.texts import Template, Wording, fill, read_templates
from sidecar.toml.mistakes import Notes
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import type_in_words

SELECTORS: Final = ("categories", "libraries", "ages")

_ANYONE_ELSE: Final = "\0"
_NO_TERMS: Final = Terms(PaidInFull())


@dataclass(frozen=True, slots=True)
class Base:
    """The terms of the rule itself; what could not be read is None, its kind too."""

    kind: RuleKind | None
    threshold: Threshold | None
    release: Release | None
    announce_days: int
    templates: Mapping[str, Template]
    short_templates: Mapping[str, Template]


def read_exceptions(rule: Section, base: Base, wording: Wording) -> tuple[ExceptionClause, ...]:
    """The exceptions of a rule, in their order. Mistakes are noted, and such exceptions left out."""
    value = rule.data.get("except")
    if value is None:
        return ()
    if not isinstance(value, list):
        remedy = f"write [[{rule.path[0]}.{rule.path[-1]}.except]], with double brackets"
        rule.notes.mistake(rule.at("except"), f"is {type_in_words(value)}, not an array of tables", remedy)
        return ()
    named: list[tuple[KeyPath, ExceptionClause]] = []
    clauses: list[ExceptionClause] = []
    for index, entry in enumerate(value):
        path = rule.at("except", index)
        section = as_section(entry, path, EXCEPTION, rule.notes, "[[rules.ID.except]], with double brackets")
        if section is None:
            continue
        before = rule.notes.count
        whom = _read_whom(section, base.kind)
        if whom is not None:
            named.append((path, whom))
        terms = _read_terms(section, base, wording)
        if whom is not None and terms is not None and rule.notes.count == before:
            clauses.append(replace(whom, terms=terms))
    _note_those_that_never_fit(named, rule.notes)
    return tuple(clauses)


def note_those_without_effect(rule: Rule, path: KeyPath, notes: Notes) -> None:
    """Warn of exceptions at the end that change nothing."""
    for index in range(len(rule.exceptions) - 1, -1, -1):
        if rule.exceptions[index].terms != rule.terms:
            return
        notes.warn((*path, "except", index), "changes nothing", "remove it, or say what differs")


def _read_whom(section: Section, kind: RuleKind | None) -> ExceptionClause | None:
    """Whom the exception names, under terms that mean nothing yet; None if that cannot be told."""
    before = section.notes.count
    section.check_keys(kind)
    categories, libraries = section.words("categories"), section.words("libraries")
    ages = _read_ages(section)
    _check_selectors(section, ages)
    if section.notes.count != before:
        return None
    return ExceptionClause(
        _NO_TERMS,
        None if categories is None else frozenset(categories),
        None if libraries is None else frozenset(libraries),
        None if ages == Ages() else ages,
    )


def _check_selectors(section: Section, ages: Ages | None) -> None:
    named = [name for name in SELECTORS if section.has(name)]
    if not named or (named == ["ages"] and ages == Ages()):
        problem = "fits everyone" if named else "names nobody"
        section.notes.mistake(section.path, problem, f"name {', '.join(SELECTORS[:-1])} or {SELECTORS[-1]}")


def _read_ages(section: Section) -> Ages | None:
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


def _read_terms(section: Section, base: Base, wording: Wording) -> Terms | None:
    """The rule's terms with the replaced parts, if all of both is right."""
    notes, kind = section.notes, base.kind
    exempt = section.flag("exempt")
    if exempt is False:
        notes.mistake(section.at("exempt"), "changes nothing", "write true, or remove it")
    operator = read_operator(section, kind, wording.currency)
    release = read_release(section, kind, wording.currency)
    days = read_days(section, kind)
    templates = read_templates(section.data.get("message"), section.at("message"), kind, wording, notes)
    shorts = read_templates(section.data.get("short_message"), section.at("short_message"), kind, wording, notes)
    if exempt:
        _check_exempt_alone(section)
    threshold = operator.threshold if operator.given else base.threshold
    frees = release.release if release.given else base.release
    if operator.given or release.given:
        check_level(threshold, frees, release.path or operator.path, wording.currency, notes)
    texts = fill({**base.templates, **templates}, kind, threshold, wording, notes)
    short_texts = fill({**base.short_templates, **shorts}, kind, threshold, wording, notes)
    if frees is None:
        return None
    terms = Terms(frees, threshold, base.announce_days if days is None else days, texts, short_texts)
    return replace(terms, exempt=True) if exempt else terms


def read_days(section: Section, kind: RuleKind | None) -> int | None:
    """The days between announcing and blocking, by the key that the kind of rule takes; by either without a kind."""
    announce = pay = None
    if kind is None or kind in taking("announce_days"):
        announce = section.whole("announce_days", 0, MAX_DAYS)
    if kind is None or kind in taking("pay_within_days"):
        pay = section.whole("pay_within_days", 1, MAX_DAYS)
    return pay if announce is None else announce


def _check_exempt_alone(section: Section) -> None:
    for name in section.data:
        if name not in (*SELECTORS, "exempt") and name in section.table.names:
            section.notes.mistake(section.at(name), "has no meaning for who is exempt", "remove it, or exempt itself")


def _note_those_that_never_fit(named: Sequence[tuple[KeyPath, ExceptionClause]], notes: Notes) -> None:
    """An exception never fits if earlier ones, together, fit everyone whom it would."""
    for index, (path, clause) in enumerate(named):
        earlier = [other for _, other in named[:index]]
        if earlier and all(any(other.fits(*who) is True for other in earlier) for who in _whom(clause, earlier)):
            notes.mistake(path, "can never fit: earlier exceptions cover everyone it names", "move it up, or remove it")


def _whom(clause: ExceptionClause, earlier: Sequence[ExceptionClause]) -> Iterator[tuple[str, str, int | None]]:
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
    return product(categories, libraries, fitting)


def _names(own: frozenset[str] | None, others: Sequence[frozenset[str] | None]) -> list[str]:
    if own is not None:
        return sorted(own)
    return [_ANYONE_ELSE, *sorted({name for names in others if names is not None for name in names})]
