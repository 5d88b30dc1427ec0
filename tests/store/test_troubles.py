"""Whatever is wrong with the database is one line that names it and says what to do."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from psycopg import sql
from sqlalchemy import event, text

from sidecar.errors import JournalError
from sidecar.store import SqlJournal, open_journal
from sidecar.store.database.place import place_of
from sidecar.store.database.troubles import named

from .builders import HandClock, a_case, a_cycle, add, write
from .conftest import DATABASES, Opener
from .postgres import GUARDED, Cluster

NOBODY = 65534


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A directory of a user who is not root, and the rest of the test as that user."""
    with TemporaryDirectory(prefix="cw-store-") as made:
        directory = Path(made)
        if os.geteuid() != 0:
            yield directory
            return
        os.chown(directory, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield directory
        finally:
            os.seteuid(0)


def _refusal(url: str, clock: HandClock) -> str:
    with pytest.raises(JournalError) as refused:
        open_journal(url, clock=clock)
    return _line(refused.value)


def _line(error: JournalError) -> str:
    message = str(error)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_a_missing_directory_is_named(tmp_path: Path, clock: HandClock) -> None:
    file = tmp_path / "nowhere" / "journal.db"
    message = _refusal(f"sqlite:///{file}", clock)
    assert f"The journal ({file}) cannot be made: the directory {file.parent} does not exist. Create it" in message


def test_a_directory_in_place_of_the_file_is_said(tmp_path: Path, clock: HandClock) -> None:
    assert "is a directory: name a file" in _refusal(f"sqlite:///{tmp_path}", clock)


def test_a_path_through_a_file_is_said(tmp_path: Path, clock: HandClock) -> None:
    (tmp_path / "file").touch()
    assert "cannot be opened: Not a directory" in _refusal(f"sqlite:///{tmp_path}/file/journal.db", clock)


def test_a_directory_that_may_not_be_written_is_named(unprivileged: Path, clock: HandClock) -> None:
    unprivileged.chmod(0o500)
    message = _refusal(f"sqlite:///{unprivileged}/journal.db", clock)
    assert f"this user may not write in {unprivileged}" in message


def test_a_file_that_is_read_only_is_said(unprivileged: Path, clock: HandClock) -> None:
    file = unprivileged / "journal.db"
    open_journal(f"sqlite:///{file}", clock=clock).close()
    file.chmod(0o400)
    message = _refusal(f"sqlite:///{file}", clock)
    assert f"The journal ({file}) may not be read and written by this user" in message


def test_a_directory_where_sqlite_cannot_keep_its_log_is_named(unprivileged: Path, clock: HandClock) -> None:
    file = unprivileged / "journal.db"
    open_journal(f"sqlite:///{file}", clock=clock).close()
    unprivileged.chmod(0o500)
    message = _refusal(f"sqlite:///{file}", clock)
    assert f"The journal ({file}) cannot be" in message
    assert "write" in message


def test_a_file_of_another_kind_is_said(file: Path, clock: HandClock) -> None:
    file.write_text("patron;amount\n" * 100)
    message = _refusal(f"sqlite:///{file}", clock)
    assert "is not a journal but some other kind of file" in message
    assert file.read_text().startswith("patron;amount")


def test_a_database_of_another_program_is_said_and_left_alone(file: Path, clock: HandClock) -> None:
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE songs (title TEXT)")
    other.close()
    assert "is another program's database" in _refusal(f"sqlite:///{file}", clock)
    other = sqlite3.connect(file)
    assert [name for (name,) in other.execute("SELECT name FROM sqlite_master")] == ["songs"]
    other.close()


def test_a_damaged_file_is_said(file: Path, clock: HandClock) -> None:
    with open_journal(f"sqlite:///{file}", clock=clock) as journal:
        journal.save_cases([a_case(str(number)) for number in range(500)], [])
    content = bytearray(file.read_bytes())
    content[8192:] = os.urandom(len(content) - 8192)
    file.write_bytes(content)
    with pytest.raises(JournalError) as refused, open_journal(f"sqlite:///{file}", clock=clock) as journal:
        journal.cases()
    assert "is damaged: restore it from a backup" in _line(refused.value)


def test_a_row_that_cannot_be_read_is_said(journal: SqlJournal) -> None:
    journal.save_cases([a_case()], [])
    with journal._database.writing() as connection:
        connection.execute(text('UPDATE cases SET evidence = \'{"counted": "many"}\''))
    with pytest.raises(JournalError, match="holds something that this Cardwarden cannot read") as refused:
        journal.cases()
    assert journal._database.place.name in _line(refused.value)


def test_a_locked_database_is_said(file: Path, opened: Opener) -> None:
    journal = opened(f"sqlite:///{file}?timeout=0.1")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert journal.cases() == {}
        with pytest.raises(JournalError) as refused:
            a_cycle(journal)
    finally:
        other.close()
    assert f"The journal ({file}) is locked by another process: wait" in _line(refused.value)
    assert a_cycle(journal) == 1


def test_a_full_disk_is_said_and_nothing_is_half_written(file: Path, opened: Opener) -> None:
    journal = opened(f"sqlite:///{file}")
    write(journal, [add("1")], None)

    @event.listens_for(journal._database._engine, "begin")
    def fill(connection: object) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    with pytest.raises(JournalError) as refused:
        journal.save_cases([a_case(str(number)) for number in range(5000)], [])
    assert "its disk is full: make room" in _line(refused.value)
    assert journal.cases() == {}
    assert len(journal.open_intents()) == 1


def _failure(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_SHMSIZE])
def test_a_write_that_fails_may_mean_a_full_disk(file: Path, code: int) -> None:
    with pytest.raises(JournalError) as refused, named(place_of(f"sqlite:///{file}")):
        raise _failure(code)
    assert f"its disk is full or fails: make room in {file.parent}" in _line(refused.value)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_IOERR_READ])
