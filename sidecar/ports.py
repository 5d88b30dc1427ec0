"""What the cycle needs of the world: an ILS, a journal, a clock, a reporter, a collection office."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Protocol, TypeAlias

from sidecar.core.brakes import Brake
from sidecar.core.gates import GateAnswer
from sidecar.core.model import AgencyReport, Case, Facts, PatronId, RestrictionType, RuleId
from sidecar.core.past import FormerRows
from sidecar.core.plan import Change, ChangeKey, ChangeKind, Entry, Plan


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
    ) -> Pull:
        """Everyone who can matter (or, with `changed_since`, everyone who moved), completely or not at all."""

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


class Target(Protocol):
    """Writes to an ILS. Writing twice is writing once."""

    batch_size: int

    def apply(self, entries: Sequence[Entry]) -> tuple[Sequence[Outcome], datetime | None]:
        """Write at most `batch_size` entries; one outcome each, in order, and the ILS's time of the writing.

        A time-out is answered as UNANSWERED outcomes, not raised. Raises PausedInIls and OtherWriter.
        """

    def claim(self) -> None:
        """Become the writer in place of another journal (`takeover`)."""


class Mode(StrEnum):
    """What a cycle may do."""

    DRY_RUN = "dry-run"
    RELEASE_ONLY = "release-only"
    APPLY = "apply"


class Seat(IntEnum):
    """What only one process at a time may be on a journal. A staff release asks for `CYCLE` alone, so that it can
    be made while a daemon runs; whatever else writes by hand asks for `WRITER` too, which a writing daemon keeps."""

    CYCLE = 1
    WRITER = 2
    DAEMON = 3


class CycleOutcome(StrEnum):
    """How a cycle ended."""

    RUNNING = "running"
    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Approval:
    """A granted approval: of which plan, under which policy, until when, and of which changes."""

    digest: str
    policy_digest: str
    expires: datetime
    keys: frozenset[ChangeKey]


@dataclass(frozen=True, slots=True)
class History:
    """What was written in the last 24 hours without approval, per restriction type, as the brakes count it; which rows
    vanished in that time; and of which types anything was ever added here."""

    added: Mapping[RestrictionType, int] = field(default_factory=dict)
    removed: Mapping[RestrictionType, int] = field(default_factory=dict)
    vanished: frozenset[tuple[PatronId, RuleId]] = frozenset()
    begun: frozenset[RestrictionType] = frozenset()


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that was journalled and has no outcome: the process died, or the answer never came."""

    change_id: int
    patron: PatronId
    rule: RuleId
    kind: ChangeKind
    restriction_type: RestrictionType
    at: datetime
    case_after: Case | None


