"""What stands until somebody ends it: changes that brakes hold, and rows that were ours under a foreign type."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from sidecar.core.brakes import Brake
from sidecar.core.model import PatronId
from sidecar.core.past import FormerRows
from sidecar.core.plan import ChangeKey
from sidecar.store.database.codec import word
from sidecar.store.database.connections import of_patrons, put
from sidecar.store.database.schema import former_rows, held_changes

_KEY = ("patron", "rule", "kind", "restriction_type")


def held(connection: Connection, patrons: Collection[PatronId] | None = None) -> dict[ChangeKey, Brake]:
    """What brakes hold, or what of it on these patrons."""
    return {
        (row.patron, row.rule, row.kind, row.restriction_type): word(Brake, row.brake)
        for query in of_patrons(select(held_changes), held_changes.c.patron, patrons)
        for row in connection.execute(query)
    }


def keep_held(
    connection: Connection, keep: Mapping[ChangeKey, Brake], drop: Collection[ChangeKey], at: datetime
) -> None:
    """Remember what is held (since `at`, if it is new) and forget what no longer is."""
    known = held(connection, {key[0] for key in (*keep, *drop)})
    gone = [{f"of_{name}": value for name, value in zip(_KEY, key, strict=True)} for key in set(drop) & known.keys()]
    if gone:
        which = [held_changes.c[name] == bindparam(f"of_{name}") for name in _KEY]
        connection.execute(delete(held_changes).where(*which), gone)
    new = [
        {**dict(zip(_KEY, key, strict=True)), "brake": brake.value, "since": at}
        for key, brake in keep.items()
        if known.get(key) is not brake
    ]
    put(connection, held_changes, new)


def read_former_rows(connection: Connection) -> dict[PatronId, FormerRows]:
    """Rows that were ours, by patron and id, with the rule that each was of."""
    found: dict[PatronId, dict[str, str]] = {}
    for row in connection.execute(select(former_rows)):
        found.setdefault(row.patron, {})[row.row] = row.rule
    return dict(found)


def keep_former_rows(
    connection: Connection, rows: Mapping[PatronId, FormerRows], looked_at: Iterable[PatronId]
) -> None:
    """The rows of these patrons are what is known of those who were looked at; what is not known of others stays."""
    known = read_former_rows(connection)
    stale = [patron for patron in looked_at if patron in known and known[patron] != rows.get(patron)]
    if stale:
        connection.execute(
            delete(former_rows).where(former_rows.c.patron == bindparam("of")), [{"of": patron} for patron in stale]
        )
    new = [
        {"patron": patron, "row": row, "rule": rule}
        for patron, of_patron in rows.items()
        if known.get(patron) != of_patron
        for row, rule in of_patron.items()
    ]
    put(connection, former_rows, new)
