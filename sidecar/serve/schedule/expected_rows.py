"""How many rows of ours the ILS should have, by all that cycles saw and did: a database put back from a backup, or rows
deleted behind Koha's back, show themselves by another number though nobody moved."""

from collections import Counter

from sidecar.core.model import RestrictionType, Stage
from sidecar.core.plan import ChangeKind
from sidecar.core.verdict import Decision
from sidecar.cycle.findings import Findings

Numbers = Counter[RestrictionType]
"""Rows in force, by type; may be negative where it is a difference."""


class ExpectedRows:
    """What the ILS should count when the next cycle begins."""

    def __init__(self) -> None:
        self._expected: Numbers | None = None

    def moved_by_themselves(self, findings: Findings) -> bool:
        """Whether a cycle found other numbers than expected, and those whom it looked at do not explain it."""
        if self._expected is None:
            return False
        moved = _counted(findings)
        moved.subtract(self._expected)
        moved.subtract(_explained(findings))
        own = {rule.restriction_type for rule in findings.policy.rules}
        return any(moved[each] != 0 for each in own)

    def take(self, findings: Findings) -> None:
        """What is to be expected after this cycle."""
        expected = _counted(findings)
        there = {decision.patron: _rows(findings, decision) for decision in findings.decisions}
        for change in findings.done():
            rows = there[change.patron][change.restriction_type]
            if change.kind is ChangeKind.ADD and rows == 0:
                expected[change.restriction_type] += 1
            elif change.kind is ChangeKind.REMOVE:
                expected[change.restriction_type] -= rows
        self._expected = expected


def _counted(findings: Findings) -> Numbers:
    """As the ILS itself counts them, before the cycle wrote."""
    return Counter({registered.type: registered.in_force for registered in findings.status.types})


def _explained(findings: Findings) -> Numbers:
    """By how much the rows of those who were looked at differ from what was remembered of them."""
    explained: Numbers = Counter()
    for decision in findings.decisions:
        explained.update(_rows(findings, decision))
        for verdict in decision.verdicts:
            case = verdict.case_before
            if case is not None and case.stage is Stage.BLOCKED and case.missing_since is None:
                explained[case.restriction_type] -= max(len(case.rows), 1)
    return explained


def _rows(findings: Findings, decision: Decision) -> Numbers:
    """The rows in force of one patron, of the rules' types."""
    today = findings.today
    types = {each for verdict in decision.verdicts for each in verdict.types}
    return Counter(row.type for row in decision.facts.rows(*types) if row.in_force(today))