@dataclass(frozen=True, slots=True)
class CycleRecord:
    """One cycle as the journal keeps it. Counts are by change kind and by verdict."""

    id: int
    kind: str
    mode: Mode
    started: datetime
    finished: datetime | None
    outcome: CycleOutcome
    policy_digest: str
    plan_digest: str | None
    counts: Mapping[str, int]
    error: str | None

    @property
    def is_quiet(self) -> bool:
        """Whether it was a quick one that found nothing to do: of these there may be one a minute."""
        planned = any(number for name, number in self.counts.items() if name.startswith("planned."))
        return self.kind == "quick" and self.outcome is CycleOutcome.DONE and not planned


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One change as the journal keeps it, with its evidence; `result` None means no answer is known."""

    id: int
    cycle: int
    patron: PatronId
    rule: RuleId
    kind: ChangeKind
    restriction_type: RestrictionType
    reason: str
    evidence: Mapping[str, object]
    policy_digest: str
    approved: bool
    intended: datetime
    result: Result | None
    concluded: datetime | None
    message: str


class PersonalAct(StrEnum):
    """What people do to Cardwarden as a whole, each by name."""

    APPROVE = "approve"
    PAUSE = "pause"
    RESUME = "resume"
    DRIFT_ACCEPT = "drift_accept"
    UNDO = "undo"
    RETIRE = "retire"
    TAKEOVER = "takeover"


@dataclass(frozen=True, slots=True)
class ActRecord:
    """Who did what when; `detail` is a digest, a number of a cycle, a count. No names of patrons."""

    act: PersonalAct
    staff: str
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """A block that staff released by name, and whether photo ID was seen."""

    rule: RuleId
    staff: str
    photo_id_checked: bool
    at: datetime


class Journal(Protocol):
    """The store: cycles, changes with evidence, cases, plans, approvals, the pause switch."""

    instance_id: str

    def bind(self, installation_id: str) -> bool:
        """Tie the journal to an installation; true if it was bound just now. Raises OtherIls."""

    @property
    def bound_to(self) -> str | None:
        """The installation this journal belongs to."""

    def hold(
        self, owner: str, at: datetime, lifetime: timedelta, seat: Seat = Seat.CYCLE
    ) -> AbstractContextManager[None]:
        """Be the only one on this seat until the context ends. Raises Busy, naming the holder, while another is.

        A holder that died holds it no longer, at the latest when its lifetime is over. `intend` renews all seats.
        """

    def renew(self, at: datetime) -> None:
        """Keep the seats that are held for another lifetime. Raises Busy if another has taken one."""

    def begin_cycle(self, kind: str, mode: Mode, policy_digest: str, at: datetime) -> int:
        """A new cycle's number."""

    def end_cycle(
        self,
        cycle: int,
        outcome: CycleOutcome,
        at: datetime,
        *,
        counts: Mapping[str, int] | None = None,
        plan_digest: str | None = None,
        error: str | None = None,
        applied: bool = True,
    ) -> None:
        """How the cycle ended. `applied` false: whatever its mode, it was not free to write (the ILS was paused)."""

    def cases(self) -> Mapping[PatronId, Mapping[RuleId, Case]]:
        """All open cases."""

    def save_cases(self, keep: Iterable[Case], close: Iterable[tuple[PatronId, RuleId]]) -> None:
        """Remember and forget cases, in one transaction."""

    def keep_plan(self, cycle: int, plan: Plan, policy_digest: str, at: datetime) -> None:
        """Keep a plan so that it can be approved."""

    def approve(self, digest: str, at: datetime, lifetime: timedelta) -> Approval:
        """Approve a kept plan by its digest or a unique beginning of it. Raises NoSuchPlan."""

    def approvals(self, policy_digest: str, at: datetime) -> Sequence[Approval]:
        """Approvals that are unused, unexpired and bound to this policy."""

    def use_approvals(self, digests: Iterable[str], cycle: int) -> None:
        """Mark approvals as used by this cycle."""

    def history(self, at: datetime) -> History:
        """What the brakes count, over the 24 hours before `at`."""

    def intend(
        self,
        cycle: int,
        changes: Sequence[Change],
        policy_digest: str,
        approved: frozenset[ChangeKey],
        at: datetime,
    ) -> None:
        """Journal changes before they are written."""

    def conclude(self, cycle: int, outcomes: Sequence[Outcome], at: datetime) -> None:
        """Journal the answers, and what is remembered of the changes that are done, in one transaction."""

    def open_intents(self) -> Sequence[Intent]:
        """Writes without a known outcome."""

    def settle(self, settled: Iterable[tuple[int, Result]], at: datetime) -> None:
        """Give intents the outcome that a later cycle saw."""

    def record_vanished(self, cycle: int, rows: Iterable[tuple[PatronId, RuleId]], at: datetime) -> None:
        """Count rows of ours that were lifted by others, for the measure of drift."""

    def held(self) -> Mapping[ChangeKey, Brake]:
        """What brakes hold, change by change, whichever cycle comes next."""

    def keep_held(self, keep: Mapping[ChangeKey, Brake], drop: Iterable[ChangeKey], at: datetime) -> None:
        """Remember what is held and forget what no longer is, in one transaction."""

    def former_rows(self) -> Mapping[PatronId, FormerRows]:
        """Rows that were ours and stand under a foreign type, by patron."""

    def keep_former_rows(self, rows: Mapping[PatronId, FormerRows], looked_at: Iterable[PatronId]) -> None:
        """Remember the rows of these patrons, and forget what else is known of those who were looked at."""

    def keep_policy(self, digest: str, text: str, at: datetime) -> None:
        """Remember the text of the policy under which a full cycle writes."""

    def policy_in_force(self) -> str | None:
        """The text of the policy under which a full cycle wrote last, if it is known."""

    def record_act(self, act: PersonalAct, staff: str, at: datetime, detail: str = "") -> None:
        """Who did what to Cardwarden as a whole."""

    def acts(self, limit: int) -> Sequence[ActRecord]:
        """The latest of these, newest first."""

    def record_release(
        self,
        cycle: int,
        patron: PatronId,
        rule: RuleId,
        staff: str,
        *,
        photo_id_checked: bool,
        reason: str = "",
        at: datetime,
    ) -> None:
        """Who released which block by hand, and whether photo ID was seen."""

    def releases(self, patron: PatronId) -> Sequence[ReleaseRecord]:
        """What was released of this patron's by hand, newest first."""

    def pause(self, at: datetime) -> None:
        """Stop all writes."""

    def resume(self) -> None:
        """Allow writes again."""

    @property
    def paused_since(self) -> datetime | None:
        """When writing was paused, if it is."""

    def cycles(self, limit: int) -> Sequence[CycleRecord]:
        """The latest cycles, newest first."""

    def last_full(self) -> datetime | None:
        """When the latest full cycle that came to its end did so, dry runs included."""

    def policy_since(self, policy_digest: str, at: datetime) -> datetime | None:
        """Since when full cycles that were free to write (neither dry runs nor paused) used this policy and no other:
        `at` if the latest used another, None if there was none at all.

        Quick ones, and what people order by name (`release`, `retire`), say nothing of all the others.
        """

    def changes(
        self, *, cycle: int | None = None, patron: PatronId | None = None, limit: int = 100
    ) -> Sequence[ChangeRecord]:
        """Changes, newest first."""

    def changed_after(self, cycle: int) -> frozenset[tuple[PatronId, RestrictionType]]:
        """Rows that cycles after this one added or removed, or may have."""

    def prune(self, before: datetime, cycles_before: datetime) -> Mapping[str, int]:
        """Forget records about patrons older than `before` and cycles older than `cycles_before`, unless they are
        still needed (a block that stands keeps its changes); the number of rows that went, by table."""

    def export_patron(self, patron: PatronId) -> Mapping[str, object]:
        """All that the journal holds of one patron, as values that JSON can hold."""

    def erase_patron(self, patron: PatronId) -> Mapping[str, int]:
        """Forget one patron; the number of rows that were about them, by table. Raises StillInLog if they are
        forgotten, but another reader keeps their bytes on the disk."""

    def close(self) -> None:
        """Let go of the database."""


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Now, aware."""


class CollectionOffice(Protocol):
    """What the collection office says."""

    def reports(self) -> Mapping[PatronId, AgencyReport]:
        """Claims reported as paid in full."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card that a gate is asked about: its number goes to the gate and nowhere else. `texts` are ours that patrons
    should read on its screen."""

    patron: PatronId
    number: str = field(repr=False)
    texts: tuple[str, ...] = field(default=(), repr=False)


class Gate(Protocol):
    """A place where patrons meet the ILS: a self-check, a digital service, an app. It is only ever asked."""

    @property
    def name(self) -> str:
        """What the settings call it."""

    def look(self, cards: Sequence[Card]) -> Sequence[GateAnswer]:
        """What it says of each card, in order; a card that could not be asked has its trouble in the answer.

        Never sends a patron's PIN. Raises GateError, in one line, if the gate as a whole cannot be asked.
        """
