"""Histories at length, a portion to a process. A module of its own: a process that is spawned finds nothing in the
`__main__` of a package."""

from collections import Counter
from dataclasses import dataclass

from tests.faults.compositions import AllTogether, BrakedHistories, DriftHistories
from tests.faults.histories import Histories
from tests.faults.history import TALLY
from tests.faults.machine import Machine
from tests.faults.running import run_histories
from tests.faults.words import WordHistories

MACHINES = (
    (Histories, 300, 50),
    (WordHistories, 250, 30),
    (DriftHistories, 250, 15),
    (BrakedHistories, 250, 15),
    (AllTogether, 250, 25),
)
"""How many of each, and how many steps of a history: those of compositions hold several cycles each."""


PORTION = 25
"""So many histories at a time go to a process: all cores have work to the end."""


@dataclass(frozen=True)
class Portion:
    """Some histories of one kind: what they went through, and what the first wrong one of them says."""

    tally: Counter[str]
    wrong: tuple[str, ...] = ()


def portion(machine: type[Machine], examples: int, steps: int) -> Portion:
    """Run in a process of its own."""
    TALLY.clear()
    try:
        run_histories(machine, examples=examples, steps=steps)
    except AssertionError as wrong:
        return Portion(Counter(TALLY), (str(wrong), *getattr(wrong, "__notes__", ())))
    return Portion(Counter(TALLY))


def portions(examples: int) -> list[int]:
    whole, rest = divmod(examples, PORTION)
    return [PORTION] * whole + [rest] * bool(rest)
