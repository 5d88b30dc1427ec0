"""Who is looked at at all."""

from datetime import timedelta

import pytest

from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Scope
from sidecar.core.verdict import Standing

from .builders import NOW, case, debt_rule, facts, fee, pin_rule, policy, row, verdict_of

DEBT = debt_rule()
OWING = [fee("300.00")]
TODAY = NOW.date()


def in_scope(scope: Scope, **known: object) -> object:
    return scope.includes(facts(**known), TODAY)  # type: ignore[arg-type]


def test_by_default_everyone_is_in_scope() -> None:
    assert in_scope(Scope()) is True
    assert in_scope(Scope(), library=UNKNOWN, category=UNKNOWN, expires=UNKNOWN) is True


@pytest.mark.parametrize(
    ("scope", "inside", "outside"),
    [
        (Scope(libraries=frozenset({"MAIN"})), {"library": "MAIN"}, {"library": "NORTH"}),
        (Scope(categories=frozenset({"ADULT"})), {"category": "ADULT"}, {"category": "CHILD"}),
        (Scope(statistical_categories=frozenset({"STAT"})), {"category": "ADULT"}, {"category": "STAT"}),
        (Scope(expired_days=90), {"expires": TODAY - timedelta(days=90)}, {"expires": TODAY - timedelta(days=91)}),
        (Scope(expired_days=0), {"expires": TODAY}, {"expires": TODAY - timedelta(days=1)}),
        (Scope(never=frozenset({"7"})), {"number": "8"}, {"number": "7"}),
    ],
    ids=["library", "category", "statistical", "expired 90 days", "expired 0 days", "never"],
)
def test_the_scope_leaves_out_whom_it_does_not_name(scope: Scope, inside: dict, outside: dict) -> None:  # type: ignore[type-arg]
    assert in_scope(scope, **inside) is True
    assert in_scope(scope, **outside) is False


@pytest.mark.parametrize(
    ("scope", "unknown"),
    [
        (Scope(libraries=frozenset({"MAIN"})), "library"),
        (Scope(categories=frozenset({"ADULT"})), "category"),
        (Scope(statistical_categories=frozenset({"STAT"})), "category"),
        (Scope(expired_days=90), "expires"),
    ],
    ids=["library", "category", "statistical", "expired"],
)
def test_a_fact_that_decides_the_scope_and_is_unknown_leaves_it_unknown(scope: Scope, unknown: str) -> None:
    assert in_scope(scope, **{unknown: UNKNOWN}) is UNKNOWN


def test_one_no_outweighs_an_unknown() -> None:
    scope = Scope(libraries=frozenset({"MAIN"}), categories=frozenset({"ADULT"}))
    assert in_scope(scope, library="NORTH", category=UNKNOWN) is False
    assert in_scope(scope, library=UNKNOWN, category="CHILD") is False


def test_a_card_that_never_expires_is_never_expired_for_long() -> None:
    assert in_scope(Scope(expired_days=0), expires=None) is True


def test_nothing_is_decided_for_who_is_out_of_scope_and_orphans_are_listed() -> None:
    stray = row("CW_OLD")
    scope = Scope(never=frozenset({"7"}))
    decision = decide(facts(charges=OWING, rows=[row(), stray]), {"debt": case(DEBT)}, policy(DEBT), NOW, scope)
    assert (decision.in_scope, decision.verdicts, decision.orphans) == (False, (), (stray,))
    assert decision.patron == "7"


ONLY_MAIN = Scope(libraries=frozenset({"MAIN"}))


def test_while_the_scope_is_unknown_nothing_is_added() -> None:
    verdict = verdict_of(DEBT, facts(charges=OWING, library=UNKNOWN), scope=ONLY_MAIN)
    assert (verdict.standing, verdict.change, verdict.case_after) == (Standing.UNDECIDED, None, None)


def test_while_the_scope_is_unknown_nothing_is_removed_and_the_row_is_seen() -> None:
    verdict = verdict_of(DEBT, facts(rows=[row()], library=UNKNOWN), case(DEBT), scope=ONLY_MAIN)
    assert (verdict.standing, verdict.change) == (Standing.UNDECIDED, None)
    assert verdict.case_after is not None
    assert verdict.case_after.seen_at == NOW


def test_while_the_scope_is_unknown_a_card_with_nothing_to_say_is_clear() -> None:
    decision = decide(facts(library=UNKNOWN), {}, policy(DEBT, pin_rule()), NOW, ONLY_MAIN)
    assert decision.in_scope
    assert {verdict.standing for verdict in decision.verdicts} == {Standing.CLEAR}


def test_the_day_that_decides_the_scope_is_the_librarys() -> None:
    """At 23:30 UTC on the second it is the third in Copenhagen."""
    known, scope, late = facts(expires=TODAY), Scope(expired_days=0), NOW.replace(hour=23, minute=30)
    assert decide(known, {}, policy(DEBT), NOW, scope).in_scope is True
    assert decide(known, {}, policy(DEBT), late, scope).in_scope is False


def test_in_scope_all_goes_its_way() -> None:
    assert verdict_of(DEBT, facts(charges=OWING), scope=ONLY_MAIN).change is ChangeKind.ADD
