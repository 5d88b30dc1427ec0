"""Verdicts and the ILS's restrictions -> the changes of a plan."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from sidecar.core.model import Case, Facts, Restriction, RestrictionType
from sidecar.core.plan import Change, ChangeKind, Plan, Reason, make_plan
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision, Standing, Verdict


def plan_changes(
    decisions: Iterable[Decision],
    policy: Policy,
    *,
    amend: bool = True,
    policy_since: datetime | None = None,
) -> Plan:
    """The plan for these decisions. `amend` allows new texts and repairs (full cycles only).

    No release counts as paid by a payment from before `policy_since`, when this policy began to count (on the ILS's
    clock): the brakes must see those that the change of policy caused.
    """
    changes, etags = [], {}
    for decision in decisions:
        made = [
            _unless_paid_before(each, decision.facts, policy_since) for each in _changes(decision, policy, amend=amend)
        ]
        if made:
            changes += made
            etags[decision.patron] = decision.facts.etag
    return make_plan(changes, etags.get)


def _unless_paid_before(change: Change, facts: Facts, since: datetime | None) -> Change:
    if since is None or not change.paid or (facts.paid_at is not None and facts.paid_at >= since):
        return change
    if facts.charges == () or change.reason is Reason.SETTLED:
        return change  # all was paid since the block began: no policy could have kept it
    return replace(change, paid=False)


def edited_rows(decisions: Iterable[Decision]) -> list[tuple[Decision, Restriction]]:
    """Rows of ours whose comment is no longer what we wrote: staff's words, left alone and reported."""
    return [
        (decision, row)
        for decision in decisions
        for verdict in decision.verdicts
        if verdict.case_now is not None and verdict.case_now.comment is not None and verdict.in_force is True
        for row in decision.facts.rows(*verdict.types)
        if not _is_our_text(row, verdict.case_now, verdict)
    ]


def _changes(decision: Decision, policy: Policy, *, amend: bool) -> Iterator[Change]:
    made = [change for verdict in decision.verdicts for change in _change(decision, verdict, policy)]
    yield from made
    if amend:
        yield from _amendments(decision, policy, repair_flag=not made)


def _change(decision: Decision, verdict: Verdict, policy: Policy) -> Iterator[Change]:
    if verdict.change is None:
        return
    change = _of_verdict(decision, verdict, policy, verdict.change)
    if change.kind is ChangeKind.REMOVE:
        yield from _removals(decision, verdict, replace(change, comment="", short_comment=""))
    else:
        yield change
    if change.kind is ChangeKind.REMOVE and verdict.reason is Reason.TIME_PASSED:
        # A counter at 0 ends the override: were it remembered, as many wrong PINs again would not be new.
        yield replace(change, kind=ChangeKind.RESET_PIN, comment="", short_comment="", case_after=None)


def _removals(decision: Decision, verdict: Verdict, change: Change) -> Iterator[Change]:
    """All rows of the rule go, under whichever of its types they stand."""
    there = [each for each in verdict.types if decision.facts.rows(each)]
    for restriction_type in there or [verdict.restriction_type]:
        yield replace(change, restriction_type=restriction_type)


def _standing_type(decision: Decision, verdict: Verdict) -> RestrictionType:
    """The type under which the rule's row stands; its own if there are several."""
    return next((each for each in verdict.types if decision.facts.rows(each)), verdict.restriction_type)


def _of_verdict(decision: Decision, verdict: Verdict, policy: Policy, kind: ChangeKind) -> Change:
    language = decision.facts.patron.language
    return Change(
        patron=verdict.patron,
        rule=verdict.rule,
        kind=kind,
        restriction_type=verdict.restriction_type,
        reason=verdict.reason or Reason.REACHED,
        rule_kind=verdict.rule_kind,
        evidence=verdict.evidence,
        comment=policy.text(verdict.terms.texts, language),
        short_comment=policy.text(verdict.terms.short_texts, language),
        case_after=verdict.case_after,
        paid=verdict.paid,
    )


def _amendments(decision: Decision, policy: Policy, *, repair_flag: bool) -> Iterator[Change]:
    """A text that is no longer ours to say, rows of ours that stand twice, a flag that belies the rows.

    Any of these makes the ILS recompute the flag, so for the flag alone one row is written, whatever the order
    of the rules.
    """
    blocked = sorted(
        (
            verdict
            for verdict in decision.verdicts
            if verdict.in_force is True and verdict.change is None and verdict.standing is Standing.BLOCKED
        ),
        key=lambda verdict: verdict.rule,
    )
    amendments = [change for verdict in blocked if (change := _amendment(decision, verdict, policy))]
    if blocked and not amendments and repair_flag and not decision.facts.flag_matches:
        amendments = [_keeping_text(decision, blocked[0], policy, Reason.FLAG)]
    yield from amendments


def _amendment(decision: Decision, verdict: Verdict, policy: Policy) -> Change | None:
    restriction_type = _standing_type(decision, verdict)
    rows, case = decision.facts.rows(restriction_type), verdict.case_now
    wanted = policy.text(verdict.terms.texts, decision.facts.patron.language)
    if case is not None and case.comment not in {None, wanted} and _is_our_text(_that_stays(rows), case, verdict):
        change = _of_verdict(decision, verdict, policy, ChangeKind.AMEND)
        return replace(
            change, restriction_type=restriction_type, reason=Reason.TEXT, case_after=replace(case, comment=wanted)
        )
    if len(rows) > 1:
        return _keeping_text(decision, verdict, policy, Reason.DUPLICATE)
    return None


def _keeping_text(decision: Decision, verdict: Verdict, policy: Policy, reason: Reason) -> Change:
    """An amendment that writes the comment which is there, on the row that lasts longest: the one that stays. Staff may
    have left none; an ILS takes no empty one, so our own is written."""
    restriction_type = _standing_type(decision, verdict)
    present = _that_stays(decision.facts.rows(restriction_type))
    change = _of_verdict(decision, verdict, policy, ChangeKind.AMEND)
    change = replace(change, restriction_type=restriction_type, reason=reason)
    if not present.comment:
        return change
    return replace(change, comment=present.comment, short_comment=present.comment)


def _that_stays(rows: Sequence[Restriction]) -> Restriction:
    """Of several rows of one type the ILS keeps the one that lasts longest, among equals the oldest."""
    return max(rows, key=lambda row: row.expires or date.max)


def _is_our_text(row: Restriction, case: Case, verdict: Verdict) -> bool:
    return row.comment == case.comment or row.comment in verdict.terms.short_texts.values()
