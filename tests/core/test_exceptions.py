"""Exceptions: by category, library and age; the first that fits; what holds when the age is not known."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from sidecar.core.ages import age_on
from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN
from sidecar.core.plan import ChangeKind, Reason
from sidecar.core.policy import Ages
from sidecar.core.verdict import Standing, Verdict

from .builders import (
    BELOW_BLOCK,
    COPENHAGEN,
    NOW,
    after_minutes,
    at_most,
    card,
    case,
    clause,
    debt_rule,
    facts,
    fee,
    pin_rule,
    policy,
    row,
    terms,
    verdict_of,
    would_block,
)

CHILD, ADULT = date(2015, 1, 1), date(1990, 1, 1)
AT_100 = terms(block_at="100.00")
CHILDREN_AT_100 = debt_rule(exceptions=(clause(AT_100, under=18),))
CHILDREN_EXEMPT = debt_rule(exceptions=(clause(under=18),))


# For whom


@pytest.mark.parametrize(
    ("exception", "meant", "others"),
    [
        (clause(categories=["STAFF"]), {"category": "STAFF"}, {"category": "ADULT"}),
        (clause(libraries=["NORTH"]), {"library": "NORTH"}, {"library": "MAIN"}),
        (clause(under=18), {"born": CHILD}, {"born": ADULT}),
        (clause(start=65), {"born": date(1950, 1, 1)}, {"born": ADULT}),
    ],
    ids=["category", "library", "under an age", "from an age"],
)
def test_an_exception_is_for_whom_it_names(exception, meant, others) -> None:  # type: ignore[no-untyped-def]
    rule = debt_rule(exceptions=(exception,))
    assert would_block(rule, facts(charges=[fee("300.00")], **meant)) is False
    assert would_block(rule, facts(charges=[fee("300.00")], **others)) is True


def test_all_that_an_exception_names_must_fit() -> None:
    rule = debt_rule(exceptions=(clause(categories=["STAFF"], libraries=["NORTH"], under=40),))
    known = {"category": "STAFF", "library": "NORTH", "born": ADULT}
    assert would_block(rule, facts(charges=[fee("300.00")], **known)) is False
    for one in ({"category": "ADULT"}, {"library": "MAIN"}, {"born": date(1950, 1, 1)}):
        assert would_block(rule, facts(charges=[fee("300.00")], **(known | one))) is True


def test_an_exception_that_names_nobody_is_for_everybody() -> None:
    assert would_block(debt_rule(exceptions=(clause(AT_100),)), facts(charges=[fee("100.00")])) is True


def test_the_first_that_fits_wins() -> None:
    first, second = clause(terms(block_at="50.00"), categories=["CHILD"]), clause(AT_100, under=18)
    known = facts(charges=[fee("60.00")], category="CHILD", born=CHILD)
    assert would_block(debt_rule(exceptions=(first, second)), known) is True
    assert would_block(debt_rule(exceptions=(second, first)), known) is False


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(2008, 3, 2), 18),
        (date(2008, 3, 3), 17),
        (date(2008, 2, 28), 18),
        (date(2007, 12, 31), 18),
        (date(2026, 3, 2), 0),
    ],
)
def test_age_is_that_of_the_day(born: date, age: int) -> None:
    assert age_on(born, NOW.date()) == age
    verdict = verdict_of(CHILDREN_AT_100, facts(charges=[fee("150.00")], born=born))
    assert verdict.blocks is (age < 18)
    assert verdict.evidence.age == age


@pytest.mark.parametrize(("today", "age"), [(date(2026, 2, 28), 17), (date(2026, 3, 1), 18), (date(2028, 2, 29), 20)])
def test_who_was_born_on_29_february_has_the_birthday_on_1_march_in_other_years(today: date, age: int) -> None:
    assert age_on(date(2008, 2, 29), today) == age


def test_the_day_is_the_librarys() -> None:
    """At 23:30 UTC on the eve it is already the birthday in Copenhagen."""
    eve = NOW.replace(day=1, hour=23, minute=30)
    known = facts(charges=[fee("150.00")], born=date(2008, 3, 2))
    assert would_block(CHILDREN_AT_100, known, now=eve) is False
    assert would_block(CHILDREN_AT_100, known, now=eve.replace(hour=22)) is True


def test_the_age_is_only_in_the_evidence_of_a_rule_that_asks_for_it() -> None:
    assert verdict_of(debt_rule(), facts(born=CHILD)).evidence.age is None
    assert verdict_of(debt_rule(exceptions=(clause(categories=["X"]),)), facts(born=CHILD)).evidence.age is None


@pytest.mark.parametrize(
    ("ages", "inside", "outside"),
    [(Ages(15, 18), (15, 17), (14, 18)), (Ages(0, 18), (0, 17), (18,)), (Ages(65), (65, 120), (64,))],
)
def test_ages_include_the_first_year_and_not_the_last(ages: Ages, inside: object, outside: object) -> None:
    assert all(ages.include(age) for age in inside)  # type: ignore[attr-defined]
    assert not any(ages.include(age) for age in outside)  # type: ignore[attr-defined]


# What it replaces


def test_one_that_does_not_fit_is_passed_over_for_the_next() -> None:
    rule = debt_rule(exceptions=(clause(categories=["STAFF"]), clause(AT_100, under=18)))
    assert would_block(rule, facts(charges=[fee("100.00")], born=CHILD)) is True


def test_an_exception_replaces_the_operator() -> None:
    above = debt_rule(exceptions=(clause(terms(block_above="100.00"), under=18),))
    for owed, child, adult in (("100.00", False, False), ("100.01", True, False), ("225.00", True, True)):
        assert would_block(above, facts(charges=[fee(owed)], born=CHILD)) is child
        assert would_block(above, facts(charges=[fee(owed)], born=ADULT)) is adult


def test_an_exception_replaces_the_release() -> None:
    rule = debt_rule(exceptions=(clause(terms(at_most("50.00"), block_at="225.00"), under=18),))
    patron = card(rule, born=CHILD).cycle(charges=[fee("225.00")])
    assert patron.cycle(charges=[fee("50.00")]).blocked_by == set()
    adult = card(rule, born=ADULT).cycle(charges=[fee("225.00")])
    assert adult.cycle(charges=[fee("50.00")]).blocked_by == {"debt"}


def test_an_exception_replaces_the_announcement_and_the_texts() -> None:
    texts = {"da": "Hej."}
    rule = debt_rule(exceptions=(clause(terms(block_at="100.00", announce_days=3, texts=texts), under=18),))
    known = facts(charges=[fee("300.00")], born=CHILD)
    assert verdict_of(rule, known).standing is Standing.ANNOUNCED
    at_once = debt_rule(exceptions=(clause(terms(block_at="100.00", texts=texts), under=18),))
    assert verdict_of(at_once, known).case_after.comment == "Hej."  # type: ignore[union-attr]


def test_who_is_exempt_is_freed_at_once() -> None:
    patron = card(CHILDREN_EXEMPT, born=CHILD, rows=[row()], charges=[fee("900.00")])
    assert patron.cycle().blocked_by == set()
    assert (patron.verdict().reason, patron.verdict().paid) == (Reason.EXEMPT, False)


def test_a_payment_does_not_make_an_exemption_a_paid_release() -> None:
    known = facts(born=CHILD, rows=[row()], paid_at=NOW)
    assert verdict_of(CHILDREN_EXEMPT, known, case(CHILDREN_EXEMPT)).paid is False


def test_who_is_exempt_is_freed_without_a_look_at_the_charges() -> None:
    known = facts(charges=UNKNOWN, rows=[row()], category="STAFF")
    assert verdict_of(debt_rule(exceptions=(clause(categories=["STAFF"]),)), known).change is ChangeKind.REMOVE


def test_a_birthday_changes_only_whom_the_rule_would_block() -> None:
    """At eighteen the children's 100 no longer holds; the block lasts until it is paid."""
    patron = card(CHILDREN_AT_100, born=date(2008, 3, 3)).cycle(charges=[fee("150.00")])
    patron.now = NOW.replace(day=4)
    assert patron.cycle().verdict().blocks is False
    assert patron.blocked_by == {"debt"}


