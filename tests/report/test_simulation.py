"""A simulation for people and for machines: one other policy with its lists, or many with a curve."""

import csv
import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sidecar.core.decide import decide
from sidecar.core.planning import plan_changes
from sidecar.core.policy import Policy, Scope, Threshold
from sidecar.core.prospects import prospect_of
from sidecar.core.simulation import Differences, Effect, Simulation, Tried
from sidecar.report import print_simulation, simulation_json, write_simulation
from sidecar.report.pages.sections import Curve, Point
from sidecar.report.render.charts import chart_lines, drawing
from sidecar.report.render.csvfiles import SEMICOLON

from .build import NOW, POLICY, SECRETS, library

GAP = "Cards whose debits and credits cancel out."
WORLD = library()


def with_limit(minor: int) -> Policy:
    debt = POLICY.rules[0]
    terms = replace(debt.terms, threshold=Threshold(minor))
    return replace(POLICY, rules=(replace(debt, terms=terms), *POLICY.rules[1:]), digest=f"{minor:012}")


def tried(label: str, policy: Policy, differences: Differences | None = None, value: str | None = None) -> Tried:
    cases = WORLD.cases
    decisions = [decide(each, cases.get(each.patron.id, {}), policy, NOW) for each in WORLD.facts]
    counted = prospect_of(
        decisions, plan_changes(decisions, policy), policy, NOW, Scope(), is_new=lambda patron: patron not in cases
    )
    return Tried(label, policy, counted, differences or Differences(), value)


def simulation(*others: Tried, key: str | None = None) -> Simulation:
    patrons = {each.patron.id: each.patron for each in WORLD.facts}
    return Simulation(tried("Aarhus", POLICY), others, patrons, NOW, (GAP,), key)


def other(**lists: tuple[tuple[str, str], ...]) -> Simulation:
    return simulation(tried("milder.toml", with_limit(50000), Differences(**lists)))


def curve(*limits: int) -> Simulation:
    return simulation(
        *(
            tried(f"rules.debt.block_at = {limit}", with_limit(limit * 100), value=str(limit))
            for limit in limits or (100, 200, 300, 400, 500)
        ),
        key="rules.debt.block_at",
    )


def shown(found: Simulation, width: int = 100) -> str:
    sink = StringIO()
    print_simulation(found, Console(file=sink, width=width), show_names=False)
    return sink.getvalue()


def test_a_simulation_lists_who_is_treated_otherwise() -> None:
    text = shown(
        other(
            newly_blocked=(("4711", "debt"),),
            no_longer_blocked=(("4714", "bill"),),
            freed=(("4712", "debt"), ("gone", "old")),
            kept_only_by_latching=(("4713", "debt"),),
        )
    )
    assert "Newly blocked (1)" in text
    assert "Kept only because already blocked (1)" in text
    assert "4 patrons would be treated otherwise today." in text
    assert GAP in text
    assert not [secret for secret in SECRETS if secret in text]


