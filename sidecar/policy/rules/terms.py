"""The operator and the release of a rule or an exception, and whether the two go together.

Where the kind of rule could not be read it is None; then only what is wrong for every kind is a mistake.
"""

from dataclasses import dataclass
from typing import Final

from sidecar.core.model import Currency
from sidecar.core.policy import (
    AfterMinutes,
    AgencyConfirmation,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    FlagCleared,
    PaidAndReturned,
    PaidInFull,
    Release,
    Returned,
    RuleKind,
    Threshold,
)
from sidecar.policy.file.values import Section
from sidecar.policy.language.currencies import plain_amount
from sidecar.policy.language.keys import RELEASE_TABLE
from sidecar.policy.language.kinds import KINDS, Measure, released_by
from sidecar.policy.language.schema import MAX_MINUTES, RELEASES
from sidecar.toml.mistakes import Notes
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import nearest, quoted, type_in_words

MAX_ATTEMPTS: Final = 1000

_WORDS: Final[dict[str, Release]] = {
    "paid_in_full": PaidInFull(),
    "below_block": BelowBlock(),
    "staff": ByStaff(),
    "counter_reset": CounterReset(),
    "flag_cleared": FlagCleared(),
    "agency_confirmation": AgencyConfirmation(),
    "returned": Returned(),
    "paid_and_returned": PaidAndReturned(),
}


@dataclass(frozen=True, slots=True)
class Operator:
    """What a table says of `block_at` and `block_above`: given or not, and the threshold if it is right."""

    given: bool
    threshold: Threshold | None = None
    path: KeyPath = ()


@dataclass(frozen=True, slots=True)
class ReleaseWord:
    """What a table says of `release`: given or not, and the release if it is right."""

    given: bool
    release: Release | None = None
    path: KeyPath = ()


def read_operator(section: Section, kind: RuleKind | None, currency: Currency) -> Operator:
    """The operator of a rule or an exception; both at once is a mistake."""
    if kind is not None and KINDS[kind].measure is None:
        return Operator(given=False)
    at, above = section.has("block_at"), section.has("block_above")
    if at and above:
        lines = section.notes.line
        later = max(("block_at", "block_above"), key=lambda name: lines(section.at(name)))
        section.notes.mistake(section.at(later), "block_at and block_above are both given", "keep one of them")
    name = "block_at" if at else "block_above"
    value = _read_level(section, name, kind, currency)
    if at and above:
        _read_level(section, "block_above", kind, currency)
        return Operator(given=True)
    if value is None:
        return Operator(given=at or above, path=section.at(name))
    return Operator(given=True, threshold=Threshold(value, inclusive=at), path=section.at(name))


def _read_level(section: Section, name: str, kind: RuleKind | None, currency: Currency) -> int | None:
    if kind is not None and KINDS[kind].measure is not Measure.SUM:
        return section.whole(name, 1 if name == "block_at" else 0, MAX_ATTEMPTS)
    value = section.amount(name, currency)
    if value == 0 and name == "block_at":
        remedy = "write more than 0, or block_above = 0 to block for anything owed"
        section.notes.mistake(section.at(name), "would block a card that owes nothing, and never free it", remedy)
        return None
    return value


def release_word(word: str) -> Release:
    """The release of a word of the file."""
    return _WORDS[word]


def read_release(section: Section, kind: RuleKind | None, currency: Currency) -> ReleaseWord:
    """The release of a rule or an exception."""
    value = section.data.get("release")
    path = section.at("release")
    if value is None:
        return ReleaseWord(given=False)
    release: Release | None = None
    if isinstance(value, str):
        release = _word(value, path, kind, section.notes)
    elif isinstance(value, dict):
        release = _number(Section(value, path, RELEASE_TABLE, section.notes), kind, currency)
    else:
        remedy = f"write one of {_shown(kind)}"
        section.notes.mistake(path, f"is {type_in_words(value)}", remedy)
    return ReleaseWord(given=True, release=release, path=path)


def _word(word: str, path: KeyPath, kind: RuleKind | None, notes: Notes) -> Release | None:
    if word in RELEASE_TABLE.names:
        example = "50.00" if word == "at_most" else "30"
        notes.mistake(path, f"{quoted(word)} needs a number", f"write {{ {word} = {example} }}")
    elif word not in RELEASES:
        notes.mistake(path, f"{quoted(word)} is not known", nearest(word, (*RELEASES, *RELEASE_TABLE.names)))
    elif kind is not None and kind not in released_by(word):
        problem = f"{quoted(word)} does not apply to a rule of kind {kind.value}"
        notes.mistake(path, problem, f"write one of {_shown(kind)}")
    else:
        return release_word(word)
    return None


def _number(section: Section, kind: RuleKind | None, currency: Currency) -> Release | None:
    section.check_keys(kind)
    level = minutes = None
    if kind is None or kind in released_by("at_most"):
        level = section.amount("at_most", currency)
    if kind is None or kind in released_by("after_minutes"):
        minutes = section.whole("after_minutes", 1, MAX_MINUTES)
    if len(section.data) != 1:
        problem = "names no release" if not section.data else "names more than one release"
        section.notes.mistake(section.path, problem, f"write one of {_shown(kind)}")
        return None
    if level is not None:
        return AtMost(level)
    return None if minutes is None else AfterMinutes(minutes)


def _shown(kind: RuleKind | None) -> str:
    words = [f'"{word}"' for word in RELEASES if kind is None or kind in released_by(word)]
    numbers = [f"{{ {key.name} = … }}" for key in RELEASE_TABLE.keys if kind is None or kind in key.kinds]
    return ", ".join([*words, *numbers])


def check_level(
    threshold: Threshold | None, release: Release | None, path: KeyPath, currency: Currency, notes: Notes
) -> None:
    """A card must not be freed at a level at which it would be blocked anew."""
    if threshold is None or not isinstance(release, AtMost):
        return
    if threshold.reached(release.value):
        level, limit = plain_amount(release.value, currency), plain_amount(threshold.value, currency)
        problem = f"would free at {level} and block anew, since {threshold.operator} is {limit}"
        remedy = f"free {'below' if threshold.inclusive else 'at most at'} {limit}"
        notes.mistake(path, problem, remedy)
