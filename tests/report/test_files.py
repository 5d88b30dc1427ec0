"""The report as files."""

import csv
import json
import stat
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from sidecar.core.model import UNKNOWN
from sidecar.errors import CardwardenError
from sidecar.report import write_report
from sidecar.report.render.csvfiles import to_csv

from .build import World, facts, fee, library

NAMES = ["report.html", "report.txt", "report.json", "changes.csv", "announcements.csv", "undecided.csv"]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_files_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "report"
    paths = write_report(library().findings(), folder, show_names=False)
    assert [path.name for path in paths] == NAMES
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert {path.name for path in folder.iterdir()} == set(NAMES)


def test_an_open_file_of_before_becomes_private(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("old", encoding="utf-8")
    (tmp_path / "report.json").chmod(0o644)
    write_report(library().findings(), tmp_path, show_names=False)
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o600


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious", encoding="utf-8")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "changes.csv").symlink_to(elsewhere)
    write_report(library().findings(), tmp_path / "report", show_names=False)
    assert elsewhere.read_text(encoding="utf-8") == "precious"


def test_a_folder_that_exists_keeps_its_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o750)
    folder.chmod(0o750)
    write_report(library().findings(), folder, show_names=False)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CardwardenError, match="cannot be written"):
        write_report(library().findings(), tmp_path / "file", show_names=False)


def test_the_changes_hold_their_numbers(tmp_path: Path) -> None:
    write_report(library().findings(), tmp_path, show_names=False)
    rows = rows_of(tmp_path / "changes.csv")
    assert [(row["patron"], row["change"], row["rule"], row["counted"], row["currency"]) for row in rows] == [
        ("4711", "add", "debt", "312.00", "DKK"),
        ("4712", "remove", "debt", "0.00", "DKK"),
        ("4714", "add", "debt", "349.00", "DKK"),
        ("4715", "add", "pin", "", ""),
        ("4718", "add", "debt", "280.00", "DKK"),
    ]
    assert rows[3]["attempts"] == "5"
    assert "name" not in rows[0]


def test_the_announcements_are_ready_for_letters(tmp_path: Path) -> None:
    write_report(library().findings(), tmp_path, show_names=True)
    (row,) = rows_of(tmp_path / "announcements.csv")
    assert row["patron"] == "4714"
    assert row["name"] == "Jensen, Anna Planted 4714"
    assert row["card_number"] == "2611905678"
    assert (row["language"], row["owed"], row["announced_on"], row["blocks_on"]) == (
        "en", "349.00", "2026-11-24", "2026-12-01",
    )  # fmt: skip


def test_the_undecided_say_why(tmp_path: Path) -> None:
    write_report(library().findings(), tmp_path, show_names=False)
    rows = rows_of(tmp_path / "undecided.csv")
    assert [(row["patron"], row["rule"], row["in_force"]) for row in rows] == [
        ("4716", "pin", "no"),
        ("4717", "debt", "yes"),
        ("4717", "bill", "no"),
    ]
    assert "could not be read" in rows[1]["why"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_text_that_a_spreadsheet_would_run_gets_a_quote(sign: str) -> None:
    text = to_csv(["name"], [[f"{sign}HYPERLINK(1)"], [f"\t {sign}1"], [f"\x00{sign}1"], [f"\r\n{sign}1"]])
    cells = [row[0] for row in csv.reader(StringIO(text))][1:]
    assert all(cell.startswith(f"'{sign}") for cell in cells)


def test_a_planted_formula_in_a_name_does_not_survive(tmp_path: Path) -> None:
    world = World([facts("1", name="=cmd|' /C calc'!A0", card_number="@SUM(1)", charges=(fee("300.00"),))])
    write_report(world.findings(), tmp_path, show_names=True)
    (row,) = rows_of(tmp_path / "changes.csv")
    assert row["name"].startswith("'=")
    assert row["card_number"].startswith("'@")


def test_numbers_stay_numbers() -> None:
    assert to_csv(["a", "b", "c", "d"], [[-5, Decimal("-5.00"), None, UNKNOWN]]) == "a,b,c,d\r\n-5,-5.00,,\r\n"


def test_quotes_commas_and_line_ends_are_of_the_rfc() -> None:
    assert to_csv(["a"], [['say "x", y'], ["two\nlines"], ["Åse Ø"]]) == 'a\r\n"say ""x"", y"\r\ntwo lines\r\nÅse Ø\r\n'


def test_the_text_and_the_json_are_the_report(tmp_path: Path) -> None:
    write_report(library().findings(), tmp_path, show_names=False)
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert "Result: 5 changes pending" in text
    assert all(line == line.rstrip() for line in text.splitlines())
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["plan"]["changes"] == 5


def test_files_hold_long_lists_and_name_those_that_hold_all(tmp_path: Path) -> None:
    many = [facts(str(number), charges=(fee("300.00"),)) for number in range(1, 1013)]
    write_report(World(many).findings(), tmp_path, show_names=False)
    assert "… and 12 more (see changes.csv and report.json)" in (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert len(rows_of(tmp_path / "changes.csv")) == 1012
