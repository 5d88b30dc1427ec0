"""The people of a history's library, and what they and its staff do in an hour."""

from datetime import date, timedelta

from hypothesis import strategies as st

from adapters.standin.library.records import Loan, StoredAnswer
from tests.faults.history import TALLY, History
from tests.faults.policies import PLAN

DEEDS = st.sampled_from(
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
            "one less",
            "lock",
        ),
        *("lose", "find", "lift", "lift", "lift by paying", "flag past the rows"),
        *("void", "void", "pay out", "pay too much"),
        *("release in Koha", "release in Koha"),
    ]
)
LOAN_DEEDS = st.sampled_from(
    [
        *("borrow late", "borrow late", "borrow late", "borrow a film late", "bring back", "bring back", "renew"),
        *("wait for it", "wait no longer", "bill as lost", "claim to have returned"),
        *("agree on a plan", "agree on a plan", "end the plan", "mark the address", "correct the address"),
        *("expire", "prolong", "answer for the next", "let a fine grow"),
    ]
)
"""What the words of a policy besides sums are about."""
WHO = st.integers(0, 5)
"""Taken modulo how many there are."""
ACTS = st.lists(st.tuples(DEEDS, WHO), max_size=6)
LOAN_ACTS = st.lists(st.tuples(LOAN_DEEDS | LOAN_DEEDS | DEEDS, WHO), max_size=8)
AGES = (40, 16, None, 12, 67, 30)


class People:
    """Patrons by place; whoever leaves is followed by somebody new."""

    def __init__(self, history: History, how_many: int) -> None:
        self.history = history
        self.library = history.library
        self.how_many = how_many
        self.numbers: list[int] = []
        self.items = 0
        self._fill()

    def number(self, who: int) -> int:
        return self.numbers[who % len(self.numbers)]

    def act_all(self, acts: list[tuple[str, int]]) -> None:
        for what, who in acts:
            self.act(what, who)
            self.library.advance(1)

    def act(self, what: str, who: int) -> None:  # noqa: C901, PLR0912 - a list of small acts
        number = self.number(who)
        match what:
            case "owe":
                self.library.charge(number, "OVERDUE", "300.00")
            case "owe a book":
                self.library.charge(number, "LOST", "150.00")
            case "pay":
                self.pay(who, None)
            case "pay a little":
                self.pay(who, "1.00")
            case "pay too much":
                self.pay(who, "500.00")
            case "void" | "pay out":
                self._take_back(number, what)
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
                self.pay(who, None)
                self.library.staff_lifts(number, self.history.choice.debt_type)
            case "release in Koha":
                self._release_in_koha(number)
            case "flag past the rows":
                self.library.set_flag(number, date(9999, 12, 31))
            case _:
                self._act_on_record(what, who)

    def _act_on_record(self, what: str, who: int) -> None:  # noqa: C901, PLR0912 - a list of small acts
        record = self.library.patron(self.number(who))
        loans, today = record.loans, self.library.today()
        match what:
            case "borrow late" | "borrow a film late":
                self.items += 1
                kind, days = ("BOG", 12) if what == "borrow late" else ("FILM", 14)
                self.library.lend(record.id, Loan(self.items, today - timedelta(days=days), kind))
            case "bring back" if loans:
                self.library.bring_back(record.id, loans[0].item_id)
            case "renew" if loans:
                self.library.renew(record.id, loans[0].item_id, today + timedelta(days=1))
            case "wait for it" | "wait no longer" if loans:
                loans[0].waited_for = what == "wait for it"
            case "bill as lost" if loans and not loans[0].lost:
                loans[0].lost = True
                self.library.charge(record.id, "LOST", "150.00", item_id=loans[0].item_id)
            case "claim to have returned" if loans:
                loans[0].claimed = True
            case "agree on a plan" | "end the plan":
                self.library.set_attribute(record.id, PLAN, "1" if what == "agree on a plan" else "")
            case "mark the address" | "correct the address":
                self.library.mark_address(record.id, unknown=what == "mark the address")
            case "expire" | "prolong":
                record.expires = today + timedelta(days=-1 if what == "expire" else 365)
            case "answer for the next" if self.number(who + 1) not in {record.id, *record.guarantees}:
                self.library.answers_for(record.id, self.number(who + 1))
            case "let a fine grow":
                fines = [line for line in record.open_debits() if line.type == "OVERDUE"]
                if fines:
                    self.library.accrue(record.id, fines[0].id, "5.00")
            case _:
                return
        TALLY[f"deed {what}"] += 1

    def _release_in_koha(self, number: int) -> None:
        """Staff release, by name, the first block that a rule of the policy stands behind."""
        rules = {rule.type: rule for rule in self.history.choice.rules()}
        rows = [row for row in self.library.patron(number).restrictions if row.in_force(self.library.today())]
        row = next((each for each in rows if each.type in rules), None)
        if row is None or self.library.paused or row.type not in self.library.registered:
            return
        rule = rules[row.type]
        offer = {"rule": rule.id, "type": row.type, "photo_id": True, "reset_pin": rule.kind == "failed_pin"}
        self.library.answers[number] = StoredAnswer(self.library.now(), {"releases": [offer]})
        self.library.staff_releases(number, rule.id, photo_id_checked=True)
        TALLY["releases in Koha"] += 1

    def pay(self, who: int, amount: str | None) -> None:
        record = self.library.patron(self.number(who))
        if amount is not None or record.open_debits():
            self.library.pay(record.id, amount)

    def _take_back(self, number: int, what: str) -> None:
        """Staff void the newest payment, or pay back what is left of one."""
        given = [line for line in self.library.patron(number).lines if line.credit and line.status is None]
        if what == "void" and given:
            self.library.void(number, given[-1].id)
            TALLY["voids"] += 1
        left = [line for line in given if line.outstanding < 0]
        if what == "pay out" and left:
            self.library.pay_out(number, left[0].id)
            TALLY["payouts"] += 1

    def merge(self, keeper: int, other: int) -> None:
        """Two records are one person."""
        if self.number(keeper) != self.number(other):
            self.library.merge_patrons(self.number(keeper), self.number(other))
            TALLY["merges"] += 1
        self._fill()

    def delete(self, who: int) -> None:
        self.library.delete_patron(self.number(who))
        self._fill()

    def restore(self) -> None:
        """The database of the backup: with whoever was there then."""
        self.history.restore()
        self._fill()

    def _fill(self) -> None:
        there = [number for number in sorted(self.library.patrons) if number != 1]
        while len(there) < self.how_many:
            number = self.library.create_patron(born=self.born(AGES[len(there) % len(AGES)]))
            self.history.canaries.plant(self.history.koha, number)
            there.append(number)
        self.numbers = there

    def born(self, years: int | None) -> date | None:
        """A few days before or after the birthday, so that it is met."""
        return (
            None if years is None else self.library.today() + timedelta(days=2) - timedelta(days=round(years * 365.25))
        )

    def in_days(self, days: int | None) -> date | None:
        return None if days is None else self.library.today() + timedelta(days=days)
