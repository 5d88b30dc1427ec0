"""`cardwarden announced`: the days of an announcement run from the day its letter went."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sidecar.byhand import read_letters, take_announced
from sidecar.core.model import Stage
from sidecar.core.policy import Announce
from sidecar.errors import ListError
from sidecar.report.counted.summary import summarize
from sidecar.report.render.csvfiles import announcements_csv

from .house import House, debt_rule, patron, policy

TOLD = date(2026, 11, 23)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, patron(1, "300"), patron(2, "400"))
    built.policy = policy(replace(debt_rule(announce_days=7), announce=Announce.LIST))
    built.first_day()
    yield built
    built.close()


def went(house: House, text: str, on: date = TOLD):  # type: ignore[no-untyped-def]
    return take_announced(house.journal, house.policy, read_letters(text), on, "ann", house.now())


def test_nobody_is_blocked_as_long_as_no_letter_went(house: House) -> None:
    house.later(days=30)
    assert house.apply().done() == []
    assert house.blocked() == set()


def test_the_reports_own_list_says_that_the_letters_went(house: House) -> None:
    findings = house.apply()
    text = announcements_csv(findings, summarize(findings), show_names=False)
    assert went(house, text).new == 2
    house.later(days=7)
    house.first_day()
    assert house.blocked() == {"1", "2"}


def test_a_part_of_the_lines_is_a_part_of_the_letters_and_twice_is_once(house: House) -> None:
    assert (went(house, "patron;rule\n1;debt\n").new, went(house, "patron,rule\r\n1,debt\r\n").known) == (1, 1)
    assert house.journal.cases()["2"]["debt"].noticed_at is None
    assert [act.detail for act in house.journal.acts(9) if act.act == "announced"] == ["1 letters of 2026-11-23"]


def test_the_days_run_from_the_day_that_is_named(house: House) -> None:
    house.later(days=5)
    went(house, "patron,rule\n1,debt\n", date(2026, 11, 26))
    house.later(days=4)
    assert house.apply().due["1"].astimezone(house.policy.time_zone).date() == date(2026, 12, 3)


@pytest.mark.parametrize(
    ("line", "on", "what"),
    [
        ("9,debt,", TOLD, "nothing is announced to patron 9"),
        ("1,fines,", TOLD, "fines is no rule"),
        ("1,debt,2026-11-01", TOLD, "about another debt"),
        ("1,debt,", date(2026, 11, 20), "after the letter"),
    ],
)
def test_what_does_not_fit_is_said_by_line_and_the_rest_is_taken(house: House, line: str, on: date, what: str) -> None:
    house.later(days=1)
    done = went(house, f"patron,rule,announced_on\n{line}\n2,debt,2026-11-23\n", on)
    assert done.problems[0][0] == 2
    assert what in done.problems[0][1]
    assert done.new == (0 if on < TOLD else 1)


def test_a_block_is_no_announcement(house: House) -> None:
    case = replace(house.journal.cases()["1"]["debt"], stage=Stage.BLOCKED)
    house.journal.save_cases([case], ())
    assert "nothing is announced" in went(house, "patron,rule\n1,debt\n").problems[0][1]


def test_a_list_without_the_columns_is_refused() -> None:
    with pytest.raises(ListError, match="no column rule"):
        read_letters("patron,name\n1,x\n")
