"""A policy in plain words, for `cardwarden policy show`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from sidecar.core.counting import DayOfYear
from sidecar.core.kinds import MONEY_KINDS, wants_photo_id
from sidecar.core.model import Currency, Kind
from sidecar.core.policy import (
    ALL_CHARGES,
    AfterMinutes,
    AgencyConfirmation,
    Ages,
    Announce,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    ExceptionClause,
    FlagCleared,
    IfLifted,
    PaidAndReturned,
    PaidInFull,
    Policy,
    Returned,
    Rule,
    RuleKind,
    Stop,
    Terms,
    Threshold,
)
from sidecar.language import _, either, gettext_noop, listed, money, ngettext
from sidecar.language.kinds import KINDS, days_words
from sidecar.language.terms import CHARGE_KINDS, charge_kinds
from sidecar.policy.language.schema import KOHA_KINDS

_STOPS: Final[Mapping[Stop, str]] = {
    Stop.LOANS: gettext_noop("loans"),
    Stop.RENEWALS: gettext_noop("renewals"),
    Stop.HOLDS: gettext_noop("holds"),
    Stop.DIGITAL: gettext_noop("digital services"),
}


def describe_policy(policy: Policy, on: date | None = None) -> str:
    """What the policy does, readable at a glance, in the present language; as of a day, if one is given."""
    (title, general), *rules = policy_in_words(policy, on)
    lines = [title, *general]
    for about, sentences in rules:
        lines += ["", about, *(f"  {sentence}" for sentence in sentences)]
    return "\n".join(lines) + "\n"


def policy_in_words(policy: Policy, on: date | None = None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The same as headings with sentences under them: first what is general, then a rule each."""
    title = _(
        "{policy}: amounts in {currency}, texts in {languages}, days in {zone}",
        policy=policy.name,
        currency=policy.currency.code,
        languages=", ".join(policy.languages),
        zone=policy.time_zone,
    )
    lines = [_("Policy digest {digest}", digest=policy.digest[:12]), *_kinds(policy)]
    if policy.age_unknown_is_adult:
        lines.append(_("A patron without a birth date counts as an adult."))
    if not policy.rules:
        lines.append(_("There are no rules: nobody is blocked."))
    rules = []
    for rule in policy.rules:
        about = [rule.kind, rule.restriction_type, *([_("retired")] if rule.retired else [])]
        sentences = tuple(_rule(rule if on is None else _as_of(rule, on), policy, on))
        rules.append((f"{rule.id} ({', '.join(about)})", sentences))
    return ((title, tuple(lines)), *rules)


def _kinds(policy: Policy) -> Iterator[str]:
    """Charge types that are of another kind here than Koha's own default."""
    for kind in Kind:
        own = sorted(name for name, of in policy.kinds.items() if of is kind and KOHA_KINDS.get(name, "other") != kind)
        if own:
            yield _("Charge types that count as {kind} here: {types}.", kind=_(CHARGE_KINDS[kind]), types=listed(own))


def _as_of(rule: Rule, on: date) -> Rule:
    """The rule without exceptions that do not hold yet on that day."""
    kept = tuple(
        replace(clause, since=None) for clause in rule.exceptions if clause.since is None or clause.since <= on
    )
    return replace(rule, exceptions=kept)


def _rule(rule: Rule, policy: Policy, on: date | None) -> Iterator[str]:
    if rule.retired:
        yield _("Blocks nobody any more. Its restrictions are removed, under the brakes.")
        return
    if rule.since is not None and (on is None or on < rule.since):
        yield _("In effect from {day} on: before that it blocks nobody.", day=rule.since.isoformat())
    if rule.only is not None:
        yield _("Only for {whom}; everyone else is exempt.", whom=_for_whom(rule.only))
    yield " ".join((_blocks(rule, rule.terms, policy.currency), _frees(rule, rule.terms, policy.currency)))
    yield from _counts(rule, policy.currency)
    yield from KINDS[rule.kind].more(rule)
    if isinstance(rule.terms.release, PaidInFull) and rule.kind is RuleKind.DEBT:
        yield _("Raising the threshold alone frees nobody: a blocked card waits for payment in full.")
    if rule.terms.announce_days:
        yield _announces(rule, rule.terms)
    for index, clause in enumerate(rule.exceptions):
        whom, what = _for_whom(clause), _differs(rule, clause, policy)
        if index == 0:
            yield _("Except {whom}: {what}", whom=whom, what=what)
        else:
            yield _("Else except {whom}: {what}", whom=whom, what=what)
    yield _lifted(rule)
    yield _("Meant to stop {what}.", what=listed(_(_STOPS[stop]) for stop in Stop if stop in rule.stops))
    yield from _texts(rule.terms, policy.languages)


