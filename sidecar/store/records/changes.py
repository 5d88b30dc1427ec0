"""Changes: journalled before they are written and again when they are answered; and what the brakes count of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, or_, select, update

from sidecar.core.model import Case, PatronId, RestrictionType, RuleId
from sidecar.core.plan import Change, ChangeKey, ChangeKind, Reason
from sidecar.ports import ChangeRecord, History, Intent, Outcome, Result, Which
from sidecar.store.database.codec import case_from_json, case_to_json, evidence_to_json, evidence_values, one_line, word
from sidecar.store.database.connections import put
from sidecar.store.database.schema import begun_types, changes, vanished
from sidecar.store.records import cases as stored_cases

WINDOW: Final = timedelta(hours=24)
"""Over which the brakes count."""

_MAY_BE_MADE: Final = or_(changes.c.result.is_(None), changes.c.result == Result.WRITTEN.value)

_KEEPS_THE_TEXT: Final = frozenset({Reason.DUPLICATE, Reason.FLAG})
"""Changes that write the text that was there. It may be staff's own and name people, so it is not journalled."""


def intend(
    connection: Connection,
    cycle: int,
    intended: Sequence[Change],
    policy_digest: str,
    approved: frozenset[ChangeKey],
    at: datetime,
) -> None:
    """Journal changes that are about to be written."""
    rows = [
        {
            "cycle": cycle,
            "patron": change.patron,
            "rule": change.rule,
            "kind": change.kind.value,
            "restriction_type": change.restriction_type,
            "reason": change.reason.value,
            "evidence": evidence_to_json(change.evidence),
            "comment": "" if change.reason in _KEEPS_THE_TEXT else change.comment,
            "case_after": case_to_json(change.case_after),
            "policy_digest": policy_digest,
            "approved": change.key in approved,
            "paid": change.paid,
            "intended": at,
            "message": "",
        }
        for change in intended
    ]
    if rows:
        connection.execute(insert(changes), rows)


