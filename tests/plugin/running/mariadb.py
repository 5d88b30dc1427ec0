"""A MariaDB of the tests' own: a private server in a temporary directory, on a Unix socket, for one session."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ZONE: Final = "Europe/Berlin"
"""The server's own zone, with a summer time: instants must not depend on it."""
START_SECONDS: Final = 60
SETTINGS: Final = (
    "--skip-networking",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--innodb-use-native-aio=OFF",  # of which a machine has only so much for all servers
)


class MariaDb:
    """A running server; `sql` runs as its root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "socket"

    def sql(self, text: str, database: str = "") -> list[list[str]]:
        """The rows of a statement or a script, as texts; a null is NULL."""
        command = ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch"]
        command += ["--skip-column-names", "--default-character-set=utf8mb4", *([database] if database else [])]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]


def is_installed() -> bool:
    """Whether this machine has a MariaDB server."""
    return shutil.which("mariadbd") is not None


@contextmanager
def running_mariadb() -> Iterator[MariaDb]:
    """Start a server, and stop it at the end, whatever happened."""
    folder = Path(tempfile.mkdtemp(prefix="cw-my-", dir="/tmp"))  # a socket's path must be short
    user = "mysql" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    data = f"--datadir={folder / 'data'}"
    by = [f"--user={user}"] if user else []
    try:
        install = ["mariadb-install-db", "--no-defaults", data, *by, "--skip-test-db", "--innodb-use-native-aio=OFF"]
        install.append("--auth-root-authentication-method=normal")
        done = subprocess.run(install, check=False, capture_output=True, text=True, timeout=START_SECONDS)
        if done.returncode != 0:
            raise RuntimeError(f"{done.stdout}{done.stderr}")
        server = MariaDb(folder)
        places = [f"--socket={server.socket}", f"--pid-file={folder / 'pid'}"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                ["mariadbd", "--no-defaults", data, *by, *places, *SETTINGS],
                stdout=log,
                stderr=log,
                env=os.environ | {"TZ": ZONE},
            )
        try:
            _wait(server, process)
            yield server
        finally:
            process.kill()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: MariaDb, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        ping = ["mariadb-admin", "--no-defaults", f"--socket={server.socket}", "--user=root", "ping"]
        if subprocess.run(ping, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError((server.folder / "log").read_text(errors="replace")[-2000:])
