"""Releases that staff made in the ILS: those that the journal has already are no news, those that it takes are told."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sidecar.core.model import Facts, PatronId, StaffRelease
from sidecar.core.released import answered_releases
from sidecar.core.verdict import Decision
from sidecar.ports import Journal


def without_known_releases(journal: Journal, facts: Iterable[Facts]) -> tuple[tuple[Facts, ...], frozenset[str]]:
    """The facts without releases that are in the journal, and the ids of those: the ILS has not heard yet that they
    are."""
    known = tuple(facts)
    asked = [release for each in known for release in each.staff_releases]
    if not asked:
        return known, frozenset()
    taken = journal.known_releases(asked)
    return tuple(_without(each, taken) for each in known), taken


def released_in_ils(decisions: Iterable[Decision]) -> Sequence[tuple[PatronId, StaffRelease]]:
    """The releases that these decisions took account of, for the journal to take."""
    return [
        (decision.patron, release)
        for decision in decisions
        for release in answered_releases(decision.facts, decision.verdicts)
    ]


def _without(facts: Facts, taken: frozenset[str]) -> Facts:
    if not facts.staff_releases:
        return facts
    return replace(facts, staff_releases=tuple(each for each in facts.staff_releases if each.id not in taken))
