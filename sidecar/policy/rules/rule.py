"""One rule of the file -> one rule of the core."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sidecar.core.model import OWN_PREFIX, Kind, RuleId
from sidecar.core.policy import (
    ALL_CHARGES,
    ALL_STOPS,
    Announce,
    IfLifted,
    PaidAndReturned,
    PaidInFull,
    ReferIf,
    Rule,
    RuleKind,
    Stop,
    Terms,
    Threshold,
)
from sidecar.policy.file.values import Section, as_section
from sidecar.policy.language.keys import RULE
from sidecar.policy.language.kinds import KINDS, taking
from sidecar.policy.language.schema import MAX_DAYS, MAX_TYPE
from sidecar.policy.rules.counting import read_counting
from sidecar.policy.rules.exceptions import (
    Base,
    note_those_without_effect,
    note_what_belongs_to_an_exception,
    read_days,
    read_exceptions,
)
from sidecar.policy.rules.terms import check_level, read_operator, read_release, release_word
from sidecar.policy.rules.texts import (
    Template,
    Templates,
    Wording,
    check_short,
    default_short_templates,
    default_templates,
    fill,
    read_templates,
)
from sidecar.policy.rules.whom import read_only
from sidecar.toml.mistakes import Notes
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import nearest, quoted

SHORTEST_REMINDER: Final = 10
"""Days that a reminder must give before a claim, by Danish law."""

_RULE_ID: Final = re.compile(r"[a-z][a-z0-9_]*")
_TYPE: Final = re.compile(rf"{OWN_PREFIX}[A-Z0-9_]+")


@dataclass(frozen=True, slots=True)
class FoundRule:
    """A rule that is right, and where it stands."""

    rule: Rule
    path: KeyPath


def read_rules(rules: Section, wording: Wording) -> tuple[FoundRule, ...]:
    """All rules, in the order of the file. Mistakes are noted, and such rules left out."""
    found = []
    types: dict[str, str] = {}
    for rule_id, value in rules.data.items():
        section = as_section(value, rules.at(rule_id), RULE, rules.notes, f"[rules.{rule_id}]")
        if section is None or _is_only_exceptions(section, rules):
            continue
        restriction_type = _read_type(section, rule_id)
        if restriction_type is not None and restriction_type in types:
            where = section.at("restriction_type")
            problem = f"{restriction_type} is also the type of rule {types[restriction_type]}"
            rules.notes.mistake(where, problem, "give each rule a type of its own")
        elif restriction_type is not None:
            types[restriction_type] = rule_id
        rule = _read_rule(section, rule_id, restriction_type or "", wording)
        if rule is not None:
            found.append(FoundRule(rule, section.path))
    return tuple(found)


def _is_only_exceptions(section: Section, rules: Section) -> bool:
    """Whether there are only exceptions, of a rule that the file does not have: its name was mistyped."""
    if set(section.data) != {"except"}:
        return False
    others = [other for other, value in rules.data.items() if isinstance(value, dict) and set(value) != {"except"}]
    remedy = nearest(str(section.path[-1]), others) if others else f"write the rule, [rules.{section.path[-1]}], above"
    problem = "is missing: there are exceptions, and no such rule"
    section.notes.mistake(section.at("kind"), problem, remedy)
    return True


def _read_type(section: Section, rule_id: str) -> str | None:
    """The restriction type; the rule's id is checked with it, since the default comes from there."""
    id_is_right = _RULE_ID.fullmatch(rule_id) is not None
    if not id_is_right:
        problem = f"{quoted(rule_id)} cannot be the id of a rule"
        section.notes.mistake(
            section.path, problem, "write lower-case letters, digits and underscores, as in late_fees"
        )
    if not section.has("restriction_type"):
        default = f"{OWN_PREFIX}{rule_id.upper()}"
        if not id_is_right:
            return None
        return _checked_type(default, section.path, section.notes)
    given = section.text("restriction_type")
    return None if given is None else _checked_type(given, section.at("restriction_type"), section.notes)


def _checked_type(given: str, path: KeyPath, notes: Notes) -> str | None:
    if not given.startswith(OWN_PREFIX):
        problem = f"{quoted(given)} does not begin with {OWN_PREFIX}"
        notes.mistake(path, problem, f"write {OWN_PREFIX} and then the name, as in {OWN_PREFIX}DEBT")
    elif _TYPE.fullmatch(given) is None:
        problem = f"{quoted(given)} has other characters than capitals, digits and underscores"
        notes.mistake(path, problem, f"write it as in {OWN_PREFIX}DEBT")
    elif len(given) > MAX_TYPE:
        problem = f"the restriction type {given} has {len(given)} characters"
        notes.mistake(path, problem, f"give a restriction_type of at most {MAX_TYPE}")
    else:
        return given
    return None


