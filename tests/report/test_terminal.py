"""The report as a terminal shows it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from sidecar.core.brakes import Limit, Limits
from sidecar.language import LANGUAGES, speaking
from sidecar.ports import Mode, Result
from sidecar.report import print_report, progress
from sidecar.report.pages.cycle import make_page
from sidecar.report.pages.sections import Column, Section, Table
from sidecar.report.pages.view import View
from sidecar.report.render.terminal import parts_that_fit, print_page, print_section

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


@pytest.mark.parametrize("width", [60, 80, 100, 120])
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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("world", [library, held, vanished, without_plugin])
def test_no_word_of_a_table_is_broken(world: Callable[[], World], width: int, language: str) -> None:
    findings, sink = world().findings(), StringIO()
    with speaking(language):
        page = make_page(findings, View(show_names=False))
        print_page(page, Console(file=sink, width=width))
    shown = set(sink.getvalue().split())
    for section in page.sections:
        if section.table is not None:
            told = [column.heading for column in section.table.columns]
            told += [cell for row in section.table.rows for cell in row]
            assert {word for text in told for word in text.split()} <= shown, section.key


def test_a_table_that_does_not_fit_is_told_in_parts_which_each_say_what_they_are_about() -> None:
    columns = (Column("Rule"), *(Column(f"Heading{number}", numeric=True) for number in range(8)))
    table = Table(columns, (("debt", *"12345678"), ("all", *"12345678")), has_total=True)
    parts = parts_that_fit(table, 40)
    assert [[column.heading for column in part.columns] for part in parts] == [
        ["Rule", "Heading0", "Heading1", "Heading2"],
        ["Rule", "Heading3", "Heading4", "Heading5"],
        ["Rule", "Heading6", "Heading7"],
    ]
    assert parts[2].rows == (("debt", "7", "8"), ("all", "7", "8"))
    assert parts_that_fit(table, 100) == [table]


def test_sentences_without_room_beside_the_other_columns_stand_below_them() -> None:
    sink = StringIO()
    columns = (Column("Patron"), Column("Change"), Column("Why", prose=True))
    rows = (("4711", "+ add", "owes 225.00 DKK, unquestionably"), ("4712", "- remove", ""))
    print_section(Section("x", "Title", table=Table(columns, rows)), Console(file=sink, width=30))
    assert sink.getvalue().splitlines()[2:] == [
        "  Patron  Change",
        "      Why",
        "  4711  + add",
        "      owes 225.00 DKK, ",
        "      unquestionably",
        "  4712  - remove",
    ]


def coloured(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for key in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(key, raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    sink = StringIO()
    console = Console(file=sink, width=100, force_terminal=True, color_system="256")
    print_report(held().findings(), console, show_names=False)
    return sink.getvalue()


def test_what_blocks_and_what_frees_have_colours_that_are_read_on_white(monkeypatch: pytest.MonkeyPatch) -> None:
    text = coloured(monkeypatch)
    assert re.search(r"\x1b\[38;5;28m\+ add *\x1b", text)
    assert re.search(r"\x1b\[38;5;160m- remove *\x1b", text)
    assert not re.search(r"\x1b\[[0-9;]*\b3[0-7]m", text), "the terminal's own colours may be pale"


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    text = coloured(monkeypatch, NO_COLOR="1")
    assert "+ add" in text
    assert "38;5;" not in text


def test_a_bar_goes_to_what_was_read_last_time_and_further_if_there_are_more() -> None:
    sink = StringIO()
    with progress(Console(file=sink, force_terminal=True, width=80), about=650) as shown:
        shown(10, None)
        shown(700, None)
    assert "0/650" in sink.getvalue()
    assert "700/700" in sink.getvalue()
