"""What a claim's step rests on: the rule's verdict, as it is once the cycle has made its changes or not."""

from dataclasses import replace

import pytest

from sidecar.core.collection.seeing import seen_of
from sidecar.core.collection.steps import Seen, Where
from sidecar.core.model import UNKNOWN, AgencyReport, Case, Facts, Kind, Stage
from sidecar.core.policy import Rule
from tests.core.builders import (
    DAY,
    HOUR,
    NOW,
    TODAY,
    case,
    clause,
    collection_rule,
    facts,
    fee,
    other,
    policy,
    row,
    verdict_of,
)

RULE = collection_rule()
OWES = [fee("300.00")]
TOLD = case(RULE, Stage.ANNOUNCED, since=NOW - 3 * DAY)
TO_BE_REFERRED = replace(TOLD, since=NOW - 9 * DAY)
BLOCKED = case(RULE, since=NOW - 5 * DAY)
ROW = row("CW_COLLECTION")


def seen(known: Facts, remembered: Case | None = None, rule: Rule = RULE, *, done: bool = True) -> Seen:
    return seen_of(verdict_of(rule, known, remembered), known, rule, policy(rule), NOW, done=done)


@pytest.mark.parametrize(
    ("known", "remembered", "done", "where", "since"),
    [
        pytest.param(facts(charges=OWES), TOLD, True, Where.TOLD, TOLD.since, id="told"),
        pytest.param(facts(charges=OWES), None, True, Where.TOLD, NOW, id="told now"),
        pytest.param(facts(charges=OWES), TO_BE_REFERRED, False, Where.DUE, TO_BE_REFERRED.since, id="held back"),
        pytest.param(facts(charges=OWES), TO_BE_REFERRED, True, Where.BLOCKED, NOW, id="referred"),
        pytest.param(facts(charges=OWES, rows=[ROW]), BLOCKED, True, Where.BLOCKED, BLOCKED.since, id="blocked"),
        pytest.param(
            facts(charges=OWES, rows=[ROW], agency=AgencyReport(NOW - HOUR)),
            BLOCKED,
            False,
            Where.BLOCKED,
            BLOCKED.since,
            id="to be freed, and held back",
        ),
        pytest.param(
            facts(charges=OWES, rows=[ROW], agency=AgencyReport(NOW - HOUR)),
            BLOCKED,
            True,
            Where.CLEAR,
            NOW,
            id="freed",
        ),
        pytest.param(facts(), None, True, Where.CLEAR, NOW, id="free"),
        pytest.param(facts(charges=UNKNOWN), TOLD, True, Where.UNKNOWN, TOLD.since, id="not known"),
    ],
)
def test_where_a_card_stands_and_since_when(
    known: Facts, remembered: Case | None, done: bool, where: Where, since: object
) -> None:
    found = seen(known, remembered, done=done)
    assert (found.where, found.since) == (where, since)


def test_a_block_that_staff_lifted_is_not_a_claim_any_more() -> None:
    rule = collection_rule()
    lifted = case(rule, Stage.OVERRIDDEN, since=NOW - DAY, evidence=verdict_of(rule, facts(charges=OWES)).evidence)
    assert seen(facts(charges=OWES), lifted).where is Where.LIFTED


def test_it_says_whose_and_how_much_and_the_day_of_the_newest_charge_that_counts() -> None:
    fees_alone = collection_rule(counts=frozenset({Kind.FEE}))
    charges = [
        replace(fee("300.00"), incurred=TODAY - 9 * DAY),
        replace(fee("40.00", "2"), incurred=TODAY - 2 * DAY),
        fee("1.00", "3"),
        replace(other("50.00"), incurred=TODAY),
    ]
    found = seen(facts(charges=charges, credit="1.00", paid_at=NOW - HOUR), None, fees_alone)
    assert (found.patron, found.rule, found.owed) == ("7", "collection", 34000)
    assert (found.lines, found.newest) == (("fee1", "fee2", "fee3"), TODAY - 2 * DAY)
    assert found.open_lines == {"fee1", "fee2", "fee3"}
    assert (found.paid_at, found.adopted, found.wanted) == (NOW - HOUR, False, True)


def test_charges_of_claims_that_are_over_are_open_and_not_counted() -> None:
    over = AgencyReport(None, NOW - DAY, frozenset({"fee1"}))
    found = seen(facts(charges=[*OWES, fee("40.00", "2")], claims={"collection": over}))
    assert (found.owed, found.lines, found.open_lines) == (4000, ("fee2",), {"fee1", "fee2"})


def test_of_charges_that_cannot_be_read_nothing_is_said() -> None:
    found = seen(facts(charges=UNKNOWN, rows=[ROW]), BLOCKED)
    assert (found.owed, found.newest, found.open_lines) == (None, None, frozenset())


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (RULE, True),
        (replace(RULE, retired=True), False),
        (collection_rule(exceptions=(clause(categories=["ADULT"]),)), False),
        (collection_rule(exceptions=(clause(categories=["CHILD"]),)), True),
    ],
    ids=["usual", "retired", "exempt", "not exempt"],
)
def test_a_claim_is_wanted_unless_the_rule_is_retired_or_exempts_the_patron(rule: Rule, wanted: bool) -> None:
    assert seen(facts(charges=OWES), None, rule).wanted is wanted


def test_a_row_that_was_found_is_told_as_such() -> None:
    found = seen(facts(charges=OWES, rows=[ROW]))
    assert (found.adopted, found.where) == (True, Where.BLOCKED)