@pytest.mark.parametrize(
    ("born", "exceptions", "birthday"),
    [
        pytest.param(date(2010, 5, 6), (clause(under=18),), date(2028, 5, 6), id="a child's eighteenth"),
        pytest.param(date(2008, 3, 2), (clause(under=18),), None, id="eighteen today"),
        pytest.param(date(2008, 3, 3), (clause(under=18),), date(2026, 3, 3), id="eighteen tomorrow"),
        pytest.param(date(2010, 5, 6), (clause(start=15, under=18), clause(start=65)), date(2028, 5, 6), id="the next"),
        pytest.param(date(2012, 5, 6), (clause(start=65), clause(start=15)), date(2027, 5, 6), id="in any order"),
        pytest.param(date(2008, 2, 29), (clause(under=19),), date(2027, 3, 1), id="born on 29 February"),
        pytest.param(date(2008, 2, 29), (clause(under=20),), date(2028, 2, 29), id="of a leap year"),
        pytest.param(date(2007, 2, 28), (clause(under=20),), date(2027, 2, 28), id="born on 28 February"),
        pytest.param(date(2008, 1, 29), (clause(under=19),), date(2027, 1, 29), id="born on 29 January"),
        pytest.param(ADULT, (clause(under=18),), None, id="past all of them"),
        pytest.param(CHILD, (clause(categories=["CHILD"]),), None, id="no exception asks for the age"),
        pytest.param(None, (clause(under=18),), None, id="no birth date"),
        pytest.param(UNKNOWN, (clause(under=18),), None, id="birth date unknown"),
    ],
)
def test_a_verdict_says_when_a_birthday_may_change_it(born: object, exceptions: object, birthday: date | None) -> None:
    verdict = verdict_of(debt_rule(exceptions=exceptions), facts(born=born))
    midnight = birthday and datetime(birthday.year, birthday.month, birthday.day, tzinfo=COPENHAGEN)
    assert verdict.next_age == midnight


