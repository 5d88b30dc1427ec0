"""A PostgreSQL of the tests' own: a private cluster in a temporary directory, on a Unix socket, for one session."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from sidecar.store import open_journal
from sidecar.store.database.schema import metadata

from .builders import HandClock

NOT_ROOT: Final = ("postgres", "nobody")
"""PostgreSQL refuses to run as root: as root, it is run as the first of these that exists."""


GUARDED: Final = "guarded"
"""The one role that is asked for a password."""

ONE_ROW: Final = frozenset({"installation", "lease"})
"""Tables of one row, which opening makes."""

_END_OTHERS: Final = sql.SQL(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'journal' AND application_name <> 'tests'"
)


_AS_NEW: Final = sql.SQL(
    ";".join(
        [
            *(
                f"DELETE FROM {table.name}"  # noqa: S608 (our own names)
                for table in reversed(metadata.sorted_tables)
                if table.name not in ONE_ROW
            ),
            "UPDATE installation SET bound_to = NULL, bound_at = NULL, paused_since = NULL",
            "UPDATE lease SET token = NULL, expires = NULL",
        ]
    )
)


def binaries() -> Path | None:
    """Where `initdb` and `pg_ctl` are: the newest that Debian installed, else those on the PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = installed[-1] if installed else shutil.which("initdb")
    return None if found is None else Path(found).parent


class Cluster:
    """A running server."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._numbers = count(1)
        self._has_journal = False
        self._connections: dict[str, psycopg.Connection] = {}

    def new_journal(self) -> str:
        """The URL of a journal that is as good as new: its rows are taken out, which is far quicker than making one."""
        if not self._has_journal:
            self.run(sql.SQL("CREATE DATABASE journal TEMPLATE template0"))
            open_journal(self.url("journal"), clock=HandClock()).close()
            self._has_journal = True
        else:
            self.run(_END_OTHERS)
            self.run(_AS_NEW, "journal")
        return self.url("journal")

    def new_database(self) -> str:
        """The URL of an empty database of its own."""
        name = f"journal{next(self._numbers)}"
        self.run(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        return self.url(name)

    def url(self, database: str, user: str = "cardwarden", password: str = "") -> str:
        return f"postgresql://{user}{':' + password if password else ''}@/{database}?host={self.directory}"

    def run(self, statement: sql.SQL | sql.Composed, database: str = "postgres") -> None:
        """Execute something as the owner, on a connection that stays."""
        if database not in self._connections:
            where = f"host={self.directory} user=cardwarden dbname={database} application_name=tests"
            self._connections[database] = psycopg.connect(where, autocommit=True)
        self._connections[database].execute(statement)

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


@contextmanager
def running_cluster(programs: Path) -> Iterator[Cluster]:
    """Start a cluster, and stop it at the end, whatever happened."""
    directory = Path(tempfile.mkdtemp(prefix="cw-pg-", dir="/tmp"))  # a socket's path must be short
    user = _give_away(directory)
    data = directory / "data"

    def call(program: str, *arguments: str) -> None:
        command = [*(["runuser", "-u", user, "--"] if user else []), str(programs / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=directory, timeout=60)

    try:
        call("initdb", "-D", str(data), "-U", "cardwarden", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses = ''\nunix_socket_directories = '{directory}'\nfsync = off\nmax_connections = 30\n"
                "shared_buffers = 16MB\nlog_min_messages = fatal\n"
            )
        hosts = data / "pg_hba.conf"
        hosts.write_text(f"local all {GUARDED} scram-sha-256\n{hosts.read_text()}")
        call("pg_ctl", "-D", str(data), "-w", "-l", str(directory / "log"), "start")
        try:
            with closing(Cluster(directory)) as cluster:
                yield cluster
        finally:
            call("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _give_away(directory: Path) -> str | None:
    """As root, let the directory belong to a user that PostgreSQL accepts."""
    if os.geteuid() != 0:
        return None
    passwd = {line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    user = next(name for name in NOT_ROOT if name in passwd)
    shutil.chown(directory, user)
    return user
