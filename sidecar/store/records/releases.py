"""What staff released by name: with Cardwarden's own command, and in the ILS."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from sidecar.core.model import PatronId, RuleId, StaffRelease
from sidecar.ports import ReleaseRecord, TakenRelease
from sidecar.store.database.codec import one_line
from sidecar.store.database.schema import staff_releases

_AT_ONCE = 500
"""Databases take so many values in one question without a murmur."""


def record(
    connection: Connection,
    cycle: int,
    patron: PatronId,
    rule: RuleId,
    staff: str,
    *,
    photo_id_checked: bool,
    reason: str,
    at: datetime,
) -> None:
    """Who released which block with Cardwarden, whether photo ID was seen, and why."""
    values = {"cycle": cycle, "patron": patron, "rule": rule, "staff": one_line(staff), "at": at}
    connection.execute(
        insert(staff_releases).values(values | {"photo_id_checked": photo_id_checked, "reason": one_line(reason)})
    )


def take(connection: Connection, taken: Iterable[TakenRelease]) -> None:
    """Journal what staff released in the ILS, each once: what is here stays as it is."""
    wanted = list(taken)
    here = _here(connection, (each.release for each in wanted))
    rows = {
        (each.release.id, each.release.at): {
            "cycle": each.cycle,
            "patron": each.patron,
            "rule": each.release.rule,
            "staff": one_line(each.release.by),
            "photo_id_checked": each.release.photo_id_checked,
            "reason": one_line(each.release.reason),
            "at": each.release.at,
            "in_ils": each.release.id,
        }
        for each in wanted
        if (each.release.id, each.release.at) not in here
    }
    if rows:
        connection.execute(insert(staff_releases), list(rows.values()))


def known(connection: Connection, releases: Iterable[StaffRelease]) -> frozenset[str]:
    """Which of these are here, by the ILS's id."""
    asked = list(releases)
    here = _here(connection, asked)
    return frozenset(each.id for each in asked if (each.id, each.at) in here)


def latest(connection: Connection, *, patron: PatronId | None, cycle: int | None) -> Sequence[ReleaseRecord]:
    """What staff released, newest first."""
    query = select(staff_releases).order_by(staff_releases.c.id.desc())
    if patron is not None:
        query = query.where(staff_releases.c.patron == patron)
    if cycle is not None:
        query = query.where(staff_releases.c.cycle == cycle)
    return [
        ReleaseRecord(row.rule, row.staff, row.photo_id_checked, row.at, row.reason, row.patron, row.cycle, row.in_ils)
        for row in connection.execute(query)
    ]


def _here(connection: Connection, releases: Iterable[StaffRelease]) -> set[tuple[str, datetime]]:
    ids, found = sorted({each.id for each in releases}), set()
    for start in range(0, len(ids), _AT_ONCE):
        query = select(staff_releases.c.in_ils, staff_releases.c.at)
        some = query.where(staff_releases.c.in_ils.in_(ids[start : start + _AT_ONCE]))
        found |= {(row.in_ils, row.at) for row in connection.execute(some)}
    return found
