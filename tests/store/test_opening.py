"""Opening makes, migrates, or says in one line why not."""

import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import downgrade, upgrade
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from sidecar.errors import JournalError, NoJournal
from sidecar.ports import Journal, Mode
from sidecar.store import SqlJournal, open_journal
from sidecar.store.database.schema import SCHEMA_VERSION, VERSION_TABLE, metadata
from sidecar.store.opening import alembic_config

from .builders import NOW, HandClock, a_case, a_cycle
from .conftest import Opener


def _as_port(journal: Journal) -> Journal:
    """mypy compares the port and its implementation here."""
    return journal


def test_a_journal_that_is_not_there_is_made_for_its_owner_alone(file: Path, opened: Opener) -> None:
    journal = _as_port(opened(f"sqlite:///{file}"))
    journal.begin_cycle("full", Mode.DRY_RUN, "", NOW)
    assert {stat.S_IMODE(kept.stat().st_mode) for kept in file.parent.glob("journal.db*")} == {0o600}
    assert journal.cases() == {}
    assert journal.open_intents() == []


def test_what_was_written_is_there_when_it_is_opened_again(empty_url: str, opened: Opener) -> None:
    first = opened(empty_url)
    first.save_cases([a_case()], [])
    first.close()
    assert opened(empty_url).cases()["1"]["debt"] == a_case()


def test_one_that_must_have_begun_is_not_made(empty_url: str, clock: HandClock, opened: Opener) -> None:
    with pytest.raises(NoJournal, match="does not exist yet"):
        open_journal(empty_url, clock=clock, begin=False)
    opened(empty_url).save_cases([a_case()], [])
    with open_journal(empty_url, clock=clock, begin=False) as begun:
        assert len(begun.cases()) == 1


def test_a_file_with_nothing_in_it_has_not_begun(file: Path, clock: HandClock) -> None:
    file.touch()
    with pytest.raises(NoJournal):
        open_journal(f"sqlite:///{file}", clock=clock, begin=False)
    with pytest.raises(NoJournal):
        open_journal("sqlite://", clock=clock, begin=False)


def test_sqlite_is_set_up_for_safety(file: Path, opened: Opener) -> None:
    journal = opened(f"sqlite:///{file}")
    with journal._database.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "secure_delete": 1,
    }


def test_a_journal_may_be_in_memory_for_rehearsals(opened: Opener) -> None:
    journal = opened("sqlite://")
    journal.save_cases([a_case()], [])
    assert set(journal.cases()) == {"1"}
    assert opened("sqlite://").cases() == {}


def test_a_journal_is_a_context(file: Path, clock: HandClock) -> None:
    with open_journal(f"sqlite:///{file}", clock=clock) as journal:
        assert a_cycle(journal) == 1


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(empty_url: str, opened: Opener) -> None:
    with opened(empty_url)._database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": VERSION_TABLE, "target_metadata": metadata}
        )
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {VERSION_TABLE, *metadata.tables}


def test_the_newest_migration_is_the_version_that_the_program_knows() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert scripts.get_current_head() == SCHEMA_VERSION
    assert [script.revision for script in scripts.walk_revisions()] == [
        "0008",
        "0007",
        "0006",
        "0005",
        "0004",
        "0003",
        "0002",
        "0001",
    ]


def test_a_journal_of_an_older_cardwarden_keeps_what_it_holds(empty_url: str, opened: Opener) -> None:
    journal, config = opened(empty_url), alembic_config()
    known = replace(a_case(), paid_seen=None)
    journal.save_cases([known], [])
    with journal._database.writing() as connection:
        config.attributes["connection"] = connection
        downgrade(config, "0001")
    assert opened(empty_url).cases()["1"]["debt"] == known


def test_the_migrations_can_be_undone_and_done_again(empty_url: str, opened: Opener) -> None:
    config = alembic_config()
    with opened(empty_url)._database.writing() as connection:
        config.attributes["connection"] = connection
        downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) == {VERSION_TABLE}
        upgrade(config, "head")


def test_a_journal_taken_back_to_the_beginning_is_made_anew(empty_url: str, opened: Opener) -> None:
    journal = opened(empty_url)
    config = alembic_config()
    with journal._database.writing() as connection:
        config.attributes["connection"] = connection
        downgrade(config, "base")
    assert opened(empty_url).cases() == {}


def test_a_journal_of_a_newer_cardwarden_asks_for_an_upgrade(empty_url: str, opened: Opener) -> None:
    journal = opened(empty_url)
    with journal._database.writing() as connection:
        connection.execute(text("UPDATE cardwarden_schema SET version_num = '0009'"))
    with pytest.raises(JournalError, match=r"newer Cardwarden \(its schema is 0009, .* 0008\): upgrade Cardwarden"):
        opened(empty_url)


def test_another_programs_database_is_left_alone(empty_url: str, opened: Opener) -> None:
    journal = opened(empty_url)
    with journal._database.writing() as connection:
        connection.execute(text("UPDATE cardwarden_schema SET version_num = 'ae1027a6acf'"))
    with pytest.raises(JournalError, match="another program's database"):
        opened(empty_url)
    with journal._database.writing() as connection:
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
    with pytest.raises(JournalError, match="another program's database"):
        opened(empty_url)


def test_several_processes_may_make_it_at_the_same_time(empty_url: str, clock: HandClock) -> None:
    names: list[str] = []

    def make() -> None:
        with open_journal(empty_url, clock=clock) as journal:
            names.append(journal.instance_id)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 4
    assert len(set(names)) == 1


def test_several_threads_may_use_one_journal(journal: SqlJournal) -> None:
    def use() -> None:
        for _ in range(5):
            journal.cases()
            a_cycle(journal)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.cycles(100)) == 20


def test_the_migrations_work_where_the_path_has_odd_characters(tmp_path: Path) -> None:
    """An installed package may stand anywhere."""
    place = tmp_path / "100%(odd) päckage"
    place.mkdir()
    (place / "sidecar").symlink_to(Path(__file__).parent.parent.parent / "sidecar")
    program = """
import pathlib, sys
sys.path.insert(0, ".")
import sidecar
assert "100%" in str(pathlib.Path(sidecar.__file__).absolute()), sidecar.__file__
from datetime import UTC, datetime
from sidecar.store import open_journal
class Clock:
    def now(self): return datetime.now(UTC)
journal = open_journal("sqlite:///j.db", clock=Clock())
print(journal.instance_id)
journal.close()
"""
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip()) == 36
