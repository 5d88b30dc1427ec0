"""What would become of the card: the changes of a decision made, the steps of an answer done, and decided anew.

The rules are not told a second time here: what follows is what `decide` says of the facts as they would be.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, assert_never

from sidecar.core.accounts import outstanding
from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Case, Charge, Facts, Kind, Origin, Restriction, RuleId, Stage, Unknown
from sidecar.core.plan import Change, ChangeKind
from sidecar.core.planning import plan_changes
from sidecar.core.policy import Policy, RuleKind, Scope
from sidecar.core.table import evidence_of_override
from sidecar.core.verdict import Decision, Verdict
from sidecar.desk.answer import BringBack, ClearFlag, Part, Pay, ResetCounter, ShowId, Step

_LATER: Final = timedelta(microseconds=1)
"""What is done after a look is later than the look."""

Held = Callable[[Change], bool]
"""Whether a change waits."""


@dataclass(frozen=True, slots=True)
class Card:
    """Facts and cases of one patron at a moment."""

    facts: Facts
    cases: dict[RuleId, Case]
    policy: Policy
    now: datetime
    scope: Scope

    def decided(self) -> Decision:
        """What the rules say of it."""
        return decide(self.facts, self.cases, self.policy, self.now, self.scope)

    @property
    def today(self) -> date:
        """The calendar day in the library's time zone."""
        return self.now.astimezone(self.policy.time_zone).date()


def after_cycle(card: Card, decision: Decision, held: Held) -> Card:
    """The card once the changes of its decision are made, but for those that are held."""
    cases = {verdict.rule: verdict.case_now for verdict in decision.verdicts if verdict.case_now is not None}
    facts = card.facts
    for change in plan_changes([decision], card.policy, amend=False).changes():
        if held(change):
            continue
        facts = _written(facts, change, card.now)
        cases.pop(change.rule, None)
        if change.case_after is not None:
            cases[change.rule] = change.case_after
    return replace(card, facts=facts, cases=cases if decision.in_scope else card.cases)


def after_steps(card: Card, decision: Decision, steps: Iterable[Step]) -> Card:
    """The card once these steps are done; `decision` is that on the card as it is given."""
    for step in steps:
        match step:
            case Pay(parts=parts):
                card = replace(card, facts=_paid(card.facts, parts, card.policy, card.now))
            case ShowId(rule=rule):
                card = _released(card, next(verdict for verdict in decision.verdicts if verdict.rule == rule))
            case ResetCounter():
                card = replace(card, facts=replace(card.facts, failed_pin=0))
            case ClearFlag(lost=True):
                card = replace(card, facts=replace(card.facts, card_lost=False))
            case ClearFlag():
                card = replace(card, facts=_put_right(card.facts))
            case BringBack():
                card = replace(card, facts=replace(card.facts, overdue=()))
            case _:
                assert_never(step)
    return card


def _put_right(facts: Facts) -> Facts:
    """The record without marks: not expired, the address right."""
    return replace(facts, address_unknown=False, patron=replace(facts.patron, expires=None))


def _written(facts: Facts, change: Change, now: datetime) -> Facts:
    if change.kind is ChangeKind.RESET_PIN:
        return replace(facts, failed_pin=0, flag_matches=True)
    if facts.restrictions is UNKNOWN:
        return facts
    rows = tuple(row for row in facts.restrictions if not (row.ours and row.type == change.restriction_type))
    if change.kind is ChangeKind.ADD:
        added = Restriction(f"new {change.restriction_type}", change.restriction_type, ours=True, created=now)
        rows = (*rows, added)
    return replace(facts, restrictions=rows, flag_matches=True)


def _paid(facts: Facts, parts: Iterable[Part], policy: Policy, now: datetime) -> Facts:
    if facts.charges is UNKNOWN:
        return facts
    left = {part.kind: policy.currency.major(part.minor) for part in parts}
    charges = tuple(charge for one in facts.charges if (charge := _less(one, policy.kind_of(one.type), left)))
    paid = replace(facts, charges=charges, paid_at=now + _LATER)
    return replace(paid, settled_at=now + _LATER) if _owes_nothing(charges, facts.credit, policy) else paid


def _less(charge: Charge, kind: Kind, left: dict[Kind, Decimal]) -> Charge | None:
    """The charge less what is left to pay in its kind; None once it is paid."""
    part = min(charge.outstanding, left.get(kind, Decimal(0)))
    left[kind] = left.get(kind, Decimal(0)) - part
    rest = charge.outstanding - part
    return replace(charge, outstanding=rest) if rest > 0 else None


def _owes_nothing(charges: Iterable[Charge], credit: Decimal | Unknown, policy: Policy) -> bool:
    if credit is UNKNOWN:
        return False
    return policy.currency.minor(outstanding(charges) - credit) <= 0


def _released(card: Card, verdict: Verdict) -> Card:
    """As `release` does it: the rows go, a counter is reset; else it is remembered that staff lifted the block."""
    facts, now = card.facts, card.now
    rows = () if facts.restrictions is UNKNOWN else facts.restrictions
    kept = tuple(row for row in rows if not (row.ours and row.type in verdict.types))
    resets = verdict.rule_kind is RuleKind.FAILED_PIN and isinstance(facts.failed_pin, int) and facts.failed_pin > 0
    cases = {rule: case for rule, case in card.cases.items() if rule != verdict.rule}
    if not resets and verdict.blocks is not False:
        cases[verdict.rule] = Case(
            patron=verdict.patron,
            rule=verdict.rule,
            stage=Stage.OVERRIDDEN,
            since=now,
            evidence=evidence_of_override(facts, verdict.evidence, verdict.rule_kind),
            restriction_type=verdict.restriction_type,
            origin=Origin.RELEASED,
        )
    failed_pin = 0 if resets else facts.failed_pin
    facts = replace(facts, restrictions=kept, failed_pin=failed_pin, flag_matches=True)
    return replace(card, facts=facts, cases=cases)
