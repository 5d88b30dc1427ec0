"""The man page holds every command and option as their help does, and troff has nothing to say against it; and every
command's help has an example that can be given as it stands."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from sidecar.cli import app
from sidecar.cli.examples import EXAMPLES
from sidecar.cli.manpage import man_page
from tests.conftest import Command


def those_that_run(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    under = getattr(command, "commands", None)
    if under is None or command.invoke_without_command:
        yield path.strip(), command
    for name, each in (under or {}).items():
        yield from those_that_run(each, f"{path} {name}")


COMMANDS = dict(those_that_run(typer.main.get_command(app)))


def plain(page: str) -> str:
    for written, sign in (("\\-", "-"), ("\\(aq", "'"), ("\\(ga", "`"), ("\\fB", ""), ("\\fI", ""), ("\\fR", "")):
        page = page.replace(written, sign)
    return page


def test_every_command_has_an_example_and_no_other_has() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("path", EXAMPLES)
def test_an_example_is_a_call_of_its_command(path: str) -> None:
    program, *words = EXAMPLES[path].split()
    assert program == "cardwarden"
    names = path.split()
    assert words[: len(names)] == names
    context = COMMANDS[path].make_context(path, words[len(names) :])  # raises for what the command does not know
    assert not context.args


@pytest.mark.parametrize("path", EXAMPLES)
def test_help_ends_with_the_example(path: str, cardwarden: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = cardwarden(*path.split(), "--help")
    assert said.code == 0
    assert said.out.rstrip().splitlines()[-1].strip() == f"Example: {EXAMPLES[path]}"


def test_every_command_with_its_options_is_on_the_page() -> None:
    page = plain(man_page())
    for path, command in COMMANDS.items():
        section = page.partition(f'.SS "cardwarden {path}')[2].partition("\n.S")[0]
        for parameter in command.params:
            assert all(option in section for option in parameter.opts if option.startswith("-")), (path, parameter)
        assert EXAMPLES[path] in section


def test_the_page_of_one_day_is_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    assert man_page() == man_page()
    assert '.TH CARDWARDEN 1 "2026-09-21"' in man_page()


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_mandoc_has_nothing_against_it(tmp_path: Path) -> None:
    (tmp_path / "cardwarden.1").write_text(man_page(), encoding="utf-8")
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", "cardwarden.1"], capture_output=True, check=False, cwd=tmp_path
    )
    assert (done.stdout, done.returncode) == (b"", 0)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_troff_has_nothing_against_it() -> None:
    command = ["groff", "-man", "-ww", "-k", "-T", "utf8", "-z"]
    done = subprocess.run(command, input=man_page(), capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
