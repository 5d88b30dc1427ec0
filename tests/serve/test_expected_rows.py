"""Rows of ours that come or go though nobody moved."""

from pathlib import Path

import pytest

from sidecar.serve.schedule.expected_rows import ExpectedRows
from sidecar.serve.schedule.queue import CycleQueue, Full, Quick
from tests.cycle.house import House, patron


class Watched:
    """A house whose every cycle is told to the numbers that are expected."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder, *(patron(number, "300.00") for number in range(1, 31)))
        self.rows = ExpectedRows()
        self.rows.take(self.house.first_day())
        self.house.later(minutes=1)

    def quick(self) -> bool:
        """Whether a quick cycle sees that rows moved by themselves."""
        self.house.later(minutes=1)  # so that it looks at those alone who moved since the last
        findings = self.house.quick()
        moved = self.rows.moved_by_themselves(findings)
        self.rows.take(findings)
        return moved


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_what_cycles_wrote_is_expected(watched: Watched) -> None:
    assert not watched.quick(), "thirty were blocked on the first day"
    watched.house.ils.put(patron(1))
    watched.house.ils.put(patron(99, "300.00"))
    assert not watched.quick()
    assert not watched.quick(), "one was freed, one blocked"


def test_what_staff_lift_or_set_is_explained_by_those_who_moved(watched: Watched) -> None:
    house = watched.house
    house.later(minutes=1)
    house.ils.lift("1", "CW_DEBT")
    house.later(minutes=-1)
    assert not watched.quick()
    assert not watched.quick()


def test_rows_of_a_database_put_back_from_a_backup_are_seen_though_nobody_moved(watched: Watched) -> None:
    record = watched.house.ils._records["7"]
    record.rows = ()
    assert watched.quick()
    assert not watched.quick(), "it is said once"


def test_a_row_that_came_by_itself_is_seen_too(watched: Watched) -> None:
    records = watched.house.ils._records
    watched.house.ils.put(patron(50))
    watched.quick()
    watched.quick()
    records["50"].rows = records["7"].rows
    assert watched.quick()


def test_before_the_first_cycle_nothing_is_expected(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"))
    assert not ExpectedRows().moved_by_themselves(house.dry_run())
    house.close()


def test_the_queue_makes_the_next_cycle_a_full_one_and_not_every_one(tmp_path: Path) -> None:
    house = House(tmp_path, *(patron(number, "300.00") for number in range(1, 31)))
    queue = CycleQueue()
    queue.done(house.first_day(), Full("first"))
    house.later(minutes=1)

    def lose(number: int, later: float) -> object:
        house.later(minutes=later)
        house.ils._records[str(number)].rows = ()
        asked = queue.next(house.now(), quick=True)
        assert isinstance(asked, Quick)
        queue.done(house.quick(), asked)
        return queue.next(house.now(), quick=True)

    following = lose(7, 1)
    assert following == Full("restrictions of ours came or went though nobody moved")
    queue.done(house.apply(), following)
    assert isinstance(lose(8, 1), Quick), "a cause that stands must not make every cycle a full one"
    assert isinstance(lose(9, 16), Full)
    house.close()
