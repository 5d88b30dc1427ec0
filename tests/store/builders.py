"""Values for the journal's tests, and a clock that is moved by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sidecar.core.model import Case, Evidence, Stage
from sidecar.core.plan import Change, ChangeKey, ChangeKind, Plan, Reason, make_plan
from sidecar.ports import CycleOutcome, Mode, Outcome, Result
from sidecar.store import SqlJournal

NOW: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY: Final = timedelta(hours=24)
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
POLICY: Final = "policy-1"
NONE_APPROVED: Final[frozenset[ChangeKey]] = frozenset()


class HandClock:
    """Stands still unless it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def a_case(patron: str = "1", rule: str = "debt", stage: Stage = Stage.BLOCKED) -> Case:
    return Case(
        patron=patron,
        rule=rule,
        stage=stage,
        since=NOW,
        seen_at=NOW + timedelta(microseconds=1),
        evidence=Evidence(counted=22500, owed=30000, lines=("17", "18"), threshold=22500, operator="block_at"),
        comment="Kortet er spærret.",
        restriction_type=f"CW_{rule.upper()}",
        paid_seen=NOW,
    )


def add(patron: str = "1", rule: str = "debt") -> Change:
    case = a_case(patron, rule)
    return Change(
        patron=patron,
        rule=rule,
        kind=ChangeKind.ADD,
        restriction_type=case.restriction_type,
        reason=Reason.REACHED,
        evidence=case.evidence,
        comment="Kortet er spærret.",
        case_after=case,
    )


def remove(patron: str = "1", rule: str = "debt", *, paid: bool = False) -> Change:
    return replace(add(patron, rule), kind=ChangeKind.REMOVE, reason=Reason.PAID, case_after=None, paid=paid)


def plan_of(*changes: Change) -> Plan:
    return make_plan(changes, lambda patron: None)


def a_cycle(journal: SqlJournal, mode: Mode = Mode.APPLY, at: datetime = NOW, policy: str = POLICY) -> int:
    return journal.begin_cycle("full", mode, policy, at)


def ended_cycle(
    journal: SqlJournal,
    mode: Mode = Mode.APPLY,
    outcome: CycleOutcome = CycleOutcome.DONE,
    *,
    kind: str = "full",
    at: datetime = NOW,
    applied: bool = True,
    policy: str = POLICY,
) -> int:
    cycle = journal.begin_cycle(kind, mode, policy, at)
    journal.end_cycle(cycle, outcome, at, applied=applied)
    return cycle


def approve_and_use(journal: SqlJournal, cycle: int, at: datetime = NOW) -> None:
    """A plan of one addition is kept, approved and used by the cycle."""
    plan = plan_of(add("1"))
    journal.keep_plan(cycle, plan, POLICY, at)
    journal.approve(plan.digest, at, DAY)
    journal.use_approvals([plan.digest], cycle)


def write(
    journal: SqlJournal,
    changes: Sequence[Change],
    result: Result | None = Result.WRITTEN,
    *,
    at: datetime = NOW,
    approved: frozenset[ChangeKey] = NONE_APPROVED,
    cycle: int | None = None,
) -> int:
    """Intend changes and conclude them alike; None leaves them open."""
    cycle = a_cycle(journal, at=at) if cycle is None else cycle
    journal.intend(cycle, changes, POLICY, approved, at)
    if result is not None:
        journal.conclude(cycle, [Outcome(change.patron, result) for change in changes], at)
    return cycle
