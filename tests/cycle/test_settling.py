"""Cycles that died between a write and its outcome: what the next ones make of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.core.plan import ChangeKind
from sidecar.core.policy import AfterMinutes, BelowBlock
from tests.cycle.house import House, debt_rule, kinds, patron, pin_rule, policy


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, patron(1, "225.00"), patron(4, failed_pin=5))
    built.policy = policy(debt_rule(release=BelowBlock()), replace(pin_rule(), terms=_by_time()))
    built.first_day()
    built.later(minutes=31)
    yield built
    built.close()


def _by_time():
    return replace(pin_rule().terms, release=AfterMinutes(30))


def _killed_before(house: House, monkeypatch: pytest.MonkeyPatch, thing: object, call: str) -> None:
    def dies(*_arguments: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(thing, call, dies)
        with pytest.raises(Killed):
            house.apply()


@pytest.mark.parametrize("call", ["save_cases", "settle"])
def test_our_own_removal_is_no_override_though_the_cycle_that_settles_it_dies_too(
    house: House, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    house.ils.put(patron(1, "200.00"))
    _killed_before(house, monkeypatch, house.journal, "conclude")
    assert house.blocked() == set()
    house.ils.put(patron(1, "500.00"))
    _killed_before(house, monkeypatch, house.journal, call)
    house.later(seconds=1)
    assert kinds(house.apply()) == [("1", "debt", ChangeKind.ADD)]


def test_a_counter_that_staff_reset_does_not_stand_for_a_removal_that_was_never_made(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _killed_before(house, monkeypatch, house.ils, "apply")
    house.ils.put(patron(4, failed_pin=0))
    house.later(seconds=1)
    began = house.journal.cases()["4"]["pin"].since
    assert kinds(house.apply())[0] == ("4", "pin", ChangeKind.REMOVE)
    assert began < house.at - timedelta(minutes=30)
    assert house.journal.cases().get("4", {}).get("pin") is None


def test_a_reset_was_made_if_the_removal_was_that_went_with_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _killed_before(house, monkeypatch, house.journal, "conclude")
    assert house.blocked("CW_PIN") == set()
    house.ils.put(patron(4, failed_pin=5))
    house.later(seconds=1)
    assert kinds(house.apply()) == [("4", "pin", ChangeKind.ADD)], "five new ones, though the counter never rested"
