"""What policies would do to the same cards today: who is blocked and who is free, counted by library, category and age,
and what one policy does that another does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sidecar.core.model import Patron, PatronId, RuleId
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Policy
from sidecar.core.verdict import Standing

Key: TypeAlias = tuple[PatronId, str]
Keys: TypeAlias = tuple[Key, ...]


class Effect(StrEnum):
    """What is counted of cards. IN_FORCE: a block of ours stands as read; TO_BLOCK: none does, and one would be set;
    FREED: the last one would be lifted; BLOCKED: one stands once the changes are made; ANNOUNCED: none does, and one is
    announced; ANEW: the policy would block or announce if no block stood and nothing were remembered."""

    IN_FORCE = "in_force"
    TO_BLOCK = "to_block"
    FREED = "freed"
    BLOCKED = "blocked"
    ANNOUNCED = "announced"
    ANEW = "anew"


class By(StrEnum):
    """What cards are told apart by."""

    LIBRARY = "library"
    CATEGORY = "category"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Tally:
    """So many cards, and what is owed on them together in minor units, before credit; charges that are not known count
    nothing."""

    cards: int = 0
    owed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.cards + other.cards, self.owed + other.owed)


Tallies: TypeAlias = Mapping[Effect, Tally]


@dataclass(frozen=True, slots=True)
class Group:
    """Cards of one library, category or band of ages (`12-14`, `65+`); "" where it is not known."""

    name: str
    tallies: Tallies


@dataclass(frozen=True, slots=True)
class RuleProspect:
    """One rule: rows in force as read, changes as a dry run plans them, verdicts as they would stand, and cards that
    the rule would block or announce if all began today."""

    rule: RuleId
    in_force: int
    planned: Mapping[ChangeKind, int]
    standing: Mapping[Standing, int]
    anew: int


@dataclass(frozen=True, slots=True)
class Prospect:
    """What one policy would do today."""

    everyone: Tallies
    groups: Mapping[By, tuple[Group, ...]]
    rules: tuple[RuleProspect, ...]
    planned: Mapping[ChangeKind, int]


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs today under another policy. Each list is of (patron, rule), by the other policy's names, in the
    order of patrons' numbers.

    `blocked_again` have a row of ours that becomes an orphan, since the other policy gives its rule another
    restriction type; `orphaned` are these and all other such rows, as (patron, restriction type).
    `kept_only_by_latching` stay blocked under both, though the other policy would not block them anew.
    """

    newly_blocked: Keys = ()
    blocked_again: Keys = ()
    no_longer_blocked: Keys = ()
    newly_announced: Keys = ()
    freed: Keys = ()
    no_longer_freed: Keys = ()
    kept_only_by_latching: Keys = ()
    orphaned: Keys = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """One policy that was tried: what it is called, what it would do, and what of that the present one does not.
    `value` is that of the curve's key, where it is a point of one."""

    label: str
    policy: Policy
    prospect: Prospect
    differences: Differences = field(default_factory=Differences)
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """The present policy and all that were tried, on the same facts. `key` is what the curve moves, if there is one."""

    present: Tried
    tried: tuple[Tried, ...]
    patrons: Mapping[PatronId, Patron]
    as_of: datetime
    gaps: tuple[str, ...] = ()
    key: str | None = None
