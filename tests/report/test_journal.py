"""Past cycles, past changes, and simulations on a terminal."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from sidecar.core.plan import ChangeKind
from sidecar.ports import ChangeRecord, CycleOutcome, CycleRecord, Mode, Pull, Result
from sidecar.report import print_changes, print_cycles, print_simulation, records_json

from .build import NOW, POLICY, SECRETS, library

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


@dataclass(frozen=True)
class Found:
    newly_blocked: tuple[tuple[str, str], ...] = ()
    blocked_again: tuple[tuple[str, str], ...] = ()
    no_longer_blocked: tuple[tuple[str, str], ...] = ()
    newly_announced: tuple[tuple[str, str], ...] = ()
    freed: tuple[tuple[str, str], ...] = ()
    no_longer_freed: tuple[tuple[str, str], ...] = ()
    kept_only_by_latching: tuple[tuple[str, str], ...] = ()
    orphaned: tuple[tuple[str, str], ...] = ()


def simulated(found: Found) -> str:
    sink, shown = console()
    pull = Pull(tuple(library().facts), NOW, ("Cards whose debits and credits cancel out.",))
    other = replace(POLICY, name="Aarhus, milder", digest="feedface0000")
    print_simulation(found, POLICY, other, pull, shown, show_names=False)
    return sink.getvalue()


def test_a_simulation_lists_who_is_treated_otherwise() -> None:
    text = simulated(
        Found(
            newly_blocked=(("4711", "debt"),),
            no_longer_blocked=(("4714", "bill"),),
            freed=(("4712", "debt"), ("gone", "old")),
            kept_only_by_latching=(("4713", "debt"),),
        )
    )
    assert "Newly blocked (1)" in text
    assert "Kept only because already blocked (1)" in text
    assert "4 patrons would be treated otherwise today." in text
    assert not [secret for secret in SECRETS if secret in text]


def test_a_simulation_names_rows_that_become_orphans_by_their_type_and_counts_their_patrons_once() -> None:
    text = simulated(
        Found(
            blocked_again=(("4711", "fees"),),
            newly_announced=(("4714", "bill"),),
            no_longer_freed=(("4713", "debt"),),
            orphaned=(("4711", "CW_DEBT"), ("4712", "CW_DEBT")),
        )
    )
    for words in ("Blocked a second time (1)", "Announced (1)", "No longer freed (1)", "Orphaned (2)", "CW_DEBT"):
        assert words in text
    assert "Newly blocked" not in text
    assert "4 patrons would be treated otherwise today." in text
    assert not [secret for secret in SECRETS if secret in text]


def test_a_simulation_without_difference_says_so() -> None:
    text = simulated(Found())
    assert "Nobody would be treated otherwise today." in text
    assert "By rule" not in text


def test_who_is_only_kept_by_latching_is_not_treated_otherwise() -> None:
    text = simulated(Found(kept_only_by_latching=(("4713", "debt"),)))
    assert "Kept only because already blocked (1)" in text
    assert "Nobody would be treated otherwise today." in text
