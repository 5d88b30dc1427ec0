"""The brakes: how much of a plan may go, counted over 24 hours."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from sidecar.core.brakes import (
    Brake,
    Braked,
    ByLibrarySize,
    Circumstances,
    Limit,
    Limits,
    Misfit,
    RuleLimits,
    Tripped,
    apply_brakes,
)
from sidecar.core.plan import Change, ChangeKind, Reason, make_plan
from sidecar.core.policy import RuleKind

ADD, AMEND, REMOVE, RESET = ChangeKind.ADD, ChangeKind.AMEND, ChangeKind.REMOVE, ChangeKind.RESET_PIN
KIND_OF = {
    "debt": RuleKind.DEBT,
    "pin": RuleKind.FAILED_PIN,
    "guests": RuleKind.FAILED_PIN,
    "claims": RuleKind.COLLECTION,
}
TYPES = {rule: f"CW_{rule.upper()}" for rule in KIND_OF}
AT_FIRST = frozenset({"CW_DEBT", "CW_PIN"})
WIDE = Limits(Limit(50, 1.0), Limit(20, 0.2), Limit(50, 20.0))


def some(count: int, kind: ChangeKind = ADD, rule: str = "debt", *, start: int = 0, **more: object) -> list[Change]:
    given = {"reason": Reason.REACHED} | more
    return [
        Change(
            patron=str(number),
            rule=rule,
            kind=kind,
            restriction_type=f"CW_{rule.upper()}",
            rule_kind=KIND_OF[rule],
            **given,  # type: ignore[arg-type]
        )
        for number in range(start, start + count)
    ]


def braked(changes: Iterable[Change], limits: Limits | None = None, **at: object) -> Braked:
    usual = {
        "patrons": 1000,
        "ours_in_force": 100,
        "pin_types": frozenset({"CW_PIN", "CW_GUESTS"}),
        "claim_types": frozenset({"CW_CLAIMS"}),
        "types": TYPES,
    }
    circumstances = Circumstances(**(usual | at))  # type: ignore[arg-type]
    return apply_brakes(make_plan(changes, {}.get), limits or WIDE, circumstances)


def outcome(result: Braked) -> tuple[int, int]:
    return len(result.go), len(result.held)


# The limits


@pytest.mark.parametrize(
    ("limit", "base", "allowed"),
    [
        (Limit(50, 1.0), 0, 50),
        (Limit(50, 1.0), 5000, 50),
        (Limit(50, 1.0), 5099, 50),
        (Limit(50, 1.0), 5100, 51),
        (Limit(0, 20.0), 4, 0),
        (Limit(0, 20.0), 5, 1),
        (Limit(0, 0.0), 10**6, 0),
        (Limit(7), 10**6, 7),
        (Limit(0, 2.3), 3000, 69),
        (Limit(0, 0.7), 11000, 77),
        (Limit(0, 100.0), 33, 33),
    ],
)
def test_a_limit_is_the_larger_of_a_number_and_a_per_cent_rounded_down(limit: Limit, base: int, allowed: int) -> None:
    assert limit.of(base) == allowed


def test_the_limits_that_hold_unless_set() -> None:
    assert (Limits().additions, Limits().pin_additions) == (ByLibrarySize(), ByLibrarySize(divisor=5))
    assert (Limits().removals, Limits().amendments) == (Limit(5, 20.0), 500)


@pytest.mark.parametrize(
    ("patrons", "additions", "pins"),
    [
        (0, 5, 5),
        (300, 5, 5),
        (599, 5, 5),
        (600, 6, 5),
        (3000, 30, 6),
        (5000, 50, 10),
        (5999, 50, 10),
        (6000, 51, 10),
        (100_000, 145, 29),
        (1_000_000, 1045, 209),
    ],
)
def test_the_limits_grow_with_the_library_and_slower_in_a_large_one(patrons: int, additions: int, pins: int) -> None:
    assert (Limits().additions.of(patrons), Limits().pin_additions.of(patrons)) == (additions, pins)


CASES = [
    pytest.param(ADD, "debt", {}, 10, Brake.ADDITIONS, id="additions in a small library"),
    pytest.param(ADD, "debt", {"patrons": 9000}, 54, Brake.ADDITIONS, id="additions in a larger one"),
    pytest.param(ADD, "pin", {}, 5, Brake.PIN_ADDITIONS, id="PIN additions in a small library"),
    pytest.param(ADD, "pin", {"patrons": 15000}, 12, Brake.PIN_ADDITIONS, id="PIN additions in a larger one"),
    pytest.param(REMOVE, "debt", {"ours_in_force": 20}, 5, Brake.REMOVALS, id="removals where few are ours"),
    pytest.param(REMOVE, "debt", {"ours_in_force": 300}, 60, Brake.REMOVALS, id="removals, 20 per cent of ours"),
    pytest.param(REMOVE, "pin", {}, 20, Brake.REMOVALS, id="removals of PIN blocks"),
    pytest.param(REMOVE, "claims", {"claims_in_force": 20}, 5, Brake.OFFICE_RELEASES, id="few claims"),
    pytest.param(REMOVE, "claims", {"claims_in_force": 300}, 60, Brake.OFFICE_RELEASES, id="20 per cent of the claims"),
]


@pytest.mark.parametrize(("kind", "rule", "at", "limit", "brake"), CASES)
def test_at_the_limit_all_go_and_one_more_holds_them_all(
    kind: ChangeKind, rule: str, at: dict[str, int], limit: int, brake: Brake
) -> None:
    result = braked(some(limit, kind, rule), Limits(), **at)
    assert (outcome(result), result.tripped) == ((limit, 0), ())
    result = braked(some(limit + 1, kind, rule), Limits(), **at)
    assert outcome(result) == (0, limit + 1)
    assert result.tripped == (Tripped(brake, limit + 1, 0, limit),)


@pytest.mark.parametrize(("kind", "rule", "at", "limit", "brake"), CASES)
def test_what_was_written_in_the_last_day_counts(
    kind: ChangeKind, rule: str, at: dict[str, int], limit: int, brake: Brake
) -> None:
    used = {"added" if kind is ADD else "removed": {f"CW_{rule.upper()}": limit - 2}}
    assert outcome(braked(some(2, kind, rule), Limits(), **at, **used)) == (2, 0)
    result = braked(some(3, kind, rule), Limits(), **at, **used)
    assert outcome(result) == (0, 3)
    assert result.tripped == (Tripped(brake, 3, limit - 2, limit),)


def test_the_last_days_additions_of_all_rules_count_together() -> None:
    assert outcome(braked(some(1), added={"CW_DEBT": 25, "CW_UNPAID": 24})) == (1, 0)
    assert outcome(braked(some(1), added={"CW_DEBT": 25, "CW_UNPAID": 25})) == (0, 1)


def test_the_last_days_pin_additions_are_those_of_pin_rules() -> None:
    assert outcome(braked(some(1, rule="pin"), added={"CW_DEBT": 49})) == (1, 0)
    assert outcome(braked(some(1, rule="pin"), added={"CW_PIN": 10, "CW_GUESTS": 10})) == (0, 1)
    assert outcome(braked(some(1, rule="pin"), added={"CW_PIN": 10, "CW_GUESTS": 9})) == (1, 0)


def test_additions_and_removals_are_counted_apart() -> None:
    assert outcome(braked(some(1), removed={"CW_DEBT": 50})) == (1, 0)
    assert outcome(braked(some(1, REMOVE), added={"CW_DEBT": 50})) == (1, 0)


def test_what_an_office_released_is_counted_apart_from_what_else_was_removed() -> None:
    assert outcome(braked(some(1, REMOVE), removed={"CW_CLAIMS": 50})) == (1, 0)
    assert outcome(braked(some(1, REMOVE), removed={"CW_CLAIMS": 50, "CW_DEBT": 50})) == (0, 1)
    assert outcome(braked(some(1, REMOVE, "claims"), removed={"CW_DEBT": 50})) == (1, 0)


def test_an_office_s_releases_and_the_others_delay_each_other_not() -> None:
    result = braked([*some(6, REMOVE, "claims"), *some(50, REMOVE, start=100)])
    assert (outcome(result), {change.rule for change in result.held.changes()}) == ((50, 6), {"claims"})
    result = braked([*some(5, REMOVE, "claims"), *some(51, REMOVE, start=100)])
    assert (outcome(result), {change.rule for change in result.held.changes()}) == ((5, 51), {"debt"})


@pytest.mark.parametrize(
    ("limits", "kind", "rule"),
    [
        (Limits(additions=Limit(0)), ADD, "debt"),
        (Limits(pin_additions=Limit(0)), ADD, "pin"),
        (Limits(removals=Limit(0)), REMOVE, "debt"),
        (Limits(amendments=0), AMEND, "debt"),
        (replace(WIDE, rules={"debt": RuleLimits(additions=Limit(0))}), ADD, "debt"),
        (replace(WIDE, rules={"debt": RuleLimits(removals=Limit(0))}), REMOVE, "debt"),
    ],
)
def test_zero_means_none_and_not_no_limit(limits: Limits, kind: ChangeKind, rule: str) -> None:
    result = braked(some(1, kind, rule), limits)
    assert outcome(result) == (0, 1)
    assert result.tripped[0].allowed == 0


def test_a_brake_with_nothing_to_hold_is_not_tripped() -> None:
    none = Limits(Limit(0), Limit(0), Limit(0), 0)
    assert (
        braked(
            [],
            none,
            added={"CW_DEBT": 99},
            removed={"CW_DEBT": 99},
            unbegun=AT_FIRST,
            release_only=True,
        ).tripped
        == ()
    )


# One kind does not delay another


def test_a_brake_on_additions_delays_no_release() -> None:
    result = braked([*some(51), *some(5, REMOVE, start=100)])
    assert {change.kind for change in result.go.changes()} == {REMOVE}
    assert outcome(result) == (5, 51)


def test_a_brake_on_removals_delays_no_addition() -> None:
    result = braked([*some(51, REMOVE), *some(5, start=100), *some(2, AMEND, start=200)])
    assert {change.kind for change in result.go.changes()} == {ADD, AMEND}
    assert outcome(result) == (7, 51)


def test_held_pin_additions_are_not_counted_by_the_brake_on_all_additions() -> None:
    result = braked([*some(21, rule="pin"), *some(50, rule="debt")])
    assert {change.rule for change in result.go.changes()} == {"debt"}
    assert [tripped.brake for tripped in result.tripped] == [Brake.PIN_ADDITIONS]


def test_the_brake_on_all_additions_holds_pin_additions_too() -> None:
    result = braked([*some(20, rule="pin"), *some(31, rule="debt")])
    assert (outcome(result), [tripped.brake for tripped in result.tripped]) == ((0, 51), [Brake.ADDITIONS])


# Payment


def test_releases_with_a_payment_behind_them_are_not_counted_and_not_held() -> None:
    result = braked([*some(60, REMOVE, paid=True), *some(50, REMOVE, start=100)])
    assert outcome(result) == (110, 0)
    result = braked([*some(60, REMOVE, paid=True), *some(51, REMOVE, start=100)])
    assert outcome(result) == (60, 51)
    assert all(change.paid for change in result.go.changes())
    assert outcome(braked([*some(60, REMOVE, "claims", paid=True), *some(5, REMOVE, "claims", start=100)])) == (65, 0)


def test_under_a_changed_policy_they_are_no_longer_paid_and_are_counted() -> None:
    assert outcome(braked(some(60, REMOVE, paid=False))) == (0, 60)


# Per rule


def test_a_rule_may_have_limits_of_its_own() -> None:
    limits = replace(WIDE, rules={"debt": RuleLimits(additions=Limit(3))})
    assert outcome(braked(some(3), limits)) == (3, 0)
    result = braked([*some(4), *some(5, rule="pin")], limits)
    assert {change.rule for change in result.held.changes()} == {"debt"}
    assert outcome(result) == (5, 4)
    assert result.tripped == (Tripped(Brake.ADDITIONS, 4, 0, 3, "debt"),)


def test_a_rules_own_limits_count_what_that_rule_wrote() -> None:
    limits = replace(WIDE, rules={"debt": RuleLimits(Limit(3), Limit(4))})
    assert outcome(braked(some(2), limits, added={"CW_DEBT": 1, "CW_PIN": 9})) == (2, 0)
    assert outcome(braked(some(2), limits, added={"CW_DEBT": 2})) == (0, 2)
    assert outcome(braked(some(2, REMOVE), limits, removed={"CW_DEBT": 2, "CW_PIN": 9})) == (2, 0)
    result = braked(some(2, REMOVE), limits, removed={"CW_DEBT": 3})
    assert result.tripped == (Tripped(Brake.REMOVALS, 2, 3, 4, "debt"),)


def test_a_rules_own_limit_on_removals_leaves_paid_ones_and_other_rules() -> None:
    limits = replace(WIDE, rules={"debt": RuleLimits(removals=Limit(3))})
    removals = [*some(4, REMOVE), *some(9, REMOVE, paid=True, start=50), *some(9, REMOVE, "pin", start=100)]
    result = braked(removals, limits)
    assert outcome(result) == (18, 4)


def test_the_per_cents_of_a_rule_are_of_the_same_wholes() -> None:
    limits = replace(WIDE, rules={"debt": RuleLimits(Limit(0, 1.0), Limit(0, 10.0))})
    assert outcome(braked(some(10), limits)) == (10, 0)
    assert outcome(braked(some(11), limits)) == (0, 11)
    assert outcome(braked(some(10, REMOVE), limits)) == (10, 0)
    assert outcome(braked(some(11, REMOVE), limits)) == (0, 11)


def test_a_rule_named_without_limits_has_none_of_its_own() -> None:
    assert outcome(braked([*some(50), *some(50, REMOVE)], replace(WIDE, rules={"debt": RuleLimits()}))) == (100, 0)


def test_what_a_rules_own_limit_holds_is_not_counted_by_the_wider_one() -> None:
    limits = replace(WIDE, rules={"debt": RuleLimits(additions=Limit(3)), "guests": RuleLimits(additions=Limit(9))})
    result = braked([*some(49), *some(20, rule="pin")], limits)
    assert outcome(result) == (20, 49)


# Approval


def test_what_is_approved_goes_and_is_not_counted() -> None:
    changes = some(101)
    approved = frozenset(change.key for change in changes[:51])
    result = braked(changes, approved=approved)
    assert outcome(result) == (101, 0)
    result = braked([*changes, *some(1, start=200)], approved=approved)
    assert {change.key for change in result.go.changes()} == approved


def test_approval_passes_every_brake() -> None:
    changes = [
        *some(3),
        *some(3, rule="pin", start=10),
        *some(3, REMOVE, start=20),
        *some(3, AMEND, start=30),
        *some(3, start=40, reason=Reason.DRIFT),
    ]
    none = Limits(Limit(0), Limit(0), Limit(0), 0, {"debt": RuleLimits(Limit(0), Limit(0))})
    approved = frozenset(change.key for change in changes)
    result = braked(changes, none, approved=approved, unbegun=AT_FIRST)
    assert (outcome(result), result.tripped) == ((15, 0), ())


def test_where_nothing_may_be_added_an_approval_adds_nothing() -> None:
    changes = [*some(3), *some(3, REMOVE, start=20), *some(3, AMEND, start=30), *some(3, start=40, reason=Reason.DRIFT)]
    result = braked(changes, approved=frozenset(change.key for change in changes), release_only=True)
    assert {change.kind for change in result.go.changes()} == {REMOVE}
    assert outcome(result) == (3, 9)


# First cycle, drift, release only


def test_only_rules_of_which_nothing_was_ever_added_wait() -> None:
    result = braked([*some(1), *some(1, rule="pin")], unbegun=frozenset({"CW_PIN"}))
    assert [change.rule for change in result.held.changes()] == ["pin"]


def test_before_anything_was_added_every_addition_waits_and_removals_and_amendments_do_not() -> None:
    result = braked(
        [*some(1), *some(1, rule="pin"), *some(2, REMOVE, start=5), *some(2, AMEND, start=9)],
        unbegun=AT_FIRST,
    )
    assert {change.kind for change in result.held.changes()} == {ADD}
    assert outcome(result) == (4, 2)
    assert result.tripped == (Tripped(Brake.FIRST_CYCLE, 2, allowed=0),)


def test_release_only_holds_additions_and_amendments_and_releases() -> None:
    changes = [*some(2), *some(3, AMEND, start=5), *some(4, REMOVE, start=10), *some(1, RESET, "pin", start=20)]
    result = braked(changes, release_only=True)
    assert {change.kind for change in result.held.changes()} == {ADD, AMEND}
    assert result.tripped == (Tripped(Brake.RELEASE_ONLY, 2), Tripped(Brake.RELEASE_ONLY, 3))


def test_drift_waits_and_holds_nothing_else() -> None:
    result = braked([*some(3, reason=Reason.DRIFT), *some(50, start=10)])
    assert {change.reason for change in result.held.changes()} == {Reason.DRIFT}
    assert (outcome(result), result.tripped) == ((50, 3), (Tripped(Brake.DRIFT, 3),))


def test_each_brake_names_only_what_no_other_holds_already() -> None:
    result = braked([*some(3, reason=Reason.DRIFT), *some(2, start=10)], release_only=True, unbegun=AT_FIRST)
    assert [(tripped.brake, tripped.asked) for tripped in result.tripped] == [
        (Brake.DRIFT, 3),
        (Brake.RELEASE_ONLY, 2),
    ]


# Amendments


@pytest.mark.parametrize(("asked", "held"), [(500, 0), (501, 1), (620, 120)])
def test_at_most_five_hundred_amendments_go_in_a_cycle(asked: int, held: int) -> None:
    result = braked([*some(asked, AMEND), *some(5, REMOVE, start=5000)])
    assert outcome(result) == (asked - held + 5, held)
    if held:
        assert result.tripped == (Tripped(Brake.AMENDMENTS, held, 500, 500),)
        assert [change.patron for change in result.go.changes()][:2] == ["0", "1"], "the first go first"


def test_approved_amendments_are_not_counted_among_the_five_hundred() -> None:
    changes = some(510, AMEND)
    assert outcome(braked(changes, approved=frozenset(change.key for change in changes[:10]))) == (510, 0)


# A counter is reset only with its removal


def test_a_counter_is_reset_only_together_with_its_removal() -> None:
    pairs = [*some(51, REMOVE, "pin"), *some(51, RESET, "pin")]
    assert outcome(braked(pairs)) == (0, 102)
    one = frozenset({pairs[0].key})
    result = braked(pairs, Limits(removals=Limit(0)), approved=one)
    assert [(change.patron, change.kind) for change in result.go.changes()] == [("0", REMOVE), ("0", RESET)]


def test_a_reset_waits_for_the_removal_of_its_own_rule_and_patron_only() -> None:
    changes = [*some(51, REMOVE, "debt"), *some(2, RESET, "pin"), *some(1, REMOVE, "pin", paid=True)]
    result = braked(changes)
    assert {change.kind for change in result.go.changes()} == {REMOVE, RESET}
    assert outcome(result) == (3, 51)


# What is held stays held


def test_what_a_brake_held_stays_held_one_by_one() -> None:
    """A limit mistyped: 300 held; each of them that moves is seen by a quick cycle, alone and below every limit."""
    result = braked(some(300))
    held = result.lasting()
    assert set(held.values()) == {Brake.ADDITIONS}
    assert outcome(braked(some(1), held=held)) == (0, 1)
    assert outcome(braked(some(1, start=500), held=held)) == (1, 0), "another one goes"
    assert outcome(braked([*some(300), *some(3, start=500)], held=held)) == (3, 300), "and is counted alone"


def test_what_is_held_goes_when_it_is_approved() -> None:
    held = braked(some(300)).lasting()
    approved = frozenset({some(1)[0].key})
    assert outcome(braked(some(2), held=held, approved=approved)) == (1, 1)


def test_what_is_held_and_new_ones_above_the_limit_are_held_together() -> None:
    held = braked(some(300)).lasting()
    result = braked([*some(300), *some(51, start=500)], held=held)
    assert (outcome(result), result.tripped) == ((0, 351), (Tripped(Brake.ADDITIONS, 351, 0, 50),))


def test_a_held_release_goes_when_a_payment_is_behind_it() -> None:
    held = braked(some(51, REMOVE)).lasting()
    assert outcome(braked(some(1, REMOVE), held=held)) == (0, 1)
    assert outcome(braked(some(1, REMOVE, paid=True), held=held)) == (1, 0)


def test_first_additions_held_stay_held_when_others_of_the_rule_were_approved() -> None:
    held = braked(some(3), unbegun=frozenset({"CW_DEBT"})).lasting()
    assert outcome(braked(some(4), held=held)) == (1, 3)


def test_drift_release_only_misfits_and_surplus_texts_are_asked_anew() -> None:
    changes = [*some(1, reason=Reason.DRIFT), *some(1, start=10), *some(502, AMEND, start=20)]
    result = braked(changes, misfits=frozenset({Misfit()}))
    assert {tripped.brake for tripped in result.tripped} == {Brake.DRIFT, Brake.MISFIT, Brake.AMENDMENTS}
    assert result.lasting() == {}


def test_a_limit_of_one_rule_holds_lastingly_too() -> None:
    limits = replace(WIDE, rules={"debt": RuleLimits(additions=Limit(0))})
    held = braked(some(2), limits).lasting()
    assert outcome(braked(some(1), held=held)) == (0, 1)


def test_the_last_days_additions_of_a_rule_are_those_of_its_type() -> None:
    """Renaming a rule opens nothing: its type is what is counted."""
    limits = replace(WIDE, rules={"debt": RuleLimits(additions=Limit(2))})
    assert outcome(braked(some(1), limits, added={"CW_DEBT": 2})) == (0, 1)
    assert outcome(braked(some(1), limits, added={"CW_DEBT": 1})) == (1, 0)


# What does not fit


def test_while_the_policy_does_not_fit_nothing_is_added_approved_or_not_and_releases_go_on() -> None:
    changes = [*some(2), *some(2, REMOVE, start=10)]
    approved = frozenset(change.key for change in changes)
    result = braked(changes, misfits=frozenset({Misfit()}), approved=approved)
    assert {change.kind for change in result.go.changes()} == {REMOVE}
    assert result.tripped == (Tripped(Brake.MISFIT, 2),)


def test_what_does_not_fit_of_one_rule_holds_that_rule_alone() -> None:
    result = braked([*some(2), *some(1, rule="pin")], misfits=frozenset({Misfit("pin")}))
    assert [change.rule for change in result.held.changes()] == ["pin"]


def test_each_held_change_knows_its_brake() -> None:
    result = braked([*some(1, reason=Reason.DRIFT), *some(51, start=10)])
    assert {tripped.brake for tripped in result.by.values()} == {Brake.DRIFT, Brake.ADDITIONS}
    assert result.by.keys() == {change.key for change in result.held.changes()}


def test_what_is_held_stays_held_under_another_name_of_its_rule_or_its_type() -> None:
    held = braked(some(300)).lasting()
    (one,) = some(1)
    assert outcome(braked([replace(one, rule="gaeld")], held=held)) == (0, 1)
    assert outcome(braked([replace(one, restriction_type="CW_OWING")], held=held)) == (0, 1)
    other = replace(one, rule="guests", restriction_type="CW_GUESTS")
    assert outcome(braked([other], held=held)) == (1, 0), "another rule of another type is another change"
