"""What became of every change of a plan: shown only, made, held back, skipped."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sidecar.core.brakes import Brake, Tripped
from sidecar.core.model import Patron
from sidecar.core.plan import Change, ChangeKind, Reason
from sidecar.core.policy import RuleKind
from sidecar.core.verdict import Decision
from sidecar.cycle.findings import Findings
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
    patron: Patron
    sentence: str
    state: State
    held_by: Brake | None = None
    outcome: Outcome | None = None

    @property
    def fate(self) -> str:
        """Why it was not made, in words; empty if it was, or was only to be shown."""
        if self.held_by is not None:
            return BRAKES[self.held_by]
        if self.outcome is not None and not self.outcome.done:
            message = f" ({self.outcome.message})" if self.outcome.message else ""
            return RESULTS[self.outcome.result] + message
        return "writing was stopped before it" if self.state is State.STOPPED else ""


def change_lines(findings: Findings) -> tuple[ChangeLine, ...]:
    """Every change of the plan, in its order."""
    decisions = {decision.patron: decision for decision in findings.decisions}
    held = {change.key for change in findings.braked.held.changes()}
    return tuple(
        _line(findings, change, decisions.get(change.patron), is_held=change.key in held)
        for change in findings.plan.changes()
    )


def _line(findings: Findings, change: Change, decision: Decision | None, *, is_held: bool) -> ChangeLine:
    patron = Patron(change.patron) if decision is None else decision.facts.patron
    sentence = why_change(change, decision, findings.policy)
    if is_held:
        return ChangeLine(change, patron, sentence, State.HELD, held_by=held_by(change, findings.braked.tripped))
    if not findings.applied:
        return ChangeLine(change, patron, sentence, State.PENDING)
    outcome = findings.outcomes.get(change.patron)
    state = State.STOPPED if outcome is None else _STATES[outcome.result]
    return ChangeLine(change, patron, sentence, state, outcome=outcome)


def held_by(change: Change, tripped: tuple[Tripped, ...]) -> Brake | None:
    """The brake that holds a change: the first tripped one of its kind, as brakes hold all of their kind."""
    return next((each.brake for each in tripped if _holds(each, change)), None)


def _holds(tripped: Tripped, change: Change) -> bool:
    if tripped.rule is not None and tripped.rule != change.rule:
        return False
    adds, removes = change.kind is ChangeKind.ADD, change.kind in {ChangeKind.REMOVE, ChangeKind.RESET_PIN}
    return {
        Brake.DRIFT: adds and change.reason is Reason.DRIFT,
        Brake.RELEASE_ONLY: adds or change.kind is ChangeKind.AMEND,
        Brake.FIRST_CYCLE: adds,
        Brake.ADDITIONS: adds,
        Brake.PIN_ADDITIONS: adds and change.rule_kind is RuleKind.FAILED_PIN,
        Brake.REMOVALS: removes and not change.paid,
        Brake.AMENDMENTS: change.kind is ChangeKind.AMEND,
    }[tripped.brake]
