"""On which day, for whom and since when a cycle judges; and which approvals it spends on what."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sidecar.core.brakes import Brake, Braked, Limit, Limits, Misfit, RuleLimits
from sidecar.core.model import Restriction
from sidecar.core.plan import Change, ChangeKind, Plan, Reason, make_plan
from sidecar.core.policy import RuleKind, Scope
from sidecar.cycle.braking import approved_keys, brake, spent
from sidecar.cycle.judging import effective_scope, policy_since, settle
from sidecar.cycle.looking import look_at
from sidecar.cycle.order import Order, Remembered
from sidecar.ports import Approval, History, IlsStatus, Intent, Mode, Outcome, Pull, RegisteredType, Result
from tests.cycle.house import START, House, debt_rule, patron, pin_rule, policy

NOTHING = Remembered(cases={}, intents=(), history=History(), held={}, former_rows={}, paused_since=None)
AFTER_MIDNIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""It is the 24th already in Copenhagen."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, patron(1, "300.00"))
    yield built
    built.close()


# The day


def test_a_row_that_ends_on_the_library_s_day_is_settled_as_ended_in_a_cycle() -> None:
    row = Restriction("r", "CW_DEBT", ours=True, expires=date(2026, 11, 24))
    intent = Intent(1, "1", "debt", ChangeKind.REMOVE, "CW_DEBT", START, None)
    pull = Pull((replace(patron(1), restrictions=(row,)),), AFTER_MIDNIGHT)
    settlement = settle(replace(NOTHING, intents=(intent,)), pull, policy())
    assert settlement.results == ((1, Result.WRITTEN),)


def test_a_row_that_ends_on_the_library_s_day_is_settled_as_ended_at_the_desk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.first_day()
    house.ils.put(patron(1))
    with monkeypatch.context() as silent:
        silent.setattr(
            house.ils,
            "apply",
            lambda entries: ([Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None),
        )
        house.apply()
    row = Restriction("r", "CW_DEBT", ours=True, expires=date(2026, 11, 24))
    house.ils.put(replace(patron(1), restrictions=(row,)))
    house.at = AFTER_MIDNIGHT
    assert [result for _, result in look_at(house.world, house.policy, ["1"]).settlement.results] == [Result.WRITTEN]


def test_a_look_settles_only_what_is_about_the_patrons_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.ils.put(patron(2, "300.00"))
    kept = house.dry_run().kept_digest
    with monkeypatch.context() as silent:
        silent.setattr(
            house.ils,
            "apply",
            lambda entries: ([Outcome(entry.patron, Result.UNANSWERED) for entry in entries], None),
        )
        house.apply(approve=kept)
    assert len(house.journal.open_intents()) == 2
    assert [result for _, result in look_at(house.world, house.policy, ["2"]).settlement.results] == [Result.MOVED]


# For whom, and since when


def test_whom_the_ils_calls_no_card_holder_is_never_in_scope_whatever_the_settings_say() -> None:
    status = IlsStatus("x", True, 1, START, never=frozenset({"51"}), statistical_categories=frozenset({"STAT"}))
    asked = Scope(never=frozenset({"7"}), statistical_categories=frozenset({"OWN"}), libraries=frozenset({"MAIN"}))
    assert effective_scope(asked, status) == Scope(
        never=frozenset({"7", "51"}), statistical_categories=frozenset({"OWN", "STAT"}), libraries=frozenset({"MAIN"})
    )


def test_since_when_a_policy_counts_is_told_on_the_ils_s_clock(house: House) -> None:
    ahead = timedelta(minutes=3)
    assert policy_since(house.journal, house.policy, house.at, house.at + ahead) is None, "no other one counted before"
    house.first_day()
    other = policy(digest="p2")
    house.later(hours=1)
    assert policy_since(house.journal, other, house.at, house.at + ahead) == house.at + ahead
    assert policy_since(house.journal, house.policy, house.at, house.at - ahead) == START - ahead


# The brakes


def change(number: int, kind: ChangeKind = ChangeKind.ADD, rule: str = "debt", restriction_type: str = "CW_DEBT"):
    kind_of_rule = RuleKind.FAILED_PIN if rule == "pin" else RuleKind.DEBT
    return Change(
        patron=str(number),
        rule=rule,
        kind=kind,
        restriction_type=restriction_type,
        reason=Reason.REACHED,
        rule_kind=kind_of_rule,
    )


def plan_of(*changes: Change) -> Plan:
    return make_plan(changes, lambda _: "1")


def approval(digest: str, *changes: Change) -> Approval:
    return Approval(digest, "p1", START + timedelta(days=1), frozenset(one.key for one in changes))


def braked(*changes: Change, limits: Limits | None = None, ours: int = 100, patrons: int = 1000, **known) -> Braked:
    """As a cycle would split the plan: both rules have begun unless `history` says otherwise."""
    history = known.pop("history", History(begun=frozenset({"CW_DEBT", "CW_PIN"})))
    held, approvals = known.pop("held", {}), known.pop("approvals", ())
    misfits, mode = known.pop("misfits", frozenset()), known.pop("mode", Mode.APPLY)
    status = IlsStatus("x", True, patrons, START, types=())
    status = replace(status, types=(_type("CW_DEBT", ours),))
    order = Order(mode=mode, limits=limits or Limits(Limit(2), Limit(1), Limit(2)))
    remembered = replace(NOTHING, history=history, held=held)
    return brake(policy(debt_rule(), pin_rule()), order, status, plan_of(*changes), remembered, approvals, misfits)


def _type(restriction_type: str, in_force: int):
    return RegisteredType(restriction_type, True, in_force, in_force)


def tripped(found: Braked) -> list[tuple[Brake, int]]:
    return [(one.brake, one.asked) for one in found.tripped]


def pin(number: int) -> Change:
    return change(number, rule="pin", restriction_type="CW_PIN")


def test_what_was_made_today_counts_for_the_limits_of_additions_and_of_removals() -> None:
    begun = frozenset({"CW_DEBT", "CW_PIN"})
    assert tripped(braked(change(1), change(2))) == []
    today = History(added={"CW_DEBT": 1}, begun=begun)
    assert tripped(braked(change(1), change(2), history=today)) == [(Brake.ADDITIONS, 2)]
    removals = (change(1, ChangeKind.REMOVE), change(2, ChangeKind.REMOVE))
    assert tripped(braked(*removals)) == []
    today = History(removed={"CW_DEBT": 1}, begun=begun)
    assert tripped(braked(*removals, history=today)) == [(Brake.REMOVALS, 2)]


def test_pins_have_a_limit_of_their_own_by_the_type_of_their_rules() -> None:
    begun = frozenset({"CW_DEBT", "CW_PIN"})
    assert tripped(braked(pin(1))) == []
    assert tripped(braked(pin(1), history=History(added={"CW_PIN": 1}, begun=begun))) == [(Brake.PIN_ADDITIONS, 1)]
    assert tripped(braked(pin(1), history=History(added={"CW_DEBT": 1}, begun=begun))) == []


def test_limits_in_per_cent_are_of_the_patrons_and_of_our_rows_in_force() -> None:
    limits = Limits(Limit(0, 1.0), Limit(0, 1.0), Limit(0, 10.0))
    one, other = change(1), change(2, ChangeKind.REMOVE)
    assert tripped(braked(one, other, limits=limits, patrons=100, ours=10)) == []
    assert tripped(braked(one, other, limits=limits, patrons=99, ours=10)) == [(Brake.ADDITIONS, 1)]
    assert tripped(braked(one, other, limits=limits, patrons=100, ours=9)) == [(Brake.REMOVALS, 1)]


def test_a_rule_of_which_nothing_was_ever_added_waits_for_its_first_approval() -> None:
    found = braked(change(1), pin(2), history=History(begun=frozenset({"CW_DEBT"})))
    assert tripped(found) == [(Brake.FIRST_CYCLE, 1)]
    assert [one.rule for one in found.held.changes()] == ["pin"]


def test_what_is_held_stays_held_and_what_is_approved_goes() -> None:
    held = {change(1).key: Brake.ADDITIONS}
    assert tripped(braked(change(1), held=held)) == [(Brake.ADDITIONS, 1)]
    assert tripped(braked(change(1), held=held, approvals=(approval("a", change(1)),))) == []
    assert approved_keys([approval("a", change(1)), approval("b", change(2))]) == {change(1).key, change(2).key}
    assert approved_keys([]) == frozenset()


def test_a_rule_s_own_limit_is_measured_by_its_type() -> None:
    limits = Limits(Limit(9), Limit(9), Limit(9), rules={"debt": RuleLimits(additions=Limit(1))})
    today = History(added={"CW_DEBT": 1}, begun=frozenset({"CW_DEBT", "CW_PIN"}))
    assert tripped(braked(change(1), limits=limits)) == []
    assert tripped(braked(change(1), limits=limits, history=today)) == [(Brake.ADDITIONS, 1)]


@pytest.mark.parametrize("mode", list(Mode))
def test_nothing_is_added_in_release_only_nor_while_the_policy_does_not_fit(mode: Mode) -> None:
    release_only = mode is Mode.RELEASE_ONLY
    assert tripped(braked(change(1), mode=mode)) == ([(Brake.RELEASE_ONLY, 1)] if release_only else [])
    misfits = frozenset({Misfit("debt")})
    assert tripped(braked(change(1), misfits=misfits, mode=mode)) == [(Brake.MISFIT, 1)]
    assert tripped(braked(pin(1), misfits=misfits)) == []


def test_an_approval_is_spent_where_all_may_go_and_in_release_only_if_something_of_it_goes() -> None:
    addition, removal = change(1), change(2, ChangeKind.REMOVE)
    both = (approval("additions", addition), approval("removals", removal))
    in_release_only = Braked(plan_of(removal), plan_of(addition), ())
    assert spent(both, in_release_only, Mode.RELEASE_ONLY) == ("removals",)
    assert spent(both, Braked(plan_of(), plan_of(), ()), Mode.APPLY) == ("additions", "removals")
    assert spent(both, Braked(plan_of(), plan_of(), ()), Mode.RELEASE_ONLY) == ()
    assert spent((), in_release_only, Mode.APPLY) == ()
