"""What the gauges count, patron by patron: a full cycle paints it anew, a quick one touches up whom it looked at."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
        self.tally = Tally({}, {}, 0)

    def paint(self, findings: Findings) -> None:
        """Take over what a cycle found and did."""
        if findings.kind == "full":
            self._marks = {}
        done = {
            (change.patron, change.rule): change.kind is ChangeKind.ADD
            for change in findings.done()
            if change.kind in {ChangeKind.ADD, ChangeKind.REMOVE}
        }
        for decision in findings.decisions:
            marks = tuple(_marks(decision, done))
            if marks:
                self._marks[decision.patron] = marks
            else:
                self._marks.pop(decision.patron, None)
        self.tally = self._count()

    def _count(self) -> Tally:
        blocks: Counter[tuple[RuleId, str]] = Counter()
        undecided: Counter[RuleId] = Counter()
        drift = cards = 0
        for marks in self._marks.values():
            cards += any(mark.in_force for mark in marks)
            for mark in marks:
                blocks[mark.rule, mark.library] += mark.in_force
                undecided[mark.rule] += mark.undecided
                drift += mark.drift
        return Tally(+blocks, +undecided, drift, cards)


def _marks(decision: Decision, done: Mapping[tuple[PatronId, RuleId], bool]) -> Iterator[Mark]:
    for verdict in decision.verdicts:
        in_force = done.get((verdict.patron, verdict.rule), verdict.in_force is True)
        undecided = verdict.standing is Standing.UNDECIDED
        if in_force or undecided or verdict.drift:
            library = decision.facts.patron.library
            yield Mark(verdict.rule, library if isinstance(library, str) else "", in_force, undecided, verdict.drift)
