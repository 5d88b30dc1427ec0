"""What of a plan must wait in this cycle, and which approvals it spends."""

from collections.abc import Sequence

from sidecar.core.brakes import Braked, Circumstances, Misfit, apply_brakes
from sidecar.core.held import ended_by_full_cycle
from sidecar.core.model import UNKNOWN, RestrictionType
from sidecar.core.plan import ChangeKey, Plan
from sidecar.core.policy import Policy, RuleKind
from sidecar.core.verdict import Standing, Verdict
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Order, Remembered
from sidecar.ports import Approval, IlsStatus, Journal, Mode


def brake(
    policy: Policy,
    order: Order,
    status: IlsStatus,
    plan: Plan,
    remembered: Remembered,
    approvals: Sequence[Approval],
    misfits: frozenset[Misfit],
) -> Braked:
    """The plan split by the limits, with what was made in the last 24 hours and what is held already."""
    history, claim_types = remembered.history, _types_of(policy, RuleKind.COLLECTION)
    circumstances = Circumstances(
        patrons=status.patron_count,
        ours_in_force=status.ours_in_force,
        claims_in_force=sum(each.in_force for each in status.types if each.type in claim_types),
        pin_types=_types_of(policy, RuleKind.FAILED_PIN),
        claim_types=claim_types,
        added=history.added,
        removed=history.removed,
        approved=approved_keys(approvals),
        unbegun=frozenset(rule.restriction_type for rule in policy.rules) - history.begun,
        held=remembered.held,
        misfits=misfits,
        types={rule.id: rule.restriction_type for rule in policy.rules},
        release_only=order.mode is Mode.RELEASE_ONLY,
    )
    return apply_brakes(plan, order.limits, circumstances)


def _types_of(policy: Policy, kind: RuleKind) -> frozenset[RestrictionType]:
    return frozenset(rule.restriction_type for rule in policy.rules if rule.kind is kind)


def approved_keys(approvals: Sequence[Approval]) -> frozenset[ChangeKey]:
    """The changes that may pass the brakes."""
    return frozenset(key for approval in approvals for key in approval.keys)


def spent(approvals: Sequence[Approval], braked: Braked, mode: Mode) -> tuple[str, ...]:
    """The approvals that this cycle spends. One of additions is not spent where nothing may be added."""
    going = {change.key for change in braked.go.changes()}
    return tuple(approval.digest for approval in approvals if mode is Mode.APPLY or approval.keys & going)


def hold(journal: Journal, findings: Findings, remembered: Remembered) -> None:
    """Remember what the brakes hold, before the first write. A full cycle has seen all that is wanted, so it also ends
    holds; a quick one ends those of changes that it made (`let_go`)."""
    ended: set[ChangeKey] = set()
    if findings.kind == "full":
        undecided = (verdict for each in findings.decisions for verdict in each.verdicts if _says_nothing(verdict))
        ended = ended_by_full_cycle(remembered.held, findings.braked.lasting(), findings.braked.by, undecided)
    journal.keep_held(findings.braked.lasting(), ended, findings.finished)


def _says_nothing(verdict: Verdict) -> bool:
    """Whether nothing is said of what was held: undecided, or the rows cannot be seen (a record that Koha redacts)."""
    return verdict.change is None and (verdict.standing is Standing.UNDECIDED or verdict.in_force is UNKNOWN)


def let_go(journal: Journal, findings: Findings, remembered: Remembered) -> None:
    """Changes that were made are held no longer."""
    journal.keep_held({}, {change.key for change in findings.done()} & remembered.held.keys(), findings.finished)
