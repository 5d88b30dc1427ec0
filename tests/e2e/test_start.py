"""What a command imports before it does anything: only what it uses. Told by modules, not by time."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from sidecar import wiring
from sidecar.cli import app
from sidecar.cli.ondemand import COMMANDS

ROOT = Path(__file__).parents[2]
HEAVY = {
    "sqlalchemy",
    "alembic",
    "starlette",
    "uvicorn",
    "apscheduler",
    "authlib",
    "requests",
    "pydantic",
    "prometheus_client",
    "jinja2",
    "babel",
}


def loaded_by(*words: str) -> set[str]:
    """The packages that a process has imported when the command is done."""
    code = (
        "import sys; from sidecar.cli import run; code = run(sys.argv[1:]); "
        "print('\\n'.join({name.partition('.')[0] for name in sys.modules}), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [["--help"], ["--version"]], ids=" ".join)
def test_help_and_version_import_nothing_that_works(words: list[str]) -> None:
    assert not loaded_by(*words) & HEAVY


DATABASE = {"sqlalchemy", "alembic"}
SERVER = {"starlette", "uvicorn", "apscheduler", "prometheus_client"}
NETWORK = {"requests", "authlib"}


def test_to_check_a_policy_opens_no_journal_and_no_connection() -> None:
    assert not loaded_by("policy", "check", "config/policy.toml") & (DATABASE | SERVER | NETWORK)


def test_to_test_a_policy_neither() -> None:
    assert not loaded_by("policy", "test", "config/policies/roskilde.test.toml") & (DATABASE | SERVER | NETWORK)


def test_a_cycle_by_command_loads_neither_the_daemon_nor_the_stand_in() -> None:
    code = (
        "import sys; from sidecar.cli.ondemand import OnDemand; OnDemand()['reconcile']; from sidecar import wiring; "
    )
    code += "wiring.connected, wiring.holding; print('\\n'.join({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not set(done.stdout.split()) & (SERVER | {"alembic", "asyncssh"})


@pytest.mark.parametrize("way", ["none", "header", "issuer"])
def test_what_logs_people_in_with_a_provider_is_loaded_where_one_is_configured(way: str) -> None:
    login = {
        "none": "",
        "header": "header='X-Remote-User', look=('*',)",
        "issuer": "issuer='https://a.example', client_id='c', client_secret='s', address='https://b.example', "
        "look=('*',)",
    }[way]
    code = (
        "import sys; from sidecar.serve.pages.login.doors import door_of; "
        "from sidecar.settings import LoadedSettings, LoginSettings, Settings; from sidecar.wiring import SystemClock; "
        f"loaded = LoadedSettings(Settings(login=LoginSettings({login})), None); "
        "door_of(loaded, SystemClock(), lambda request: True); "
        "print('\\n'.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    openid = {"authlib", "joserfc", "requests"}
    assert set(done.stdout.split()) & openid == (openid if way == "issuer" else set())


def test_all_that_the_composition_root_names_is_there() -> None:
    assert all(getattr(wiring, name) is not None for name in wiring.__all__)
    assert set(wiring.__all__) == set(wiring._WHERE)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_help_says_of_a_command_is_what_the_command_says_of_itself(name: str) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    own = group.commands[name].help or ""
    assert " ".join(own.partition("\n\n")[0].split()) == COMMANDS[name].help


def test_no_command_of_a_module_is_left_out() -> None:
    named: set[str] = set()
    for module in {place.module for place in COMMANDS.values()}:
        imported = __import__(f"sidecar.cli.{module}", fromlist=["register"])
        if hasattr(imported, "register"):
            alone = typer.Typer()
            imported.register(alone)
            named |= set(typer.main.get_group(alone).commands)
    assert named <= set(COMMANDS)
