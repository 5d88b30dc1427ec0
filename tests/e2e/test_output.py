"""Printing never decides how a command ends: with real processes, real pipes and terminals that show little."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from sidecar.cli import cycles
from sidecar.cli.output import steady_output
from sidecar.errors import CardwardenError
from tests.conftest import Command
from tests.e2e.test_reconcile import digest_in, ours

COMMAND = str(Path(sys.executable).with_name("cardwarden"))

TERMINALS: dict[str, dict[str, str]] = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "cp437": {"PYTHONIOENCODING": "cp437"},
}


def command(
    *words: str, more: Mapping[str, str] | None = None, before: str = "", after: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """Run it in a shell, so that its output can be closed, cut off or full."""
    line = " ".join(["set -o pipefail;", before, COMMAND, *(f"'{word}'" for word in words), after])
    shell = ["bash", "-c", line]
    return subprocess.run(shell, env={**os.environ, **(more or {})}, capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize("terminal", TERMINALS)
def test_a_cycle_that_wrote_ends_as_it_went_on_a_terminal_that_cannot_show_its_signs(
    koha: StandinKoha, library: Library, connect: Callable[..., None], terminal: str
) -> None:
    connect(koha)
    kept = digest_in(command("reconcile", more=TERMINALS[terminal]).stdout.decode("ascii", "replace"))
    applied = command("reconcile", "--apply", "--approve", kept, "--show-names", more=TERMINALS[terminal])
    assert (applied.returncode, applied.stderr) == (0, b"")
    assert ours(library)
    shown = applied.stdout.decode(TERMINALS[terminal].get("PYTHONIOENCODING", "ascii").partition(":")[0])
    assert "Result: " in shown
    assert "…" not in shown


COMMANDS: list[tuple[str, ...]] = [
    ("explain", "{patron}", "--show-names"), ("journal", "--json"), ("policy", "test", "config/policy.test.toml"),
    ("config", "check"), ("privacy", "export", "{patron}"), ("reconcile",), ("--help",), ("approve", "…"),
]  # fmt: skip
"""One of each sort: pages, JSON, lines on both streams, an answer of the command line itself, a refusal."""
WAYS: list[dict[str, object]] = [
    {"more": TERMINALS["ascii"]},
    {"after": "2>&1 | true"},
    {"after": "> /dev/full"},
    {"after": ">&- 2>&-"},
]
"""A poor terminal, a pipe that nobody reads, a full disk, output and errors closed."""


def ways_of(place: int) -> list[dict[str, object]]:
    """Every other way for every other command, so that each way is gone by each second sort; at length, all."""
    return WAYS if os.environ.get("CARDWARDEN_AT_LENGTH") else WAYS[place % 2 :: 2]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_whatever_the_terminal_and_the_reader_a_command_ends_alike(
    applied: Command, library: Library, words: tuple[str, ...]
) -> None:
    ways_to_go = ways_of(COMMANDS.index(words))
    patron = str(library.subjects["owes_much"])
    words = tuple(word.format(patron=patron) for word in words)
    as_ever = command(*words)
    assert b"mistake in Cardwarden" not in as_ever.stderr
    for ways in ways_to_go:
        found = command(*words, **ways)  # type: ignore[arg-type]
        assert found.returncode == as_ever.returncode, (ways, found.stderr)
        assert b"mistake in Cardwarden" not in found.stderr + found.stdout, ways
        assert b"Traceback" not in found.stderr, ways
        assert b"Exception ignored" not in found.stderr, ways


def test_a_reader_that_leaves_while_a_cycle_writes_changes_nothing_of_it(
    koha: StandinKoha, library: Library, connect: Callable[..., None]
) -> None:
    connect(koha)
    kept = digest_in(command("reconcile").stdout.decode())
    applied = command("reconcile", "--apply", "--approve", kept, after="| head -1")
    assert (applied.returncode, applied.stderr) == (0, b"")
    assert ours(library)


def test_a_disk_that_is_full_is_told(applied: Command) -> None:
    assert applied("config", "show").code == 0
    found = command("config", "show", after="> /dev/full")
    assert found.returncode == 0
    assert found.stderr.count(b"\n") == 1
    assert b"could not be written (No space left on device)" in found.stderr


def test_a_pipe_that_takes_little_at_a_time_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else may have told the pipe not to wait: that is no failure."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    text = "a line of some length\n" * 20_000
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.extend(iter(lambda: os.read(reading, 1000), b"")))
    with open(writing, "w", encoding="utf-8") as pipe, monkeypatch.context() as patched:  # noqa: PTH123 - a descriptor
        patched.setattr(sys, "stdout", pipe)
        with steady_output():
            reader.start()
            sys.stdout.write(text)
    reader.join()
    os.close(reading)
    assert b"".join(got).decode() == text


def test_what_was_never_flushed_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full, monkeypatch.context() as patched:  # noqa: PTH123 - as a shell does
        patched.setattr(sys, "stdout", full)
        with steady_output():
            sys.stdout.write("a line")
    assert "could not be written (No space left on device)" in capsys.readouterr().err


def test_a_line_on_standard_error_is_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with open(writing, "w", encoding="utf-8") as pipe, monkeypatch.context() as patched:  # noqa: PTH123 - a descriptor
        patched.setattr(sys, "stderr", pipe)
        with steady_output():
            sys.stderr.write("a line\n")
            assert os.read(reading, 100) == b"a line\n"
    os.close(reading)


def test_into_a_file_or_pipe_lines_have_a_hundred_signs(koha: StandinKoha, connect: Callable[..., None]) -> None:
    connect(koha)
    lines = command("reconcile").stdout.decode().splitlines()
    assert 90 < max(len(line) for line in lines) <= 100


def test_json_is_json_on_a_terminal_that_cannot_show_all_of_it(applied: Command, library: Library) -> None:
    patron = library.patrons[library.subjects["owes_much"]]
    patron.surname = "Sørensen漢"
    shown = [
        command("explain", str(patron.id), "--json", "--show-names", more=more).stdout
        for more in (TERMINALS["ascii"], TERMINALS["latin-1"], {"PYTHONIOENCODING": "utf-8"})
    ]
    assert all(json.loads(each.decode())["name"].endswith("Sørensen漢") for each in shown)
    assert b"\\u6f22" in shown[0]
    assert "漢".encode() in shown[2]


def test_a_dry_run_whose_report_cannot_be_written_is_an_error(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, tmp_path: Path
) -> None:
    """Nothing was written, and the report is what was asked for."""
    connect(koha)
    (tmp_path / "report.html").mkdir()
    (tmp_path / "report.html" / "inside").touch()
    said = cardwarden("reconcile", "--report", str(tmp_path))
    assert said.code == 1
    assert "The report cannot be written" in said.err


def test_a_cycle_that_wrote_is_not_made_an_error_by_its_report(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command, tmp_path: Path
) -> None:
    connect(koha)
    folder = tmp_path / "report"
    (folder / "report.html" / "inside").mkdir(parents=True)
    kept = digest_in(cardwarden("reconcile").out)
    held = cardwarden("reconcile", "--apply", "--report", str(folder))
    assert held.code == 2, "held back, as ever"
    assert held.err.startswith("warning: cycle 2 was applied, but its report is not complete: The report cannot be")
    done = cardwarden("reconcile", "--apply", "--approve", kept, "--report", str(folder))
    assert done.code == 0
    assert done.err.startswith("warning: cycle 3 was applied")
    assert "`cardwarden journal --cycle 3` shows the changes." in done.err
    assert "Result: " in done.out
    assert ours(library)


@pytest.mark.parametrize("broken", ["print_report", "write_report"])
def test_not_even_a_mistake_of_ours_in_a_report_hides_how_a_cycle_went(
    koha: StandinKoha,
    library: Library,
    connect: Callable[..., None],
    cardwarden: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    broken: str,
) -> None:
    connect(koha)
    kept = digest_in(cardwarden("reconcile").out)

    def break_off(*_: object, **__: object) -> None:
        raise KeyError("name of a patron")

    monkeypatch.setattr(cycles, broken, break_off)
    said = cardwarden("reconcile", "--apply", "--approve", kept, "--report", str(tmp_path / "report"))
    assert said.code == 0
    assert "its report is not complete: a mistake in Cardwarden (KeyError)." in said.err
    assert "name of a patron" not in said.err
    assert ours(library)
    assert (tmp_path / "report" / "report.html").exists() == (broken == "print_report"), "the other one is made"
    assert cardwarden("reconcile", "--report", str(tmp_path / "report")).code == 1, "a dry run is its report"


def test_a_leftover_of_another_process_hinders_no_report(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, tmp_path: Path
) -> None:
    connect(koha)
    (tmp_path / f".report.html.{os.getpid()}").touch()
    assert cardwarden("reconcile", "--report", str(tmp_path)).code == 2
    assert not list(tmp_path.glob(".report.html.*"))


def test_lists_are_in_the_dialect_of_the_settings(
    koha: StandinKoha,
    connect: Callable[..., None],
    cardwarden: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    connect(koha)
    for word, separator in (("comma", ","), ("semicolon", ";")):
        monkeypatch.setenv("CARDWARDEN_REPORT__CSV", word)
        assert cardwarden("reconcile", "--report", str(tmp_path / word)).code == 2
        first = (tmp_path / word / "changes.csv").read_text(encoding="utf-8-sig").splitlines()[0]
        assert first.startswith(f"patron{separator}change{separator}rule")


def test_what_is_refused_before_anything_is_written_stays_an_error() -> None:
    with pytest.raises(CardwardenError, match="cannot be written"):
        cycles.prepare_folder(Path("/proc/nothing"))