def test_a_decision_is_due_when_the_first_of_its_verdicts_is() -> None:
    announcing, birthday = debt_rule(announce_days=7), CHILDREN_AT_100
    of = policy(announcing, replace(birthday, id="children", restriction_type="CW_CHILDREN"))
    known = facts(charges=[fee("90.00"), fee("210.00", "2")], born=date(2008, 3, 5))
    first, second = decide(known, {}, of, NOW).verdicts
    assert (first.due, first.next_age) == (datetime(2026, 3, 9, tzinfo=COPENHAGEN), None)
    assert (second.due, second.next_age) == (None, datetime(2026, 3, 5, tzinfo=COPENHAGEN))
    assert decide(known, {}, of, NOW).due == second.next_age
    assert decide(facts(charges=known.charges), {}, of, NOW).due == first.due
    assert decide(facts(), {}, policy(debt_rule()), NOW).due is None


# Without a birth date


@pytest.mark.parametrize("born", [None, UNKNOWN])
@pytest.mark.parametrize(
    ("owed", "standing", "change"),
    [
        ("99.99", Standing.CLEAR, None),
        ("100.00", Standing.UNDECIDED, None),
        ("224.99", Standing.UNDECIDED, None),
        ("225.00", Standing.BLOCKED, ChangeKind.ADD),
    ],
)
def test_without_an_age_every_exception_that_could_fit_is_tried(
    born: object, owed: str, standing: Standing, change: ChangeKind | None
) -> None:
    verdict = verdict_of(CHILDREN_AT_100, facts(charges=[fee(owed)], born=born))
    assert (verdict.standing, verdict.change) == (standing, change)
    assert ("exception" in verdict.evidence.unknown) is (standing is Standing.UNDECIDED)
    assert verdict.evidence.age is None


def test_without_an_age_an_exemption_that_could_fit_leaves_it_undecided() -> None:
    owing = [fee("300.00")]
    assert verdict_of(CHILDREN_EXEMPT, facts(charges=owing, born=None)).standing is Standing.UNDECIDED
    assert verdict_of(CHILDREN_EXEMPT, facts(charges=owing, born=None, rows=[row()])).change is None
    assert verdict_of(CHILDREN_EXEMPT, facts(born=None, rows=[row()])).change is ChangeKind.REMOVE


def test_an_exception_that_certainly_fits_ends_the_search() -> None:
    rule = debt_rule(exceptions=(clause(AT_100, categories=["CHILD"]), clause(under=18)))
    assert would_block(rule, facts(charges=[fee("100.00")], category="CHILD", born=None)) is True


def test_an_exception_that_certainly_does_not_fit_is_not_tried() -> None:
    rule = debt_rule(exceptions=(clause(categories=["CHILD"], under=18),))
    assert verdict_of(rule, facts(charges=[fee("300.00")], born=None)).standing is Standing.BLOCKED


