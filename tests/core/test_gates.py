"""What a gate does against what is in force: every combination has one outcome, and a cause where it is refused."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.core.gates import (
    ALL_PRIVILEGES,
    Cause,
    Comparison,
    GateAnswer,
    GateOutcome,
    InForce,
    Privilege,
    Remark,
    compare,
    in_force,
)
from sidecar.core.model import UNKNOWN, Charge, Facts, Patron, Restriction, Truth
from sidecar.core.policy import Stop
from tests.core.builders import debt_rule, pin_rule, policy, row

TODAY = date(2026, 11, 26)
TRUTHS: tuple[Truth, ...] = (True, False, UNKNOWN)
OPEN = dict.fromkeys(Privilege, True)
SHUT = dict.fromkeys(Privilege, False)

CLEAR = InForce(patron="7", ours=False, restricted=False, foreign=False)
BLOCKED = InForce(patron="7", ours=True, restricted=True, foreign=False, rules=("debt",))
FREE = GateAnswer(patron="7", known=True, allowed=OPEN, card_lost=False, fines=False, overdue=False)
REFUSED = replace(FREE, allowed=SHUT)


def outcome(held: InForce, answer: GateAnswer) -> GateOutcome:
    return compare(held, answer).outcome


# As a real Koha answered by SIP2 (gates.md): what is in force, flags and remarks, and how it comes out.
SEEN = {
    "debt blocked": (
        replace(BLOCKED, owed=25000),
        replace(REFUSED, fines=True, remarks=frozenset({Remark.FINES, Remark.OWES})),
        GateOutcome.EQUAL,
        (),
    ),
    "PIN blocked": (BLOCKED, REFUSED, GateOutcome.EQUAL, ()),
    "lost card, blocked": (replace(BLOCKED, card_lost=True), replace(REFUSED, card_lost=True), GateOutcome.EQUAL, ()),
    "foreign restriction": (
        replace(CLEAR, restricted=True, foreign=True),
        REFUSED,
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.STAFF,),
    ),
    "freed": (CLEAR, FREE, GateOutcome.EQUAL, ()),
    "owes 60, noissuescharge 5": (
        replace(CLEAR, owed=6000),
        replace(REFUSED, fines=True, remarks=frozenset({Remark.FINES, Remark.OWES})),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.FINES,),
    ),
    "owes 300 and has as much credit": (
        CLEAR,
        replace(REFUSED, remarks=frozenset({Remark.OWES})),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.FINES,),
    ),
    "expired": (replace(CLEAR, expired=True), REFUSED, GateOutcome.CLOSED_BY_ANOTHER, (Cause.EXPIRED,)),
    "expired, by the screen alone": (
        replace(CLEAR, expired=UNKNOWN),
        replace(REFUSED, remarks=frozenset({Remark.EXPIRED})),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.EXPIRED,),
    ),
    "unknown card": (CLEAR, replace(REFUSED, known=False), GateOutcome.CLOSED_BY_ANOTHER, (Cause.UNKNOWN_CARD,)),
    "blocked, but an unknown card": (BLOCKED, replace(REFUSED, known=False), GateOutcome.NO_ANSWER, ()),
    "lost card without a rule for it": (
        replace(CLEAR, card_lost=True),
        replace(REFUSED, card_lost=True),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.CARD_LOST,),
    ),
    "lost card, not known to the facts": (
        replace(CLEAR, card_lost=UNKNOWN),
        replace(REFUSED, card_lost=True),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.CARD_LOST,),
    ),
    "address gone, which sets the flag of a lost card": (
        CLEAR,
        replace(REFUSED, card_lost=True),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.NO_ADDRESS,),
    ),
    "overdues, told by a flag": (
        CLEAR,
        replace(FREE, allowed=OPEN | {Privilege.LOANS: False}, overdue=True),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.OVERDUES,),
    ),
    "overdues, told by loans alone": (
        CLEAR,
        replace(FREE, allowed=OPEN | {Privilege.LOANS: False}),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.OVERDUES,),
    ),
    "fines of guarantors": (
        CLEAR,
        replace(REFUSED, remarks=frozenset({Remark.FINES_OF_OTHERS})),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.FINES_OF_OTHERS,),
    ),
    "a flag without a row": (
        replace(CLEAR, restricted=True),
        REFUSED,
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.FLAG,),
    ),
    "overdues, though all is refused": (
        CLEAR,
        replace(REFUSED, overdue=True),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.OVERDUES,),
    ),
    "overdues, by the screen alone": (
        CLEAR,
        replace(REFUSED, remarks=frozenset({Remark.OVERDUES})),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.OVERDUES,),
    ),
    "lost card, by the facts alone": (
        replace(CLEAR, card_lost=True),
        REFUSED,
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.CARD_LOST,),
    ),
    "lost card, by the screen alone": (
        CLEAR,
        replace(REFUSED, remarks=frozenset({Remark.CARD_LOST})),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.CARD_LOST,),
    ),
    "address gone, by flag and screen, the lost card not known to the facts": (
        replace(CLEAR, card_lost=UNKNOWN),
        replace(REFUSED, card_lost=True, remarks=frozenset({Remark.NO_ADDRESS})),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.NO_ADDRESS,),
    ),
    "expired, as the gate itself says": (
        CLEAR,
        replace(REFUSED, expired=True),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.EXPIRED,),
    ),
    "not expired, as the gate itself says": (
        CLEAR,
        replace(REFUSED, expired=False),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.UNEXPLAINED,),
    ),
    "no reason to be seen": (CLEAR, REFUSED, GateOutcome.CLOSED_BY_ANOTHER, (Cause.UNEXPLAINED,)),
    "expired and over the limit": (
        replace(CLEAR, expired=True, owed=6000),
        replace(REFUSED, fines=True),
        GateOutcome.CLOSED_BY_ANOTHER,
        (Cause.FINES, Cause.EXPIRED),
    ),
    "a row without its flag": (replace(BLOCKED, restricted=False), FREE, GateOutcome.GATE_OPEN, ()),
    "a gate that ignores restrictions": (BLOCKED, FREE, GateOutcome.GATE_OPEN, ()),
    "a gate that ignores them for renewals": (
        BLOCKED,
        replace(REFUSED, allowed=SHUT | {Privilege.RENEWALS: True}),
        GateOutcome.GATE_OPEN,
        (),
    ),
    "no plugin, a flag": (
        replace(CLEAR, ours=UNKNOWN, restricted=True, foreign=UNKNOWN),
        REFUSED,
        GateOutcome.EQUAL,
        (),
    ),
    "no plugin, a flag, let in": (
        replace(CLEAR, ours=UNKNOWN, restricted=True, foreign=UNKNOWN),
        FREE,
        GateOutcome.GATE_OPEN,
        (),
    ),
    "hidden from us": (
        replace(CLEAR, ours=UNKNOWN, restricted=UNKNOWN, foreign=UNKNOWN),
        REFUSED,
        GateOutcome.NO_ANSWER,
        (),
    ),
}


@pytest.mark.parametrize("name", SEEN)
def test_what_gates_answer(name: str) -> None:
    held, answer, expected, causes = SEEN[name]
    found = compare(held, answer)
    assert (found.outcome, found.causes) == (expected, causes)
    assert found.patron == "7"


def test_an_open_gate_is_told_with_what_it_allows() -> None:
    found = compare(BLOCKED, replace(REFUSED, allowed=SHUT | {Privilege.HOLDS: True}))
    assert found.let_in == {Privilege.HOLDS}
    assert found.refused == {Privilege.LOANS, Privilege.RENEWALS}


def test_a_block_that_stops_renewals_alone_holds_where_loans_are_allowed() -> None:
    held = replace(BLOCKED, stops=frozenset({Privilege.RENEWALS}))
    assert outcome(held, replace(FREE, allowed=OPEN | {Privilege.RENEWALS: False})) is GateOutcome.EQUAL
    assert outcome(held, FREE) is GateOutcome.GATE_OPEN


def test_a_gate_that_tells_nothing_of_what_is_stopped_is_no_answer() -> None:
    held = replace(BLOCKED, stops=frozenset({Privilege.RENEWALS}))
    assert outcome(held, GateAnswer(patron="7", known=True, allowed={Privilege.HOLDS: True})) is GateOutcome.NO_ANSWER
    assert outcome(CLEAR, GateAnswer(patron="7", known=True)) is GateOutcome.NO_ANSWER


def test_a_gate_that_shows_the_restriction_itself_is_judged_by_that() -> None:
    shows = GateAnswer(patron="7", known=True, restricted=True)
    assert outcome(BLOCKED, shows) is GateOutcome.EQUAL
    assert outcome(BLOCKED, replace(shows, restricted=False)) is GateOutcome.GATE_OPEN
    assert outcome(CLEAR, replace(shows, restricted=False)) is GateOutcome.EQUAL
    assert compare(CLEAR, shows).causes == (Cause.FLAG,)


@pytest.mark.parametrize("held", [CLEAR, BLOCKED])
@pytest.mark.parametrize("answer", [FREE, REFUSED])
def test_trouble_is_no_answer_whatever_else_is_known(held: InForce, answer: GateAnswer) -> None:
    found = compare(held, replace(answer, trouble="it is too slow"))
    assert found.outcome is GateOutcome.NO_ANSWER
    assert not found.differs


def reference(held: InForce, answer: GateAnswer) -> GateOutcome:
    """The same in other words: open if anything that is stopped is allowed, closed if anything is refused."""
    stopped = held.ours if held.ours is not UNKNOWN else held.restricted
    if stopped is UNKNOWN:
        return GateOutcome.NO_ANSWER
    if stopped:
        judged = [allowed for privilege, allowed in answer.allowed.items() if privilege in held.stops]
        if answer.restricted is not UNKNOWN:
            judged.append(not answer.restricted)
        if answer.known is False or not judged:
            return GateOutcome.NO_ANSWER
        return GateOutcome.GATE_OPEN if any(judged) else GateOutcome.EQUAL
    told = list(answer.allowed.values())
    if answer.restricted is not UNKNOWN:
        told.append(not answer.restricted)
    if answer.known is False:
        told.append(False)
    if not told:
        return GateOutcome.NO_ANSWER
    return GateOutcome.EQUAL if all(told) else GateOutcome.CLOSED_BY_ANOTHER


def test_every_combination_has_the_outcome_of_the_reference() -> None:
    met = set()
    flags = [dict(zip(Privilege, told, strict=True)) for told in product((True, False, None), repeat=3)]
    for ours, restricted, known, shown, told in product(TRUTHS, TRUTHS, TRUTHS, TRUTHS, flags):
        allowed = {privilege: value for privilege, value in told.items() if value is not None}
        held = replace(CLEAR, ours=ours, restricted=restricted)
        answer = GateAnswer(patron="7", known=known, allowed=allowed, restricted=shown)
        found = compare(held, answer)
        assert found.outcome is reference(held, answer), (held, answer)
        assert (found.held, found.answer) == (held, answer)
        if found.outcome is GateOutcome.CLOSED_BY_ANOTHER:
            assert found.refused == {privilege for privilege, value in allowed.items() if not value}
        met.add(found.outcome)
    assert met == set(GateOutcome)


truths = st.sampled_from(TRUTHS)
answers = st.builds(
    GateAnswer,
    patron=st.just("7"),
    known=truths,
    allowed=st.dictionaries(st.sampled_from(Privilege), st.booleans()),
    card_lost=truths,
    fines=truths,
    overdue=truths,
    expired=truths,
    restricted=truths,
    remarks=st.frozensets(st.sampled_from(Remark)),
)
held_cards = st.builds(
    InForce,
    patron=st.just("7"),
    ours=truths,
    restricted=truths,
    foreign=truths,
    stops=st.frozensets(st.sampled_from(Privilege)),
    expired=truths,
    card_lost=truths,
    owed=st.integers(-1000, 100_000) | st.just(UNKNOWN),
)


@given(held_cards, answers)
def test_a_cause_is_given_exactly_where_a_gate_is_closed_by_another(held: InForce, answer: GateAnswer) -> None:
    found = compare(held, answer)
    assert bool(found.causes) is (found.outcome is GateOutcome.CLOSED_BY_ANOTHER)
    assert len(set(found.causes)) == len(found.causes)


@given(held_cards, answers)
def test_what_an_open_gate_lets_in_is_what_the_block_stops(held: InForce, answer: GateAnswer) -> None:
    found: Comparison = compare(held, answer)
    assert found.let_in <= held.stops
    assert all(answer.allowed[privilege] for privilege in found.let_in)
    assert not any(answer.allowed[privilege] for privilege in found.refused)


@given(held_cards, answers)
def test_an_alarm_is_never_raised_over_a_card_that_nothing_restricts(held: InForce, answer: GateAnswer) -> None:
    found = compare(replace(held, ours=False), answer)
    assert found.outcome is not GateOutcome.GATE_OPEN


# What is in force, from the facts

OURS = Restriction("1", "CW_DEBT", ours=True)
ORPHAN = Restriction("2", "CW_OLD", ours=True)
STAFFS = Restriction("3", "MANUAL", ours=False)
POLICY = policy(debt_rule())


def facts(*rows: Restriction, **fields: object) -> Facts:
    known: dict[str, object] = {"restrictions": rows, "restricted": bool(rows), "etag": "e"}
    return Facts(patron=Patron("7", expires=date(2030, 1, 1)), **(known | fields))  # type: ignore[arg-type]


def test_rows_of_ours_that_have_not_ended_are_in_force_orphans_too() -> None:
    ended = replace(OURS, id="9", expires=TODAY)
    held = in_force(facts(OURS, ORPHAN, ended, STAFFS), POLICY, TODAY)
    assert held.ours is True
    assert held.rules == ("debt", "CW_OLD")
    assert held.foreign is True
    assert held.stops == ALL_PRIVILEGES


def test_a_row_that_ended_today_is_not_in_force() -> None:
    held = in_force(facts(replace(OURS, expires=TODAY), restricted=False), POLICY, TODAY)
    assert (held.ours, held.rules, held.restricted) == (False, (), False)


@pytest.mark.parametrize(("expires", "stands"), [(TODAY, False), (TODAY + timedelta(days=1), True)])
def test_a_row_of_staff_s_restricts_until_the_day_it_ends(expires: date, stands: bool) -> None:
    held = in_force(facts(replace(STAFFS, expires=expires), restricted=UNKNOWN), POLICY, TODAY)
    assert (held.foreign, held.restricted) == (stands, stands)


@pytest.mark.parametrize("lost", TRUTHS)
def test_whose_card_it_is_and_whether_it_is_lost_are_the_facts_own(lost: Truth) -> None:
    held = in_force(facts(card_lost=lost), POLICY, TODAY)
    assert (held.patron, held.card_lost) == ("7", lost)


def test_without_the_plugin_a_flag_is_somebody_s_and_no_flag_is_nobody_s() -> None:
    hidden = facts(restrictions=UNKNOWN, restricted=True, etag=None)
    held = in_force(hidden, POLICY, TODAY)
    assert (held.ours, held.foreign, held.must_be_stopped) == (UNKNOWN, UNKNOWN, True)
    held = in_force(replace(hidden, restricted=False), POLICY, TODAY)
    assert (held.ours, held.foreign, held.must_be_stopped) == (False, False, False)
    assert in_force(replace(hidden, restricted=UNKNOWN), POLICY, TODAY).must_be_stopped is UNKNOWN


def test_a_flag_without_rows_to_be_read_stops_everything() -> None:
    hidden = facts(restrictions=UNKNOWN, restricted=True, etag=None)
    assert in_force(hidden, POLICY, TODAY).stops == ALL_PRIVILEGES


def test_with_the_plugin_rows_that_cannot_be_read_are_not_known_to_be_none() -> None:
    held = in_force(facts(restrictions=UNKNOWN, restricted=False), POLICY, TODAY)
    assert held.ours is UNKNOWN
    assert held.must_be_stopped is False


def test_where_the_flag_is_not_known_the_rows_tell() -> None:
    assert in_force(facts(STAFFS, restricted=UNKNOWN), POLICY, TODAY).restricted is True
    assert in_force(facts(restricted=UNKNOWN), POLICY, TODAY).restricted is False


@pytest.mark.parametrize(
    ("expires", "expired"),
    [(date(2026, 11, 25), True), (TODAY, False), (None, False), (UNKNOWN, UNKNOWN)],
)
def test_a_card_is_good_on_its_last_day(expires: date | None, expired: Truth) -> None:
    card = replace(facts(), patron=Patron("7", expires=expires))
    assert in_force(card, POLICY, TODAY).expired is expired


def test_what_is_owed_is_less_credit_and_not_known_if_either_is_not() -> None:
    owing = facts(charges=(Charge("1", "OVERDUE", Decimal("60.005")),), credit=Decimal(10))
    assert in_force(owing, POLICY, TODAY).owed == 5001
    assert in_force(replace(owing, credit=UNKNOWN), POLICY, TODAY).owed is UNKNOWN
    assert in_force(replace(owing, charges=UNKNOWN), POLICY, TODAY).owed is UNKNOWN


# What the rules behind the rows mean to stop


def test_a_block_is_held_against_what_its_rule_means_to_stop() -> None:
    loans = replace(debt_rule(), stops=frozenset({Stop.LOANS, Stop.DIGITAL}))
    known = facts(row(loans.restriction_type))
    assert in_force(known, policy(loans), TODAY).stops == {Privilege.LOANS}
    assert in_force(known, policy(debt_rule()), TODAY).stops == frozenset(Privilege)


def test_several_blocks_stop_what_any_of_their_rules_does_and_an_orphan_stops_all() -> None:
    loans = replace(debt_rule(), stops=frozenset({Stop.LOANS}))
    holds = replace(pin_rule(), stops=frozenset({Stop.LOANS, Stop.HOLDS}))
    both = facts(row(loans.restriction_type), row(holds.restriction_type))
    assert in_force(both, policy(loans, holds), TODAY).stops == {Privilege.LOANS, Privilege.HOLDS}
    orphan = facts(row(loans.restriction_type), row("CW_GONE"))
    assert in_force(orphan, policy(loans), TODAY).stops == frozenset(Privilege)
