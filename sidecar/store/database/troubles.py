"""Errors of the database become a JournalError: one line that names the journal and says what to do."""

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sidecar.errors import JournalError, NoJournal, StillInLog
from sidecar.store.database.place import Place

_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another process: wait until that has ended, and try again",
    sqlite3.SQLITE_LOCKED: "is locked by another process: wait until that has ended, and try again",
    sqlite3.SQLITE_READONLY: (
        "cannot be written: it or its directory is read-only for this user. Give the user that runs Cardwarden write "
        "permission to the file, its `-wal` and `-shm` files, and the directory"
    ),
    sqlite3.SQLITE_PERM: "may not be opened by this user: give the user that runs Cardwarden permission to the file",
    sqlite3.SQLITE_FULL: (
        "cannot be written because its disk is full: make room and run again; what was intended before is kept"
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a journal but some other kind of file: name another file in `journal.url`, or restore a backup"
    ),
    sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a backup, or move it away and start a new one",
    sqlite3.SQLITE_IOERR: "cannot be read or written because its disk fails: see the system's log",
}
"""By SQLite's primary error code."""

_WRITE_FAILURES: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMMAP,
    }
)
"""SQLite's extended codes of an I/O error that may be no more than a full disk or a quota."""

_POSTGRES: Final = {
    "28": (
        "refuses this user: look at the user name in `journal.url`, the password in `journal.password_file`, and the "
        "server's pg_hba.conf"
    ),
    "3D": "does not exist: create it (`createdb`), or name another in `journal.url`",
    "42501": "does not give this user enough permission: it must own the database or be allowed to create tables in it",
    "25006": "is read-only (a standby?): connect to the primary server",
    "53100": "cannot be written because the server's disk is full: make room there and run again",
    "53": "has no connections or memory to spare: try again, or raise the server's limits",
    "55P03": "is locked by another process: wait until that has ended, and try again",
    "40": "is being written by another process at the same time: try again",
    "57014": (
        "took too long over a statement: look whether the server is overloaded, or raise `journal.answer_timeout`"
    ),
    "25P03": "was left alone for too long in the middle of something: try again",
    "57": "was stopped while it was being used: start the server and try again",
    "08": "does not answer: look at the host and port in `journal.url` and whether the server runs",
}
"""By SQLSTATE, or its class."""

_SIGNS: Final = (
    (r'database ".*" does not exist', "3D"),
    (r'role ".*" does not exist|authentication failed|no password supplied|no pg_hba.conf entry', "28"),
)
"""What a connection that failed says; it carries no SQLSTATE."""


@contextmanager
def named(place: Place) -> Iterator[None]:
    """The edge of this package: nothing of SQLAlchemy or its drivers gets past it."""
    try:
        yield
    except DBAPIError as error:
        raise JournalError(_sentence(place, _of_driver(place, error.orig))) from error
    except _driver_errors() as error:
        raise JournalError(_sentence(place, _of_driver(place, error))) from error
    except msgspec.MsgspecError as error:
        problem = f"holds something that this Cardwarden cannot read ({error}): upgrade it, or restore a backup"
        raise JournalError(_sentence(place, problem)) from error
    except SQLAlchemyError as error:
        raise JournalError(_sentence(place, f"cannot be used: {_first_line(error)}")) from error


def of_file(place: Place, error: OSError) -> JournalError:
    """The error for a file that cannot be made or opened."""
    file = place.file or Path()
    match error:
        case FileNotFoundError():
            problem = f"cannot be made: the directory {file.parent} does not exist. Create it, or change `journal.url`"
        case PermissionError() if file.exists():
            problem = "may not be read and written by this user: give the user that runs Cardwarden permission to it"
        case PermissionError():
            problem = f"cannot be made: this user may not write in {file.parent}. Give it permission to the directory"
        case IsADirectoryError():
            problem = "is a directory: name a file in `journal.url`"
        case _:
            problem = f"cannot be opened: {error.strerror or error}"
    return JournalError(_sentence(place, problem))


def no_journal(place: Place) -> NoJournal:
    """The error for a journal that has not begun, where a new one would be of no use."""
    problem = (
        "does not exist yet: see that `journal.url` (CARDWARDEN_JOURNAL__URL) names the one that the daemon uses. A "
        "new one is begun by `cardwarden reconcile`, a dry run, or by the daemon"
    )
    return NoJournal(_sentence(place, problem))


def not_there(place: Place) -> JournalError:
    """The error for a file that is no longer the one that was opened: what is written now would be lost."""
    problem = (
        "is no longer the file that was opened (it was moved, deleted or exchanged): put it back, or restore a backup, "
        "and start Cardwarden again"
    )
    return JournalError(_sentence(place, problem))


def still_in_log(place: Place) -> StillInLog:
    """The error for a log that could not be emptied: somebody reads from it."""
    problem = (
        f"no longer holds what was erased, but its bytes stay in {place.name} and {place.name}-wal, because another "
        "program has the journal open and reads it: when that has ended, run the same command again, which empties them"
    )
    return StillInLog(_sentence(place, problem))


def newer_schema(place: Place, found: str, known: str) -> JournalError:
    """The error for a journal that a later version of the program has migrated."""
    return JournalError(
        _sentence(
            place,
            f"was written by a newer Cardwarden (its schema is {found}, this program's {known}): upgrade Cardwarden",
        )
    )


def not_ours(place: Place) -> JournalError:
    """The error for a database that belongs to another program."""
    return JournalError(
        _sentence(place, "is another program's database: name an empty database or a new file in `journal.url`")
    )


def _sentence(place: Place, problem: str) -> str:
    return place.without_secrets(f"The journal ({place.name}) {problem}.")


def _of_driver(place: Place, error: BaseException | None) -> str:
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(place, error)
    if error is not None and isinstance(error, _driver_errors()):
        return _of_postgres(error)
    return f"cannot be used: {_first_line(error)}"


def _of_sqlite(place: Place, error: sqlite3.Error) -> str:
    extended = getattr(error, "sqlite_errorcode", 0)
    if extended in _WRITE_FAILURES and place.file is not None:
        return (
            f"cannot be written because its disk is full or fails: make room in {place.file.parent} (`df` shows how "
            "much there is) and run again; if there is room, see the system's log. What was intended before is kept"
        )
    code = extended & 0xFF
    if code == sqlite3.SQLITE_CANTOPEN and place.file is not None:
        directory = place.file.parent
        if os.access(directory, os.W_OK, effective_ids=True):
            return "cannot be opened: look whether the file is still there and this user may read and write it"
        return f"cannot be opened: this user must be allowed to write in {directory}, where SQLite keeps its log"
    return _SQLITE.get(code) or f"cannot be used: {_first_line(error)}"


def _driver_errors() -> tuple[type[Exception], ...]:
    """The drivers' errors; psycopg's if it was loaded at all: commands on SQLite start quicker without it."""
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.Error,) if psycopg is None else (sqlite3.Error, psycopg.Error)


def _of_postgres(error: Exception) -> str:
    state: str | None = getattr(error, "sqlstate", None)
    if state is not None:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2]) or f"cannot be used: {_first_line(error)}"
    text = str(error)
    for sign, known in _SIGNS:
        if re.search(sign, text):
            return _POSTGRES[known]
    return f"{_POSTGRES['08']} ({_first_line(error)})"


def _first_line(error: BaseException | None) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
