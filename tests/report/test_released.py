"""Who released which block, whether photo ID was seen, and why: in the report, in the journal, to machines."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sidecar.core.model import StaffRelease
from sidecar.cycle.findings import Findings
from sidecar.ports import ReleaseRecord
from sidecar.report import print_releases, print_report, records_json, report_json
from tests.cycle.house import COPENHAGEN, House, patron

WHEN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def findings(tmp_path: Path) -> Iterator[Findings]:
    """A cycle that first saw a PIN block released in Koha."""
    house = House(tmp_path, patron(4, failed_pin=5))
    house.first_day()
    house.later(minutes=5)
    made = StaffRelease("3", "CW_PIN", "pin", "52", photo_id_checked=True, at=house.at, reason="Pas vist")
    house.ils.release("4", made, reset_pin=True)
    yield house.apply()
    house.close()


def printed(findings: Findings) -> str:
    sink = StringIO()
    print_report(findings, Console(file=sink, width=140), show_names=False)
    return sink.getvalue()


def test_the_report_says_who_saw_what_and_why(findings: Findings) -> None:
    text = printed(findings)
    assert "Released by staff in Koha (1)" in text
    (line,) = (line for line in text.splitlines() if "koha:52" in line)
    assert line.split() == ["4", "pin", "2026-11-23", "10:05", "koha:52", "seen", "Pas", "vist"]


def test_machines_read_the_same(findings: Findings) -> None:
    document = json.loads(report_json(findings, show_names=False))
    assert document["released"] == [
        {
            "patron": "4",
            "rule": "pin",
            "restriction_type": "CW_PIN",
            "staff": "koha:52",
            "photo_id_checked": True,
            "reason": "Pas vist",
            "at": "2026-11-23T09:05:00Z",
        }
    ]
    assert document["told"] == {"answers": 0, "taken_back": 0, "releases": 0}


def test_the_journal_lists_releases_in_koha_and_by_command() -> None:
    releases = [
        ReleaseRecord("pin", "koha:52", True, WHEN, "Pas vist", "4", 7, "3"),
        ReleaseRecord("debt", "AB", False, WHEN, "", "5", 6),
    ]
    sink = StringIO()
    print_releases(releases, Console(file=sink, width=140), zone=COPENHAGEN)
    assert [line.split() for line in sink.getvalue().splitlines() if "2026-11-02" in line] == [
        ["4", "pin", "2026-11-02", "10:00", "koha:52", "seen", "Pas", "vist"],
        ["5", "debt", "2026-11-02", "10:00", "AB", "not", "on", "record"],
    ]
    first, second = json.loads(records_json([], releases))
    assert (first["kind"], first["staff"], first["in_ils"], first["reason"]) == (
        "staff_release",
        "koha:52",
        "3",
        "Pas vist",
    )
    assert (second["in_ils"], second["photo_id_checked"]) == (None, False)
