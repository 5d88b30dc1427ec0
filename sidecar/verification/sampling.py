"""Whom to ask about: what was written lately, and clean cards to compare with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final, TypeAlias

from sidecar.core.gates import InForce, in_force
from sidecar.core.model import Facts, PatronId
from sidecar.core.plan import ChangeKind, patron_order
from sidecar.core.policy import Policy, Scope
from sidecar.ports import Journal, Pull, Result

LOOKED_THROUGH: Final = 5_000
"""How many of the journal's latest changes are looked through for recent blocks and releases."""


DONE: Final = frozenset({Result.WRITTEN, Result.ALREADY})


@dataclass(frozen=True, slots=True)
class Sample:
    """So many cards that were blocked last, that were freed last, and that nothing stops."""

    blocks: int = 20
    releases: int = 20
    controls: int = 20


@dataclass(frozen=True, slots=True)
class Everyone:
    """All cards that can matter: with money, wrong PINs, a restriction or a lost card."""


@dataclass(frozen=True, slots=True)
class Named:
    """These patrons, by the ILS's numbers; who is not there is left out."""

    patrons: tuple[PatronId, ...]


Selection: TypeAlias = Sample | Everyone | Named
"""Whom to ask about."""


def chosen(selection: Sample | Everyone, pull: Pull, journal: Journal, policy: Policy, scope: Scope) -> list[PatronId]:
    """The patrons to ask about, in order."""
    today = pull.as_of.astimezone(policy.time_zone).date()
    included = [facts for facts in pull.facts if scope.includes(facts, today) is not False]
    if isinstance(selection, Everyone):
        return [facts.patron.id for facts in included]
    return sorted(_sampled(selection, included, journal, policy, today), key=patron_order)


def _sampled(
    sample: Sample, included: Sequence[Facts], journal: Journal, policy: Policy, today: date
) -> frozenset[PatronId]:
    """Blocks that stand, those written last first; releases that may be gone from the pull; controls from the rest."""
    held = {facts.patron.id: in_force(facts, policy, today) for facts in included}
    blocked = [patron for patron, each in held.items() if each.must_be_stopped is True]
    changes = journal.changes(limit=LOOKED_THROUGH)
    lately = [(change.patron, change.kind) for change in changes if change.result in DONE]
    added = dict.fromkeys(patron for patron, kind in lately if kind is ChangeKind.ADD)
    removed = dict.fromkeys(patron for patron, kind in lately if kind is ChangeKind.REMOVE)
    blocks = set(islice((patron for patron in added if patron in set(blocked)), sample.blocks))
    rest = [patron for patron in blocked if patron not in blocks]
    blocks.update(_spread(rest, sample.blocks - len(blocks), today))
    releases = set(islice((patron for patron in removed if patron not in blocked), sample.releases))
    clean = [patron for patron, each in held.items() if _is_clean(each) and patron not in releases]
    return frozenset(blocks | releases | set(_spread(clean, sample.controls, today)))


def _is_clean(held: InForce) -> bool:
    """Nothing that Cardwarden reads would stop this card; it may owe something."""
    return held.restricted is False and held.ours is False and held.expired is False and held.card_lost is False


def _spread(patrons: Sequence[PatronId], number: int, today: date) -> Iterator[PatronId]:
    """So many of them, evenly over the list and beginning elsewhere each day, so that in time all are asked about."""
    if number <= 0 or not patrons:
        return
    step = max(len(patrons) // number, 1)
    start = today.toordinal() % step
    yield from islice(patrons, start, start + step * number, step)
