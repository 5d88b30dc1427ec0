"""What a whole dry run costs as the library grows: CPU and memory of the command, the stand-in in another process.

`python -m tests.bench.library 1000000` for other sizes.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

POLICY = Path("config/policy.toml")
SIZES = (10_000, 30_000, 100_000)
_COMMAND = "import sys; from sidecar.cli import main; sys.exit(main())"
_EXPORT = re.compile(r"export (\w+)=(\S+)")


class Cost(NamedTuple):
    """Seconds of CPU, megabytes at the most."""

    seconds: float
    megabytes: float


@contextmanager
def library(patrons: int) -> Iterator[tuple[Path, dict[str, str]]]:
    """A stand-in of so many in a process of its own: an empty folder, and the environment by which it is reached, with
    a journal in that folder and the policy that is shipped."""
    serve = [sys.executable, "-c", _COMMAND, "standin", "--patrons", str(patrons), "--port", "0"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as standin,
    ):
        try:
            ours = {"JOURNAL__URL": f"sqlite:///{folder}/journal.db", "POLICY": str(POLICY.resolve())}
            yield Path(folder), _reached(standin) | {f"CARDWARDEN_{name}": value for name, value in ours.items()}
        finally:
            standin.terminate()


def _reached(standin: "subprocess.Popen[str]") -> dict[str, str]:
    """How the stand-in is reached, as it prints itself."""
    there: dict[str, str] = {}
    if standin.stdout is not None:
        for line in standin.stdout:
            if found := _EXPORT.match(line):
                there[found[1]] = found[2]
            if line.startswith("# To pay"):
                break
    return there


def dry_run(environment: dict[str, str]) -> Cost:
    """One `cardwarden reconcile`, as the kernel counts it."""
    command = [sys.executable, "-c", _COMMAND, "reconcile"]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _pid, _status, used = os.wait4(child.pid, 0)
    child.returncode = 0
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def cost(patrons: int) -> Cost:
    """Of a dry run on a library of so many."""
    with library(patrons) as (_folder, there):
        return dry_run(os.environ | there)


def main(*sizes: int) -> None:
    """Print the lines, each beside the first."""
    sys.stdout.write("a dry run by the command, start and report included, CPU and memory of its own process\n")
    first: Cost | None = None
    for patrons in sizes or SIZES:
        now = cost(patrons)
        first = first or now
        sys.stdout.write(
            f"  {patrons:>9} patrons {now.seconds:>8.2f} s  x{now.seconds / first.seconds:<5.2f}"
            f"{now.megabytes:>7.0f} MB  x{now.megabytes / first.megabytes:.2f}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
