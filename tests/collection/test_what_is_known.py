"""What a rule, and whoever asks, is to know of claims."""

from dataclasses import replace
from datetime import datetime

import pytest

from sidecar.core.collection.claim import ClaimState
from sidecar.core.collection.claims import Claim, Ending, by_patron, by_rule, end, latest, report_of, with_claims
from sidecar.core.model import AgencyReport
from tests.core.builders import DAY, HOUR, NOW, facts

REFERRED = Claim(
    "C-000002", "7", "collection", ClaimState.SENT, NOW, 30000, 30000, referred_at=NOW - 9 * DAY, all_lines=("fee1",)
)
EARLIER = replace(REFERRED, id="C-000001", all_lines=("fee0", "fee8"), ended_at=NOW - DAY)
OF_ANOTHER_RULE = replace(EARLIER, id="C-000003", rule="bills")
OF_ANOTHER_PATRON = replace(REFERRED, id="C-000004", patron="8", reported_at=NOW)


def test_claims_are_told_apart_by_rule_and_patron_in_the_order_of_their_numbers() -> None:
    every = [OF_ANOTHER_PATRON, OF_ANOTHER_RULE, REFERRED, EARLIER]
    assert latest(every) == {
        ("7", "collection"): REFERRED,
        ("7", "bills"): OF_ANOTHER_RULE,
        ("8", "collection"): OF_ANOTHER_PATRON,
    }
    assert by_patron(every) == {"7": [EARLIER, REFERRED, OF_ANOTHER_RULE], "8": [OF_ANOTHER_PATRON]}


@pytest.mark.parametrize(
    ("claims", "report"),
    [
        pytest.param([], None, id="no claim"),
        pytest.param([REFERRED], None, id="one that goes on"),
        pytest.param(
            [replace(REFERRED, reported_at=NOW)], AgencyReport(NOW, None, frozenset({"fee1"})), id="reported paid"
        ),
        pytest.param(
            [replace(REFERRED, ended_at=NOW)], AgencyReport(None, NOW, frozenset({"fee1"})), id="ended otherwise"
        ),
        pytest.param(
            [replace(REFERRED, reported_at=NOW, ended_at=NOW + HOUR)],
            AgencyReport(NOW, None, frozenset({"fee1"})),
            id="reported paid, and ended with its block",
        ),
        pytest.param(
            [replace(REFERRED, referred_at=None, ended_at=NOW)],
            AgencyReport(None, NOW, frozenset()),
            id="paid in time: its charges are nobody's",
        ),
        pytest.param(
            [REFERRED, EARLIER], AgencyReport(None, None, frozenset({"fee0", "fee8"})), id="an earlier one is over"
        ),
    ],
)
def test_the_rule_is_told_of_the_last_claim_and_of_the_charges_of_all_that_are_over(
    claims: list[Claim], report: AgencyReport | None
) -> None:
    assert report_of(claims) == report


def test_a_rule_is_told_of_its_own_claims_alone() -> None:
    every = [OF_ANOTHER_PATRON, OF_ANOTHER_RULE, REFERRED, replace(REFERRED, patron="9")]
    assert by_rule(every) == {
        "7": {"bills": AgencyReport(None, NOW - DAY, frozenset({"fee0", "fee8"}))},
        "8": {"collection": AgencyReport(NOW, None, frozenset({"fee1"}))},
    }
    known = with_claims([facts("7"), facts("9")], every)
    assert [list(each.claims) for each in known] == [["bills"], []]


@pytest.mark.parametrize(("known", "at"), [(None, NOW), (NOW - DAY, NOW - DAY)])
def test_at_its_end_nothing_of_a_claim_waits_any_more(known: datetime | None, at: datetime) -> None:
    claim = replace(REFERRED, ended_at=known, held="lifted by staff", taking_back="a mistake")
    ended = end(claim, Ending.WITHDRAWN, NOW)
    assert ended == replace(REFERRED, state=ClaimState.CLOSED, ending=Ending.WITHDRAWN, ended_at=at)
    assert end(replace(claim, ending=Ending.NEVER_SENT), Ending.WITHDRAWN, NOW).ending is Ending.NEVER_SENT
