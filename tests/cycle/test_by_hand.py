"""Staff release a block, an administrator undoes a cycle or takes all of ours out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.byhand import StaffRelease, release_by_staff, retire, undo
from sidecar.core.model import Restriction, Stage
from sidecar.core.policy import AgencyConfirmation, IfLifted, Rule, RuleKind, Terms, Threshold
from sidecar.errors import NotBlocked, ReleaseRefused, UnknownCycle, UnknownPatron, UnknownRule
from tests.cycle.house import House, debt_rule, patron, pin_rule, policy

STAFFS_OWN = Restriction("s1", "MANUAL", ours=False, comment="Set by staff.")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    facts = replace(patron(1, "300.00"), restrictions=(STAFFS_OWN,))
    built = House(tmp_path, facts, patron(2, "400.00"), patron(3), patron(4, failed_pin=5))
    built.first_day()
    built.later(minutes=5)
    yield built
    built.close()


def release(house: House, number: str, rule: str, *, photo_id_checked: bool = True):
    return release_by_staff(house.world, house.policy, StaffRelease(number, rule, "AB", photo_id_checked))


def test_a_pin_release_removes_the_row_and_resets_the_counter_in_one_item(house: House) -> None:
    done = release(house, "4", "pin")
    assert done.all_done
    assert len(done.plan.entries) == 1
    facts = house.ils.facts_of("4")
    assert facts is not None
    assert facts.failed_pin == 0
    assert house.blocked("CW_PIN") == set()
    assert len(house.apply().plan) == 0


def test_who_checked_what_is_journalled(house: House) -> None:
    release(house, "4", "pin")
    (kept,) = house.journal.export_patron("4")["staff_releases"]
    assert (kept["staff"], kept["photo_id_checked"], kept["rule"]) == ("AB", True, "pin")


def test_a_debt_that_staff_release_stays_released_until_something_new_comes(house: House) -> None:
    assert release(house, "1", "debt").all_done
    house.later(minutes=5)
    assert len(house.apply().plan) == 0
    assert house.journal.cases()["1"]["debt"].stage is Stage.OVERRIDDEN
    facts = house.ils.facts_of("1")
    assert facts is not None
    assert facts.foreign() == (STAFFS_OWN,)


def test_a_release_is_no_first_cycle_of_its_own(tmp_path: Path) -> None:
    row = Restriction("9", "CW_DEBT", ours=True)
    house = House(tmp_path, replace(patron(1, "300.00"), restrictions=(row,)), patron(2, "300.00"))
    assert release(house, "1", "debt").all_done
    house.later(minutes=1)
    assert house.apply().done() == []
    house.close()


@pytest.mark.parametrize(
    ("number", "rule", "error"),
    [("3", "debt", NotBlocked), ("99", "debt", UnknownPatron), ("1", "dept", UnknownRule)],
)
def test_what_cannot_be_released(house: House, number: str, rule: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        release(house, number, rule)


def test_a_claim_at_the_collection_office_is_not_released_by_staff(house: House) -> None:
    terms = Terms(AgencyConfirmation(), Threshold(0, inclusive=False), announce_days=7)
    claim = Rule(
        id="collection",
        kind=RuleKind.COLLECTION,
        restriction_type="CW_COLLECTION",
        terms=terms,
        if_lifted=IfLifted.RESTORE,
    )
    house.policy = policy(debt_rule(), pin_rule(), claim)
    with pytest.raises(ReleaseRefused, match="collection office"):
        release(house, "1", "collection")


def test_retiring_all_removes_ours_and_leaves_staffs_own(house: House) -> None:
    counted = retire(house.world, house.policy, rule=None, apply=False)
    assert len(counted.plan) == 3
    assert house.blocked() == {"1", "2"}
    assert retire(house.world, house.policy, rule=None, apply=True).all_done
    assert house.blocked() == house.blocked("CW_PIN") == set()
    facts = house.ils.facts_of("1")
    assert facts is not None
    assert facts.foreign() == (STAFFS_OWN,)
    assert house.journal.cases() == {}


def test_retiring_one_rule_leaves_the_others(house: House) -> None:
    assert retire(house.world, house.policy, rule="pin", apply=True).all_done
    assert house.blocked("CW_PIN") == set()
    assert house.blocked() == {"1", "2"}
    with pytest.raises(UnknownRule):
        retire(house.world, house.policy, rule="dept", apply=False)


def test_undoing_a_cycle_lifts_what_it_set_and_it_does_not_come_again(house: House) -> None:
    house.ils.put(patron(3, "500.00"))
    cycle = house.apply().cycle
    assert house.blocked() == {"1", "2", "3"}
    assert undo(house.world, house.policy, cycle, apply=True).all_done
    assert house.blocked() == {"1", "2"}
    house.later(minutes=5)
    assert len(house.apply().plan) == 0


def test_undoing_a_cycle_puts_back_what_it_lifted_unless_it_is_paid(house: House) -> None:
    exempting = replace(debt_rule(), retired=True)
    house.policy = policy(exempting, pin_rule(), digest="p2")
    cycle = house.apply().cycle
    assert house.blocked() == set()
    house.policy = policy()
    house.ils.put(patron(2))
    assert undo(house.world, house.policy, cycle, apply=True).all_done
    assert house.blocked() == {"1"}


def test_undoing_looks_at_what_still_stands(house: House) -> None:
    house.ils.put(patron(3, "500.00"))
    cycle = house.apply().cycle
    house.ils.lift("3", "CW_DEBT")
    assert len(undo(house.world, house.policy, cycle, apply=False).plan) == 0


def test_undoing_a_cycle_that_wrote_nothing(house: House) -> None:
    with pytest.raises(UnknownCycle):
        undo(house.world, house.policy, house.dry_run().cycle, apply=False)
