"""Names, card numbers and what staff wrote occur in no output unless asked for."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sidecar.core.brakes import Limit, Limits
from sidecar.desk import Circumstances, answer
from sidecar.ports import Mode, Result
from sidecar.report import explain_json, print_explanation, print_report, report_json, write_report
from sidecar.report.words.vocabulary import patron_label

from .build import NOW, POLICY, SECRETS, World, facts, library, without_plugin


def worlds() -> list[World]:
    applied, held, paused = library(), library(), library()
    applied.mode, applied.answers = Mode.APPLY, {"4711": Result.REFUSED}
    held.mode, held.limits = Mode.APPLY, Limits(additions=Limit(0), removals=Limit(0))
    paused.mode, paused.more = Mode.APPLY, {"paused_since": NOW - timedelta(days=1)}
    return [library(), applied, held, paused, without_plugin()]


def outputs(world: World, folder: Path, *, show_names: bool) -> str:
    """All that is ever put out for a cycle and its patrons."""
    findings = world.findings()
    sink = StringIO()
    console = Console(file=sink, width=100)
    print_report(findings, console, show_names=show_names)
    print(report_json(findings, show_names=show_names), file=sink)
    for path in write_report(findings, folder, show_names=show_names):
        print(path.read_text(encoding="utf-8"), file=sink)
    for decision in findings.decisions:
        said = answer(decision, POLICY, NOW, Circumstances())
        print_explanation(said, decision, POLICY, (), console, show_names=show_names)
        print(explain_json(said, decision, POLICY, (), show_names=show_names), file=sink)
    return sink.getvalue()


@pytest.mark.parametrize("world", worlds())
def test_nothing_personal_unless_asked(world: World, tmp_path: Path) -> None:
    text = outputs(world, tmp_path, show_names=False)
    assert "4711" in text
    for secret in (*SECRETS, "5678"):
        assert secret not in text


def test_names_where_they_are_asked_for(tmp_path: Path) -> None:
    text = outputs(library(), tmp_path, show_names=True)
    for secret in SECRETS:
        assert secret in text


def test_the_terminal_shows_only_the_beginning_of_a_card_number() -> None:
    sink = StringIO()
    print_report(library().findings(), Console(file=sink, width=200), show_names=True)
    assert "4711 Jensen, Anna Planted 4711 (2611…)" in sink.getvalue()
    assert "5678" not in sink.getvalue(), "of a civil registration number the end is the secret half"


@pytest.mark.parametrize("card", ["2611905678", "2611905678901234", "12345678", "1234567", "1234", "0"])
def test_a_mask_never_shows_the_end_of_a_card_number(card: str) -> None:
    label = patron_label(facts("1", name="Jensen", card_number=card).patron, show_names=True)
    assert label in {"1 Jensen", f"1 Jensen ({card[:4]}…)"}
    assert (label == "1 Jensen") == (len(card) < 8), "four signs of a short one would be most of it"


def test_names_that_were_never_read_are_not_missed(tmp_path: Path) -> None:
    world = World([facts("9", name=None, card_number=None, failed_pin=5)])
    text = outputs(world, tmp_path, show_names=True)
    assert "9,,,add,pin" in text
    assert "9 None" not in text