def test_a_read_that_fails_means_a_failing_disk(file: Path, code: int) -> None:
    with (
        pytest.raises(JournalError, match="because its disk fails: see the system's log"),
        named(place_of(f"sqlite:///{file}")),
    ):
        raise _failure(code)


def test_a_file_that_was_taken_away_is_an_error_and_not_a_crash(file: Path, opened: Opener) -> None:
    journal = opened(f"sqlite:///{file}")
    with journal._database.writing() as connection:
        connection.execute(text("DROP TABLE cases"))
    with pytest.raises(JournalError, match="cannot be used: no such table: cases") as refused:
        journal.cases()
    _line(refused.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("journal.db", "cannot be read; write `sqlite:////var"),
        ("", "cannot be read"),
        ("postgresql://u:hunter2@h:port/d", "cannot be read"),
        ("mysql://u:hunter2@h/d", "cannot be kept in `mysql`"),
        ("sqlite+aiosqlite:///j.db", "cannot be kept in `sqlite+aiosqlite`"),
        ("sqlite://host/j.db", "does not name a plain file"),
        ("sqlite:///file:j.db?mode=ro&uri=true", "does not name a plain file"),
    ],
)
def test_a_url_that_cannot_be_used_is_said_without_its_password(url: str, says: str, clock: HandClock) -> None:
    message = _refusal(url, clock)
    assert says in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://cw:hunter2@127.0.0.1:1/journal?connect_timeout=2",
        "postgresql+psycopg://cw@127.0.0.1:1/journal?password=hunter2",
        "postgresql://cw:hunter2@127.0.0.1:1/journal?hunter2=1",
    ],
)
def test_a_server_that_does_not_answer_is_named_without_the_password(url: str, clock: HandClock) -> None:
    with pytest.raises(JournalError) as refused:
        open_journal(url, clock=clock)
    message = _line(refused.value)
    assert "PostgreSQL database journal on 127.0.0.1:1" in message
    assert "hunter2" not in message


def test_a_place_does_not_show_its_password() -> None:
    place = place_of("postgresql://cw:hunter2@db.example/journal")
    assert "hunter2" not in repr(place)
    assert place.name == "PostgreSQL database journal on db.example"
    assert not place.is_sqlite
    assert place_of("postgresql:///journal").name == "PostgreSQL database journal"


if "postgresql" in DATABASES:

    def test_a_postgresql_database_that_does_not_exist_is_said(cluster: Cluster, clock: HandClock) -> None:
        assert "database nothing_here" in (message := _refusal(cluster.url("nothing_here"), clock))
        assert "does not exist: create it (`createdb`)" in message

    def test_a_postgresql_user_who_is_refused_is_said(cluster: Cluster, clock: HandClock) -> None:
        message = _refusal(cluster.url("postgres", user="stranger", password="hunter2"), clock)
        assert "refuses this user: look at" in message
        assert "hunter2" not in message

    def test_a_postgresql_user_s_password_may_be_kept_apart_from_the_url(cluster: Cluster, clock: HandClock) -> None:
        owner = sql.Identifier(GUARDED)
        cluster.run(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'hunter2'").format(owner))
        url = cluster.new_database()
        name = place_of(url).url.database
        assert name is not None
        cluster.run(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), owner))
        url = url.replace("cardwarden@", f"{GUARDED}@")
        with open_journal(url, clock=clock, password="hunter2") as journal:
            assert journal.cases() == {}
        for password in ("hunter3", None):
            with pytest.raises(JournalError, match=r"journal\.password_file") as refused:
                open_journal(url, clock=clock, password=password)
            assert "hunter" not in _line(refused.value)

    def test_a_postgresql_user_who_may_make_nothing_is_said(cluster: Cluster, clock: HandClock) -> None:
        url = cluster.new_database()
        cluster.run(sql.SQL("CREATE ROLE guest LOGIN"))
        message = _refusal(url.replace("cardwarden@", "guest@"), clock)
        assert "does not give this user enough permission" in message

    def test_a_postgresql_that_is_read_only_is_said(cluster: Cluster, opened: Opener) -> None:
        url = cluster.new_database()
        opened(url).close()
        name = place_of(url).url.database
        assert name is not None
        cluster.run(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(sql.Identifier(name)))
        journal = opened(url)
        assert journal.cases() == {}
        with pytest.raises(JournalError, match="is read-only") as refused:
            a_cycle(journal)
        _line(refused.value)

    def test_a_postgresql_connection_that_was_cut_is_made_anew(cluster: Cluster, opened: Opener) -> None:
        journal = opened(cluster.new_database())
        name = journal._database.place.url.database
        cluster.run(
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
                sql.Literal(name)
            )
        )
        assert journal.cases() == {}
