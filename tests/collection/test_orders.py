"""What an office is to be told of a claim, and what not."""

from dataclasses import replace

import pytest

from sidecar.core.collection.claim import ClaimState, Order, OrderKind
from sidecar.core.collection.claims import Claim
from sidecar.core.collection.orders import order_for, orders
from tests.core.builders import NOW, TODAY

REFERRED = Claim(
    "C-000001", "7", "collection", ClaimState.REFERRED, NOW, 34000, 30000, lines=("fee1", "fee2"), newest=TODAY
)
SENT = replace(REFERRED, state=ClaimState.SENT, told_amount=34000)


def order(kind: OrderKind, amount: int, reason: str) -> Order:
    return Order(kind, "C-000001", "7", amount, 30000, ("fee1", "fee2"), TODAY, reason)


@pytest.mark.parametrize(
    ("claim", "due"),
    [
        pytest.param(REFERRED, order(OrderKind.CLAIM, 34000, "referred"), id="referred"),
        pytest.param(replace(REFERRED, amount=1), order(OrderKind.CLAIM, 1, "referred"), id="for next to nothing"),
        pytest.param(replace(REFERRED, amount=0), None, id="for nothing"),
        pytest.param(replace(REFERRED, held="lifted by staff"), None, id="held"),
        pytest.param(replace(REFERRED, taking_back="a mistake"), None, id="to be taken back, and never sent"),
        pytest.param(replace(REFERRED, told_amount=0), None, id="known to the office already"),
        pytest.param(replace(REFERRED, in_file=4), None, id="on its way"),
        pytest.param(replace(REFERRED, state=ClaimState.TOLD), None, id="only told"),
        pytest.param(replace(REFERRED, state=ClaimState.DUE), None, id="due"),
        pytest.param(SENT, None, id="nothing new"),
        pytest.param(replace(SENT, amount=25000), order(OrderKind.UPDATE, 25000, "balance"), id="another balance"),
        pytest.param(replace(SENT, amount=0), order(OrderKind.UPDATE, 0, "paid"), id="nothing is owed any more"),
        pytest.param(replace(SENT, amount=0, told_amount=0), None, id="which is known"),
        pytest.param(
            replace(SENT, taking_back="a mistake"), order(OrderKind.WITHDRAWAL, 0, "a mistake"), id="to be taken back"
        ),
        pytest.param(replace(SENT, taking_back="a mistake", in_file=4), None, id="and on its way"),
        pytest.param(replace(SENT, state=ClaimState.WITHDRAWN, amount=0), None, id="withdrawn"),
        pytest.param(replace(SENT, state=ClaimState.REPORTED_PAID, amount=0), None, id="reported paid"),
        pytest.param(replace(SENT, state=ClaimState.CLOSED, amount=0), None, id="over"),
    ],
)
def test_what_the_office_is_told(claim: Claim, due: Order | None) -> None:
    assert order_for(claim) == due


@pytest.mark.parametrize(("amount", "told"), [(0, False), (1, True), (34000, True)])
def test_who_reads_every_balance_is_told_what_is_still_owed(amount: int, told: bool) -> None:
    found = order_for(replace(SENT, amount=amount, told_amount=amount), everything=True)
    assert found == (order(OrderKind.UPDATE, amount, "balance") if told else None)


def test_orders_are_in_the_order_of_the_claims_numbers() -> None:
    second, third = replace(REFERRED, id="C-000002"), replace(SENT, id="C-000003")
    assert [claim.id for claim, _order in orders([third, second, REFERRED])] == ["C-000001", "C-000002"]
    every = orders([third, second, REFERRED], everything=True)
    assert [(claim.id, each.claim) for claim, each in every][2] == ("C-000003", "C-000003")
