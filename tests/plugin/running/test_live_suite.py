"""The suite for a real Koha passes on the plugin's own Perl, on a real MariaDB, in a double of Koha."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from .koha import Koha

ROOT = Path(__file__).parents[3]


EVERYTHING = [
    "tests/live",
    *(f"--ignore=tests/live/test_{name}.py" for name in ("collection_notice", "desk_seen", "gates", "loans", "stops")),
]
"""The double has no gates: it knows nothing of lending."""
EVERY_STATEMENT = [
    f"tests/live/test_{name}.py"
    for name in ("changes", "desk", "facts", "moved", "pages", "plugin_page", "staff", "status")
]


AT_LENGTH = pytest.mark.skipif(
    "CARDWARDEN_AT_LENGTH" not in os.environ, reason="takes minutes: set CARDWARDEN_AT_LENGTH (tests/plugin/running)"
)
"""CI has ten minutes; every statement is exercised in the stricter mode."""


@pytest.mark.parametrize(
    ("strict", "files", "tests"),
    [
        pytest.param("", EVERYTHING, 250, id="Koha's usual modes", marks=AT_LENGTH),
        pytest.param("1", EVERY_STATEMENT, 100, id="strict"),
    ],
)
def test_the_plugin_passes_the_live_suite(
    koha: Koha, strict: str, files: list[str], tests: int, tmp_path: Path
) -> None:
    report = tmp_path / "report.xml"
    with koha.served(DOUBLE_STRICT=strict):
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "CARDWARDEN_"))
        }
        named = {
            "URL": koha.url,
            "CLIENT_ID": "service-id",
            "CLIENT_SECRET": "service-secret",
            "LOW_ID": "low-id",
            "LOW_SECRET": "low-secret",
            "STAFF_URL": koha.url,
            "STAFF_USER": "desk",
            "STAFF_PASSWORD": "desk-pw",
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *files, "-q", "-p", "no:cacheprovider", f"--junitxml={report}"],
            cwd=ROOT,
            env=environment | {f"CARDWARDEN_LIVE_{key}": value for key, value in named.items()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr + koha.log.read_text()
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - pytest wrote it just now
    assert [case.get("name") for case in cases if case.find("skipped") is not None] == []
    assert len(cases) > tests
    assert "Plugin error" not in koha.log.read_text()
    assert koha.sql("SELECT COUNT(*) FROM borrower_debarments") == [["0"]]
