"""The answer about one card as a value: sums in minor units, moments on the ILS's clock, no names, no sentences.

Whatever shows it (a terminal, JSON, a page in the ILS) shows this, in any language.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from sidecar.core.brakes import Brake
from sidecar.core.collection.claim import ClaimId
from sidecar.core.model import Currency, Kind, Origin, PatronId, RestrictionType, RuleId, Truth
from sidecar.core.plan import Reason
from sidecar.core.policy import RuleKind


class Source(StrEnum):
    """Whose a block is."""

    RULE = "rule"
    STAFF = "staff"
    FORMER = "former"
    ORPHAN = "orphan"
    OUT_OF_SCOPE = "out_of_scope"
    FLAG = "flag"
    UNSEEN = "unseen"


BlockKey: TypeAlias = tuple[Source, str]


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule and the numbers behind its block, in minor units or wrong PINs. `kinds` are the charges it counts."""

    rule: RuleId
    kind: RuleKind
    kinds: frozenset[Kind]
    counted: int | None = None
    attempts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What blocks the card. `cause` is that of a rule, `rule` also the one that a former row was of.

    `ends` is a day on which the row ends, as staff set it. `counted_then` is what was counted when the block began.
    """

    source: Source
    restriction_type: RestrictionType = ""
    row: str = ""
    since: datetime | None = None
    ends: date | None = None
    rule: RuleId | None = None
    cause: Cause | None = None
    counted_then: int | None = None

    @property
    def key(self) -> BlockKey:
        """What identifies it from one look to the next."""
        return self.source, self.rule if self.source is Source.RULE and self.rule else self.row


@dataclass(frozen=True, slots=True)
class Part:
    """A sum in charges of one kind."""

    kind: Kind
    minor: int


@dataclass(frozen=True, slots=True)
class Pay:
    """Pay at least this much, and so much of it in charges of each kind. `everything`: all that is open.

    `several` says that the patron has open charges of more kinds than one, so that it matters which are paid.
    """

    minor: int
    parts: tuple[Part, ...]
    rules: tuple[RuleId, ...]
    everything: bool
    several: bool


@dataclass(frozen=True, slots=True)
class ShowId:
    """Staff lift the block of this rule after a check of photo ID."""

    rule: RuleId
    kind: RuleKind


@dataclass(frozen=True, slots=True)
class ResetCounter:
    """The right PIN, or staff setting the counter back."""

    rules: tuple[RuleId, ...]


@dataclass(frozen=True, slots=True)
class ClearFlag:
    """Staff clear the flag of a lost card; `lost` False: another mark, by putting the patron's record right."""

    rules: tuple[RuleId, ...]
    lost: bool = True


@dataclass(frozen=True, slots=True)
class BringBack:
    """Bring back what is past its due day; `everything`: all of it, whatever a rule counts."""

    rules: tuple[RuleId, ...]
    everything: bool


Step: TypeAlias = Pay | ShowId | ResetCounter | ClearFlag | BringBack


class Why(StrEnum):
    """Why a block stays when all that can be done is done, and so who or what ends it."""

    STAFF = "staff"
    TIME = "time"
    AGENCY = "agency"
    BRAKE = "brake"
    UNKNOWN = "unknown"
    OUT_OF_SCOPE = "out_of_scope"
    ADMINISTRATOR = "administrator"
    FLAG = "flag"
    UNSEEN = "unseen"
    RULE = "rule"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Stays:
    """A block that stands when all steps are done. `until` is when it ends by itself, `unknown` what must be known
    before it can be said whether it stays at all. ORDER: that depends on what comes first, the steps or a cycle."""

    block: Block
    why: Why
    until: datetime | None = None
    brake: Brake | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Awaited:
    """The collection office's word on a claim: since when it is waited for, and by when it is expected. `paid_seen` is
    the day on which nothing was owed here any more."""

    rule: RuleId
    claim: ClaimId
    paid_seen: date | None
    since: date
    expected: date


@dataclass(frozen=True, slots=True)
class Lifting:
    """A block whose release holds: the next cycle that writes lifts it. `at` is when it was paid or reported."""

    block: Block
    reason: Reason
    at: datetime | None = None
    brake: Brake | None = None


