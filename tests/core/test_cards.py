"""Which cards are blocked: each counts once, by what is in force on it."""

from dataclasses import replace

from sidecar.core.cards import Blocked, blocks_after, blocks_if_free, blocks_read, count_blocked
from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Facts
from sidecar.core.plan import Change, ChangeKind, Reason
from sidecar.core.policy import Scope
from sidecar.core.verdict import Decision

from .builders import DAY, DKK, NOW, TODAY, debt_rule, facts, fee, pin_rule, policy, row

POLICY = policy(debt_rule(), pin_rule())
OWES = [fee("300.00")]
DEBT, PIN = frozenset({"CW_DEBT"}), frozenset({"CW_PIN"})


def decided(*known: Facts, scope: Scope | None = None) -> list[Decision]:
    return [decide(each, {}, POLICY, NOW, scope or Scope()) for each in known]


def change(kind: ChangeKind, number: str = "7", rule: str = "debt") -> Change:
    return Change(patron=number, rule=rule, kind=kind, restriction_type=f"CW_{rule.upper()}", reason=Reason.REACHED)


# As read


def test_what_is_in_force_is_read_from_our_rows_in_scope_or_not_and_orphans_too() -> None:
    known = [
        facts("1", rows=[row(), row("CW_PIN")]),
        facts("2", rows=[row("CW_OF_NO_RULE")]),
        facts("3", rows=[row("MANUAL", ours=False)]),
        facts("4", rows=UNKNOWN),
    ]
    nobody = Scope(never=frozenset({"1"}))
    assert blocks_read(decided(*known, scope=nobody), TODAY) == {"1": DEBT | PIN, "2": frozenset({"CW_OF_NO_RULE"})}


def test_a_row_that_has_ended_is_not_in_force() -> None:
    known = [facts("1", rows=[row(expires=TODAY)]), facts("2", rows=[row(expires=TODAY + DAY)])]
    assert blocks_read(decided(*known), TODAY) == {"2": DEBT}


# After changes


def test_changes_add_and_remove_blocks_and_a_card_without_any_is_none() -> None:
    before = {"1": DEBT, "2": DEBT | PIN, "3": PIN}
    changes = [
        change(ChangeKind.REMOVE, "1"),
        change(ChangeKind.REMOVE, "2"),
        change(ChangeKind.ADD, "3"),
        change(ChangeKind.ADD, "4", "pin"),
    ]
    assert blocks_after(before, changes) == {"2": PIN, "3": DEBT | PIN, "4": PIN}
    assert before["1"] == DEBT, "what was read stays as it was"


def test_new_texts_and_counters_set_back_change_no_block() -> None:
    changes = [change(ChangeKind.AMEND), change(ChangeKind.RESET_PIN), change(ChangeKind.RESET_PIN, "8")]
    assert blocks_after({"7": DEBT}, changes) == {"7": DEBT}


# Where no row can be read


def test_without_rows_to_read_it_is_what_the_rules_would_set() -> None:
    announced = policy(debt_rule(announce_days=7), pin_rule())
    known = facts("1", charges=OWES, failed_pin=5, rows=UNKNOWN, restricted=False)
    assert blocks_if_free(decided(known, facts("2", rows=UNKNOWN, restricted=False))) == {"1": DEBT | PIN}
    assert blocks_if_free([decide(known, {}, announced, NOW)]) == {"1": PIN}


# What they owe


def test_blocked_cards_are_counted_with_what_they_owe_before_credit() -> None:
    known = [
        facts("1", charges=[*OWES, fee("0.50", "2")], credit="100.00"),
        facts("2", charges=[fee("2.00")]),
        facts("3", charges=[fee("80.00")]),
    ]
    assert count_blocked({"1": DEBT, "2": PIN}, decided(*known), DKK) == Blocked(2, 30250)


def test_what_is_not_known_of_blocked_cards_is_told_and_not_in_the_sum() -> None:
    hidden = replace(facts("2"), charges=UNKNOWN)
    found = count_blocked({"1": DEBT, "2": DEBT}, decided(facts("1", charges=OWES), hidden), DKK)
    assert found == Blocked(2, 30000, unknown=1)
    assert count_blocked({}, decided(hidden), DKK) == Blocked(0, 0)
