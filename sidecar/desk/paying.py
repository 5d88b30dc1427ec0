"""The least that must be paid so that every rule is content, exactly."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from itertools import product
from typing import Final

from sidecar.core.model import UNKNOWN, Currency, Facts, Kind
from sidecar.core.policy import AtMost, BelowBlock, PaidAndReturned, PaidInFull, Policy, ReferIf, Rule, RuleKind
from sidecar.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Need:
    """At least so much, in minor units, must be paid in charges of these kinds together."""

    kinds: frozenset[Kind]
    minor: int


Payment = Mapping[Kind, int]
"""Minor units in charges of each kind."""

_FIRST, _SECOND, _THIRD = tuple(Kind)
_ALL: Final = frozenset(Kind)


def needs_to_release(verdict: Verdict, rule: Rule) -> Iterator[Need]:
    """What a rule's release, and its not blocking anew, ask for; nothing where no payment releases it."""
    counted, owed = verdict.evidence.counted, verdict.evidence.owed
    if owed is None or (counted is None and rule.kind is not RuleKind.OVERDUE):
        return
    release = verdict.terms.release
    if rule.kind is RuleKind.UNPAID_CHARGE and isinstance(release, PaidInFull | PaidAndReturned):
        yield Need(rule.counts, owed)
    elif rule.kind is RuleKind.COLLECTION and isinstance(release, PaidInFull):
        yield Need(rule.counts, counted or owed)
    elif rule.kind is RuleKind.OVERDUE and isinstance(release, PaidAndReturned):
        yield Need(rule.release_counts, owed)
    elif rule.kind is RuleKind.DEBT and isinstance(release, PaidInFull | PaidAndReturned | BelowBlock | AtMost):
        yield from needs_to_unblock(verdict, rule)
        if isinstance(release, PaidInFull | PaidAndReturned):
            yield Need(rule.release_counts, owed)
        if isinstance(release, AtMost) and counted is not None:
            yield Need(rule.counts, counted - release.value)


def needs_to_unblock(verdict: Verdict, rule: Rule) -> Iterator[Need]:
    """What must be paid so that a free card would not be blocked. A claim that is told is ended by nothing less than
    all of it, unless only what is still at the operator is referred."""
    counted, threshold = verdict.evidence.counted, verdict.terms.threshold
    if counted is None:
        return
    if rule.asks_when_charges_arose:  # which charges a payment goes to is the ILS's choice: nothing less is sure
        yield Need(rule.release_counts, verdict.evidence.owed or counted)
    elif rule.kind is RuleKind.COLLECTION and rule.refer_if is ReferIf.ANYTHING_LEFT:
        yield Need(rule.counts, counted)
    elif threshold is not None:
        yield Need(rule.counts, counted - threshold.value + threshold.inclusive)


@dataclass(frozen=True, slots=True)
class Account:
    """What is open in charges of each kind, exactly."""

    open: Mapping[Kind, Decimal]
    currency: Currency

    @property
    def most(self) -> Payment:
        """The most that can be paid in each kind: what is open, rounded up to minor units."""
        decimals = self.currency.decimals
        return {
            each: int(sum_.scaleb(decimals).quantize(Decimal(1), ROUND_CEILING)) for each, sum_ in self.open.items()
        }

    def satisfies(self, payment: Payment, need: Need) -> bool:
        """Whether the sum that a rule looks at goes down by so much: fractions of a minor unit that are left in several
        kinds may add up to one."""
        before = sum((self.open[kind] for kind in need.kinds), Decimal(0))
        paid = sum((min(self.open[kind], self.currency.major(payment[kind])) for kind in need.kinds), Decimal(0))
        return self.currency.minor(before) - self.currency.minor(before - paid) >= need.minor


def account_of(facts: Facts, policy: Policy) -> Account:
    """The patron's open charges by kind; nothing where they are not known."""
    sums = dict.fromkeys(Kind, Decimal(0))
    for charge in () if facts.charges is UNKNOWN else facts.charges:
        sums[policy.kind_of(charge.type)] += charge.outstanding
    return Account(sums, policy.currency)