def _blocks(rule: Rule, terms: Terms, currency: Currency) -> str:
    """When it blocks; where it is announced first, when it is announced and how long after that it blocks."""
    words = KINDS[rule.kind].blocks(rule, terms, currency)
    if not terms.announce_days or rule.kind is RuleKind.COLLECTION:
        return words
    return _(
        "{blocks} Not at once: it is announced, and blocks {days} after it was announced.",
        blocks=words,
        days=days_words(terms.announce_days),
    )


def _counts(rule: Rule, currency: Currency) -> Iterator[str]:
    """Which charges and loans count, and whose card is blocked besides."""
    if rule.older_than is not None:
        number = rule.older_than.number
        age = ngettext("{number} month", "{number} months", number) if rule.older_than.months else days_words(number)
        yield _("Only charges that arose more than {age} ago count for blocking.", age=age)
    if rule.each_year is not None:
        yield _(
            "From {on} of each year on, charges count that arose before the {before} before it.",
            on=_day_of_year(rule.each_year.on),
            before=_day_of_year(rule.each_year.arose_before),
        )
    if rule.kind is RuleKind.COLLECTION and rule.loans is not None:
        yield _("Tells only while a loan is {days} or more past its due day.", days=days_words(rule.loans.days))
    if rule.announce_at is not None:
        yield _("The patron is told from {sum} on already.", sum=money(rule.announce_at.value, currency))
    if rule.also_blocks is not None:
        whose = _("of any age") if rule.guarantee_ages is None else _ages_of(rule.guarantee_ages)
        yield _("Blocks the guarantors of patrons {whose} too, until what these owe is paid.", whose=whose)


def _day_of_year(day: DayOfYear) -> str:
    return f"{day.month:02d}-{day.day:02d}"


def _frees(rule: Rule, terms: Terms, currency: Currency) -> str:  # noqa: C901, PLR0911 - one line per release
    match terms.release:
        case PaidInFull():
            return _when_paid(rule)
        case BelowBlock() if rule.kind in MONEY_KINDS:
            return _when_below(terms.threshold)
        case BelowBlock():
            return _("A blocked card is free again as soon as it would no longer be blocked.")
        case AtMost(level):
            return _("A blocked card is free again at {level} or less.", level=money(level, currency))
        case ByStaff() if wants_photo_id(rule, terms):
            return _("A blocked card stays blocked until staff release it after checking who it is.")
        case ByStaff():
            return _("A blocked card stays blocked until staff release it.")
        case CounterReset():
            return _("A blocked card is free again when the ILS's counter of wrong PINs goes down.")
        case AfterMinutes(minutes):
            return ngettext(
                "A blocked card is free again {number} minute after Cardwarden saw it, and the counter is reset.",
                "A blocked card is free again {number} minutes after Cardwarden saw it, and the counter is reset.",
                minutes,
            )
        case FlagCleared():
            return _("A blocked card is free again when the flag is cleared.")
        case Returned():
            return _("A blocked card is free again when no loan at all is past its due day.")
        case PaidAndReturned():
            return _("A blocked card stays blocked until all is paid and no loan is past its due day.")
        case AgencyConfirmation():
            return _("From then on only the collection office frees it, by reporting the whole claim paid.")


def _when_paid(rule: Rule) -> str:
    if rule.kind is RuleKind.DEBT and rule.release_counts == ALL_CHARGES:
        return _("A blocked card stays blocked until all that is owed is paid.")
    return _("A blocked card stays blocked until all {kinds} are paid.", kinds=charge_kinds(rule.release_counts))


def _when_below(threshold: Threshold | None) -> str:
    if threshold is None or threshold.inclusive:
        return _("A blocked card is free again as soon as the sum is below that.")
    return _("A blocked card is free again as soon as the sum is no longer more than that.")


