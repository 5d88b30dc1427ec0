"""What is owed of the charges that a rule looks at: sums, and the evidence of the kinds of rule that rest on them."""

from collections.abc import Iterable
from decimal import Decimal

from sidecar.core.kinds.asking import Question
from sidecar.core.model import UNKNOWN, Charge, Evidence, Facts, Kind, Unknown


def counted_charges(question: Question, kinds: frozenset[Kind]) -> tuple[Charge, ...] | Unknown:
    """The open charges of these kinds."""
    charges = question.facts.charges
    if charges is UNKNOWN:
        return UNKNOWN
    return tuple(charge for charge in charges if question.policy.kind_of(charge.type) in kinds)


def sum_of(
    question: Question, kinds: frozenset[Kind], *, net: bool, without: frozenset[str] = frozenset()
) -> int | Unknown:
    """Exact sum of the charges of these kinds, less credit if `net`, rounded once to minor units."""
    charges, credit = counted_charges(question, kinds), question.facts.credit
    if charges is UNKNOWN or (net and credit is UNKNOWN):
        return UNKNOWN
    exact = _total(charge.outstanding for charge in charges if charge.id not in without)
    if net and credit is not UNKNOWN:
        exact -= credit
    return question.policy.currency.minor(exact)


def settled_since_it_blocked(question: Question) -> bool:
    """Whether nothing at all was owed at a moment after the block began, and after the last cycle that saw the debt
    block: what was settled before that was another debt."""
    settled, began, case = question.facts.settled_at, question.block_began, question.blocked_case
    if settled is None or began is None or settled <= began:
        return False
    return case is None or case.blocking_at is None or settled > case.blocking_at


def money_evidence(
    question: Question, counted: int | Unknown, owed: int | Unknown, *, without: frozenset[str] = frozenset()
) -> Evidence:
    """The numbers of a rule that rests on charges: what it counts, and what its release waits for."""
    charges = counted_charges(question, question.rule.counts)
    credit, threshold = question.facts.credit, question.terms.threshold
    unknown = [name for name, value in (("charges", charges), ("credit", credit)) if value is UNKNOWN]
    return Evidence(
        counted=None if counted is UNKNOWN else counted,
        owed=None if owed is UNKNOWN else owed,
        credit=None if credit is UNKNOWN else question.policy.currency.minor(credit),
        lines=() if charges is UNKNOWN else tuple(sorted(charge.id for charge in charges if charge.id not in without)),
        threshold=threshold.value if threshold else None,
        operator=threshold.operator if threshold else None,
        settled_at=question.facts.settled_at,
        unknown=tuple(unknown),
    )


def every_open_charge(facts: Facts) -> tuple[str, ...] | None:
    """All open charges, also those that a policy does not count; None where they are not known."""
    return None if facts.charges is UNKNOWN else tuple(sorted(charge.id for charge in facts.charges))


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
