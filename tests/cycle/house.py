"""A small library in memory with a journal on disk, and a cycle that runs on both."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.memory import MemoryIls
from sidecar.core.brakes import Limit, Limits
from sidecar.core.model import Charge, Currency, Facts, Kind, Patron
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import ByStaff, PaidInFull, Policy, Rule, RuleKind, Terms, Threshold
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Order, Quick
from sidecar.cycle.run import APPROVAL_LIFETIME, run_once
from sidecar.cycle.world import World
from sidecar.ports import Mode
from sidecar.store import open_journal

DKK = Currency("DKK", 2)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


def debt_rule(block_at: int = 225_00, **changed) -> Rule:
    terms = Terms(PaidInFull(), Threshold(block_at), texts={"en": "Blocked: debt."}, short_texts={"en": "Debt."})
    return Rule(id="debt", kind=RuleKind.DEBT, restriction_type="CW_DEBT", terms=replace(terms, **changed))


def pin_rule() -> Rule:
    terms = Terms(ByStaff(), Threshold(5), texts={"en": "Blocked: PIN."}, short_texts={"en": "PIN."})
    return Rule(id="pin", kind=RuleKind.FAILED_PIN, restriction_type="CW_PIN", terms=terms)


def policy(*rules: Rule, digest: str = "p1") -> Policy:
    known = rules or (debt_rule(), pin_rule())
    return Policy(
        "Test", DKK, ("en",), COPENHAGEN, known, kinds={"FEE": Kind.FEE, "LOST": Kind.REPLACEMENT}, digest=digest
    )


def patron(number: int, owes: str | None = None, **known) -> Facts:
    charges = () if owes is None else (Charge(f"{number}-1", "FEE", Decimal(owes), date(2026, 1, 1)),)
    return Facts(Patron(str(number), library="MAIN", category="ADULT", language="en"), charges=charges, **known)


def approved_house(folder: Path, *, owing: int) -> "House":
    """So many who owe and are to be blocked, which is approved; two are written at a time."""
    house = House(folder, *(patron(number, "300.00") for number in range(1, owing + 1)), batch_size=2)
    kept = house.dry_run().kept_digest
    assert kept is not None
    house.journal.approve(kept, house.at, APPROVAL_LIFETIME)
    return house


def house_of_drift(folder: Path) -> "House":
    """Twenty are blocked; the rows of the first twelve have vanished, and a cycle has seen it."""
    house = House(folder, *(patron(number, "300.00") for number in range(1, 21)))
    house.first_day()
    for number in range(1, 13):
        house.ils.lift(str(number), "CW_DEBT")
    house.later(minutes=5)
    house.apply()
    return house


class House:
    """An ILS in memory, a journal in a file and a clock that is moved by hand."""

    def __init__(self, folder: Path, *facts: Facts, **ils) -> None:
        self.at = START
        self.ils = MemoryIls(facts, now=self.now, **({"types": ("CW_DEBT", "CW_PIN")} | ils))
        self.journal = open_journal(f"sqlite:///{folder / 'journal.db'}", clock=self)
        self.policy = policy()
        self.order = Order(limits=Limits(Limit(50, 1.0), Limit(20, 0.2), Limit(50, 20.0)))

    def now(self) -> datetime:
        return self.at

    @property
    def world(self) -> World:
        return World(source=self.ils, target=self.ils, journal=self.journal, clock=self)

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)

    def dry_run(self) -> Findings:
        return run_once(self.world, self.policy, replace(self.order, mode=Mode.DRY_RUN))

    def apply(self, approve: str | None = None, mode: Mode = Mode.APPLY) -> Findings:
        return run_once(self.world, self.policy, replace(self.order, mode=mode, approve=approve))

    def quick(self) -> Findings:
        """A quick cycle: who moved in the last minute."""
        return run_once(
            self.world, self.policy, replace(self.order, mode=Mode.APPLY, quick=Quick(self.at - timedelta(minutes=1)))
        )

    def first_day(self) -> Findings:
        """The first applied cycle, with its approval."""
        return self.apply(approve=self.dry_run().kept_digest)

    def blocked(self, restriction_type: str = "CW_DEBT") -> set[str]:
        facts = self.ils.pull().facts
        return {one.patron.id for one in facts if any(row.ours and row.type == restriction_type for row in one.ours())}

    def close(self) -> None:
        self.journal.close()


def kinds(findings: Findings) -> list[tuple[str, str, ChangeKind]]:
    return [(change.patron, change.rule, change.kind) for change in findings.done()]
