"""Where a claim stands, in sentences: for the desk, `explain` and `collection`."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final, Protocol

from sidecar.core.collection.claim import ClaimState
from sidecar.core.collection.claims import Claim, Ending
from sidecar.core.model import Currency
from sidecar.language.forms import money
from sidecar.language.speaking import _, gettext_noop

STATES: Final[Mapping[ClaimState, str]] = {
    ClaimState.TOLD: gettext_noop("told"),
    ClaimState.DUE: gettext_noop("due"),
    ClaimState.REFERRED: gettext_noop("referred"),
    ClaimState.SENT: gettext_noop("sent"),
    ClaimState.ACKNOWLEDGED: gettext_noop("taken over"),
    ClaimState.PART_PAID: gettext_noop("part paid"),
    ClaimState.REPORTED_PAID: gettext_noop("reported paid"),
    ClaimState.WITHDRAWN: gettext_noop("withdrawn"),
    ClaimState.CLOSED: gettext_noop("closed"),
}

ENDINGS: Final[Mapping[Ending, str]] = {
    Ending.PAID_IN_TIME: gettext_noop("it ended before it was referred"),
    Ending.NEVER_SENT: gettext_noop("it was never sent"),
    Ending.PAID_HERE: gettext_noop("it was paid to the library"),
    Ending.AGENCY_PAID: gettext_noop("the office reported it paid"),
    Ending.GIVEN_BACK: gettext_noop("the office gave it back"),
    Ending.WITHDRAWN: gettext_noop("it was taken back"),
}


def claim_state(claim: Claim) -> str:
    """Where a claim stands, in a word or two."""
    return _(STATES[claim.state])


class Term(Protocol):
    """Since when a word is waited for, and by when it is expected."""

    @property
    def paid_seen(self) -> date | None:
        """When the payment was seen here, if one was."""

    @property
    def since(self) -> date:
        """Since when it is waited for."""

    @property
    def expected(self) -> date:
        """By when it is expected."""


def claim_sentences(claim: Claim, waiting: Term | None, currency: Currency, today: date) -> Iterator[str]:
    """What is to be known of a claim, one sentence each."""
    amount = money(claim.amount, currency)
    if claim.ending is not None and not claim.is_open:
        yield _("Claim {claim} is closed: {how}.", claim=claim.id, how=_(ENDINGS[claim.ending]))
    else:
        yield _("Claim {claim}: {state}; {amount} owed.", claim=claim.id, state=claim_state(claim), amount=amount)
    if claim.held:
        yield _("It is not sent until staff say so ({why}).", why=claim.held)
    if claim.in_file is not None:
        yield _("It stands in file {number}, which is not with the office yet.", number=claim.in_file)
    if claim.is_given_back_unpaid:
        yield _("The office gave it back and it is still owed: for staff to look at.")
    if waiting is not None:
        yield waiting_sentence(waiting, today)


def waiting_sentence(waiting: Term, today: date) -> str:
    """Since when a claim waits for the office, and until when an answer is expected."""
    words = {
        "since": waiting.since.isoformat(),
        "expected": waiting.expected.isoformat(),
        "paid": "" if waiting.paid_seen is None else waiting.paid_seen.isoformat(),
    }
    if waiting.paid_seen is None and today > waiting.expected:
        return _("Waiting for the office since {since}; expected by {expected}, which has gone by.", **words)
    if waiting.paid_seen is None:
        return _("Waiting for the office since {since}; expected by {expected}.", **words)
    if today > waiting.expected:
        return _(
            "Payment seen locally on {paid}; waiting for the office since {since}; expected by {expected}, which has "
            "gone by.",
            **words,
        )
    return _("Payment seen locally on {paid}; waiting for the office since {since}; expected by {expected}.", **words)
