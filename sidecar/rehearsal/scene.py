"""The world of a policy test between two steps: what happened since the step before, as facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from sidecar.core.model import (
    UNKNOWN,
    Case,
    Charge,
    Facts,
    Kind,
    OverdueItem,
    Patron,
    RuleId,
)
from sidecar.core.policy import Policy
from sidecar.rehearsal.claims import Claims, after_word, noticed_before, reports
from sidecar.rehearsal.testfile import (
    FIRST_DAY,
    ChargeGiven,
    GuaranteeGiven,
    LoanGiven,
    PatronGiven,
    PolicyTestCase,
    Step,
    noon_of,
)

_SUBJECT: Final = "1"
_EVERY_MONTH_HAS: Final = 28


@dataclass(frozen=True, slots=True)
class Stage:
    """The world of one case between two steps. `arose` is when each charge was first named, by its id."""

    facts: Facts
    now: datetime
    first: date
    cases: Mapping[RuleId, Case] = field(default_factory=dict)
    arose: Mapping[str, date] = field(default_factory=dict)
    claims: Claims = ()


def with_plain_kinds(policy: Policy) -> Policy:
    """A test may name a charge by its kind alone."""
    return replace(policy, kinds={**policy.kinds, **{_type_of_kind(kind): kind for kind in Kind}})


def _type_of_kind(kind: Kind) -> str:
    return f"(any {kind})"


def opening(case: PolicyTestCase, policy: Policy) -> Stage:
    """The card just before the first step: nothing is owed, nothing is overdue, nothing is flagged."""
    first = case.on or FIRST_DAY
    facts = Facts(_patron(case.patron, first), overdue=(), address_unknown=False, guarantees=())
    return Stage(facts, now=noon_of(0, policy.time_zone, first) - timedelta(seconds=1), first=first)


def _born(age: int, first: date) -> date:
    """Who is 17 in a test is 17 for the whole first year of it."""
    return date(first.year - age, first.month, min(first.day, _EVERY_MONTH_HAS))


def _patron(given: PatronGiven, first: date) -> Patron:
    return Patron(
        id=_SUBJECT,
        library=given.library,
        category=given.category,
        born=_born(given.age, first),
        language=given.language,
        attributes=frozenset(given.attributes),
    )


def set_scene(stage: Stage, step: Step, policy: Policy) -> Stage:
    """What happened since the step before; what the step does not name is as it was."""
    next_moment = stage.now + timedelta(seconds=1)
    now = max(step.moment(policy.time_zone, stage.first) or next_moment, next_moment)
    today = now.astimezone(policy.time_zone).date()
    just_before = now - timedelta(milliseconds=500)
    facts, arose = _with_money(stage, step, today)
    facts = _with_marks(facts, step, stage.first, today)
    if step.settled:
        facts = replace(facts, settled_at=just_before, paid_at=just_before)
    claims = stage.claims if step.agency is None else after_word(stage.claims, step.agency, just_before)
    lifted = {rule.restriction_type for rule in policy.rules if rule.id in step.staff_lifts}
    rows = tuple(row for row in facts.ours() if row.type not in lifted)
    return replace(
        stage,
        facts=replace(facts, restrictions=rows, claims=reports(claims)),
        now=now,
        arose=arose,
        claims=claims,
        cases=noticed_before(dict(stage.cases), step, now),
    )


def _with_money(stage: Stage, step: Step, today: date) -> tuple[Facts, Mapping[str, date]]:
    facts, arose = stage.facts, dict(stage.arose)
    if step.charges is not None:
        facts = replace(facts, charges=_charges(step.charges, arose, today))
    if step.credit is not None:
        facts = replace(facts, credit=step.credit)
    if step.guarantees is not None:
        guarantees = [_guarantee(each, place, arose, stage.first, today) for place, each in enumerate(step.guarantees)]
        facts = replace(facts, guarantees=tuple(guarantees))
    return facts, arose


def _charges(given: Sequence[ChargeGiven], arose: dict[str, date], today: date, whose: str = "") -> tuple[Charge, ...]:
    charges = []
    for place, each in enumerate(given, 1):
        identity = f"{whose}#{place}" if each.id is None else f"{whose}{each.id}"
        if each.days is not None:
            arose[identity] = today - timedelta(days=each.days)
        day = arose.setdefault(identity, today)
        charges.append(Charge(identity, each.type or _type_of_kind(each.kind), each.outstanding, arose=day))
    return tuple(charges)


def _guarantee(given: GuaranteeGiven, place: int, arose: dict[str, date], first: date, today: date) -> Facts:
    identity = f"guarantee {place + 1}"
    who = Patron(
        identity, given.library, given.category, _born(given.age, first), attributes=frozenset(given.attributes)
    )
    return Facts(who, _charges(given.charges, arose, today, f"{identity} "), overdue=(), guarantees=())


def _with_marks(facts: Facts, step: Step, first: date, today: date) -> Facts:
    """The facts with what the step says of the card, its holder and the loans."""
    patron = facts.patron
    if step.attributes is not None:
        patron = replace(patron, attributes=frozenset(step.attributes))
    if step.expired is not None:
        patron = replace(patron, expires=first - timedelta(days=1) if step.expired else None)
    facts = replace(facts, patron=patron)
    if step.failed_pin is not None:
        facts = replace(facts, failed_pin=step.failed_pin)
    if step.card_lost is not None:
        facts = replace(facts, card_lost=step.card_lost)
    if step.address_unknown is not None:
        facts = replace(facts, address_unknown=step.address_unknown)
    if step.overdue is not None:
        loans = tuple(_loan(given, place, today) for place, given in enumerate(step.overdue, 1))
        facts = replace(facts, overdue=loans)
    return facts


def _loan(given: LoanGiven, place: int, today: date) -> OverdueItem:
    identity = f"#{place}" if given.id is None else str(given.id)
    return OverdueItem(identity, today - timedelta(days=given.days), given.type or "", given.waited_for)


def hidden(facts: Facts, unknown: Sequence[str]) -> Facts:
    """The facts with those not read that the step calls unknown. Of unknown age is who has no birth date."""
    patron = facts.patron
    if "age" in unknown:
        patron = replace(patron, born=None)
    if "category" in unknown:
        patron = replace(patron, category=UNKNOWN)
    if "library" in unknown:
        patron = replace(patron, library=UNKNOWN)
    if "attributes" in unknown:
        patron = replace(patron, attributes=UNKNOWN)
    if "expired" in unknown:
        patron = replace(patron, expires=UNKNOWN)
    facts = replace(
        facts,
        patron=patron,
        charges=UNKNOWN if "charges" in unknown else facts.charges,
        credit=UNKNOWN if "credit" in unknown else facts.credit,
        failed_pin=UNKNOWN if "failed_pin" in unknown else facts.failed_pin,
        card_lost=UNKNOWN if "card_lost" in unknown else facts.card_lost,
        overdue=UNKNOWN if "overdue" in unknown else facts.overdue,
        guarantees=UNKNOWN if "guarantees" in unknown else facts.guarantees,
        address_unknown=UNKNOWN if "address_unknown" in unknown else facts.address_unknown,
    )
    if "arose" in unknown and facts.charges is not UNKNOWN:
        facts = replace(facts, charges=tuple(replace(charge, arose=None) for charge in facts.charges))
    return facts
