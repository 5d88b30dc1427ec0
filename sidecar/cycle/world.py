"""What a cycle needs of the outside, gathered in one value."""

from dataclasses import dataclass

from sidecar.ports import Clock, CollectionOffice, Journal, Monotonic, Source, Target


def stands_still() -> float:
    """No time passes: where nobody asks how long anything takes."""
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An ILS, a journal, a clock and a stopwatch's time. Without a target nothing can be written."""

    source: Source
    target: Target | None
    journal: Journal
    clock: Clock
    office: CollectionOffice | None = None
    monotonic: Monotonic = stands_still
