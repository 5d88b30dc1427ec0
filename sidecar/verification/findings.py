"""What one look at the gates found: the one value that all reports render."""

from dataclasses import dataclass
from datetime import datetime

from sidecar.core.gates import Comparison, GateOutcome
from sidecar.core.model import PatronId
from sidecar.core.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFindings:
    """One gate: what it said of each card, or the `trouble` for which it could not be asked at all. `asked_again` is
    how many cards differed at first and were read and asked once more; `seconds` is what the asking took."""

    name: str
    comparisons: tuple[Comparison, ...] = ()
    trouble: str | None = None
    asked_again: int = 0
    seconds: float = 0.0

    def by_outcome(self, outcome: GateOutcome) -> tuple[Comparison, ...]:
        """The cards that came out so."""
        return tuple(each for each in self.comparisons if each.outcome is outcome)

    @property
    def texts_unreadable(self) -> int:
        """Of how many cards the screen was not in the encoding that the settings name."""
        return sum(each.answer.unreadable for each in self.comparisons)

    @property
    def texts_missing(self) -> tuple[Comparison, ...]:
        """Cards that are stopped as they should be, though our text is not on the screen."""
        equal = self.by_outcome(GateOutcome.EQUAL)
        return tuple(each for each in equal if each.answer.text_shown is False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One look at the gates. `as_of` is the ILS's clock at the first reading, `chosen` how many cards there were to ask
    about, `without_card` who of them has no card number, and `waiting` how many have a change that is still to be made.
    """

    as_of: datetime
    finished: datetime
    policy: Policy
    chosen: int
    gates: tuple[GateFindings, ...]
    without_card: tuple[PatronId, ...] = ()
    waiting: int = 0
    gaps: tuple[str, ...] = ()

    def count(self, outcome: GateOutcome) -> int:
        """How often it came out so, all gates together."""
        return sum(len(gate.by_outcome(outcome)) for gate in self.gates)

    @property
    def differs(self) -> bool:
        """Whether a gate is open, or closed by another."""
        return any(each.differs for gate in self.gates for each in gate.comparisons)

    @property
    def unanswered(self) -> bool:
        """Whether something was to be asked and was not answered."""
        return any(gate.trouble for gate in self.gates) or self.count(GateOutcome.NO_ANSWER) > 0
