"""What would change a verdict: what frees a blocked card, and what would block a free one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sidecar.core.model import Kind
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import (
    AfterMinutes,
    AgencyConfirmation,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    FlagCleared,
    PaidInFull,
    Policy,
    Release,
    Rule,
    RuleKind,
)
from sidecar.core.verdict import Standing, Verdict
from sidecar.report.words.reasons import is_any
from sidecar.report.words.vocabulary import amount, count, day, kinds_words, moment


@dataclass(frozen=True, slots=True)
class Way:
    """A verdict under the rule it is of."""

    verdict: Verdict
    rule: Rule
    policy: Policy

    def money(self, minor: int) -> str:
        """An amount in the policy's currency."""
        return amount(minor, self.policy.currency)

    def to_below(self) -> int | None:
        """What must be paid until the rule would not block a free card; None if that is not known."""
        counted, threshold = self.verdict.evidence.counted, self.verdict.terms.threshold
        if counted is None or threshold is None:
            return None
        return counted - threshold.value + threshold.inclusive

    def to_reach(self, present: int | None) -> int | None:
        """What is missing until the rule blocks a free card."""
        threshold = self.verdict.terms.threshold
        if present is None or threshold is None:
            return None
        return threshold.value - present + (not threshold.inclusive)


def what_would_change(verdict: Verdict, policy: Policy) -> tuple[str, ...]:
    """Sentences: `Paying all 312.00 DKK frees the card.`"""
    rule = policy.rule(verdict.rule)
    if rule is None:
        return ()
    way = Way(verdict, rule, policy)
    if verdict.drift:
        return ("Putting the block back waits for an approval; if staff meant it, let it be.",)
    if verdict.change is ChangeKind.REMOVE:
        return ("The next cycle that writes lifts this block.",)
    return tuple(_BY_STANDING[verdict.standing](way))


def _clear(way: Way) -> Iterator[str]:
    verdict, rule = way.verdict, way.rule
    if rule.retired or verdict.terms.exempt:
        yield "The rule is retired: it blocks nobody." if rule.retired else "Exempt: this rule never blocks this card."
    elif rule.kind is RuleKind.FAILED_PIN:
        missing = way.to_reach(verdict.evidence.attempts)
        if missing is not None:
            yield f"Blocks after {count(missing, 'more wrong PIN')}."
    elif rule.kind is RuleKind.LOST_CARD:
        yield "Blocks when the card is flagged lost in the ILS."
    else:
        missing = way.to_reach(verdict.evidence.counted)
        kinds = "" if rule.counts == frozenset(Kind) else f" in {kinds_words(rule.counts)}"
        verb = "Announced" if verdict.terms.announce_days else "Blocks"
        if is_any(verdict.evidence, rule.kind):
            yield f"{verb} as soon as anything is owed{kinds}."
        elif missing is not None:
            yield f"{verb} when {way.money(missing)} more is owed{kinds}."


def _announced(way: Way) -> Iterator[str]:
    verdict = way.verdict
    on = "" if verdict.due is None else f" on {day(verdict.due, way.policy.time_zone)}"
    if way.rule.kind is RuleKind.COLLECTION and verdict.evidence.counted is not None:
        yield f"Will block{on} unless all {way.money(verdict.evidence.counted)} is paid by then."
        return
    missing = way.to_below()
    if way.rule.kind in _BY_MONEY and missing is not None:
        yield f"Will block{on} unless at least {way.money(missing)} is paid by then."
    else:
        yield f"Will block{on} unless the reason is gone by then."


def _blocked(way: Way) -> Iterator[str]:
    if way.verdict.change is ChangeKind.ADD and way.verdict.in_force is False:
        yield "The next cycle that writes sets this block."
        missing = way.to_below()
        if way.rule.kind in _BY_MONEY and way.rule.kind is not RuleKind.COLLECTION and missing is not None:
            yield f"Paying at least {way.money(missing)} before that prevents it."
    yield from _RELEASES[type(way.verdict.terms.release)](way)


