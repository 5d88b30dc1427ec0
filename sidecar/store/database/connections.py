"""Connections and transactions: SQLite set up for safety over speed, PostgreSQL, and the edge where errors turn."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, QueuePool, Table, create_engine, event
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from sidecar.store.database.place import Place
from sidecar.store.database.troubles import named, not_there, still_in_log

BUSY_SECONDS: Final = 30
"""How long a writer waits for another to end, unless the URL says otherwise (`?timeout=5`)."""

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
)


class Database:
    """One journal's database. Reads and writes are separate: a write takes the lock at its beginning, so that it
    waits its turn instead of failing in the middle."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._file = _file_number(place)
        with named(place):
            self._engine = _sqlite_engine(place) if place.is_sqlite else _postgres_engine(place)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with named(self.place), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: all of it is kept, or none."""
        if self._file != _file_number(self.place):
            raise not_there(self.place)  # SQLite itself would go on, into a file that no one finds again
        with (
            named(self.place),
            self._engine.connect().execution_options(cardwarden_writes=True) as connection,
            connection.begin(),
        ):
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


def _file_number(place: Place) -> tuple[int, int] | None:
    """Which file is at the journal's path now; None if there is none."""
    try:
        found = None if place.file is None else place.file.stat()
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


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


def _sqlite_engine(place: Place) -> Engine:
    # In memory the one connection is the database: it is kept, and shared by turns.
    pool = {} if place.file is not None else {"pool_size": 1, "max_overflow": 0}
    wait = {} if "timeout" in place.url.query else {"timeout": BUSY_SECONDS}
    engine = create_engine(
        place.url,
        poolclass=QueuePool,
        connect_args={"check_same_thread": False, **wait},
        hide_parameters=True,
        **pool,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, by their own word
        for pragma in _PRAGMAS:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("cardwarden_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(place: Place) -> Engine:
    wait = {} if "connect_timeout" in place.url.query else {"connect_timeout": 10}
    engine = create_engine(place.url, connect_args=wait, hide_parameters=True, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
            cursor.execute("SET synchronous_commit = on")
        connection.commit()

    return engine
