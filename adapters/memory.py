"""An ILS in memory, for policy tests and simulation: it is read and written as Koha's plugin is.

Facts are kept as they are put, except for the restriction rows, which are the ILS's own: what the cycle adds and
removes stays, and an unknown that hides the rows for a while does not lose them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from threading import RLock

from sidecar.core.model import (
    UNKNOWN,
    Facts,
    Notice,
    NoticeStatus,
    PatronId,
    Restriction,
    RestrictionType,
    StaffRelease,
)
from sidecar.core.notices import NoticeOrder, announcement_of
from sidecar.core.plan import Change, ChangeKind, Entry, patron_order
from sidecar.ports import IlsStatus, Keeps, Outcome, Progress, Pull, RegisteredType, Result, Telling


@dataclass(slots=True)
class _Record:
    """One patron: the facts as put, the rows, whether they can be seen, and when anything last moved."""

    facts: Facts
    rows: tuple[Restriction, ...]
    version: int
    moved_at: datetime
    rows_hidden: bool = field(default=False)

    def seen(self, *, names: bool) -> Facts:
        patron = self.facts.patron
        return replace(
            self.facts,
            patron=patron if names else replace(patron, name=None, card_number=None),
            restrictions=UNKNOWN if self.rows_hidden else self.rows,
            etag=str(self.version),
        )


class MemoryIls:
    """A Source and a Target over facts in memory.

    `now` is its clock. `everyone` makes a full pull hold all patrons, not only those who can matter.
    `types` are the restriction types registered as ours; None registers whatever is written. With
    `check_etags` false a change is written although the facts have moved.
    """

    def __init__(
        self,
        facts: Iterable[Facts] = (),
        *,
        now: Callable[[], datetime],
        everyone: bool = False,
        types: Iterable[RestrictionType] | None = None,
        check_etags: bool = True,
        pin_limit: int | None = None,
        currency: str | None = None,
        installation_id: str = "memory",
        batch_size: int = 500,
        contract: int | None = 3,
    ) -> None:
        self.batch_size = batch_size
        self.writers = 1
        self.contract = contract
        self._now = now
        self._everyone = everyone
        self._types = None if types is None else frozenset(types)
        self._check_etags = check_etags
        self._pin_limit = pin_limit
        self._currency = currency
        self.clock_ahead = timedelta()
        self.answers: dict[PatronId, Telling] = {}
        self.notices: dict[tuple[PatronId, str], Notice] = {}
        self.answers_hold_at: datetime | None = None
        self._installation_id = installation_id
        self._records: dict[PatronId, _Record] = {}
        self._versions = count(1)
        self._row_ids = count(1)
        self._lock = RLock()
        for each in facts:
            self.put(each)

    def put(self, facts: Facts, *, rows: Iterable[Restriction] | None = None) -> None:
        """New facts for a patron, from now on.

        Our rows stay as they are unless `rows` gives all rows anew, or `facts` holds rows of ours. Foreign rows
        are those of `facts`. Unknown restrictions hide the rows from readers until facts are put again.
        """
        with self._lock:
            old = self._records.get(facts.patron.id)
            kept = old.rows if old else ()
            if rows is not None:
                kept = tuple(rows)
            elif facts.restrictions is not UNKNOWN:
                kept = (facts.ours() or tuple(row for row in kept if row.ours)) + facts.foreign()
            if old is not None and not facts.staff_releases:
                facts = replace(facts, staff_releases=old.facts.staff_releases)
            self._records[facts.patron.id] = _Record(
                facts, kept, next(self._versions), self._now(), rows_hidden=facts.restrictions is UNKNOWN
            )

    def drop(self, patron: PatronId) -> None:
        """The patron is deleted."""
        with self._lock:
            self._records.pop(patron, None)

    def lift(self, patron: PatronId, restriction_type: RestrictionType) -> None:
        """Staff remove a patron's rows of that type."""
        with self._lock:
            record = self._records[patron]
            self._store(record, tuple(row for row in record.rows if row.type != restriction_type), record.facts)

    def release(self, patron: PatronId, release: StaffRelease, *, reset_pin: bool = False) -> None:
        """Staff release a block by name: its rows go, and with them a PIN counter that is to be reset."""
        with self._lock:
            record = self._records[patron]
            gone = tuple(row for row in record.rows if row.ours and row.type == release.restriction_type)
            rows = tuple(row for row in record.rows if row not in gone)
            known = replace(release, rows=tuple(row.id for row in gone))
            facts = replace(record.facts, staff_releases=(*record.facts.staff_releases, known), flag_matches=True)
            facts = replace(facts, failed_pin=0) if reset_pin else facts
            self._store(record, rows, facts)

    def delete_type(self, restriction_type: RestrictionType, default: RestrictionType) -> None:
        """Staff delete a restriction type: its rows get the default one, which is nobody's of ours."""
        with self._lock:
            for record in self._records.values():
                rows = tuple(
                    replace(row, type=default, ours=False) if row.type == restriction_type else row
                    for row in record.rows
                )
                if rows != record.rows:
                    self._store(record, rows, record.facts)

    def facts_of(self, patron: PatronId) -> Facts | None:
        """What a reader would see of a patron, names included; None if there is no such patron."""
        with self._lock:
            record = self._records.get(patron)
            return record.seen(names=True) if record else None

    def status(self) -> IlsStatus:
        """What this ILS says of itself."""
        with self._lock:
            today = self._now().date()
            ours = [row for record in self._records.values() for row in record.rows if row.ours]
            types = sorted({row.type for row in ours} | (self._types or frozenset()))
            return IlsStatus(
                description="an ILS in memory",
                writable=True,
                patron_count=len(self._records),
                as_of=self._now() + self.clock_ahead,
                currency=self._currency,
                installation_id=self._installation_id,
                pin_limit=self._pin_limit,
                contract=self.contract,
                types=tuple(
                    RegisteredType(
                        type=each,
                        exists=True,
                        rows=sum(row.type == each for row in ours),
                        in_force=sum(row.type == each and row.in_force(today) for row in ours),
                    )
                    for each in types
                ),
            )

    def pull(
        self,
        *,
        changed_since: datetime | None = None,
        names: bool = False,
        progress: Progress | None = None,
        keeps: Keeps | None = None,
    ) -> Pull:
        """Everyone who can matter, or who moved at or after `changed_since`, by patron."""
        with self._lock:
            as_of = self._now() + self.clock_ahead
            facts, read = [], 0
            for patron in sorted(self._records, key=patron_order):
                record = self._records[patron]
                seen = self._with_notices(record.seen(names=names))
                if self._everyone or can_matter(seen) if changed_since is None else record.moved_at >= changed_since:
                    read += 1
                    if keeps is None or keeps(seen, as_of):
                        facts.append(seen)
            if progress is not None:
                progress(read, read)
            return Pull(tuple(facts), as_of)

    def read(self, patrons: Sequence[PatronId], *, names: bool = False) -> Pull:
        """The facts of these patrons, each once; those that do not exist are left out."""
        with self._lock:
            there = [patron for patron in dict.fromkeys(patrons) if patron in self._records]
            return Pull(
                tuple(self._with_notices(self._records[patron].seen(names=names)) for patron in there), self._now()
            )

    def find_card(self, card_number: str) -> PatronId | None:
        """The patron with that card number."""
        with self._lock:
            held = (patron for patron, one in self._records.items() if one.facts.patron.card_number == card_number)
            return next(held, None)

    def apply(self, entries: Sequence[Entry]) -> tuple[Sequence[Outcome], datetime | None]:
        """Write entries, each atomic; in the plugin's order: gone, no type of ours, already, moved, written."""
        if len(entries) > self.batch_size:
            raise ValueError(f"{len(entries)} entries are more than a batch of {self.batch_size}")
        with self._lock:
            return tuple(self._apply(entry) for entry in entries), self._now()

    def tell(
        self, tellings: Sequence[Telling], taken: Sequence[str] = (), *, hold_at: datetime | None = None
    ) -> Sequence[PatronId]:
        """Keep the answers in `answers`, and tell no more of the releases that are taken."""
        with self._lock:
            for one in tellings:
                self.answers.pop(one.patron, None)
                if one.answer is not None and one.patron in self._records:
                    self.answers[one.patron] = one
            for record in self._records.values():
                left = tuple(each for each in record.facts.staff_releases if each.id not in taken)
                record.facts = replace(record.facts, staff_releases=left)
            self.answers_hold_at = hold_at or self.answers_hold_at
            return ()

    def notify(self, notices: Sequence[NoticeOrder]) -> None:
        """They wait in `notices` until `post` sends them."""
        with self._lock:
            for one in notices:
                announcement = announcement_of(one.key)
                if announcement is not None and (one.patron, one.key) not in self.notices:
                    self.notices[one.patron, one.key] = Notice(NoticeStatus.PENDING, self._now(), announcement[1])

    def post(self, *, fails: Iterable[PatronId] = ()) -> None:
        """Whatever waits is sent, or fails."""
        with self._lock:
            for (patron, key), notice in self.notices.items():
                if notice.status is NoticeStatus.PENDING:
                    status = NoticeStatus.FAILED if patron in fails else NoticeStatus.SENT
                    self.notices[patron, key] = replace(notice, status=status, at=self._now())

    def _with_notices(self, facts: Facts) -> Facts:
        known = {
            announcement[0]: notice
            for (patron, key), notice in self.notices.items()
            if patron == facts.patron.id and (announcement := announcement_of(key)) is not None
        }
        return replace(facts, notices=known, sends_notices=True)

    def claim(self) -> None:
        """Nothing to do: an ILS in memory has one writer."""

    def _apply(self, entry: Entry) -> Outcome:
        record = self._records.get(entry.patron)
        if record is None:
            return Outcome(entry.patron, Result.GONE, "There is no such patron.")
        written = {change.restriction_type for change in entry.changes if change.kind is not ChangeKind.RESET_PIN}
        if self._types is not None and not written <= self._types:
            return Outcome(entry.patron, Result.REFUSED, "The restriction type is not registered as ours.")
        rows, facts = record.rows, record.facts
        for change in entry.changes:
            rows, facts = self._changed(change, rows, facts)
        if rows == record.rows and facts == record.facts:
            return Outcome(entry.patron, Result.ALREADY)
        if self._check_etags and entry.etag != str(record.version):
            return Outcome(entry.patron, Result.MOVED, "The patron's facts moved.")
        self._store(record, rows, facts)
        return Outcome(entry.patron, Result.WRITTEN)

    def _store(self, record: _Record, rows: tuple[Restriction, ...], facts: Facts) -> None:
        record.rows, record.facts = rows, facts
        record.version, record.moved_at = next(self._versions), self._now()

    def _changed(
        self, change: Change, rows: tuple[Restriction, ...], facts: Facts
    ) -> tuple[tuple[Restriction, ...], Facts]:
        """The rows and facts after a change; the same ones if they are as asked already."""
        # Any write recomputes the ILS's own flag.
        facts = replace(facts, flag_matches=True)
        if change.kind is ChangeKind.RESET_PIN:
            counts = facts.failed_pin is not UNKNOWN and facts.failed_pin > 0
            return rows, replace(facts, failed_pin=0) if counts else facts
        others = tuple(row for row in rows if not (row.ours and row.type == change.restriction_type))
        if change.kind is ChangeKind.REMOVE:
            return others, facts
        return self._set(change, rows, others), facts

    def _set(
        self, change: Change, rows: tuple[Restriction, ...], others: tuple[Restriction, ...]
    ) -> tuple[Restriction, ...]:
        """The rows with exactly one of the change's type, in force: of several the one that lasts longest stays."""
        today = self._now().date()
        mine = [row for row in rows if row not in others]
        kept = max((row for row in mine if row.in_force(today)), key=lambda row: row.expires or date.max, default=None)
        if kept is not None:
            if kept.comment not in {change.comment, change.short_comment or change.comment}:
                kept = replace(kept, comment=change.comment)
            return rows if mine == [kept] else (*others, kept)
        return (
            *others,
            Restriction(
                id=f"m{next(self._row_ids)}",
                type=change.restriction_type,
                ours=True,
                comment=change.comment,
                created=self._now(),
            ),
        )


def can_matter(facts: Facts) -> bool:
    """Whether a full pull holds this patron: money, attempts, a lost card, a row or a flag, a release, or not
    known."""
    return not (
        facts.charges == ()
        and facts.credit == 0
        and facts.failed_pin == 0
        and facts.card_lost is False
        and facts.restrictions == ()
        and facts.restricted is not True
        and not facts.staff_releases
    )