def test_a_simulation_names_rows_that_become_orphans_by_their_type_and_counts_their_patrons_once() -> None:
    text = shown(
        other(
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
    text = shown(other())
    assert "Nobody would be treated otherwise today." in text
    assert "By rule" not in text


def test_the_result_does_not_contradict_a_list_of_those_whom_the_latch_alone_holds() -> None:
    text = shown(other(kept_only_by_latching=(("4713", "debt"), ("4713", "bill"))))
    assert "Kept only because already blocked (2)" in text
    assert "Nobody would be blocked or freed otherwise today; 1 patron stays blocked only because" in text
    assert "Nobody would be treated otherwise" not in text


def test_each_policy_has_a_line_with_its_cards_and_what_they_owe() -> None:
    found = curve(100, 500)
    lines = shown(found).splitlines()
    for each in found.tried:
        counts = each.prospect.everyone
        line = next(line for line in lines if line.split()[:1] == [each.value])
        cards = [str(counts[effect].cards) for effect in (Effect.TO_BLOCK, Effect.FREED)]
        assert line.split()[1:3] == cards
        assert line.split()[-1] == f"{counts[Effect.BLOCKED].owed / 100:.2f}"


def test_of_many_policies_text_groups_the_first_and_the_last_and_files_group_all(tmp_path: Path) -> None:
    found = curve()
    text = shown(found)
    assert "rules.debt.block_at = 100: by library" in text
    assert "rules.debt.block_at = 500: by age" in text
    assert "rules.debt.block_at = 300: by age" not in text
    assert "see --report DIR" in text
    write_simulation(found, tmp_path, show_names=False)
    assert "rules.debt.block_at = 300: by age" in (tmp_path / "simulation.html").read_text(encoding="utf-8")


def test_a_curve_is_drawn_with_signs_that_need_no_colour() -> None:
    chart = Curve(("now", "anew"), (Point("5", (10, 0)), Point("10", (5, 20))))
    legend, *lines = chart_lines(chart, width=28)
    assert legend == "█ now  ░ anew"
    assert lines == [
        " 5 " + "█" * 11 + " 10",
        "   0",
        "10 " + "█" * 6 + " 5",
        "   " + "░" * 22 + " 20",
    ]
    assert max(map(len, lines)) <= 28


@pytest.mark.parametrize("most", [0, 1, 4, 5, 9, 99, 100, 101, 799, 5000])
def test_a_drawing_has_room_for_its_largest_number_and_is_not_mostly_empty(most: int) -> None:
    drawn = drawing(Curve(("a",), (Point("1", (0,)), Point("2", (most,)))))
    dots = drawn.series[0][1]
    top = min(y for y, _level in drawn.levels)
    assert top <= dots[1].y <= dots[0].y == drawn.bottom
    assert max(level for _y, level in drawn.levels) <= max(4, 2.5 * most)


def test_as_many_values_stand_below_a_drawing_as_can_be_read() -> None:
    points = tuple(Point(str(number), (number,)) for number in range(50))
    assert len(drawing(Curve(("a",), points)).below) <= 9
    assert len(drawing(Curve(("a",), points[:1])).below) == 1


def test_json_has_every_figure_as_a_number() -> None:
    found = other(newly_blocked=(("4711", "debt"),))
    document = json.loads(simulation_json(found, show_names=False))
    counted = found.tried[0].prospect
    [one] = document["tried"]
    assert document["schema"] == "cardwarden.simulation/1"
    assert one["cards"]["blocked"]["cards"] == counted.everyone[Effect.BLOCKED].cards
    assert one["cards"]["blocked"]["owed"]["minor"] == counted.everyone[Effect.BLOCKED].owed
    assert one["planned"] == {kind.value: number for kind, number in counted.planned.items()}
    assert one["differences"]["newly_blocked"] == [{"patron": "4711", "rule": "debt"}]
    assert sum(each["blocked"]["cards"] for each in one["by"]["age"]) == one["cards"]["blocked"]["cards"]


@pytest.mark.parametrize("show_names", [False, True])
def test_names_are_in_no_file_unless_asked(tmp_path: Path, *, show_names: bool) -> None:
    write_simulation(other(newly_blocked=(("4711", "debt"),)), tmp_path, show_names=show_names)
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert len(texts) == 5
    assert any(secret in text for secret in SECRETS for text in texts) is show_names


def test_a_spreadsheet_gets_numbers_for_counts_and_texts_for_codes(tmp_path: Path) -> None:
    write_simulation(curve(100, 250), tmp_path, show_names=False, dialect=SEMICOLON)
    with (tmp_path / "simulation.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    first = rows[0]
    assert (first["policy"], first["value"], first["by"], first["group"]) == ("Aarhus", "", "", "")
    assert {row["value"] for row in rows} == {"", "100", "250"}
    ages = [row["group"] for row in rows if row["by"] == "age" and row["group"]]
    assert ages
    assert all(group.startswith("'") for group in ages)
    assert all(re.fullmatch(r"[0-9]+,[0-9]{2}", row["owed_blocked"]) for row in rows)
    assert all(row["blocked"].isdecimal() for row in rows)


def test_a_label_from_a_command_line_is_escaped_on_the_page(tmp_path: Path) -> None:
    found = simulation(tried("<script>&", with_limit(1)), tried("b", POLICY), key="<key>")
    write_simulation(found, tmp_path, show_names=False)
    page = (tmp_path / "simulation.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<key>" not in page
    assert "&lt;script&gt;&amp;" in page
