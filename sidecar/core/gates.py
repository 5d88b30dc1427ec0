"""What a gate does with a card against what is in force for it, for a block that is written may not be one that holds.

A gate is whatever asks the ILS about a card where the patron stands: a self-check, a digital service, an app.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from sidecar.core.accounts import outstanding
from sidecar.core.model import UNKNOWN, Facts, PatronId, RestrictionType, RuleId, Truth, Unknown
from sidecar.core.policy import ALL_STOPS, Policy


class Privilege(StrEnum):
    """What a gate allows or refuses."""

    LOANS = "loans"
    RENEWALS = "renewals"
    HOLDS = "holds"


ALL_PRIVILEGES: Final = frozenset(Privilege)


class Remark(StrEnum):
    """A sentence of the ILS's own that stood on the gate's screen. Of the rest of the screen nothing is kept."""

    EXPIRED = "expired"
    FINES = "fines"
    FINES_OF_OTHERS = "fines_of_others"
    OWES = "owes"
    OVERDUES = "overdues"
    CARD_LOST = "card_lost"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """What one gate said of one card, without anything that names anybody.

    `known` is whether the gate knows the card. `allowed` has the privileges that it tells of, and no others. `fines`,
    `overdue` and `card_lost` are the reasons that it gives, `restricted` is the ILS's own flag where a gate shows it.
    `text_shown` is whether each of our texts stands on its screen, unknown where none was looked for or the screen
    cannot be read (`unreadable`: not in the encoding that the settings name). `trouble` is why there is no answer.
    """

    patron: PatronId
    known: Truth = UNKNOWN
    allowed: Mapping[Privilege, bool] = field(default_factory=dict)
    card_lost: Truth = UNKNOWN
    fines: Truth = UNKNOWN
    overdue: Truth = UNKNOWN
    expired: Truth = UNKNOWN
    restricted: Truth = UNKNOWN
    remarks: frozenset[Remark] = frozenset()
    text_shown: Truth = UNKNOWN
    unreadable: bool = False
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What is in force for a card, as its facts say.

    `ours` is whether a block of Cardwarden's is (unknown without the plugin, where a flag is set), by which `rules`,
    orphans by their type, and what it `stops`. `restricted` is any restriction, whosever; `foreign` one of others.
    `owed` is in minor units, less credit.
    """

    patron: PatronId
    ours: Truth
    restricted: Truth
    foreign: Truth
    rules: tuple[RuleId | RestrictionType, ...] = ()
    stops: frozenset[Privilege] = ALL_PRIVILEGES
    expired: Truth = False
    card_lost: Truth = False
    owed: int | Unknown = 0

    @property
    def must_be_stopped(self) -> Truth:
        """Whether the gate has to refuse because of a restriction that is ours, or may be."""
        return self.restricted if self.ours is UNKNOWN else self.ours


class GateOutcome(StrEnum):
    """How a gate's answer stands to what is in force."""

    EQUAL = "equal"
    GATE_OPEN = "gate_open"
    CLOSED_BY_ANOTHER = "closed_by_another"
    NO_ANSWER = "no_answer"


class Cause(StrEnum):
    """Why a gate may refuse a card that Cardwarden does not block."""

    UNKNOWN_CARD = "unknown_card"
    FINES = "fines"
    FINES_OF_OTHERS = "fines_of_others"
    CARD_LOST = "card_lost"
    NO_ADDRESS = "no_address"
    OVERDUES = "overdues"
    EXPIRED = "expired"
    STAFF = "staff"
    FLAG = "flag"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One card at one gate. `let_in` is what an open gate allows though it is stopped (none where the gate shows only
    that it does not see the restriction), `refused` what a closed one refuses, `causes` the likely ones of that."""

    held: InForce
    answer: GateAnswer
    outcome: GateOutcome
    let_in: frozenset[Privilege] = frozenset()
    refused: frozenset[Privilege] = frozenset()
    causes: tuple[Cause, ...] = ()

    @property
    def patron(self) -> PatronId:
        """Whose card it is."""
        return self.held.patron

    @property
    def differs(self) -> bool:
        """Whether the gate does another thing than what is in force."""
        return self.outcome in {GateOutcome.GATE_OPEN, GateOutcome.CLOSED_BY_ANOTHER}


def in_force(facts: Facts, policy: Policy, today: date) -> InForce:
    """What is in force for a card today, whatever is still to be changed about it."""
    expires = facts.patron.expires
    return InForce(
        patron=facts.patron.id,
        ours=_ours(facts, today),
        restricted=_restricted(facts, today),
        foreign=_foreign(facts, today),
        rules=tuple(_rules(facts, policy, today)),
        stops=_stops(facts, policy, today),
        expired=UNKNOWN if expires is UNKNOWN else expires is not None and expires < today,
        card_lost=facts.card_lost,
        owed=_owed(facts, policy),
    )


def _ours(facts: Facts, today: date) -> Truth:
    if facts.restrictions is UNKNOWN:
        return False if facts.restricted is False and facts.etag is None else UNKNOWN
    return any(row.in_force(today) for row in facts.ours())


def _foreign(facts: Facts, today: date) -> Truth:
    if facts.restrictions is UNKNOWN:
        return False if facts.restricted is False else UNKNOWN
    return any(row.in_force(today) for row in facts.foreign())


def _restricted(facts: Facts, today: date) -> Truth:
    """The ILS's own flag, which is what gates go by; the rows where it is not known."""
    if facts.restricted is not UNKNOWN or facts.restrictions is UNKNOWN:
        return facts.restricted
    return any(row.in_force(today) for row in facts.restrictions)


