"""A history that hypothesis makes up: a library, its people, and what they do in any order. What may happen stands in
classes by who does it; a machine is made of those that it wants."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from sidecar.ports import Mode
from tests.faults.facts import Reach
from tests.faults.history import TALLY, History
from tests.faults.holding import Allowed
from tests.faults.people import People
from tests.faults.policies import PIN_RELEASES, RELEASES, Choice

DAY = 86_400
CALLS = st.integers(5, 24) | st.integers(25, 50) | st.integers(25, 50)
"""At which call of a cycle something happens; a cycle that writes has its first intent at about the 40th."""
CHOICES = st.builds(
    Choice,
    level=st.sampled_from([22500, 22500, 10000]),
    inclusive=st.booleans(),
    debt_release=st.sampled_from(sorted(RELEASES)),
    clause=st.sampled_from(["none", "children", "young", "staff"]),
    announce_days=st.sampled_from([0, 0, 2]),
    override_days=st.sampled_from([None, None, 2]),
    restore=st.booleans(),
    retired=st.sampled_from(["none", "none", "none", "debt", "replacement", "pin", "lost_card"]),
    pin_release=st.sampled_from(sorted(PIN_RELEASES)),
    lost_release=st.sampled_from(["flag_cleared", "staff"]),
    text=st.integers(0, 1),
)
EDITS = st.sampled_from(
    [
        {"debt_name": "gaeld"},
        {"debt_name": "debt"},
        {"debt_type": "CW_OWING"},
        {"debt_type": "CW_DEBT"},
        {"level": 3000},
        {"level": 22500},
        {"level": 100_000},
        {"debt_release": "below_block"},
        {"debt_release": "paid_in_full"},
        {"fees": True},
        {"fees": False},
        {"restore": True},
        {"retired": "debt"},
        {"retired": "none"},
        {"text": 1},
    ]
)
"""What staff change of a policy that they keep."""


class Machine(RuleBasedStateMachine):
    """High limits, unless a machine sets its own: whatever the rules ask for is written."""

    allowed: ClassVar[Allowed | None] = None
    drift_limit: ClassVar[int] = 10_000
    how_many: ClassVar[int] = 3

    def __init__(self) -> None:
        super().__init__()
        self.history = History(self.allowed, self.drift_limit)
        self.library = self.history.library
        self.people = People(self.history, self.how_many)

    @initialize(choice=CHOICES)
    def the_library_decides_on_its_rules(self, choice: Choice) -> None:
        self.history.choice = choice

    def teardown(self) -> None:
        """At last both clocks are right, nobody pauses and everybody is looked at: then flags equal the rules."""
        try:
            if not self.history.judge.violations:
                self.set_clocks_right()
                self.history.resume()
                self.history.reach, self.history.mode = Reach(), Mode.APPLY
                self.history.settle()
        finally:
            self.history.close()

    def step(self) -> None:
        TALLY["steps"] += 1

    def edit(self, edit: Mapping[str, Any]) -> None:
        choice = replace(self.history.choice, **edit)
        for name in sorted(edit if choice != self.history.choice else ()):
            TALLY[f"edits {name}"] += 1
        self.history.choice = choice

    def set_clocks_right(self) -> None:
        self.library.set_clock_right()
        self.history.machine_error = 0

    def everybody(self, what: str) -> None:
        self.people.act_all([(what, who) for who in range(self.how_many)])

    def approved(self) -> None:
        """What waits is approved, and two full cycles make and see it."""
        self.history.approve()
        self.history.cycle(full=True)
        self.history.cycle(full=True)
