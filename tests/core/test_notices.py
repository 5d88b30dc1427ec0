"""Notices of announcements: one for each, known by its rule and the second of the announcement."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sidecar.core.decide import decide
from sidecar.core.model import Case, Facts, Notice, NoticeStatus, Stage
from sidecar.core.notices import (
    CODE,
    NoticeOrder,
    announcement_of,
    has_failed,
    key_of,
    notice_of,
    notices_to_send,
    waits_in_vain,
)
from sidecar.core.policy import Announce, Policy
from sidecar.core.verdict import Decision, Standing

from .builders import DAY, NOW, case, collection_rule, debt_rule, facts, fee, policy

RULE = debt_rule(announce_days=7, announce=Announce.NOTICE)
SILENT = collection_rule()
TOLD = case(RULE, Stage.ANNOUNCED, since=NOW - DAY)
OWES = [fee("300.00")]
POLICY = policy(RULE, SILENT)


def told(remembered: Case | None = TOLD, under: Policy = POLICY, **known: object) -> Decision:
    of: dict[str, object] = {"charges": OWES, "sends_notices": True} | known
    return decide(facts(**of), {} if remembered is None else {"debt": remembered}, under, NOW)


def notice(status: NoticeStatus, about: datetime = TOLD.since) -> dict[str, Notice]:
    return {"debt": Notice(status, NOW, about)}


# Keys


def test_a_notice_is_known_by_its_rule_and_the_second_of_its_announcement() -> None:
    since = datetime(2026, 3, 2, 9, 0, 5, 900_000, tzinfo=UTC)
    assert key_of("debt", since) == "debt:1772442005"
    assert announcement_of("debt:1772442005") == ("debt", since.replace(microsecond=0))
    assert announcement_of("a:rule:1772442005") == ("a:rule", since.replace(microsecond=0))


@pytest.mark.parametrize(
    "key",
    ["", "debt", "debt:", ":1772442005", "1772442005", "debt:x", "debt:-5", "debt:1.5", "debt:٣", "debt:²"],
)
def test_what_is_no_key_of_ours_names_no_announcement(key: str) -> None:
    assert announcement_of(key) is None


@pytest.mark.parametrize(("digits", "known"), [(10, True), (11, True), (12, False)])
def test_a_second_has_at_most_eleven_digits(digits: int, known: bool) -> None:
    assert (announcement_of("debt:" + "1" * digits) is not None) is known


# What is sent


def test_an_announcement_of_a_rule_that_tells_by_notice_has_one() -> None:
    orders = list(notices_to_send([told()], POLICY))
    assert orders == [NoticeOrder("7", key_of("debt", TOLD.since), CODE)]
    assert CODE == "CW_COLLECTION", "the letter's code in the ILS"


@pytest.mark.parametrize("status", list(NoticeStatus))
def test_one_that_the_ils_knows_is_not_asked_for_again(status: NoticeStatus) -> None:
    assert list(notices_to_send([told(notices=notice(status))], POLICY)) == []


def test_one_of_an_earlier_announcement_is_another() -> None:
    for off in (timedelta(seconds=-1), timedelta(seconds=1)):
        earlier = told(notices=notice(NoticeStatus.PENDING, TOLD.since + off))
        assert notice_of(earlier, earlier.verdicts[0]) is None
        assert len(list(notices_to_send([earlier], POLICY))) == 1
    same_second = told(notices=notice(NoticeStatus.PENDING, TOLD.since + timedelta(milliseconds=999)))
    assert notice_of(same_second, same_second.verdicts[0]) is not None


@pytest.mark.parametrize(
    "decision",
    [
        told(sends_notices=False),
        told(charges=[]),
        told(replace(TOLD, noticed_at=NOW)),
        told(case(RULE)),
    ],
    ids=["the ILS sends none", "nothing is announced", "it went out", "the block was lifted"],
)
def test_where_none_is_wanted_none_is_asked_for(decision: Decision) -> None:
    assert list(notices_to_send([decision], POLICY)) == []


def test_a_rule_that_does_not_tell_by_notice_asks_for_none() -> None:
    both = told()
    assert [verdict.standing for verdict in both.verdicts] == [Standing.ANNOUNCED] * 2
    assert [order.key.split(":")[0] for order in notices_to_send([both], POLICY)] == ["debt"]


# What waits in vain, and what failed


def test_announcements_wait_in_vain_where_the_ils_sends_no_notice() -> None:
    other = replace(RULE, id="bills", restriction_type="CW_BILLS")
    under = policy(RULE, SILENT, other)
    without = [told(under=under, sends_notices=False), told(None, under=under, sends_notices=False)]
    assert waits_in_vain(without, under) == ("bills", "debt")
    assert waits_in_vain([told(under=under)], under) == ()
    assert waits_in_vain([told(charges=[], sends_notices=False)], POLICY) == ()
    assert waits_in_vain([told(replace(TOLD, noticed_at=NOW), sends_notices=False)], POLICY) == ()


@pytest.mark.parametrize(
    ("known", "failed"),
    [
        (facts(charges=OWES, notices=notice(NoticeStatus.FAILED)), True),
        (facts(charges=OWES, notices=notice(NoticeStatus.PENDING)), False),
        (facts(charges=OWES), False),
        (facts(charges=OWES, notices=notice(NoticeStatus.FAILED, NOW - 9 * DAY)), False),
        (facts(notices=notice(NoticeStatus.FAILED)), False),
    ],
    ids=["it failed", "it is on its way", "none is known", "another's failed", "nothing is announced"],
)
def test_a_notice_that_failed_is_told_as_long_as_its_announcement_stands(known: Facts, failed: bool) -> None:
    decision = decide(known, {"debt": TOLD}, POLICY, NOW)
    assert has_failed(decision, decision.verdicts[0]) is failed


def test_one_that_went_out_has_not_failed_whatever_is_said_of_it_later() -> None:
    decision = told(replace(TOLD, noticed_at=NOW), notices=notice(NoticeStatus.FAILED))
    assert has_failed(decision, decision.verdicts[0]) is False
