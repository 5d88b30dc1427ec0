"""Why a change is made and why a verdict stands: a reason and its evidence in one sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from sidecar.core.model import UNKNOWN, Evidence, Facts, Kind
from sidecar.core.plan import Change, ChangeKind, Reason
from sidecar.core.policy import AfterMinutes, AtMost, Policy, Rule, RuleKind, Terms
from sidecar.core.verdict import Decision, Standing, Verdict
from sidecar.language import _
from sidecar.language.kinds import KINDS
from sidecar.language.kinds import owes as owed_words
from sidecar.ports import ChangeRecord
from sidecar.report.words.vocabulary import (
    amount,
    bare_amount,
    kinds_words,
    minutes_words,
    moment,
    unknown_words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a sentence rests on. `before` is the evidence that staff saw when they lifted a block."""

    evidence: Evidence
    policy: Policy
    rule: Rule | None = None
    terms: Terms | None = None
    before: Evidence | None = None

    @property
    def kind(self) -> RuleKind:
        """The rule's kind; of a rule that the policy no longer has, as the evidence shows it."""
        if self.rule is not None:
            return self.rule.kind
        if self.evidence.overdue is not None or "overdue" in self.evidence.unknown:
            return RuleKind.OVERDUE
        if self.evidence.flagged is not None:
            return RuleKind.FLAG
        if self.evidence.attempts is not None or "failed_pin" in self.evidence.unknown:
            return RuleKind.FAILED_PIN
        return RuleKind.DEBT if self.evidence.card_lost is None else RuleKind.LOST_CARD

    def money(self, minor: int) -> str:
        """An amount in the policy's currency."""
        return amount(minor, self.policy.currency)

    def time(self, at: datetime) -> str:
        """A moment in the policy's time zone."""
        return moment(at, self.policy.time_zone)


def why(reason: Reason, grounds: Grounds) -> str:
    """The sentence for a change: `owes 312.00 DKK, blocks at 225.00`."""
    return _SENTENCES[reason](grounds)


def why_change(change: Change, decision: Decision | None, policy: Policy) -> str:
    """The sentence for a change of a plan, with what the verdict behind it knows."""
    verdict = None if decision is None else _verdict_of(decision, change.rule)
    case = None if verdict is None else verdict.case_before
    grounds = Grounds(
        evidence=change.evidence,
        policy=policy,
        rule=policy.rule(change.rule),
        terms=None if verdict is None else verdict.terms,
        before=None if case is None else case.evidence,
    )
    sentence = why(change.reason, grounds)
    if change.kind is ChangeKind.RESET_PIN:
        return _("the counter is set back to 0: {why}", why=sentence)
    return sentence


def why_recorded(record: ChangeRecord, policy: Policy) -> str:
    """The sentence for a change of the journal; amounts are read in today's currency of the policy."""
    grounds = Grounds(evidence=recorded_evidence(record.evidence), policy=policy, rule=policy.rule(record.rule))
    try:
        return why(Reason(record.reason), grounds)
    except ValueError:
        return record.reason


def recorded_evidence(record: Mapping[str, object]) -> Evidence:
    """Evidence as the journal kept it; what this version does not know is left out."""
    kept: dict[str, object] = {}
    for name in (each.name for each in fields(Evidence)):
        value = record.get(name)
        if name in {"lines", "unknown", "guarantees"}:
            kept[name] = tuple(str(part) for part in value) if isinstance(value, list | tuple) else ()
        elif name in {"settled_at", "agency_paid_at"}:
            kept[name] = _recorded_moment(value)
        elif type(value) is _SCALARS[name]:
            kept[name] = value
    return Evidence(**kept)  # type: ignore[arg-type]  # each value was checked above


def why_standing(verdict: Verdict, facts: Facts, policy: Policy) -> str:
    """The numbers behind a verdict, or what keeps it undecided."""
    if verdict.drift:
        if any(row.once_of == verdict.rule for row in facts.foreign()):
            return _(
                "the block's row stands under a type that is no longer ours; none is put beside it without an approval"
            )
        return _("the block vanished together with too many others; nothing is put back without an approval")
    if verdict.standing is Standing.UNDECIDED:
        return _why_undecided(verdict, facts)
    return numbers(verdict_grounds(verdict, policy))


def verdict_grounds(verdict: Verdict, policy: Policy) -> Grounds:
    """What a verdict rests on."""
    before = None if verdict.case_before is None else verdict.case_before.evidence
    rule = policy.rule(verdict.rule)
    return Grounds(evidence=verdict.evidence, policy=policy, rule=rule, terms=verdict.terms, before=before)


def numbers(grounds: Grounds) -> str:
    """The numbers against the threshold: `5 wrong PINs, blocks at 5`."""
    return KINDS[grounds.kind].numbers(grounds.evidence, grounds.rule, grounds.policy.currency)


def owes(grounds: Grounds) -> str:
    """What is counted: `owes 312.00 DKK in fees after 50.00 DKK of credit`."""
    return owed_words(grounds.evidence, grounds.rule, grounds.policy.currency)


def _why_undecided(verdict: Verdict, facts: Facts) -> str:
    if verdict.evidence.unknown:
        return unknown_words(verdict.evidence.unknown)
    if verdict.in_force is UNKNOWN or facts.restrictions is UNKNOWN:
        return _("a flag is set on the card, and whether it is ours cannot be seen without the plugin")
    return _("whether the card is in scope is not known (library, category or expiry date is missing)")


