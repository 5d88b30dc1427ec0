"""What is forgotten and when, and what the journal knows of one patron (GDPR: access, erasure, storage limits)."""

from collections.abc import Mapping, Sequence
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

from sidecar.core.collection.claim import ClaimId
from sidecar.core.model import PatronId
from sidecar.ports import Result
from sidecar.store.database.schema import (
    acts,
    approvals,
    cases,
    changes,
    claim_steps,
    claims,
    cycles,
    files_in,
    files_out,
    former_rows,
    held_changes,
    plan_changes,
    plans,
    staff_releases,
    told_answers,
    vanished,
)
from sidecar.store.records import claims as records_of_claims
from sidecar.store.records.changes import WINDOW
from sidecar.store.records.cycles import last_applied
from sidecar.store.records.digests import forget_in_errors, forget_in_plans

_NOBODY: Final = ""
"""The patron of rows that are kept for their number only."""

_JSON_COLUMNS: Final = frozenset({"evidence", "case_after", "body"})


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
    old = [
        claim.id
        for claim, moved in records_of_claims.with_moments(connection)
        if moved < before and not claim.still_matters
    ]
    files = _delete(connection, files_in, files_in.c.read < cycles_before, files_in.c.number.is_(None))
    files += _delete(connection, files_out, files_out.c.built < cycles_before, _is_settled(), ~_is_last_batch())
    of_claims = {"claims": _forget_claims(connection, old), "files": files}
    gone |= {name: number for name, number in of_claims.items() if number}
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
    found = {name: _plain(connection.execute(query)) for name, query in queries.items()}
    return {"patron": patron, **found, **_exported_claims(connection, patron)}


def _exported_claims(connection: Connection, patron: PatronId) -> Mapping[str, object]:
    """A patron's claims and their steps; nothing of who never had one."""
    of_patron = claims.c.patron == patron
    steps = select(claim_steps).join(claims, claims.c.id == claim_steps.c.claim).where(of_patron)
    found = {
        "claims": _plain(connection.execute(select(claims).where(of_patron).order_by(claims.c.id))),
        "claim_steps": _plain(connection.execute(steps.order_by(claim_steps.c.id))),
    }
    return found if found["claims"] else {}


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
    write of unknown outcome is no longer waited for. A claim that the collection office has, or that is on its way
    there, stays: without it the office's word would free nobody (`claims_kept` counts them). No digest is left from
    which the patron could be counted back.
    """
    forget_in_errors(connection, patron)
    known = records_of_claims.read(connection, [patron])
    kept = [claim.id for claim in known if claim.is_with_office or claim.in_file is not None]
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
        **_forgotten(connection, [claim.id for claim in known if claim.id not in kept], kept),
    }


def _forgotten(connection: Connection, gone: Sequence[ClaimId], kept: Sequence[ClaimId]) -> Mapping[str, int]:
    """Claims that went, and that stayed; nothing of who never had one."""
    return {"claims": _forget_claims(connection, gone), "claims_kept": len(kept)} if gone or kept else {}


def _forget_claims(connection: Connection, which: Sequence[ClaimId]) -> int:
    numbers = [records_of_claims.number_of(claim) for claim in which]
    _delete(connection, claim_steps, claim_steps.c.claim.in_(numbers))
    return _delete(connection, claims, claims.c.id.in_(numbers))


def _is_settled() -> ColumnElement[bool]:
    return files_out.c.delivered.is_not(None) | files_out.c.dropped.is_not(None)


def _is_last_batch() -> ColumnElement[bool]:
    """Numbers go on from the last batch."""
    last = select(func.max(files_out.c.batch)).scalar_subquery()
    return files_out.c.batch == last


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
