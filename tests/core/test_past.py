"""What is remembered and still counts: rows known by their ids, announcements of what is open, no moment to come."""

from dataclasses import replace

import pytest

from sidecar.core.model import UNKNOWN, Evidence, Restriction, Stage
from sidecar.core.past import case_that_counts, former_rows, known_rows, recognise, without_moments_to_come

from .builders import DAY, NOW, case, debt_rule, facts, fee, lost_rule, pin_rule, policy, row, unpaid_rule

DEBT = debt_rule()
STAFFS = row("MANUAL", ours=False, number="s")
WAS_OURS = row("MANUAL", ours=False, number="o")


def marks(rows: list[Restriction], *, remembered: tuple[str, ...] = (), former: dict | None = None) -> list[str | None]:
    cases = {"7": {"debt": case(DEBT, rows=remembered)}}
    known = recognise(facts(rows=rows), known_rows(cases, {"7": former or {}}, policy(DEBT)))
    assert known.restrictions is not UNKNOWN
    return [one.once_of for one in known.restrictions]


def test_a_moment_to_come_is_none() -> None:
    ahead, before = NOW + DAY, NOW - DAY
    known = facts(settled_at=ahead, paid_at=ahead, money_at=before)
    assert without_moments_to_come(known, NOW) == replace(known, settled_at=None, paid_at=None)
    assert without_moments_to_come(replace(known, money_at=ahead), NOW).money_at is None
    assert without_moments_to_come(replace(known, money_at=UNKNOWN), NOW).money_at is UNKNOWN
    assert without_moments_to_come(known, ahead) is known


def test_a_foreign_row_is_known_by_its_id_from_the_case_or_from_the_journal() -> None:
    both = [STAFFS, WAS_OURS]
    assert marks(both) == [None, None]
    assert marks(both, remembered=(WAS_OURS.id,)) == [None, "debt"]
    assert marks(both, former={WAS_OURS.id: "pin"}) == [None, "pin"]
    assert marks(both, remembered=(STAFFS.id,), former={WAS_OURS.id: "pin"}) == ["debt", "pin"]
    assert marks(both, remembered=(WAS_OURS.id,), former={WAS_OURS.id: "pin"}) == [None, "debt"], "the case is newer"


def test_a_row_that_is_ours_still_was_not_ours_once() -> None:
    assert marks([row(), WAS_OURS], remembered=(row().id, WAS_OURS.id)) == [None, "debt"]
    assert marks([row()], remembered=(row().id,)) == [None]


def test_rows_that_cannot_be_read_are_left_as_they_are() -> None:
    hidden = facts(rows=UNKNOWN)
    assert recognise(hidden, {"x": "debt"}) is hidden


def test_where_nothing_is_remembered_the_facts_are_the_same() -> None:
    known = facts(rows=[STAFFS, row()])
    assert recognise(known, {}) is known
    assert recognise(known, {row().id: "debt"}) is known


def test_rows_that_were_ours_are_remembered_by_patron_and_whoever_has_none_is_left_out() -> None:
    once = replace(WAS_OURS, once_of="debt")
    known = [facts("1", rows=[STAFFS, once, row()]), facts("2", rows=[STAFFS]), facts("3", rows=UNKNOWN)]
    assert former_rows(known) == {"1": {once.id: "debt"}}


# Which case counts


def test_a_block_under_a_type_that_another_rule_has_now_is_no_longer_this_rule_s() -> None:
    other = unpaid_rule(restriction_type="CW_OTHER")
    remembered = case(DEBT, restriction_type="CW_OTHER")
    cases = {"debt": remembered}
    assert case_that_counts(DEBT, cases, policy(DEBT, other), facts(), NOW) is None
    assert case_that_counts(DEBT, cases, policy(DEBT), facts(), NOW) == remembered, "a former type of its own"
    overridden = replace(remembered, stage=Stage.OVERRIDDEN)
    assert case_that_counts(DEBT, {"debt": overridden}, policy(DEBT, other), facts(), NOW) == overridden


@pytest.mark.parametrize("restriction_type", ["", "CW_DEBT"])
def test_a_block_under_its_own_type_or_none_that_is_known_counts(restriction_type: str) -> None:
    remembered = case(DEBT, restriction_type=restriction_type)
    assert case_that_counts(DEBT, {"debt": remembered}, policy(DEBT), facts(), NOW) == remembered


def test_of_a_rule_that_nothing_is_remembered_of_no_case_counts() -> None:
    assert case_that_counts(DEBT, {"pin": case(pin_rule())}, policy(DEBT), facts(), NOW) is None


def test_an_announcement_counts_while_one_of_its_charges_is_open() -> None:
    about = Evidence(lines=("fee1", "fee2"))
    remembered = case(DEBT, Stage.ANNOUNCED, evidence=about)
    cases, under = {"debt": remembered}, policy(DEBT)
    assert case_that_counts(DEBT, cases, under, facts(charges=[fee("9.00", "2")]), NOW) == remembered
    assert case_that_counts(DEBT, cases, under, facts(charges=[fee("9.00", "3")]), NOW) is None
    assert case_that_counts(DEBT, cases, under, facts(), NOW) is None
    assert case_that_counts(DEBT, cases, under, facts(charges=UNKNOWN), NOW) == remembered, "unknown is not zero"
    about_nothing = replace(remembered, evidence=Evidence())
    assert case_that_counts(DEBT, {"debt": about_nothing}, under, facts(), NOW) == about_nothing


def test_only_an_announcement_and_only_of_money_ends_with_its_charges() -> None:
    about = Evidence(lines=("fee1",))
    blocked, lost = case(DEBT, evidence=about), lost_rule()
    assert case_that_counts(DEBT, {"debt": blocked}, policy(DEBT), facts(), NOW) == blocked
    announced = case(lost, Stage.ANNOUNCED, evidence=about)
    assert case_that_counts(lost, {"lost": announced}, policy(lost), facts(), NOW) == announced


def test_no_moment_of_a_case_lies_in_the_future() -> None:
    remembered = case(DEBT, since=NOW + DAY, seen_at=NOW + DAY)
    counted = case_that_counts(DEBT, {"debt": remembered}, policy(DEBT), facts(), NOW)
    assert counted == replace(remembered, since=NOW, seen_at=NOW)
