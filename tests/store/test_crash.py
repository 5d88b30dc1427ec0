"""A process that is killed at any moment leaves a journal that opens and tells what was intended."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sidecar.ports import CycleOutcome
from sidecar.store import SqlJournal

from .conftest import Opener

PROGRAM = Path(__file__).with_name("crashing.py")
ROOT = PROGRAM.parent.parent.parent
STEPS = ("begin", "intend", "conclude", "intend more", "keep plan", "end")


def _start(url: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.crashing", url, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _end(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, errors


def _intended(journal: SqlJournal) -> list[str]:
    return [intent.patron for intent in journal.open_intents()]


EXPECTED: dict[str, Callable[[SqlJournal], bool]] = {
    "begin": lambda journal: _intended(journal) == [] and journal.cases() == {},
    "intend": lambda journal: _intended(journal) == ["1", "2"] and journal.cases() == {},
    "conclude": lambda journal: _intended(journal) == ["2"] and set(journal.cases()) == {"1"},
    "intend more": lambda journal: _intended(journal) == ["2", "3"] and set(journal.cases()) == {"1"},
    "keep plan": lambda journal: _intended(journal) == ["2", "3"] and len(journal.cycles(9)) == 1,
    "end": lambda journal: _intended(journal) == ["2", "3"] and journal.cycles(1)[0].finished is not None,
}


def test_killed_after_any_step_it_opens_and_knows_all_that_went_before(tmp_path: Path, opened: Opener) -> None:
    files = {step: tmp_path / f"{number}.db" for number, step in enumerate(STEPS)}
    killed = [_start(f"sqlite:///{file}", step) for step, file in files.items()]
    for process in killed:
        _end(process)
    for step, file in files.items():
        journal = opened(f"sqlite:///{file}")
        assert EXPECTED[step](journal), step
        (cycle,) = journal.cycles(10)
        assert cycle.outcome is (CycleOutcome.DONE if step == "end" else CycleOutcome.RUNNING)


def test_killed_in_the_middle_of_writing_nothing_it_had_reported_is_lost(url: str, opened: Opener) -> None:
    process = _start(url, "forever")
    assert process.stdout is not None
    reported = [process.stdout.readline().split() for _ in range(25)]
    process.kill()
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, errors
    reported += [line.split() for line in rest.splitlines() if line.endswith(".")]
    journal = opened(url)
    intended = {intent.patron for intent in journal.open_intents()}
    remembered = set(journal.cases())
    assert len(reported) >= 25
    for said, patron, _ in reported:
        if said == "intended":
            assert patron in intended | remembered
        else:
            assert patron in remembered
            assert patron not in intended
    assert len(intended) <= 1
    assert pytest.approx(len(remembered), abs=1) == sum(said == "concluded" for said, *_ in reported)
