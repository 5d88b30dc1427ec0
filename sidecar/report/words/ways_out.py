"""What would change a verdict: what frees a blocked card, and what would block a free one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sidecar.core.kinds import MONEY_KINDS, wants_photo_id
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
    PaidAndReturned,
    PaidInFull,
    Policy,
    Release,
    Returned,
    Rule,
    RuleKind,
)
from sidecar.core.verdict import Standing, Verdict
from sidecar.language import _
from sidecar.language.kinds import KINDS, in_kinds
from sidecar.report.words.vocabulary import amount, day, kinds_words, minutes_words, moment


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


def what_would_change(verdict: Verdict, policy: Policy) -> tuple[str, ...]:
    """Sentences about this rule alone: `Paying all 312.00 DKK ends this block; paying a part does not.`"""
    rule = policy.rule(verdict.rule)
    if rule is None:
        return ()
    way = Way(verdict, rule, policy)
    if verdict.drift:
        return (_("Putting the block back waits for an approval; if staff meant it, let it be."),)
    if verdict.change is ChangeKind.REMOVE:
        return (_("The next cycle that writes lifts this block."),)
    return tuple(_BY_STANDING[verdict.standing](way))


def _clear(way: Way) -> Iterator[str]:
    verdict, rule = way.verdict, way.rule
    if rule.retired:
        yield _("The rule is retired: it blocks nobody.")
    elif verdict.terms.exempt:
        yield _("Exempt: this rule never blocks this card.")
    else:
        yield from KINDS[rule.kind].would_block(rule, verdict.terms, verdict.evidence, way.policy.currency)


def _announced(way: Way) -> Iterator[str]:
    verdict = way.verdict
    on = None if verdict.due is None else day(verdict.due, way.policy.time_zone)
    if way.rule.kind is RuleKind.COLLECTION and verdict.evidence.counted is not None:
        total = way.money(verdict.evidence.counted)
        if on is None:
            yield _("Will block unless all {sum} is paid by then.", sum=total)
        else:
            yield _("Will block on {day} unless all {sum} is paid by then.", day=on, sum=total)
        return
    missing = way.to_below()
    if way.rule.kind not in MONEY_KINDS or missing is None:
        yield (
            _("Will block unless the reason is gone by then.")
            if on is None
            else _("Will block on {day} unless the reason is gone by then.", day=on)
        )
    elif on is None:
        yield _("Will block unless at least {sum} is paid by then.", sum=way.money(missing))
    else:
        yield _("Will block on {day} unless at least {sum} is paid by then.", day=on, sum=way.money(missing))


def _blocked(way: Way) -> Iterator[str]:
    if way.verdict.change is ChangeKind.ADD and way.verdict.in_force is False:
        yield _("The next cycle that writes sets this block.")
        missing = way.to_below()
        if way.rule.kind in MONEY_KINDS and way.rule.kind is not RuleKind.COLLECTION and missing is not None:
            yield _("Paying at least {sum} before that prevents it.", sum=way.money(missing))
    yield from _RELEASES[type(way.verdict.terms.release)](way)


def _overridden(way: Way) -> Iterator[str]:
    verdict, zone = way.verdict, way.policy.time_zone
    seen = verdict.case_now.evidence if verdict.case_now else None
    yield from KINDS[way.rule.kind].would_block_again(seen, way.policy.currency)
    if verdict.due is not None:
        yield _("Staff's lifting holds until {day}.", day=day(verdict.due, zone))


def _undecided(_way: Way) -> Iterator[str]:
    yield _("Nothing changes until a cycle can tell.")


_BY_STANDING: Final[Mapping[Standing, Callable[[Way], Iterator[str]]]] = {
    Standing.CLEAR: _clear,
    Standing.ANNOUNCED: _announced,
    Standing.BLOCKED: _blocked,
    Standing.OVERRIDDEN: _overridden,
    Standing.UNDECIDED: _undecided,
}


def _when_paid(way: Way) -> Iterator[str]:
    rule, owed = way.rule, way.verdict.evidence.owed
    unpaid = rule.kind is RuleKind.UNPAID_CHARGE
    kinds = rule.counts if unpaid else rule.release_counts
    if owed is None:
        yield (
            _("Paying everything ends this block.")
            if kinds == frozenset(Kind)
            else _("Paying everything in {kinds} ends this block.", kinds=kinds_words(kinds))
        )
        return
    total = way.money(owed) if kinds == frozenset(Kind) else in_kinds(way.money(owed), kinds)
    yield _("Paying all {sum} ends this block; paying a part does not.", sum=total)
    if unpaid and way.verdict.evidence.credit:
        credit = way.money(way.verdict.evidence.credit)
        yield _("The {sum} of unapplied credit is not set against it.", sum=credit)


def _when_below(way: Way) -> Iterator[str]:
    if way.rule.kind not in MONEY_KINDS:
        yield _("Bringing back so many that the rule would not block ends this block.")
        return
    missing = way.to_below()
    if missing is None:
        yield _("Paying until the rule would not block ends this block.")
    else:
        yield _("Paying at least {sum} ends this block.", sum=way.money(missing))


def _at_most(way: Way) -> Iterator[str]:
    release, counted = way.verdict.terms.release, way.verdict.evidence.counted
    level = release.value if isinstance(release, AtMost) else 0
    if counted is None:
        yield _("Paying down to {level} or less ends this block.", level=way.money(level))
    else:
        yield _(
            "Paying at least {sum}, down to {level} or less, ends this block.",
            sum=way.money(counted - level),
            level=way.money(level),
        )


def _by_staff(way: Way) -> Iterator[str]:
    command = f"cardwarden release {way.verdict.patron} --rule {way.rule.id} --staff WHO"
    if wants_photo_id(way.rule, way.verdict.terms):
        yield _("Staff must check valid photo ID, and then:")
        yield f"{command} --photo-id-checked"
    else:
        yield _("Staff release it:")
        yield command


def _when_returned(_way: Way) -> Iterator[str]:
    yield _("Bringing back every loan that is past its due day ends this block; a renewal does too.")


def _when_paid_and_returned(way: Way) -> Iterator[str]:
    owed = way.verdict.evidence.owed
    if owed is None or owed > 0:
        total = "" if owed is None else way.money(owed)
        yield _("Paying all {sum} and bringing back every loan that is past its due day end this block.", sum=total)
    else:
        yield from _when_returned(way)


def _on_reset(_way: Way) -> Iterator[str]:
    yield _("A right PIN, or a counter set back by staff in the ILS, ends this block.")


def _by_time(way: Way) -> Iterator[str]:
    due, release = way.verdict.due, way.verdict.terms.release
    minutes = minutes_words(release.minutes if isinstance(release, AfterMinutes) else 0)
    if due is None:
        yield _("Ends by itself {minutes} after it was set.", minutes=minutes)
    else:
        at = moment(due, way.policy.time_zone)
        yield _("Ends by itself at {when}, {minutes} after it was first seen.", when=at, minutes=minutes)


def _on_flag(_way: Way) -> Iterator[str]:
    yield _("Clearing the lost flag in the ILS ends this block.")


def _by_agency(_way: Way) -> Iterator[str]:
    yield _("Ends by itself when the collection office reports the whole claim paid; the library cannot lift it.")


_RELEASES: Final[Mapping[type[Release], Callable[[Way], Iterator[str]]]] = {
    PaidInFull: _when_paid,
    BelowBlock: _when_below,
    AtMost: _at_most,
    ByStaff: _by_staff,
    CounterReset: _on_reset,
    AfterMinutes: _by_time,
    FlagCleared: _on_flag,
    AgencyConfirmation: _by_agency,
    Returned: _when_returned,
    PaidAndReturned: _when_paid_and_returned,
}
