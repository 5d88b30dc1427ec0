"""The journal: cycles, changes with evidence, cases, approvals, staff releases."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from sidecar.core.brakes import Brake
from sidecar.core.model import Case, PatronId, RestrictionType, RuleId, StaffRelease
from sidecar.core.past import FormerRows
from sidecar.core.plan import Change, ChangeKey, Plan
from sidecar.ports.claims import ClaimJournal
from sidecar.ports.ils import Outcome, Result
from sidecar.ports.records import (
    ActRecord,
    Approval,
    ChangeRecord,
    CycleOutcome,
    CycleRecord,
    History,
    Intent,
    Mode,
    PersonalAct,
    Phase,
    ReleaseRecord,
    Seat,
    TakenRelease,
    ToldAnswer,
    Which,
)


class Journal(ClaimJournal, Protocol):
    """The store: cycles, changes with evidence, cases, plans, approvals, the pause switch, claims."""

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
        timings: Mapping[Phase, int] | None = None,
    ) -> None:
        """How the cycle ended, and how many milliseconds its phases took. `applied` false: whatever its mode, it was
        not free to write (the ILS was paused)."""

    def cases(self, of: Collection[PatronId] | None = None) -> Mapping[PatronId, Mapping[RuleId, Case]]:
        """All open cases, or those of these patrons."""

    def blocks(self) -> int:
        """How many cases say that the card is blocked."""

    def save_cases(
        self,
        keep: Iterable[Case],
        close: Iterable[tuple[PatronId, RuleId]],
        *,
        released: Iterable[TakenRelease] = (),
    ) -> None:
        """Remember and forget cases, and journal what staff released in the ILS, in one transaction. A release that is
        in the journal stays as it is."""

    def known_releases(self, releases: Iterable[StaffRelease]) -> frozenset[str]:
        """Which of these releases are in the journal, by the ILS's id."""

    def keep_plan(self, cycle: int, plan: Plan, policy_digest: str, at: datetime) -> None:
        """Keep a plan so that it can be approved."""

    def kept_keys(self, digest: str) -> frozenset[ChangeKey]:
        """What an approval of the kept plan of this very digest could let go; empty if none is kept."""

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

    def held(self, of: Collection[PatronId] | None = None) -> Mapping[ChangeKey, Brake]:
        """What brakes hold, change by change, whichever cycle comes next; all of it, or that on these patrons."""

    def keep_held(self, keep: Mapping[ChangeKey, Brake], drop: Collection[ChangeKey], at: datetime) -> None:
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

    def releases(self, patron: PatronId | None = None, *, cycle: int | None = None) -> Sequence[ReleaseRecord]:
        """What staff released by name, newest first: of this patron, as this cycle journalled it, or all."""

    def told_answers(self) -> Mapping[PatronId, ToldAnswer]:
        """Which answers the ILS has, by patron."""

    def told_patrons(self) -> Collection[PatronId]:
        """Of whom the ILS has an answer."""

    def keep_told(self, told: Mapping[PatronId, ToldAnswer], forgotten: Iterable[PatronId]) -> None:
        """Remember which answers the ILS was given, and which it has no longer."""

    def pause(self, at: datetime) -> None:
        """Stop all writes."""

    def resume(self) -> None:
        """Allow writes again."""

    @property
    def paused_since(self) -> datetime | None:
        """When writing was paused, if it is."""

    def cycles(self, limit: int, since: datetime | None = None) -> Sequence[CycleRecord]:
        """The latest cycles, newest first; none that began before `since`."""

    def full_cycles(self, since: datetime) -> Sequence[CycleRecord]:
        """Full cycles that began since then and came to their end, dry runs included, oldest first."""

    def last_full(self) -> datetime | None:
        """When the latest full cycle that came to its end did so, dry runs included."""

    def policy_since(self, policy_digest: str, at: datetime) -> datetime | None:
        """Since when full cycles that were free to write (neither dry runs nor paused) used this policy and no other:
        `at` if the latest used another, None if there was none at all.

        Quick ones, and what people order by name (`release`, `retire`), say nothing of all the others.
        """

    def changes(
        self,
        *,
        cycle: int | None = None,
        patron: PatronId | None = None,
        limit: int = 100,
        which: Which | None = None,
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
