"""Policies that staff of the histories choose from: each as a policy file's text, and as the oracle knows it."""

from dataclasses import dataclass, replace

from tests.faults.oracle import Clause, Rule, Terms

TEXTS = ("Blokeret A.", "Blokeret B.")
RELEASES = {"paid_in_full": '"paid_in_full"', "below_block": '"below_block"', "at_most": "{ at_most = 20.00 }"}
PIN_RELEASES = {"staff": '"staff"', "counter_reset": '"counter_reset"', "after_minutes": "{ after_minutes = 30 }"}


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

    def toml(self) -> str:
        operator = "block_at" if self.inclusive else "block_above"
        lines = [
            '[policy]\nname = "History"\ncurrency = "DKK"\nlanguages = ["da"]\ntime_zone = "Europe/Copenhagen"',
            f'[rules.{self.debt_name}]\nkind = "debt"\n{operator} = {self.level / 100:.2f}',
            f'restriction_type = "{self.debt_type}"',
            f"release = {RELEASES[self.debt_release]}\nannounce_days = {self.announce_days}",
            f'if_lifted = "{"restore" if self.restore else "respect"}"',
            "" if self.override_days is None else f"override_days = {self.override_days}",
            self._ending("debt"),
            {
                "none": "",
                "children": "[[rules.@.except]]\nages = { under = 18 }\nblock_at = 50.00",
                "young": "[[rules.@.except]]\nages = { from = 15, under = 18 }\nexempt = true",
                "staff": '[[rules.@.except]]\ncategories = ["STAFF"]\nexempt = true',
            }[self.clause].replace("@", self.debt_name),
            f'[rules.replacement]\nkind = "unpaid_charge"\ncounts = ["replacement"]\n{self._ending("replacement")}',
            f'[rules.pin]\nkind = "failed_pin"\nblock_at = 3\nrelease = {PIN_RELEASES[self.pin_release]}',
            self._ending("pin"),
            f'[rules.lost_card]\nkind = "lost_card"\nrelease = "{self.lost_release}"\n{self._ending("lost_card")}',
            f'[rules.fee]\nkind = "unpaid_charge"\ncounts = ["fee"]\n{self._ending("fee")}' if self.fees else "",
        ]
        return "\n".join(lines)

    def _ending(self, rule: str) -> str:
        return f'message.da = "{TEXTS[self.text]}"\nretired = {str(self.retired == rule).lower()}'

    def rules(self) -> tuple[Rule, ...]:
        debt = Terms(self.debt_release, self.level, self.inclusive, value=2000, announce_days=self.announce_days)
        clauses = {
            "none": (),
            "children": (Clause(replace(debt, level=5000, inclusive=True), ages=(0, 18)),),
            "young": (Clause(replace(debt, exempt=True), ages=(15, 18)),),
            "staff": (Clause(replace(debt, exempt=True), category="STAFF"),),
        }[self.clause]
        text = TEXTS[self.text]
        rules = (
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
            ),
            Rule(
                "replacement",
                "unpaid_charge",
                "CW_REPLACEMENT",
                text,
                Terms("all_paid"),
                counts=frozenset({"replacement"}),
            ),
            Rule("pin", "failed_pin", "CW_PIN", text, Terms(self.pin_release, 3, value=30)),
            Rule("lost_card", "lost_card", "CW_LOST_CARD", text, Terms(self.lost_release)),
        )
        if self.fees:
            fee = Rule("fee", "unpaid_charge", "CW_FEE", text, Terms("all_paid"), counts=frozenset({"fee"}))
            rules = (*rules, fee)
        return tuple(replace(rule, retired=rule.retired or rule.id == self.retired) for rule in rules)