def _read_rule(section: Section, rule_id: RuleId, restriction_type: str, wording: Wording) -> Rule | None:
    notes = section.notes
    before = notes.count
    kind = _read_kind(section)
    section.check_keys(kind)
    if_lifted = section.choice("if_lifted", [choice.value for choice in IfLifted])
    override_days = section.whole("override_days", 1, MAX_DAYS)
    retired = section.flag("retired") or False
    photo_id = section.flag("photo_id")
    stops = _read_stops(section)
    announce = section.choice("announce", [Announce.NOTICE.value, Announce.LIST.value])
    refer_if = section.choice("refer_if", [choice.value for choice in ReferIf])
    base = _read_base(section, kind, wording)
    counting = read_counting(section, kind, base.threshold, wording.currency)
    only, since = read_only(section), section.day("effective_from")
    terms = _terms(section, base, wording)
    counts, release_counts = _read_counts(section, kind)
    net_of_credit = _read_net(section, kind)
    exceptions = read_exceptions(section, base, wording)
    if notes.count != before or kind is None or terms is None or not restriction_type:
        return None
    rule = Rule(
        id=rule_id,
        kind=kind,
        restriction_type=restriction_type,
        terms=terms,
        exceptions=exceptions,
        counts=counts,
        release_counts=release_counts,
        net_of_credit=net_of_credit,
        if_lifted=_lifted(if_lifted, kind),
        override_days=override_days,
        retired=retired,
        photo_id=photo_id is not False,
        stops=stops,
        only=only,
        since=since,
        loans=counting.loans,
        older_than=counting.older_than,
        each_year=counting.each_year,
        announce_at=counting.announce_at,
        flag=counting.flag,
        also_blocks=counting.also_blocks,
        guarantee_ages=counting.guarantee_ages,
        announce=_announced(announce, kind),
        refer_if=ReferIf.ANYTHING_LEFT if refer_if is None else ReferIf(refer_if),
    )
    _warn(rule, section)
    return rule


def _read_kind(section: Section) -> RuleKind | None:
    if not section.has("kind"):
        remedy = f"add kind = one of {', '.join(RuleKind)}"
        section.notes.mistake(section.at("kind"), "is missing", remedy)
        return None
    kind = section.choice("kind", [kind.value for kind in RuleKind])
    return None if kind is None else RuleKind(kind)


def _read_base(section: Section, kind: RuleKind | None, wording: Wording) -> Base:
    operator = read_operator(section, kind, wording.currency)
    threshold = operator.threshold if operator.given else _default_threshold(section, kind)
    release = read_release(section, kind, wording.currency)
    frees = release.release
    if kind is not None and not release.given:
        frees = release_word(KINDS[kind].releases[0])
    check_level(threshold, frees, release.path or operator.path, wording.currency, section.notes)
    days = read_days(section, kind)
    if days is None:
        days = 0 if kind is None else KINDS[kind].days
    templates, shorts = _read_texts(section, kind, wording)
    return Base(kind, threshold, frees, days, templates, shorts)


def _default_threshold(section: Section, kind: RuleKind | None) -> Threshold | None:
    if kind is None:
        return None
    entry = KINDS[kind]
    if entry.measure is not None and entry.threshold is None:
        problem = "has neither block_at nor block_above"
        section.notes.mistake(section.path, problem, f"add one of them, such as block_at = {entry.example}")
    return entry.threshold


def _read_texts(section: Section, kind: RuleKind | None, wording: Wording) -> tuple[Templates, Templates]:
    """Templates of the long and short texts in every language of the policy: given, else default."""
    notes, given_at, short_at = section.notes, section.at("message"), section.at("short_message")
    given = read_templates(section.data.get("message"), given_at, kind, wording, notes)
    short = read_templates(section.data.get("short_message"), short_at, kind, wording, notes)
    templates = {**default_templates(kind, wording.languages), **given}
    named = _languages_named(section.data.get("message"))
    for language in wording.languages:
        if language not in templates and language not in named:
            problem = f"has no text in {language}, and there is no default for it"
            notes.mistake(section.path, problem, f"add message.{language} = …")
    shorts: dict[str, Template] = {**templates, **default_short_templates(wording.languages), **short}
    return templates, shorts


def _languages_named(value: object) -> Sequence[str]:
    """Languages for which a text stands there, right or wrong."""
    return [key.replace("_", "-").lower() for key in value] if isinstance(value, dict) else []


def _terms(section: Section, base: Base, wording: Wording) -> Terms | None:
    notes = section.notes
    texts = fill(base.templates, base.kind, base.threshold, wording, notes)
    shorts = fill(base.short_templates, base.kind, base.threshold, wording, notes)
    check_short(shorts, base.short_templates, notes)
    if base.release is None:
        return None
    return Terms(base.release, base.threshold, base.announce_days, texts, shorts)


