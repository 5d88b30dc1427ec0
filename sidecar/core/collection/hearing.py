"""What a message of the office's does to a claim, and why one is not taken."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from sidecar.core.collection.claim import ClaimState, HeardKind, Message, OrderKind, Problem
from sidecar.core.collection.claims import Claim, Ending, Step, end

Said: TypeAlias = tuple[str, int | None, str]
"""What makes a message the same one as another of the claim's: the payment's reference, else its kind, amount, day."""


def said(message: Message) -> Said:
    """What makes it the same message."""
    if message.reference:
        return "payment", None, message.reference
    return message.kind.value, message.amount, message.at.isoformat()


def hear(claim: Claim | None, message: Message, before: Collection[Said], now: datetime) -> Step | Problem:
    """The claim's step, or what is wrong with the message. `before` is what was said of the claim already."""
    wrong = _what_is_wrong(claim, message, before)
    if claim is None or wrong:
        return Problem(message.line, wrong)
    heard = replace(claim, heard_at=now)
    match message.kind:
        case HeardKind.ACKNOWLEDGED:
            return _said(_acknowledged(heard, now), message)
        case HeardKind.PART_PAID:
            paid = claim.paid_to_office + (message.amount or 0)
            state = claim.state if claim.state is ClaimState.WITHDRAWN else ClaimState.PART_PAID
            return _said(replace(heard, state=state, paid_to_office=paid), message)
        case HeardKind.PAID_IN_FULL:
            paid = claim.paid_to_office + (message.amount or 0)
            return _said(
                replace(
                    heard,
                    state=ClaimState.REPORTED_PAID,
                    reported_at=now,
                    paid_to_office=paid,
                    taking_back="",
                    ending=None,
                ),
                message,
            )
        case HeardKind.CLOSED:
            return _said(_closed(heard, now), message)
        case _:
            refused = replace(
                heard, state=ClaimState.REFERRED, told_amount=None, sent_at=None, held="refused by the office"
            )
            return _said(refused, message)


def _acknowledged(claim: Claim, now: datetime) -> Claim:
    """A claim that was taken back is over once the office says that it has read so."""
    if claim.state is ClaimState.WITHDRAWN:
        return replace(claim, ended_at=claim.ended_at or now)
    return replace(claim, state=ClaimState.ACKNOWLEDGED) if claim.state is ClaimState.SENT else claim


def _closed(claim: Claim, now: datetime) -> Claim:
    if claim.state is ClaimState.REPORTED_PAID:
        return end(claim, Ending.AGENCY_PAID, now)
    return end(claim, Ending.GIVEN_BACK, now)


def _what_is_wrong(claim: Claim | None, message: Message, before: Collection[Said]) -> str:  # noqa: PLR0911 - a list
    if claim is None:
        return f"claim {message.claim} is not known here"
    if message.patron is not None and message.patron != claim.patron:
        return f"claim {claim.id} is not of the patron that the line names"
    if said(message) in before and not _may_be_of_the_withdrawal(claim, message):
        return f"the same was said of claim {claim.id} before: a duplicate"
    if not claim.is_open:
        return f"claim {claim.id} is closed"
    if not claim.is_with_office and not (claim.in_file is not None and claim.filed is OrderKind.CLAIM):
        return f"claim {claim.id} was not sent to the office"
    if claim.state is ClaimState.REPORTED_PAID and message.kind is not HeardKind.CLOSED:
        return f"claim {claim.id} was reported paid in full before"
    return _amount_that_does_not_fit(claim, message)


def _may_be_of_the_withdrawal(claim: Claim, message: Message) -> bool:
    """The claim and its withdrawal may be acknowledged on one day in the same words. Taken for the second it ends what
    the library itself took back: to wait for another word would keep the card blocked for ever."""
    awaited = claim.state is ClaimState.WITHDRAWN and claim.ended_at is None
    return awaited and message.kind is HeardKind.ACKNOWLEDGED


def _amount_that_does_not_fit(claim: Claim, message: Message) -> str:
    known = claim.told_amount if claim.told_amount is not None else claim.filed_amount
    amount = message.amount
    if message.kind is HeardKind.PART_PAID:
        if amount is None or amount <= 0:
            return f"a part payment of claim {claim.id} names no amount"
        if claim.paid_to_office + amount > max(known, claim.in_range):
            return f"what was paid of claim {claim.id} is more than was claimed"
    if message.kind is HeardKind.PAID_IN_FULL and amount is not None and claim.paid_to_office + amount < known:
        return f"claim {claim.id} is said to be paid in full with less than was claimed"
    return ""


def _said(claim: Claim, message: Message) -> Step:
    amount = () if message.amount is None else (("amount", message.amount),)
    reference = (("reference", message.reference),) if message.reference else ()
    where = (("day", message.at.isoformat()), ("line", message.line))
    return Step(claim, f"heard.{message.kind.value}", (*amount, *reference, *where))
