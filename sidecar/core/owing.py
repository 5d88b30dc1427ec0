"""The one alarm that a library needs: cards that owe nothing and are blocked by us all the same."""

from collections.abc import Iterator
from datetime import date

from sidecar.core.accounts import outstanding
from sidecar.core.kinds import MONEY_KINDS
from sidecar.core.model import UNKNOWN, Facts, Restriction
from sidecar.core.policy import AgencyConfirmation, ByStaff, PaidAndReturned, Policy, Rule
from sidecar.core.verdict import Decision


def rows_without_debt(decision: Decision, policy: Policy, today: date) -> Iterator[Restriction]:
    """Rows in force that were ours or are, on a card that owes nothing at all: of rules that a debt is behind, and of
    no rule any more. In scope or not. A claim that waits for its office's word is not among them."""
    facts = decision.facts
    if facts.restrictions is UNKNOWN or not _owes_nothing(facts, policy):
        return
    types = {each: policy.rule(verdict.rule) for verdict in decision.verdicts for each in reversed(verdict.types)}
    for row in facts.restrictions:
        if row.in_force(today) and (row.ours or row.once_of is not None):
            rule = policy.rule(row.once_of) if row.once_of else types.get(row.type) or policy.rule_of_type(row.type)
            if _wants_a_debt(rule):
                yield row


def _owes_nothing(facts: Facts, policy: Policy) -> bool:
    if facts.charges is UNKNOWN or facts.credit is UNKNOWN:
        return False
    owed = outstanding(facts.charges) - facts.credit
    return policy.currency.minor(owed) <= 0


def _wants_a_debt(rule: Rule | None) -> bool:
    if rule is None:
        return True
    by_payment = not isinstance(rule.terms.release, AgencyConfirmation | ByStaff | PaidAndReturned)
    return rule.kind in MONEY_KINDS and by_payment and rule.also_blocks is None
