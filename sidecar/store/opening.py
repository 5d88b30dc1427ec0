"""Opening a journal: its file is made if it is not there, its schema brought up to date, or the reason said why not."""

import os
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlalchemy import Connection, func, insert, inspect, select, table, text
from sqlalchemy.sql import column

from sidecar.ports import Clock, Seat
from sidecar.store.database.connections import Database
from sidecar.store.database.patience import Patience
from sidecar.store.database.place import Place, place_of
from sidecar.store.database.schema import SCHEMA_VERSION, VERSION_TABLE, installation, lease, metadata
from sidecar.store.database.troubles import newer_schema, no_journal, not_ours, of_file
from sidecar.store.journal import SqlJournal

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATION_LOCK: Final = 0x43415244
"""PostgreSQL's advisory lock under which one process migrates; SQLite's writers wait for each other anyway."""


_MIGRATION_SECONDS: Final = 600.0
"""How long one step of a migration may take: it may go through all rows."""


def open_journal(
    url: str, *, clock: Clock, password: str | None = None, begin: bool = True, patience: Patience | None = None
) -> SqlJournal:
    """The journal at an SQLAlchemy URL, migrated as needed. `password` is for a URL that holds none; `patience` says
    how long it is waited for, each time.

    One that is not there yet is made, or is NoJournal unless it may `begin`. Raises JournalError.
    """
    place = place_of(url, password)
    _open_file(place, begin=begin)
    database = Database(place, patience)
    try:
        with database.reading() as connection:
            version = _version(connection, place) if begin else _begun(connection, place)
        if version != SCHEMA_VERSION:
            _migrate(database, clock)
        return SqlJournal(database, clock)
    except BaseException:
        database.close()
        raise


def alembic_config() -> "Config":
    """Alembic's configuration, for the migrations inside this package."""
    from alembic.config import Config  # noqa: PLC0415 (most commands find nothing to migrate and start quicker)

    config = Config()
    location = str(files("sidecar.store") / "migrations")
    config.set_main_option("script_location", location.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _open_file(place: Place, *, begin: bool) -> None:
    """Only its owner may read a journal. One that is there must be open to reading and writing."""
    if place.file is None:
        return
    try:
        if begin:
            with suppress(FileExistsError):
                os.close(os.open(place.file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        os.close(os.open(place.file, os.O_RDWR | os.O_CLOEXEC))
    except FileNotFoundError as error:
        raise of_file(place, error) if begin else no_journal(place) from error
    except OSError as error:
        raise of_file(place, error) from error


def _begun(connection: Connection, place: Place) -> str:
    """The schema's version of a journal that must have one."""
    version = _version(connection, place)
    if version is None:
        raise no_journal(place)
    return version


def _version(connection: Connection, place: Place) -> str | None:
    """The schema's version; None in an empty database. Raises if the database is not for this program."""
    present = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in present:
        if present if place.is_sqlite else present & set(metadata.tables):
            raise not_ours(place)
        return None
    found = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    if found is None:
        return None
    if not str(found).isdecimal():
        raise not_ours(place)
    if str(found) > SCHEMA_VERSION:
        raise newer_schema(place, str(found), SCHEMA_VERSION)
    return str(found)


def _migrate(database: Database, clock: Clock) -> None:
    """Bring the schema up to date in one transaction, unless another process has just done so."""
    from alembic import command  # noqa: PLC0415 (as above)

    with database.writing(at_length=_MIGRATION_SECONDS) as connection:
        if not database.place.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        if _version(connection, database.place) == SCHEMA_VERSION:
            return
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.scalar(select(func.count()).select_from(installation)) == 0:
            connection.execute(insert(installation).values(id=1, instance_id=str(uuid4()), created=clock.now()))
            connection.execute(insert(lease), [{"id": seat.value} for seat in Seat])
