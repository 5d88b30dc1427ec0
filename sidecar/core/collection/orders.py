"""What the office is to be told of a claim now: derived from the claim, so that nothing is queued and nothing lost."""

from collections.abc import Iterable, Sequence

from sidecar.core.collection.claim import ClaimState, Order, OrderKind
from sidecar.core.collection.claims import Claim


def order_for(claim: Claim, *, everything: bool = False) -> Order | None:
    """The order that is due about a claim; None if the office knows all, or a file with an order is on its way.

    A claim is referred once; one with nothing owed never goes out. A balance of nothing is told once. `everything`:
    also what has not moved, for an office that reads the balance of every claim each time.
    """
    if claim.in_file is not None or not claim.is_open:
        return None
    if claim.state is ClaimState.REFERRED:
        send = not claim.held and not claim.taking_back and claim.amount > 0 and claim.told_amount is None
        return _order(OrderKind.CLAIM, claim, "referred") if send else None
    if claim.told_amount is None or claim.state in {ClaimState.WITHDRAWN, ClaimState.REPORTED_PAID}:
        return None
    if claim.taking_back:
        return _order(OrderKind.WITHDRAWAL, claim, claim.taking_back)
    if claim.amount != claim.told_amount:
        return _order(OrderKind.UPDATE, claim, "paid" if claim.amount == 0 else "balance")
    repeat = everything and claim.amount > 0
    return _order(OrderKind.UPDATE, claim, "balance") if repeat else None


def orders(claims: Iterable[Claim], *, everything: bool = False) -> Sequence[tuple[Claim, Order]]:
    """All that is to be told, in the order of the claims' numbers."""
    found = ((claim, order_for(claim, everything=everything)) for claim in sorted(claims, key=lambda each: each.id))
    return [(claim, order) for claim, order in found if order is not None]


def _order(kind: OrderKind, claim: Claim, reason: str) -> Order:
    amount = 0 if kind is OrderKind.WITHDRAWAL else claim.amount
    return Order(kind, claim.id, claim.patron, amount, claim.in_range, claim.lines, claim.newest, reason)
