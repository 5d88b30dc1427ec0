"""Whom quick cycles need not decide about again: they looked at them a moment ago, and nothing is otherwise.

A quick cycle reads back beyond the last one, because an ILS may commit a change later than it dates it. So whoever
moved comes up in each cycle of the next minutes, and after a burst of our own writes all of them do. A patron of whom
each fact is as it was when a cycle decided, and left nothing to do, is passed by as if the ILS had not named them.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from sidecar.core.model import Facts, PatronId
from sidecar.core.policy import Policy, Scope
from sidecar.core.verdict import Decision, Standing
from sidecar.cycle.findings import Findings
from sidecar.ports import Keeps, Mode

_AT_REST: Final = frozenset({Standing.CLEAR, Standing.BLOCKED, Standing.OVERRIDDEN})
"""Who is announced waits for a notice, and who is undecided for a fact."""

_Terms = tuple[str, Mode, Scope, date]
"""By what it was decided: the policy, what may be written and about whom, and the day."""


class Unmoved:
    """The patrons whom the last quick cycle read, with the facts as they came. In memory only: a process that begins
    knows nobody, a full cycle looks at all, and one that failed or might not write leaves nothing known."""

    def __init__(self) -> None:
        self._known: dict[PatronId, Facts] = {}
        self._read: dict[PatronId, Facts] = {}
        self._passed: set[PatronId] = set()
        self._terms: _Terms | None = None

    @property
    def passed(self) -> Collection[PatronId]:
        """Whom the cycle that runs now, or ran last, passed by."""
        return self._passed

    def keeps(self, policy: Policy, mode: Mode, scope: Scope, wanted: Collection[PatronId]) -> Keeps:
        """Tells, patron by patron, whom a quick cycle on these terms has to look at; whoever is `wanted` is."""
        self._read, self._passed = {}, set()

        def keeps(facts: Facts, as_of: datetime) -> bool:
            patron = facts.patron.id
            terms = (policy.digest, mode, scope, as_of.astimezone(policy.time_zone).date())
            if terms != self._terms:
                self._known, self._terms = {}, terms
            self._read[patron] = facts
            if patron in wanted or facts.staff_releases or self._known.get(patron) != facts:
                return True
            self._passed.add(patron)
            return False

        return keeps

    def done(self, findings: Findings) -> None:
        """A cycle came to its end."""
        if findings.kind == "full" or not findings.applied or findings.stopped is not None:
            self.forget()
            return
        rest = {decision.patron for decision in findings.decisions if _is_at_rest(decision)} | self._passed
        self._known = {patron: facts for patron, facts in self._read.items() if patron in rest}
        self._read = {}

    def forget(self) -> None:
        """Know nobody: the next cycle looks at all whom the ILS names."""
        self._known, self._read = {}, {}


def _is_at_rest(decision: Decision) -> bool:
    """Whether nothing is left to do about the patron, and nothing is waited for but what moves a fact or is due."""
    return all(
        each.standing in _AT_REST
        and each.change is None
        and not (each.drift or each.lifted or each.released)
        and (each.case_now is None or each.case_now.missing_since is None)
        for each in decision.verdicts
    )