def payment_for(needs: Iterable[Need], account: Account) -> Payment | None:
    """The least payment that really satisfies every need, where fractions stand in its way all that is open in the
    kinds that are needed; None if nothing does."""
    asked = [need for need in needs if need.minor > 0]
    wanted = asked
    for _ in Kind:
        payment = least_payment(wanted, account.most)
        if payment is None:
            break
        if all(account.satisfies(payment, need) for need in asked):
            return payment
        wanted = [need if account.satisfies(payment, need) else replace(need, minor=need.minor + 1) for need in wanted]
    needed = {kind for need in asked for kind in need.kinds}
    everything = {kind: account.most[kind] if kind in needed else 0 for kind in Kind}
    return everything if all(account.satisfies(everything, need) for need in asked) else None


def least_payment(needs: Iterable[Need], most: Payment) -> Payment | None:
    """The payment with the least sum that satisfies every need; None if what is open cannot.

    With three kinds of charge the least sum is found where the first kind takes one of the few amounts at which
    another need begins to matter; replacement charges take what may go to either.
    """
    wanted: dict[frozenset[Kind], int] = dict.fromkeys(_subsets(), 0)
    for need in needs:
        wanted[need.kinds] = max(wanted.get(need.kinds, 0), need.minor)
    if wanted.get(frozenset(), 0) > 0:
        return None
    candidates = (_completed(first, wanted, most) for first in _first_amounts(wanted, most))
    found = [candidate for candidate in candidates if candidate is not None]
    return min(found, key=lambda payment: (sum(payment.values()), payment[Kind.OTHER], payment[Kind.FEE]), default=None)


def _subsets() -> list[frozenset[Kind]]:
    choices = product((False, True), repeat=len(Kind))
    return [frozenset(kind for kind, chosen in zip(Kind, choice, strict=True) if chosen) for choice in choices]


def _first_amounts(wanted: Mapping[frozenset[Kind], int], most: Payment) -> Iterator[int]:
    alone = wanted[frozenset({_FIRST})]
    second, third = wanted[frozenset({_SECOND})], wanted[frozenset({_THIRD})]
    with_second, with_third = wanted[frozenset({_FIRST, _SECOND})], wanted[frozenset({_FIRST, _THIRD})]
    without = wanted[frozenset({_SECOND, _THIRD})]
    turning = (
        alone,
        with_second - second,
        with_third - third,
        with_second - most[_SECOND],
        with_third - most[_THIRD],
        with_second + third - without,
        with_third + second - without,
        (with_second + with_third - without) // 2,
        (with_second + with_third - without + 1) // 2,
        wanted[_ALL] - most[_SECOND] - most[_THIRD],
    )
    for amount in turning:
        if alone <= amount <= most[_FIRST]:
            yield amount


def _completed(first: int, wanted: Mapping[frozenset[Kind], int], most: Payment) -> Payment | None:
    """The least of the other two kinds beside so much of the first; then what all together still lack."""
    second = max(wanted[frozenset({_SECOND})], wanted[frozenset({_FIRST, _SECOND})] - first)
    third = max(wanted[frozenset({_THIRD})], wanted[frozenset({_FIRST, _THIRD})] - first)
    without = wanted[frozenset({_SECOND, _THIRD})]
    amounts = {_FIRST: first, _SECOND: second, _THIRD: third}
    amounts = _raised(amounts, without, (_SECOND, _THIRD), most)
    amounts = _raised(amounts, wanted[_ALL], (_SECOND, _FIRST, _THIRD), most)
    enough = all(sum(amounts[kind] for kind in kinds) >= minor for kinds, minor in wanted.items())
    return amounts if enough and all(0 <= amounts[kind] <= most[kind] for kind in Kind) else None


def _raised(amounts: dict[Kind, int], wanted: int, kinds: Iterable[Kind], most: Payment) -> dict[Kind, int]:
    """The amounts with what these kinds lack to reach `wanted` together, as far as there is that much open."""
    raised, order = dict(amounts), tuple(kinds)
    for kind in order:
        lacking = wanted - sum(raised[each] for each in order)
        raised[kind] += max(0, min(lacking, most[kind] - raised[kind]))
    return raised
