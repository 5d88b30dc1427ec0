"""A copy of a journal in SQLite, made while others read and write it."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sidecar.errors import JournalError
from sidecar.store.database.place import place_of


def back_up(url: str, file: Path) -> int:
    """Copy the journal at this URL into a new file, which only its owner may read; its size in bytes.

    The copy is of one moment, whatever is written meanwhile (SQLite's online backup), and is there whole or not at all.
    Raises JournalError: for PostgreSQL, whose own pg_dump does it; if there is no journal; if the file is there already
    or cannot be written.
    """
    source = place_of(url)
    if not source.is_sqlite:
        raise JournalError(
            f"The journal ({source.name}) is backed up with PostgreSQL's own pg_dump, not by Cardwarden."
        )
    if source.file is None or not source.file.is_file():
        raise JournalError(f"There is no journal to back up ({source.name}): see that `journal.url` names it.")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        if file.exists():
            raise _is_there(file)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        _copy(source.file, part)
        os.link(part, file)  # unlike a rename it never takes another one's place
        return file.stat().st_size
    except FileExistsError:
        raise _is_there(file) from None
    except OSError as error:
        raise JournalError(f"{file} cannot be written ({error.strerror}).") from None
    except sqlite3.Error as error:
        raise JournalError(f"The journal ({source.name}) cannot be copied: {error}.") from None
    finally:
        with suppress(OSError):
            part.unlink()


def _is_there(file: Path) -> JournalError:
    return JournalError(f"{file} is there already: name another file, or remove that one first.")


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as journal,
        closing(sqlite3.connect(target)) as copy,
    ):
        journal.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").close()  # one file, with nothing beside it
        (found,) = copy.execute("PRAGMA integrity_check").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(f"the copy is damaged ({found})")
    with target.open("rb") as written:
        os.fsync(written.fileno())