def _announced_before(grounds: Grounds) -> str:
    if grounds.kind is RuleKind.COLLECTION:
        return _("{owes}, and the days to pay since it was announced have gone by", owes=owes(grounds))
    return _("{numbers}; announced, and the time to pay has gone by", numbers=numbers(grounds))


def _new_evidence(grounds: Grounds) -> str:
    """What is new, where it is known what staff saw."""
    now, before = grounds.evidence, grounds.before
    if before is None:
        what = _("something new")
    elif set(now.lines) - set(before.lines):
        what = _("a new charge")
    elif now.attempts is not None and before.attempts is not None and now.attempts > before.attempts:
        what = _("more wrong PINs")
    elif now.counted is not None and before.counted is not None and now.counted >= 2 * before.counted > 0:
        what = _("at least twice as much owed")
    else:
        return _("the days that staff's lifting holds have gone by: {numbers}", numbers=numbers(grounds))
    return _("{what} since staff lifted it: {numbers}", what=what, numbers=numbers(grounds))


def _paid(grounds: Grounds) -> str:
    evidence, rule = grounds.evidence, grounds.rule
    counted = frozenset(Kind)
    if rule is not None:
        counted = rule.counts if rule.kind is RuleKind.UNPAID_CHARGE else rule.release_counts
    what = _("all paid") if counted == frozenset(Kind) else _("all {kinds} paid", kinds=kinds_words(counted))
    if evidence.owed is not None and evidence.owed < 0:
        return _("{what}, {sum} to the patron's credit", what=what, sum=grounds.money(-evidence.owed))
    return _("{what}, {sum} owed", what=what, sum=grounds.money(evidence.owed or 0))


def _settled(grounds: Grounds) -> str:
    settled = grounds.evidence.settled_at
    if settled is None:
        return _("all was paid, and what came since does not block: {numbers}", numbers=numbers(grounds))
    return _(
        "all was paid on {when}, and what came since does not block: {numbers}",
        when=grounds.time(settled),
        numbers=numbers(grounds),
    )


def _below_level(grounds: Grounds) -> str:
    release = None if grounds.terms is None else grounds.terms.release
    if isinstance(release, AtMost):
        level = bare_amount(release.value, grounds.policy.currency)
        return _("{owes}, free at {level} or less", owes=owes(grounds), level=level)
    return numbers(grounds)


def _counter_reset(grounds: Grounds) -> str:
    attempts = grounds.evidence.attempts
    if attempts is None:
        return _("the counter of wrong PINs went down")
    return _("the counter of wrong PINs went down to {number}", number=attempts)


def _time_passed(grounds: Grounds) -> str:
    release = None if grounds.terms is None else grounds.terms.release
    if isinstance(release, AfterMinutes):
        return _("{minutes} have gone by since it was first seen", minutes=minutes_words(release.minutes))
    return _("the time of the block has gone by")


def _returned(grounds: Grounds) -> str:
    if grounds.evidence.owed is None:
        return _("no loan is past its due day")
    return _("{paid}, and no loan is past its due day", paid=_paid(grounds))


def _agency_confirmed(grounds: Grounds) -> str:
    paid = grounds.evidence.agency_paid_at
    if paid is None:
        return _("the collection office reported the claim paid in full")
    return _("the collection office reported the claim paid in full on {when}", when=grounds.time(paid))


_SENTENCES: Final[Mapping[Reason, Callable[[Grounds], str]]] = {
    Reason.REACHED: numbers,
    Reason.ANNOUNCED_BEFORE: _announced_before,
    Reason.NEW_EVIDENCE: _new_evidence,
    Reason.RESTORED: lambda grounds: _("put back after others lifted it: {numbers}", numbers=numbers(grounds)),
    Reason.DRIFT: lambda grounds: _("vanished with many others: {numbers}", numbers=numbers(grounds)),
    Reason.PAID: _paid,
    Reason.SETTLED: _settled,
    Reason.BELOW_LEVEL: _below_level,
    Reason.COUNTER_RESET: _counter_reset,
    Reason.TIME_PASSED: _time_passed,
    Reason.FLAG_CLEARED: lambda _grounds: _("the card is no longer flagged lost"),
    Reason.AGENCY_CONFIRMED: _agency_confirmed,
    Reason.CLAIM_ENDED: lambda _grounds: _("the claim ended without a payment: given back or withdrawn"),
    Reason.RETURNED: _returned,
    Reason.EXEMPT: lambda _grounds: _("an exception of the policy exempts the patron"),
    Reason.RETIRED: lambda _grounds: _("the rule is retired"),
    Reason.STAFF_RELEASE: lambda _grounds: _("released by staff"),
    Reason.TEXT: lambda _grounds: _("the policy has a new text"),
    Reason.DUPLICATE: lambda _grounds: _("two rows of one type become one"),
    Reason.FLAG: lambda _grounds: _("the card's flag did not match its rows and is computed anew"),
    Reason.UNDONE: lambda _grounds: _("taken back: it was undone"),
}


_SCALARS: Final[Mapping[str, type]] = {
    **dict.fromkeys(("counted", "owed", "credit", "attempts", "threshold", "age", "overdue"), int),
    **dict.fromkeys(("card_lost", "flagged"), bool),
    "operator": str,
}


def _verdict_of(decision: Decision, rule: str) -> Verdict | None:
    return next((verdict for verdict in decision.verdicts if verdict.rule == rule), None)


def _recorded_moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
