"""The report as files."""

import codecs
import csv
import json
import os
import stat
from collections.abc import Sequence
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from sidecar.core.model import UNKNOWN, Facts, Patron, Restriction
from sidecar.errors import CardwardenError
from sidecar.report import write_report
from sidecar.report.render.csvfiles import COMMA, SEMICOLON, Cell, Code, Dialect, to_csv

from .build import World, facts, fee, library

NAMES = [
    "report.html",
    "report.txt",
    "report.json",
    "changes.csv",
    "announcements.csv",
    "cards.csv",
    "undecided.csv",
    "once_ours.csv",
]


def rows_of(path: Path, separator: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


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


def test_what_a_broken_off_report_left_is_swept_and_hinders_nobody(tmp_path: Path) -> None:
    """In a container the number of a process is the same at every start."""
    for name in (f".report.html.{os.getpid()}", ".changes.csv.7", ".undecided.csv.abc_1.part", ".report.json.xy.part"):
        (tmp_path / name).write_text("half", encoding="utf-8")
    os.utime(tmp_path / ".undecided.csv.abc_1.part", (0, 0))
    for name in (".report.html", ".report.htm.7", "report.html.7", ".other.7", ".report.html.7.bak"):
        (tmp_path / name).write_text("somebody else's", encoding="utf-8")
    (tmp_path / ".report.txt.9").mkdir()
    write_report(library().findings(), tmp_path, show_names=False)
    others = {".report.html", ".report.htm.7", "report.html.7", ".other.7", ".report.html.7.bak", ".report.txt.9"}
    being_written = {".report.json.xy.part"}
    assert {path.name for path in tmp_path.iterdir()} == {*NAMES, *others, *being_written}


def test_a_report_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "report.html" / "inside").mkdir(parents=True)
    with pytest.raises(CardwardenError, match="cannot be written"):
        write_report(library().findings(), tmp_path, show_names=False)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


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
    assert row["card_number"] == "'2611905678"
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


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠﹦﹢﹣﹫−⁺⁼"))
def test_text_that_a_spreadsheet_would_run_gets_a_quote(sign: str) -> None:
    planted = f"{sign}HYPERLINK(1)"
    cells = cells_of([planted, f"\t {planted}", f"\x00{planted}", f"\r\n{planted}", f"\r{planted}", f"\u202e{planted}"])
    assert cells == [f"'{planted}"] * 6
    hidden = cells_of([f"\u200b{planted}", f"\ufeff{planted}", f"\u00a0{planted}", f"\u3000{planted}"])
    assert all(cell.startswith("'") for cell in hidden)


@pytest.mark.parametrize("separator", list(";,|"))
def test_a_formula_behind_another_country_s_separator_gets_a_quote_too(separator: str) -> None:
    assert cells_of([f"Jensen{separator} =1+1"]) == [f"Jensen{separator}' =1+1"]


@pytest.mark.parametrize("text", ["a=b", "C++", "Anna-Lise", "a@b", "3-4", "O'Hara", "Jensen; Anna", ""])
def test_signs_within_a_text_stay_as_they_are(text: str) -> None:
    assert cells_of([text]) == [text]


def cells_of(texts: Sequence[Cell], dialect: Dialect = COMMA) -> list[str]:
    rows = csv.reader(StringIO(to_csv(["name"], [[text] for text in texts], dialect)), delimiter=dialect.separator)
    return [row[0] if row else "" for row in rows][1:]


def test_a_card_number_is_a_text_and_keeps_its_zeros() -> None:
    """Excel and LibreOffice would make twelve of 0012 and 2.6E+09 of a civil registration number."""
    cards = ["0012", "2611905678", "D-1234", "=1", None, UNKNOWN, ""]
    assert cells_of([Code(card, always=True) for card in cards]) == [
        "'0012", "'2611905678", "'D-1234", "'=1", "", "", "",
    ]  # fmt: skip


def test_a_code_gets_the_sign_only_where_it_would_be_taken_for_a_number_or_a_date() -> None:
    codes = ["001", "1-2", "MAIN", "=A", "", UNKNOWN, None]
    assert cells_of([Code(code) for code in codes]) == ["'001", "'1-2", "MAIN", "'=A", "", "", ""]


def test_with_semicolons_decimals_have_a_comma() -> None:
    text = to_csv(["a", "b"], [[Decimal("-1234.50"), "x; y"], [7, "1.50 kr."]], SEMICOLON)
    assert text == '\ufeffa;b\r\n-1234,50;"x; y"\r\n7;1.50 kr.\r\n'


def test_all_files_of_a_list_are_of_the_dialect_that_was_asked_for(tmp_path: Path) -> None:
    write_report(library().findings(), tmp_path, show_names=True, dialect=SEMICOLON)
    assert {row["counted"] for row in rows_of(tmp_path / "changes.csv", ";")} == {
        "312,00",
        "0,00",
        "349,00",
        "",
        "280,00",
    }
    assert rows_of(tmp_path / "announcements.csv", ";")[0]["owed"] == "349,00"
    assert len(rows_of(tmp_path / "undecided.csv", ";")[0]) > 5


def test_lists_begin_with_a_byte_order_mark_and_nothing_else_does(tmp_path: Path) -> None:
    for path in write_report(library().findings(), tmp_path, show_names=False):
        assert path.read_bytes().startswith(codecs.BOM_UTF8) == (path.suffix == ".csv"), path
        assert path.read_text(encoding="utf-8").count("\ufeff") == (path.suffix == ".csv"), path


def test_a_planted_formula_in_a_name_does_not_survive(tmp_path: Path) -> None:
    world = World([facts("1", name="=cmd|' /C calc'!A0", card_number="@SUM(1)", charges=(fee("300.00"),))])
    write_report(world.findings(), tmp_path, show_names=True)
    (row,) = rows_of(tmp_path / "changes.csv")
    assert row["name"].startswith("'=")
    assert row["card_number"].startswith("'@")


def test_numbers_stay_numbers() -> None:
    assert to_csv(["a", "b", "c", "d"], [[-5, Decimal("-5.00"), None, UNKNOWN]]) == "\ufeffa,b,c,d\r\n-5,-5.00,,\r\n"


def test_quotes_commas_and_line_ends_are_of_the_rfc() -> None:
    assert (
        to_csv(["a"], [['say "x", y'], ["two\nlines"], ["Åse Ø"]])
        == '\ufeffa\r\n"say ""x"", y"\r\ntwo lines\r\nÅse Ø\r\n'
    )


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


def test_rows_that_were_ours_are_listed_for_staff_to_remove(tmp_path: Path) -> None:
    row = Restriction("41", "MANUAL", ours=False, once_of="debt")
    world = World(facts=[Facts(Patron("7"), restrictions=(row,), etag="1")])
    write_report(world.findings(), tmp_path, show_names=False)
    assert rows_of(tmp_path / "once_ours.csv") == [
        {"patron": "7", "restriction_type": "MANUAL", "row": "41", "was_of_rule": "debt", "in_force": "yes"}
    ]


def test_every_card_that_is_blocked_or_owes_is_listed_with_its_rules_before_and_after(tmp_path: Path) -> None:
    write_report(library().findings(), tmp_path, show_names=False)
    rows = {row["patron"]: row for row in rows_of(tmp_path / "cards.csv")}
    assert (rows["4711"]["blocked_before"], rows["4711"]["blocked_after"], rows["4711"]["owed"]) == (
        "",
        "debt",
        "312.00",
    )
    assert (rows["4712"]["blocked_before"], rows["4712"]["blocked_after"]) == ("debt", "")
    assert rows["4717"]["owed"] == ""
    assert "4716" not in rows
