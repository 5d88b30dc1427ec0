"""Which journal this is, its pause switch, and its cycles."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, false, func, select, update

from sidecar.errors import JournalError, OtherIls
from sidecar.ports import CycleOutcome, CycleRecord, Mode, Phase
from sidecar.store.database.codec import counts_from_json, counts_to_json, word
from sidecar.store.database.schema import cycles, installation

_ENDED: Final = (CycleOutcome.DONE.value, CycleOutcome.PENDING.value)
"""How a cycle ends that did all it was to do."""

_FULL: Final = "full"
"""The kind of cycle that decides about everyone who matters. A quick one, or what people order by name, says
nothing of the others: it settles neither a changed policy nor the first additions."""

_LONGEST: Final = timedelta(days=1)
"""No cycle runs longer."""

_DECIDED_ABOUT_ALL: Final = (cycles.c.kind == _FULL, cycles.c.applied, cycles.c.outcome.in_(_ENDED))


def instance_id(connection: Connection) -> str:
    """This journal's own name, made when it was."""
    return str(connection.scalar(select(installation.c.instance_id)))


def bound_to(connection: Connection) -> str | None:
    """The installation that the journal belongs to."""
    return connection.scalar(select(installation.c.bound_to))


def bind(connection: Connection, installation_id: str, at: datetime, name: str) -> bool:
    """Tie the journal to an installation, unless it is tied already."""
    unbound = installation.c.bound_to.is_(None)
    bound_now = connection.execute(update(installation).where(unbound).values(bound_to=installation_id, bound_at=at))
    if bound_now.rowcount:
        return True
    other = bound_to(connection)
    if other != installation_id:
        raise OtherIls(
            f"The journal ({name}) belongs to another library system (installation {other}; this one is "
            f"{installation_id}): look at `koha.url`, or name a journal of its own in `journal.url`."
        )
    return False


def paused_since(connection: Connection) -> datetime | None:
    """When writing was paused, if it is."""
    return connection.scalar(select(installation.c.paused_since))


def pause(connection: Connection, at: datetime) -> None:
    """Pause writing. Pausing twice keeps the first moment."""
    connection.execute(update(installation).where(installation.c.paused_since.is_(None)).values(paused_since=at))


def resume(connection: Connection) -> None:
    """Allow writing again."""
    connection.execute(update(installation).values(paused_since=None))


def begin(connection: Connection, kind: str, mode: Mode, policy_digest: str, at: datetime, *, alone: bool) -> int:
    """A new cycle. It is applied if it is free to write. `alone`: no other that writes can be running."""
    _end_the_dead(connection, at, alone=alone)
    values = {
        "kind": kind,
        "mode": mode.value,
        "started": at,
        "outcome": CycleOutcome.RUNNING.value,
        "applied": mode is not Mode.DRY_RUN and paused_since(connection) is None,
        "policy_digest": policy_digest,
        "counts": "{}",
    }
    return int(connection.execute(cycles.insert().values(values).returning(cycles.c.id)).scalar_one())


def _end_the_dead(connection: Connection, at: datetime, *, alone: bool) -> None:
    """Cycles whose process ended before they did. One that writes is the only one that does; dry runs may go on
    side by side, but none for a day."""
    dry_run = cycles.c.mode == Mode.DRY_RUN.value
    writes = ~dry_run if alone else false()
    ended = {"outcome": CycleOutcome.FAILED.value, "finished": at, "error": "Its process ended before it did."}
    running = cycles.c.outcome == CycleOutcome.RUNNING.value
    dead = update(cycles).where(running, writes | (cycles.c.started < at - _LONGEST))
    connection.execute(dead.values(ended))


def end(
    connection: Connection,
    cycle: int,
    outcome: CycleOutcome,
    at: datetime,
    *,
    counts: Mapping[str, int] | None,
    plan_digest: str | None,
    error: str | None,
    applied: bool,
    timings: Mapping[Phase, int] | None,
) -> None:
    """How a cycle ended."""
    values: dict[str, Any] = {
        "outcome": outcome.value,
        "finished": at,
        "counts": counts_to_json(counts or {}),
        "timings": counts_to_json(timings) if timings else None,
        "plan_digest": plan_digest,
        "error": None if error is None else error.replace("\0", " "),
    }
    if not applied:
        values["applied"] = False
    ended = connection.execute(update(cycles).where(cycles.c.id == cycle).values(values))
    if ended.rowcount != 1:
        raise JournalError(
            f"The journal knows no cycle {cycle}: it was exchanged while the cycle ran. Start a new one."
        )


def latest(connection: Connection, limit: int, since: datetime | None) -> Sequence[CycleRecord]:
    """The latest cycles, newest first; none that began before `since`."""
    query = select(cycles).order_by(cycles.c.id.desc()).limit(limit)
    rows = connection.execute(query if since is None else query.where(cycles.c.started >= since))
    return [_record(row) for row in rows]


def full_since(connection: Connection, since: datetime) -> Sequence[CycleRecord]:
    """Full cycles that began since then and came to their end, oldest first."""
    query = select(cycles).where(cycles.c.kind == _FULL, cycles.c.outcome.in_(_ENDED), cycles.c.started >= since)
    return [_record(row) for row in connection.execute(query.order_by(cycles.c.id))]


def last_applied(connection: Connection) -> CycleRecord | None:
    """The latest full cycle that was free to write and came to its end."""
    query = select(cycles).where(*_DECIDED_ABOUT_ALL)
    row = connection.execute(query.order_by(cycles.c.id.desc()).limit(1)).first()
    return None if row is None else _record(row)


def last_full(connection: Connection) -> datetime | None:
    """When the latest full cycle that came to its end did so, dry runs included."""
    ended = select(cycles.c.finished).where(cycles.c.kind == _FULL, cycles.c.outcome.in_(_ENDED))
    found: datetime | None = connection.scalar(ended.order_by(cycles.c.id.desc()).limit(1))
    return found


def policy_since(connection: Connection, policy_digest: str, at: datetime) -> datetime | None:
    """The start of the first of the latest cycles that all used this policy; see `ports.Journal.policy_since`."""
    last = last_applied(connection)
    if last is None:
        return None
    other = select(func.max(cycles.c.id)).where(*_DECIDED_ABOUT_ALL, cycles.c.policy_digest != policy_digest)
    first = select(func.min(cycles.c.started)).where(
        *_DECIDED_ABOUT_ALL, cycles.c.id > func.coalesce(other.scalar_subquery(), 0)
    )
    return at if last.policy_digest != policy_digest else connection.scalar(first)


def _record(row: Row[Any]) -> CycleRecord:
    return CycleRecord(
        id=row.id,
        kind=row.kind,
        mode=word(Mode, row.mode),
        started=row.started,
        finished=row.finished,
        outcome=word(CycleOutcome, row.outcome),
        policy_digest=row.policy_digest,
        plan_digest=row.plan_digest,
        counts=counts_from_json(row.counts),
        error=row.error,
        timings={}
        if row.timings is None
        else {word(Phase, name): n for name, n in counts_from_json(row.timings).items()},
    )
