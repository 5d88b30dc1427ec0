"""The suite for a real Koha passes on the stand-in, all but lending; staff's hands are its control routes."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from adapters.standin.sip2 import StandinGate

ROOT = Path(__file__).parents[2]
PATRONS = 600
WANTS_A_KOHA = ("collection_notice", "desk", "desk_seen", "desk_told", "loans", "stops")
SUITE = ("tests/live", *(f"--ignore=tests/live/test_{name}.py" for name in WANTS_A_KOHA))
"""The stand-in has no staff interface, lends nothing and sends no letters."""


def test_the_standin_passes_the_live_suite(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    library = build_library(PATRONS)
    with StandinKoha(library) as koha, StandinGate(library) as gate:
        foreign = list(koha.library.rows(foreign=True))
        koha.library.writer = "the journal before"
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "CARDWARDEN_"))
        }
        named = {
            "URL": koha.url,
            "CLIENT_ID": koha.setup_id,
            "CLIENT_SECRET": koha.setup_secret,
            "LOW_ID": koha.low_id,
            "LOW_SECRET": koha.low_secret,
            "SIP_HOST": gate.host,
            "SIP_PORT": str(gate.port),
            "SIP_USER": gate.account.user,
            "SIP_PASSWORD": gate.account.password,
            "OPAC_URL": koha.url,
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *SUITE, "-q", "-p", "no:cacheprovider", f"--junitxml={report}"],
            cwd=ROOT,
            env=environment | {f"CARDWARDEN_LIVE_{key}": value for key, value in named.items()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(koha.library.patrons) == PATRONS, "the suite left patrons behind"
        assert list(koha.library.rows(foreign=True)) == foreign
        assert koha.library.writer == "the journal before"
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - pytest wrote it just now
    assert [case.get("name") for case in cases if case.find("skipped") is not None] == []
    assert len(cases) > 250
