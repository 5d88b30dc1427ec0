"""The vocabulary of all reports: amounts, moments, and a word for each value of the core."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sidecar.core.brakes import Brake, Tripped
from sidecar.core.model import Currency, Kind, Patron, Unknown
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import (
    AfterMinutes,
    AgencyConfirmation,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    ExceptionClause,
    FlagCleared,
    PaidAndReturned,
    PaidInFull,
    Release,
    Returned,
)
from sidecar.core.verdict import Standing
from sidecar.language import (
    ENGLISH,
    _,
    bare_money,
    calendar_day,
    calendar_moment,
    either,
    gettext_noop,
    money,
    ngettext,
    present,
)
from sidecar.language.terms import charge_kinds, unknown_facts
from sidecar.ports import CycleOutcome, Mode, Result

CARD_SIGNS_SHOWN: Final = 4
SHORTEST_CARD_SHOWN: Final = 8
"""Of a shorter card number four signs would be most of it."""

STANDINGS: Final[Mapping[Standing, str]] = {
    Standing.CLEAR: gettext_noop("clear"),
    Standing.ANNOUNCED: gettext_noop("announced"),
    Standing.BLOCKED: gettext_noop("blocked"),
    Standing.OVERRIDDEN: gettext_noop("overridden: lifted by staff, and left so"),
    Standing.UNDECIDED: gettext_noop("undecided"),
}
STANDINGS_UNSEEN: Final[Mapping[Standing, str]] = {
    Standing.CLEAR: gettext_noop("would not block"),
    Standing.ANNOUNCED: gettext_noop("would announce"),
    Standing.BLOCKED: gettext_noop("would block if free"),
    Standing.OVERRIDDEN: gettext_noop("overridden: lifted by staff, and left so"),
    Standing.UNDECIDED: gettext_noop("undecided"),
}
"""The words where rows cannot be seen, so that it is not known whether a block is ours."""

CHANGES: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.ADD: gettext_noop("+ add"),
    ChangeKind.REMOVE: gettext_noop("- remove"),
    ChangeKind.AMEND: gettext_noop("~ amend"),
    ChangeKind.RESET_PIN: gettext_noop("0 reset PIN"),
}
CHANGES_UNSEEN: Final[Mapping[ChangeKind, str]] = dict.fromkeys(ChangeKind, gettext_noop("would block"))
"""Where rows cannot be seen nothing can be removed or amended."""
MODES: Final[Mapping[Mode, str]] = {
    Mode.DRY_RUN: gettext_noop("dry run"),
    Mode.RELEASE_ONLY: gettext_noop("release only"),
    Mode.APPLY: gettext_noop("apply"),
}
KINDS: Final[Mapping[str, str]] = {
    "full": gettext_noop("full"),
    "quick": gettext_noop("quick"),
    "unbegun": gettext_noop("unbegun"),
    "release": gettext_noop("release"),
    "retire": gettext_noop("retire"),
    "undo": gettext_noop("undo"),
}
"""Kinds of cycle; those by hand are named after their command."""
OUTCOMES: Final[Mapping[CycleOutcome, str]] = {
    CycleOutcome.RUNNING: gettext_noop("running"),
    CycleOutcome.DONE: gettext_noop("done"),
    CycleOutcome.PENDING: gettext_noop("pending"),
    CycleOutcome.FAILED: gettext_noop("failed"),
}
RESULTS: Final[Mapping[Result, str]] = {
    Result.WRITTEN: gettext_noop("written"),
    Result.ALREADY: gettext_noop("was so already"),
    Result.MOVED: gettext_noop("skipped: the card's facts moved after they were read; the next cycle decides anew"),
    Result.GONE: gettext_noop("the patron no longer exists"),
    Result.REFUSED: gettext_noop("refused by the ILS"),
    Result.UNANSWERED: gettext_noop("no answer came: it may or may not have been written; the next cycle sees"),
}
BRAKES: Final[Mapping[Brake, str]] = {
    Brake.ADDITIONS: gettext_noop("brake on additions"),
    Brake.PIN_ADDITIONS: gettext_noop("brake on PIN additions"),
    Brake.REMOVALS: gettext_noop("brake on removals"),
    Brake.OFFICE_RELEASES: gettext_noop("brake on releases by the collection office"),
    Brake.AMENDMENTS: gettext_noop("limit of new texts in one cycle"),
    Brake.FIRST_CYCLE: gettext_noop("first additions of the rule here"),
    Brake.MISFIT: gettext_noop("the policy does not fit the library system"),
    Brake.DRIFT: gettext_noop("drift"),
    Brake.RELEASE_ONLY: gettext_noop("mode release-only"),
}


def plain(text: str) -> str:
    """The text on one line and without control codes: nothing in data may steer a terminal or turn text round."""
    kept = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    return "".join(sign for sign in kept if sign not in _TURNING).strip()


_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def bare_amount(minor: int, currency: Currency) -> str:
    """An amount without its currency, with as many decimals as the currency has: `312.00`."""
    return bare_money(minor, currency)


def exact_amount(minor: int, currency: Currency) -> str:
    """The same without groups of thousands, for machines."""
    return f"{currency.major(minor):f}"


def amount(minor: int, currency: Currency) -> str:
    """An amount with its currency: `312.00 DKK`."""
    return money(minor, currency)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment in the library's time zone: `2026-11-24 03:15`, in other languages than English as they write it."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}" if present() == ENGLISH else calendar_moment(local)


def moment_and_zone(at: datetime, zone: ZoneInfo) -> str:
    """The same with what the zone is called then: `2026-11-24 03:15 CET`."""
    return f"{moment(at, zone)} {at.astimezone(zone):%Z}"


def day(at: datetime | date, zone: ZoneInfo) -> str:
    """A calendar day in the library's time zone."""
    return written_day(at.astimezone(zone).date() if isinstance(at, datetime) else at)


