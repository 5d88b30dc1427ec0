"""Connections and transactions, on SQLite and PostgreSQL, and the edge where errors turn."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from sidecar.store.database.patience import Patience
from sidecar.store.database.place import Place
from sidecar.store.database.sqlite import sqlite_engine
from sidecar.store.database.troubles import named, not_there, still_in_log


class Database:
    """One journal's database. Reads and writes are separate: a write takes the lock at its beginning, so that it
    waits its turn instead of failing in the middle."""

    def __init__(self, place: Place, patience: Patience | None = None) -> None:
        self.place = place
        self._file = _file_number(place)
        with named(place):
            self._engine = _engine(place, patience or Patience())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with named(self.place), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *, at_length: float | None = None) -> Iterator[Connection]:
        """A transaction that writes: all of it is kept, or none. `at_length`: each statement may take so many seconds,
        even on PostgreSQL."""
        if self._file != _file_number(self.place):
            raise not_there(self.place)  # SQLite itself would go on, into a file that no one finds again
        with (
            named(self.place),
            self._engine.connect().execution_options(cardwarden_writes=True) as connection,
            connection.begin(),
        ):
            if at_length is None or self.place.is_sqlite:
                yield connection
            else:
                from sidecar.store.database import postgres  # noqa: PLC0415 (SQLite starts quicker without its driver)

                with postgres.at_length(connection, at_length):
                    yield connection

    def forget_freed_pages(self) -> None:
        """Empty SQLite's log, so that what was erased is gone from the disk; PostgreSQL's vacuum does it there.

        Waits for others who read as long as a writer waits. Raises StillInLog if they still do then.
        """
        if not self.place.is_sqlite:
            return
        with named(self.place), self._engine.connect() as connection:
            driver = connection.connection.cursor()
            is_busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            driver.close()
        if is_busy:
            raise still_in_log(self.place)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def _engine(place: Place, patience: Patience) -> Engine:
    if place.is_sqlite:
        return sqlite_engine(place, patience)
    from sidecar.store.database.postgres import postgres_engine  # noqa: PLC0415 (SQLite starts quicker without it)

    return postgres_engine(place, patience)


def _file_number(place: Place) -> tuple[int, int] | None:
    """Which file is at the journal's path now; None if there is none."""
    try:
        found = None if place.file is None else place.file.stat()
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


_ASKED_AT_ONCE: Final = 500
"""Values in one statement: SQLite takes a thousand, in its older versions."""


def of_patrons(
    query: Select[Any], column: ColumnElement[str], patrons: Collection[str] | None
) -> Iterator[Select[Any]]:
    """The query, or several that ask for the rows of these patrons only."""
    if patrons is None:
        yield query
        return
    asked = sorted(patrons)
    for start in range(0, len(asked), _ASKED_AT_ONCE):
        yield query.where(column.in_(asked[start : start + _ASKED_AT_ONCE]))


def put(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or replace those with the same primary key."""
    values = list(rows)
    if not values:
        return
    key = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in key]
    insert = sqlite_insert(table) if connection.dialect.name == "sqlite" else postgresql_insert(table)
    statement = insert.on_conflict_do_update(index_elements=key, set_={name: insert.excluded[name] for name in others})
    connection.execute(statement, values)
