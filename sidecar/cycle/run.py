"""One cycle: pull -> decide -> plan -> brakes -> report -> apply -> journal. `run_once` tells it on one page."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sidecar.core.past import former_rows
from sidecar.core.planning import edited_rows, plan_changes
from sidecar.core.policy import Policy
from sidecar.cycle.applying import remember_what_was_seen
from sidecar.cycle.braking import approved_keys, brake, hold, let_go, spent
from sidecar.cycle.claiming import follow_claims, last_sent
from sidecar.cycle.findings import Findings
from sidecar.cycle.judging import Judged, decide_about_all, effective_scope, policy_since, settle
from sidecar.cycle.looking import known_ils
from sidecar.cycle.notifying import send_notices
from sidecar.cycle.order import Order, Remembered, remember
from sidecar.cycle.passing import PassedBy, Passing
from sidecar.cycle.pulling import Seen, known_patrons, pull_patrons
from sidecar.cycle.settling import Settlement, keep_settlement
from sidecar.cycle.timing import Stopwatch
from sidecar.cycle.world import World
from sidecar.cycle.writing import write_plan
from sidecar.errors import CannotWrite, CardwardenError
from sidecar.fitness.clocks import clocks_agree
from sidecar.fitness.daemon import other_writer
from sidecar.fitness.names import reaches_nobody
from sidecar.fitness.whole import fitness_of
from sidecar.ports import (
    Approval,
    CycleOutcome,
    DayTotal,
    IlsStatus,
    Keeps,
    Mode,
    PersonalAct,
    Phase,
    Result,
    daily_totals,
)

APPROVAL_LIFETIME: Final = timedelta(hours=24)

DAYS_SHOWN: Final = timedelta(days=90)
"""So far back reports look, and by default the journal keeps cycles."""


def run_once(world: World, policy: Policy, order: Order) -> Findings:
    """One cycle. Raises a CardwardenError if anything cannot be trusted; nothing was written then, or
    what was is in the journal."""
    started, watch = world.clock.now(), Stopwatch(world.monotonic)
    kind = "full" if order.quick is None else "quick"
    cycle = world.journal.begin_cycle(kind, order.mode, policy.digest, started)
    try:
        status = _known_ils(world, order)
        clocks = clocks_agree(status.as_of, world.clock.now(), order.clock_tolerance)
        if order.approve is not None:
            _approve(world, order, started)
        remembered = remember(world.journal, started, of_patrons=order.quick is None)
        scope, passed_by = effective_scope(order.scope, status), PassedBy()
        keeps: Keeps | None = None
        if order.quick is None:
            known = known_patrons(world, order, remembered)
            keeps = Passing(policy, scope, status, known, passed_by).keeps
        elif order.unmoved is not None:
            wanted = order.quick.due | {intent.patron for intent in remembered.intents}
            keeps = order.unmoved.keeps(policy, order.mode, scope, wanted)
        seen, remembered = pull_patrons(world, policy, order, remembered, keeps)
        watch.ended(Phase.PULL)
        settlement = settle(remembered, seen.pull, policy)
        judged = decide_about_all(policy, scope, order, seen.pull, settlement, remembered)
        decisions = judged.decisions
        watch.ended(Phase.DECIDE)
        since = policy_since(world.journal, policy, started, seen.pull.as_of)
        plan = plan_changes(decisions, policy, amend=order.quick is None, policy_since=since)
        # A quick cycle sees too little of a plan to spend an approval on it.
        approvals = world.journal.approvals(policy.digest, started) if order.quick is None else ()
        fitness = fitness_of(policy, order.limits, order.scope, status)
        braked = brake(policy, order, status, plan, remembered, approvals, fitness.misfits)
        may_write = order.mode is not Mode.DRY_RUN and clocks is None
        findings = Findings(
            cycle=cycle,
            kind=kind,
            mode=order.mode,
            started=started,
            finished=world.clock.now(),
            as_of=seen.pull.as_of,
            status=status,
            policy=policy,
            decisions=decisions,
            passed_by=passed_by,
            plan=plan,
            braked=braked,
            applied=may_write and remembered.paused_since is None and not status.paused,
            first=not remembered.history.begun,
            paused_since=remembered.paused_since,
            approvals_used=spent(approvals, braked, order.mode),
            edited=tuple(edited_rows(decisions)),
            settled_intents=len(settlement.results),
            open_intents=settlement.still_open,
            fitness=fitness,
            clocks=clocks,
            other_writer=None if order.mode is Mode.DRY_RUN else other_writer(status, world.journal.instance_id),
            gaps=seen.pull.gaps,
            claims=tuple(remembered.claims),
            last_sent=last_sent(world.journal) if remembered.claims else None,
            days=_days_before(world, policy, started) if order.quick is None else (),
        )
        if order.quick is None:
            findings = replace(
                findings, unreached=reaches_nobody(findings.patrons, findings.examined, order.scope, status)
            )
        watch.ended(Phase.PLAN)
        if findings.applied:
            if order.quick is None and order.policy_text:
                world.journal.keep_policy(policy.digest, order.policy_text, started)
            findings = _apply(world, findings, remembered, settlement, seen, judged, approvals, stopping=order.stopping)
            watch.ended(Phase.WRITE)
        findings = _conclude(world, replace(findings, timings=watch.milliseconds))
    except (Exception, KeyboardInterrupt) as error:
        world.journal.end_cycle(
            cycle, CycleOutcome.FAILED, world.clock.now(), error=_why_failed(error), timings=watch.milliseconds
        )
        raise
    if not findings.applied or findings.stopped is not None:
        return findings
    watch.ended(Phase.WRITE)
    # Only now that the cycle has ended: an answer that cannot be given delays and fails nothing.
    findings = replace(findings, notices=send_notices(world, findings))
    if order.desk is not None:
        findings = replace(findings, told=order.desk.tell(world, findings, seen.known_releases, order.stopping))
    watch.ended(Phase.TELL)
    return replace(findings, timings=watch.milliseconds)


def _days_before(world: World, policy: Policy, started: datetime) -> tuple[DayTotal, ...]:
    return daily_totals(world.journal.full_cycles(started - DAYS_SHOWN), policy.time_zone)


def _why_failed(error: BaseException) -> str:
    if isinstance(error, CardwardenError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "Somebody stopped it by hand."
    return f"a mistake in Cardwarden: {type(error).__name__}"


def _known_ils(world: World, order: Order) -> IlsStatus:
    """The ILS is the one this journal belongs to, and can be written if that is asked for."""
    status = known_ils(world, claim=True)
    if status.installation_id is None and order.mode is not Mode.DRY_RUN:
        raise CannotWrite(
            "Nothing can be written: Koha has no Cardwarden plugin, so only dry runs are possible. Install it "
            "(`cardwarden koha-plugin FILE.kpz`) and restart Koha's API workers, or run without --apply."
        )
    return status


def _approve(world: World, order: Order, now: datetime) -> None:
    if order.approve is not None:
        approval = world.journal.approve(order.approve, now, APPROVAL_LIFETIME)
        world.journal.record_act(PersonalAct.APPROVE, order.staff, now, approval.digest)


def _apply(
    world: World,
    findings: Findings,
    remembered: Remembered,
    settlement: Settlement,
    seen: Seen,
    judged: Judged,
    approvals: Sequence[Approval],
    *,
    stopping: Callable[[], bool],
) -> Findings:
    if world.target is None:
        raise CannotWrite("Nothing can be written: this ILS is connected for reading only. Run without --apply.")
    journal = world.journal
    # Before the cases, which forget by and by: killed in between, no later cycle would know of these rows.
    journal.keep_former_rows(former_rows(seen.pull.facts), seen.rows_known)
    keep_settlement(journal, settlement, findings.started)
    journal.save_cases(judged.taken_back, ())
    closed = remember_what_was_seen(
        journal,
        findings.decisions,
        settlement.cases,
        seen.looked_for,
        cycle=findings.cycle,
        mode=findings.mode,
        at=findings.started,
    )
    hold(journal, findings, remembered)
    applied = write_plan(
        findings.braked.go,
        world.target,
        journal,
        world.clock,
        stopping=stopping,
        cycle=findings.cycle,
        policy_digest=findings.policy.digest,
        approved=approved_keys(approvals),
    )
    if applied.stopped is None and all(one.result is not Result.UNANSWERED for one in applied.outcomes.values()):
        # Only now: an approval whose cycle was killed, stopped or cut off is still good for the next one.
        journal.use_approvals(findings.approvals_used, findings.cycle)
    findings = replace(findings, outcomes=applied.outcomes, stopped=applied.stopped, closed_cases=closed)
    let_go(journal, findings, remembered)
    steps = follow_claims(journal, findings, remembered.claims)
    return replace(findings, claim_steps=steps, claims=tuple(journal.claims()) if steps else findings.claims)


def _conclude(world: World, findings: Findings) -> Findings:
    """Keep the plan that waits for approval, and say how the cycle ended."""
    waiting = findings.braked.held if findings.applied else findings.plan
    now = world.clock.now()
    digest = None
    if len(waiting) and findings.status.writable:
        digest = waiting.digest
        world.journal.keep_plan(findings.cycle, waiting, findings.policy.digest, now)
    findings = replace(findings, kept_digest=digest, finished=now)
    outcome = CycleOutcome.PENDING if findings.pending else CycleOutcome.DONE
    world.journal.end_cycle(
        findings.cycle,
        outcome,
        now,
        counts=findings.counts(),
        plan_digest=digest,
        applied=findings.applied,
        timings=findings.timings,
    )
    return findings