def written_day(at: date) -> str:
    """A calendar day: `2026-11-24`, in other languages than English as they write it."""
    return at.isoformat() if present() == ENGLISH else calendar_day(at)


def patron_label(patron: Patron, *, show_names: bool) -> str:
    """The ILS's own number; if asked also the name, and the beginning of the card number.

    Never its end: of a civil registration number that is the secret half, and the beginning only a birthday.
    """
    parts = [patron.id]
    if show_names and patron.name:
        parts.append(patron.name)
    if show_names and patron.card_number and len(patron.card_number) >= SHORTEST_CARD_SHOWN:
        parts.append(f"({patron.card_number[:CARD_SIGNS_SHOWN]}…)")
    return plain(" ".join(parts))


def kinds_words(kinds: frozenset[Kind]) -> str:
    """Which charges are meant: `charges of every kind`, `fees and replacement charges`."""
    return charge_kinds(kinds)


def truth_words(truth: bool | Unknown) -> str:  # noqa: FBT001 - the value is what is worded
    """Yes, no, or not known."""
    if isinstance(truth, Unknown):
        return _("not known")
    return _("yes") if truth else _("no")


def minutes_words(minutes: int) -> str:
    """`1 minute`, `30 minutes`."""
    return ngettext("{number} minute", "{number} minutes", minutes)


def release_words(release: Release, currency: Currency, *, photo_id: bool = False) -> str:  # noqa: C901, PLR0911 - one line per kind of release
    """What the policy asks for before a block ends."""
    match release:
        case PaidInFull():
            return _("when all is paid")
        case BelowBlock():
            return _("as soon as it would no longer block a free card")
        case AtMost(value):
            return _("at {sum} or less", sum=amount(value, currency))
        case ByStaff():
            return _("by staff, against valid photo ID") if photo_id else _("by staff")
        case Returned():
            return _("when no loan is past its due day")
        case PaidAndReturned():
            return _("when all is paid and no loan is past its due day")
        case CounterReset():
            return _("when the counter of wrong PINs goes down")
        case AfterMinutes(minutes):
            return _("{minutes} after it was first seen", minutes=minutes_words(minutes))
        case FlagCleared():
            return _("when the card is no longer flagged lost")
        case AgencyConfirmation():
            return _("when the collection office reports the claim paid in full")


def clause_words(clause: ExceptionClause) -> str:
    """Whom an exception is for: `category JUNIOR, under 18 years`."""
    parts = []
    if clause.categories is not None:
        parts.append(_("category {names}", names=either(sorted(clause.categories))))
    if clause.libraries is not None:
        parts.append(_("library {names}", names=either(sorted(clause.libraries))))
    if clause.ages is not None:
        start, under = clause.ages.start, clause.ages.under
        if under is None:
            parts.append(_("{start} years and older", start=start))
        elif start == 0:
            parts.append(_("under {under} years", under=under))
        else:
            parts.append(_("from {start} to under {under} years", start=start, under=under))
    return ", ".join(parts)


def unknown_words(names: Iterable[str]) -> str:
    """What is not known, in a sentence."""
    return unknown_facts(names)


_LIMITED: Final[Mapping[Brake, str]] = {
    Brake.ADDITIONS: gettext_noop("Additions"),
    Brake.PIN_ADDITIONS: gettext_noop("Additions of PIN rules"),
    Brake.REMOVALS: gettext_noop("Removals without a payment behind them"),
    Brake.OFFICE_RELEASES: gettext_noop("Releases of claims without a payment here"),
}


def brake_sentence(tripped: Tripped) -> str:
    """What a brake holds back, with its numbers."""
    held = tripped.asked
    match tripped.brake:
        case Brake.FIRST_CYCLE:
            return ngettext(
                "First additions of a rule here: {number} addition must be approved.",
                "First additions of a rule here: {number} additions must be approved.",
                held,
            )
        case Brake.DRIFT:
            return ngettext(
                "Drift: putting back {number} vanished block must be approved.",
                "Drift: putting back {number} vanished blocks must be approved.",
                held,
            )
        case Brake.RELEASE_ONLY:
            return ngettext(
                "Mode release-only: nothing is added or amended, so {number} change must wait.",
                "Mode release-only: nothing is added or amended, so {number} changes must wait.",
                held,
            )
        case Brake.MISFIT:
            return ngettext(
                "The policy does not fit this library system (see above), so {number} change must wait.",
                "The policy does not fit this library system (see above), so {number} changes must wait.",
                held,
            )
        case Brake.AMENDMENTS:
            return ngettext(
                "New texts: {number} change above the {allowed} of one cycle; they follow in the next ones by "
                "themselves.",
                "New texts: {number} changes above the {allowed} of one cycle; they follow in the next ones by "
                "themselves.",
                held,
                allowed=tripped.allowed or 0,
            )
    what = _(_LIMITED[tripped.brake])
    if tripped.rule is not None:
        what = _("{what}, rule {rule}", what=what, rule=tripped.rule)
    return _(
        "{what}: {asked} asked for, {used} already made in 24 hours, {allowed} allowed.",
        what=what,
        asked=held,
        used=tripped.used,
        allowed=tripped.allowed,
    )
