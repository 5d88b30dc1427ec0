"""Whatever comes in whatever order: no claim is lost, none referred twice, a paid one never goes out."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.core.collection.claim import HeardKind, OrderKind
from tests.core.builders import AGENCY, DAY, PAID_IN_FULL, fee

from .life import Life, life

LONGER = settings(max_examples=2 * settings().max_examples)
SUMS = ["0.00", "10.00", "300.00", "450.00"]
charges = st.lists(st.tuples(st.sampled_from("123"), st.sampled_from(SUMS)), max_size=3, unique_by=lambda one: one[0])
events = st.lists(
    st.one_of(
        st.tuples(st.just("cycle"), st.integers(0, 9), charges, st.booleans(), st.booleans()),
        st.tuples(st.just("file")),
        st.tuples(st.just("deliver")),
        st.tuples(st.just("says"), st.sampled_from(list(HeardKind)), st.sampled_from([None, 1, 30000, 90000])),
        st.tuples(st.just("lift")),
    ),
    max_size=25,
)


def live(patron: Life, happened: list[Any]) -> None:
    for event in happened:
        match event:
            case ("cycle", days, owed, hold, paid):
                moment = patron.card.now + days * DAY
                more = {"paid_at": moment} if paid else {}
                patron.cycle(days * DAY, charges=[fee(amount, line) for line, amount in owed], hold=hold, **more)
            case ("file",):
                if not patron.filed:  # the same file again until it is there
                    patron.file()
            case ("deliver",):
                patron.deliver()
            case ("says", kind, amount) if patron.claims:
                patron.says(kind, amount)
            case ("lift",):
                patron.card.staff_lift("collection")


@LONGER
@given(st.sampled_from([AGENCY, PAID_IN_FULL]), events)
def test_a_claim_is_referred_once_and_never_with_nothing_owed(release: Any, happened: list[Any]) -> None:
    patron = life(release=release)
    live(patron, happened)
    referred = [order.claim for order in [*patron.told, *patron.filed] if order.kind is OrderKind.CLAIM]
    assert len(referred) == len(set(referred))
    assert all(order.amount > 0 for order in [*patron.told, *patron.filed] if order.kind is OrderKind.CLAIM)


@LONGER
@given(events)
def test_under_the_offices_word_no_claim_that_is_with_it_is_lost(happened: list[Any]) -> None:
    patron = life()
    live(patron, happened)
    told = {order.claim for order in patron.told}
    for claim in patron.claims:
        if claim.id in told and claim.state.value == "closed":
            assert claim.reported_at or claim.ended_at


@LONGER
@given(events)
def test_the_office_hears_a_balance_of_nothing_once_until_something_is_owed_again(happened: list[Any]) -> None:
    patron = life()
    live(patron, happened)
    for claim in patron.claims:
        amounts = [order.amount for order in patron.told if order.claim == claim.id and order.kind is OrderKind.UPDATE]
        assert all((one, other) != (0, 0) for one, other in pairwise(amounts))


@LONGER
@given(events)
def test_after_all_is_paid_and_sent_and_heard_no_block_is_left_and_no_claim_is_open(happened: list[Any]) -> None:
    patron = life()
    live(patron, happened)
    patron.deliver().cycle(DAY, charges=[], paid_at=patron.card.now + DAY).send()
    if patron.claims and patron.claim.held == "found in the ILS without a claim":
        return  # staff's to look at
    for _ in range(3):
        if patron.claims:
            patron.says(HeardKind.ACKNOWLEDGED, line=9)
            patron.says(HeardKind.CLOSED)
        patron.cycle(DAY).send()
    assert not any(claim.is_open for claim in patron.claims)
    assert patron.blocked is False
