"""Which cards are blocked: a card counts once, however many restrictions of ours are in force on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from sidecar.core.accounts import owed_by
from sidecar.core.model import Currency, PatronId, RestrictionType
from sidecar.core.plan import Change, ChangeKind
from sidecar.core.verdict import Decision, Standing

CardBlocks: TypeAlias = Mapping[PatronId, frozenset[RestrictionType]]
"""The types of our restrictions in force, by card; a card without any is not in it."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """So many cards are blocked, and what they owe together in minor units, before credit is set off. What `unknown`
    of them owe is not known and not in the sum."""

    cards: int
    owed: int
    unknown: int = 0


def blocks_read(decisions: Iterable[Decision], today: date) -> CardBlocks:
    """What is in force as it was read, in scope or not, with a rule of the policy behind it or not."""
    found = {
        decision.patron: frozenset(row.type for row in decision.facts.ours() if row.in_force(today))
        for decision in decisions
    }
    return {patron: types for patron, types in found.items() if types}


def blocks_after(blocks: CardBlocks, changes: Iterable[Change]) -> CardBlocks:
    """What is in force once these changes are made."""
    after = dict(blocks)
    for change in changes:
        types = after.pop(change.patron, frozenset())
        if change.kind is ChangeKind.ADD:
            types |= {change.restriction_type}
        elif change.kind is ChangeKind.REMOVE:
            types -= {change.restriction_type}
        if types:
            after[change.patron] = types
    return after


def blocks_if_free(decisions: Iterable[Decision]) -> CardBlocks:
    """What the rules would set if the cards are free: all that can be said where no row can be read."""
    found = {
        decision.patron: frozenset(
            verdict.restriction_type for verdict in decision.verdicts if verdict.standing is Standing.BLOCKED
        )
        for decision in decisions
    }
    return {patron: types for patron, types in found.items() if types}


def count_blocked(blocks: CardBlocks, decisions: Iterable[Decision], currency: Currency) -> Blocked:
    """How many cards these blocks are on, and what those owe."""
    debts = [owed_by(decision.facts) for decision in decisions if decision.patron in blocks]
    known = [debt for debt in debts if debt is not None]
    return Blocked(len(blocks), currency.minor(sum(known, Decimal(0))), len(debts) - len(known))
