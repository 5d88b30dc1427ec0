"""What was planned and is not done, patron by patron: a full cycle begins it anew, a quick one touches up whom it
looked at. So a hold ends with whichever cycle makes its last change, or finds that nobody asks for it any more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sidecar.core.brakes import Brake, Tripped
from sidecar.core.model import PatronId
from sidecar.core.plan import Change, patron_order
from sidecar.cycle.findings import Findings
from sidecar.ports import Mode, Result
from sidecar.serve.state import Held, Waiting

_WAITS_FOR_NOBODY = frozenset({Brake.RELEASE_ONLY, Brake.AMENDMENTS, Brake.MISFIT})
"""Release-only is what was asked for; texts over the limit are amended in the next cycles; what does not fit is told as
such, and no approval lets it go."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What one brake holds: so many changes, and the plan whose approval lets them go."""

    brake: Tripped
    changes: int
    digest: str
    cycle: int
    at: datetime
    policy: str

    @property
    def subject(self) -> str:
        """What tells one brake from another."""
        return subject_of(self.brake)


@dataclass(frozen=True, slots=True)
class Remains:
    """How many changes were planned and are not done, for whatever reason; what brakes hold of them; and the ILS's
    reason for each that it refused."""

    pending: int = 0
    holds: tuple[Hold, ...] = ()
    refusals: tuple[str, ...] = ()


class Left(NamedTuple):
    """One change that is not done: what waits for an approval, or the ILS's reason if it was refused."""

    held: Held | None
    refusal: str | None


class Backlog:
    """All that is left to do. No other place keeps whom it is about."""

    def __init__(self) -> None:
        self._left: dict[PatronId, tuple[Left, ...]] = {}
        self._holds: dict[str, Hold] = {}

    @property
    def now(self) -> Remains:
        """How much of it there is."""
        left = [one for of_patron in self._left.values() for one in of_patron]
        refusals = tuple(one.refusal for one in left if one.refusal is not None)
        return Remains(len(left), tuple(self._holds.values()), refusals)

    @property
    def held(self) -> tuple[Held, ...]:
        """What of it waits for an approval, change by change, in patron order."""
        patrons = sorted(self._left, key=patron_order)
        left = (one for patron in patrons for one in self._left[patron])
        return tuple(one.held for one in left if one.held is not None)

    def take(self, findings: Findings) -> None:
        """Take over what a cycle planned, and leave out what it did."""
        if findings.kind == "full":
            self._left.clear()
            self._holds.clear()
        for decision in findings.decisions:
            self._left.pop(decision.patron, None)
        done = {change.key for change in findings.done()}
        for entry in findings.plan.entries:
            left = [_left(change, findings) for change in entry.changes if change.key not in done]
            if left:
                self._left[entry.patron] = tuple(left)
        self._count(findings)

    def _count(self, findings: Findings) -> None:
        counts = Counter(one.held.brake for left in self._left.values() for one in left if one.held is not None)
        for brake in tripped(findings):
            known = self._holds.get(subject_of(brake))
            # The plan that holds most of them is the one to approve.
            if known is None or 2 * brake.asked >= counts[known.subject]:
                self._holds[subject_of(brake)] = _hold(brake, findings)
        self._holds = {
            subject: replace(hold, changes=counts[subject]) for subject, hold in self._holds.items() if counts[subject]
        }


def waiting(holds: Sequence[Hold]) -> tuple[Waiting, ...]:
    """The plans that wait for an approval, oldest first, each with what of it the brakes hold."""
    plans: dict[str, list[Hold]] = {}
    for hold in sorted(holds, key=lambda one: one.cycle):
        plans.setdefault(hold.digest, []).append(hold)
    return tuple(
        Waiting(
            digest,
            sum(hold.changes for hold in of_plan),
            {hold.subject: hold.changes for hold in of_plan},
            of_plan[0].cycle,
            of_plan[0].at,
        )
        for digest, of_plan in plans.items()
    )


def tripped(findings: Findings) -> list[Tripped]:
    """The brakes that wait for a person. In a dry run nothing is held back, since nothing would be written."""
    if findings.mode is Mode.DRY_RUN:
        return []
    return [one for one in findings.braked.tripped if one.brake not in _WAITS_FOR_NOBODY]


def subject_of(brake: Tripped) -> str:
    """What tells one brake from another."""
    return str(brake.brake) if brake.rule is None else f"{brake.brake} {brake.rule}"


def _hold(brake: Tripped, findings: Findings) -> Hold:
    digest = findings.kept_digest or ""
    return Hold(brake, brake.asked, digest, findings.cycle, findings.finished, findings.policy.digest)


def _left(change: Change, findings: Findings) -> Left:
    brake = findings.braked.by.get(change.key)
    if brake is not None:
        return Left(Held(change, subject_of(brake)) if brake in tripped(findings) else None, None)
    outcome = findings.outcomes.get(change.patron)
    refused = findings.applied and outcome is not None and outcome.result is Result.REFUSED
    return Left(None, outcome.message if outcome is not None and refused else None)
