"""The journal in a database: `sidecar.ports.Journal`, one transaction for each call."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType

from sqlalchemy import Connection

from sidecar.core.brakes import Brake
from sidecar.core.model import Case, PatronId, RestrictionType, RuleId, StaffRelease
from sidecar.core.past import FormerRows
from sidecar.core.plan import Change, ChangeKey, Plan
from sidecar.errors import Busy, JournalError
from sidecar.ports import (
    ActRecord,
    Approval,
    ChangeRecord,
    Clock,
    CycleOutcome,
    CycleRecord,
    History,
    Intent,
    Mode,
    Outcome,
    PersonalAct,
    Phase,
    ReleaseRecord,
    Result,
    Seat,
    TakenRelease,
    ToldAnswer,
    Which,
)
from sidecar.store.claims import KeptClaims
from sidecar.store.database.connections import Database
from sidecar.store.records import (
    acts,
    answers,
    approvals,
    cases,
    changes,
    cycles,
    lease,
    policies,
    privacy,
    releases,
    standing,
)
from sidecar.store.records.changes import intend as write_intents


@dataclass(frozen=True, slots=True)
class _Held:
    """A lease that this journal holds."""

    token: str
    lifetime: timedelta


class SqlJournal(KeptClaims):
    """A journal in SQLite or PostgreSQL; `open_journal` makes one. Every error is a JournalError of one line.

    It may be used by several threads. What a call has returned from is on the disk.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._held: dict[Seat, _Held] = {}
        self._left: set[str] = set()  # leases let go of while the database was away, which still hold it there
        with database.reading() as connection:
            self.instance_id = cycles.instance_id(connection)

    def __enter__(self) -> "SqlJournal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # Which journal this is, and who may write.

    def bind(self, installation_id: str) -> bool:
        """Tie the journal to an installation; true if it was bound just now. Raises OtherIls."""
        with self._database.writing() as connection:
            return cycles.bind(connection, installation_id, self._clock.now(), self._database.place.name)

    @property
    def bound_to(self) -> str | None:
        """The installation this journal belongs to."""
        with self._database.reading() as connection:
            return cycles.bound_to(connection)

    def pause(self, at: datetime) -> None:
        """Stop all writes. Pausing twice keeps the first moment."""
        with self._database.writing() as connection:
            cycles.pause(connection, at)

    def resume(self) -> None:
        """Allow writes again."""
        with self._database.writing() as connection:
            cycles.resume(connection)

    @property
    def paused_since(self) -> datetime | None:
        """When writing was paused, if it is."""
        with self._database.reading() as connection:
            return cycles.paused_since(connection)

    @contextmanager
    def hold(self, owner: str, at: datetime, lifetime: timedelta, seat: Seat = Seat.CYCLE) -> Iterator[None]:
        """Be the only one on this seat; raises Busy, naming the holder, while another is.

        While it is held, `renew` and `intend` keep it for another lifetime, and refuse if it was lost.
        """
        with self._database.writing() as connection:
            left = self._let_go_of_left(connection)
            token = lease.acquire(connection, seat, owner, at, lifetime, self._database.place.name)
        self._left -= left
        self._held = {**self._held, seat: _Held(token, lifetime)}
        try:
            yield
        except BaseException:
            with suppress(JournalError):
                self._let_go(token)
            raise
        self._let_go(token)

    def renew(self, at: datetime) -> None:
        """Keep what is held, if anything is, for another lifetime. Raises Busy if another has taken it."""
        if self._held:
            with self._database.writing() as connection:
                self._renew(connection, at)

    def _renew(self, connection: Connection, at: datetime) -> None:
        for seat, held in self._held.items():
            try:
                lease.renew(connection, seat, held.token, at, held.lifetime, self._database.place.name)
            except Busy:
                if self._held.get(seat) is held:  # else another thread has just let go of it
                    raise

    def _let_go(self, token: str) -> None:
        self._held = {seat: held for seat, held in self._held.items() if held.token != token}
        self._left.add(token)
        with self._database.writing() as connection:
            left = self._let_go_of_left(connection)
        self._left -= left

    def _let_go_of_left(self, connection: Connection) -> set[str]:
        left = set(self._left)
        for token in left:
            lease.release(connection, token)
        return left

    # Cycles.

    def begin_cycle(self, kind: str, mode: Mode, policy_digest: str, at: datetime) -> int:
        """A new cycle's number."""
        with self._database.writing() as connection:
            return cycles.begin(connection, kind, mode, policy_digest, at, alone=Seat.CYCLE in self._held)

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
        """How the cycle ended. `applied` false: it was not free to write after all (the ILS was paused)."""
        with self._database.writing() as connection:
            cycles.end(
                connection,
                cycle,
                outcome,
                at,
                counts=counts,
                plan_digest=plan_digest,
                error=error,
                applied=applied,
                timings=timings,
            )

    def cycles(self, limit: int, since: datetime | None = None) -> Sequence[CycleRecord]:
        """The latest cycles, newest first; none that began before `since`."""
        with self._database.reading() as connection:
            return cycles.latest(connection, limit, since)

    def full_cycles(self, since: datetime) -> Sequence[CycleRecord]:
        """Full cycles that began since then and came to their end, dry runs included, oldest first."""
        with self._database.reading() as connection:
            return cycles.full_since(connection, since)

    def last_full(self) -> datetime | None:
        """When the latest full cycle that came to its end did so, dry runs included."""
        with self._database.reading() as connection:
            return cycles.last_full(connection)

    def policy_since(self, policy_digest: str, at: datetime) -> datetime | None:
        """Since when cycles used this policy and no other: `at` if the latest used another, None if there was none."""
        with self._database.reading() as connection:
            return cycles.policy_since(connection, policy_digest, at)

    # Cases.

    def cases(self, of: Collection[PatronId] | None = None) -> Mapping[PatronId, Mapping[RuleId, Case]]:
        """All open cases, or those of these patrons."""
        with self._database.reading() as connection:
            return cases.read(connection, of)

    def blocks(self) -> int:
        """How many cases say that the card is blocked."""
        with self._database.reading() as connection:
            return cases.count_blocks(connection)

    def save_cases(
        self,
        keep: Iterable[Case],
        close: Iterable[tuple[PatronId, RuleId]],
        *,
        released: Iterable[TakenRelease] = (),
    ) -> None:
        """Remember and forget cases, and journal what staff released in the ILS, in one transaction. A case in both is
        kept."""
        kept, closed, taken = list(keep), list(close), list(released)
        if not (kept or closed or taken):
            return  # as in most cycles
        with self._database.writing() as connection:
            cases.save(connection, kept, closed)
            releases.take(connection, taken)

    # What staff released by name, and what the ILS was told.

    def known_releases(self, asked: Iterable[StaffRelease]) -> frozenset[str]:
        """Which of these releases are in the journal, by the ILS's id."""
        with self._database.reading() as connection:
            return releases.known(connection, asked)

    def told_answers(self) -> Mapping[PatronId, ToldAnswer]:
        """Which answers the ILS has, by patron."""
        with self._database.reading() as connection:
            return answers.read_all(connection)

    def told_patrons(self) -> Collection[PatronId]:
        """Of whom the ILS has an answer."""
        with self._database.reading() as connection:
            return answers.patrons(connection)

    def keep_told(self, told: Mapping[PatronId, ToldAnswer], forgotten: Iterable[PatronId]) -> None:
        """Remember which answers the ILS was given, and which it has no longer."""
        with self._database.writing() as connection:
            answers.keep(connection, told, forgotten)

    # Plans and approvals.

    def keep_plan(self, cycle: int, plan: Plan, policy_digest: str, at: datetime) -> None:
        """Keep a plan so that it can be approved."""
        with self._database.writing() as connection:
            approvals.keep_plan(connection, cycle, plan, policy_digest, at)

    def kept_keys(self, digest: str) -> frozenset[ChangeKey]:
        """What an approval of the kept plan of this very digest could let go; empty if none is kept."""
        with self._database.reading() as connection:
            return approvals.kept_keys(connection, digest)

    def approve(self, digest: str, at: datetime, lifetime: timedelta) -> Approval:
        """Approve a kept plan by its digest or a unique beginning of it. Raises NoSuchPlan."""
        with self._database.writing() as connection:
            return approvals.approve(connection, digest, at, lifetime)

    def approvals(self, policy_digest: str, at: datetime) -> Sequence[Approval]:
        """Approvals that are unused, unexpired and bound to this policy and to the journal's installation."""
        with self._database.reading() as connection:
            return approvals.usable(connection, policy_digest, at)

    def use_approvals(self, digests: Iterable[str], cycle: int) -> None:
        """Mark approvals as used by this cycle."""
        used = list(digests)
        if used:
            with self._database.writing() as connection:
                approvals.use(connection, used, cycle)

    # Changes.

    def history(self, at: datetime) -> History:
        """What the brakes count, over the 24 hours before `at`."""
        with self._database.reading() as connection:
            return changes.history(connection, at)

    def intend(
        self,
        cycle: int,
        changes: Sequence[Change],
        policy_digest: str,
        approved: frozenset[ChangeKey],
        at: datetime,
    ) -> None:
        """Journal changes before they are written. Raises Busy if another took the journal meanwhile."""
        with self._database.writing() as connection:
            self._renew(connection, at)
            write_intents(connection, cycle, changes, policy_digest, approved, at)

    def conclude(self, cycle: int, outcomes: Sequence[Outcome], at: datetime) -> None:
        """Journal the answers, and what is remembered of the changes that are done, in one transaction."""
        with self._database.writing() as connection:
            changes.conclude(connection, cycle, outcomes, at)

    def open_intents(self) -> Sequence[Intent]:
        """Writes without a known outcome, oldest first."""
        with self._database.reading() as connection:
            return changes.open_intents(connection)

    def settle(self, settled: Iterable[tuple[int, Result]], at: datetime) -> None:
        """Give intents the outcome that a later cycle saw. Cases are left as they are."""
        known = list(settled)
        if known:
            with self._database.writing() as connection:
                changes.settle(connection, known, at)

    def record_vanished(self, cycle: int, rows: Iterable[tuple[PatronId, RuleId]], at: datetime) -> None:
        """Count rows of ours that were lifted by others, for the measure of drift."""
        gone = list(rows)
        if gone:
            with self._database.writing() as connection:
                changes.record_vanished(connection, cycle, gone, at)

    def held(self, of: Collection[PatronId] | None = None) -> Mapping[ChangeKey, Brake]:
        """What brakes hold, change by change, whichever cycle comes next; all of it, or that on these patrons."""
        with self._database.reading() as connection:
            return standing.held(connection, of)

    def keep_held(self, keep: Mapping[ChangeKey, Brake], drop: Collection[ChangeKey], at: datetime) -> None:
        """Remember what is held and forget what no longer is, in one transaction; none where there is nothing to do,
        which is so in most cycles."""
        if not keep and not drop:
            return
        with self._database.writing() as connection:
            standing.keep_held(connection, keep, drop, at)

    def former_rows(self) -> Mapping[PatronId, FormerRows]:
        """Rows that were ours and stand under a foreign type, by patron."""
        with self._database.reading() as connection:
            return standing.read_former_rows(connection)

    def keep_former_rows(self, rows: Mapping[PatronId, FormerRows], looked_at: Iterable[PatronId]) -> None:
        """Remember the rows of these patrons, and forget what else is known of those who were looked at."""
        looked = list(looked_at)
        if rows or looked:
            with self._database.writing() as connection:
                standing.keep_former_rows(connection, rows, looked)

    def keep_policy(self, digest: str, text: str, at: datetime) -> None:
        """Remember the text of the policy under which a full cycle writes."""
        with self._database.writing() as connection:
            policies.keep(connection, digest, text, at)

    def policy_in_force(self) -> str | None:
        """The text of the policy under which a full cycle wrote last, if it is known."""
        with self._database.reading() as connection:
            return policies.in_force(connection)

    def record_act(self, act: PersonalAct, staff: str, at: datetime, detail: str = "") -> None:
        """Who did what to Cardwarden as a whole."""
        with self._database.writing() as connection:
            acts.record(connection, act, staff, at, detail)

    def acts(self, limit: int) -> Sequence[ActRecord]:
        """The latest of these, newest first."""
        with self._database.reading() as connection:
            return acts.latest(connection, limit)

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
        with self._database.writing() as connection:
            releases.record(
                connection, cycle, patron, rule, staff, photo_id_checked=photo_id_checked, reason=reason, at=at
            )

    def releases(self, patron: PatronId | None = None, *, cycle: int | None = None) -> Sequence[ReleaseRecord]:
        """What staff released by name, newest first: of this patron, as this cycle journalled it, or all."""
        with self._database.reading() as connection:
            return releases.latest(connection, patron=patron, cycle=cycle)

    def changes(
        self,
        *,
        cycle: int | None = None,
        patron: PatronId | None = None,
        limit: int = 100,
        which: Which | None = None,
    ) -> Sequence[ChangeRecord]:
        """Changes, newest first."""
        with self._database.reading() as connection:
            return changes.latest(connection, cycle=cycle, patron=patron, limit=limit, which=which)

    def changed_after(self, cycle: int) -> frozenset[tuple[PatronId, RestrictionType]]:
        """Rows that cycles after this one added or removed, or may have."""
        with self._database.reading() as connection:
            return changes.changed_after(connection, cycle)

    # What is forgotten, and what is known of one patron.

    def prune(self, before: datetime, cycles_before: datetime) -> Mapping[str, int]:
        """Forget what is older; the number of rows that went, by table. See `privacy.prune` for what stays."""
        with self._database.writing() as connection:
            return privacy.prune(connection, before, cycles_before, self._clock.now())

    def export_patron(self, patron: PatronId) -> Mapping[str, object]:
        """All that the journal holds of one patron, as values that JSON can hold."""
        with self._database.reading() as connection:
            return privacy.export_patron(connection, patron)

    def erase_patron(self, patron: PatronId) -> Mapping[str, int]:
        """Forget one patron; the number of rows that were about them, by table."""
        with self._database.writing() as connection:
            erased = privacy.erase_patron(connection, patron)
        self._database.forget_freed_pages()
        return erased
