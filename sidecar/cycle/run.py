"""One cycle: pull -> decide -> plan -> brakes -> report -> apply -> journal. `run_once` tells it on one page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sidecar.core.brakes import Braked, Circumstances, Limits, apply_brakes
from sidecar.core.decide import decide
from sidecar.core.drift import DriftLimit, lifted_rows, separate_drift
from sidecar.core.model import Case, PatronId, RuleId, Stage
from sidecar.core.plan import Plan, patron_order
from sidecar.core.planning import edited_rows, plan_changes
from sidecar.core.policy import Policy, RuleKind, Scope
from sidecar.core.verdict import Decision
from sidecar.cycle.applying import remember_what_was_seen, write_plan
from sidecar.cycle.findings import Findings
from sidecar.cycle.fitness import other_writer, policy_fits_ils, scope_fits
from sidecar.cycle.looking import known_ils
from sidecar.cycle.settling import Settlement, keep_settlement, settle_intents
from sidecar.cycle.world import World
from sidecar.errors import CannotWrite, CardwardenError, Stopped
from sidecar.ports import (
    Approval,
    CycleOutcome,
    History,
    IlsStatus,
    Intent,
    Journal,
    Mode,
    Progress,
    Pull,
    Result,
)

APPROVAL_LIFETIME: Final = timedelta(hours=24)


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Quick:
    """A quick cycle looks only at who moved since then (the ILS's clock) and at who is due."""

    since: datetime
    due: frozenset[PatronId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a cycle is asked to do: a full one unless `quick` says whom to look at.

    `approve` is the digest of a kept plan to approve on the way; `stopping` is asked between pages and batches.
    """

    mode: Mode = Mode.DRY_RUN
    quick: Quick | None = None
    limits: Limits = field(default_factory=Limits)
    drift: DriftLimit = field(default_factory=DriftLimit)
    scope: Scope = field(default_factory=Scope)
    approve: str | None = None
    names: bool = False
    progress: Progress | None = None
    stopping: Callable[[], bool] = _never


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the journal holds as the cycle begins."""

    cases: Mapping[PatronId, Mapping[RuleId, Case]]
    intents: Sequence[Intent]
    history: History
    paused_since: datetime | None


def run_once(world: World, policy: Policy, order: Order) -> Findings:
    """One cycle. Raises a CardwardenError if anything cannot be trusted; nothing was written then, or
    what was is in the journal."""
    started = world.clock.now()
    kind = "full" if order.quick is None else "quick"
    cycle = world.journal.begin_cycle(kind, order.mode, policy.digest, started)
    try:
        status = _known_ils(world, order)
        if order.approve is not None:
            world.journal.approve(order.approve, started, APPROVAL_LIFETIME)
        remembered = _remember(world.journal, started)
        pull, looked_for = _pull(world, order, remembered)
        settlement = _settle(remembered, pull, policy)
        decisions = _decide(policy, order, status, pull, settlement, remembered.history)
        since = _policy_since(world.journal, policy, started, pull.as_of)
        plan = plan_changes(decisions, policy, amend=order.quick is None, policy_since=since)
        # A quick cycle sees too little of a plan to spend an approval on it.
        approvals = world.journal.approvals(policy.digest, started) if order.quick is None else ()
        braked = _brake(policy, order, status, plan, remembered.history, approvals)
        findings = Findings(
            cycle=cycle,
            kind=kind,
            mode=order.mode,
            started=started,
            finished=world.clock.now(),
            as_of=pull.as_of,
            status=status,
            policy=policy,
            decisions=decisions,
            plan=plan,
            braked=braked,
            applied=order.mode is not Mode.DRY_RUN and remembered.paused_since is None and not status.paused,
            first=remembered.history.first,
            paused_since=remembered.paused_since,
            approvals_used=_used(approvals, braked, order.mode),
            edited=tuple(edited_rows(decisions)),
            settled_intents=len(settlement.results),
            open_intents=settlement.still_open,
            warnings=_warnings(world, order, status, policy, decisions),
            gaps=pull.gaps,
        )
        if findings.applied:
            findings = _apply(world, findings, settlement, looked_for, approvals, order.stopping)
        return _conclude(world, findings)
    except (Exception, KeyboardInterrupt) as error:
        world.journal.end_cycle(cycle, CycleOutcome.FAILED, world.clock.now(), error=_why_failed(error))
        raise


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


def _remember(journal: Journal, now: datetime) -> Remembered:
    return Remembered(journal.cases(), journal.open_intents(), journal.history(now), journal.paused_since)


def _pull(world: World, order: Order, remembered: Remembered) -> tuple[Pull, frozenset[PatronId]]:
    """Everyone who can matter, and everyone whom the journal remembers; in a quick cycle everyone who moved or is
    due. Gives also whom it looked for: who of them was not found is there no more."""

    def progress(read: int, of: int | None) -> None:
        if order.stopping():
            raise Stopped("The cycle was stopped while patrons were read; nothing was planned.")
        if order.mode is not Mode.DRY_RUN:
            world.journal.renew(world.clock.now())
        if order.progress is not None:
            order.progress(read, of)

    since = None if order.quick is None else order.quick.since
    pull = world.source.pull(changed_since=since, names=order.names, progress=progress)
    read = {facts.patron.id for facts in pull.facts}
    wanted = {intent.patron for intent in remembered.intents}
    wanted |= remembered.cases.keys() if order.quick is None else order.quick.due
    missing = sorted(wanted - read, key=patron_order)
    others = world.source.read(missing, names=order.names).facts if missing else ()
    facts = (*pull.facts, *others)
    if world.office is not None:
        reports = world.office.reports()
        facts = tuple(replace(known, agency=reports.get(known.patron.id)) for known in facts)
    ordered = tuple(sorted(facts, key=lambda known: patron_order(known.patron.id)))
    return replace(pull, facts=ordered), frozenset(read | wanted)


def _settle(remembered: Remembered, pull: Pull, policy: Policy) -> Settlement:
    facts_of = {facts.patron.id: facts for facts in pull.facts}
    today = pull.as_of.astimezone(policy.time_zone).date()
    return settle_intents(remembered.intents, facts_of, remembered.cases, today)


def _decide(
    policy: Policy, order: Order, status: IlsStatus, pull: Pull, settlement: Settlement, history: History
) -> tuple[Decision, ...]:
    scope = effective_scope(order.scope, status)
    decisions = [
        decide(facts, settlement.cases.get(facts.patron.id, {}), policy, pull.as_of, scope) for facts in pull.facts
    ]
    blocks = sum(case.stage is Stage.BLOCKED for by_rule in settlement.cases.values() for case in by_rule.values())
    return separate_drift(
        decisions,
        policy,
        pull.as_of,
        vanished_before=len(history.vanished - {(row.patron, row.rule) for row in lifted_rows(decisions)}),
        remembered=blocks,
        limit=order.drift,
    )


def effective_scope(scope: Scope, status: IlsStatus) -> Scope:
    """The scope of the settings, and never those whom the ILS itself says are no real card holders."""
    return replace(
        scope,
        never=scope.never | status.never,
        statistical_categories=scope.statistical_categories | status.statistical_categories,
    )


def _policy_since(journal: Journal, policy: Policy, started: datetime, as_of: datetime) -> datetime | None:
    """Since when this policy counts, on the ILS's clock; None if no other is known to have counted before."""
    since = journal.policy_since(policy.digest, started)
    return None if since is None else since + (as_of - started)


def _warnings(
    world: World, order: Order, status: IlsStatus, policy: Policy, decisions: Sequence[Decision]
) -> tuple[str, ...]:
    """What a report says first."""
    writer = None if order.mode is Mode.DRY_RUN else other_writer(status, world.journal.instance_id)
    scope = scope_fits(decisions) if order.quick is None else None
    return (*filter(None, (writer, scope)), *policy_fits_ils(policy, status).sentences())


def _brake(
    policy: Policy, order: Order, status: IlsStatus, plan: Plan, history: History, approvals: Sequence[Approval]
) -> Braked:
    circumstances = Circumstances(
        patrons=status.patron_count,
        ours_in_force=status.ours_in_force,
        pin_rules=frozenset(rule.id for rule in policy.rules if rule.kind is RuleKind.FAILED_PIN),
        added=history.added,
        removed=history.removed,
        approved=frozenset(key for approval in approvals for key in approval.keys),
        first=history.first,
        release_only=order.mode is Mode.RELEASE_ONLY,
    )
    return apply_brakes(plan, order.limits, circumstances)


def _used(approvals: Sequence[Approval], braked: Braked, mode: Mode) -> tuple[str, ...]:
    """The approvals that this cycle spends. One of additions is not spent where nothing may be added."""
    going = {change.key for change in braked.go.changes()}
    return tuple(approval.digest for approval in approvals if mode is Mode.APPLY or approval.keys & going)


def _apply(
    world: World,
    findings: Findings,
    settlement: Settlement,
    looked_for: frozenset[PatronId],
    approvals: Sequence[Approval],
    stopping: Callable[[], bool],
) -> Findings:
    if world.target is None:
        raise CannotWrite("Nothing can be written: this ILS is connected for reading only. Run without --apply.")
    journal = world.journal
    keep_settlement(journal, settlement, findings.started)
    closed = remember_what_was_seen(
        journal,
        findings.decisions,
        settlement.cases,
        looked_for,
        cycle=findings.cycle,
        mode=findings.mode,
        at=findings.started,
    )
    applied = write_plan(
        findings.braked.go,
        world.target,
        journal,
        world.clock,
        stopping=stopping,
        cycle=findings.cycle,
        policy_digest=findings.policy.digest,
        approved=frozenset(key for approval in approvals for key in approval.keys),
    )
    if applied.stopped is None and all(one.result is not Result.UNANSWERED for one in applied.outcomes.values()):
        # Only now: an approval whose cycle was killed, stopped or cut off is still good for the next one.
        journal.use_approvals(findings.approvals_used, findings.cycle)
    return replace(findings, outcomes=applied.outcomes, stopped=applied.stopped, closed_cases=closed)


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
    )
    return findings
