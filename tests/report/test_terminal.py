"""The report as a terminal shows it."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from sidecar.core.brakes import Limit, Limits
from sidecar.ports import Mode, Result
from sidecar.report import print_report, progress

from .build import DEBT, NOW, World, case, facts, fee, library, without_plugin
from .conftest import Printed


def vanished() -> World:
    many = [facts(str(number), charges=(fee("300.00"),)) for number in range(1, 41)]
    return World(many, {one.patron.id: {"debt": case(one.patron.id, DEBT)} for one in many})


def held() -> World:
    world = library()
    world.mode, world.limits = Mode.APPLY, Limits(additions=Limit(2))
    world.answers = {"4712": Result.MOVED}
    return world


def test_a_dry_run_reads_at_a_glance(printed: Printed, snapshot: SnapshotAssertion) -> None:
    assert printed(library().findings()) == snapshot


def test_an_applied_cycle_with_a_tripped_brake_and_a_skipped_change(
    printed: Printed, snapshot: SnapshotAssertion
) -> None:
    assert printed(held().findings()) == snapshot


def test_drift_while_paused_is_loud(printed: Printed, snapshot: SnapshotAssertion) -> None:
    world = vanished()
    world.mode, world.more = Mode.APPLY, {"paused_since": NOW - timedelta(hours=3)}
    assert printed(world.findings()) == snapshot


def test_without_the_plugin_the_words_are_would(printed: Printed, snapshot: SnapshotAssertion) -> None:
    text = printed(without_plugin().findings())
    assert text == snapshot
    assert "approve" not in text


def test_nothing_to_report(printed: Printed, snapshot: SnapshotAssertion) -> None:
    assert printed(World().findings()) == snapshot


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("world", [library, held, vanished, without_plugin, World])
def test_no_line_is_wider_than_the_terminal(printed: Printed, world, width: int) -> None:
    text = printed(world().findings(), width=width)
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_heading_of_the_rules_is_cut(printed: Printed, width: int) -> None:
    text = printed(library().findings(), width=width)
    for word in ("Announced", "Undecided", "block", "Then"):
        assert word in text


def test_a_very_narrow_terminal_still_shows_everything(printed: Printed) -> None:
    assert "Result:" in printed(library().findings(), width=30)


def test_the_same_findings_print_the_same_text(printed: Printed) -> None:
    assert printed(held().findings()) == printed(held().findings())


def test_no_control_codes_where_there_is_no_terminal(printed: Printed) -> None:
    assert "\x1b" not in printed(held().findings())


def test_data_cannot_steer_a_terminal() -> None:
    findings = library().findings()
    evil = replace(findings.policy, name="A\x1b]0;owned\x07[bold]B[/bold]\r\nC")
    sink = StringIO()
    console = Console(file=sink, width=100, force_terminal=True, color_system=None)
    print_report(replace(findings, policy=evil), console, show_names=False)
    text = sink.getvalue()
    assert "\x1b]" not in text
    assert "\x07" not in text
    assert "[bold]B[/bold]" in text


def test_twenty_changes_are_shown_and_the_rest_is_counted(printed: Printed) -> None:
    text = printed(World([facts(str(number), charges=(fee("300.00"),)) for number in range(1, 144)]).findings())
    assert text.count("+ add") == 20
    assert "… and 123 more (see --report DIR)" in text


def test_commands_are_whole_on_one_line(printed: Printed) -> None:
    digest = held().findings().kept_digest
    assert digest is not None
    lines = [line.strip() for line in printed(held().findings(), width=40).splitlines()]
    assert f"cardwarden approve {digest[:12]}" in lines
    assert "cardwarden reconcile --apply" in lines


def test_the_last_lines_are_the_result_and_what_to_do(printed: Printed) -> None:
    last = printed(library().findings()).rstrip().splitlines()[-3:]
    assert last[0].startswith("! Result: 5 changes pending")
    assert last[2].strip() == "cardwarden reconcile --apply"


def test_progress_is_silent_where_there_is_no_terminal() -> None:
    sink = StringIO()
    with progress(Console(file=sink)) as shown:
        shown(1, 2)
        shown(2, None)
    assert not sink.getvalue()


def test_progress_follows_the_reading_on_a_terminal() -> None:
    sink = StringIO()
    with progress(Console(file=sink, force_terminal=True, width=80)) as shown:
        shown(5, 10)
    assert "Reading patrons" in sink.getvalue()
