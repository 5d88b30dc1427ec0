"""The exceptions of a rule: for whom it differs, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sidecar.core.policy import ExceptionClause, Release, Rule, RuleKind, Terms, Threshold
from sidecar.policy.file.values import Section, as_section
from sidecar.policy.language.keys import EXCEPTION
from sidecar.policy.language.kinds import taking
from sidecar.policy.language.schema import MAX_DAYS
from sidecar.policy.rules.terms import check_level, read_operator, read_release
from sidecar.policy.rules.texts import Template, Wording, fill, read_templates
from sidecar.policy.rules.whom import SELECTORS, note_those_that_never_fit, read_whom
from sidecar.toml.mistakes import Notes
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import type_in_words


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
        whom = read_whom(section, base.kind)
        if whom is not None:
            named.append((path, whom))
        terms = _read_terms(section, base, wording)
        if whom is not None and terms is not None and rule.notes.count == before:
            clauses.append(replace(whom, terms=terms))
    note_those_that_never_fit(named, rule.notes)
    return tuple(clauses)


def note_those_without_effect(rule: Rule, path: KeyPath, notes: Notes) -> None:
    """Warn of exceptions at the end that change nothing."""
    for index in range(len(rule.exceptions) - 1, -1, -1):
        if rule.exceptions[index].terms != rule.terms:
            return
        notes.warn((*path, "except", index), "changes nothing", "remove it, or say what differs")


def note_what_belongs_to_an_exception(rule: Section) -> None:
    """Warn of a release or a text that stands below an exception, where the rule has none of its own: it may have been
    meant for the rule."""
    exceptions = rule.data.get("except")
    for index, entry in enumerate(exceptions if isinstance(exceptions, list) else ()):
        for name in ("release", "message") if isinstance(entry, dict) else ():
            if name in entry and not rule.has(name):
                remedy = f"if it is meant for the rule, move it above [[rules.{rule.path[-1]}.except]]"
                problem = "stands below the exception, so it is the exception's alone; the rule keeps its default"
                rule.notes.warn(rule.at("except", index, name), problem, remedy)


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
        if name not in (*SELECTORS, "effective_from", "exempt") and name in section.table.names:
            section.notes.mistake(section.at(name), "has no meaning for who is exempt", "remove it, or exempt itself")
