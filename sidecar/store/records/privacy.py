"""What is forgotten and when, and what the journal knows of one patron (GDPR: access, erasure, storage limits)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Select,
    Table,
    case,
    delete,
    exists,
    func,
    select,
    update,
)

from sidecar.core.model import PatronId
from sidecar.ports import Result
from sidecar.store.database.schema import (
    acts,
    approvals,
    cases,
    changes,
    cycles,
    former_rows,
    held_changes,
    plan_changes,
    plans,
    staff_releases,
    told_answers,
    vanished,
)
from sidecar.store.records.changes import WINDOW
from sidecar.store.records.cycles import last_applied
from sidecar.store.records.digests import forget_in_errors, forget_in_plans

_NOBODY: Final = ""
"""The patron of rows that are kept for their number only."""

_JSON_COLUMNS: Final = frozenset({"evidence", "case_after"})


def prune(connection: Connection, before: datetime, cycles_before: datetime, now: datetime) -> Mapping[str, int]:
    """Forget what is about patrons and older than `before`, and cycles older than `cycles_before`; says how many
    rows of each table went.

    Kept all the same: cases, and the changes of a rule on a patron as long as there is a case of it or the latest
    of them is not as old (so that a block is on record as long as its release); open intents,
    the last 24 hours (the brakes count them), plans with an open approval, and the latest cycle that applied (by
    it the next one knows which policy counted).
    """
    before, cycles_before = min(before, now - WINDOW), min(cycles_before, now - WINDOW)
    standing = exists().where(cases.c.patron == changes.c.patron, cases.c.rule == changes.c.rule)
    other = changes.alias()
    released = exists().where(
        changes.c.patron != _NOBODY,
        other.c.patron == changes.c.patron,
        other.c.rule == changes.c.rule,
        other.c.intended >= before,
    )
    last = last_applied(connection)
    kept_cycles = [] if last is None else [last.id]
    gone = {
        "changes": _delete(
            connection, changes, changes.c.intended < before, changes.c.result.is_not(None), ~standing, ~released
        ),
        "vanished": _delete(connection, vanished, vanished.c.at < before),
        "staff_releases": _delete(connection, staff_releases, staff_releases.c.at < before),
        "acts": _delete(connection, acts, acts.c.at < cycles_before),
        "approvals": _delete(
            connection,
            approvals,
            approvals.c.expires < before,
            approvals.c.used_by_cycle.is_(None) | approvals.c.used_by_cycle.not_in(kept_cycles),
        ),
    }
    approved = exists().where(approvals.c.digest == plans.c.digest, approvals.c.used_by_cycle.is_(None))
    gone["plans"] = _delete(connection, plans, plans.c.at < before, ~approved)
    needed = [
        exists().where(changes.c.cycle == cycles.c.id),
        exists().where(vanished.c.cycle == cycles.c.id),
        exists().where(staff_releases.c.cycle == cycles.c.id),
        exists().where(plans.c.cycle == cycles.c.id),
        exists().where(approvals.c.used_by_cycle == cycles.c.id),
        cycles.c.id.in_(kept_cycles),
    ]
    gone["cycles"] = _delete(connection, cycles, cycles.c.started < cycles_before, *(~each for each in needed))
    return gone


def export_patron(connection: Connection, patron: PatronId) -> Mapping[str, object]:
    """All that the journal holds of one patron, as values that JSON can hold."""
    planned = select(plans.c.digest, plans.c.at, plan_changes).join_from(plans, plan_changes)
    queries = {
        "cases": select(cases).where(cases.c.patron == patron).order_by(cases.c.rule),
        "plans": planned.where(plan_changes.c.patron == patron).order_by(plans.c.at),
        "staff_releases": _releases().where(staff_releases.c.patron == patron).order_by(staff_releases.c.id),
        **{
            table.name: select(table).where(table.c.patron == patron).order_by(table.c.id)
            for table in (changes, vanished)
        },
        **{
            table.name: select(table).where(table.c.patron == patron)
            for table in (held_changes, former_rows, told_answers)
        },
    }
    return {"patron": patron, **{name: _plain(connection.execute(query)) for name, query in queries.items()}}


def _releases() -> Select[Any]:
    """What staff released, with the answer to it; no `result` means that nothing was written. What was released in the
    ILS was done there."""
    of_release = (changes.c.cycle == staff_releases.c.cycle, changes.c.rule == staff_releases.c.rule)
    result = select(func.max(changes.c.result)).where(*of_release).scalar_subquery()
    done_there = case((staff_releases.c.in_ils.is_not(None), Result.WRITTEN.value), else_=result)
    return select(staff_releases, done_there.label("result"))


def erase_patron(connection: Connection, patron: PatronId) -> Mapping[str, int]:
    """Forget one patron, and say how many rows of each table were.

    Changes, staff releases and vanished rows stay as nobody's, without evidence, so that they are still counted. A
    write of unknown outcome is no longer waited for. No digest is left from which the patron could be counted back.
    """
    forget_in_errors(connection, patron)
    nobodys_change = {
        "patron": _NOBODY,
        "evidence": "{}",
        "comment": "",
        "message": "",
        "case_after": None,
        "result": func.coalesce(changes.c.result, Result.GONE.value),
        "concluded": func.coalesce(changes.c.concluded, changes.c.intended),
    }
    return {
        "cases": _delete(connection, cases, cases.c.patron == patron),
        "plan_changes": forget_in_plans(connection, patron),
        "changes": _update(connection, changes, patron, nobodys_change),
        "staff_releases": _update(connection, staff_releases, patron, {"patron": _NOBODY, "reason": ""}),
        "vanished": _update(connection, vanished, patron, {"patron": _NOBODY}),
        "held_changes": _delete(connection, held_changes, held_changes.c.patron == patron),
        "former_rows": _delete(connection, former_rows, former_rows.c.patron == patron),
        "told_answers": _delete(connection, told_answers, told_answers.c.patron == patron),
    }


def _update(connection: Connection, table: Table, patron: PatronId, values: Mapping[str, Any]) -> int:
    return connection.execute(update(table).where(table.c.patron == patron).values(values)).rowcount


def _delete(connection: Connection, table: Table, *which: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(*which)).rowcount


def _plain(result: CursorResult[Any]) -> list[dict[str, object]]:
    return [{name: _value(name, value) for name, value in row.items()} for row in result.mappings()]


def _value(name: str, value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if name in _JSON_COLUMNS and isinstance(value, str):
        return msgspec.json.decode(value)
    return value
