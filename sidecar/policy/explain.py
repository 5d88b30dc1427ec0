"""A policy in plain words, for `cardwarden policy show`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sidecar.core.model import Currency, Kind
from sidecar.core.policy import (
    ALL_CHARGES,
    AfterMinutes,
    AgencyConfirmation,
    Announce,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    ExceptionClause,
    FlagCleared,
    IfLifted,
    PaidInFull,
    Policy,
    ReferIf,
    Rule,
    RuleKind,
    Stop,
    Terms,
    Threshold,
)
from sidecar.policy.language.currencies import plain_amount

_CHARGES: Final[Mapping[Kind, str]] = {
    Kind.FEE: "fees",
    Kind.REPLACEMENT: "replacement bills",
    Kind.OTHER: "other charges",
}
_STOPS: Final[Mapping[Stop, str]] = {
    Stop.LOANS: "loans",
    Stop.RENEWALS: "renewals",
    Stop.HOLDS: "holds",
    Stop.DIGITAL: "digital services",
}
_RAISING: Final = "Raising the threshold alone frees nobody: a blocked card waits for payment in full."


def describe_policy(policy: Policy) -> str:
    """What the policy does, readable at a glance."""
    languages = ", ".join(policy.languages)
    lines = [
        f"{policy.name}: amounts in {policy.currency.code}, texts in {languages}, days in {policy.time_zone}",
        f"Policy digest {policy.digest[:12]}",
    ]
    if policy.age_unknown_is_adult:
        lines.append("A patron without a birth date counts as an adult.")
    if not policy.rules:
        lines.append("There are no rules: nobody is blocked.")
    for rule in policy.rules:
        retired = ", retired" if rule.retired else ""
        lines += ["", f"{rule.id} ({rule.kind}, {rule.restriction_type}{retired})"]
        lines += [f"  {line}" for line in _rule(rule, policy)]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule, policy: Policy) -> Iterator[str]:
    if rule.retired:
        yield "Blocks nobody any more. Its restrictions are removed, under the brakes."
        return
    yield " ".join((_blocks(rule, rule.terms, policy.currency), _frees(rule, rule.terms, policy.currency)))
    yield from _money(rule)
    if isinstance(rule.terms.release, PaidInFull) and rule.kind is RuleKind.DEBT:
        yield _RAISING
    if rule.terms.announce_days:
        yield _announces(rule, rule.terms)
    for index, clause in enumerate(rule.exceptions):
        yield f"{'Except' if index == 0 else 'Else except'} {_for_whom(clause)}: {_differs(rule, clause, policy)}"
    yield _lifted(rule)
    yield f"Meant to stop {_and([_STOPS[stop] for stop in Stop if stop in rule.stops])}."
    yield from _texts(rule.terms, policy.languages)


def _blocks(rule: Rule, terms: Terms, currency: Currency) -> str:
    limit, what = terms.threshold, _owed(rule)
    match rule.kind:
        case RuleKind.FAILED_PIN:
            return f"Blocks at {_attempts(limit)}."
        case RuleKind.LOST_CARD:
            return "Blocks when the card is flagged lost."
        case RuleKind.COLLECTION:
            days = _days(terms.announce_days)
            left = "it is not all paid" if rule.refer_if is ReferIf.ANYTHING_LEFT else "as much is still owed"
            return f"Tells the patron at {_sum(limit, currency)}{what}; blocks if {left} {days} later."
        case _ if _is_anything(limit):
            return f"Blocks as soon as anything{what} is owed."
        case _:
            return f"Blocks at {_sum(limit, currency)}{what}."


def _is_anything(limit: Threshold | None) -> bool:
    return limit is not None and limit.value == 0 and not limit.inclusive


def _sum(limit: Threshold | None, currency: Currency) -> str:
    if limit is None or _is_anything(limit):
        return "anything owed"
    amount = plain_amount(limit.value, currency)
    return f"{amount} or more" if limit.inclusive else f"more than {amount}"


def _attempts(limit: Threshold | None) -> str:
    if limit is None:
        return "wrong PINs"
    least = limit.value if limit.inclusive else limit.value + 1
    return f"{least} wrong PIN{'s' if least > 1 else ''} or more"


def _owed(rule: Rule) -> str:
    return "" if rule.counts == ALL_CHARGES else f" in {_kinds(rule.counts)}"


def _kinds(kinds: frozenset[Kind]) -> str:
    return _and([_CHARGES[kind] for kind in Kind if kind in kinds])


def _frees(rule: Rule, terms: Terms, currency: Currency) -> str:  # noqa: PLR0911 - one line per release
    match terms.release:
        case PaidInFull():
            return f"A blocked card stays blocked until {_all_owed(rule)} paid."
        case BelowBlock():
            below = "below that" if terms.threshold is None or terms.threshold.inclusive else "no longer more than that"
            return f"A blocked card is free again as soon as the sum is {below}."
        case AtMost(level):
            return f"A blocked card is free again at {plain_amount(level, currency)} or less."
        case ByStaff():
            return "A blocked card stays blocked until staff release it after checking who it is."
        case CounterReset():
            return "A blocked card is free again when the ILS's counter of wrong PINs goes down."
        case AfterMinutes(minutes):
            unit = "minute" if minutes == 1 else "minutes"
            return f"A blocked card is free again {minutes} {unit} after Cardwarden saw it, and the counter is reset."
        case FlagCleared():
            return "A blocked card is free again when the flag is cleared."
        case AgencyConfirmation():
            return "From then on only the collection office frees it, by reporting the whole claim paid."


def _all_owed(rule: Rule) -> str:
    if rule.kind is RuleKind.DEBT and rule.release_counts == ALL_CHARGES:
        return "all that is owed is"
    return f"all {_kinds(rule.release_counts)} are"


def _money(rule: Rule) -> Iterator[str]:
    if rule.kind in {RuleKind.DEBT, RuleKind.COLLECTION}:
        yield "Unapplied credit is set against it." if rule.net_of_credit else "Unapplied credit is not set against it."
    elif rule.kind is RuleKind.UNPAID_CHARGE:
        yield "Unapplied credit is not set against it: the bill itself must be paid."


def _announces(rule: Rule, terms: Terms) -> str:
    told = _TOLD[rule.announce]
    if rule.kind is RuleKind.COLLECTION:
        return f"{told[0].upper()}{told[1:]}."
    return f"Announced {_days(terms.announce_days)} before; {told}."


_TOLD: Final[Mapping[Announce, str]] = {
    Announce.AT_ONCE: "who is announced is listed in the report, for staff to write to",
    Announce.LIST: "who is told is listed in the report, for staff to write to, and the days run from the day that "
    "`cardwarden announced` names",
    Announce.NOTICE: "the ILS sends a notice, and the days run from the day it went out",
}


def _for_whom(clause: ExceptionClause) -> str:
    parts = []
    if clause.categories is not None:
        parts.append(f"patrons of category {_or(sorted(clause.categories))}")
    if clause.ages is not None:
        parts.append(_ages(clause.ages.start, clause.ages.under))
    if clause.libraries is not None:
        parts.append(f"at library {_or(sorted(clause.libraries))}")
    return ", ".join(parts)


def _ages(start: int, under: int | None) -> str:
    if under is None:
        return f"aged {start} or more"
    if start == 0:
        return f"under {under} years"
    return f"aged {start} to {under - 1}" if under - 1 > start else f"aged {start}"


def _differs(rule: Rule, clause: ExceptionClause, policy: Policy) -> str:
    terms, usual = clause.terms, rule.terms
    if terms.exempt:
        return "never blocked by this rule, and freed at once if blocked."
    parts = []
    if terms.threshold != usual.threshold or (
        rule.kind is RuleKind.COLLECTION and terms.announce_days != usual.announce_days
    ):
        parts.append(_blocks(rule, terms, policy.currency))
    if terms.release != usual.release:
        parts.append(_frees(rule, terms, policy.currency))
    if terms.announce_days != usual.announce_days and rule.kind is not RuleKind.COLLECTION:
        parts.append(_announces(rule, terms) if terms.announce_days else "Not announced.")
    parts += _changed_texts(terms, usual, policy.languages)
    return " ".join(parts) or "as above."


def _changed_texts(terms: Terms, usual: Terms, languages: Sequence[str]) -> list[str]:
    named = (("Text", terms.texts, usual.texts), ("Short text", terms.short_texts, usual.short_texts))
    return [
        f"{label} ({language}): {texts[language]}"
        for label, texts, usual_texts in named
        for language in languages
        if language in texts and texts[language] != usual_texts.get(language)
    ]


def _lifted(rule: Rule) -> str:
    if rule.if_lifted is IfLifted.RESTORE:
        return "A block that staff lift in the ILS is put back."
    until = "something new comes up"
    if rule.override_days is not None:
        until += f", or {_days(rule.override_days)} have gone by"
    return f"A block that staff lift in the ILS stays lifted until {until}."


def _texts(terms: Terms, languages: Sequence[str]) -> Iterator[str]:
    for language in languages:
        yield f"Text ({language}): {terms.texts.get(language, '')}"
        short = terms.short_texts.get(language, "")
        if short != terms.texts.get(language):
            yield f"Short text ({language}): {short}"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
