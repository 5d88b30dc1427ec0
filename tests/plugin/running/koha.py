"""A double of Koha around the real plugin: its Perl on a real MariaDB, over real HTTP, without a Koha."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import requests

from .mariadb import ZONE, MariaDb

DOUBLE: Final = Path(__file__).parents[1] / "double"
PLUGIN: Final = Path(__file__).parents[3] / "adapters" / "koha" / "plugin"
START_SECONDS: Final = 30
EMPTY: Final = """
DELETE FROM koha_plugin_dk_cardwarden_answers;
DELETE FROM koha_plugin_dk_cardwarden_credits;
DELETE FROM koha_plugin_dk_cardwarden_notices;
DELETE FROM koha_plugin_dk_cardwarden_releases;
DELETE FROM koha_plugin_dk_cardwarden_types;
DELETE FROM koha_plugin_dk_cardwarden_walk;
INSERT INTO plugin_data VALUES ('Koha::Plugin::Dk::Cardwarden', 'installation_id', UUID()),
    ('Koha::Plugin::Dk::Cardwarden', 'writer', ''), ('Koha::Plugin::Dk::Cardwarden', 'paused', '0');
"""


class Talker:
    """A process that says and hears lines."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def heard(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


class Koha:
    """A database with Koha's few tables, in which the plugin can be installed and served."""

    def __init__(self, server: MariaDb, name: str, folder: Path, plugin: Path = PLUGIN) -> None:
        self.server = server
        self.name = name
        self.folder = folder
        self.plugin = plugin
        self.url = ""
        server.sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        self.sql((DOUBLE / "schema.sql").read_text() + (DOUBLE / "seed.sql").read_text())

    def sql(self, text: str) -> list[list[str]]:
        """The rows of a statement, or of a script."""
        return self.server.sql(text, self.name)

    def as_new(self) -> None:
        """Put everything back as it was when the plugin had just been installed."""
        self.sql("DROP TRIGGER IF EXISTS no;" + (DOUBLE / "seed.sql").read_text() + EMPTY)
        self.log.write_text("")

    @property
    def environment(self) -> Mapping[str, str]:
        return os.environ | {
            "LC_ALL": "C.UTF-8",
            "DOUBLE_DATABASE": self.name,
            "DOUBLE_SOCKET": str(self.server.socket),
            "DOUBLE_PLUGIN": str(self.plugin),
            "DOUBLE_INCLUDES": str(DOUBLE / "inc"),
            "DOUBLE_FOLDER": str(self.folder),
            "PERL5LIB": f"{DOUBLE / 'lib'}:{self.plugin}",
            "TZ": ZONE,
        }

    def perl(self, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a Perl program with the double's modules and the plugin's."""
        program = shutil.which("perl")
        assert program is not None
        return subprocess.run(
            [program, *command], env=self.environment | environment, capture_output=True, text=True, check=False
        )

    @contextmanager
    def talking(self, code: str) -> Iterator["Talker"]:
        """Run Perl code with which one can talk line by line; at the end it must have ended well."""
        with subprocess.Popen(
            ["perl", "-e", code], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield Talker(process)
        assert process.returncode == 0

    def method(self, name: str) -> None:
        """Call a method of the plugin, as Koha's installer does."""
        done = self.perl(str(DOUBLE / "method.pl"), name)
        assert done.returncode == 0, done.stderr

    @contextmanager
    def served(self, **environment: str) -> Iterator["Koha"]:
        """Serve the plugin's routes, the few of Koha's own, and the staff pages."""
        self.url = f"http://127.0.0.1:{_free_port()}"
        with self.log.open("ab") as said:
            process = subprocess.Popen(
                ["perl", str(DOUBLE / "serve.pl"), self.url],
                env=self.environment | environment,
                stdout=said,
                stderr=said,
            )
        try:
            _wait(self.url, process, self.log)
            yield self
        finally:
            process.terminate()
            process.wait()

    @property
    def log(self) -> Path:
        """What the server complains of."""
        return self.folder / "serve.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(log.read_text(errors="replace")[-3000:])
