"""What the answer says is so: do what it says, run a cycle, and the card is free, or blocked by exactly what it named.

Over random policies, cards and memories, with the real decide, plan, brakes, cycle and release.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from sidecar.core.model import UNKNOWN, Kind
from sidecar.core.policy import RuleKind
from sidecar.desk.answer import Answer, Part, Pay, Source, Why
from tests.core.builders import NOW
from tests.core.strategies import Situation, situations

from .house import Desk

USUAL = settings(
    max_examples=int(os.environ.get("DESK_EXAMPLES", "20")),
    deadline=None,
    derandomize=True,
    phases=[Phase.generate] if "DESK_EXAMPLES" in os.environ else tuple(Phase),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"), NOW)
    yield desk
    desk.close()


FLAG = {(Source.FLAG, "")}


def seat(desk: Desk, at: Situation) -> None:
    desk.at = NOW
    desk.sit(at.policy, at.facts, at.cases.values())


def as_it_said(said: Answer, desk: Desk) -> None:
    """The card is as the answer said that it would be."""
    present = desk.blocks()
    named = {each.block.key for each in said.stays}
    sure = {each.block.key for each in said.stays if each.why not in {Why.UNKNOWN, Why.ORDER}}
    assert sure <= present <= named, (said.steps, said.stays, present)
    if said.free_then is not UNKNOWN:
        assert (not present) is said.free_then


@given(situations(), st.booleans())
@settings(USUAL)
def test_what_the_answer_says_done_leaves_exactly_what_it_named(desk: Desk, at: Situation, later: bool) -> None:
    """`later`: a cycle runs between the question and what is done."""
    seat(desk, at)
    said = desk.answer()
    for step in said.steps:
        event(type(step).__name__)
    event(f"free then: {said.free_then}")
    if later:
        desk.cycle()
    desk.do(said.steps)
    desk.cycle()
    desk.cycle()
    as_it_said(said, desk)


@given(situations())
@settings(USUAL)
def test_what_happens_by_itself_is_what_the_answer_said(desk: Desk, at: Situation) -> None:
    seat(desk, at)
    said = desk.answer()
    assert {block.key for block in said.blocks} == desk.blocks()
    lifted = {each.block.key for each in said.lifting if each.brake is None}
    coming = {each.cause.rule for each in said.coming if each.brake is None}
    before = desk.blocks()
    desk.cycle()
    after = desk.blocks()
    assert before - after - FLAG == lifted, "any write puts a flag right that stands alone"
    assert {name for _source, name in after - before} == coming


@given(situations(unknown=False))
@settings(USUAL, max_examples=int(os.environ.get("DESK_EXAMPLES", "3")))  # each has a cycle for each part of a sum
def test_a_smaller_payment_would_not_do(desk: Desk, at: Situation) -> None:
    """Of what is on the card already, in whole minor units, by rules that set credit off (a rule that does not is
    content, too, when all is settled)."""
    facts = replace(at.facts, settled_at=None)
    if facts.charges is not UNKNOWN:
        facts = replace(
            facts,
            charges=tuple(
                replace(charge, outstanding=charge.outstanding.quantize(Decimal("0.01"))) for charge in facts.charges
            ),
        )
        facts = replace(facts, charges=tuple(charge for charge in facts.charges if charge.outstanding))
    gross = any(rule.kind is RuleKind.DEBT and not rule.net_of_credit for rule in at.policy.rules)
    assume(not (gross and facts.credit))
    assume(not any(rule.asks_when_charges_arose for rule in at.policy.rules))  # there all of it is asked for
    seat(desk, replace(at, facts=facts))
    desk.cycle()
    said = desk.answer()
    pays = [step for step in said.steps if isinstance(step, Pay)]
    assume(pays)
    (pay,) = pays
    assert pay.minor == sum(part.minor for part in pay.parts)
    for short in pay.parts:
        seat(desk, replace(at, facts=facts))
        desk.cycle()
        sums = {part.kind: part.minor - (part is short) for part in pay.parts}
        desk.do([replace(pay, parts=tuple(Part(kind, sums[kind]) for kind in Kind if sums.get(kind)))])
        desk.cycle()
        held = {name for _source, name in desk.blocks()}
        assert held & set(pay.rules), (pay, short)
