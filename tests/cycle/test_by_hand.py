"""Staff release a block, an administrator undoes a cycle or takes all of ours out."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.byhand import (
    AcceptedDrift,
    ReleaseOrder,
    Then,
    Undoing,
    accept_drift,
    amnesties,
    release_by_staff,
    retire,
    undo,
)
from sidecar.core.model import UNKNOWN, Origin, Restriction, Stage
from sidecar.core.plan import ChangeKind, Entry
from sidecar.core.policy import AgencyConfirmation, IfLifted, Rule, RuleKind, Scope, Terms, Threshold
from sidecar.errors import NotBlocked, OtherIls, ReleaseRefused, UnknownCycle, UnknownPatron, UnknownRule
from sidecar.ports import Outcome, PersonalAct, Result
from tests.cycle.house import House, debt_rule, house_of_drift, kinds, patron, pin_rule, policy

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
    return release_by_staff(house.world, house.policy, ReleaseOrder(number, rule, "AB", photo_id_checked))


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
    assert undo(house.world, house.policy, Undoing(cycle), apply=True).all_done
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
    assert undo(house.world, house.policy, Undoing(cycle), apply=True).all_done
    assert house.blocked() == {"1"}


def test_undoing_looks_at_what_still_stands(house: House) -> None:
    house.ils.put(patron(3, "500.00"))
    cycle = house.apply().cycle
    house.ils.lift("3", "CW_DEBT")
    assert len(undo(house.world, house.policy, Undoing(cycle), apply=False).plan) == 0


def test_undoing_a_cycle_that_wrote_nothing(house: House) -> None:
    with pytest.raises(UnknownCycle):
        undo(house.world, house.policy, Undoing(house.dry_run().cycle), apply=False)


def test_another_ils_is_refused_whatever_is_ordered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.ils.put(patron(3, "500.00"))
    cycle = house.apply().cycle
    status = house.ils.status()
    monkeypatch.setattr(house.ils, "status", lambda: replace(status, installation_id="another"))
    orders: list[Callable[[], object]] = [
        lambda: release(house, "4", "pin"),
        lambda: retire(house.world, house.policy, rule=None, apply=True),
        lambda: undo(house.world, house.policy, Undoing(cycle), apply=True),
        lambda: undo(house.world, house.policy, Undoing(cycle), apply=False),
    ]
    for order in orders:
        with pytest.raises(OtherIls):
            order()
    assert house.blocked() == {"1", "2", "3"}
    assert house.blocked("CW_PIN") == {"4"}


def test_an_older_removal_without_an_answer_does_not_undo_what_staff_lifted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.ils.put(patron(2))
    with monkeypatch.context() as silent:
        silent.setattr(
            house.ils,
            "apply",
            lambda entries: ([Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None),
        )
        house.apply()
    assert house.blocked() == {"1", "2"}, "it was asked for, and not made"
    house.ils.put(patron(2, "400.00"))
    house.later(minutes=1)
    assert release(house, "2", "debt").all_done
    house.later(minutes=1)
    assert len(house.apply().plan) == 0
    assert house.blocked() == {"1"}


@pytest.mark.parametrize("seen", [False, True], ids=["at once", "after a cycle saw it"])
def test_a_row_that_staff_let_expire_and_then_release_stays_released(house: House, seen: bool) -> None:
    facts = house.ils.facts_of("2")
    assert facts is not None
    assert facts.restrictions is not UNKNOWN
    rows = tuple(replace(row, expires=house.at.date()) for row in facts.restrictions)
    house.ils.put(replace(facts, restrictions=rows))
    if seen:
        house.apply()
    house.later(minutes=1)
    assert release(house, "2", "debt").all_done
    house.later(minutes=1)
    assert len(house.apply().plan) == 0


def test_a_counter_that_blocks_nobody_is_nothing_to_release(house: House) -> None:
    house.ils.put(patron(3, failed_pin=2))
    with pytest.raises(NotBlocked):
        release(house, "3", "pin")
    facts = house.ils.facts_of("3")
    assert facts is not None
    assert facts.failed_pin == 2


def test_a_counter_that_would_block_at_the_next_cycle_can_be_released_before_it(house: House) -> None:
    house.ils.put(patron(3, failed_pin=5))
    done = release(house, "3", "pin")
    assert [change.kind for change in done.plan.changes()] == [ChangeKind.RESET_PIN]
    assert len(house.apply().plan) == 0


def test_a_release_that_came_to_nothing_is_told_from_one_that_was_made(house: House) -> None:
    house.journal.pause(house.at)
    assert not release(house, "1", "debt").all_done
    house.journal.resume()
    assert release(house, "1", "debt").all_done
    kept = house.journal.export_patron("1")["staff_releases"]
    assert [one["result"] for one in kept] == [None, "written"]


def test_what_was_ordered_by_name_is_counted_in_the_journal(house: House) -> None:
    cycle = release(house, "4", "pin").cycle
    (record,) = [one for one in house.journal.cycles(10) if one.id == cycle]
    assert (record.counts["planned.remove"], record.counts["planned.reset_pin"], record.counts["done"]) == (1, 1, 2)


def test_undoing_a_cycle_leaves_what_later_cycles_made_of_it(house: House) -> None:
    house.ils.put(patron(3, failed_pin=5))
    cycle = house.apply().cycle
    release(house, "3", "pin")
    house.ils.put(patron(3, failed_pin=6))
    house.later(minutes=1)
    house.apply()
    assert house.blocked("CW_PIN") == {"3", "4"}
    undone = undo(house.world, house.policy, Undoing(cycle), apply=True)
    assert dict(undone.left) == {"changed again by a later cycle": 1}
    assert house.blocked("CW_PIN") == {"3", "4"}


def test_undoing_says_what_it_leaves_as_it_is(house: House) -> None:
    house.policy = policy(debt_rule(texts={"en": "New words."}), pin_rule(), digest="p2")
    cycle = house.apply().cycle
    undone = undo(house.world, house.policy, Undoing(cycle), apply=True)
    assert (len(undone.plan), dict(undone.left)) == (0, {"a text, which the policy decides": 2})


def test_undoing_lifts_the_rows_of_a_rule_that_the_policy_no_longer_has(house: House) -> None:
    house.ils.put(patron(3, failed_pin=5))
    cycle = house.apply().cycle
    house.policy = policy(debt_rule(), digest="p2")
    assert undo(house.world, house.policy, Undoing(cycle), apply=True).all_done
    assert house.blocked("CW_PIN") == {"4"}


def test_undoing_blocks_nobody_who_paid_and_owes_a_little_again(house: House) -> None:
    house.ils.put(patron(2, paid_at=house.at, settled_at=house.at))
    cycle = house.apply().cycle
    house.later(days=3)
    house.ils.put(patron(2, "2.00"))
    undone = undo(house.world, house.policy, Undoing(cycle), apply=True)
    assert (len(undone.plan), dict(undone.left)) == (0, {"free by today's rules": 1})


def test_undoing_a_release_at_the_desk_puts_nothing_on_a_counter_at_rest(house: House) -> None:
    cycle = release(house, "4", "pin").cycle
    assert len(undo(house.world, house.policy, Undoing(cycle), apply=True).plan) == 0


def test_a_rule_that_staff_release_wants_photo_id_unless_the_policy_says_otherwise(house: House) -> None:
    with pytest.raises(ReleaseRefused, match="only after valid photo ID was seen"):
        release(house, "4", "pin", photo_id_checked=False)
    assert house.blocked("CW_PIN") == {"4"}
    assert release(house, "1", "debt", photo_id_checked=False).all_done, "money is what releases a debt"
    house.policy = policy(debt_rule(), replace(pin_rule(), photo_id=False), digest="trusting")
    assert release(house, "4", "pin", photo_id_checked=False).all_done


# Undone, accepted, retired: who ordered it, and what then


def test_what_was_undone_is_remembered_as_undone_and_by_whom(house: House) -> None:
    cycle = house.journal.changes()[0].cycle
    assert amnesties(undo(house.world, house.policy, Undoing(cycle), apply=False)) == 3
    undo(house.world, house.policy, Undoing(cycle, "abc"), apply=True)
    cases = [case for by_rule in house.journal.cases().values() for case in by_rule.values()]
    assert {(case.stage, case.origin, case.by) for case in cases} == {(Stage.OVERRIDDEN, Origin.UNDONE, "abc")}
    (act,) = [act for act in house.journal.acts(9) if act.act is PersonalAct.UNDO]
    assert (act.staff, act.detail) == ("abc", f"cycle {cycle}")


def test_undone_to_be_blocked_again_leaves_no_amnesty(house: House) -> None:
    cycle = house.journal.changes()[0].cycle
    undoing = Undoing(cycle, "abc", Then.BLOCK_AGAIN)
    assert amnesties(undo(house.world, house.policy, undoing, apply=False)) == 0
    undo(house.world, house.policy, undoing, apply=True)
    assert (house.blocked(), house.journal.cases()) == (set(), {})
    house.later(minutes=5)
    house.apply()
    assert house.blocked() == {"1", "2"}


def test_drift_that_staff_meant_becomes_overrides_and_is_not_put_back(tmp_path: Path) -> None:
    house = house_of_drift(tmp_path)
    house.ils.put(patron(12))
    assert accept_drift(house.world, house.policy, Scope(), "abc") == AcceptedDrift(lifted=11, over=1)
    house.later(minutes=5)
    found = house.apply()
    assert (len(found.plan), found.counts()["verdict.overridden"]) == (0, 11)
    case = house.journal.cases()["1"]["debt"]
    assert (case.origin, case.by, case.missing_since) == (Origin.DRIFT_ACCEPTED, "abc", None)
    assert [(act.act, act.staff, act.detail) for act in house.journal.acts(1)] == [
        (PersonalAct.DRIFT_ACCEPT, "abc", "11 blocks")
    ]
    house.ils.put(patron(1, "700.00"))
    house.later(minutes=5)
    assert kinds(house.apply()) == [("1", "debt", ChangeKind.ADD)], "something new came up"
    house.close()


def test_drift_of_a_card_out_of_scope_is_not_accepted_with_that_of_others(tmp_path: Path) -> None:
    house = house_of_drift(tmp_path)
    before = house.journal.cases()["1"]
    assert accept_drift(house.world, house.policy, Scope(never=frozenset({"1"})), "abc").lifted == 11
    assert house.journal.cases()["1"] == before
    house.close()


def test_accepting_where_nothing_drifts_changes_nothing(house: House) -> None:
    before = house.journal.cases()
    assert accept_drift(house.world, house.policy, Scope(), "abc") == AcceptedDrift(0, 0)
    assert house.journal.cases() == before


def test_a_row_under_a_foreign_type_can_be_accepted_as_lifted(house: House) -> None:
    house.later(minutes=5)
    house.apply()
    house.ils.delete_type("CW_DEBT", "MANUAL")
    house.later(minutes=5)
    house.apply()
    assert accept_drift(house.world, house.policy, Scope(), "abc").lifted == 2
    house.later(minutes=5)
    found = house.apply()
    assert (len(found.plan), len(found.once_ours())) == (0, 2)


def test_retiring_says_which_liftings_it_forgets(house: House) -> None:
    release_by_staff(house.world, house.policy, ReleaseOrder("1", "debt", "abc", photo_id_checked=True))
    assert retire(house.world, house.policy, rule="debt", apply=False).forgets == {"debt": 1}
    assert retire(house.world, house.policy, rule="pin", apply=False).forgets == {}
    assert retire(house.world, house.policy, rule=None, apply=True, staff="def").forgets == {"debt": 1}
    assert house.journal.cases() == {}
    assert [(act.act, act.staff) for act in house.journal.acts(1)] == [(PersonalAct.RETIRE, "def")]


def test_retiring_a_rule_takes_its_rows_of_a_former_type_too(house: House) -> None:
    house.policy = policy(replace(debt_rule(), restriction_type="CW_NEW"), pin_rule(), digest="renamed")
    assert retire(house.world, house.policy, rule="debt", apply=True).all_done
    assert house.blocked("CW_DEBT") == set()


@pytest.mark.parametrize("took_effect", [True, False])
def test_retiring_settles_what_was_never_answered_about_a_card_that_can_no_longer_matter(
    house: House, monkeypatch: pytest.MonkeyPatch, *, took_effect: bool
) -> None:
    write = house.ils.apply

    def unanswered(entries: list[Entry]) -> object:
        if took_effect:
            write(entries)
        return [Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None

    house.ils.put(patron(2))
    with monkeypatch.context() as silent:
        silent.setattr(house.ils, "apply", unanswered)
        house.apply()
    (intent,) = house.journal.open_intents()
    assert intent.patron == "2"
    assert retire(house.world, house.policy, rule=None, apply=True).all_done
    assert house.journal.open_intents() == []
    assert (house.blocked(), house.journal.cases()) == (set(), {})


def test_retiring_asks_for_nobody_by_number_where_all_was_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_arguments: object, **_named: object) -> None:
        raise AssertionError("nothing is open")

    monkeypatch.setattr(house.ils, "read", asked)
    assert retire(house.world, house.policy, rule=None, apply=True).all_done


# The one alarm


def test_cards_that_owe_nothing_and_are_blocked_by_us_are_counted_wherever_they_are(tmp_path: Path) -> None:
    house = House(tmp_path, patron(1, "300.00"), patron(2, "300.00"), patron(3, failed_pin=5))
    house.first_day()
    house.order = replace(house.order, scope=Scope(never=frozenset({"2"})))
    house.ils.put(patron(1))
    house.ils.put(patron(2))
    house.later(minutes=5)
    found = house.apply()
    assert [decision.patron for decision, _ in found.owing_nothing()] == ["2"], "the other was freed; a PIN is no debt"
    assert found.counts()["owing_nothing"] == 1
    house.close()