def _read_counts(section: Section, kind: RuleKind | None) -> tuple[frozenset[Kind], frozenset[Kind]]:
    """`counts` and `release_counts`, the latter narrowing what must be paid under `paid_in_full`."""
    default = ALL_CHARGES if kind is None else KINDS[kind].counts
    if default is None:
        both = kind in taking("release_counts")
        return ALL_CHARGES, _kinds(section, "release_counts", ALL_CHARGES) if both else ALL_CHARGES
    counts = _kinds(section, "counts", default)
    if kind is not None and kind not in taking("release_counts"):
        return counts, counts
    release_counts = _kinds(section, "release_counts", ALL_CHARGES)
    compared = counts if kind is not None or section.has("counts") else frozenset()
    missed = sorted(compared - release_counts)
    if missed:
        problem = f"misses {' and '.join(missed)}, which the rule counts: a card could be freed and blocked anew"
        section.notes.mistake(section.at("release_counts"), problem, f"add {' and '.join(missed)}")
    return counts, release_counts


def _kinds(section: Section, name: str, default: frozenset[Kind]) -> frozenset[Kind]:
    words = section.choices(name, [kind.value for kind in Kind])
    return default if words is None else frozenset(Kind(word) for word in words)


def _read_stops(section: Section) -> frozenset[Stop]:
    """What the block is meant to stop. Koha has no restriction that leaves loans, and SIP2 refuses all or nothing."""
    words = section.choices("stops", [stop.value for stop in Stop])
    if words is None:
        return ALL_STOPS
    stops, at = frozenset(map(Stop, words)), section.at("stops")
    if Stop.LOANS not in stops:
        remedy = (
            'add "loans"; without a block Koha itself stops renewals on its web page above OPACFineNoRenewals, and '
            "holds there above maxoutstanding"
        )
        section.notes.mistake(at, 'leaves out "loans", which every restriction in Koha stops', remedy)
    elif left := [stop.value for stop in Stop if stop not in stops]:
        problem = f"leaves out {' and '.join(left)}, which SIP2 (self-checks, digital services) refuses with the loans"
        section.notes.warn(at, problem, "see what your Koha does: cardwarden policy show --koha")
    return stops


def _read_net(section: Section, kind: RuleKind | None) -> bool:
    given = section.flag("net_of_credit")
    if kind is None or KINDS[kind].net_of_credit:
        return True if given is None else given
    if given:
        problem = "cannot be true: credit is never set against the bills of unpaid_charge"
        section.notes.mistake(section.at("net_of_credit"), problem, "remove it, or use kind debt")
    return False


def _lifted(given: str | None, kind: RuleKind) -> IfLifted:
    if given is not None:
        return IfLifted(given)
    return KINDS[kind].if_lifted


def _announced(given: str | None, kind: RuleKind) -> Announce:
    """A claim's days never run from a decision that nobody was told of."""
    if given is not None:
        return Announce(given)
    return Announce.LIST if kind is RuleKind.COLLECTION else Announce.AT_ONCE


_WORTH_KNOWING: Final[Mapping[Announce, tuple[str, str]]] = {
    Announce.AT_ONCE: (
        "who is announced is listed in the report and its CSV; the days run from the cycle that lists them",
        'have staff write to them, or write announce = "notice"',
    ),
    Announce.LIST: (
        "who is announced is listed in the report and its CSV; no day counts until the letters went",
        "have staff write, and say so: cardwarden announced FILE",
    ),
    Announce.NOTICE: (
        "the ILS tells who is announced; no day counts where a notice fails",
        "look at the report's list of those",
    ),
}


def _warn_of_announcing(rule: Rule, section: Section) -> None:
    notes = section.notes
    days = [rule.terms.announce_days, *(clause.terms.announce_days for clause in rule.exceptions)]
    name = KINDS[rule.kind].days_key
    if not any(days) and section.has("announce"):
        notes.warn(section.at("announce"), "has no meaning where nothing is announced", f"add {name}, or remove it")
    if not any(days) or rule.retired:
        return
    problem, remedy = _WORTH_KNOWING[rule.announce]
    short = [each for each in days if 0 < each < SHORTEST_REMINDER]
    if rule.kind is RuleKind.COLLECTION and short:
        problem += f"; {min(short)} days are fewer than the {SHORTEST_REMINDER} that Danish law asks of a reminder"
    notes.warn(section.at(name), problem, remedy)


def _warn(rule: Rule, section: Section) -> None:
    notes = section.notes
    _warn_of_announcing(rule, section)
    releases = [rule.terms.release, *(clause.terms.release for clause in rule.exceptions)]
    by_payment = any(isinstance(release, PaidInFull | PaidAndReturned) for release in releases)
    if section.has("release_counts") and not by_payment:
        notes.warn(section.at("release_counts"), 'matters only with release = "paid_in_full"', "remove it")
    if rule.override_days is not None and rule.if_lifted is IfLifted.RESTORE:
        notes.warn(section.at("override_days"), 'has no meaning with if_lifted = "restore"', "remove one of them")
    note_those_without_effect(rule, section.path, notes)
    note_what_belongs_to_an_exception(section)
