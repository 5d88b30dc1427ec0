"""What the gates do, in words: a sentence for each card, and what to do about it."""

from collections.abc import Mapping
from typing import Final

from sidecar.core.gates import Cause, Comparison, GateOutcome, Privilege
from sidecar.core.model import UNKNOWN
from sidecar.core.policy import Policy
from sidecar.language import listed
from sidecar.report.words.vocabulary import amount

OUTCOMES: Final[Mapping[GateOutcome, str]] = {
    GateOutcome.EQUAL: "equal",
    GateOutcome.GATE_OPEN: "gate open",
    GateOutcome.CLOSED_BY_ANOTHER: "closed by another",
    GateOutcome.NO_ANSWER: "no answer",
}
CAUSES: Final[Mapping[Cause, str]] = {
    Cause.UNKNOWN_CARD: "the gate does not know the card",
    Cause.FINES: "Koha's own limit of fines",
    Cause.FINES_OF_OTHERS: "Koha's limit of fines of guarantors or guarantees",
    Cause.CARD_LOST: "the card is flagged lost",
    Cause.NO_ADDRESS: "the address is flagged as gone",
    Cause.OVERDUES: "overdue loans",
    Cause.EXPIRED: "the card has expired",
    Cause.STAFF: "a restriction set by staff",
    Cause.FLAG: "a restriction flag without a row behind it",
    Cause.UNEXPLAINED: "the gate gives no reason",
}
REMEDIES: Final[Mapping[Cause, str]] = {
    Cause.UNKNOWN_CARD: "Is it another library's gate, or does it change card numbers? Check `host` and `institution`.",
    Cause.FINES: "Set `noissuescharge` in Koha above every threshold of the policy, as 100000: at a SIP2 gate an empty "
    "one and 0 count as 5.",
    Cause.FINES_OF_OTHERS: "See `NoIssuesChargeGuarantees` and `NoIssuesChargeGuarantorsWithGuarantees` in Koha.",
    Cause.CARD_LOST: "A lost_card rule of the policy, or the flag itself, tells staff why.",
    Cause.NO_ADDRESS: "Koha refuses such cards by itself; staff take the flag off when they have the address.",
    Cause.OVERDUES: "See `OverduesBlockCirc` in Koha.",
    Cause.EXPIRED: "As it must be: staff renew the card.",
    Cause.STAFF: "As it must be: Cardwarden leaves it alone.",
    Cause.FLAG: "The next change that Cardwarden makes to the card puts it right; staff can do so by saving it.",
    Cause.UNEXPLAINED: "Ask about the card at the desk: Koha says there what stops it.",
}
PRIVILEGES: Final[Mapping[Privilege, str]] = {
    Privilege.LOANS: "loans",
    Privilege.RENEWALS: "renewals",
    Privilege.HOLDS: "holds",
}


def gate_sentence(comparison: Comparison, policy: Policy) -> str:
    """How one card fares at one gate."""
    match comparison.outcome:
        case GateOutcome.GATE_OPEN:
            return f"{_held_words(comparison)}, but {_let_in(comparison)}."
        case GateOutcome.CLOSED_BY_ANOTHER:
            return (
                f"{_clear_words(comparison, policy)}, but refused {_refused(comparison)}: {causes_words(comparison)}."
            )
        case GateOutcome.NO_ANSWER:
            return f"Not known: {no_answer_words(comparison)}."
        case GateOutcome.EQUAL if comparison.held.must_be_stopped is True:
            return f"{_held_words(comparison)}, and refused."
        case GateOutcome.EQUAL:
            return f"{_clear_words(comparison, policy)}, and let in."


def causes_words(comparison: Comparison) -> str:
    """What is likely to stop a card that Cardwarden does not block."""
    return listed(CAUSES[cause] for cause in comparison.causes)


def no_answer_words(comparison: Comparison) -> str:
    """Why a gate said nothing of a block."""
    if comparison.answer.trouble is not None:
        return comparison.answer.trouble
    if comparison.held.must_be_stopped is UNKNOWN:
        return "Koha does not tell whether the card is restricted"
    if comparison.answer.known is False:
        return "the gate does not know the card, so it says nothing of the block"
    return "the gate says nothing of what the block stops"


def _held_words(comparison: Comparison) -> str:
    if comparison.held.ours is True:
        return f"Blocked by {listed(comparison.held.rules)}"
    return "Restricted in Koha"


def _clear_words(comparison: Comparison, policy: Policy) -> str:
    owed = comparison.held.owed
    owes = "" if owed is UNKNOWN or owed <= 0 else f" (owes {amount(owed, policy.currency)})"
    return f"Not blocked by Cardwarden{owes}"


def _let_in(comparison: Comparison) -> str:
    let_in = privileges_words(comparison.let_in)
    return f"the gate allows {let_in}" if let_in else "the gate does not see the restriction"


def _refused(comparison: Comparison) -> str:
    return privileges_words(comparison.refused) or "as restricted"


def privileges_words(privileges: frozenset[Privilege]) -> str:
    """Privileges in a list, in a fixed order."""
    return listed(PRIVILEGES[each] for each in Privilege if each in privileges)
