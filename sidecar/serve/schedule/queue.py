"""Which cycle comes next, and what a quick one looks at. No clock, no thread: moments come in with each call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sidecar.core.model import PatronId
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Quick
from sidecar.serve.schedule.expected_rows import ExpectedRows

OVERLAP: Final = timedelta(minutes=2)
"""How far a quick cycle looks back beyond the last one: an ILS may commit a change later than it dates it."""

_REST: Final = 5
"""A failed full cycle is tried again after so many times what it took, so that it never keeps a Koha busy."""

_LONGEST_REST: Final = timedelta(minutes=15)

_BETWEEN_LOOKS: Final = timedelta(minutes=15)
"""How often at most rows that came or went by themselves make a cycle a full one."""

_SHORTEST_REST: Final = timedelta(minutes=1)
"""While quick ones can go on meanwhile."""


@dataclass(frozen=True, slots=True)
class Full:
    """A full cycle, and why."""

    reason: str


class CycleQueue:
    """Remembers how far the ILS was seen (by the ILS's own clock) and whose answer changes when by itself."""

    def __init__(self) -> None:
        self._wanted: str | None = "the daemon has started"
        self._rest: tuple[datetime, datetime] | None = None
        self._quick_first = False
        self._seen: datetime | None = None
        self._ahead = timedelta()
        self._due: Mapping[PatronId, datetime] = {}
        self._rows = ExpectedRows()
        self._looked_for_rows: datetime | None = None

    @property
    def wanted(self) -> str | None:
        """Why a full cycle is wanted, if one is."""
        return self._wanted

    def want_full(self, reason: str, *, anew: bool = False) -> None:
        """Make the next cycle a full one. `anew`: what was seen of the ILS no longer counts, so that no quick one comes
        before it, even if it fails."""
        self._wanted = reason
        self._rest = None
        self._quick_first = False
        if anew:
            self._seen = None

    def next(self, now: datetime, *, quick: bool) -> Full | Quick | None:
        """The cycle to run now, if any; `quick` says whether a quick one may be."""
        quick = quick and self._seen is not None
        if self._wanted is not None and not self._rests(now) and not (quick and self._quick_first):
            return Full(self._wanted)
        if not quick or self._seen is None:
            return None
        self._quick_first = False
        there = now + self._ahead
        return Quick(self._seen - OVERLAP, frozenset(patron for patron, due in self._due.items() if due <= there))

    def _rests(self, now: datetime) -> bool:
        """Whether a failed full cycle rests still. A clock that was set back ends it."""
        return self._rest is not None and self._rest[0] <= now < self._rest[1]

    def done(self, findings: Findings, asked: Full | Quick) -> None:
        """A cycle came to its end. A clock in the ILS that went back would hide what moved, so a full one follows."""
        seen = self._seen
        self._seen = findings.as_of
        self._ahead = findings.as_of - findings.started
        if isinstance(asked, Full):
            self._wanted = self._rest = None
            self._quick_first = False
            self._due = dict(findings.due)
        else:
            looked_at = asked.due | {decision.patron for decision in findings.decisions}
            kept = {patron: due for patron, due in self._due.items() if patron not in looked_at}
            self._due = kept | findings.due
            if seen is not None and findings.as_of < seen - OVERLAP:
                self.want_full("the clock of the library system went back")
            elif self._rows.moved_by_themselves(findings) and self._may_look_for_rows(findings.finished):
                self._looked_for_rows = findings.finished
                self.want_full("restrictions of ours came or went though nobody moved")
        self._rows.take(findings)

    def _may_look_for_rows(self, now: datetime) -> bool:
        """A cause that stands must not make every cycle a full one. A clock that was set back ends the wait."""
        last = self._looked_for_rows
        return last is None or not last <= now < last + _BETWEEN_LOOKS

    def failed(self, asked: Full | Quick, began: datetime, now: datetime) -> None:
        """A cycle failed: the next one looks back as far, and a full one rests before it is tried again, and lets at
        least one quick one go first: payments free cards meanwhile."""
        if isinstance(asked, Full):
            rest = _REST * (now - began)
            if self._seen is not None:
                rest = max(rest, _SHORTEST_REST)
            self._rest = now, now + min(rest, _LONGEST_REST)
            self._quick_first = True
