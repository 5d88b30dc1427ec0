"""What the journal keeps, as values: cycles, changes, approvals, and what people did by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from sidecar.core.model import Case, PatronId, RestrictionType, RuleId, StaffRelease
from sidecar.core.plan import ChangeKey, ChangeKind
from sidecar.ports.ils import Result


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


class Phase(StrEnum):
    """A phase of a cycle, timed. PULL: all that is read, from the ILS and the journal; DECIDE: the verdicts; PLAN: the
    plan, its brakes and whether the policy fits; WRITE: the ILS and the journal; TELL: the ILS's own pages and notices,
    once the cycle has ended, so that the journal does not have it."""

    PULL = "pull"
    DECIDE = "decide"
    PLAN = "plan"
    WRITE = "write"
    TELL = "tell"


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
    """One cycle as the journal keeps it. Counts are by change kind and by verdict; `timings` are milliseconds of the
    phases that it came to (none of a cycle by hand)."""

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
    timings: Mapping[Phase, int] = field(default_factory=dict)

    @property
    def is_quiet(self) -> bool:
        """Whether it was a quick one that found nothing to do: of these there may be one a minute."""
        planned = any(number for name, number in self.counts.items() if name.startswith("planned."))
        return self.kind == "quick" and self.outcome is CycleOutcome.DONE and not planned

    def waits_like(self, other: "CycleRecord") -> bool:
        """Whether both are of one kind and mode, wait for the same plan and did nothing: one line tells of both."""
        same = (self.kind, self.mode, self.plan_digest) == (other.kind, other.mode, other.plan_digest)
        waits = self.outcome is other.outcome is CycleOutcome.PENDING
        return same and waits and not (self.counts.get("done") or other.counts.get("done"))


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


@dataclass(frozen=True, slots=True)
class Which:
    """Which changes are meant; None: any. `since` is when they were intended; what has no known answer is `UNANSWERED`
    too."""

    since: datetime | None = None
    rule: RuleId | None = None
    kind: ChangeKind | None = None
    result: Result | None = None


class PersonalAct(StrEnum):
    """What people do to Cardwarden as a whole, each by name."""

    APPROVE = "approve"
    PAUSE = "pause"
    RESUME = "resume"
    DRIFT_ACCEPT = "drift_accept"
    UNDO = "undo"
    RETIRE = "retire"
    TAKEOVER = "takeover"
    ANNOUNCED = "announced"
    CLAIM_SEND = "claim_send"
    CLAIM_WITHDRAW = "claim_withdraw"


@dataclass(frozen=True, slots=True)
class ActRecord:
    """Who did what when; `detail` is a digest, a number of a cycle, a count. No names of patrons."""

    act: PersonalAct
    staff: str
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """A block that staff released by name, whether photo ID was seen, and why.

    `in_ils` is the ILS's own number of a release that was made there; None: it was ordered from Cardwarden.
    """

    rule: RuleId
    staff: str
    photo_id_checked: bool
    at: datetime
    reason: str = ""
    patron: PatronId = ""
    cycle: int | None = None
    in_ils: str | None = None


@dataclass(frozen=True, slots=True)
class TakenRelease:
    """A release that staff made in the ILS, and the cycle that first took account of it."""

    cycle: int
    patron: PatronId
    release: StaffRelease


@dataclass(frozen=True, slots=True)
class ToldAnswer:
    """Which answer about a card the ILS was given last, by its digest; `free_since` is when the card first needed none
    any more, `grounds` the digest of what the answer rests on (empty: it has to be made anew)."""

    digest: str
    at: datetime
    free_since: datetime | None = None
    grounds: str = ""