def _overridden(way: Way) -> Iterator[str]:
    verdict, zone = way.verdict, way.policy.time_zone
    if way.rule.kind is RuleKind.FAILED_PIN:
        known = verdict.case_now.evidence.attempts if verdict.case_now else None
        yield "Blocks again with another wrong PIN" + (f" above the {known} that staff saw." if known else ".")
    elif way.rule.kind is RuleKind.LOST_CARD:
        yield "Blocks again when the lost flag is cleared and set anew."
    else:
        known = verdict.case_now.evidence.counted if verdict.case_now else None
        doubled = f", or when {way.money(2 * known)} is owed" if known else ""
        yield f"Blocks again with a new charge{doubled}; a known charge that grows does not."
    if verdict.due is not None:
        yield f"Staff's lifting holds until {day(verdict.due, zone)}."


def _undecided(_way: Way) -> Iterator[str]:
    yield "Nothing changes until a cycle can tell."


_BY_STANDING: Final[Mapping[Standing, Callable[[Way], Iterator[str]]]] = {
    Standing.CLEAR: _clear,
    Standing.ANNOUNCED: _announced,
    Standing.BLOCKED: _blocked,
    Standing.OVERRIDDEN: _overridden,
    Standing.UNDECIDED: _undecided,
}

_BY_MONEY: Final = frozenset({RuleKind.DEBT, RuleKind.UNPAID_CHARGE, RuleKind.COLLECTION})


def _when_paid(way: Way) -> Iterator[str]:
    rule, owed = way.rule, way.verdict.evidence.owed
    unpaid = rule.kind is RuleKind.UNPAID_CHARGE
    kinds = rule.counts if unpaid else rule.release_counts
    which = "" if kinds == frozenset(Kind) else f" in {kinds_words(kinds)}"
    if owed is None:
        yield f"Paying everything{which} frees the card."
        return
    yield f"Paying all {way.money(owed)}{which} frees the card; paying a part does not."
    if unpaid and way.verdict.evidence.credit:
        yield f"The {way.money(way.verdict.evidence.credit)} of unapplied credit is not set against it."


def _when_below(way: Way) -> Iterator[str]:
    missing = way.to_below()
    how_much = "" if missing is None else f" at least {way.money(missing)}"
    yield f"Paying{how_much or ' until the rule would not block'} frees the card."


def _at_most(way: Way) -> Iterator[str]:
    release, counted = way.verdict.terms.release, way.verdict.evidence.counted
    level = release.value if isinstance(release, AtMost) else 0
    how_much = "" if counted is None else f" at least {way.money(counted - level)}"
    yield f"Paying{how_much}, down to {way.money(level)} or less, frees the card."


def _by_staff(way: Way) -> Iterator[str]:
    yield "Staff must check valid photo ID, and then:"
    yield f"cardwarden release {way.verdict.patron} --rule {way.rule.id} --staff WHO --photo-id-checked"


def _on_reset(_way: Way) -> Iterator[str]:
    yield "A right PIN, or a counter set back by staff in the ILS, frees the card."


def _by_time(way: Way) -> Iterator[str]:
    due, release = way.verdict.due, way.verdict.terms.release
    minutes = release.minutes if isinstance(release, AfterMinutes) else 0
    if due is None:
        yield f"Frees itself {count(minutes, 'minute')} after it was set."
    else:
        at = moment(due, way.policy.time_zone)
        yield f"Frees itself at {at}, {count(minutes, 'minute')} after it was first seen."


def _on_flag(_way: Way) -> Iterator[str]:
    yield "Clearing the lost flag in the ILS frees the card."


def _by_agency(_way: Way) -> Iterator[str]:
    yield "Ends by itself when the collection office reports the whole claim paid; the library cannot lift it."


_RELEASES: Final[Mapping[type[Release], Callable[[Way], Iterator[str]]]] = {
    PaidInFull: _when_paid,
    BelowBlock: _when_below,
    AtMost: _at_most,
    ByStaff: _by_staff,
    CounterReset: _on_reset,
    AfterMinutes: _by_time,
    FlagCleared: _on_flag,
    AgencyConfirmation: _by_agency,
}
