"""Rows of ours that vanish in numbers are drift (a restored database, a deleted type), not staff's overrides.
What staff released by name in the ILS is never counted.

Drift stays open, cycle after cycle, whichever looks: the case keeps since when its row is missing (`missing_since`),
until an approval puts the row back, a word of staff makes it an override, or the row is there again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sidecar.core.brakes import per_cent_of
from sidecar.core.kinds import MONEY_KINDS, release_is_by_time
from sidecar.core.model import Case, Cases, Origin, PatronId, RuleId, Stage
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision, Standing, Verdict

RowKey = tuple[PatronId, RuleId]


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
    vanished: Collection[RowKey] = frozenset(),
    remembered: int | None = None,
    limit: DriftLimit | None = None,
) -> tuple[Decision, ...]:
    """Turn lifted rows into drift if there are too many, those of the last 24 hours (`vanished`) included, and with
    them the overrides that these made before their number was known: the block is remembered as it was.

    `remembered` is how many blocks are remembered in all; by default those of these decisions.
    """
    if not is_drift(decisions, vanished=vanished, remembered=remembered, limit=limit):
        return tuple(decisions)
    return tuple(_drifted(decision, policy, now, vanished) for decision in decisions)


def is_drift(
    decisions: Iterable[Decision],
    *,
    vanished: Collection[RowKey] = frozenset(),
    remembered: int | None = None,
    limit: DriftLimit | None = None,
) -> bool:
    """Whether more rows are gone than staff would lift; see `separate_drift`."""
    known = list(decisions)
    lifted = {(verdict.patron, verdict.rule) for verdict in vanished_rows(known)}
    if remembered is None:
        remembered = sum(_remembers_block(verdict) for decision in known for verdict in decision.verdicts)
    return len(lifted | set(vanished)) > (limit or DriftLimit()).of(remembered)


def overrides_taken_back(
    cases: Mapping[PatronId, Cases], decisions: Iterable[Decision], vanished: Iterable[RowKey], now: datetime
) -> tuple[Case, ...]:
    """Where it is drift: the overrides among what vanished lately that these decisions could not look at, as blocks
    whose row is missing. By the time that a cycle looks at them their number may be forgotten."""
    decided = {
        (v.patron, v.rule) for d in decisions for v in d.verdicts if v.standing is not Standing.UNDECIDED or v.drift
    }
    overrides = (cases.get(patron, {}).get(rule) for patron, rule in set(vanished) - decided)
    return tuple(
        replace(case, stage=Stage.BLOCKED, origin=None, missing_since=now)
        for case in overrides
        if case is not None and case.stage is Stage.OVERRIDDEN and case.origin is Origin.LIFTED
    )


def vanished_rows(decisions: Iterable[Decision]) -> list[Verdict]:
    """Verdicts that first saw a row of ours gone though nothing had released it."""
    return [verdict for decision in decisions for verdict in decision.verdicts if verdict.lifted or _is_new(verdict)]


def missed(verdict: Verdict, case: Case, text: str, now: datetime) -> Verdict:
    """The verdict on a row that is missing: the block is remembered as it was, and putting the row back is planned, for
    somebody to approve. Only minutes are counted anew then, or the row would be put back and removed in turn."""
    missing = replace(case, missing_since=case.missing_since or now)
    began = now if release_is_by_time(verdict.terms) else case.since
    return replace(
        verdict,
        standing=Standing.UNDECIDED,
        change=ChangeKind.ADD,
        reason=Reason.DRIFT,
        lifted=False,
        drift=True,
        case_now=missing,
        case_after=replace(
            missing, since=began, seen_at=now, comment=text, missing_since=None, rows=(), blocking_at=now
        ),
    )


def _is_new(verdict: Verdict) -> bool:
    before, now = verdict.case_before, verdict.case_now
    if before is None or now is None or before.stage is not Stage.BLOCKED:
        return False
    return before.missing_since is None and now.missing_since is not None


def _remembers_block(verdict: Verdict) -> bool:
    return verdict.case_before is not None and verdict.case_before.stage is Stage.BLOCKED


def _drifted(decision: Decision, policy: Policy, now: datetime, vanished: Collection[RowKey]) -> Decision:
    missing = {verdict.rule: case for verdict in decision.verdicts if (case := _missing_case(verdict, vanished))}
    if not missing:
        return decision
    language = decision.facts.patron.language
    verdicts = (
        missed(verdict, missing[verdict.rule], policy.text(verdict.terms.texts, language), now)
        if verdict.rule in missing
        else verdict
        for verdict in decision.verdicts
    )
    return replace(decision, verdicts=tuple(verdicts))


def _missing_case(verdict: Verdict, vanished: Collection[RowKey]) -> Case | None:
    """The block behind a row that went and may be put back. A PIN counter or a flag that no longer blocks says that
    somebody dealt with the card; a debt below the limit is still owed."""
    before = verdict.case_before
    if before is None or verdict.released is not None:
        return None
    if verdict.lifted and (verdict.blocks is not False or verdict.rule_kind in MONEY_KINDS):
        return before
    lately = before.origin is Origin.LIFTED and (verdict.patron, verdict.rule) in vanished
    if lately and verdict.standing is Standing.OVERRIDDEN and verdict.change is None:
        return replace(before, stage=Stage.BLOCKED, origin=None)
    return None
