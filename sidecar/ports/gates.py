"""The gates: places where patrons meet the ILS."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sidecar.core.gates import GateAnswer
from sidecar.core.model import PatronId


@dataclass(frozen=True, slots=True)
class Card:
    """A card that a gate is asked about: its number goes to the gate and nowhere else. `texts` are ours that patrons
    should read on its screen."""

    patron: PatronId
    number: str = field(repr=False)
    texts: tuple[str, ...] = field(default=(), repr=False)


class Gate(Protocol):
    """A place where patrons meet the ILS: a self-check, a digital service, an app. It is only ever asked."""

    @property
    def name(self) -> str:
        """What the settings call it."""

    def look(self, cards: Sequence[Card]) -> Sequence[GateAnswer]:
        """What it says of each card, in order; a card that could not be asked has its trouble in the answer.

        Never sends a patron's PIN. Raises GateError, in one line, if the gate as a whole cannot be asked.
        """
