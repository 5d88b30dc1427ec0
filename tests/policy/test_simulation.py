"""Two policies on the same facts: only what differs today is told, and rows that would lose their rule."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sidecar.core.decide import decide
from sidecar.core.model import Case, Charge, Facts, Patron, Restriction
from sidecar.core.policy import Policy, Scope
from sidecar.core.simulation import Differences, Simulation
from sidecar.cycle.order import Order, Remembered
from sidecar.cycle.pulling import Seen
from sidecar.ports import History, IlsStatus, Pull
from sidecar.rehearsal.simulation import Everyone, Trial, simulate

from .examples import HEAD, parse
from .mistaken import BILL, DEBT, LOST, PIN

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NOTHING = Differences()
MILDER = DEBT.replace("225", "300")
FEES = DEBT.replace("rules.debt", "rules.fees")


def policy(rules: str) -> Policy:
    return parse(HEAD + rules).policy


def row(restriction_type: str = "CW_DEBT", expires: date | None = None) -> Restriction:
    return Restriction("r", restriction_type, ours=True, expires=expires, created=NOW - timedelta(days=3))


def owes(amount: str, *rows: Restriction, patron: str = "1") -> Facts:
    charges = (Charge("a", "OVERDUE", Decimal(amount)),) if Decimal(amount) else ()
    return Facts(Patron(patron, "MAIN", "ADULT", date(1980, 1, 1)), charges=charges, restrictions=rows)


def simulation(
    present: str, other: str, *facts: Facts, cases: dict[str, dict[str, Case]] | None = None, scope: Scope | None = None
) -> Simulation:
    remembered = Remembered(
        cases=cases or {}, intents=(), history=History(), held={}, former_rows={}, paused_since=None
    )
    everyone = Everyone(IlsStatus("ILS", True, 1, NOW), remembered, Seen(Pull(facts, NOW), frozenset()))
    return simulate(everyone, policy(present), [Trial("other", policy(other))], Order(scope=scope or Scope()))


def simulated(facts: Facts, present: str, other: str, scope: Scope | None = None) -> Differences:
    return simulation(present, other, facts, scope=scope).tried[0].differences


@pytest.mark.parametrize("amount", ["0", "1.00", "224.99", "225.00", "300.00"])
@pytest.mark.parametrize("rows", [(), (row(),), (row("CW_OLD"),)])
@pytest.mark.parametrize("rules", [DEBT, DEBT + "announce_days = 7\n", DEBT + "retired = true\n"])
def test_a_policy_against_itself_makes_no_difference(amount: str, rows: tuple[Restriction, ...], rules: str) -> None:
    assert simulated(owes(amount, *rows), rules, rules) == NOTHING


def test_a_paid_up_patron_whose_row_still_stands_is_freed_by_both_policies() -> None:
    assert simulated(owes("0", row()), DEBT, MILDER) == NOTHING


def test_a_lower_threshold_blocks_and_a_higher_one_does_not() -> None:
    assert simulated(owes("250.00"), MILDER, DEBT) == Differences(newly_blocked=(("1", "debt"),))
    assert simulated(owes("250.00"), DEBT, MILDER) == Differences(no_longer_blocked=(("1", "debt"),))


def test_a_milder_release_frees_and_a_stricter_one_frees_no_longer() -> None:
    below = DEBT + "release = 'below_block'\n"
    assert simulated(owes("1.00", row()), DEBT, below) == Differences(freed=(("1", "debt"),))
    assert simulated(owes("1.00", row()), below, DEBT) == Differences(no_longer_freed=(("1", "debt"),))


def test_raising_the_threshold_alone_frees_nobody_and_names_whom_the_latch_holds() -> None:
    assert simulated(owes("250.00", row()), DEBT, MILDER) == Differences(kept_only_by_latching=(("1", "debt"),))
    assert simulated(owes("1.00", row()), DEBT, MILDER) == NOTHING


def test_who_is_announced_in_place_of_blocked_is_told() -> None:
    found = simulated(owes("250.00"), DEBT, DEBT + "announce_days = 7\n")
    assert found == Differences(newly_announced=(("1", "debt"),), no_longer_blocked=(("1", "debt"),))


@pytest.mark.parametrize("other", [FEES, DEBT + "restriction_type = 'CW_MONEY'\n"])
def test_a_row_whose_rule_has_another_type_becomes_an_orphan_and_its_patron_is_not_newly_blocked(other: str) -> None:
    rule = policy(other).rules[0].id
    found = simulated(owes("250.00", row()), DEBT, other)
    assert found == Differences(blocked_again=(("1", rule),), orphaned=(("1", "CW_DEBT"),))


@pytest.mark.parametrize("other", [FEES, DEBT + "restriction_type = 'CW_MONEY'\n"])
def test_another_name_or_type_makes_no_difference_to_a_free_card(other: str) -> None:
    assert simulated(owes("250.00"), DEBT, other) == NOTHING


def test_another_name_under_the_same_type_makes_no_difference_at_all() -> None:
    kept = FEES + "restriction_type = 'CW_DEBT'\n"
    for amount in ("0", "1.00", "250.00"):
        for rows in ((), (row(),)):
            assert simulated(owes(amount, *rows), DEBT, kept) == NOTHING


def test_what_the_present_policy_frees_and_the_other_leaves_as_an_orphan_is_no_longer_freed() -> None:
    found = simulated(owes("0", row()), DEBT, PIN)
    assert found == Differences(no_longer_freed=(("1", "debt"),), orphaned=(("1", "CW_DEBT"),))


def test_a_rule_that_is_dropped_leaves_its_rows_and_blocks_nobody_any_more() -> None:
    assert simulated(owes("250.00", row()), DEBT + LOST, LOST) == Differences(orphaned=(("1", "CW_DEBT"),))
    assert simulated(owes("250.00"), DEBT + LOST, LOST) == Differences(no_longer_blocked=(("1", "debt"),))


def test_a_new_rule_blocks_anew_beside_a_row_of_another_kind_that_becomes_an_orphan() -> None:
    found = simulated(owes("250.00", row("CW_BILL")), BILL, DEBT)
    assert found.newly_blocked == (("1", "debt"),)
    assert found.orphaned == (("1", "CW_BILL"),)


def test_what_is_an_orphan_already_has_ended_or_is_out_of_scope_becomes_none() -> None:
    assert simulated(owes("0", row("CW_OLD")), DEBT, LOST).orphaned == ()
    assert simulated(owes("0", row(expires=NOW.date())), DEBT, LOST).orphaned == ()
    assert simulated(owes("250.00", row()), DEBT, LOST, Scope(libraries=frozenset({"OTHER"}))) == NOTHING


def test_that_staff_lifted_a_block_is_forgotten_under_another_name_and_so_it_is_told() -> None:
    blocked = decide(owes("250.00"), {}, policy(DEBT), NOW - timedelta(days=2)).verdicts[0].case_after
    assert blocked is not None
    found = simulation(DEBT, FEES, owes("250.00"), cases={"1": {"debt": blocked}})
    assert found.tried[0].differences == Differences(newly_blocked=(("1", "fees"),))
