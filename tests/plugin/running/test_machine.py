"""Where MariaDB or a Perl module is absent these tests are skipped, and say what to install."""

import subprocess
from pathlib import Path

import pytest

from . import machine
from .koha import PLUGIN

OURS = ("C4::", "Double::", "Koha::")
OF_PERL = {
    "Carp", "Digest::SHA", "Exporter", "File::Temp", "List::Util", "Math::BigInt", "POSIX", "JSON::PP", "Koha",
}  # fmt: skip
BELONGS_TO = {"DBI": "DBD::mysql", "DateTime::TimeZone": "DateTime"}


def test_every_module_that_the_sources_use_is_looked_for() -> None:
    used = {BELONGS_TO.get(name, name) for name in machine.modules_used(PLUGIN / "Koha", machine.OF_THE_DOUBLE)}
    others = {name for name in used if not name.startswith((*OURS, "Mojo")) and name not in OF_PERL}
    assert others <= set(machine.MODULES)


@pytest.mark.parametrize(
    ("there", "said"),
    [
        pytest.param(set(machine.PROGRAMS), "", id="all"),
        pytest.param({"perl", "mariadb"}, "install mariadbd and mariadb-install-db", id="no server"),
    ],
)
def test_a_program_that_is_absent_is_named(monkeypatch: pytest.MonkeyPatch, there: set[str], said: str) -> None:
    monkeypatch.setattr("shutil.which", lambda name: name if name in there else None)
    missing = machine.what_is_missing()
    assert missing.startswith(said)
    assert bool(missing) is bool(said)


def test_a_module_that_is_absent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_template(command: list[str], **_: object) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.CompletedProcess(command, 2 if "-MTemplate" in command else 0)

    monkeypatch.setattr("subprocess.run", without_template)
    assert machine.what_is_missing() == "Perl lacks Template"


def test_the_programs_of_the_server_are_those_that_it_is_started_with() -> None:
    source = (Path(machine.__file__).parent / "mariadb.py").read_text()
    assert all(f'"{name}"' in source for name in machine.PROGRAMS if name != "perl")
