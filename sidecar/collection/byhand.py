"""What staff order of a single claim, by name: that it is sent after all, or taken back."""

from dataclasses import replace
from datetime import datetime

from sidecar.core.collection.claim import ClaimId, ClaimState
from sidecar.core.collection.claims import Claim, Ending, Step
from sidecar.errors import ClaimRefused, UnknownClaim
from sidecar.ports import Journal, PersonalAct

BY_STAFF = "taken back by staff"


def release_held(journal: Journal, number: ClaimId, staff: str, now: datetime) -> Claim:
    """Let a claim that waits for staff (found without a claim, refused, lifted) be sent. Raises ClaimRefused."""
    claim = claim_of(journal, number)
    if claim.state is not ClaimState.REFERRED or not claim.held:
        raise ClaimRefused(f"{number} does not wait for staff: it is {claim.state.value.replace('_', ' ')}.")
    if claim.amount <= 0:
        raise ClaimRefused(f"{number}: nothing is owed on it, so it cannot be sent.")
    let = replace(claim, held="")
    journal.take_steps([Step(let, "let go by staff", (("was", claim.held),))], now)
    journal.record_act(PersonalAct.CLAIM_SEND, staff, now, number)
    return let


def take_back(journal: Journal, number: ClaimId, staff: str, now: datetime) -> Claim:
    """Withdraw a claim: the office is told if it knows of it, and the block ends when it was. Raises ClaimRefused."""
    claim = claim_of(journal, number)
    after = _taken_back(claim, now)
    journal.take_steps([Step(after, "taken back", (("amount", claim.amount),))], now)
    journal.record_act(PersonalAct.CLAIM_WITHDRAW, staff, now, number)
    return after


def claim_of(journal: Journal, number: ClaimId) -> Claim:
    """The claim of that number. Raises UnknownClaim."""
    found = next((claim for claim in journal.claims() if claim.id == number), None)
    if found is None:
        raise UnknownClaim(f"There is no claim {number}: `cardwarden collection list` shows all.")
    return found


def _taken_back(claim: Claim, now: datetime) -> Claim:
    match claim.state:
        case ClaimState.TOLD | ClaimState.DUE:
            raise ClaimRefused(
                f"{claim.id} is not referred yet: the patron was told only. What is paid or cancelled in the ILS by "
                "then is never sent."
            )
        case ClaimState.CLOSED | ClaimState.REPORTED_PAID:
            raise ClaimRefused(f"{claim.id} is {claim.state.value.replace('_', ' ')} already.")
        case ClaimState.WITHDRAWN:
            return replace(claim, ended_at=claim.ended_at or now)
        case ClaimState.REFERRED if claim.in_file is None:
            return replace(
                claim, state=ClaimState.WITHDRAWN, ending=Ending.WITHDRAWN, ended_at=now, held="", taking_back=""
            )
        case _:
            return replace(claim, taking_back=BY_STAFF)
