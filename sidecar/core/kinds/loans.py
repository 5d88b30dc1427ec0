"""Loans past their due day: how many count, and whether none is left."""

from sidecar.core.counting import Loans
from sidecar.core.kinds.asking import Question
from sidecar.core.model import UNKNOWN, Facts, OverdueItem, Truth, Unknown

ANY: Loans = Loans()
"""Every loan that is past its due day."""


def counted_loans(
    question: Question, loans: Loans
) -> tuple[tuple[OverdueItem, ...], tuple[OverdueItem, ...]] | Unknown:
    """The loans that count for sure, and those that may: the same where nothing that decides it is unknown."""
    overdue = question.facts.overdue
    if overdue is UNKNOWN:
        return UNKNOWN
    answers = [(item, loans.count(item, question.today)) for item in overdue]
    certain = tuple(item for item, counts in answers if counts is True)
    return certain, tuple(item for item, counts in answers if counts is not False)


def none_is_left(question: Question) -> Truth:
    """Whether no loan at all is past its due day, of whatever age and type."""
    counted = counted_loans(question, ANY)
    return UNKNOWN if counted is UNKNOWN else not counted[0]


def every_loan(facts: Facts) -> tuple[str, ...] | None:
    """All loans past their due day, also those that a policy does not count yet; None where they are not known."""
    return None if facts.overdue is UNKNOWN else tuple(sorted(item.id for item in facts.overdue))
