"""One step of a claim, by what a cycle saw: which state and which numbers follow, and when nothing does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.core.collection.claim import ClaimState, OrderKind
from sidecar.core.collection.claims import Claim, Ending, Step
from sidecar.core.collection.steps import (
    ADOPTED,
    CANCELLED,
    LIFTED,
    NEW,
    UNWANTED,
    Seen,
    Where,
    advance,
    delivered,
    filed,
    unfiled,
)
from tests.core.builders import DAY, HOUR, NOW, TODAY

SECOND = timedelta(seconds=1)
TOLD_AT, REFERRED_AT, SENT_AT = NOW - 20 * DAY, NOW - 13 * DAY, NOW - 12 * DAY
TOLD = Claim(
    "C-000001",
    "7",
    "collection",
    ClaimState.TOLD,
    TOLD_AT,
    30000,
    30000,
    lines=("fee1",),
    all_lines=("fee1",),
    newest=TODAY - 40 * DAY,
)
REFERRED = replace(TOLD, state=ClaimState.REFERRED, referred_at=REFERRED_AT)
SENT = replace(REFERRED, state=ClaimState.SENT, sent_at=SENT_AT, told_amount=30000)
OWES = Seen("7", "collection", Where.BLOCKED, REFERRED_AT, 30000, ("fee1",), open_lines=frozenset({"fee1"}))
PAID = replace(OWES, owed=0, lines=(), open_lines=frozenset(), paid_at=NOW - HOUR)
GONE = replace(PAID, paid_at=None)


def step(claim: Claim | None, seen: Seen) -> Step | None:
    """The one step that follows, if any does."""
    steps = advance(claim, seen, NOW)
    assert len(steps) <= 1
    return steps[0] if steps else None


def after(claim: Claim | None, seen: Seen) -> Claim:
    found = step(claim, seen)
    assert found is not None
    return found.claim


def is_over(claim: Claim, ending: Ending) -> bool:
    return (claim.state, claim.ending, claim.ended_at) == (ClaimState.CLOSED, ending, NOW)


@pytest.mark.parametrize("claim", [None, TOLD, REFERRED, SENT])
def test_what_cannot_be_decided_moves_nothing(claim: Claim | None) -> None:
    assert step(claim, replace(PAID, where=Where.UNKNOWN)) is None


@pytest.mark.parametrize(
    ("claim", "where"),
    [
        (TOLD, Where.TOLD),
        (replace(TOLD, state=ClaimState.DUE), Where.DUE),
        (REFERRED, Where.BLOCKED),
        (replace(REFERRED, in_file=4), Where.BLOCKED),
        (SENT, Where.BLOCKED),
    ],
)
def test_where_nothing_changed_there_is_no_step(claim: Claim, where: Where) -> None:
    assert step(claim, replace(OWES, where=where, since=TOLD_AT)) is None


# It begins


@pytest.mark.parametrize(
    ("where", "state"),
    [(Where.TOLD, ClaimState.TOLD), (Where.DUE, ClaimState.DUE), (Where.BLOCKED, ClaimState.REFERRED)],
)
def test_a_claim_begins_with_what_was_seen(where: Where, state: ClaimState) -> None:
    seen = replace(OWES, where=where, newest=TODAY, paid_at=NOW - DAY)
    begun = Claim(
        NEW,
        "7",
        "collection",
        state,
        REFERRED_AT,
        30000,
        30000,
        lines=("fee1",),
        newest=TODAY,
        referred_at=NOW if where is Where.BLOCKED else None,
        paid_at=NOW - DAY,
        all_lines=("fee1",),
    )
    assert step(None, seen) == Step(begun, state.value, (("amount", 30000),))


@pytest.mark.parametrize("where", [Where.CLEAR, Where.LIFTED])
def test_none_begins_on_a_card_that_is_free(where: Where) -> None:
    assert step(None, replace(OWES, where=where)) is None


@pytest.mark.parametrize("owed", [None, 0, -1])
def test_a_claim_for_what_is_not_known_or_nothing_is_one_for_nothing(owed: int | None) -> None:
    begun = after(None, replace(OWES, owed=owed))
    assert (begun.amount, begun.in_range) == (0, 0)


def test_a_row_that_was_found_waits_for_staff_and_a_patron_who_was_told_does_not() -> None:
    begun = step(None, replace(OWES, adopted=True))
    assert begun is not None
    assert (begun.claim.held, begun.evidence) == (ADOPTED, (("amount", 30000), ("held", ADOPTED)))
    assert after(None, replace(OWES, adopted=True, where=Where.TOLD)).held == ""


# It is over


OVER = replace(SENT, state=ClaimState.CLOSED, ending=Ending.GIVEN_BACK, ended_at=NOW - DAY)


@pytest.mark.parametrize("where", [Where.TOLD, Where.DUE, Where.BLOCKED])
def test_after_its_end_another_case_is_another_claim(where: Where) -> None:
    for since, begins in ((NOW - DAY - SECOND, False), (NOW - DAY, False), (NOW - DAY + SECOND, True)):
        found = step(OVER, replace(OWES, where=where, since=since))
        assert (found is not None and found.claim.id == NEW) is begins
    assert after(replace(OVER, ended_at=None), replace(OWES, where=where)).id == NEW


@pytest.mark.parametrize("where", [Where.CLEAR, Where.LIFTED])
def test_after_its_end_a_free_card_is_no_claim(where: Where) -> None:
    assert step(OVER, replace(OWES, where=where, since=NOW)) is None


def test_it_is_remembered_as_unpaid_as_long_as_one_of_its_charges_is_open() -> None:
    clear = replace(GONE, where=Where.CLEAR)
    both = replace(OVER, lines=("fee1", "fee2"))
    assert step(both, replace(clear, open_lines=frozenset({"fee2", "fee9"}))) is None
    assert step(both, replace(clear, owed=None)) is None
    assert step(replace(both, amount=0), clear) is None
    assert step(both, clear) == Step(
        replace(both, amount=0), "balance", (("amount", 0), ("ending", Ending.GIVEN_BACK.value))
    )
    assert after(replace(both, amount=1), clear).amount == 0


@pytest.mark.parametrize(
    ("state", "ending"),
    [(ClaimState.REPORTED_PAID, Ending.AGENCY_PAID), (ClaimState.WITHDRAWN, Ending.WITHDRAWN)],
)
def test_one_that_is_over_for_the_rule_ends_with_its_block(state: ClaimState, ending: Ending) -> None:
    claim = replace(SENT, state=state)
    assert step(claim, PAID) is None
    assert is_over(after(claim, replace(PAID, where=Where.CLEAR)), ending)


def test_an_end_that_is_known_is_not_another() -> None:
    claim = replace(SENT, state=ClaimState.WITHDRAWN, ending=Ending.NEVER_SENT, ended_at=NOW - DAY, held="x")
    ended = after(claim, replace(PAID, where=Where.CLEAR))
    assert (ended.ending, ended.ended_at, ended.held) == (Ending.NEVER_SENT, NOW - DAY, "")


# The balance


def test_the_balance_is_followed_and_every_line_is_remembered() -> None:
    seen = replace(OWES, owed=34000, lines=("fee0", "fee1"), newest=TODAY)
    followed = replace(SENT, amount=34000, lines=("fee0", "fee1"), all_lines=("fee0", "fee1"), newest=TODAY)
    assert step(SENT, seen) == Step(followed, "balance", (("amount", 34000),))
    back = after(followed, replace(OWES, paid_at=NOW))
    assert (back.lines, back.all_lines, back.newest) == (("fee1",), ("fee0", "fee1"), TODAY)


def test_a_payment_alone_is_only_remembered() -> None:
    assert step(SENT, replace(OWES, paid_at=NOW)) == Step(replace(SENT, paid_at=NOW), "looked", (("amount", 30000),))


def test_a_balance_below_nothing_is_nothing_and_since_when_is_remembered() -> None:
    paid = after(SENT, replace(PAID, owed=-500))
    assert (paid.amount, paid.paid_seen_at, paid.taking_back) == (0, NOW, "")
    later = replace(paid, paid_seen_at=NOW - DAY)
    assert after(later, replace(PAID, paid_at=NOW)).paid_seen_at == NOW - DAY
    assert after(later, OWES).paid_seen_at is None
    assert after(later, replace(OWES, owed=1)).paid_seen_at is None


@pytest.mark.parametrize(
    ("seen", "taking_back"),
    [
        pytest.param(GONE, CANCELLED, id="gone without a payment"),
        pytest.param(PAID, "", id="gone with one"),
        pytest.param(replace(OWES, owed=1), "", id="not all of it is gone"),
        pytest.param(OWES, "", id="nothing is gone"),
    ],
)
def test_what_is_no_longer_owed_and_was_not_paid_is_taken_back(seen: Seen, taking_back: str) -> None:
    assert after(replace(SENT, newest=None), replace(seen, newest=TODAY)).taking_back == taking_back


def test_the_last_ore_that_is_gone_without_a_payment_is_taken_back_too() -> None:
    assert after(replace(SENT, amount=1), GONE).taking_back == CANCELLED


def test_what_is_owed_again_is_not_taken_back_and_what_staff_take_back_is() -> None:
    cancelled = replace(SENT, amount=0, told_amount=30000, taking_back=CANCELLED, paid_seen_at=NOW)
    assert after(cancelled, replace(OWES, owed=1)).taking_back == ""
    assert step(cancelled, replace(GONE)) is None or after(cancelled, GONE).taking_back == CANCELLED
    by_staff = replace(SENT, taking_back="a mistake")
    assert after(by_staff, replace(OWES, owed=1, paid_at=NOW)).taking_back == "a mistake"
    assert after(by_staff, GONE).taking_back == "a mistake"


def test_the_evidence_says_what_is_taken_back() -> None:
    found = step(SENT, GONE)
    assert found is not None
    assert found.evidence == (("amount", 0), ("taking_back", CANCELLED))


# Before it is referred


@pytest.mark.parametrize("state", [ClaimState.TOLD, ClaimState.DUE])
@pytest.mark.parametrize("where", [Where.CLEAR, Where.LIFTED])
def test_before_it_is_referred_a_free_card_was_paid_in_time(state: ClaimState, where: Where) -> None:
    over = after(replace(TOLD, state=state), replace(PAID, where=where))
    assert is_over(over, Ending.PAID_IN_TIME)
    assert (over.amount, over.lines) == (0, ())


@pytest.mark.parametrize("where", [Where.TOLD, Where.DUE, Where.BLOCKED])
def test_before_it_is_referred_there_is_nothing_to_take_back(where: Where) -> None:
    assert after(TOLD, replace(GONE, where=where, since=TOLD_AT)).taking_back == ""


def test_it_is_referred_with_what_is_owed_then() -> None:
    cancelled = replace(TOLD, taking_back=CANCELLED, amount=0)
    for claim in (TOLD, replace(TOLD, state=ClaimState.DUE), cancelled):
        referred = after(claim, replace(OWES, owed=25000))
        assert (referred.state, referred.referred_at, referred.amount) == (ClaimState.REFERRED, NOW, 25000)
        assert (referred.in_range, referred.taking_back, referred.held) == (25000, "", "")
    assert after(TOLD, replace(OWES, adopted=True)).held == ADOPTED


def test_a_claim_that_is_due_says_so_with_what_is_owed() -> None:
    due = after(replace(TOLD, taking_back=CANCELLED), replace(OWES, where=Where.DUE, owed=25000, since=NOW))
    assert (due.state, due.in_range, due.taking_back, due.about) == (ClaimState.DUE, 25000, "", TOLD_AT)


def test_while_it_is_told_the_balance_is_what_it_will_be_referred_with() -> None:
    told = after(replace(TOLD, taking_back=CANCELLED), replace(OWES, where=Where.TOLD, owed=25000, since=TOLD_AT))
    assert (told.state, told.amount, told.in_range, told.taking_back) == (ClaimState.TOLD, 25000, 25000, "")
    back = after(replace(TOLD, state=ClaimState.DUE), replace(OWES, where=Where.TOLD, since=TOLD_AT))
    assert back.state is ClaimState.TOLD


def test_another_announcement_is_another_claim() -> None:
    ended, begun = advance(TOLD, replace(OWES, where=Where.TOLD, since=NOW), NOW)
    assert is_over(ended.claim, Ending.PAID_IN_TIME)
    assert (begun.claim.id, begun.claim.about) == (NEW, NOW)


# Referred


def test_what_need_not_be_sent_any_more_never_is() -> None:
    for owed in (1, 30000):
        assert is_over(after(REFERRED, replace(OWES, where=Where.CLEAR, owed=owed)), Ending.NEVER_SENT)
    assert is_over(after(REFERRED, replace(PAID, where=Where.CLEAR)), Ending.PAID_HERE)
    over = after(REFERRED, PAID)
    assert (over.state, over.ending, over.ended_at) == (ClaimState.WITHDRAWN, Ending.NEVER_SENT, NOW)
    assert after(REFERRED, GONE).taking_back == ""


def test_one_that_stands_in_a_file_goes_out_whatever_is_seen() -> None:
    claim = replace(REFERRED, in_file=4)
    for where in (Where.BLOCKED, Where.CLEAR, Where.LIFTED):
        followed = after(claim, replace(PAID, where=where))
        assert (followed.state, followed.amount, followed.held) == (ClaimState.REFERRED, 0, "")


def test_a_row_that_was_found_is_not_over_because_nothing_is_owed() -> None:
    found = after(replace(REFERRED, held=ADOPTED), PAID)
    assert (found.state, found.held) == (ClaimState.REFERRED, ADOPTED)


def test_what_is_not_known_to_be_owed_is_not_over() -> None:
    assert step(replace(REFERRED, amount=0), replace(OWES, owed=None)) is None


def test_one_that_staff_lifted_waits_for_their_word_and_keeps_what_it_waited_for() -> None:
    lifted = replace(OWES, where=Where.LIFTED)
    found = step(REFERRED, lifted)
    assert found == Step(replace(REFERRED, held=LIFTED), "looked", (("amount", 30000), ("held", LIFTED)))
    assert step(replace(REFERRED, held=ADOPTED), lifted) is None


# With the office


@pytest.mark.parametrize("state", [ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.PART_PAID])
def test_a_block_that_was_released_by_payment_leaves_nothing_to_claim(state: ClaimState) -> None:
    claim = replace(SENT, state=state)
    left = after(claim, replace(OWES, where=Where.CLEAR))
    assert (left.state, left.amount, left.lines, left.paid_seen_at) == (state, 0, (), NOW)
    earlier = replace(claim, paid_seen_at=NOW - DAY)
    assert after(earlier, replace(PAID, where=Where.CLEAR)).paid_seen_at == NOW - DAY


def test_it_ends_once_the_office_knows_that_nothing_is_owed() -> None:
    clear = replace(PAID, where=Where.CLEAR)
    assert is_over(after(replace(SENT, told_amount=0), clear), Ending.PAID_HERE)
    assert after(replace(SENT, told_amount=0, in_file=4), clear).is_open
    assert after(SENT, clear).is_open


@pytest.mark.parametrize(("owed", "taking_back"), [(0, ""), (1, UNWANTED), (30000, UNWANTED)])
def test_one_that_no_rule_wants_any_more_is_taken_back_as_long_as_it_is_owed(owed: int, taking_back: str) -> None:
    unwanted = replace(OWES, where=Where.CLEAR, wanted=False, owed=owed, paid_at=NOW)
    found = step(SENT, unwanted)
    assert found is not None
    assert (found.claim.taking_back, found.claim.amount, found.claim.is_open) == (taking_back, owed, True)
    assert step(found.claim, unwanted) is None, "it is remembered once"
    assert after(replace(SENT, taking_back="a mistake"), unwanted).taking_back == "a mistake"


def test_one_that_is_blocked_still_is_followed_though_no_rule_wants_it() -> None:
    assert step(SENT, replace(OWES, wanted=False)) is None


# Files


def test_what_stands_in_a_file_is_remembered_until_the_file_is_there_or_given_up() -> None:
    waiting = filed(REFERRED, OrderKind.CLAIM, 30000, 4)
    assert waiting == replace(REFERRED, in_file=4, filed=OrderKind.CLAIM, filed_amount=30000)
    assert unfiled(waiting) == Step(REFERRED, "unfiled", (("batch", 4),))
    assert delivered(waiting, NOW) == Step(
        replace(REFERRED, state=ClaimState.SENT, sent_at=NOW, told_amount=30000),
        "told.claim",
        (("batch", 4), ("told", 30000)),
    )


def test_a_claim_that_the_office_answered_before_it_was_there_keeps_its_state() -> None:
    early = filed(replace(REFERRED, state=ClaimState.PART_PAID, sent_at=SENT_AT), OrderKind.CLAIM, 30000, 4)
    there = delivered(early, NOW).claim
    assert (there.state, there.sent_at) == (ClaimState.PART_PAID, SENT_AT)


def test_a_balance_that_is_there_is_what_the_office_knows() -> None:
    there = delivered(filed(SENT, OrderKind.UPDATE, 0, 5), NOW)
    assert there == Step(replace(SENT, told_amount=0), "told.update", (("batch", 5), ("told", 0)))


def test_a_withdrawal_that_is_there_is_over_by_hand_and_otherwise_by_the_office_s_word() -> None:
    by_hand = delivered(filed(replace(SENT, taking_back="a mistake"), OrderKind.WITHDRAWAL, 0, 6), NOW).claim
    assert (by_hand.state, by_hand.ending, by_hand.ended_at) == (ClaimState.WITHDRAWN, Ending.WITHDRAWN, NOW)
    assert (by_hand.taking_back, by_hand.told_amount) == ("", 0)
    cancelled = delivered(filed(replace(SENT, taking_back=CANCELLED), OrderKind.WITHDRAWAL, 0, 6), NOW).claim
    assert (cancelled.state, cancelled.ending, cancelled.ended_at) == (ClaimState.WITHDRAWN, Ending.WITHDRAWN, None)
    known = replace(SENT, taking_back=CANCELLED, ended_at=NOW - DAY)
    assert delivered(filed(known, OrderKind.WITHDRAWAL, 0, 6), NOW).claim.ended_at == NOW - DAY


@pytest.mark.parametrize("state", [ClaimState.REPORTED_PAID, ClaimState.CLOSED])
def test_a_withdrawal_changes_nothing_of_what_is_paid_or_over(state: ClaimState) -> None:
    there = delivered(filed(replace(SENT, state=state), OrderKind.WITHDRAWAL, 0, 6), NOW).claim
    assert there == replace(SENT, state=state, told_amount=0)


def test_a_claim_of_which_nothing_was_on_its_way_is_told_nothing() -> None:
    assert delivered(SENT, NOW) == Step(replace(SENT, told_amount=0), "told", (("batch", 0), ("told", 0)))
    assert unfiled(SENT) == Step(SENT, "unfiled", (("batch", 0),))