def _rules(facts: Facts, policy: Policy, today: date) -> Iterator[str]:
    by_type = {rule.restriction_type: rule.id for rule in policy.rules}
    yield from dict.fromkeys(by_type.get(row.type, row.type) for row in facts.ours() if row.in_force(today))


def _stops(facts: Facts, policy: Policy, today: date) -> frozenset[Privilege]:
    """What the rules behind the rows in force mean to stop, all together; an orphan's, and a flag's, is everything."""
    by_type = {rule.restriction_type: rule.stops for rule in policy.rules}
    meant = [by_type.get(row.type, ALL_STOPS) for row in facts.ours() if row.in_force(today)]
    stops = frozenset().union(*meant) if meant else ALL_STOPS
    return frozenset(privilege for privilege in Privilege if privilege.value in stops)


def _owed(facts: Facts, policy: Policy) -> int | Unknown:
    if facts.charges is UNKNOWN or facts.credit is UNKNOWN:
        return UNKNOWN
    return policy.currency.minor(outstanding(facts.charges) - facts.credit)


def compare(held: InForce, answer: GateAnswer) -> Comparison:
    """Whether the gate does what is in force."""
    if answer.trouble is not None or held.must_be_stopped is UNKNOWN:
        return Comparison(held=held, answer=answer, outcome=GateOutcome.NO_ANSWER)
    return _of_blocked(held, answer) if held.must_be_stopped else _of_clear(held, answer)


def _of_blocked(held: InForce, answer: GateAnswer) -> Comparison:
    """A gate that does not know the card refuses it, and so says nothing of the block."""
    judged = {each: allowed for each, allowed in answer.allowed.items() if each in held.stops}
    if answer.known is False or (not judged and answer.restricted is UNKNOWN):
        return Comparison(held=held, answer=answer, outcome=GateOutcome.NO_ANSWER)
    let_in = _those(judged, allowed=True)
    is_open = bool(let_in) or answer.restricted is False
    outcome = GateOutcome.GATE_OPEN if is_open else GateOutcome.EQUAL
    return Comparison(held=held, answer=answer, outcome=outcome, let_in=let_in, refused=_those(judged, allowed=False))


def _of_clear(held: InForce, answer: GateAnswer) -> Comparison:
    refused = _those(answer.allowed, allowed=False)
    if refused or answer.known is False or answer.restricted is True:
        return Comparison(
            held=held,
            answer=answer,
            outcome=GateOutcome.CLOSED_BY_ANOTHER,
            refused=refused,
            causes=_causes(held, answer, refused),
        )
    told = bool(answer.allowed) or answer.restricted is False
    return Comparison(held=held, answer=answer, outcome=GateOutcome.EQUAL if told else GateOutcome.NO_ANSWER)


def _those(told: Mapping[Privilege, bool], *, allowed: bool) -> frozenset[Privilege]:
    return frozenset(privilege for privilege, is_allowed in told.items() if is_allowed is allowed)


def _causes(held: InForce, answer: GateAnswer, refused: Collection[Privilege]) -> tuple[Cause, ...]:
    """What the gate says itself first, then what the card's facts say."""
    if answer.known is False:
        return (Cause.UNKNOWN_CARD,)
    remarks = answer.remarks
    lost = held.card_lost is True or Remark.CARD_LOST in remarks
    nowhere = Remark.NO_ADDRESS in remarks
    if answer.card_lost is True and not lost:
        # One flag stands for both: where the card is not reported lost, the address is what is missing.
        nowhere |= held.card_lost is False
        lost = not nowhere
    is_flagged = held.restricted is True or answer.restricted is True
    likely = {
        Cause.FINES: answer.fines is True or Remark.FINES in remarks,
        Cause.FINES_OF_OTHERS: Remark.FINES_OF_OTHERS in remarks,
        Cause.CARD_LOST: lost,
        Cause.NO_ADDRESS: nowhere,
        # Overdues stop loans and nothing else; a flag of their own they have only where the gate's account says so.
        Cause.OVERDUES: answer.overdue is True or Remark.OVERDUES in remarks or set(refused) == {Privilege.LOANS},
        Cause.EXPIRED: held.expired is True or answer.expired is True or Remark.EXPIRED in remarks,
        Cause.STAFF: held.foreign is True,
        Cause.FLAG: is_flagged and held.foreign is not True,
    }
    found = tuple(cause for cause, is_likely in likely.items() if is_likely)
    # Koha has a second limit, which counts charges whatever credit there is, and says only that something is owed.
    return found or ((Cause.FINES,) if Remark.OWES in remarks else (Cause.UNEXPLAINED,))
