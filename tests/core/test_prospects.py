"""What a policy would do today, counted by card and by rule."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from sidecar.core.decide import EVERYONE, decide
from sidecar.core.model import UNKNOWN, Case, Evidence, Facts, StaffRelease, Stage
from sidecar.core.plan import ChangeKind
from sidecar.core.planning import plan_changes
from sidecar.core.policy import Policy, Rule, Scope
from sidecar.core.prospects import prospect_of
from sidecar.core.simulation import By, Effect, Prospect, RuleProspect, Tally
from sidecar.core.verdict import Standing

from .builders import NOW, case, debt_rule, facts, fee, pin_rule, policy, row

DEBT, PIN = debt_rule(), pin_rule()
OWES = [fee("300.00")]


def prospect(
    known: Iterable[Facts],
    *rules: Rule,
    cases: Mapping[str, Case] | None = None,
    now: datetime = NOW,
    scope: Scope = EVERYONE,
) -> Prospect:
    of: Policy = policy(*(rules or (DEBT,)))
    remembered = cases or {}
    decisions = [
        decide(each, {"debt": remembered[each.patron.id]} if each.patron.id in remembered else {}, of, now, scope)
        for each in known
    ]
    plan = plan_changes(decisions, of)
    return prospect_of(decisions, plan, of, now, scope, is_new=lambda patron: patron not in remembered)


def counted(found: Prospect) -> dict[Effect, int]:
    return {effect: tally.cards for effect, tally in found.everyone.items() if tally.cards}


def test_each_rule_counts_its_rows_its_changes_and_its_answers() -> None:
    known = [
        facts("1", charges=OWES),
        facts("2", charges=OWES),
        facts("3", charges=OWES, rows=[row()]),
        facts("4", charges=OWES, rows=[row()]),
        facts("5", rows=[row()]),
        facts("6"),
        facts("7"),
    ]
    found = prospect([facts("0", charges=OWES), *known], DEBT, PIN, scope=Scope(never=frozenset({"0"})))
    nothing, none = dict.fromkeys(ChangeKind, 0), dict.fromkeys(Standing, 0)
    assert found.rules == (
        RuleProspect(
            "debt",
            in_force=3,
            planned=nothing | {ChangeKind.ADD: 2, ChangeKind.REMOVE: 1},
            standing=none | {Standing.BLOCKED: 4, Standing.CLEAR: 3},
            anew=4,
        ),
        RuleProspect("pin", in_force=0, planned=nothing, standing=none | {Standing.CLEAR: 7}, anew=0),
    )
    assert found.planned == nothing | {ChangeKind.ADD: 2, ChangeKind.REMOVE: 1}


def test_of_no_cards_every_effect_is_nothing() -> None:
    assert prospect([]).everyone == dict.fromkeys(Effect, Tally())
    assert prospect([facts()], scope=Scope(never=frozenset({"7"}))).everyone == dict.fromkeys(Effect, Tally())


# If all began today


OVERRIDE = case(DEBT, Stage.OVERRIDDEN, evidence=Evidence(lines=("fee1",)))


def test_what_is_remembered_of_a_card_does_not_count_if_all_began_today() -> None:
    assert counted(prospect([facts(charges=OWES)], cases={"7": OVERRIDE})) == {Effect.ANEW: 1}
    assert counted(prospect([facts("8", charges=OWES)], cases={"7": OVERRIDE})) == {
        Effect.BLOCKED: 1,
        Effect.TO_BLOCK: 1,
        Effect.ANEW: 1,
    }


def test_what_staff_released_by_name_does_not_count_if_all_began_today() -> None:
    release = StaffRelease("3", "CW_DEBT", "debt", "52", photo_id_checked=True, at=NOW)
    assert counted(prospect([facts(charges=OWES, staff_releases=(release,))])) == {Effect.ANEW: 1}


def test_who_may_not_be_in_scope_would_not_be_blocked_if_all_began_today() -> None:
    known = facts(charges=OWES, library=UNKNOWN, rows=[row()])
    assert Effect.ANEW in counted(prospect([known]))
    assert Effect.ANEW not in counted(prospect([known], scope=Scope(libraries=frozenset({"MAIN"}))))


# Who they are


def test_cards_are_told_apart_by_library_and_by_category() -> None:
    known = [
        facts("1", library="MAIN", category="CHILD"),
        facts("2", library="EAST", category="CHILD"),
        facts("3", library="EAST", category="ADULT", charges=OWES),
    ]
    groups = prospect(known).groups
    assert [group.name for group in groups[By.LIBRARY]] == ["EAST", "MAIN"]
    assert [group.name for group in groups[By.CATEGORY]] == ["ADULT", "CHILD"]
    assert [group.tallies[Effect.TO_BLOCK].cards for group in groups[By.CATEGORY]] == [1, 0]


def test_the_day_is_that_of_the_library() -> None:
    """23:30 UTC on the last of February is the first of March in Copenhagen."""
    late = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    known = facts(born=date(2014, 3, 1))
    bands = [prospect([known], now=moment).groups[By.AGE][0].name for moment in (late.replace(hour=22), late)]
    assert bands == ["6-11", "12-14"]
    orphan = replace(row("CW_OF_NO_RULE"), expires=date(2026, 3, 1))
    assert [counted(prospect([facts(rows=[orphan])], now=moment)) for moment in (late.replace(hour=22), late)] == [
        {Effect.IN_FORCE: 1, Effect.BLOCKED: 1},
        {},
    ]
