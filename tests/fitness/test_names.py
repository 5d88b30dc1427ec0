"""Names in settings and policy that match nothing in the ILS."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sidecar.core.brakes import Limits, RuleLimits
from sidecar.core.model import Kind
from sidecar.core.policy import ExceptionClause, Policy, Scope
from sidecar.fitness.fitness import Fitness
from sidecar.fitness.names import names_match, reaches_nobody
from sidecar.ports import Category, IlsStatus
from tests.cycle.house import debt_rule, policy

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
STATUS = IlsStatus(
    description="Koha",
    writable=True,
    patron_count=10,
    as_of=NOW,
    categories=(Category("ADULT", "A"), Category("CHILD", "C")),
    libraries=frozenset({"MAIN", "EAST"}),
    charge_types=frozenset({"FEE", "LOST", "OVERDUE"}),
)


def matched(
    policy_: Policy | None = None, *, limits: Limits | None = None, scope: Scope | None = None, **status: object
) -> Fitness:
    return names_match(policy_ or policy(), limits or Limits(), scope or Scope(), replace(STATUS, **status))


def with_exception(**clause: frozenset[str]) -> Policy:
    rule = debt_rule()
    return policy(replace(rule, exceptions=(ExceptionClause(rule.terms, **clause),)))


def test_names_that_there_are_are_not_worth_a_word() -> None:
    scope = Scope(libraries=frozenset({"MAIN"}), categories=frozenset({"CHILD"}))
    limits = Limits(rules={"debt": RuleLimits()})
    known = with_exception(categories=frozenset({"ADULT"}), libraries=frozenset({"EAST"}))
    assert matched(known, limits=limits, scope=scope) == Fitness()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"limits": Limits(rules={"dept": RuleLimits()})},
            "[brakes.rules]: dept is no rule of the policy; there are debt, pin.",
        ),
        (
            {"scope": Scope(libraries=frozenset({"MAIN", "WEST"}))},
            "[scope] libraries: WEST is no library; there are EAST, MAIN.",
        ),
        (
            {"scope": Scope(categories=frozenset({"ADULT", "KID"}))},
            "[scope] categories: KID is no patron category; there are ADULT, CHILD.",
        ),
        (
            {"policy_": with_exception(categories=frozenset({"KID"}))},
            "Rule debt, exception 1, categories: KID is no patron category; there are ADULT, CHILD.",
        ),
        (
            {"policy_": with_exception(libraries=frozenset({"WEST", "MAIN"}))},
            "Rule debt, exception 1, libraries: WEST is no library; there are EAST, MAIN.",
        ),
        (
            {"policy_": replace(policy(), kinds={"LOSS": Kind.REPLACEMENT, "MANUAL": Kind.OTHER})},
            "[kinds]: LOSS is no charge type; there are FEE, LOST, OVERDUE.",
        ),
    ],
)
def test_a_name_that_matches_nothing_is_a_warning_that_says_what_there_is(given: dict[str, object], says: str) -> None:
    assert matched(**given) == Fitness(warnings=(says,))  # type: ignore[arg-type]


def test_a_scope_of_which_nothing_is_there_is_an_error() -> None:
    fitness = matched(scope=Scope(libraries=frozenset({"WEST"})))
    assert fitness.errors == (
        "[scope] libraries names nothing that there is (WEST), so no patron is in scope: there are EAST, MAIN.",
    )
    assert fitness.warnings == ()


def test_what_the_ils_does_not_say_of_itself_is_not_judged() -> None:
    scope = Scope(libraries=frozenset({"WEST"}), categories=frozenset({"KID"}))
    assert matched(scope=scope, libraries=None, categories=None) == Fitness()


def test_long_lists_are_cut() -> None:
    many = frozenset(f"L{number:02}" for number in range(20))
    (warning,) = matched(scope=Scope(libraries=frozenset({"L01", "WEST"})), libraries=many).warnings
    assert warning.endswith("L10, L11 and 8 more.")


# A scope that reaches nobody


def test_a_scope_that_leaves_out_everybody_is_told() -> None:
    scope = Scope(libraries=frozenset({"WEST"}))
    told = reaches_nobody(7, 0, scope, STATUS)
    assert told is not None
    assert "all 7 patrons" in told
    assert reaches_nobody(7, 1, scope, STATUS) is None
    assert reaches_nobody(0, 0, scope, STATUS) is None


def test_a_pilot_in_a_branch_that_there_is_may_have_nobody_to_look_at_today() -> None:
    scope = Scope(libraries=frozenset({"EAST"}))
    assert reaches_nobody(1, 0, scope, STATUS) is None
    assert reaches_nobody(1, 0, scope, replace(STATUS, libraries=None)) is not None
