"""A backup of the journal is of one moment, whole or not there, and restoring it is putting the file in its place."""

import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sidecar.errors import JournalError
from sidecar.ports import CycleOutcome, Mode
from sidecar.store import open_journal
from sidecar.store.backup import back_up

from .builders import NOW, HandClock, a_case
from .conftest import Opener


def test_a_journal_put_back_from_its_backup_knows_what_it_knew(file: Path, clock: HandClock, opened: Opener) -> None:
    journal = opened(f"sqlite:///{file}")
    journal.bind("koha")
    journal.save_cases([a_case()], [])
    cycle = journal.begin_cycle("full", Mode.APPLY, "digest", NOW)
    copy = file.with_name("copy.db")
    assert back_up(f"sqlite:///{file}", copy) == copy.stat().st_size
    journal.end_cycle(cycle, CycleOutcome.DONE, NOW)
    journal.save_cases([], [("1", "debt")])
    instance = journal.instance_id
    journal.close()
    for left in file.parent.glob("journal.db*"):
        left.unlink()
    shutil.copy(copy, file)
    with open_journal(f"sqlite:///{file}", clock=clock, begin=False) as again:
        assert again.cases()["1"]["debt"] == a_case()
        assert (again.bound_to, again.instance_id) == ("koha", instance)
        assert [one.outcome for one in again.cycles(5)] == [CycleOutcome.RUNNING]


def test_a_backup_is_for_its_owner_alone_and_stands_in_one_file(file: Path, opened: Opener) -> None:
    opened(f"sqlite:///{file}").save_cases([a_case()], [])
    folder = file.parent / "backups"
    folder.mkdir()
    back_up(f"sqlite:///{file}", folder / "copy.db")
    assert [(one.name, stat.S_IMODE(one.stat().st_mode)) for one in folder.iterdir()] == [("copy.db", 0o600)]


def test_a_backup_made_while_cycles_write_is_of_one_moment(file: Path, opened: Opener) -> None:
    """Each transaction opens one case and closes another: at every moment there is exactly one."""
    journal = opened(f"sqlite:///{file}")
    journal.save_cases([a_case(patron="0")], [])

    def write() -> None:
        for number in range(1, 60):
            journal.save_cases([a_case(patron=str(number))], [(str(number - 1), "debt")])

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        copies = []
        while not writing.done() or not copies:
            copies.append(file.with_name(f"copy{len(copies)}.db"))
            back_up(f"sqlite:///{file}", copies[-1])
        writing.result()
    for copy in copies:
        with sqlite3.connect(copy) as database:
            assert database.execute("SELECT count(*) FROM cases").fetchone() == (1,), copy.name


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://cardwarden@127.0.0.1/journal", "pg_dump"),
        ("sqlite:////nowhere/journal.db", "There is no journal to back up"),
        ("sqlite://", "There is no journal to back up"),
    ],
)
def test_what_cannot_be_backed_up_is_said(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(JournalError, match=says):
        back_up(url, tmp_path / "copy.db")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_never_written_over(file: Path, opened: Opener) -> None:
    opened(f"sqlite:///{file}")
    copy = file.with_name("copy.db")
    copy.write_text("the last good one")
    with pytest.raises(JournalError, match="is there already"):
        back_up(f"sqlite:///{file}", copy)
    assert copy.read_text() == "the last good one"
    assert {one.name for one in file.parent.iterdir() if "part" in one.name} == set()


def test_a_folder_that_is_not_there_is_said_in_one_line(file: Path, opened: Opener) -> None:
    opened(f"sqlite:///{file}")
    with pytest.raises(JournalError, match="cannot be written") as refused:
        back_up(f"sqlite:///{file}", file.parent / "nowhere" / "copy.db")
    assert "\n" not in str(refused.value)
