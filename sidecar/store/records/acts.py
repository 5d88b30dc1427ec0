"""What people did to Cardwarden as a whole, each by name: approvals, pauses, drift accepted."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from sidecar.ports import ActRecord, PersonalAct
from sidecar.store.database.codec import one_line, word
from sidecar.store.database.schema import acts


def record(connection: Connection, act: PersonalAct, staff: str, at: datetime, detail: str) -> None:
    """Journal one."""
    values = {"act": act.value, "staff": one_line(staff), "at": at, "detail": one_line(detail)}
    connection.execute(insert(acts).values(values))


def latest(connection: Connection, limit: int) -> Sequence[ActRecord]:
    """The latest, newest first."""
    rows = connection.execute(select(acts).order_by(acts.c.id.desc()).limit(limit))
    return [ActRecord(word(PersonalAct, row.act), row.staff, row.at, row.detail) for row in rows]
