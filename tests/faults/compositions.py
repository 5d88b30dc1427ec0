"""Histories with small limits, with ways straight to what only several acts together do: drift that stays open, holds
that last, approvals that come late."""

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.faults.disturb import Disturbance, crash
from tests.faults.histories import SCOPES, Histories, InTheCellar
from tests.faults.history import TALLY
from tests.faults.holding import Allowed
from tests.faults.machine import CALLS, CHOICES, DAY, EDITS, Machine
from tests.faults.people import ACTS
from tests.faults.policies import Choice

BLOCKING = st.sampled_from(["owe", "owe", "owe a book", "mistype", "lose"])
CYCLES = st.lists(st.booleans(), min_size=1, max_size=3)
"""Of each whether it is a full one."""
KILLED = st.none() | st.none() | CALLS


def killed_at(call: int | None) -> Disturbance | None:
    return None if call is None else Disturbance(call, crash)


class OfDrift(Machine):
    """What takes many rows away, and what may become of them."""

    def _type_of_most(self) -> str:
        """The type of ours that has most rows."""
        rows = [str(row["type"]) for row in self.library.rows() if str(row["type"]).startswith("CW_")]
        return max(sorted(set(rows)), key=rows.count, default="CW_DEBT")

    @rule(what=BLOCKING)
    def everybody_is_blocked(self, what: str) -> None:
        self.step()
        self.everybody(what)
        self.approved()

    @rule(how_many=st.integers(1, 5), cycles=CYCLES, between=st.booleans(), killed=KILLED)
    def rows_vanish(self, how_many: int, cycles: list[bool], between: bool, killed: int | None) -> None:
        """All at once, or one between two cycles."""
        self.step()
        kind, disturbance = self._type_of_most(), killed_at(killed)
        for place in range(how_many):
            TALLY["rows vanished"] += self.library.staff_lifts(self.people.number(place), kind)
            if between:
                self.library.advance(60)
                self.history.cycle(full=cycles[place % len(cycles)], disturbance=disturbance)
                disturbance = None
        for full in cycles:
            self.library.advance(60)
            self.history.cycle(full=full, disturbance=disturbance)
            disturbance = None

    @rule(acts=ACTS, cycles=CYCLES)
    def who_is_missed_moves(self, acts: list[tuple[str, int]], cycles: list[bool]) -> None:
        self.step()
        for full in cycles:
            self.people.act_all(acts)
            self.history.cycle(full=full)

    @rule(acts=ACTS, cycles=CYCLES, older=st.booleans())
    def the_database_comes_back_from_a_backup(
        self, acts: list[tuple[str, int]], cycles: list[bool], older: bool
    ) -> None:
        """Of an hour ago or of long ago: rows and payments are gone, patrons too, and numbers are given again."""
        self.step()
        if not (older and self.library.backups):
            self.library.back_up()
        self.people.act_all(acts)
        self.history.cycle(full=True)
        self.library.advance(3600)
        self.people.restore()
        for full in cycles:
            self.history.cycle(full=full)

    @rule()
    def the_database_is_backed_up(self) -> None:
        self.step()
        self.library.back_up()

    @rule(acts=ACTS, cycles=CYCLES, again=st.booleans())
    def a_restriction_type_is_deleted_in_koha(
        self, acts: list[tuple[str, int]], cycles: list[bool], again: bool
    ) -> None:
        """And perhaps made again: its rows stay MANUAL."""
        self.step()
        kind = self._type_of_most()
        if kind in self.library.restriction_types:
            TALLY["rows turned to MANUAL"] += self.library.delete_restriction_type(kind)
        self.people.act_all(acts)
        for full in cycles:
            self.history.cycle(full=full)
        if again:
            self.library.add_restriction_type(kind)

    @rule()
    def deleted_types_are_made_again(self) -> None:
        self.step()
        for kind in self.library.registered:
            self.library.add_restriction_type(kind)

    @rule(which=st.integers(0, 5), cycles=CYCLES)
    def staff_remove_a_manual_row(self, which: int, cycles: list[bool]) -> None:
        """As the list of what was once ours tells them."""
        self.step()
        rows = [row for row in self.library.rows(foreign=True) if row["type"] == "MANUAL"]
        if rows:
            row = rows[which % len(rows)]
            self.library.staff_lifts(int(str(row["borrowernumber"])), int(str(row["borrower_debarment_id"])))
        for full in cycles:
            self.history.cycle(full=full)

    @rule(acts=ACTS)
    def staff_meant_it(self, acts: list[tuple[str, int]]) -> None:
        self.step()
        self.history.accept_drift()
        self.people.act_all(acts)
        self.history.cycle(full=False)


