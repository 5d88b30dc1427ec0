"""What the office says is taken where it fits the claim, and is a problem of its line where it does not."""

from datetime import timedelta

import pytest

from sidecar.core.collection.claim import HeardKind, Message, Problem
from sidecar.core.collection.hearing import hear
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
