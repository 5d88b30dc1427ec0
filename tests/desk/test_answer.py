"""What the answer says of a card, situation by situation."""

import pytest

from sidecar.core.model import Kind
from sidecar.desk import spoken
from sidecar.desk.answer import Part, Pay, ShowId, Source, Why

from .situations import DEBT_MONEY_AND_STAFF, HELD, PAID, SITUATIONS, Situation


@pytest.mark.parametrize("at", SITUATIONS, ids=lambda at: at.name)
def test_what_is_said(at: Situation) -> None:
    text = spoken(at.answer(), "en").as_text()
    for sentence in at.says:
        assert sentence in text, text
    for sentence in at.never:
        assert sentence not in text, text


def test_the_value_says_the_same_without_words() -> None:
    said = DEBT_MONEY_AND_STAFF.answer()
    assert said.blocked is True
    assert [block.source for block in said.blocks] == [Source.RULE, Source.RULE, Source.RULE, Source.STAFF]
    pay, show = said.steps
    assert isinstance(pay, Pay)
    assert (pay.minor, pay.parts) == (23900, (Part(Kind.FEE, 12400), Part(Kind.REPLACEMENT, 11500)))
    assert pay.everything
    assert isinstance(show, ShowId)
    assert show.rule == "pin"
    assert [stays.why for stays in said.stays] == [Why.STAFF]
    assert said.free_then is False
    assert said.releasable == ("debt", "bill", "pin")


def test_a_card_that_the_next_cycle_frees_asks_for_nothing() -> None:
    said = PAID.answer()
    assert (said.steps, said.stays, said.free_then) == ((), (), True)


def test_a_block_that_a_brake_holds_is_not_on_the_card() -> None:
    said = HELD.answer()
    assert (said.blocked, said.steps, said.stays, said.free_then) == (False, (), (), True)


@pytest.mark.parametrize("at", SITUATIONS, ids=lambda at: at.name)
def test_no_rule_is_said_to_free_the_card_while_anything_else_blocks(at: Situation) -> None:
    said = at.answer()
    if said.free_then is not True:
        assert "The card is then free" not in spoken(said, "en").as_text()
    assert (said.free_then is True) == (not said.stays and said.blocked in {True, False})
