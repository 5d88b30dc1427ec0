"""policy.toml -> a policy, or every mistake in it at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import tzlocal

from sidecar.core.model import Currency, Kind
from sidecar.core.policy import Policy, RuleKind
from sidecar.policy.digest import policy_digest
from sidecar.policy.edits import Edit, edited, sources_of
from sidecar.policy.file.document import read_document, read_text
from sidecar.policy.file.mistakes import PolicyMistakes
from sidecar.policy.file.values import Section
from sidecar.policy.language.currencies import currency_codes, find_currency
from sidecar.policy.language.keys import KINDS, POLICY, ROOT, RULE
from sidecar.policy.language.schema import KOHA_KINDS, Table
from sidecar.policy.rules.languages import read_languages
from sidecar.policy.rules.rule import FoundRule, read_rules
from sidecar.policy.rules.texts import Wording
from sidecar.toml.mistakes import Mistake, Notes
from sidecar.toml.words import nearest, quoted

LocalZone: TypeAlias = Callable[[], ZoneInfo]

_ANY_CURRENCY: Final = Currency("the currency", 6)
"""Stands in for a currency that could not be read, so that the rest of the file can be checked."""

_NO_OFFICE: Final = "rests on a collection office that answers, and the settings name none"
_WITHOUT_OFFICE: Final = (
    'connect one ([collection] in docs/settings.md), write release = "paid_in_full", or take the rule out; policy '
    "tests may use it"
)

_RULES: Final = Table(title="rules", meaning="Rules by id.", keys=())


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy that can be used, where it came from, and what is worth knowing about it."""

    policy: Policy
    path: Path
    warnings: tuple[str, ...] = ()
    text: str = ""


def load_policy(
    path: Path,
    *,
    local_zone: LocalZone = tzlocal.get_localzone,
    collection_office: bool = True,
    edits: Sequence[Edit] = (),
) -> LoadedPolicy:
    """The policy in a file, as it would be with the edits. Raises PolicyMistakes, a PolicyError, with every mistake and
    its place.

    Without a `collection_office` rules that rest on one are mistakes too; policy tests need none.
    """
    return parse_policy(
        read_text(path), str(path), local_zone=local_zone, collection_office=collection_office, edits=edits
    )


def parse_policy(
    text: str,
    source: str = "policy.toml",
    *,
    local_zone: LocalZone = tzlocal.get_localzone,
    collection_office: bool = True,
    edits: Sequence[Edit] = (),
) -> LoadedPolicy:
    """The policy in a text. `local_zone` is asked only where the text names no time zone."""
    document = read_document(text, source)
    notes = Notes(source, document.places, sources_of(edits))
    root = Section(edited(document.data, edits, notes), (), ROOT, notes)
    if "case" in document.data and "rules" not in document.data:
        remedy = f"try it with: cardwarden policy test {source}"
        raise PolicyMistakes([Mistake(source, 1, "file", "is a test of a policy, not a policy", remedy)])
    root.check_keys()
    head = _read_head(root, local_zone)
    kinds = _read_kinds(root)
    rules = _read_rules(root, Wording(head.name or "", head.currency or _ANY_CURRENCY, head.languages or ()))
    if not collection_office:
        _refuse_collection(root)
    if notes.mistakes:
        raise PolicyMistakes(notes.mistakes)
    return LoadedPolicy(
        head.policy(kinds, rules),
        Path(source),
        notes.warnings,
        text,
    )


def _refuse_collection(root: Section) -> None:
    """Note every rule of kind `collection` that is in use and waits for an office's word, whatever else is wrong."""
    rules = root.data.get("rules")
    for rule_id, rule in rules.items() if isinstance(rules, dict) else ():
        if not isinstance(rule, dict) or rule.get("kind") != RuleKind.COLLECTION or rule.get("retired") is True:
            continue
        clauses = rule.get("except")
        tables = [rule, *(clauses if isinstance(clauses, list) else ())]
        releases = [table["release"] for table in tables if isinstance(table, dict) and "release" in table]
        if "release" not in rule or any(release != "paid_in_full" for release in releases):
            root.notes.mistake(("rules", rule_id), _NO_OFFICE, _WITHOUT_OFFICE)


