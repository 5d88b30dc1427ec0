"""How the card stands with each rule, told by what comes of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime

from sidecar.core.brakes import Brake
from sidecar.core.kinds import MONEY_KINDS, wants_photo_id
from sidecar.core.model import UNKNOWN, Case, Evidence, Origin, RuleId, Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import ByStaff, Policy, RuleKind
from sidecar.core.verdict import Decision, Standing, Verdict
from sidecar.desk.answer import (
    BY_NAME,
    UNSEEN,
    Announced,
    Block,
    Cause,
    Coming,
    Lifted,
    Lifting,
    Missing,
    Offer,
    Unclear,
)
from sidecar.desk.blocking import cause_of
from sidecar.desk.paying import needs_to_unblock
from sidecar.ports import ReleaseRecord

_BY_PAYMENT = frozenset({Reason.PAID, Reason.SETTLED, Reason.BELOW_LEVEL})


def lifting(decision: Decision, held: Mapping[RuleId, Brake], present: Iterable[Block]) -> Iterator[Lifting]:
    """Blocks that the next cycle lifts."""
    blocks = {block.rule: block for block in present if block.cause is not None}
    for verdict in decision.verdicts:
        if verdict.change is ChangeKind.REMOVE and verdict.reason is not None and verdict.rule in blocks:
            at = _when_it_was_so(verdict, decision, verdict.reason)
            yield Lifting(blocks[verdict.rule], verdict.reason, at, held.get(verdict.rule))


def releasable(present: Iterable[Block], decision: Decision) -> Iterator[RuleId]:
    """Rules whose block staff may lift by hand at once: all but claims, which are the collection office's."""
    ending = {verdict.rule for verdict in decision.verdicts if verdict.change is ChangeKind.REMOVE}
    for block in present:
        cause = block.cause
        if cause is not None and cause.kind is not RuleKind.COLLECTION and cause.rule not in ending:
            yield cause.rule


def offers(decision: Decision, policy: Policy, today: date) -> Iterator[Offer]:
    """Blocks whose release is staff's: one for each type under which rows of the rule are in force."""
    for verdict in decision.verdicts:
        rule = policy.rule(verdict.rule)
        by_staff = isinstance(verdict.terms.release, ByStaff) and verdict.change is not ChangeKind.REMOVE
        if rule is None or not by_staff:
            continue
        for type_ in verdict.types:
            if any(row.in_force(today) for row in decision.facts.rows(type_)):
                resets = rule.kind is RuleKind.FAILED_PIN
                yield Offer(rule.id, rule.kind, type_, wants_photo_id(rule, verdict.terms), resets)


def coming(decision: Decision, policy: Policy, held: Mapping[RuleId, Brake]) -> Iterator[Coming]:
    """Blocks that the next cycle sets."""
    for verdict in decision.verdicts:
        adds = verdict.change is ChangeKind.ADD and verdict.in_force is False
        if adds and not verdict.drift:
            yield Coming(cause_of(verdict, policy), _prevented_by(verdict, policy), held.get(verdict.rule))


def announced(decision: Decision, policy: Policy) -> Iterator[Announced]:
    """Blocks that are to come on a day."""
    for verdict in decision.verdicts:
        if verdict.standing is Standing.ANNOUNCED and verdict.case_now is not None:
            prevent = _prevented_by(verdict, policy)
            yield Announced(cause_of(verdict, policy), verdict.case_now.since, verdict.due, prevent)


def lifted(decision: Decision, policy: Policy, releases: Collection[ReleaseRecord]) -> Iterator[Lifted]:
    """Blocks that somebody lifted and that stay lifted."""
    for verdict in decision.verdicts:
        case = verdict.case_now
        if verdict.standing is not Standing.OVERRIDDEN or case is None or case.stage is not Stage.OVERRIDDEN:
            continue
        release = _release_behind(case, releases)
        yield Lifted(
            cause=cause_of(verdict, policy, case.evidence),
            since=case.since,
            origin=case.origin or Origin.LIFTED,
            by=case.by,
            photo_id_checked=None if release is None else release.photo_id_checked,
            until=verdict.due,
            reason="" if release is None else release.reason,
        )


def missing(decision: Decision, policy: Policy) -> Iterator[Missing]:
    """Blocks that are drift: nothing is put back unasked."""
    for verdict in decision.verdicts:
        if verdict.drift:
            case = verdict.case_now
            since = None if case is None else case.missing_since
            former = any(row.once_of == verdict.rule for row in decision.facts.foreign())
            yield Missing(cause_of(verdict, policy), since, former)


def unclear(decision: Decision, policy: Policy) -> Iterator[Unclear]:
    """Rules that cannot answer."""
    for verdict in decision.verdicts:
        unseen = verdict.in_force is UNKNOWN
        if verdict.drift or not (verdict.standing is Standing.UNDECIDED or unseen):
            continue
        names = verdict.evidence.unknown or (UNSEEN if unseen else ("scope",))
        yield Unclear(cause_of(verdict, policy), names, verdict.blocks)


def clear(decision: Decision, policy: Policy) -> Iterator[Cause]:
    """Rules that hold nothing against the card."""
    for verdict in decision.verdicts:
        if verdict.standing is Standing.CLEAR and verdict.in_force is False:
            yield cause_of(verdict, policy)


def _prevented_by(verdict: Verdict, policy: Policy) -> int | None:
    """What must be paid so that a rule of money does not block a free card."""
    rule = policy.rule(verdict.rule)
    if rule is None or rule.kind not in MONEY_KINDS:
        return None
    return max((need.minor for need in needs_to_unblock(verdict, rule)), default=None)


def _when_it_was_so(verdict: Verdict, decision: Decision, reason: Reason) -> datetime | None:
    evidence: Evidence = verdict.evidence
    if reason is Reason.AGENCY_CONFIRMED:
        return evidence.agency_paid_at
    if reason is Reason.SETTLED:
        return evidence.settled_at
    return decision.facts.paid_at if reason in _BY_PAYMENT and verdict.paid else None


def _release_behind(case: Case, releases: Iterable[ReleaseRecord]) -> ReleaseRecord | None:
    """The release by name that an override is of."""
    if case.origin not in BY_NAME:
        return None
    return next((each for each in releases if each.rule == case.rule and each.staff == case.by), None)