@dataclass(frozen=True, slots=True)
class Coming:
    """A block that the next cycle that writes sets. `prevent` is what must be paid before, None where no sum helps."""

    cause: Cause
    prevent: int | None = None
    brake: Brake | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """A block that comes at `due`, unless `prevent` is paid by then. `since`: told since."""

    cause: Cause
    since: datetime
    due: datetime | None
    prevent: int | None = None


BY_NAME: Final = frozenset({Origin.RELEASED, Origin.STAFF})
"""How a block is lifted by somebody who signed."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """A block that people (or time) lifted, and that stays lifted until something new comes up, or `until`."""

    cause: Cause
    since: datetime
    origin: Origin
    by: str = ""
    photo_id_checked: bool | None = None
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Released:
    """A block that staff released by name, whether or not it blocks again."""

    rule: RuleId
    staff: str
    photo_id_checked: bool
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A block that staff may lift in the ILS at once, and what goes with it: rows of this type, the PIN counter."""

    rule: RuleId
    kind: RuleKind
    restriction_type: RestrictionType
    photo_id: bool
    reset_pin: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """A block of ours that vanished with many others (`since`), or stands under a foreign type."""

    cause: Cause
    since: datetime | None
    former: bool


UNSEEN: Final = ("restrictions",)
"""What is unknown where the ILS does not tell whose its restrictions are."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """A rule that cannot answer, and the names of the facts that it lacks.

    `would_block` is what the rule would do to a free card, where that alone is known.
    """

    cause: Cause
    unknown: tuple[str, ...]
    would_block: Truth


class Hindrance(StrEnum):
    """Why nothing is written at all."""

    PAUSED = "paused"
    PAUSED_IN_ILS = "paused_in_ils"
    DRY_RUN = "dry_run"
    NO_PLUGIN = "no_plugin"


@dataclass(frozen=True, slots=True)
class Wait:
    """What everything waits for. `since` is when it began, where that is known."""

    hindrance: Hindrance
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenCharge:
    """A charge with something left of it."""

    type: str
    kind: Kind
    minor: int
    incurred: date | None


@dataclass(frozen=True, slots=True)
class Money:
    """What is owed and what was paid. None: not known; `paid_at` and `settled_at` None: no payment was seen."""

    charges: tuple[OpenCharge, ...] | None
    owed: int | None
    credit: int | None
    paid_at: datetime | None
    settled_at: datetime | None


class Omission(StrEnum):
    """Why something is not counted."""

    KIND = "kind"
    CREDIT = "credit"
    FRACTION = "fraction"


@dataclass(frozen=True, slots=True)
class NotCounted:
    """What a rule that speaks of money leaves out. Of a fraction the sum is nothing."""

    why: Omission
    rules: tuple[RuleId, ...]
    minor: int = 0
    kinds: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Ended:
    """A row that is no longer in force: history."""

    restriction_type: RestrictionType
    ours: bool
    ended: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All that is to say about one card, over all rules and all rows.

    `blocked` is how the card stands now; `free_then` how it stands once every step is done and a cycle has run: free,
    blocked by exactly `stays`, or not known; `free_at` when what stays has ended by itself, if all of it does.
    Staff may lift the blocks of `releasable` rules by hand, whatever is paid; `offers` are those whose release is
    theirs, which they lift where they are, in the ILS. `within` is how soon the next cycle that
    writes comes; None: not known.
    """

    patron: PatronId
    as_of: datetime
    currency: Currency
    zone: ZoneInfo
    in_scope: Truth
    blocked: Truth
    since: datetime | None
    blocks: tuple[Block, ...]
    steps: tuple[Step, ...]
    stays: tuple[Stays, ...]
    free_then: Truth
    free_at: datetime | None
    releasable: tuple[RuleId, ...]
    offers: tuple[Offer, ...]
    lifting: tuple[Lifting, ...]
    coming: tuple[Coming, ...]
    waits: tuple[Wait, ...]
    within: timedelta | None
    announced: tuple[Announced, ...]
    lifted: tuple[Lifted, ...]
    missing: tuple[Missing, ...]
    unclear: tuple[Unclear, ...]
    money: Money
    not_counted: tuple[NotCounted, ...]
    released: tuple[Released, ...]
    clear: tuple[Cause, ...]
    ended: tuple[Ended, ...]
    flag_matches: bool
    awaited: tuple[Awaited, ...] = ()
