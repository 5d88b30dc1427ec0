"""The record of the last run on a real Koha: tests/live/RECORD.md."""

import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.koha.kpz import build_kpz

HEADER: Final = """# The last run of tests/live on a real Koha

Written by `CARDWARDEN_LIVE_RECORD=1 pytest tests/live` (see [README.md](README.md)); not by hand.

"""


class Record:
    """Gathers how each test ended, and writes it down."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "RECORD.md"
        self._status: dict[str, Any] | None = None
        self._outcomes: dict[str, str] = {}
        self._seconds = 0.0

    def seen(self, status: dict[str, Any], *, standin: bool) -> None:
        """What the Koha said of itself; a stand-in is not worth a record."""
        self._status = None if standin else status

    def note(self, report: pytest.TestReport) -> None:
        """One phase of a test; the worst of the three counts."""
        self._seconds += report.duration
        if report.when == "call" or report.outcome != "passed":
            said = self._outcomes.get(report.nodeid)
            self._outcomes[report.nodeid] = said if said == "failed" else report.outcome

    def write(self) -> None:
        """Write the file, if a real Koha was tried."""
        if self._status is None:
            return
        tally = {name: list(self._outcomes.values()).count(name) for name in ("passed", "failed", "skipped")}
        facts = {
            "Day": datetime.now(tz=UTC).date().isoformat(),
            "Koha": self._status["koha_version"],
            "Plugin": f"{self._status['plugin_version']}, contract {self._status['api_version']}",
            "SHA-256 of the `.kpz` that this tree builds": f"`{_digest()}`",
            "Patrons in that Koha": f"{self._status['patron_count']:,}",
            "Outcome": ", ".join(f"{number} {name}" for name, number in tally.items() if number),
            "Seconds": f"{self._seconds:.0f}",
        }
        lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items()), ""]
        module = ""
        for node, outcome in self._outcomes.items():
            path, _, name = node.partition("::")
            if path != module:
                module = path
                lines += ["", f"## {Path(path).name}", ""]
            lines.append(f"- {outcome}: {name.removeprefix('test_').replace('_', ' ').replace('|', '/')}")
        self._file.write_text(HEADER + "\n".join(lines).replace("\n\n\n", "\n\n") + "\n")


def _digest() -> str:
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "cardwarden.kpz"
        build_kpz(package)
        return sha256(package.read_bytes()).hexdigest()