def test_two_answers_that_differ_are_undecided_in_whichever_order_they_stand() -> None:
    children, old = clause(terms(block_at="500.00"), under=18), clause(AT_100, start=65)
    for exceptions in ((children, old), (old, children)):
        known = facts(charges=[fee("300.00")], born=None)
        assert verdict_of(debt_rule(exceptions=exceptions), known).standing is Standing.UNDECIDED


def test_a_difference_in_the_change_alone_is_undecided() -> None:
    """Blocked either way, but a free card would be announced or be blocked: that is not one answer."""
    rule = debt_rule(exceptions=(clause(terms(block_at="225.00", announce_days=7), under=18),))
    assert verdict_of(rule, facts(charges=[fee("300.00")], born=None)).standing is Standing.UNDECIDED


def test_undecided_for_want_of_an_age_keeps_a_row_and_sees_it() -> None:
    below, in_full = terms(BELOW_BLOCK, block_at="100.00"), terms(block_at="100.00")
    known = facts(charges=[fee("50.00")], born=None, rows=[row()], paid_at=NOW)
    for own, children in ((below, in_full), (in_full, below)):
        rule = replace(debt_rule(exceptions=(clause(children, under=18),)), terms=own)
        assert_undecided_and_seen(verdict_of(rule, known, case(rule)))


def assert_undecided_and_seen(verdict: Verdict) -> None:
    assert (verdict.standing, verdict.change, verdict.reason) == (Standing.UNDECIDED, None, None)
    assert (verdict.paid, verdict.due, verdict.lifted) == (False, None, False)
    assert verdict.case_now == verdict.case_after
    assert verdict.case_now is not None
    assert verdict.case_now.seen_at == NOW


def test_undecided_for_want_of_an_age_neither_forgets_nor_overrides() -> None:
    remembered = case(CHILDREN_EXEMPT)
    verdict = verdict_of(CHILDREN_EXEMPT, facts(charges=[fee("300.00")], born=None), remembered)
    assert (verdict.standing, verdict.lifted) == (Standing.UNDECIDED, False)
    assert (verdict.case_now, verdict.case_after) == (remembered, remembered)


def test_undecided_for_want_of_an_age_has_no_date() -> None:
    known = facts(failed_pin=5, born=None, rows=[row("CW_PIN")])
    for own, children in ((30, 90), (90, 30)):
        exception = clause(terms(after_minutes(children), block_at=5), under=18)
        rule = pin_rule(release=after_minutes(own), exceptions=(exception,))
        verdict = verdict_of(rule, known, case(rule, since=NOW.replace(hour=8)))
        assert (verdict.standing, verdict.due) == (Standing.UNDECIDED, None)


def test_an_unknown_category_or_library_is_tried_both_ways() -> None:
    for exception, unknown in (
        (clause(categories=["STAFF"]), {"category": UNKNOWN}),
        (clause(libraries=["NORTH"]), {"library": UNKNOWN}),
    ):
        rule = debt_rule(exceptions=(exception,))
        assert verdict_of(rule, facts(charges=[fee("300.00")], **unknown)).standing is Standing.UNDECIDED
        assert verdict_of(rule, facts(charges=[fee("200.00")], **unknown)).standing is Standing.CLEAR


# Those of unknown age taken for adults


@pytest.mark.parametrize(
    ("exception", "blocks"),
    [
        pytest.param(clause(under=18), True, id="not a child"),
        pytest.param(clause(start=15, under=25), True, id="not a youth"),
        pytest.param(clause(start=18), False, id="every adult"),
        pytest.param(clause(start=0), False, id="everybody"),
        pytest.param(clause(start=19), True, id="not every adult"),
        pytest.param(clause(start=65), True, id="not a pensioner"),
    ],
)
def test_age_unknown_adult_takes_who_has_no_birth_date_for_an_adult(exception, blocks: bool) -> None:  # type: ignore[no-untyped-def]
    rule = debt_rule(exceptions=(exception,))
    known = facts(charges=[fee("300.00")], born=None)
    verdict = verdict_of(rule, known, age_unknown_is_adult=True)
    assert verdict.blocks is blocks
    assert verdict.evidence.age is None


def test_age_unknown_adult_does_not_help_where_the_record_could_not_be_read() -> None:
    known = facts(charges=[fee("300.00")], born=UNKNOWN)
    assert verdict_of(CHILDREN_EXEMPT, known, age_unknown_is_adult=True).standing is Standing.UNDECIDED
