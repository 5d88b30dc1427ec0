"""What is owed and paid, and what of it no rule that speaks of the card counts."""

from collections.abc import Iterator

from sidecar.core.accounts import outstanding
from sidecar.core.kinds import MONEY_KINDS
from sidecar.core.model import UNKNOWN, Facts, Kind, RuleId
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Policy, Rule, RuleKind
from sidecar.core.verdict import Decision, Standing, Verdict
from sidecar.desk.answer import Money, NotCounted, Omission, OpenCharge


def money_of(facts: Facts, policy: Policy) -> Money:
    """The account as it is: every open charge, the oldest first."""
    currency, charges = policy.currency, facts.charges
    credit = None if facts.credit is UNKNOWN else currency.minor(facts.credit)
    if charges is UNKNOWN:
        return Money(None, None, credit, facts.paid_at, facts.settled_at)
    opened = sorted(charges, key=lambda charge: (charge.incurred is None, charge.incurred, charge.id))
    return Money(
        charges=tuple(
            OpenCharge(charge.type, policy.kind_of(charge.type), currency.minor(charge.outstanding), charge.incurred)
            for charge in opened
        ),
        owed=currency.minor(outstanding(charges)),
        credit=credit,
        paid_at=facts.paid_at,
        settled_at=facts.settled_at,
    )


def not_counted(decision: Decision, policy: Policy) -> Iterator[NotCounted]:
    """What the rules that block, or are about to, leave out, and why."""
    speaking = [verdict for verdict in decision.verdicts if _speaks_of_money(verdict)]
    rules = [rule for verdict in speaking if (rule := policy.rule(verdict.rule)) is not None]
    yield from _kinds_left_out(decision.facts, rules, policy)
    yield from _credit_left_out(decision.facts, rules, policy)
    yield from _fractions(decision.facts, rules, policy)


def _speaks_of_money(verdict: Verdict) -> bool:
    stands = verdict.in_force is True or verdict.standing in {Standing.BLOCKED, Standing.ANNOUNCED}
    return verdict.rule_kind in MONEY_KINDS and stands and verdict.change is not ChangeKind.REMOVE


def _looked_at(rule: Rule) -> frozenset[Kind]:
    """The kinds that matter to the rule: what it counts, and what its release waits for."""
    return rule.counts if rule.kind is RuleKind.UNPAID_CHARGE else rule.counts | rule.release_counts


def _kinds_left_out(facts: Facts, rules: list[Rule], policy: Policy) -> Iterator[NotCounted]:
    by_kinds: dict[frozenset[Kind], list[RuleId]] = {}
    for rule in rules:
        by_kinds.setdefault(frozenset(Kind) - _looked_at(rule), []).append(rule.id)
    for kinds, ids in by_kinds.items():
        charges = () if facts.charges is UNKNOWN else facts.charges
        left = [charge for charge in charges if policy.kind_of(charge.type) in kinds]
        minor = policy.currency.minor(outstanding(left))
        if minor > 0:
            there = frozenset(policy.kind_of(charge.type) for charge in left)
            yield NotCounted(Omission.KIND, tuple(ids), minor, there)


def _credit_left_out(facts: Facts, rules: list[Rule], policy: Policy) -> Iterator[NotCounted]:
    gross = tuple(rule.id for rule in rules if rule.kind is RuleKind.UNPAID_CHARGE or not rule.net_of_credit)
    if gross and facts.credit is not UNKNOWN and (minor := policy.currency.minor(facts.credit)) > 0:
        yield NotCounted(Omission.CREDIT, gross, minor)


def _fractions(facts: Facts, rules: list[Rule], policy: Policy) -> Iterator[NotCounted]:
    """Sums are rounded to minor units; what is below is kept by the ILS and counted by no rule."""
    charges = () if facts.charges is UNKNOWN else facts.charges
    exact = outstanding(charges)
    if rules and policy.currency.major(policy.currency.minor(exact)) != exact:
        yield NotCounted(Omission.FRACTION, tuple(rule.id for rule in rules))
