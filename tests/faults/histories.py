"""What may happen in any library, by who does it, with the oracle looking at every write."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sidecar.ports import Mode
from tests.faults.canaries import COMMENT
from tests.faults.disturb import FAULTS, Disturbance, crash
from tests.faults.facts import Reach
from tests.faults.history import TALLY, TOLERANCE
from tests.faults.machine import CALLS, CHOICES, DAY, EDITS, Machine
from tests.faults.people import ACTS, DEEDS, WHO
from tests.faults.policies import Choice

AMOUNTS = st.sampled_from(["0.004", "1.00", "50.00", "100.00", "224.99", "224.995", "225.00", "300.00", "300.00"])
CHARGES = st.sampled_from(["OVERDUE", "OVERDUE", "LOST", "MANUAL"])
OUR_TYPES = st.sampled_from(["CW_DEBT", "CW_REPLACEMENT", "CW_PIN", "CW_LOST_CARD"])
ALL_TYPES = OUR_TYPES | st.sampled_from(["MANUAL", "SUSPENSION", "CW_FEE"])
AGES = st.sampled_from([None, 9, 14, 15, 16, 17, 17, 18, 40])
TIMES = st.sampled_from([-59, -1, 1, 60, 1800, 7200, DAY, DAY, 2 * DAY, 400 * DAY])
STEPS = st.sampled_from([30 * DAY, 30 * DAY, -3600, 240, -240])
"""Of one clock alone, in seconds: the last two are within what is tolerated."""
SCOPES = st.sampled_from([Reach(), Reach(), Reach(libraries=frozenset({"HB"})), Reach(categories=frozenset({"ADULT"}))])


class AtTheDesk(Machine):
    """Patrons, staff and their records."""

    @rule(acts=ACTS)
    def an_hour_goes_by(self, acts: list[tuple[str, int]]) -> None:
        self.step()
        self.people.act_all(acts)

    @rule(who=WHO, kind=CHARGES, amount=AMOUNTS, pays=st.booleans())
    def somebody_owes_or_pays(self, who: int, kind: str, amount: str, pays: bool) -> None:
        self.step()
        if pays:
            self.people.pay(who, amount)
        else:
            self.library.charge(self.people.number(who), kind, amount)

    @rule(
        who=WHO,
        years=AGES,
        category=st.sampled_from(["ADULT", "STAFF", "STAT", "ADULT"]),
        library=st.sampled_from(["HB", "HB", "MOB"]),
    )
    def a_record_is_changed(self, who: int, years: int | None, category: str, library: str) -> None:
        self.step()
        self.library.change_patron(
            self.people.number(who), born=self.people.born(years), category=category, library=library
        )

    @rule(who=WHO, other=WHO, what=st.sampled_from(["redacted", "shown", "shown", "deleted", "merged"]))
    def a_record_is_redacted_or_shown_or_deleted_or_merged(self, who: int, other: int, what: str) -> None:
        self.step()
        if what == "deleted":
            self.people.delete(who)
        elif what == "merged":
            self.people.merge(who, other)
        else:
            self.library.hide_patron(self.people.number(who), hidden=what == "redacted")

    @rule(who=WHO, kind=ALL_TYPES, days=st.sampled_from([None, None, 0, 1, 30]))
    def staff_restrict(self, who: int, kind: str, days: int | None) -> None:
        self.step()
        if kind in self.library.restriction_types:
            self.library.staff_restricts(self.people.number(who), kind, COMMENT, self.people.in_days(days))

    @rule(row=st.integers(0, 20), comment=st.booleans(), days=st.sampled_from([None, -1, 0, 1, 30]))
    def staff_edit(self, row: int, comment: bool, days: int | None) -> None:
        self.step()
        rows = [int(str(each["borrower_debarment_id"])) for each in self.library.rows()]
        if rows:
            text = f"{COMMENT} {row}" if comment else None
            self.library.staff_edits(rows[row % len(rows)], comment=text, expiration=self.people.in_days(days))

    @rule(name=st.sampled_from(["pin", "pin", "debt", "replacement", "lost_card"]), who=WHO)
    def staff_release_after_an_id_check(self, name: str, who: int) -> None:
        self.step()
        self.history.release(name, self.people.number(who))


class InTheOffice(Machine):
    """Whoever sets policy, scope and mode, and pauses."""

    @rule(choice=CHOICES)
    def the_policy_is_edited(self, choice: Choice) -> None:
        self.step()
        self.history.choice = choice
        TALLY["policies anew"] += 1

    @rule(edit=EDITS)
    def a_line_of_the_policy_is_edited(self, edit: dict[str, Any]) -> None:
        self.step()
        self.edit(edit)

    @rule(reach=SCOPES)
    def the_scope_is_edited(self, reach: Reach) -> None:
        self.step()
        TALLY["scope edits"] += reach != self.history.reach
        self.history.reach = reach

    @rule(mode=st.sampled_from([Mode.APPLY, Mode.RELEASE_ONLY]), acts=ACTS, full=st.booleans())
    def releases_only_are_allowed_or_all_again(self, mode: Mode, acts: list[tuple[str, int]], full: bool) -> None:
        self.step()
        self.history.mode = mode
        TALLY["release-only"] += mode is Mode.RELEASE_ONLY
        self.people.act_all(acts)
        self.history.cycle(full=full)

    @rule(in_koha=st.booleans(), acts=ACTS, full=st.booleans())
    def writing_is_paused_for_a_while(self, in_koha: bool, acts: list[tuple[str, int]], full: bool) -> None:
        self.step()
        TALLY["pauses"] += 1
        self.library.pause_plugin(paused=in_koha)
        if not in_koha:
            self.history.pause()
        self.people.act_all(acts)
        self.history.cycle(full=full)
        self.library.pause_plugin(paused=False)
        self.history.resume()


class OnTheWall(Machine):
    """The clocks."""

    @rule(seconds=TIMES)
    def time_passes_or_the_clocks_are_set_back(self, seconds: int) -> None:
        self.step()
        self.library.advance(seconds)

    @rule(seconds=STEPS, of_koha=st.booleans(), acts=ACTS, full=st.booleans(), stays=st.booleans())
    def one_clock_steps_alone(
        self, seconds: int, of_koha: bool, acts: list[tuple[str, int]], full: bool, stays: bool
    ) -> None:
        """For one cycle; within what is tolerated perhaps for longer."""
        self.step()
        if of_koha:
            self.library.step_clock(seconds)
        else:
            self.history.machine_error += seconds
        small = "within tolerance" if abs(seconds) <= TOLERANCE else "apart"
        TALLY[f"{'Koha' if of_koha else 'machine'} clock {small}"] += 1
        self.people.act_all(acts)
        self.history.cycle(full=full)
        if not (stays and abs(seconds) <= TOLERANCE):
            self.set_clocks_right()


class InTheCellar(Machine):
    """Cycles, disturbed or not."""

    @rule(acts=ACTS, full=st.booleans())
    def a_cycle_runs(self, acts: list[tuple[str, int]], full: bool) -> None:
        self.step()
        self.people.act_all(acts)
        self.history.cycle(full=full)

    @rule(acts=ACTS, full=st.booleans(), at=CALLS)
    def a_cycle_is_killed(self, acts: list[tuple[str, int]], full: bool, at: int) -> None:
        self.step()
        self.people.act_all(acts)
        self.history.cycle(full=full, disturbance=Disturbance(at, crash))

    @rule(
        acts=ACTS,
        full=st.booleans(),
        faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=2),
        killed=st.none() | st.none() | CALLS,
    )
    def a_cycle_meets_faults(
        self, acts: list[tuple[str, int]], full: bool, faults: list[str], killed: int | None
    ) -> None:
        self.step()
        self.people.act_all(acts)
        disturbance = None if killed is None else Disturbance(killed, crash)
        self.history.cycle(full=full, disturbance=disturbance, faults=tuple(faults))

    @rule(acts=ACTS, full=st.booleans(), at=CALLS, happens=st.tuples(DEEDS, WHO) | st.just(("pause", 0)))
    def something_happens_in_the_middle_of_a_cycle(
        self, acts: list[tuple[str, int]], full: bool, at: int, happens: tuple[str, int]
    ) -> None:
        self.step()
        self.people.act_all(acts)
        act = self.history.pause if happens[0] == "pause" else lambda: self.people.act(*happens)
        self.history.cycle(full=full, disturbance=Disturbance(at, act))
        self.history.resume()

    @rule(
        who=WHO,
        minds=st.sampled_from([("lose", "find"), ("mistype", "remember"), ("owe", "pay"), ("owe a book", "pay")]),
        killed=st.integers(34, 46),
        again=st.none() | st.integers(24, 40),
    )
    def somebody_keeps_changing_while_the_process_keeps_dying(
        self, who: int, minds: tuple[str, str], killed: int, again: int | None
    ) -> None:
        self.step()
        self.people.act(minds[0], who)
        self.history.cycle(full=True)
        self.people.act(minds[1], who)
        self.history.cycle(full=True, disturbance=Disturbance(killed, crash))
        self.people.act(minds[0], who)
        if again is not None:
            self.history.cycle(full=False, disturbance=Disturbance(again, crash))
        self.history.cycle(full=False)

    @rule(dry=st.booleans())
    def a_dry_run_is_made_or_all_is_quiet_for_a_while(self, dry: bool) -> None:
        self.step()
        if dry:
            self.history.dry_run()
        else:
            self.history.settle()


class Histories(AtTheDesk, InTheOffice, OnTheWall, InTheCellar):
    """All of that, three patrons, and no limits."""
