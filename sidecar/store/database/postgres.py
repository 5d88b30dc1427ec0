"""PostgreSQL: every wait for it has an end, also where it says nothing at all."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from time import monotonic
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, Engine, create_engine, event

from sidecar.store.database.patience import SAID_AFTER, Patience, say_in_use, say_silent
from sidecar.store.database.place import Place

_T = TypeVar("_T")

_ALOUD: Final = 2.0
"""Seconds for the question who holds us up, on a connection of its own."""

_SETTINGS: Final = (
    "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false), "
    "set_config('idle_in_transaction_session_timeout', %s, false), set_config('synchronous_commit', 'on', false)"
)

_BLOCKERS: Final = (
    "SELECT pid, coalesce(nullif(application_name, ''), usename, '?') FROM pg_stat_activity "
    "WHERE pid = ANY(pg_blocking_pids(%s)) ORDER BY pid"
)


class NoWord(psycopg.OperationalError):
    """The server said nothing for too long."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection on which nothing is waited for without end; one that was silent too long is closed.

    The network may take what is sent and give nothing back for ever, so the end is this side's own.
    """

    silence: float = Patience().silence
    waits: Callable[["PatientConnection"], None] | None = None
    """Called once in a wait that lasts."""

    def wait(self, gen: PQGen[_T], *arguments: Any, **others: Any) -> _T:
        """psycopg's one place where it waits for the server."""
        try:
            return super().wait(_bounded(gen, self), *arguments, **others)
        except NoWord:
            self.close()
            raise

    def linger(self) -> None:
        """Say that it waits, if anybody is to be told."""
        if self.waits is not None:
            self.waits(self)


def _bounded(steps: PQGen[_T], connection: PatientConnection) -> PQGen[_T]:
    """The same steps, as long as the server's words come; psycopg looks up from its waiting ten times a second."""
    heard, said = monotonic(), False
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            silent = monotonic() - heard
            if ready:
                heard = monotonic()
            elif silent > connection.silence:
                raise NoWord(f"no answer within {connection.silence:g} s")
            elif silent > SAID_AFTER and not said:
                said = True
                connection.linger()
            wanted = steps.send(ready)
    except StopIteration as done:
        value: _T = done.value
        return value


def postgres_engine(place: Place, patience: Patience) -> Engine:
    """An engine on the server. What the URL's query says (`?connect_timeout=3`) goes before our own."""
    ours: dict[str, Any] = {
        "connect_timeout": max(2, round(patience.connect)),  # libpq's least
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": round(patience.silence * 1000),
        "fallback_application_name": _myself(),
    }
    given = place.url.query
    engine = create_engine(
        place.url,
        connect_args={key: value for key, value in ours.items() if key not in given},
        hide_parameters=True,
        pool_pre_ping=True,
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, words: Any, named: Any) -> PatientConnection:
        def waits(connection: PatientConnection) -> None:
            _say_for_whom(connection, place, patience, named | {"connect_timeout": _ALOUD})

        connection = PatientConnection.connect(*words, **named)
        connection.silence, connection.waits = patience.silence, waits
        return connection

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        times = [f"{round(seconds * 1000)}ms" for seconds in (patience.lock, patience.answer, patience.silence)]
        with connection.cursor() as cursor:
            cursor.execute(_SETTINGS, times)
        connection.commit()

    return engine


@contextmanager
def at_length(connection: Connection, seconds: float) -> Iterator[None]:
    """Let each statement of this transaction take so long, here and on the server."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, PatientConnection)  # noqa: S101 - `postgres_engine` makes no other
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{round(seconds * 1000)}ms'")
    usual, driver.silence = driver.silence, Patience(answer=seconds).silence
    try:
        yield
    finally:
        driver.silence = usual


def _say_for_whom(waiting: PatientConnection, place: Place, patience: Patience, named: dict[str, Any]) -> None:
    """Ask the server who holds us up: it may be another one, nobody (then it works), or it may be gone itself."""
    try:
        with closing(PatientConnection.connect(**named)) as connection:
            connection.silence = _ALOUD
            with connection.cursor() as cursor:
                blockers = cursor.execute(_BLOCKERS, [waiting.info.backend_pid]).fetchall()
    except psycopg.Error:
        say_silent(place, waiting.silence)
        return
    if blockers:
        say_in_use(place, ", ".join(f"`{name}` (its process {pid})" for pid, name in blockers), patience.lock)


def _myself() -> str:
    """What others are told of whom they wait for. PostgreSQL keeps 63 bytes of it."""
    return f"cardwarden, process {os.getpid()} on {socket.gethostname()}"[:63]
