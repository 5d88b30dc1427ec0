"""What a shell completes: commands without importing them, and digests, rules and cycles; silent when that fails."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from sidecar.cli import COMPLETING, run
from sidecar.cli.ondemand import COMMANDS
from sidecar.settings import load_settings
from sidecar.wiring import SystemClock, opened_journal
from tests.conftest import Command
from tests.e2e.test_reconcile import digest_in
from tests.e2e.test_start import HEAVY, loaded_by

Complete = Callable[[str], list[str]]


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Complete:
    """What bash is offered at the end of a line; nothing may be said on standard error."""

    def offered(line: str) -> list[str]:
        capsys.readouterr()
        with monkeypatch.context() as shell:
            shell.setenv(COMPLETING, "complete_bash")
            shell.setenv("COMP_WORDS", line)
            shell.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
            with pytest.raises(SystemExit):
                run([])
        said = capsys.readouterr()
        assert said.err == ""
        return said.out.split()

    return offered


def test_commands_are_completed(complete: Complete) -> None:
    assert set(complete("cardwarden ")) == set(COMMANDS)
    assert complete("cardwarden pa") == ["pause"]
    assert complete("cardwarden policy s") == ["show", "simulate"]


def test_completing_a_command_imports_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMPLETING, "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "cardwarden re")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert not loaded_by() & HEAVY


def test_a_kept_plan_is_completed_where_it_can_be_approved(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, complete: Complete
) -> None:
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    assert complete(f"cardwarden approve {digest[:3]}") == [digest]
    assert complete("cardwarden reconcile --apply --approve ") == [digest]


def test_a_plan_too_old_to_be_approved_is_not_completed(
    koha: StandinKoha,
    connect: Callable[..., None],
    cardwarden: Command,
    complete: Complete,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connect(koha)
    cardwarden("reconcile")
    now = SystemClock().now()
    monkeypatch.setattr(SystemClock, "now", lambda _: now.replace(year=now.year + 1))
    assert complete("cardwarden approve ") == []


def test_rules_are_completed_where_the_journal_asks_for_one(complete: Complete) -> None:
    assert complete("cardwarden journal --rule de") == ["debt"]


def test_cycles_that_wrote_are_completed_where_they_can_be_undone(applied: Command, complete: Complete) -> None:
    applied("reconcile")
    assert complete("cardwarden undo ") == ["2"]
    assert complete("cardwarden journal --cycle ") == ["2"]


def test_rules_of_the_policy_are_completed(complete: Complete) -> None:
    assert "pin" in complete("cardwarden release 4711 --rule ")
    assert complete("cardwarden retire --rule de") == ["debt"]


def test_settings_named_before_the_command_count(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "sidecar.toml").write_text("", encoding="utf-8")
    policy = (Path(__file__).parents[2] / "config/policy.toml").read_text(encoding="utf-8")
    (tmp_path / "policy.toml").write_text(policy.replace("[rules.debt]", "[rules.owing]"), encoding="utf-8")
    assert complete(f"cardwarden --config {tmp_path}/sidecar.toml retire --rule ow") == ["owing"]
    assert complete(f"cardwarden retire --config {tmp_path}/sidecar.toml --rule ow") == ["owing"]


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "nonsense", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_journal_that_cannot_be_read_completes_nothing(
    url: str, complete: Complete, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", url)
    assert complete("cardwarden approve ") == []


def test_completing_makes_no_journal(complete: Complete, tmp_path: Path) -> None:
    complete("cardwarden approve ")
    assert list(tmp_path.rglob("*")) == []


def test_a_file_that_is_no_journal_completes_nothing(
    complete: Complete, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "journal.db").write_text("no journal", encoding="utf-8")
    monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", f"sqlite:///{tmp_path}/journal.db")
    assert complete("cardwarden undo ") == []


@pytest.mark.parametrize("line", ["cardwarden reconcile --nosuch ", "cardwarden nosuch ", "cardwarden undo x "])
def test_a_line_that_is_wrong_is_no_reason_to_speak(line: str, complete: Complete) -> None:
    complete(line)


def test_broken_settings_complete_nothing(complete: Complete, tmp_path: Path) -> None:
    broken = tmp_path / "sidecar.toml"
    broken.write_text("nonsense", encoding="utf-8")
    assert complete(f"cardwarden --config {broken} retire --rule ") == []


def test_a_writer_is_not_waited_for(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, complete: Complete
) -> None:
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    with opened_journal(load_settings()):
        assert complete("cardwarden approve ") == [digest]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_takes_the_script_that_is_shown() -> None:
    program = str(Path(sys.executable).parent)
    script = 'eval "$(cardwarden --show-completion)"; COMP_WORDS=(cardwarden pa); COMP_CWORD=1; '
    script += "_cardwarden_completion cardwarden; echo ${COMPREPLY[0]}"
    environment = os.environ | {"PATH": f"{program}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", script], capture_output=True, text=True, env=environment, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("pause", "")
