"""Policies that staff of the histories choose from: each as a policy file's text, and as the oracle knows it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from tests.faults.terms import Clause, Late, Rule, Terms

TEXTS = ("Blokeret A.", "Blokeret B.")
RELEASES = {"paid_in_full": '"paid_in_full"', "below_block": '"below_block"', "at_most": "{ at_most = 20.00 }"}
MORE_RELEASES = {"paid_and_returned": '"paid_and_returned"', "staff": '"staff"'}
PIN_RELEASES = {"staff": '"staff"', "counter_reset": '"counter_reset"', "after_minutes": "{ after_minutes = 30 }"}
PLAN = "AFDRAG"
GROWN_UP = 18
FORTNIGHT = Late(14)
SINCE, LATER = date(2026, 11, 25), date(2026, 11, 26)
"""Histories begin on 23 November 2026."""


@dataclass(frozen=True)
class Choice:
    """What the library decided."""

    level: int = 22500
    inclusive: bool = True
    debt_release: str = "paid_in_full"
    clause: str = "none"
    announce_days: int = 0
    override_days: int | None = None
    restore: bool = False
    retired: str = "none"
    pin_release: str = "staff"
    lost_release: str = "flag_cleared"
    text: int = 0
    debt_name: str = "debt"
    debt_type: str = "CW_DEBT"
    fees: bool = False
    older_days: int | None = None
    each_year: bool = False
    only_adults: bool = False
    since: bool = False
    tell_at: int | None = None
    guarantors: bool = False
    bill_release: str = "paid_in_full"
    overdue: str = "none"
    overdue_of: Late = FORTNIGHT
    overdue_level: int = 1
    flag: str = "none"

    def toml(self) -> str:
        operator = "block_at" if self.inclusive else "block_above"
        lines = [
            '[policy]\nname = "History"\ncurrency = "DKK"\nlanguages = ["da"]\ntime_zone = "Europe/Copenhagen"',
            f'[rules.{self.debt_name}]\nkind = "debt"\n{operator} = {self.level / 100:.2f}',
            f'restriction_type = "{self.debt_type}"',
            f"release = {(RELEASES | MORE_RELEASES)[self.debt_release]}\nannounce_days = {self.announce_days}",
            *self._words_of_debt(),
            f'if_lifted = "{"restore" if self.restore else "respect"}"',
            "" if self.override_days is None else f"override_days = {self.override_days}",
            self._ending("debt"),
            {
                "none": "",
                "children": "[[rules.@.except]]\nages = { under = 18 }\nblock_at = 50.00",
                "young": "[[rules.@.except]]\nages = { from = 15, under = 18 }\nexempt = true",
                "staff": '[[rules.@.except]]\ncategories = ["STAFF"]\nexempt = true',
                "plan": f'[[rules.@.except]]\nattributes = ["{PLAN}"]\nexempt = true',
                "later": f"[[rules.@.except]]\neffective_from = {LATER}\nblock_at = 50.00",
            }[self.clause].replace("@", self.debt_name),
            f'[rules.replacement]\nkind = "unpaid_charge"\ncounts = ["replacement"]\nrelease = "{self.bill_release}"',
            self._ending("replacement"),
            f'[rules.pin]\nkind = "failed_pin"\nblock_at = 3\nrelease = {PIN_RELEASES[self.pin_release]}',
            self._ending("pin"),
            f'[rules.lost_card]\nkind = "lost_card"\nrelease = "{self.lost_release}"\n{self._ending("lost_card")}',
            f'[rules.fee]\nkind = "unpaid_charge"\ncounts = ["fee"]\n{self._ending("fee")}' if self.fees else "",
            *self._overdue(),
            "" if self.flag == "none" else f'[rules.flag]\nkind = "flag"\nflag = "{self.flag}"\n{self._ending("flag")}',
        ]
        return "\n".join(lines)

    def _words_of_debt(self) -> Iterator[str]:
        if self.older_days is not None:
            yield f"older_than_days = {self.older_days}"
        if self.each_year:
            yield 'each_year = { on = "12-01", arose_before = "11-24" }'
        if self.only_adults:
            yield 'only = { categories = ["ADULT"] }'
        if self.since:
            yield f"effective_from = {SINCE}"
        if self.is_told_early:
            yield f"announce_at = {(self.tell_at or 0) / 100:.2f}"
        if self.guarantors:
            yield f'also_blocks = "guarantors"\nages = {{ under = {GROWN_UP} }}'

    @property
    def is_told_early(self) -> bool:
        """Never from a sum on that is above the one that blocks, nor without days between the two."""
        return self.tell_at is not None and self.tell_at <= self.level and self.announce_days > 0

    def _overdue(self) -> Iterator[str]:
        if self.overdue != "none":
            yield f'[rules.overdue]\nkind = "overdue"\nblock_at = {self.overdue_level}\nrelease = "{self.overdue}"'
            yield f"overdue_days = {self.overdue_of.days}\nwaited_for = {str(self.overdue_of.waited_for).lower()}"
            yield "" if self.overdue_of.type is None else f'item_types = ["{self.overdue_of.type}"]'
            yield self._ending("overdue")

    def _ending(self, rule: str) -> str:
        return f'message.da = "{TEXTS[self.text]}"\nretired = {str(self.retired == rule).lower()}'

    def rules(self) -> tuple[Rule, ...]:
        debt = Terms(self.debt_release, self.level, self.inclusive, value=2000, announce_days=self.announce_days)
        clauses = {
            "none": (),
            "children": (Clause(replace(debt, level=5000, inclusive=True), ages=(0, 18)),),
            "young": (Clause(replace(debt, exempt=True), ages=(15, 18)),),
            "staff": (Clause(replace(debt, exempt=True), category="STAFF"),),
            "plan": (Clause(replace(debt, exempt=True), attribute=PLAN),),
            "later": (Clause(replace(debt, level=5000, inclusive=True), since=LATER),),
        }[self.clause]
        text = TEXTS[self.text]
        rules: tuple[Rule, ...] = (
            Rule(
                self.debt_name,
                "debt",
                self.debt_type,
                text,
                debt,
                clauses,
                restore=self.restore,
                override_days=self.override_days,
                retired=self.retired == "debt",
                older_days=self.older_days,
                each_year=((12, 1), (11, 24)) if self.each_year else None,
                only="ADULT" if self.only_adults else None,
                since=SINCE if self.since else None,
                tell_at=self.tell_at if self.is_told_early else None,
                guarantees_under=GROWN_UP if self.guarantors else None,
            ),
            Rule(
                "replacement",
                "unpaid_charge",
                "CW_REPLACEMENT",
                text,
                Terms(self.bill_release),
                counts=frozenset({"replacement"}),
            ),
            Rule("pin", "failed_pin", "CW_PIN", text, Terms(self.pin_release, 3, value=30)),
            Rule("lost_card", "lost_card", "CW_LOST_CARD", text, Terms(self.lost_release)),
        )
        if self.fees:
            fee = Rule("fee", "unpaid_charge", "CW_FEE", text, Terms("paid_in_full"), counts=frozenset({"fee"}))
            rules = (*rules, fee)
        if self.overdue != "none":
            terms = Terms(self.overdue, self.overdue_level)
            rules = (*rules, Rule("overdue", "overdue", "CW_OVERDUE", text, terms, late=self.overdue_of))
        if self.flag != "none":
            rules = (*rules, Rule("flag", "flag", "CW_FLAG", text, Terms("flag_cleared"), flag=self.flag))
        return tuple(replace(rule, retired=rule.retired or rule.id == self.retired) for rule in rules)