class OfHolds(Machine):
    """What asks for more than the brakes let go, and what may become of it."""

    @rule(what=BLOCKING, acts=ACTS, cycles=CYCLES, killed=KILLED)
    def many_are_to_be_blocked(
        self, what: str, acts: list[tuple[str, int]], cycles: list[bool], killed: int | None
    ) -> None:
        """More than may be; and then somebody moves."""
        self.step()
        self.everybody(what)
        self.history.cycle(full=True, disturbance=killed_at(killed))
        for full in cycles:
            self.people.act_all(acts)
            self.library.advance(60)
            self.history.cycle(full=full)

    @rule(edit=EDITS, acts=ACTS, cycles=CYCLES, hours=st.sampled_from([0, 1, 25]))
    def an_edit_frees_or_blocks_many(
        self, edit: dict[str, Any], acts: list[tuple[str, int]], cycles: list[bool], hours: int
    ) -> None:
        self.step()
        self.edit(edit)
        self.history.cycle(full=True)
        self.library.advance(hours * 3600)
        self.people.act_all(acts)
        for full in cycles:
            self.history.cycle(full=full)

    @rule(reach=SCOPES, acts=ACTS, full=st.booleans())
    def the_scope_is_edited_and_edited_back(self, reach: Any, acts: list[tuple[str, int]], full: bool) -> None:
        self.step()
        before, self.history.reach = self.history.reach, reach
        TALLY["scope edits"] += reach != before
        self.people.act_all(acts)
        self.history.cycle(full=True)
        self.history.reach = before
        self.history.cycle(full=full)

    @rule(days=st.integers(1, 3), acts=ACTS)
    def days_go_by_with_their_cycles(self, days: int, acts: list[tuple[str, int]]) -> None:
        self.step()
        for _ in range(days):
            self.library.advance(DAY)
            self.history.cycle(full=True)
            self.people.act_all(acts[:2])
            self.history.cycle(full=False)

    @rule(redacted=st.integers(0, 4), acts=ACTS)
    def a_card_cannot_be_read_for_a_full_cycle(self, redacted: int, acts: list[tuple[str, int]]) -> None:
        self.step()
        number = self.people.number(redacted)
        self.library.hide_patron(number)
        self.history.cycle(full=True)
        self.library.hide_patron(number, hidden=False)
        self.people.act_all(acts)
        self.people.act("pay a little", redacted)
        self.history.cycle(full=False)


class OfApprovals(Machine):
    """Approvals in time and late, spent, of another policy by then, and beside quick cycles, which spend none."""

    @rule(acts=ACTS, cycles=CYCLES, hours=st.sampled_from([0, 0, 0, 23, 25]), edit=st.none() | st.none() | EDITS)
    def what_waits_is_approved(
        self, acts: list[tuple[str, int]], cycles: list[bool], hours: int, edit: dict[str, Any] | None
    ) -> None:
        self.step()
        granted = self.history.approve()
        TALLY["approvals late"] += granted and hours == 25
        self.library.advance(hours * 3600)
        if edit is not None:
            self.edit(edit)
            TALLY["approvals before an edit"] += granted
        for full in cycles:
            self.people.act_all(acts)
            self.history.cycle(full=full)


class DriftHistories(OfDrift, OfApprovals, InTheCellar):
    """Two rows may vanish in 24 hours; a third one makes it drift."""

    drift_limit: ClassVar[int] = 2
    how_many: ClassVar[int] = 5

    @initialize(choice=CHOICES, what=BLOCKING)
    def the_library_decides_on_its_rules(self, choice: Choice, what: str) -> None:
        """And blocks everybody."""
        self.history.choice = choice
        self.everybody(what)
        self.approved()


class BrakedHistories(OfHolds, OfApprovals, InTheCellar):
    """Three additions in 24 hours, one of them for a PIN, and two releases that nobody paid for."""

    allowed: ClassVar[Allowed | None] = Allowed(additions=3, pins=1, removals=2)
    how_many: ClassVar[int] = 5

    @initialize(choice=CHOICES, blocked=st.none() | BLOCKING, what=BLOCKING)
    def the_library_decides_on_its_rules(self, choice: Choice, blocked: str | None, what: str) -> None:
        """And would block everybody, or did."""
        self.history.choice = choice
        if blocked is not None:
            self.everybody(blocked)
            self.approved()
        self.everybody(what)
        self.history.cycle(full=True)


class AllTogether(Histories, OfDrift, OfHolds, OfApprovals):
    """Small limits of every kind, and everything that may happen."""

    allowed: ClassVar[Allowed | None] = Allowed(additions=3, pins=1, removals=2)
    drift_limit: ClassVar[int] = 2
    how_many: ClassVar[int] = 5

    @initialize(choice=CHOICES, what=BLOCKING)
    def the_library_decides_on_its_rules(self, choice: Choice, what: str) -> None:
        """And blocks everybody."""
        self.history.choice = choice
        self.everybody(what)
        self.approved()
