"""Rows that were ours and stand under a foreign type: known by their numbers, whatever becomes of them."""

from collections.abc import Iterable, Iterator

from tests.faults.facts import Card, day
from tests.faults.oracle import Memory

OURS = frozenset(
    {
        "CW_DEBT",
        "CW_OWING",
        "CW_REPLACEMENT",
        "CW_PIN",
        "CW_LOST_CARD",
        "CW_COLLECTION",
        "CW_FEE",
        "CW_OVERDUE",
        "CW_FLAG",
    }
)
"""The types that are registered with the plugin."""


class OnceOurs:
    """The rule that each such row was of. After a database came from a backup, numbers are given again: who knows."""

    def __init__(self) -> None:
        self.rules: dict[int, str] = {}
        self.perhaps: set[tuple[int, str]] = set()
        self.given_again: set[int] = set()

    def of(self, rule: str, card: Card, memory: Memory | None, now: int) -> Iterator[frozenset[int]]:
        """The rows in force on the card that were this rule's: those surely, and with those that perhaps were."""
        foreign = {row.id for row in card.rows if row.type not in OURS and row.in_force(day(now))}
        known = {row for row, of_rule in self.rules.items() if of_rule == rule}
        ours = frozenset(foreign & (known | (memory.rows if memory is not None else frozenset())))
        perhaps = (ours & self.given_again) | {row for row in foreign if (row, rule) in self.perhaps}
        yield ours - perhaps
        if perhaps:
            yield ours | perhaps

    def note(self, rule: str, card: Card, memories: Iterable[Memory | None]) -> None:
        """Rows that all memories know become known for good, those that some know perhaps. The memories are of the
        card, or of one that was merged into it."""
        known = [frozenset() if memory is None else memory.rows for memory in memories]
        for row in card.rows:
            of_some = [row.id in rows for rows in known]
            if row.type not in OURS and all(of_some):
                self.rules[row.id] = rule
            elif row.type not in OURS and any(of_some):
                self.perhaps.add((row.id, rule))

    def numbers_given_again(self, first: int) -> None:
        """The database came from a backup: numbers from this one on mean nothing any more."""
        self.given_again |= set(range(first, max([first, *self.rules]) + 1000))
