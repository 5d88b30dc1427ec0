"""What is read beyond what every cycle reads: only what a rule in use asks for."""

from dataclasses import replace

import pytest

from sidecar.core.counting import Age, DayOfYear, EachYear, Loans
from sidecar.core.needs import NOTHING, Needs, Part, needs_of, parts_of
from sidecar.core.policy import Also, Flag, PaidAndReturned, Returned, Rule

from .builders import ONE_OF_EACH, clause, collection_rule, debt_rule, flag_rule, overdue_rule, policy

ASKS = [
    (flag_rule(flag=Flag.ADDRESS), Part.ADDRESS),
    (flag_rule(flag=Flag.EXPIRED), Part.EXPIRED),
    (debt_rule(older_than=Age(31)), Part.AROSE),
    (debt_rule(each_year=EachYear(DayOfYear(2, 1), DayOfYear(1, 1))), Part.AROSE),
    (debt_rule(exceptions=(clause(attributes=["HOME"]),)), Part.ATTRIBUTES),
    (debt_rule(only=clause(attributes=["HOME"])), Part.ATTRIBUTES),
    (debt_rule(also_blocks=Also.GUARANTORS), Part.GUARANTEES),
    (overdue_rule(), Part.OVERDUE),
    (overdue_rule(release=Returned()), Part.OVERDUE),
    (debt_rule(release=PaidAndReturned()), Part.OVERDUE),
    (collection_rule(loans=Loans(60)), Part.OVERDUE),
]


@pytest.mark.parametrize(("rule", "part"), ASKS, ids=lambda each: each.value if isinstance(each, Part) else each.id)
def test_a_rule_needs_the_part_that_it_asks_for(rule: Rule, part: Part) -> None:
    assert parts_of(rule) == {part}


def test_most_rules_need_nothing_more() -> None:
    assert needs_of(policy(*ONE_OF_EACH)) == NOTHING


def test_a_rule_that_is_retired_needs_nothing() -> None:
    assert needs_of(policy(*(replace(rule, retired=True) for rule, _part in ASKS))) == NOTHING


def test_policies_need_together_what_each_of_them_does() -> None:
    home, away = clause(attributes=["HOME"]), clause(attributes=["AWAY", "FAR"])
    one, other = policy(debt_rule(exceptions=(home,)), overdue_rule()), policy(debt_rule(only=away))
    assert needs_of(one, other) == Needs(frozenset({Part.ATTRIBUTES, Part.OVERDUE}), frozenset({"HOME", "AWAY", "FAR"}))
