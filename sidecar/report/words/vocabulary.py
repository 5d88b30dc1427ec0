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
    PaidInFull,
    Release,
    RuleKind,
)
from sidecar.core.verdict import Standing
from sidecar.ports import Mode, Result

NO_BREAK_SPACE: Final = "\u00a0"
CARD_SIGNS_SHOWN: Final = 4
SHORTEST_CARD_SHOWN: Final = 8
"""Of a shorter card number four signs would be most of it."""
GROUP_FROM: Final = 10_000
"""Thousands are set apart from here on, so that 1250.00 stays one word."""

STANDINGS: Final[Mapping[Standing, str]] = {
    Standing.CLEAR: "clear",
    Standing.ANNOUNCED: "announced",
    Standing.BLOCKED: "blocked",
    Standing.OVERRIDDEN: "overridden: lifted by staff, and left so",
    Standing.UNDECIDED: "undecided",
}
STANDINGS_UNSEEN: Final[Mapping[Standing, str]] = {
    Standing.CLEAR: "would not block",
    Standing.ANNOUNCED: "would announce",
    Standing.BLOCKED: "would block if free",
    Standing.OVERRIDDEN: "overridden: lifted by staff, and left so",
    Standing.UNDECIDED: "undecided",
}
"""The words where rows cannot be seen, so that it is not known whether a block is ours."""

CHANGES: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.ADD: "+ add",
    ChangeKind.REMOVE: "- remove",
    ChangeKind.AMEND: "~ amend",
    ChangeKind.RESET_PIN: "0 reset PIN",
}
CHANGES_UNSEEN: Final[Mapping[ChangeKind, str]] = dict.fromkeys(ChangeKind, "would block")
"""Where rows cannot be seen nothing can be removed or amended."""
MODES: Final[Mapping[Mode, str]] = {
    Mode.DRY_RUN: "dry run",
    Mode.RELEASE_ONLY: "release only",
    Mode.APPLY: "apply",
}
RULE_KINDS: Final[Mapping[RuleKind, str]] = {
    RuleKind.DEBT: "debt",
    RuleKind.UNPAID_CHARGE: "unpaid charge",
    RuleKind.FAILED_PIN: "wrong PINs",
    RuleKind.LOST_CARD: "lost card",
    RuleKind.COLLECTION: "collection",
}
CHARGE_KINDS: Final[Mapping[Kind, str]] = {
    Kind.FEE: "fees",
    Kind.REPLACEMENT: "replacement charges",
    Kind.OTHER: "other charges",
}
UNKNOWN_FACTS: Final[Mapping[str, str]] = {
    "charges": "the charges could not be read",
    "credit": "the unapplied credit could not be read",
    "failed_pin": "the number of wrong PINs is not known (Koha may have locked the account, or hides it)",
    "card_lost": "whether the card is flagged lost could not be read",
    "exception": "which exception of the policy applies is not known (birth date, category or library is missing)",
}
RESULTS: Final[Mapping[Result, str]] = {
    Result.WRITTEN: "written",
    Result.ALREADY: "was so already",
    Result.MOVED: "skipped: the card's facts moved after they were read; the next cycle decides anew",
    Result.GONE: "the patron no longer exists",
    Result.REFUSED: "refused by the ILS",
    Result.UNANSWERED: "no answer came: it may or may not have been written; the next cycle sees",
}
BRAKES: Final[Mapping[Brake, str]] = {
    Brake.ADDITIONS: "brake on additions",
    Brake.PIN_ADDITIONS: "brake on PIN additions",
    Brake.REMOVALS: "brake on removals",
    Brake.AMENDMENTS: "limit of new texts in one cycle",
    Brake.FIRST_CYCLE: "first additions of the rule here",
    Brake.MISFIT: "the policy does not fit the library system",
    Brake.DRIFT: "drift",
    Brake.RELEASE_ONLY: "mode release-only",
}


def plain(text: str) -> str:
    """The text on one line and without control codes: nothing in data may steer a terminal or turn text round."""
    kept = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    return "".join(sign for sign in kept if sign not in _TURNING).strip()


_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def bare_amount(minor: int, currency: Currency) -> str:
    """An amount without its currency, with as many decimals as the currency has: `312.00`."""
    major = abs(currency.major(minor))
    text = f"{major:,f}".replace(",", NO_BREAK_SPACE if major >= GROUP_FROM else "")
    return f"-{text}" if minor < 0 else text