def conclude(connection: Connection, cycle: int, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Journal the answers; what is done is remembered in the cases. What was not answered stays open."""
    answers = {outcome.patron: outcome for outcome in outcomes}
    columns = [changes.c[name] for name in ("id", "patron", "rule", "kind", "restriction_type", "case_after")]
    query = select(*columns).where(changes.c.cycle == cycle, changes.c.result.is_(None)).order_by(changes.c.id)
    answered: list[dict[str, Any]] = []
    after: dict[tuple[PatronId, RuleId], Case | None] = {}
    begun: set[RestrictionType] = set()
    for row in connection.execute(query):
        outcome = answers.get(row.patron)
        if outcome is None:
            continue
        unanswered = outcome.result is Result.UNANSWERED
        answered.append(
            {
                "change": row.id,
                "new_result": None if unanswered else outcome.result.value,
                "new_concluded": None if unanswered else at,
                "new_message": one_line(outcome.message),
            }
        )
        if outcome.done:
            after[row.patron, row.rule] = case_from_json(row.case_after)
            if row.kind == ChangeKind.ADD.value:
                begun.add(row.restriction_type)
    _answer(connection, answered)
    _note_begun(connection, begun, at)
    keep = [case for case in after.values() if case is not None]
    stored_cases.save(connection, keep, [key for key, case in after.items() if case is None])


def settle(connection: Connection, settled: Iterable[tuple[int, Result]], at: datetime) -> None:
    """Give open intents the result that a later cycle saw. One that has a result keeps it."""
    rows = [{"change": number, "new_result": result.value, "new_concluded": at} for number, result in settled]
    if rows:
        statement = (
            update(changes)
            .where(changes.c.id == bindparam("change"), changes.c.result.is_(None))
            .values(result=bindparam("new_result"), concluded=bindparam("new_concluded"))
        )
        connection.execute(statement, rows)
        made = {row["change"] for row in rows if row["new_result"] == Result.WRITTEN.value}
        added = select(changes.c.id, changes.c.restriction_type).where(
            changes.c.kind == ChangeKind.ADD.value, changes.c.concluded == at
        )
        _note_begun(connection, [row.restriction_type for row in connection.execute(added) if row.id in made], at)


def open_intents(connection: Connection) -> Sequence[Intent]:
    """Writes without a known outcome, oldest first."""
    rows = connection.execute(select(changes).where(changes.c.result.is_(None)))
    # Sorted here: asked for an order, SQLite reads all changes ever made to have it.
    return [
        Intent(
            change_id=row.id,
            patron=row.patron,
            rule=row.rule,
            kind=word(ChangeKind, row.kind),
            restriction_type=row.restriction_type,
            at=row.intended,
            case_after=case_from_json(row.case_after),
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]


def record_vanished(connection: Connection, cycle: int, rows: Iterable[tuple[PatronId, RuleId]], at: datetime) -> None:
    """Rows of ours that others lifted."""
    values = [{"cycle": cycle, "patron": patron, "rule": rule, "at": at} for patron, rule in rows]
    if values:
        connection.execute(insert(vanished), values)


def history(connection: Connection, at: datetime) -> History:
    """What the brakes count of the 24 hours before `at`. What was journalled later than `at` counts too: a clock
    that was set back loosens no brake. So does a write whose outcome is unknown."""
    since = at - WINDOW
    begun = connection.scalars(select(begun_types.c.restriction_type))
    lifted = connection.execute(select(vanished.c.patron, vanished.c.rule).where(vanished.c.at > since))
    added, removed = _counts(connection, since)
    return History(
        added=added,
        removed=removed,
        vanished=frozenset((row.patron, row.rule) for row in lifted),
        begun=frozenset(begun),
    )


def latest(
    connection: Connection,
    *,
    cycle: int | None,
    patron: PatronId | None,
    limit: int | None,
    which: Which | None = None,
) -> Sequence[ChangeRecord]:
    """Changes, newest first."""
    query = select(changes).order_by(changes.c.id.desc()).limit(limit)
    if cycle is not None:
        query = query.where(changes.c.cycle == cycle)
    if patron is not None:
        query = query.where(changes.c.patron == patron)
    if which is not None:
        query = query.where(*_meant(which))
    return [_record(row) for row in connection.execute(query)]


def _meant(which: Which) -> Iterator[ColumnElement[bool]]:
    if which.since is not None:
        yield changes.c.intended >= which.since
    if which.rule is not None:
        yield changes.c.rule == which.rule
    if which.kind is not None:
        yield changes.c.kind == which.kind.value
    if which.result is Result.UNANSWERED:
        yield changes.c.result.is_(None) | (changes.c.result == which.result.value)
    elif which.result is not None:
        yield changes.c.result == which.result.value


def changed_after(connection: Connection, cycle: int) -> frozenset[tuple[PatronId, RestrictionType]]:
    """Rows that cycles after this one added or removed, or may have."""
    rows_change = changes.c.kind.in_((ChangeKind.ADD.value, ChangeKind.REMOVE.value))
    query = select(changes.c.patron, changes.c.restriction_type).where(
        changes.c.cycle > cycle, rows_change, _MAY_BE_MADE
    )
    return frozenset((row.patron, row.restriction_type) for row in connection.execute(query.distinct()))


def _answer(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        statement = (
            update(changes)
            .where(changes.c.id == bindparam("change"))
            .values(
                result=bindparam("new_result"),
                concluded=bindparam("new_concluded"),
                message=bindparam("new_message"),
            )
        )
        connection.execute(statement, rows)


def _counts(
    connection: Connection, since: datetime
) -> tuple[Mapping[RestrictionType, int], Mapping[RestrictionType, int]]:
    """What was added, and what was removed with no payment behind it, by type; neither by approval."""
    query = (
        select(changes.c.kind, changes.c.restriction_type, func.count().label("times"))
        .where(changes.c.intended > since, ~changes.c.approved, _MAY_BE_MADE)
        .where(
            (changes.c.kind == ChangeKind.ADD.value) | ((changes.c.kind == ChangeKind.REMOVE.value) & ~changes.c.paid)
        )
        .group_by(changes.c.kind, changes.c.restriction_type)
        .order_by(changes.c.restriction_type)
    )
    counted: dict[str, dict[RestrictionType, int]] = {ChangeKind.ADD.value: {}, ChangeKind.REMOVE.value: {}}
    for row in connection.execute(query):
        counted[row.kind][row.restriction_type] = row.times
    return counted[ChangeKind.ADD.value], counted[ChangeKind.REMOVE.value]


def _note_begun(connection: Connection, types: Iterable[RestrictionType], at: datetime) -> None:
    """The first additions of these types have been made."""
    wanted = set(types)
    if wanted:
        known = set(connection.scalars(select(begun_types.c.restriction_type)))
        put(connection, begun_types, [{"restriction_type": each, "at": at} for each in sorted(wanted - known)])


def _record(row: Row[Any]) -> ChangeRecord:
    return ChangeRecord(
        id=row.id,
        cycle=row.cycle,
        patron=row.patron,
        rule=row.rule,
        kind=word(ChangeKind, row.kind),
        restriction_type=row.restriction_type,
        reason=row.reason,
        evidence=evidence_values(row.evidence),
        policy_digest=row.policy_digest,
        approved=row.approved,
        intended=row.intended,
        result=None if row.result is None else word(Result, row.result),
        concluded=row.concluded,
        message=row.message,
    )
