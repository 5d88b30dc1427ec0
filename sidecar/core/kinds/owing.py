"""What is owed of the charges that a rule looks at: sums, and the evidence of the kinds of rule that rest on them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sidecar.core.accounts import NOTHING, outstanding
from sidecar.core.kinds.asking import Question, Quiet, least_that_speaks
from sidecar.core.model import UNKNOWN, Charge, Evidence, Facts, Kind, Truth, Unknown
from sidecar.core.policy import Policy, Rule, Threshold


def counted_charges(question: Question, kinds: frozenset[Kind]) -> tuple[Charge, ...] | Unknown:
    """The open charges of these kinds."""
    charges = question.facts.charges
    if charges is UNKNOWN:
        return UNKNOWN
    if len(kinds) == len(Kind):
        return charges
    return tuple(charge for charge in charges if question.policy.kind_of(charge.type) in kinds)


@dataclass(frozen=True, slots=True)
class Counted:
    """What of the charges counts for blocking: the least and the most that it can be, which differ where the day on
    which a charge arose decides and is not known; and the charges that count for sure."""

    least: int | Unknown
    most: int | Unknown
    lines: tuple[str, ...] = ()

    @property
    def sum(self) -> int | Unknown:
        """The sum, where it is known."""
        return self.least if self.least == self.most else UNKNOWN

    def reaches(self, threshold: Threshold | None) -> Truth:
        """Whether it reaches a threshold, whichever of the two it is."""
        if threshold is None or self.least is UNKNOWN or self.most is UNKNOWN:
            return UNKNOWN
        if threshold.reached(self.least):
            return True
        return UNKNOWN if threshold.reached(self.most) else False


def counted_for_blocking(question: Question, *, net: bool, without: frozenset[str] = frozenset()) -> Counted:
    """What of the counted charges arose when the rule says; all of them where it does not say."""
    charges, credit = counted_charges(question, question.rule.counts), question.facts.credit
    if charges is UNKNOWN:
        return Counted(UNKNOWN, UNKNOWN)
    judged = [(charge, _is_of_its_day(charge, question)) for charge in charges if charge.id not in without]
    certain = [charge for charge, counts in judged if counts is True]
    possible = [charge for charge, counts in judged if counts is UNKNOWN]
    lines = tuple(sorted([charge.id for charge in certain]))
    if net and credit is UNKNOWN:
        return Counted(UNKNOWN, UNKNOWN, lines)
    off, minor = Decimal(0) if credit is UNKNOWN or not net else credit, question.policy.currency.minor
    sure = outstanding(certain) - off
    least = minor(sure)
    return Counted(least, minor(sure + outstanding(possible)) if possible else least, lines)


def owes_too_little(rule: Rule, policy: Policy) -> Quiet | None:
    """That the counted charges, whenever they arose and whatever credit there is, reach no operator of the rule."""
    least = least_that_speaks(rule)
    if least is None or least <= 0:
        return None
    enough = policy.currency.rounded_up_to(least)
    others_count = Kind.OTHER in rule.counts
    named_apart = {each for each, kind in policy.kinds.items() if (kind in rule.counts) is not others_count}

    def is_too_little(facts: Facts, _today: date) -> bool:
        if facts.charges is UNKNOWN or facts.credit is UNKNOWN or facts.credit.is_signed():
            return False
        total = NOTHING
        for charge in facts.charges:
            if charge.outstanding.is_signed():
                return False
            if (charge.type in named_apart) is not others_count:
                total += charge.outstanding
        return total < enough

    return is_too_little


def _is_of_its_day(charge: Charge, question: Question) -> Truth:
    rule, today = question.rule, question.today
    if not rule.asks_when_charges_arose:
        return True
    if charge.arose is None:
        return UNKNOWN
    old = rule.older_than is None or rule.older_than.passed(charge.arose, today)
    return old and (rule.each_year is None or rule.each_year.counts(charge.arose, today))


def sum_of(
    question: Question, kinds: frozenset[Kind], *, net: bool, without: frozenset[str] = frozenset()
) -> int | Unknown:
    """Exact sum of the charges of these kinds, however old, less credit if `net`, rounded once to minor units."""
    charges, credit = counted_charges(question, kinds), question.facts.credit
    if charges is UNKNOWN or (net and credit is UNKNOWN):
        return UNKNOWN
    exact = outstanding([charge for charge in charges if charge.id not in without])
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


def money_evidence(question: Question, counted: Counted, owed: int | Unknown) -> Evidence:
    """The numbers of a rule that rests on charges: what it counts, and what its release waits for."""
    credit, threshold = question.facts.credit, question.terms.threshold
    charges = question.facts.charges
    unknown = [name for name, value in (("charges", charges), ("credit", credit)) if value is UNKNOWN]
    if counted.least is not UNKNOWN and counted.sum is UNKNOWN:
        unknown.append("arose")
    return Evidence(
        counted=None if counted.sum is UNKNOWN else counted.sum,
        owed=None if owed is UNKNOWN else owed,
        credit=None if credit is UNKNOWN else question.policy.currency.minor(credit),
        lines=counted.lines,
        threshold=threshold.value if threshold else None,
        operator=threshold.operator if threshold else None,
        settled_at=question.facts.settled_at,
        unknown=tuple(unknown),
    )


def every_open_charge(facts: Facts) -> tuple[str, ...] | None:
    """All open charges, also those that a policy does not count; None where they are not known."""
    return None if facts.charges is UNKNOWN else tuple(sorted(charge.id for charge in facts.charges))
