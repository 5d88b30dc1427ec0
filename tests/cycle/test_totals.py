"""Each full cycle leaves a total of the day in the journal, and the next ones are told of it."""

from pathlib import Path

from sidecar.ports import DayTotal

from .house import COPENHAGEN, House, patron


def totals(house: House) -> list[tuple[str, int]]:
    return [(day.day.isoformat(), day.blocked) for day in house.dry_run().days]


def test_a_days_total_is_what_its_last_full_cycle_left(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"), patron(2, "400.00"), patron(3))
    planned = house.dry_run()
    assert planned.days == ()
    house.later(hours=1)
    house.apply(approve=planned.kept_digest)
    house.later(hours=1)
    house.quick()
    house.later(days=2)
    assert house.dry_run().days == (DayTotal(planned.as_of.astimezone(COPENHAGEN).date(), 2, 700_00),)


def test_days_without_a_cycle_have_no_total(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"))
    house.dry_run()
    house.later(days=3)
    house.dry_run()
    house.later(days=1)
    assert totals(house) == [("2026-11-23", 0), ("2026-11-26", 0)]


def test_days_of_more_than_ninety_days_ago_are_not_shown(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"))
    house.dry_run()
    house.later(days=91)
    assert totals(house) == []
