"""What the office says is taken where it fits the claim, and is a problem of its line where it does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.core.collection.claim import ClaimState, HeardKind, Message, OrderKind, Problem
from sidecar.core.collection.claims import Claim, Ending, Step
from sidecar.core.collection.hearing import hear, said
from tests.core.builders import DAY, NOW, fee

from .life import Life, life


def sent() -> Life:
    return life().cycle(charges=[fee("300.00")]).cycle(7 * DAY).send()


def problem(outcome: Problem | None) -> str:
    assert outcome is not None
    return outcome.what


def test_an_unknown_claim_is_a_problem_of_its_line() -> None:
    outcome = hear(None, Message(HeardKind.PAID_IN_FULL, "C-000009", None, NOW.date(), 4), (), NOW)
    assert outcome == Problem(4, "claim C-000009 is not known here")


def test_a_claim_of_another_patron_is_not_touched() -> None:
    patron = sent()
    outcome = hear(patron.claim, Message(HeardKind.PAID_IN_FULL, "C-000001", None, NOW.date(), 2, "8"), (), NOW)
    assert isinstance(outcome, Problem)
    assert "not of the patron" in outcome.what


@pytest.mark.parametrize("kind", list(HeardKind))
def test_nothing_is_taken_of_a_claim_that_was_only_told(kind: HeardKind) -> None:
    patron = life().cycle(charges=[fee("300.00")])
    assert "was not sent" in problem(patron.says(kind, 100))


def test_an_answer_that_comes_before_the_delivery_is_known_counts() -> None:
    patron = life().cycle(charges=[fee("300.00")]).cycle(7 * DAY).file()
    assert patron.says(HeardKind.PAID_IN_FULL, 30000) is None
    assert patron.deliver().state == "reported_paid"


@pytest.mark.parametrize(
    ("kind", "amount", "what"),
    [
        (HeardKind.PART_PAID, None, "names no amount"),
        (HeardKind.PART_PAID, 0, "names no amount"),
        (HeardKind.PART_PAID, 30001, "more than was claimed"),
        (HeardKind.PAID_IN_FULL, 29999, "less than was claimed"),
    ],
)
def test_an_amount_that_does_not_fit_changes_nothing(kind: HeardKind, amount: int | None, what: str) -> None:
    patron = sent()
    before = patron.claim
    assert what in problem(patron.says(kind, amount))
    assert patron.claim == before


def test_part_payments_add_up_to_no_more_than_was_claimed() -> None:
    patron = sent()
    assert patron.says(HeardKind.PART_PAID, 20000) is None
    assert patron.says(HeardKind.PART_PAID, 10000) is None
    assert "more than was claimed" in problem(patron.says(HeardKind.PART_PAID, 1))


def test_the_same_message_again_is_a_duplicate() -> None:
    patron = sent()
    assert patron.says(HeardKind.PART_PAID, 10000) is None
    assert "duplicate" in problem(patron.says(HeardKind.PART_PAID, 10000))
    assert patron.claim.paid_to_office == 10000


def test_a_claim_and_its_withdrawal_acknowledged_on_one_day_in_the_same_words_are_both_heard() -> None:
    patron = sent()
    assert patron.says(HeardKind.ACKNOWLEDGED) is None
    patron.cycle(timedelta(0), charges=[]).send()
    assert patron.state == "withdrawn"
    assert patron.says(HeardKind.ACKNOWLEDGED) is None
    assert patron.claim.ended_at is not None
    assert patron.says(HeardKind.ACKNOWLEDGED) is not None, "a third time it is a duplicate"
    assert (patron.cycle().state, patron.blocked) == ("closed", False)


def test_a_balance_on_its_way_of_a_claim_that_was_refused_is_not_the_claim() -> None:
    refused = replace(
        sent().claim, state=ClaimState.REFERRED, told_amount=None, in_file=5, filed=OrderKind.UPDATE, filed_amount=30000
    )
    message = Message(HeardKind.ACKNOWLEDGED, refused.id, None, NOW.date(), 2)
    assert "was not sent" in problem(_problem(hear(refused, message, (), NOW)))
    assert isinstance(hear(replace(refused, filed=OrderKind.CLAIM), message, (), NOW), Step)


def _problem(outcome: Step | Problem) -> Problem:
    assert isinstance(outcome, Problem)
    return outcome


def test_paid_is_said_once() -> None:
    patron = sent()
    assert patron.says(HeardKind.PAID_IN_FULL) is None
    assert "reported paid in full before" in problem(patron.says(HeardKind.PART_PAID, 100))


def test_nothing_is_taken_of_a_closed_claim() -> None:
    patron = sent()
    assert patron.says(HeardKind.CLOSED) is None
    assert "is closed" in problem(patron.says(HeardKind.PAID_IN_FULL))


def test_a_claim_reported_paid_and_then_closed_was_paid() -> None:
    patron = sent()
    patron.says(HeardKind.PAID_IN_FULL)
    assert patron.says(HeardKind.CLOSED) is None
    assert (patron.cycle().blocked, patron.claim.ending) == (False, "agency_paid")


# What a message leaves behind


def test_a_message_is_a_step_with_its_numbers_its_day_and_its_line() -> None:
    claim = sent().claim
    message = Message(HeardKind.PART_PAID, claim.id, 10000, NOW.date(), 4, reference="B-77")
    step = hear(claim, message, (), NOW)
    assert step == Step(
        replace(claim, state=ClaimState.PART_PAID, paid_to_office=10000, heard_at=NOW),
        "heard.part_paid",
        (("amount", 10000), ("reference", "B-77"), ("day", "2026-03-02"), ("line", 4)),
    )
    bare = hear(claim, Message(HeardKind.ACKNOWLEDGED, claim.id, None, NOW.date(), 2), (), NOW)
    assert bare == Step(
        replace(claim, state=ClaimState.ACKNOWLEDGED, heard_at=NOW),
        "heard.acknowledged",
        (("day", "2026-03-02"), ("line", 2)),
    )


def test_a_payment_is_known_by_its_reference_and_anything_else_by_what_it_says() -> None:
    paid = Message(HeardKind.PART_PAID, "C-000001", 10000, NOW.date(), 4, reference="B-77")
    assert said(paid) == said(replace(paid, amount=1, line=9)) == ("payment", None, "B-77")
    assert said(replace(paid, reference="")) == ("part_paid", 10000, "2026-03-02")


def heard(claim: Claim, kind: HeardKind, amount: int | None = None) -> Claim:
    step = hear(claim, Message(kind, claim.id, amount, NOW.date(), 2, claim.patron), (), NOW)
    assert isinstance(step, Step)
    return step.claim


def test_paid_in_full_ends_what_the_library_wanted_to_take_back() -> None:
    claim = replace(sent().claim, taking_back="a mistake", ending=Ending.WITHDRAWN, paid_to_office=10000)
    for amount, paid in ((None, 10000), (20000, 30000), (25000, 35000)):
        found = heard(claim, HeardKind.PAID_IN_FULL, amount)
        assert (found.state, found.reported_at, found.paid_to_office) == (ClaimState.REPORTED_PAID, NOW, paid)
        assert (found.taking_back, found.ending) == ("", None)


def test_what_the_office_refuses_is_as_if_it_had_never_been_sent_and_waits_for_staff() -> None:
    found = heard(sent().claim, HeardKind.REFUSED)
    assert (found.state, found.told_amount, found.sent_at) == (ClaimState.REFERRED, None, None)
    assert found.held == "refused by the office"


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (ClaimState.SENT, ClaimState.ACKNOWLEDGED),
        (ClaimState.ACKNOWLEDGED, ClaimState.ACKNOWLEDGED),
        (ClaimState.PART_PAID, ClaimState.PART_PAID),
        (ClaimState.WITHDRAWN, ClaimState.WITHDRAWN),
    ],
)
def test_what_is_acknowledged_is_no_less_than_before(state: ClaimState, then: ClaimState) -> None:
    found = heard(replace(sent().claim, state=state), HeardKind.ACKNOWLEDGED)
    assert (found.state, found.ended_at) == (then, NOW if state is ClaimState.WITHDRAWN else None)
    ended = replace(sent().claim, state=ClaimState.WITHDRAWN, ended_at=NOW - DAY)
    assert heard(ended, HeardKind.ACKNOWLEDGED).ended_at == NOW - DAY


def test_a_part_payment_of_what_was_taken_back_does_not_bring_it_back() -> None:
    found = heard(replace(sent().claim, state=ClaimState.WITHDRAWN), HeardKind.PART_PAID, 100)
    assert (found.state, found.paid_to_office) == (ClaimState.WITHDRAWN, 100)


@pytest.mark.parametrize(
    ("state", "ending"),
    [(ClaimState.REPORTED_PAID, Ending.AGENCY_PAID), (ClaimState.SENT, Ending.GIVEN_BACK)],
)
def test_a_claim_that_the_office_closes_is_over_at_once(state: ClaimState, ending: Ending) -> None:
    found = heard(replace(sent().claim, state=state), HeardKind.CLOSED)
    assert (found.state, found.ending, found.ended_at) == (ClaimState.CLOSED, ending, NOW)


@pytest.mark.parametrize(
    ("told", "filed", "in_range", "paid", "fits"),
    [
        (30000, 0, 30000, 30000, True),
        (30000, 0, 30000, 30001, False),
        (20000, 0, 30000, 30000, True),
        (40000, 0, 30000, 40000, True),
        (None, 40000, 30000, 40000, True),
        (None, 40000, 30000, 40001, False),
    ],
)
def test_a_part_payment_is_of_no_more_than_the_office_was_told_or_the_claim_was_made_of(
    told: int | None, filed: int, in_range: int, paid: int, fits: bool
) -> None:
    claim = replace(sent().claim, told_amount=told, filed_amount=filed, in_range=in_range)
    step = hear(claim, Message(HeardKind.PART_PAID, claim.id, paid, NOW.date(), 2), (), NOW)
    assert isinstance(step, Step) is fits


@pytest.mark.parametrize(("before", "paid", "fits"), [(0, 30000, True), (0, 29999, False), (10000, 20000, True)])
def test_paid_in_full_is_with_all_that_was_paid_before(before: int, paid: int, fits: bool) -> None:
    claim = replace(sent().claim, paid_to_office=before)
    step = hear(claim, Message(HeardKind.PAID_IN_FULL, claim.id, paid, NOW.date(), 2), (), NOW)
    assert isinstance(step, Step) is fits
