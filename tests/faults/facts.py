"""What Koha's tables say, as plain values. Nothing of the program is imported here. Money is in millionths, instants in
whole seconds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Copenhagen")
STATISTICAL = "STAT"
API_USER = 1


def day(moment: int) -> date:
    return datetime.fromtimestamp(moment, UTC).astimezone(ZONE).date()


@dataclass(frozen=True)
class Row:
    """A row of `borrower_debarments`, with all its columns."""

    id: int
    type: str
    comment: str
    expiration: date | None
    created: int
    updated: int | None
    manager: int | None

    def in_force(self, today: date) -> bool:
        return self.expiration is None or self.expiration > today


@dataclass(frozen=True)
class Release:
    """A block that staff released by name on a patron's page, and the rows that went with it."""

    id: int
    rule: str
    type: str
    at: int
    rows: frozenset[int]


@dataclass(frozen=True)
class Lent:
    """A loan, due on a day that may be past. Whether it is billed as lost, or claimed to be back, decides too."""

    item: int
    due: date
    type: str
    waited_for: bool
    lost: bool
    claimed: bool


@dataclass(frozen=True)
class Card:
    """One patron as Koha's tables have it; `guarantees` are those whom the patron answers for."""

    id: int
    library: str
    category: str
    born: date | None
    lines: tuple[tuple[int, str, int], ...]
    credit: int
    attempts: int
    lost: bool
    settled: int | None
    paid: int | None
    rows: tuple[Row, ...]
    flag: date | None
    hidden: bool
    name: str
    releases: tuple[Release, ...] = ()
    arose: Mapping[int, date] = field(default_factory=dict)
    loans: tuple[Lent, ...] = ()
    attributes: frozenset[str] = frozenset()
    address_unknown: bool = False
    expires: date | None = None
    guarantees: tuple["Card", ...] = ()

    def of_type(self, *kinds: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.type in kinds)

    def in_force(self, kinds: Iterable[str], today: date) -> tuple[Row, ...]:
        return tuple(row for row in self.of_type(*kinds) if row.in_force(today))

    def blocked(self, kind: str, today: date) -> bool:
        return bool(self.in_force([kind], today))


@dataclass(frozen=True)
class Reach:
    """Who is looked at: None is everyone."""

    libraries: frozenset[str] | None = None
    categories: frozenset[str] | None = None

    def leaves_out(self, card: Card) -> bool:
        """Whether the card is out of scope. Of a redacted one only the library is known."""
        if card.id == API_USER or (self.libraries is not None and card.library not in self.libraries):
            return True
        if card.hidden:
            return False
        return card.category == STATISTICAL or (self.categories is not None and card.category not in self.categories)


EVERYBODY = Reach()
