"""What brakes hold and Koha refuses: as large as it is now, told as it grows, and over with whichever cycle ends it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from tests.serve.house import Serving, serving
from tests.serve.running import POLICY, blocked

HELD = ("held-back", "additions")


@pytest.fixture
def library() -> Library:
    return build_library(120)


@pytest.fixture
def house(koha: StandinKoha, tmp_path: Path) -> Iterator[Serving]:
    """After its first day, with a brake that lets two go."""
    with serving(tmp_path, koha, more="[brakes]\nadditions = { absolute = 2 }") as house:
        house.tick()
        house.approve()
        house.tick()
        assert house.standing() == []
        yield house


@pytest.fixture
def newcomers(library: Library) -> list[int]:
    return library.pick(owes_at_least=0, owes_at_most=0, attempts_at_least=0, restricted=False, category="ADULT")


def owe(house: Serving, *patrons: int) -> None:
    for patron in patrons:
        house.library.charge(patron, "OVERDUE", "300.00")


def later(house: Serving) -> None:
    """So much later that a quick cycle no longer looks back to what was before."""
    house.library.advance(300)
    house.tick()


def summary(house: Serving) -> str:
    (standing,) = house.alerts.begun()
    return standing.text


def told(house: Serving) -> int:
    """How often somebody was to be told, since this was asked last."""
    owed = house.alerts.owed()
    for one in owed:
        house.alerts.told(one, "command")
    return len(owed)


def test_a_hold_is_over_with_the_quick_cycle_that_leaves_nothing_of_it(house: Serving, newcomers: list[int]) -> None:
    one, two, three, *_ = newcomers
    owe(house, one, two, three)
    house.tick()
    assert house.standing() == [HELD]
    assert house.metric('cardwarden_held_changes{brake="additions"}') == 3
    later(house)
    house.library.pay(one)
    house.tick()
    assert summary(house).startswith("2 blocks are held back")
    assert house.board.now.held == {"additions": 2}
    later(house)
    owe(house, two)
    house.library.pay(three)
    house.tick()
    assert summary(house).startswith("1 block"), "two moved, alone and below the limit, and stays held"
    assert two not in blocked(house.library)
    later(house)
    house.library.pay(two)
    house.tick()
    assert house.standing() == []
    assert (house.board.now.waiting, house.board.now.pending) == ((), 0)
    assert set(house.kinds()[2:]) == {"quick"}


def test_a_hold_that_nobody_looked_at_stands(house: Serving, newcomers: list[int]) -> None:
    owe(house, *newcomers[:3])
    house.tick(3)
    assert house.standing() == [HELD]
    assert house.board.now.pending == 3


def test_a_hold_that_grows_has_one_digest_and_is_told_again_when_it_doubled(
    house: Serving, newcomers: list[int]
) -> None:
    owe(house, *newcomers[:4])
    house.worker.scheduled()
    assert told(house) == 2, "that the first cycle's hold is over, and this one"
    later(house)
    owe(house, *newcomers[4:7])
    house.tick()
    (plan,) = house.board.now.waiting
    assert (plan.changes, told(house)) == (7, 0)
    assert summary(house).startswith("7 blocks are held back")
    assert plan.digest[:12] in summary(house)
    owe(house, *newcomers[7:10])
    house.worker.scheduled()
    (plan,) = house.board.now.waiting
    assert (plan.changes, told(house)) == (10, 1)
    assert plan.digest[:12] in summary(house)
    house.approve()
    house.tick()
    assert set(newcomers[:10]) <= blocked(house.library)
    assert house.standing() == []


def test_a_hold_under_another_policy_is_told_again(house: Serving, newcomers: list[int]) -> None:
    owe(house, *newcomers[:4])
    house.worker.scheduled()
    told(house)
    house.policy.write_text(POLICY.format(block_at="250.00"))
    house.tick()
    assert summary(house).startswith("4 blocks are held back")
    assert told(house) == 1


def test_a_type_that_is_not_registered_holds_its_rules_additions_and_is_told(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha) as house:
        koha.library.unregister_type("CW_DEBT")
        house.tick()
        assert house.standing() == [("policy-does-not-fit", "")]
        assert house.metric("cardwarden_policy_misfits") == 1
        (standing,) = house.alerts.begun()
        assert "CW_DEBT is not registered" in standing.alert.summary
        house.journal.approve(house.journal.cycles(1)[0].plan_digest or "", house.clock.now(), timedelta(hours=1))
        house.tick()
        assert blocked(koha.library) == set(), "an approval lets nothing go that does not fit"
        assert (house.standing(), house.board.now.waiting) == ([("policy-does-not-fit", "")], ())
        koha.library.register_type("CW_DEBT")
        house.worker.scheduled()
        assert house.standing() != [("policy-does-not-fit", "")]


def test_what_koha_refuses_is_told_with_its_reason_and_is_over_when_it_is_written(
    koha: StandinKoha, tmp_path: Path
) -> None:
    with serving(tmp_path, koha) as house:
        note = koha.library.staff_restricts(koha.library.subjects["owes_much"], comment="x" * 250)
        house.tick()
        house.approve()
        house.tick()
        assert house.standing() == [("refused", "")]
        assert house.metric("cardwarden_refused_changes") == house.board.now.pending == 1
        (standing,) = house.alerts.begun()
        assert standing.alert.summary.startswith("Koha refused 1 change")
        koha.library.staff_lifts(koha.library.subjects["owes_much"], note)
        house.worker.scheduled()
        assert house.standing() == []
        assert house.metric("cardwarden_refused_changes") == 0
