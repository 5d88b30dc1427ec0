"""Which answers about cards the ILS was given: their digests, never their words."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, select

from sidecar.core.model import PatronId
from sidecar.ports import ToldAnswer
from sidecar.store.database.connections import put
from sidecar.store.database.schema import told_answers


def read_all(connection: Connection) -> Mapping[PatronId, ToldAnswer]:
    """All of them, by patron."""
    rows = connection.execute(select(told_answers))
    return {row.patron: ToldAnswer(row.digest, row.at, row.free_since, row.grounds) for row in rows}


def patrons(connection: Connection) -> frozenset[PatronId]:
    """Of whom there is one."""
    return frozenset(connection.scalars(select(told_answers.c.patron)))


def keep(connection: Connection, told: Mapping[PatronId, ToldAnswer], forgotten: Iterable[PatronId]) -> None:
    """Remember these, and forget those."""
    gone = [{"of_patron": patron} for patron in forgotten]
    if gone:
        connection.execute(delete(told_answers).where(told_answers.c.patron == bindparam("of_patron")), gone)
    put(
        connection,
        told_answers,
        [
            {"patron": patron, "digest": one.digest, "at": one.at, "free_since": one.free_since, "grounds": one.grounds}
            for patron, one in told.items()
        ],
    )