def exact_amount(minor: int, currency: Currency) -> str:
    """The same without groups of thousands, for machines."""
    return f"{currency.major(minor):f}"


def amount(minor: int, currency: Currency) -> str:
    """An amount with its currency: `312.00 DKK`."""
    return f"{bare_amount(minor, currency)} {currency.code}"


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 card`, `2 cards`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence: `a, b and c`."""
    known = list(words)
    return " and ".join(filter(None, (", ".join(known[:-1]), *known[-1:])))


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment in the library's time zone: `2026-11-24 03:15`."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def day(at: datetime | date, zone: ZoneInfo) -> str:
    """A calendar day in the library's time zone."""
    return (at.astimezone(zone).date() if isinstance(at, datetime) else at).isoformat()


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


def threshold_words(operator: str | None, value: int, currency: Currency | None) -> str:
    """`blocks at 225.00`, `blocks above 225.00`; without a currency the value is a count."""
    shown = str(value) if currency is None else bare_amount(value, currency)
    return f"blocks above {shown}" if operator == "block_above" else f"blocks at {shown}"


def kinds_words(kinds: frozenset[Kind]) -> str:
    """Which charges are meant: `charges of every kind`, `fees and replacement charges`."""
    if kinds == frozenset(Kind):
        return "charges of every kind"
    return listed(CHARGE_KINDS[kind] for kind in Kind if kind in kinds)


def truth_words(truth: bool | Unknown) -> str:  # noqa: FBT001 - the value is what is worded
    """Yes, no, or not known."""
    if isinstance(truth, Unknown):
        return "not known"
    return "yes" if truth else "no"


def release_words(release: Release, currency: Currency) -> str:  # noqa: PLR0911 - one line per kind of release
    """What the policy asks for before a block ends."""
    match release:
        case PaidInFull():
            return "when all is paid"
        case BelowBlock():
            return "as soon as it would no longer block a free card"
        case AtMost(value):
            return f"at {amount(value, currency)} or less"
        case ByStaff():
            return "by staff, against valid photo ID"
        case CounterReset():
            return "when the counter of wrong PINs goes down"
        case AfterMinutes(minutes):
            return f"{count(minutes, 'minute')} after it was first seen"
        case FlagCleared():
            return "when the card is no longer flagged lost"
        case AgencyConfirmation():
            return "when the collection office reports the claim paid in full"


def clause_words(clause: ExceptionClause) -> str:
    """Whom an exception is for: `category JUNIOR, under 18 years`."""
    parts = []
    for name, values in (("category", clause.categories), ("library", clause.libraries)):
        if values is not None:
            parts.append(f"{name} {' or '.join(sorted(values))}")
    if clause.ages is not None:
        start, under = clause.ages.start, clause.ages.under
        if under is None:
            parts.append(f"{start} years and older")
        else:
            parts.append(f"under {under} years" if start == 0 else f"from {start} to under {under} years")
    return ", ".join(parts)


def unknown_words(names: Iterable[str]) -> str:
    """What is not known, in a sentence."""
    return "; ".join(UNKNOWN_FACTS.get(name, f"{name} is not known") for name in dict.fromkeys(names))


def brake_sentence(tripped: Tripped) -> str:
    """What a brake holds back, with its numbers."""
    held = count(tripped.asked, "change")
    match tripped.brake:
        case Brake.FIRST_CYCLE:
            return f"First additions of a rule here: {count(tripped.asked, 'addition')} must be approved."
        case Brake.DRIFT:
            return f"Drift: putting back {count(tripped.asked, 'vanished block')} must be approved."
        case Brake.RELEASE_ONLY:
            return f"Mode release-only: nothing is added or amended, so {held} must wait."
        case Brake.MISFIT:
            return f"The policy does not fit this library system (see above), so {held} must wait."
        case Brake.AMENDMENTS:
            allowed = tripped.allowed or 0
            return f"New texts: {held} above the {allowed} of one cycle; they follow in the next ones by themselves."
    what = {
        Brake.ADDITIONS: "Additions",
        Brake.PIN_ADDITIONS: "Additions of PIN rules",
        Brake.REMOVALS: "Removals without a payment behind them",
    }[tripped.brake]
    if tripped.rule is not None:
        what += f", rule {tripped.rule}"
    return f"{what}: {tripped.asked} asked for, {tripped.used} already made in 24 hours, {tripped.allowed} allowed."
