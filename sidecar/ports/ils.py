"""An ILS: what it says of itself, what is read of it and written to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from sidecar.core.model import Facts, PatronId, RestrictionType
from sidecar.core.needs import Part
from sidecar.core.notices import NoticeOrder
from sidecar.core.plan import Entry


@dataclass(frozen=True, slots=True)
class RegisteredType:
    """A restriction type registered as ours; `exists` tells whether the ILS has it."""

    type: RestrictionType
    exists: bool
    rows: int
    in_force: int


@dataclass(frozen=True, slots=True)
class Category:
    """A patron category; `type` is the ILS's own word for its kind (Koha: A, C, P, I, S, and X for statistical ones).

    The limits are amounts in major units at which the ILS itself stops loans of the category's patrons, for what they
    owe, what their guarantees owe, and what their guarantors and those' other guarantees owe. None: no limit of the
    category's own, or not known.
    """

    id: str
    type: str
    fines_limit: Decimal | None = None
    guarantees_limit: Decimal | None = None
    guarantors_limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IlsStatus:
    """What the ILS says of itself. Without the plugin `installation_id` is None and `writable` is false.

    `pin_limit` is the number of wrong PINs at which the ILS itself locks (None: never, or not known). `version` is that
    of the ILS (as 23.05.04.000), `contract` that of the plugin's contract. Of what a policy may name (`categories`,
    `libraries`, `charge_types`, `item_types`, `patron_attributes`) None means not known, and an empty set that the ILS
    has none.
    """

    description: str
    writable: bool
    patron_count: int
    as_of: datetime
    installation_id: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    paused: bool = False
    writer: str | None = None
    pin_limit: int | None = None
    never: frozenset[PatronId] = frozenset()
    statistical_categories: frozenset[str] = frozenset()
    types: tuple[RegisteredType, ...] = ()
    preferences: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None
    contract: int | None = None
    categories: tuple[Category, ...] | None = None
    libraries: frozenset[str] | None = None
    charge_types: frozenset[str] | None = None
    item_types: frozenset[str] | None = None
    patron_attributes: frozenset[str] | None = None
    parts: frozenset[Part] = frozenset()

    @property
    def ours_in_force(self) -> int:
        """How many rows of ours are in force in the whole ILS."""
        return sum(registered.in_force for registered in self.types)


@dataclass(frozen=True, slots=True)
class Pull:
    """Facts as read completely in one pull, at `as_of` of the ILS's clock. `gaps` are stated in the report."""

    facts: tuple[Facts, ...]
    as_of: datetime
    gaps: tuple[str, ...] = ()


Keeps: TypeAlias = Callable[[Facts, datetime], bool]
"""Asked of each patron who was read, with the moment of the pull: whether the facts are kept. Who is not goes with the
page."""

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with patrons read so far and, where known, how many there will be."""


class Source(Protocol):
    """Reads an ILS. Every method raises an `IlsError` rather than answer with less than was asked."""

    def status(self) -> IlsStatus:
        """What the ILS says of itself."""

    def pull(
        self,
        *,
        changed_since: datetime | None = None,
        names: bool = False,
        progress: Progress | None = None,
        keeps: Keeps | None = None,
    ) -> Pull:
        """Everyone who can matter (or, with `changed_since`, everyone who moved), completely or not at all. All of them
        are read; with `keeps` only those whom it keeps are given."""

    def read(self, patrons: Sequence[PatronId], *, names: bool = False) -> Pull:
        """The facts of these patrons; those that do not exist (any more) are left out."""

    def find_card(self, card_number: str) -> PatronId | None:
        """The patron with that card number. It is never logged and never put into an address."""


class Result(StrEnum):
    """How one patron's changes ended."""

    WRITTEN = "written"
    ALREADY = "already"
    MOVED = "moved"
    GONE = "gone"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The ILS's answer for one entry. MOVED: the facts were no longer those that decided (skipped).
    UNANSWERED: it may or may not have been done; the next cycle sees."""

    patron: PatronId
    result: Result
    message: str = ""

    @property
    def done(self) -> bool:
        """Whether the ILS is now as asked."""
        return self.result in {Result.WRITTEN, Result.ALREADY}


@dataclass(frozen=True, slots=True)
class Telling:
    """What the ILS's own pages are to say of a card, as of a moment: sentences and releases on offer, as
    docs/plugin-api.md has them. None: no rule holds the card, and there is nothing to say."""

    patron: PatronId
    as_of: datetime
    answer: Mapping[str, object] | None


TOLD_AT_ONCE: Final = 500
"""How many cards, and how many releases, one `Target.tell` may be about."""


class Target(Protocol):
    """Writes to an ILS. Writing twice is writing once. `apply` may be under way so many times at once as there are
    `writers`, each in a thread of its own."""

    batch_size: int
    writers: int

    def apply(self, entries: Sequence[Entry]) -> tuple[Sequence[Outcome], datetime | None]:
        """Write at most `batch_size` entries; one outcome each, in order, and the ILS's time of the writing.

        A time-out is answered as UNANSWERED outcomes, not raised. Raises PausedInIls and OtherWriter.
        """

    def tell(
        self, tellings: Sequence[Telling], taken: Sequence[str] = (), *, hold_at: datetime | None = None
    ) -> Sequence[PatronId]:
        """Give the ILS's own pages answers, one for a card, and say which of the staff releases made there the journal
        has; `hold_at`: what was told before still holds at this moment. Telling twice is telling once.

        Gives the patrons whose answers the ILS could not read; the others are told. Raises PausedInIls, OtherWriter and
        other IlsErrors; then it may or may not have been told.
        """

    def notify(self, notices: Sequence[NoticeOrder]) -> None:
        """Have the ILS send at most `TOLD_AT_ONCE` notices, each key once however often it is asked for. Raises
        PausedInIls, OtherWriter and other IlsErrors; then it may or may not have taken them."""

    def claim(self) -> None:
        """Become the writer in place of another journal (`takeover`)."""
