"""What a cycle needs of the outside, gathered in one value."""

from dataclasses import dataclass

from sidecar.ports import Clock, CollectionOffice, Journal, Source, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An ILS, a journal and a clock. Without a target nothing can be written."""

    source: Source
    target: Target | None
    journal: Journal
    clock: Clock
    office: CollectionOffice | None = None