def _announces(rule: Rule, terms: Terms) -> str:
    if rule.kind is RuleKind.COLLECTION:
        return _(_TOLD_OF_CLAIMS[rule.announce])
    return " ".join(
        (
            _(_TOLD[rule.announce], days=days_words(terms.announce_days)),
            _(
                "They stop when it would no longer announce, or when none of the charges is open that it was about, "
                "and begin anew then."
            ),
        )
    )


_TOLD: Final[Mapping[Announce, str]] = {
    Announce.AT_ONCE: gettext_noop(
        "The {days} begin with the cycle that announces; who is announced is listed in the report, for staff to write "
        "to."
    ),
    Announce.LIST: gettext_noop(
        "Who is announced is listed in the report, for staff to write to, and the {days} run from the day that "
        "`cardwarden announced` names."
    ),
    Announce.NOTICE: gettext_noop("The ILS sends a notice, and the {days} run from the day it went out."),
}
_TOLD_OF_CLAIMS: Final[Mapping[Announce, str]] = {
    Announce.AT_ONCE: gettext_noop("Who is told is listed in the report, for staff to write to."),
    Announce.LIST: gettext_noop(
        "Who is told is listed in the report, for staff to write to, and the days run from the day that `cardwarden "
        "announced` names."
    ),
    Announce.NOTICE: gettext_noop("The ILS sends a notice, and the days run from the day it went out."),
}


def _for_whom(clause: ExceptionClause) -> str:
    parts = []
    if clause.categories is not None:
        parts.append(_("patrons of category {names}", names=either(sorted(clause.categories))))
    if clause.ages is not None:
        parts.append(_ages(clause.ages.start, clause.ages.under))
    if clause.libraries is not None:
        parts.append(_("at library {names}", names=either(sorted(clause.libraries))))
    if clause.attributes is not None:
        parts.append(_("with attribute {names}", names=either(sorted(clause.attributes))))
    if clause.since is not None:
        parts.append(_("from {day} on", day=clause.since.isoformat()))
    return ", ".join(parts)


def _ages_of(ages: Ages) -> str:
    return _ages(ages.start, ages.under)


def _ages(start: int, under: int | None) -> str:
    if under is None:
        return _("aged {start} or more", start=start)
    if start == 0:
        return _("under {under} years", under=under)
    oldest = under - 1
    return _("aged {start} to {oldest}", start=start, oldest=oldest) if oldest > start else _("aged {age}", age=start)


def _differs(rule: Rule, clause: ExceptionClause, policy: Policy) -> str:
    terms, usual = clause.terms, rule.terms
    if terms.exempt:
        return _("never blocked by this rule, and freed at once if blocked.")
    parts = []
    if terms.threshold != usual.threshold or terms.announce_days != usual.announce_days:
        parts.append(_blocks(rule, terms, policy.currency))
    if terms.release != usual.release:
        parts.append(_frees(rule, terms, policy.currency))
    if usual.announce_days and not terms.announce_days:
        parts.append(_("Not announced."))
    parts += _changed_texts(terms, usual, policy.languages)
    return " ".join(parts) or _("as above: this exception changes nothing.")


def _changed_texts(terms: Terms, usual: Terms, languages: Sequence[str]) -> Iterator[str]:
    for language in languages:
        text = terms.texts.get(language)
        if text is not None and text != usual.texts.get(language):
            yield _("Text ({language}): {text}", language=language, text=text)
    for language in languages:
        short = terms.short_texts.get(language)
        if short is not None and short != usual.short_texts.get(language):
            yield _("Short text ({language}): {text}", language=language, text=short)


def _lifted(rule: Rule) -> str:
    if rule.if_lifted is IfLifted.RESTORE:
        return _("A block that staff lift in the ILS is put back.")
    if rule.override_days is None:
        return _("A block that staff lift in the ILS stays lifted until something new comes up.")
    return _(
        "A block that staff lift in the ILS stays lifted until something new comes up, or {days} have gone by.",
        days=days_words(rule.override_days),
    )


def _texts(terms: Terms, languages: Sequence[str]) -> Iterator[str]:
    for language in languages:
        yield _("Text ({language}): {text}", language=language, text=terms.texts.get(language, ""))
        short = terms.short_texts.get(language, "")
        if short != terms.texts.get(language):
            yield _("Short text ({language}): {text}", language=language, text=short)
