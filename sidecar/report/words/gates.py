"""What the gates do, in words: a sentence for each card, and what to do about it."""

from collections.abc import Mapping
from typing import Final

from sidecar.core.gates import Cause, Comparison, GateOutcome, Privilege
from sidecar.core.model import UNKNOWN
from sidecar.core.policy import Policy
from sidecar.language import _, gettext_noop, listed
from sidecar.report.words.vocabulary import amount

OUTCOMES: Final[Mapping[GateOutcome, str]] = {
    GateOutcome.EQUAL: gettext_noop("equal"),
    GateOutcome.GATE_OPEN: gettext_noop("gate open"),
    GateOutcome.CLOSED_BY_ANOTHER: gettext_noop("closed by another"),
    GateOutcome.NO_ANSWER: gettext_noop("no answer"),
}
CAUSES: Final[Mapping[Cause, str]] = {
    Cause.UNKNOWN_CARD: gettext_noop("the gate does not know the card"),
    Cause.FINES: gettext_noop("Koha's own limit of fines"),
    Cause.FINES_OF_OTHERS: gettext_noop("Koha's limit of fines of guarantors or guarantees"),
    Cause.CARD_LOST: gettext_noop("the card is flagged lost"),
    Cause.NO_ADDRESS: gettext_noop("the address is flagged as gone"),
    Cause.OVERDUES: gettext_noop("overdue loans"),
    Cause.EXPIRED: gettext_noop("the card has expired"),
    Cause.STAFF: gettext_noop("a restriction set by staff"),
    Cause.FLAG: gettext_noop("a restriction flag without a row behind it"),
    Cause.UNEXPLAINED: gettext_noop("the gate gives no reason"),
}
REMEDIES: Final[Mapping[Cause, str]] = {
    Cause.UNKNOWN_CARD: gettext_noop(
        "Is it another library's gate, or does it change card numbers? Check `host` and `institution`."
    ),
    Cause.FINES: gettext_noop(
        "Set `noissuescharge` in Koha above every threshold of the policy, as 100000: at a SIP2 gate an empty one and "
        "0 count as 5."
    ),
    Cause.FINES_OF_OTHERS: gettext_noop(
        "See `NoIssuesChargeGuarantees` and `NoIssuesChargeGuarantorsWithGuarantees` in Koha."
    ),
    Cause.CARD_LOST: gettext_noop("A lost_card rule of the policy, or the flag itself, tells staff why."),
    Cause.NO_ADDRESS: gettext_noop(
        "Koha refuses such cards by itself; staff take the flag off when they have the address."
    ),
    Cause.OVERDUES: gettext_noop("See `OverduesBlockCirc` in Koha."),
    Cause.EXPIRED: gettext_noop("As it must be: staff renew the card."),
    Cause.STAFF: gettext_noop("As it must be: Cardwarden leaves it alone."),
    Cause.FLAG: gettext_noop(
        "The next change that Cardwarden makes to the card puts it right; staff can do so by saving it."
    ),
    Cause.UNEXPLAINED: gettext_noop("Ask about the card at the desk: Koha says there what stops it."),
}
PRIVILEGES: Final[Mapping[Privilege, str]] = {
    Privilege.LOANS: gettext_noop("loans"),
    Privilege.RENEWALS: gettext_noop("renewals"),
    Privilege.HOLDS: gettext_noop("holds"),
}


def gate_sentence(comparison: Comparison, policy: Policy) -> str:
    """How one card fares at one gate."""
    match comparison.outcome:
        case GateOutcome.GATE_OPEN:
            return _("{who}, but {what}.", who=_held_words(comparison), what=_let_in(comparison))
        case GateOutcome.CLOSED_BY_ANOTHER:
            who, causes = _clear_words(comparison, policy), causes_words(comparison)
            if not comparison.refused:
                return _("{who}, but refused as restricted: {causes}.", who=who, causes=causes)
            refused = privileges_words(comparison.refused)
            return _("{who}, but refused {refused}: {causes}.", who=who, refused=refused, causes=causes)
        case GateOutcome.NO_ANSWER:
            return _("Not known: {why}.", why=no_answer_words(comparison))
        case GateOutcome.EQUAL if comparison.held.must_be_stopped is True:
            return _("{who}, and refused.", who=_held_words(comparison))
        case GateOutcome.EQUAL:
            return _("{who}, and let in.", who=_clear_words(comparison, policy))


def causes_words(comparison: Comparison) -> str:
    """What is likely to stop a card that Cardwarden does not block."""
    return listed(_(CAUSES[cause]) for cause in comparison.causes)


def no_answer_words(comparison: Comparison) -> str:
    """Why a gate said nothing of a block."""
    if comparison.answer.trouble is not None:
        return comparison.answer.trouble
    if comparison.held.must_be_stopped is UNKNOWN:
        return _("Koha does not tell whether the card is restricted")
    if comparison.answer.known is False:
        return _("the gate does not know the card, so it says nothing of the block")
    return _("the gate says nothing of what the block stops")


def _held_words(comparison: Comparison) -> str:
    if comparison.held.ours is True:
        return _("Blocked by {rules}", rules=listed(comparison.held.rules))
    return _("Restricted in Koha")


def _clear_words(comparison: Comparison, policy: Policy) -> str:
    owed = comparison.held.owed
    if owed is UNKNOWN or owed <= 0:
        return _("Not blocked by Cardwarden")
    return _("Not blocked by Cardwarden (owes {sum})", sum=amount(owed, policy.currency))


def _let_in(comparison: Comparison) -> str:
    let_in = privileges_words(comparison.let_in)
    return _("the gate allows {what}", what=let_in) if let_in else _("the gate does not see the restriction")


def privileges_words(privileges: frozenset[Privilege]) -> str:
    """Privileges in a list, in a fixed order."""
    return listed(_(PRIVILEGES[each]) for each in Privilege if each in privileges)
