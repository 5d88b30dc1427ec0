"""What several cycles and several causes do together: holds that last, drift that stays open, rows that stay known."""

from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.core.brakes import Brake, Limit, Limits
from sidecar.core.model import UNKNOWN
from sidecar.core.plan import Entry
from sidecar.cycle.findings import Findings
from sidecar.errors import IlsUnreachable
from sidecar.ports import Mode
from tests.cycle.house import House, debt_rule, patron, policy


def too_many(tmp_path: Path) -> House:
    """Twelve cards whose blocks a full cycle held, three being allowed."""
    house = House(tmp_path, patron(99, "300.00"), *(patron(number, "1.00") for number in range(1, 13)), currency="DKK")
    house.first_day()
    house.order = replace(house.order, limits=Limits(Limit(3), Limit(3), Limit(3)))
    house.later(hours=30)
    for number in range(1, 13):
        house.ils.put(patron(number, "300.00"))
    assert (len(house.apply().braked.held), house.blocked()) == (12, {"99"})
    return house


def moved(house: House, number: int) -> Findings:
    """A quick cycle in which somebody moved who is held."""
    house.later(minutes=5)
    house.ils.put(patron(number, "301.00"))
    return house.quick()


def test_what_a_brake_held_stays_held_while_it_waits_for_another_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = too_many(tmp_path)
    with monkeypatch.context() as euro:
        status = house.ils.status()
        euro.setattr(house.ils, "status", lambda: replace(status, currency="EUR", as_of=house.now()))
        house.later(minutes=5)
        assert {tripped.brake for tripped in house.apply().braked.tripped} == {Brake.MISFIT}
    assert moved(house, 1).done() == []
    house.later(minutes=5)
    house.apply(mode=Mode.RELEASE_ONLY)
    assert moved(house, 2).done() == []
    house.close()


def test_what_a_brake_held_stays_held_though_a_full_cycle_could_not_read_the_card(tmp_path: Path) -> None:
    house = too_many(tmp_path)
    house.ils.put(replace(patron(1), charges=UNKNOWN))
    house.later(minutes=5)
    assert len(house.apply().braked.held) == 11
    assert moved(house, 1).done() == []
    house.close()


def test_what_a_brake_holds_is_kept_before_the_first_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = too_many(tmp_path)
    for number in range(1, 13):
        house.ils.put(patron(number))
    house.later(minutes=5)
    assert house.apply().braked.held.entries == ()
    for number in range(1, 13):
        house.ils.put(patron(number, "300.00"))
    house.ils.put(patron(99))
    house.later(minutes=5)

    def gone(_entries: list[Entry]) -> object:
        raise IlsUnreachable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(house.ils, "apply", gone)
        with pytest.raises(IlsUnreachable):
            house.apply()
    moved(house, 1)
    assert house.blocked() == set(), "the one who paid is free, and nobody else is blocked"
    house.close()


def test_a_rule_with_another_name_makes_nothing_of_what_was_held(tmp_path: Path) -> None:
    house = too_many(tmp_path)
    for number in range(3, 13):
        house.ils.put(patron(number))
    house.policy = policy(replace(debt_rule(), id="gaeld"), digest="p2")
    house.later(minutes=5)
    findings = house.apply()
    assert (len(findings.braked.held), house.blocked()) == (2, {"99"})
    assert {rule for _, rule, _, _ in house.journal.held()} == {"gaeld"}
    house.close()