@dataclass(frozen=True, slots=True)
class _Head:
    """What `[policy]` says; what could not be read is None."""

    name: str | None
    currency: Currency | None
    languages: tuple[str, ...] | None
    time_zone: ZoneInfo | None
    age_unknown_is_adult: bool

    def policy(self, kinds: Mapping[str, Kind], rules: tuple[FoundRule, ...]) -> Policy:
        """The whole policy, once nothing is wrong."""
        if self.name is None or self.currency is None or self.languages is None or self.time_zone is None:
            raise AssertionError("a mistake in [policy] was not noted")
        policy = Policy(
            self.name,
            self.currency,
            self.languages,
            self.time_zone,
            tuple(found.rule for found in rules),
            kinds,
            self.age_unknown_is_adult,
        )
        return replace(policy, digest=policy_digest(policy))


def _read_head(root: Section, local_zone: LocalZone) -> _Head:
    section = root.section("policy", POLICY, "[policy]")
    if section is None:
        if root.has("policy"):
            return _Head(None, None, None, None, age_unknown_is_adult=False)
        section = Section({}, ("policy",), POLICY, root.notes)
    section.check_keys()
    for name, example in (("name", 'name = "Aarhus"'), ("currency", 'currency = "DKK"')):
        if not section.has(name):
            section.notes.mistake(section.at(name), "is missing", f"add {example} under [policy]")
    adult = section.choice("age_unknown", ["adult"]) is not None
    return _Head(
        section.text("name"),
        _read_currency(section),
        read_languages(section, root),
        _read_zone(section, local_zone),
        adult,
    )


def _read_currency(section: Section) -> Currency | None:
    code = section.text("currency")
    if code is None:
        return None
    currency = find_currency(code)
    if currency is None:
        known = code.upper() in currency_codes()
        remedy = f"did you mean {code.upper()}?" if known else "write its ISO 4217 code, such as DKK or EUR"
        section.notes.mistake(section.at("currency"), f"{quoted(code)} is not a currency in use", remedy)
    return currency


def _read_zone(section: Section, local_zone: LocalZone) -> ZoneInfo | None:
    path = section.at("time_zone")
    if not section.has("time_zone"):
        try:
            return local_zone()
        except (ZoneInfoNotFoundError, ValueError, OSError):
            problem = "the machine's time zone cannot be told"
            section.notes.mistake(path, problem, 'add time_zone = "Europe/Copenhagen" or your own')
            return None
    name = section.text("time_zone")
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        section.notes.mistake(path, f"{quoted(name)} is not a time zone", _nearest_zone(name))
        return None


def _nearest_zone(name: str) -> str:
    """A remedy for a time zone that is none; the city alone is enough to find it."""
    zones = sorted(available_timezones())
    city = _city(name)
    same = [zone for zone in zones if _city(zone) == city]
    if same:
        return f"did you mean {same[0]}?"
    close = nearest(name, zones)
    return close if close.startswith("did") else "write a name such as Europe/Copenhagen"


def _city(zone: str) -> str:
    return zone.rsplit("/", maxsplit=1)[-1].replace(" ", "_").casefold()


def _read_kinds(root: Section) -> dict[str, Kind]:
    """The kind of every charge type that has one: Koha's own, then what the file says."""
    kinds = {name: Kind(kind) for name, kind in KOHA_KINDS.items()}
    section = root.section("kinds", KINDS, "[kinds]")
    if section is None:
        return kinds
    section.check_keys()
    named: dict[str, str] = {}
    for kind in (name for name in section.data if name in KINDS.names):
        for index, charge_type in enumerate(section.words(kind) or ()):
            if charge_type in named:
                problem = f"{quoted(charge_type)} is also named under {named[charge_type]}"
                section.notes.mistake(section.at(kind, index), problem, "name each charge type under one kind")
                continue
            named[charge_type] = kind
    return kinds | {charge_type: Kind(kind) for charge_type, kind in named.items()}


def _read_rules(root: Section, wording: Wording) -> tuple[FoundRule, ...]:
    section = root.section("rules", _RULES, "[rules.debt]")
    if section is None or not section.data:
        if section is not None or not root.has("rules"):
            root.notes.warn(("rules",), "there are no rules, so nobody is blocked", f"add one, such as {RULE.title}")
        return ()
    return read_rules(section, wording)
