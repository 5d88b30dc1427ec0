"""Rows of ours that vanish in numbers are drift (a restored database, a deleted type), not staff's overrides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sidecar.core.brakes import per_cent_of
from sidecar.core.model import Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import MONEY_KINDS, Policy
from sidecar.core.verdict import Decision, Standing, Verdict


@dataclass(frozen=True, slots=True)
class DriftLimit:
    """How many rows of ours staff may lift in 24 hours before it is drift: the larger of the two counts."""

    absolute: int = 10
    percent: float = 2.0

    def of(self, ours: int) -> int:
        """The limit where so many rows of ours are remembered as in force."""
        return max(self.absolute, per_cent_of(ours, self.percent))


def separate_drift(
    decisions: Sequence[Decision],
    policy: Policy,
    now: datetime,
    *,
    vanished_before: int,
    remembered: int | None = None,
    limit: DriftLimit | None = None,
) -> tuple[Decision, ...]:
    """Turn lifted rows into drift if there are too many, those of the last 24 hours (`vanished_before`)
    included: the block is remembered as it was, and putting the row back waits for an approval.

    `remembered` is how many blocks are remembered in all; by default those of these decisions.
    """
    lifted = sum(verdict.lifted for decision in decisions for verdict in decision.verdicts)
    if remembered is None:
        remembered = sum(_remembers_block(verdict) for decision in decisions for verdict in decision.verdicts)
    if lifted + vanished_before <= (limit or DriftLimit()).of(remembered):
        return tuple(decisions)
    return tuple(_drifted(decision, policy, now) for decision in decisions)


def lifted_rows(decisions: Iterable[Decision]) -> list[Verdict]:
    """Verdicts that first saw a row of ours lifted by others."""
    return [verdict for decision in decisions for verdict in decision.verdicts if verdict.lifted]


def _remembers_block(verdict: Verdict) -> bool:
    return verdict.case_before is not None and verdict.case_before.stage is Stage.BLOCKED


def _drifted(decision: Decision, policy: Policy, now: datetime) -> Decision:
    if not any(_is_missed(verdict) for verdict in decision.verdicts):
        return decision
    language = decision.facts.patron.language
    verdicts = (
        _as_drift(verdict, policy.text(verdict.terms.texts, language), now) if _is_missed(verdict) else verdict
        for verdict in decision.verdicts
    )
    return replace(decision, verdicts=tuple(verdicts))


def _is_missed(verdict: Verdict) -> bool:
    """Whether a row that went is one that an approval may put back. A PIN counter or a flag that no longer blocks says
    that somebody dealt with the card; a debt below the limit is still owed."""
    return verdict.lifted and (verdict.blocks is not False or verdict.rule_kind in MONEY_KINDS)


def _as_drift(verdict: Verdict, text: str, now: datetime) -> Verdict:
    before = verdict.case_before
    if before is None:
        return verdict
    return replace(
        verdict,
        standing=Standing.UNDECIDED,
        change=ChangeKind.ADD,
        reason=Reason.DRIFT,
        lifted=False,
        drift=True,
        case_now=before,
        case_after=replace(before, seen_at=now, comment=text),
    )
