"""The journal's backup, through the command line: made beside what works, and good to go on from."""

import shutil
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from tests.conftest import Command


def test_a_lost_journal_goes_on_from_its_backup(
    applied: Command, koha: StandinKoha, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "backup.db"
    said = applied("journal", "backup", str(copy))
    assert (said.code, said.err) == (0, "")
    assert "the journal as it is now" in said.out
    restored = tmp_path / "restored.db"
    shutil.copy(copy, restored)
    monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", f"sqlite:///{restored}")
    assert applied("reconcile").code == 0, "nothing is to do: the restored journal knows its blocks"
    assert applied("journal").out.count("full") >= 1
    assert koha.library.rows()


def test_a_backup_of_no_journal_or_over_another_file_is_refused(applied: Command, tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_text("kept")
    assert applied("journal", "backup", str(there)).code == 1
    assert there.read_text() == "kept"
