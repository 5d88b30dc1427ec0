"""What the gauges count, patron by patron: a full cycle paints it anew, a quick one touches up whom it looked at."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sidecar.core.model import PatronId, RuleId
from sidecar.core.plan import ChangeKind
from sidecar.core.verdict import Decision, Standing
from sidecar.cycle.findings import Findings


class Mark(NamedTuple):
    """One rule on one patron, as far as it is counted."""

    rule: RuleId
    library: str
    in_force: bool
    undecided: bool
    drift: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts; `cards` are those with a block of ours in force, whatever its rule."""

    blocks: Mapping[tuple[RuleId, str], int]
    undecided: Mapping[RuleId, int]
    drift: int
    cards: int = 0


class Gauges:
    """All marks. `tally` is exchanged as a whole, so that another thread may read it."""

    def __init__(self) -> None:
        self._marks: dict[PatronId, tuple[Mark, ...]] = {}
        self._count = _Count()
        self.tally = Tally({}, {}, 0)

    def paint(self, findings: Findings) -> None:
        """Take over what a cycle found and did."""
        if findings.kind == "full":
            self._marks, self._count = {}, _Count()
        done = {
            (change.patron, change.rule): change.kind is ChangeKind.ADD
            for change in findings.done()
            if change.kind in {ChangeKind.ADD, ChangeKind.REMOVE}
        }
        for decision in findings.decisions:
            marks = tuple(_marks(decision, done))
            self._count.add(self._marks.pop(decision.patron, ()), -1)
            self._count.add(marks, 1)
            if marks:
                self._marks[decision.patron] = marks
        self.tally = self._count.tally()


@dataclass(slots=True)
class _Count:
    """What all marks come to, kept as they come and go: a quick cycle looks at few of many."""

    blocks: Counter[tuple[RuleId, str]] = field(default_factory=Counter)
    undecided: Counter[RuleId] = field(default_factory=Counter)
    drift: int = 0
    cards: int = 0

    def add(self, marks: tuple[Mark, ...], times: int) -> None:
        """One patron's marks, `times` 1 or -1."""
        self.cards += times * any(mark.in_force for mark in marks)
        for mark in marks:
            self.blocks[mark.rule, mark.library] += times * mark.in_force
            self.undecided[mark.rule] += times * mark.undecided
            self.drift += times * mark.drift

    def tally(self) -> Tally:
        return Tally(+self.blocks, +self.undecided, self.drift, self.cards)


def _marks(decision: Decision, done: Mapping[tuple[PatronId, RuleId], bool]) -> Iterator[Mark]:
    for verdict in decision.verdicts:
        in_force = done.get((verdict.patron, verdict.rule), verdict.in_force is True)
        undecided = verdict.standing is Standing.UNDECIDED
        if in_force or undecided or verdict.drift:
            library = decision.facts.patron.library
            yield Mark(verdict.rule, library if isinstance(library, str) else "", in_force, undecided, verdict.drift)
