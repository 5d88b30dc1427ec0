"""What brakes hold, change by change, from cycle to cycle.

A change is known by its patron, by what is done, and by its rule or its restriction type: neither another name for the
rule nor another of its type lets it go.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from sidecar.core.plan import ChangeKey, ChangeKind
from sidecar.core.verdict import Verdict

Brake = TypeVar("Brake")
_Name = tuple[str, str, str, str]


class HeldChanges(Generic[Brake]):
    """The brake that holds each change, under whatever name it comes."""

    def __init__(self, held: Mapping[ChangeKey, Brake]) -> None:
        self._held = held
        self._by_name = {name: brake for key, brake in held.items() for name in _names(key)}

    def by(self, key: ChangeKey) -> Brake | None:
        """The brake that holds this change, if one does."""
        if key in self._held:
            return self._held[key]
        return next((self._by_name[name] for name in _names(key) if name in self._by_name), None)


def ended_by_full_cycle(
    held: Collection[ChangeKey],
    kept: Collection[ChangeKey],
    waiting: Collection[ChangeKey],
    undecided: Iterable[Verdict],
) -> set[ChangeKey]:
    """Of what was held, what a full cycle ends: what it no longer wants, lets go, or holds under another name (`kept`).

    What waits for another cause now (`waiting`), and what cannot be decided, stays held.
    """
    renamed = {name for key in kept for name in _names(key)}
    lasting = {name for key in waiting for name in _names(key)}
    lasting |= {name for verdict in undecided for name in _names_of(verdict)}
    return {
        key for key in set(held) - set(kept) if not renamed.isdisjoint(_names(key)) or lasting.isdisjoint(_names(key))
    }


def _names(key: ChangeKey) -> tuple[_Name, _Name]:
    patron, rule, kind, restriction_type = key
    return (patron, kind, "rule", rule), (patron, kind, "type", restriction_type)


def _names_of(verdict: Verdict) -> Iterator[_Name]:
    for kind in (ChangeKind.ADD, ChangeKind.REMOVE):
        for restriction_type in verdict.types:
            yield from _names((verdict.patron, verdict.rule, kind.value, restriction_type))
