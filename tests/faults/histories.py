"""What happens in a library, in any order that hypothesis thinks of, with the oracle looking at every write."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.faults.canaries import COMMENT
from tests.faults.disturb import FAULTS, Disturbance, crash
from tests.faults.history import TALLY, History
from tests.faults.policies import PIN_RELEASES, RELEASES, Choice

DAY = 86_400
PATRONS = st.integers(0, 2)
AMOUNTS = st.sampled_from(["0.004", "1.00", "50.00", "100.00", "224.99", "224.995", "225.00", "300.00", "300.00"])
CHARGES = st.sampled_from(["OVERDUE", "OVERDUE", "LOST", "MANUAL"])
OUR_TYPES = st.sampled_from(["CW_DEBT", "CW_REPLACEMENT", "CW_PIN", "CW_LOST_CARD"])
ALL_TYPES = OUR_TYPES | st.sampled_from(["MANUAL", "SUSPENSION", "CW_FEE"])
AGES = st.sampled_from([None, 9, 14, 15, 16, 17, 17, 18, 40])
CALLS = st.integers(5, 24) | st.integers(25, 46) | st.integers(25, 46)
"""At which call of a cycle something happens; a cycle that writes has its first intent at the 35th."""
ACTS = st.sampled_from(
    [
        *(
            "owe",
            "owe",
            "owe a book",
            "pay",
            "pay",
            "pay a little",
            "mistype",
            "mistype",
            "remember",
            "lock",
            "one less",
        ),
        *("lose", "find", "lift", "lift", "lift by paying", "flag past the rows"),
    ]
)
TIMES = st.sampled_from([-59, -1, 1, 60, 1800, 7200, DAY, DAY, 2 * DAY, 400 * DAY])
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


class Histories(RuleBasedStateMachine):
    """High limits: whatever the rules ask for is written."""

    allowed: tuple[int, int] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.history = History(self.allowed)
        self.library = self.history.library
        self.patrons: list[int] = []
        for years in (40, 16, None):
            self._create(years)

    @initialize(choice=CHOICES)
    def the_library_decides_on_its_rules(self, choice: Choice) -> None:
        self.history.choice = choice

    def teardown(self) -> None:
        try:
            self.history.settle()
        finally:
            self.history.close()

    # people and staff

    @rule(acts=st.lists(st.tuples(ACTS, PATRONS), min_size=1, max_size=6))
    def an_hour_goes_by(self, acts: list[tuple[str, int]]) -> None:
        self._step()
        self._act_all(acts)

    @rule(patron=PATRONS, kind=CHARGES, amount=AMOUNTS, pays=st.booleans())
    def somebody_owes_or_pays(self, patron: int, kind: str, amount: str, pays: bool) -> None:
        self._step()
        if pays:
            self._pay(patron, amount)
        else:
            self.library.charge(self.patrons[patron], kind, amount)

    @rule(patron=PATRONS, years=AGES, category=st.sampled_from(["ADULT", "STAFF", "STAT", "ADULT"]))
    def a_record_is_changed(self, patron: int, years: int | None, category: str) -> None:
        self._step()
        self.library.change_patron(self.patrons[patron], born=self._born(years), category=category)

    @rule(patron=PATRONS, what=st.sampled_from(["redacted", "shown", "shown", "deleted"]))
    def a_record_is_redacted_or_shown_or_deleted(self, patron: int, what: str) -> None:
        self._step()
        if what == "deleted":
            gone = self.patrons.pop(patron)
            self.library.delete_patron(gone)
            self.history.judge.worlds.forget(gone)
            self._create(30)
        else:
            self.library.hide_patron(self.patrons[patron], hidden=what == "redacted")

    @rule(patron=PATRONS, kind=ALL_TYPES, days=st.sampled_from([None, None, 0, 1, 30]))
    def staff_restrict(self, patron: int, kind: str, days: int | None) -> None:
        self._step()
        self.library.staff_restricts(self.patrons[patron], kind, COMMENT, self._in_days(days))

    @rule(row=st.integers(0, 20), comment=st.booleans(), days=st.sampled_from([None, -1, 0, 1, 30]))
    def staff_edit(self, row: int, comment: bool, days: int | None) -> None:
        self._step()
        rows = [int(str(each["borrower_debarment_id"])) for each in self.library.rows()]
        if rows:
            text = f"{COMMENT} {row}" if comment else None
            self.library.staff_edits(rows[row % len(rows)], comment=text, expiration=self._in_days(days))

    @rule(choice=CHOICES)
    def the_policy_is_edited(self, choice: Choice) -> None:
        self._step()
        self.history.choice = choice

    @rule(patron=PATRONS)
    def staff_release_after_an_id_check(self, patron: int) -> None:
        self._step()
        self.history.release_pin(self.patrons[patron])

    @rule(seconds=TIMES)
    def time_passes_or_the_clock_is_set_back(self, seconds: int) -> None:
        self._step()
        self.library.advance(seconds)

    # Cardwarden

    @rule(acts=st.lists(st.tuples(ACTS, PATRONS), max_size=6), full=st.booleans())
    def a_cycle_runs(self, acts: list[tuple[str, int]], full: bool) -> None:
        self._step()
        self._act_all(acts)
        self.history.cycle(full=full)

    @rule(acts=st.lists(st.tuples(ACTS, PATRONS), max_size=6), full=st.booleans(), at=CALLS)
    def a_cycle_is_killed(self, acts: list[tuple[str, int]], full: bool, at: int) -> None:
        self._step()
        self._act_all(acts)
        self.history.cycle(full=full, disturbance=Disturbance(at, crash))

    @rule(
        acts=st.lists(st.tuples(ACTS, PATRONS), max_size=6),
        full=st.booleans(),
        faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=2),
        killed=st.none() | st.none() | CALLS,
    )
    def a_cycle_meets_faults(
        self, acts: list[tuple[str, int]], full: bool, faults: list[str], killed: int | None
    ) -> None:
        self._step()
        self._act_all(acts)
        disturbance = None if killed is None else Disturbance(killed, crash)
        self.history.cycle(full=full, disturbance=disturbance, faults=tuple(faults))

    @rule(acts=st.lists(st.tuples(ACTS, PATRONS), max_size=4), full=st.booleans(), at=CALLS, patron=PATRONS, what=ACTS)
    def something_happens_in_the_middle_of_a_cycle(
        self, acts: list[tuple[str, int]], full: bool, at: int, patron: int, what: str
    ) -> None:
        self._step()
        self._act_all(acts)
        self.history.cycle(full=full, disturbance=Disturbance(at, lambda: self._act(what, patron)))

    @rule(
        patron=PATRONS,
        minds=st.sampled_from([("lose", "find"), ("mistype", "remember"), ("owe", "pay"), ("owe a book", "pay")]),
        killed=st.integers(34, 41),
        again=st.none() | st.integers(24, 36),
    )
    def somebody_keeps_changing_while_the_process_keeps_dying(
        self, patron: int, minds: tuple[str, str], killed: int, again: int | None
    ) -> None:
        self._step()
        self._act_all([(minds[0], patron)])
        self.history.cycle(full=True)
        self._act_all([(minds[1], patron)])
        self.history.cycle(full=True, disturbance=Disturbance(killed, crash))
        self._act_all([(minds[0], patron)])
        if again is not None:
            self.history.cycle(full=False, disturbance=Disturbance(again, crash))
        self.history.cycle(full=False)

    @rule(dry=st.booleans())
    def a_dry_run_is_made_or_all_is_quiet_for_a_while(self, dry: bool) -> None:
        self._step()
        if dry:
            self.history.dry_run()
        else:
            self.history.settle()

    # inside

    def _step(self) -> None:
        TALLY["steps"] += 1

    def _act_all(self, acts: list[tuple[str, int]]) -> None:
        for what, patron in acts:
            self._act(what, patron)
            self.library.advance(1)

    def _act(self, what: str, patron: int) -> None:  # noqa: C901, PLR0912 - a list of small acts
        number = self.patrons[patron]
        match what:
            case "owe":
                self.library.charge(number, "OVERDUE", "300.00")
            case "owe a book":
                self.library.charge(number, "LOST", "150.00")
            case "pay":
                self._pay(patron, None)
            case "pay a little":
                self._pay(patron, "1.00")
            case "mistype":
                self.library.wrong_pin(number, 3)
            case "remember":
                self.library.reset_pin(number)
            case "one less":
                self.library.set_attempts(number, max(self.library.patron(number).attempts - 1, 0))
            case "lock":
                self.library.set_attempts(number, -1)
            case "lose" | "find":
                self.library.card_lost(number, lost=what == "lose")
            case "lift":
                for row in list(self.library.patron(number).restrictions)[:1]:
                    self.library.staff_lifts(number, row.id)
            case "lift by paying":  # as Koha itself can, at the payment
                self._pay(patron, None)
                self.library.staff_lifts(number, "CW_DEBT")
            case "flag past the rows":
                self.library.set_flag(number, date(9999, 12, 31))

    def _create(self, years: int | None) -> None:
        number = self.library.create_patron(born=self._born(years))
        self.history.canaries.plant(self.history.koha, number)
        self.patrons.append(number)

    def _born(self, years: int | None) -> date | None:
        """A few days before or after the birthday, so that it is met."""
        return (
            None if years is None else self.library.today() + timedelta(days=2) - timedelta(days=round(years * 365.25))
        )

    def _in_days(self, days: int | None) -> date | None:
        return None if days is None else self.library.today() + timedelta(days=days)

    def _pay(self, patron: int, amount: str | None) -> None:
        record = self.library.patron(self.patrons[patron])
        if amount is not None or record.open_debits():
            self.library.pay(record.id, amount)


class BrakedHistories(Histories):
    """Three additions in 24 hours, one of them for a PIN: what is beyond waits for an approval."""

    allowed = (3, 1)

    @precondition(lambda self: self.history.since is not None)
    @rule()
    def what_waits_is_approved(self) -> None:
        self._step()
        self.history.cycle(full=True, approve=True)
