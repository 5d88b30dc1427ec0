"""What became of every change of a plan: shown only, made, held back, skipped."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sidecar.core.brakes import Brake
from sidecar.core.model import Patron
from sidecar.core.plan import Change
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision
from sidecar.cycle.findings import Findings
from sidecar.language import _
from sidecar.ports import Outcome, Result
from sidecar.report.words.reasons import why_change
from sidecar.report.words.vocabulary import BRAKES, RESULTS


class State(StrEnum):
    """How far a change came."""

    PENDING = "pending"
    DONE = "done"
    HELD = "held"
    SKIPPED = "skipped"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    STOPPED = "stopped"


_STATES: Final[Mapping[Result, State]] = {
    Result.WRITTEN: State.DONE,
    Result.ALREADY: State.DONE,
    Result.MOVED: State.SKIPPED,
    Result.GONE: State.SKIPPED,
    Result.REFUSED: State.REFUSED,
    Result.UNANSWERED: State.UNANSWERED,
}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change with its patron, its sentence and its fate. In a dry run HELD says that a brake would hold it."""

    change: Change
    decision: Decision | None
    policy: Policy
    state: State
    held_by: Brake | None = None
    outcome: Outcome | None = None

    @property
    def patron(self) -> Patron:
        """Whom it is about."""
        return Patron(self.change.patron) if self.decision is None else self.decision.facts.patron

    @property
    def sentence(self) -> str:
        """Why it is made: worded when it is shown."""
        return why_change(self.change, self.decision, self.policy)

    @property
    def fate(self) -> str:
        """Why it was not made, in words; empty if it was, or was only to be shown."""
        if self.held_by is not None:
            return _(BRAKES[self.held_by])
        if self.outcome is not None and not self.outcome.done:
            message = f" ({self.outcome.message})" if self.outcome.message else ""
            return _(RESULTS[self.outcome.result]) + message
        return _("writing was stopped before it") if self.state is State.STOPPED else ""


def change_lines(findings: Findings) -> tuple[ChangeLine, ...]:
    """Every change of the plan, in its order."""
    decisions = {decision.patron: decision for decision in findings.decisions}
    return tuple(_line(findings, change, decisions.get(change.patron)) for change in findings.plan.changes())


def _line(findings: Findings, change: Change, decision: Decision | None) -> ChangeLine:
    policy = findings.policy
    tripped = findings.braked.by.get(change.key)
    if tripped is not None:
        return ChangeLine(change, decision, policy, State.HELD, held_by=tripped.brake)
    if not findings.applied:
        return ChangeLine(change, decision, policy, State.PENDING)
    outcome = findings.outcomes.get(change.patron)
    state = State.STOPPED if outcome is None else _STATES[outcome.result]
    return ChangeLine(change, decision, policy, state, outcome=outcome)
