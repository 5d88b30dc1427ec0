"""SQLite: set up for safety over speed, and a writer's turn, with a line that says who holds it up."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from sidecar.store.database.patience import SAID_AFTER, Patience, say_in_use
from sidecar.store.database.place import Place

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
)

_TRY: Final = 0.5
"""Seconds that SQLite itself waits at a time: meanwhile nobody hears Ctrl-C."""

_WRITE_LOCK: Final = 120
"""The byte of the file `-shm` on which SQLite's one writer holds a lock."""


def sqlite_engine(place: Place, patience: Patience) -> Engine:
    """An engine on the file; `?timeout=5` of the URL goes before the patience's seconds."""
    # In memory the one connection is the database: it is kept, and shared by turns.
    pool = {} if place.file is not None else {"pool_size": 1, "max_overflow": 0}
    given = place.url.query.get("timeout")
    seconds = float(given) if isinstance(given, str) else patience.lock
    engine = create_engine(
        place.url,
        poolclass=QueuePool,
        connect_args={"check_same_thread": False, "timeout": seconds},
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
        if connection.get_execution_options().get("cardwarden_writes", False):
            _begin_writing(_driver_of(connection), place, seconds)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _driver_of(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - which driver an SQLite URL has is SQLAlchemy's
    return driver


def _begin_writing(driver: sqlite3.Connection, place: Place, seconds: float) -> None:
    """Take the writer's lock. After two seconds somebody is told for whom this waits."""
    began, waited, said = monotonic(), 0.0, False
    try:
        while (error := _not_begun(driver, min(_TRY, seconds - waited))) is not None:
            waited = monotonic() - began
            if waited >= seconds:
                raise error
            if waited >= SAID_AFTER and not said:
                said = True
                say_in_use(place, _holder(driver, place), seconds)
    finally:
        _wait(driver, seconds)


def _not_begun(driver: sqlite3.Connection, seconds: float) -> sqlite3.OperationalError | None:
    """Why no transaction that writes could be begun within so many seconds: somebody else is at it."""
    _wait(driver, seconds)
    try:
        driver.execute("BEGIN IMMEDIATE").close()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return error
        raise
    return None


def _wait(driver: sqlite3.Connection, seconds: float) -> None:
    driver.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}").close()


def _holder(driver: sqlite3.Connection, place: Place) -> str:
    """Who writes just now, as the system knows it; the lease says what that process calls itself."""
    pid = None if place.file is None else _writer(place.file)
    if pid is None:
        return "another process"
    if pid == os.getpid():
        return "another part of this process"
    name = "?"
    with suppress(OSError):
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    with suppress(sqlite3.Error), closing(driver.execute("SELECT owner FROM lease WHERE pid = ?", (pid,))) as found:
        name = next((owner for (owner,) in found), name)
    return f"`{name}` (process {pid})"


def _writer(file: Path) -> int | None:
    """The process that holds the writer's lock; None if the system does not say so."""
    try:
        number = file.with_name(f"{file.name}-shm").stat().st_ino
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for lock in locks:
        words = lock.split()
        if words[1:4:2] != ["POSIX", "WRITE"]:  # those who wait have an arrow in between
            continue
        pid, inode, first, last = words[4], words[5].rpartition(":")[2], words[6], words[7]
        if int(inode) == number and int(first) <= _WRITE_LOCK and (last == "EOF" or int(last) >= _WRITE_LOCK):
            return int(pid) if int(pid) > 0 else None
    return None
