"""What a cycle saw of a card, and the step that its claim takes. Pure: the same values give the same steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sidecar.core.collection.claim import ClaimId, ClaimState, OrderKind
from sidecar.core.collection.claims import Claim, Ending, Step, end
from sidecar.core.model import PatronId, RuleId


class Where(StrEnum):
    """Where the rule's case stands after a cycle."""

    TOLD = "told"
    DUE = "due"
    BLOCKED = "blocked"
    LIFTED = "lifted"
    CLEAR = "clear"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one applied cycle saw of a patron under a rule, once its changes were made.

    `owed` and `lines` are the counted sum (less credit) and its charges, without those of claims that are over; `owed`
    is None where they could not be read. `open_lines` are all counted charges. `since` is when the case's stage began.
    `adopted`: the row was there without a case. `wanted` is false where the rule exempts the patron now or is retired:
    the claim is to be taken back.
    """

    patron: PatronId
    rule: RuleId
    where: Where
    since: datetime
    owed: int | None
    lines: tuple[str, ...] = ()
    newest: date | None = None
    paid_at: datetime | None = None
    open_lines: frozenset[str] = frozenset()
    adopted: bool = False
    wanted: bool = True


LOOKED: Final = "looked"
"""A step that only remembers what was seen."""

NEW: ClaimId = ""
"""The id of a claim that the journal has still to number."""

ADOPTED = "found in the ILS without a claim"
LIFTED = "lifted by staff"
CANCELLED = "no longer owed, and not by a payment"
UNWANTED = "no rule asks for it any more"


def advance(claim: Claim | None, seen: Seen, now: datetime) -> Sequence[Step]:
    """The steps that follow, each with the claim as it then is; none if nothing changed. `claim` is the latest one of
    the rule on the patron, over or not."""
    if seen.where is Where.UNKNOWN:
        return ()
    if claim is None or (not claim.is_open and _begins_anew(claim, seen)):
        return _opened(seen, now)
    if not claim.is_open:
        return _stepped(claim, _what_is_left(claim, seen))
    if claim.state in _OVER_FOR_THE_RULE:
        ended = end(claim, _OVER_FOR_THE_RULE[claim.state], now)
        return _stepped(claim, ended if seen.where is Where.CLEAR else claim)
    return _STEPS[claim.state](claim, _followed(claim, seen, now), seen, now)


def _begins_anew(claim: Claim, seen: Seen) -> bool:
    """Whether what is seen is another case than the one that the claim, over now, was about."""
    if seen.where not in {Where.TOLD, Where.DUE, Where.BLOCKED}:
        return False
    return claim.ended_at is None or seen.since > claim.ended_at


def _opened(seen: Seen, now: datetime) -> Sequence[Step]:
    state = {Where.TOLD: ClaimState.TOLD, Where.DUE: ClaimState.DUE, Where.BLOCKED: ClaimState.REFERRED}
    if seen.where not in state:
        return ()
    owed, blocked = max(seen.owed or 0, 0), seen.where is Where.BLOCKED
    claim = Claim(
        id=NEW,
        patron=seen.patron,
        rule=seen.rule,
        state=state[seen.where],
        about=seen.since,
        amount=owed,
        in_range=owed,
        lines=seen.lines,
        all_lines=seen.lines,
        newest=seen.newest,
        referred_at=now if blocked else None,
        held=ADOPTED if blocked and seen.adopted else "",
        paid_at=seen.paid_at,
    )
    return (_step(claim),)


def _what_is_left(claim: Claim, seen: Seen) -> Claim:
    """A claim that is over is remembered as unpaid here as long as any of its charges is open."""
    if seen.owed is None or claim.amount == 0 or set(claim.lines) & seen.open_lines:
        return claim
    return replace(claim, amount=0)


def _followed(claim: Claim, seen: Seen, now: datetime) -> Claim:
    """The claim with the balance that was seen."""
    if seen.owed is None:
        return claim
    owed = max(seen.owed, 0)
    gone = claim.amount > 0 and owed < claim.amount
    unpaid = gone and seen.paid_at == claim.paid_at
    return replace(
        claim,
        amount=owed,
        lines=seen.lines,
        all_lines=tuple(sorted({*claim.all_lines, *seen.lines})),
        newest=seen.newest or claim.newest,
        paid_at=seen.paid_at,
        paid_seen_at=None if owed > 0 else claim.paid_seen_at or now,
        taking_back=_taken_back(claim, owed, unpaid=unpaid),
    )


def _taken_back(claim: Claim, owed: int, *, unpaid: bool) -> str:
    """A balance that went to nothing without a payment (a bill cancelled as the item came back, a debt written off) is
    taken back; what is owed again is not."""
    if claim.taking_back == CANCELLED and owed > 0:
        return ""
    return CANCELLED if unpaid and owed == 0 and not claim.taking_back else claim.taking_back


def _before_referral(claim: Claim, followed: Claim, seen: Seen, now: datetime) -> Sequence[Step]:
    match seen.where:
        case Where.CLEAR | Where.LIFTED:
            return _stepped(claim, end(followed, Ending.PAID_IN_TIME, now))
        case Where.BLOCKED:
            referred = replace(
                followed,
                state=ClaimState.REFERRED,
                referred_at=now,
                in_range=followed.amount,
                taking_back="",
                held=ADOPTED if seen.adopted else "",
            )
            return _stepped(claim, referred)
        case Where.DUE:
            return _stepped(claim, replace(followed, state=ClaimState.DUE, in_range=followed.amount, taking_back=""))
        case _ if seen.since != claim.about:  # the debt of before was paid, and this is another
            return (*_stepped(claim, end(claim, Ending.PAID_IN_TIME, now)), *_opened(seen, now))
        case _:
            told = replace(followed, state=ClaimState.TOLD, in_range=followed.amount, taking_back="")
            return _stepped(claim, told)


def _referred(claim: Claim, followed: Claim, seen: Seen, now: datetime) -> Sequence[Step]:
    """Referred, and the office knows nothing of it: what need not be sent any more is not."""
    if claim.in_file is not None:
        return _stepped(claim, followed)
    if seen.where is Where.CLEAR:
        ending = Ending.NEVER_SENT if followed.amount > 0 else Ending.PAID_HERE
        return _stepped(claim, end(followed, ending, now))
    if followed.amount == 0 and seen.owed is not None and claim.held != ADOPTED:
        # Over for the rule, which frees the card in the next cycle. Of a row that was found here nobody knows whether
        # an earlier journal sent its claim.
        over = replace(followed, state=ClaimState.WITHDRAWN, ending=Ending.NEVER_SENT, ended_at=now, taking_back="")
        return _stepped(claim, over)
    if seen.where is Where.LIFTED:
        return _stepped(claim, replace(followed, held=claim.held or LIFTED))
    return _stepped(claim, followed)


def _with_office(claim: Claim, followed: Claim, seen: Seen, now: datetime) -> Sequence[Step]:
    if seen.where is Where.CLEAR:
        if not seen.wanted and followed.amount > 0:
            return _stepped(claim, replace(followed, taking_back=claim.taking_back or UNWANTED))
        # Released by payment: what came since is another debt, which the rule has not told of.
        followed = replace(followed, amount=0, lines=(), paid_seen_at=followed.paid_seen_at or now)
        if followed.told_amount == 0 and followed.in_file is None:
            return _stepped(claim, end(followed, Ending.PAID_HERE, now))
    return _stepped(claim, followed)


_OVER_FOR_THE_RULE: Final = {
    ClaimState.REPORTED_PAID: Ending.AGENCY_PAID,
    ClaimState.WITHDRAWN: Ending.WITHDRAWN,
}
"""Whatever is owed at the library by then: these wait for the end of the block alone."""

_STEPS: Final[Mapping[ClaimState, Callable[[Claim, Claim, Seen, datetime], Sequence[Step]]]] = {
    ClaimState.TOLD: _before_referral,
    ClaimState.DUE: _before_referral,
    ClaimState.REFERRED: _referred,
    ClaimState.SENT: _with_office,
    ClaimState.ACKNOWLEDGED: _with_office,
    ClaimState.PART_PAID: _with_office,
}


def filed(claim: Claim, kind: OrderKind, amount: int, batch: int) -> Claim:
    """The claim once an order about it stands in a file that is journalled and not there yet."""
    return replace(claim, in_file=batch, filed=kind, filed_amount=amount)


def delivered(claim: Claim, at: datetime) -> Step:
    """The claim once that file is with the office, whole."""
    kind, known = claim.filed, replace(claim, in_file=None, filed=None, filed_amount=0, told_amount=claim.filed_amount)
    evidence = (("batch", claim.in_file or 0), ("told", claim.filed_amount))
    if kind is OrderKind.CLAIM:
        state = ClaimState.SENT if claim.state is ClaimState.REFERRED else claim.state
        known = replace(known, state=state, sent_at=claim.sent_at or at)
    elif kind is OrderKind.WITHDRAWAL and claim.is_open and claim.state is not ClaimState.REPORTED_PAID:
        by_hand = claim.taking_back != CANCELLED
        known = replace(
            known,
            state=ClaimState.WITHDRAWN,
            taking_back="",
            ending=Ending.WITHDRAWN,
            ended_at=claim.ended_at or (at if by_hand else None),
        )
    return Step(known, f"told.{kind}" if kind else "told", evidence)


def unfiled(claim: Claim) -> Step:
    """The claim once its file was given up before it was with the office: what it said is to be told anew."""
    return Step(replace(claim, in_file=None, filed=None, filed_amount=0), "unfiled", (("batch", claim.in_file or 0),))


def _stepped(before: Claim, after: Claim) -> Sequence[Step]:
    return () if after == before else (_step(after, before),)


def _step(claim: Claim, before: Claim | None = None) -> Step:
    what = claim.state.value
    if before is not None and before.state is claim.state:
        what = "balance" if before.amount != claim.amount else LOOKED
    evidence: list[tuple[str, int | str]] = [("amount", claim.amount)]
    if claim.ending is not None:
        evidence.append(("ending", claim.ending.value))
    if claim.held:
        evidence.append(("held", claim.held))
    if claim.taking_back:
        evidence.append(("taking_back", claim.taking_back))
    return Step(claim, what, tuple(evidence))
