"""Histories under policies that use all words of the language: loans and their days, the day on which a charge arose,
agreements, guarantors, flags, dates from which a rule is in effect."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.faults.disturb import Disturbance, crash
from tests.faults.histories import AtTheDesk, InTheCellar
from tests.faults.history import TALLY
from tests.faults.machine import CALLS, CHOICES, DAY, Machine
from tests.faults.people import LOAN_ACTS, LOAN_DEEDS, WHO
from tests.faults.policies import MORE_RELEASES, RELEASES, Choice
from tests.faults.terms import Late

OVERDUES = st.sampled_from(["none", "below_block", "returned", "paid_and_returned", "staff"])
LATE = st.sampled_from([Late(1), Late(14), Late(14, waited_for=True), Late(14, type="FILM")])
WORDS: dict[str, st.SearchStrategy[Any]] = {
    "debt_release": st.sampled_from([*RELEASES, *MORE_RELEASES]),
    "clause": st.sampled_from(["none", "children", "plan", "plan", "later"]),
    "older_days": st.sampled_from([None, 1, 30]),
    "each_year": st.booleans(),
    "only_adults": st.booleans(),
    "since": st.booleans(),
    "tell_at": st.sampled_from([None, 5000, 22500]),
    "guarantors": st.booleans(),
    "bill_release": st.sampled_from(["paid_in_full", "paid_and_returned", "staff"]),
    "overdue": OVERDUES,
    "overdue_of": LATE,
    "overdue_level": st.sampled_from([1, 1, 2]),
    "flag": st.sampled_from(["none", "expired", "address"]),
}
WORD_EDITS = st.sampled_from(sorted(WORDS)).flatmap(lambda word: st.tuples(st.just(word), WORDS[word]))
CYCLES = st.lists(st.booleans(), min_size=1, max_size=3)
"""Of each whether it is a full one."""
TIMES = st.sampled_from([3600, DAY, DAY, 2 * DAY, 8 * DAY, 30 * DAY])


@st.composite
def worded(draw: st.DrawFn) -> Choice:
    """A choice with some of these words besides."""
    choice = draw(CHOICES)
    said = draw(st.lists(st.sampled_from(sorted(WORDS)), min_size=1, max_size=5, unique=True))
    return replace(choice, **{word: draw(WORDS[word]) for word in said})


class AmongTheShelves(Machine):
    """Loans, agreements and records move, between cycles and in the middle of one; days go by."""

    @rule(acts=LOAN_ACTS, cycles=CYCLES, seconds=TIMES)
    def time_passes_in_the_library(self, acts: list[tuple[str, int]], cycles: list[bool], seconds: int) -> None:
        self.step()
        for full in cycles:
            self.people.act_all(acts)
            self.library.advance(seconds)
            self.history.cycle(full=full)

    @rule(acts=LOAN_ACTS, full=st.booleans(), at=CALLS, happens=st.tuples(LOAN_DEEDS, WHO))
    def something_moves_in_the_middle_of_a_cycle(
        self, acts: list[tuple[str, int]], full: bool, at: int, happens: tuple[str, int]
    ) -> None:
        self.step()
        self.people.act_all(acts)
        self.history.cycle(full=full, disturbance=Disturbance(at, lambda: self.people.act(*happens)))

    @rule(acts=LOAN_ACTS, full=st.booleans(), at=CALLS, seconds=TIMES)
    def a_cycle_is_killed_and_all_is_quiet_later(
        self, acts: list[tuple[str, int]], full: bool, at: int, seconds: int
    ) -> None:
        self.step()
        self.people.act_all(acts)
        self.history.cycle(full=full, disturbance=Disturbance(at, crash))
        self.library.advance(seconds)
        self.history.settle()

    @rule(choice=worded())
    def the_policy_is_written_anew(self, choice: Choice) -> None:
        self.step()
        TALLY["policies anew"] += 1
        self.history.choice = choice

    @rule(edit=WORD_EDITS, acts=LOAN_ACTS, full=st.booleans())
    def a_word_is_edited(self, edit: tuple[str, Any], acts: list[tuple[str, int]], full: bool) -> None:
        self.step()
        self.history.choice = replace(self.history.choice, **dict([edit]))
        self.people.act_all(acts)
        self.history.cycle(full=full)


class WordHistories(AmongTheShelves, AtTheDesk, InTheCellar):
    """That, whatever else happens at the desk, and cycles that meet faults."""

    @initialize(choice=worded(), acts=LOAN_ACTS)
    def the_library_decides_on_its_rules(self, choice: Choice, acts: list[tuple[str, int]]) -> None:
        self.history.choice = choice
        self.people.act_all(acts)
