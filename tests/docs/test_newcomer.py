"""A newcomer's first hour: every console command of the README and the operations page, as it is written, in order.

What cannot be run in a test is listed with why not, and a command in neither place fails.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
OPERATIONS = ROOT / "docs/operations/README.md"
BLOCK = re.compile(r"^ *```console\n(.*?)^ *```", re.MULTILINE | re.DOTALL)

NOT_RUN = {
    r"make demo$": "makes a virtual environment from an index; its `cardwarden demo` is run by tests/install",
    r"make test$": "is what runs this",
    r"make deb$": "asks an index; tests/install/test_deb builds the package without, `make deb-test` with it",
    r"docker compose ": "needs Docker and its images; tests/serve/test_operations reads the files",
    r"sudo -u cardwarden ": "needs the user that the unit's sysusers file makes; tests/e2e/test_backup does the same",
    r"# ": "is root's, and changes the machine; `make deb-test` installs, runs and removes the package in a root",
}
"""Commands by how they begin, and why a test does not run them."""


@dataclass(frozen=True)
class Told:
    """A line of a console block: a user's command (or `# ` and root's), with what the page says comes of it."""

    command: str
    remark: str

    @property
    def why_not(self) -> str | None:
        return next((why for begin, why in NOT_RUN.items() if re.match(begin, self.command)), None)

    @property
    def code(self) -> int:
        """The exit code that the page tells; 0 where it tells none."""
        told = re.search(r"exit code (\d+)", self.remark)
        return int(told[1]) if told else 0


def told_by(page: Path) -> list[Told]:
    found = []
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        for line in block[1].splitlines():
            text = line.strip()
            if text.startswith("$ "):
                command, _, remark = text.removeprefix("$ ").partition(" #")
                found.append(Told(command.strip(), remark.strip()))
            elif text.startswith("# "):
                found.append(Told(text, ""))
    return found


class Newcomer:
    """Somebody in a fresh clone, with a shell that has what they exported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.exports = {"XDG_STATE_HOME": str(folder / "state"), "CARDWARDEN_LISTEN__PORT": str(a_free_port())}
        self.standin: subprocess.Popen[str] | None = None
        self.said = ""

    def types(self, command: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", "-c", f". .venv/bin/activate\n{command.replace('DIGEST', self.digest())}"],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        self.said += done.stdout
        return done

    def starts(self, command: str) -> subprocess.Popen[str]:
        line = f". .venv/bin/activate\nexec {command}"
        return subprocess.Popen(
            ["bash", "-c", line], cwd=self.folder, env=self.environment(), stdout=subprocess.PIPE, text=True
        )

    def pastes_what_the_standin_prints(self, command: str) -> None:
        self.standin = self.starts(command)
        assert self.standin.stdout is not None
        for line in self.standin.stdout:
            if export := re.fullmatch(r"export (\w+)=(\S+)", line.strip()):
                self.exports[export[1]] = export[2].strip("'\"")
            elif self.exports.keys() >= {"CARDWARDEN_KOHA__URL"}:
                return

    def digest(self) -> str:
        """The last one that was printed."""
        return (re.findall(r"approve ([0-9a-f]{12})", self.said) or ["DIGEST"])[-1]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CARDWARDEN_", "COV_"))}
        return kept | {"LANG": "C.UTF-8"} | self.exports

    def leaves(self) -> None:
        if self.standin is not None:
            self.standin.send_signal(signal.SIGTERM)
            self.standin.communicate(timeout=60)


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    """In a folder with what a clone has and git knows of, and the virtual environment that `make` has made."""
    shutil.copytree(ROOT / "config", tmp_path / "clone/config")
    (tmp_path / "clone/.venv").symlink_to(Path(sys.executable).parents[1])
    somebody = Newcomer(tmp_path / "clone")
    yield somebody
    somebody.leaves()


@pytest.mark.skipif(not (Path(sys.executable).parent / "activate").is_file(), reason="not in a virtual environment")
@pytest.mark.skipif("CARDWARDEN_AT_LENGTH" not in os.environ, reason="takes a minute: set CARDWARDEN_AT_LENGTH")
def test_what_the_readme_tells_to_type_does_what_it_tells(newcomer: Newcomer) -> None:
    typed = [each for each in told_by(README) if each.why_not is None]
    assert len(typed) > 10
    for each in typed:
        if each.command.startswith("cardwarden standin"):
            newcomer.pastes_what_the_standin_prints(each.command)
        elif each.command == "cardwarden daemon":
            runs_until_stopped(newcomer, each.command)
        else:
            done = newcomer.types(each.command)
            assert done.returncode == each.code, f"{each.command}\n{done.stdout}\n{done.stderr}"
    assert list((newcomer.folder / "report").glob("*.html"))


def runs_until_stopped(newcomer: Newcomer, command: str) -> None:
    daemon = newcomer.starts(command)
    try:
        assert is_ready(f"http://127.0.0.1:{newcomer.exports['CARDWARDEN_LISTEN__PORT']}/readyz")
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=60)
    assert daemon.returncode == 0


def is_ready(address: str) -> bool:
    for _ in range(240):
        try:
            if requests.get(address, timeout=2).ok:
                return True
        except requests.ConnectionError:
            pass
        time.sleep(0.5)
    return False


@pytest.mark.parametrize("each", told_by(OPERATIONS), ids=lambda each: each.command)
def test_a_command_of_the_operations_page_that_is_not_run_has_a_reason_and_is_a_command(each: Told) -> None:
    assert each.why_not is not None, f"{each.command}: run it here, or say in NOT_RUN why not"
    line = each.command.removeprefix("# ").replace("…", "DIGEST")
    parsed = subprocess.run(["bash", "-n", "-c", line], capture_output=True, text=True, check=False)
    assert (parsed.returncode, parsed.stderr) == (0, "")


@pytest.mark.parametrize(
    "file", sorted(set(re.findall(r"(?<= )cp ([\w. -]+?) /etc", OPERATIONS.read_text(encoding="utf-8"))))
)
def test_what_root_copies_is_there(file: str) -> None:
    for name in file.split():
        assert any((folder / name).is_file() for folder in (OPERATIONS.parent, ROOT / "config")), name


def test_no_reason_is_left_over() -> None:
    every = [each.command for page in (README, OPERATIONS) for each in told_by(page)]
    for begin in NOT_RUN:
        assert any(re.match(begin, command) for command in every), begin
