"""Past cycles and past changes on a terminal."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from sidecar.core.plan import ChangeKind
from sidecar.ports import ChangeRecord, CycleOutcome, CycleRecord, Mode, Result
from sidecar.report import print_changes, print_cycles, records_json

from .build import NOW, POLICY

WHEN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CYCLE = CycleRecord(
    3, "full", Mode.APPLY, WHEN, NOW, CycleOutcome.FAILED, "p", "d" * 64, {"done": 4, "held": 2}, "Koha did not answer."
)
CHANGE = ChangeRecord(
    1, 3, "4711", "debt", ChangeKind.ADD, "CW_DEBT", "reached",
    {"counted": 31200, "threshold": 22500, "operator": "block_at"}, "p", False, WHEN, None, None, "",
)  # fmt: skip


def console() -> tuple[StringIO, Console]:
    sink = StringIO()
    return sink, Console(file=sink, width=120)


def test_cycles_are_listed_with_what_they_did() -> None:
    sink, shown = console()
    print_cycles([CYCLE], shown, zone=POLICY.time_zone)
    line = sink.getvalue().splitlines()[-1]
    assert line.split() == (
        [
            "3",
            "2026-11-02",
            "10:00",
            "apply,",
            "full",
            "4",
            "2",
            "dddddddddddd",
            "failed:",
            "Koha",
            "did",
            "not",
            "answer.",
        ]
    )


def test_a_new_journal_says_that_it_is_empty() -> None:
    sink, shown = console()
    print_cycles([], shown)
    print_changes([], shown)
    assert "no cycle yet" in sink.getvalue()
    assert "no such change" in sink.getvalue()


def test_changes_have_sentences_where_the_policy_is_known() -> None:
    sink, shown = console()
    print_changes([CHANGE, replace(CHANGE, result=Result.REFUSED, message="no such type")], shown, policy=POLICY)
    text = sink.getvalue()
    assert "2026-11-02 10:00" in text
    assert "owes 312.00 DKK, blocks at 225.00" in text
    assert "no answer known" in text


def test_changes_without_a_policy_show_the_reason_in_utc() -> None:
    sink, shown = console()
    print_changes([CHANGE], shown)
    assert "2026-11-02 09:00" in sink.getvalue()
    assert "reached" in sink.getvalue()


def test_records_are_json_field_by_field() -> None:
    cycle, change = json.loads(records_json([CYCLE]))[0], json.loads(records_json([CHANGE]))[0]
    assert (cycle["mode"], cycle["started"], cycle["counts"]) == (
        "apply",
        "2026-11-02T09:00:00Z",
        {"done": 4, "held": 2},
    )
    assert (change["kind"], change["result"], change["evidence"]["counted"]) == ("add", None, 31200)
