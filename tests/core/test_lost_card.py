"""A card flagged lost in the ILS."""

import pytest

from sidecar.core.model import UNKNOWN
from sidecar.core.plan import Reason

from .builders import STAFF, card, case, facts, lost_rule, row, verdict_of

LOST, BY_STAFF = lost_rule(), lost_rule(release=STAFF)


def test_a_lost_card_is_blocked_and_free_when_the_flag_is_cleared() -> None:
    patron = card(LOST)
    assert patron.cycle(card_lost=True).blocked_by == {"lost"}
    assert patron.cycle(card_lost=False).blocked_by == set()
    assert patron.verdict().reason is Reason.FLAG_CLEARED


def test_where_only_staff_release_clearing_the_flag_does_not() -> None:
    patron = card(BY_STAFF).cycle(card_lost=True)
    assert patron.cycle(card_lost=False).blocked_by == {"lost"}


@pytest.mark.parametrize("flag", [True, False, UNKNOWN])
def test_where_only_staff_release_no_flag_does(flag: object) -> None:
    assert verdict_of(BY_STAFF, facts(card_lost=flag)).releases is False


def test_staff_lifting_the_row_is_respected_until_the_flag_is_cleared_and_set_again() -> None:
    patron = card(LOST).cycle(card_lost=True).staff_lift("lost")
    assert patron.cycle().standing == "overridden"
    assert patron.cycle().blocked_by == set()
    assert patron.cycle(card_lost=False).cases == {}
    assert patron.cycle(card_lost=True).blocked_by == {"lost"}


@pytest.mark.parametrize(("flag", "seen", "unknown"), [(True, True, ()), (UNKNOWN, None, ("card_lost",))])
def test_the_flag_is_in_the_evidence(flag: object, seen: object, unknown: object) -> None:
    evidence = verdict_of(LOST, facts(card_lost=flag)).evidence
    assert (evidence.card_lost, evidence.unknown) == (seen, unknown)
    assert (evidence.threshold, evidence.operator) == (None, None)


def test_by_staff_an_unknown_flag_does_not_matter_to_a_row_in_force() -> None:
    known = facts(card_lost=UNKNOWN, rows=[row("CW_LOST")])
    assert verdict_of(BY_STAFF, known, case(BY_STAFF)).standing.value == "blocked"
    assert verdict_of(LOST, known, case(LOST)).standing.value == "undecided"
