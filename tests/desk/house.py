"""A patron in an ILS in memory, a journal on disk, and what is done at the desk: pay, show photo ID, clear a flag."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from adapters.memory import MemoryIls
from sidecar.byhand import ReleaseOrder, release_by_staff
from sidecar.core.brakes import Limit, Limits
from sidecar.core.decide import decide
from sidecar.core.drift import DriftLimit
from sidecar.core.model import UNKNOWN, Case, Facts
from sidecar.core.plan import Change, ChangeKind, Reason
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision
from sidecar.cycle.looking import look_at
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.desk import Answer, Circumstances, answer, circumstances_of
from sidecar.desk.answer import Block, BringBack, ClearFlag, Pay, ResetCounter, ShowId, Source, Step
from sidecar.desk.blocking import blocks_of
from sidecar.errors import NotBlocked
from sidecar.ports import Mode, Outcome, Result
from sidecar.store import SqlJournal, open_journal

WIDE = Limits(Limit(10_000), Limit(10_000), Limit(10_000), amendments=10_000)


class Desk:
    """One patron, and everything that can happen at a desk. Brakes are as wide as the sea unless told."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self.at = at
        self.journal: SqlJournal = open_journal(f"sqlite:///{folder / 'journal.db'}", clock=self)
        self.order = Order(mode=Mode.APPLY, limits=WIDE, drift=DriftLimit(absolute=10_000))

    def now(self) -> datetime:
        return self.at

    def sit(self, policy: Policy, facts: Facts, cases: Iterable[Case] = ()) -> None:
        """A new patron stands here, of whom this is remembered."""
        self.policy, self.patron = policy, facts.patron.id
        types = {rule.restriction_type for rule in policy.rules} | {row.type for row in facts.ours()}
        self.ils = MemoryIls([], now=self.now, everyone=True, types=types)
        self.ils.put(facts, rows=() if facts.restrictions is UNKNOWN else facts.restrictions)
        known = [(case.patron, case.rule) for by_rule in self.journal.cases().values() for case in by_rule.values()]
        self.journal.save_cases((), known)
        self.journal.save_cases(cases, ())
        self.journal.keep_former_rows({}, [self.patron])
        self._begin({rule.restriction_type for rule in policy.rules})

    def _begin(self, types: set[str]) -> None:
        """Every type has been added before, so that no first addition waits."""
        unbegun = types - self.journal.history(self.at).begun
        if not unbegun:
            return
        cycle = self.journal.begin_cycle("full", Mode.APPLY, "p", self.at)
        for type_ in unbegun:
            change = Change(patron="0", rule=type_, kind=ChangeKind.ADD, restriction_type=type_, reason=Reason.REACHED)
            self.journal.intend(cycle, [change], "p", frozenset({change.key}), self.at)
            self.journal.conclude(cycle, [Outcome("0", Result.WRITTEN)], self.at)

    @property
    def world(self) -> World:
        return World(source=self.ils, target=self.ils, journal=self.journal, clock=self)

    @property
    def facts(self) -> Facts:
        facts = self.ils.facts_of(self.patron)
        assert facts is not None
        return facts

    def decision(self) -> Decision:
        sight = look_at(self.world, self.policy, [self.patron])
        facts = sight.facts_of(self.patron)
        assert facts is not None
        return decide(facts, sight.cases_of(self.patron), self.policy, sight.pull.as_of, self.order.scope)

    def circumstances(self, every: timedelta | None = None) -> Circumstances:
        return circumstances_of(
            self.journal,
            self.ils.status(),
            self.policy,
            self.patron,
            self.at,
            mode=self.order.mode,
            scope=self.order.scope,
            every=every,
        )

    def answer(self) -> Answer:
        return answer(self.decision(), self.policy, self.at, self.circumstances())

    def cycle(self) -> None:
        self.at += timedelta(seconds=1)
        run_once(self.world, self.policy, self.order)

    def blocks(self) -> set[tuple[Source, str]]:
        """What is in force now."""
        return {block.key for block in self.in_force()}

    def in_force(self) -> list[Block]:
        today = self.at.astimezone(self.policy.time_zone).date()
        return list(blocks_of(self.decision(), self.policy, today))

    def do(self, steps: Iterable[Step]) -> None:
        """Every step, in order, by the ways that a library has."""
        for step in steps:
            self.at += timedelta(milliseconds=10)
            match step:
                case Pay(parts=parts):
                    self.pay({part.kind: part.minor for part in parts})
                case ShowId(rule=rule):
                    self.release(rule)
                case ResetCounter():
                    self.move(failed_pin=0)
                case ClearFlag(lost=True):
                    self.move(card_lost=False)
                case ClearFlag():
                    self.move(address_unknown=False, patron=replace(self.facts.patron, expires=None))
                case BringBack():
                    self.move(overdue=())

    def release(self, rule: str) -> None:
        """Staff release; where the block is not on the card yet, once the next cycle has set it. What
        lifted another PIN block has lifted this, too."""
        order = ReleaseOrder(self.patron, rule, "AB", photo_id_checked=True)
        try:
            release_by_staff(self.world, self.policy, order)
        except NotBlocked:
            self.cycle()
            with suppress(NotBlocked):
                release_by_staff(self.world, self.policy, order)

    def pay(self, sums: dict[object, int]) -> None:
        """As Koha does it: lines first, and what is over is the patron's credit."""
        facts = self.facts
        assert facts.charges is not UNKNOWN
        left = {kind: self.policy.currency.major(minor) for kind, minor in sums.items()}
        charges = []
        for charge in facts.charges:
            kind = self.policy.kind_of(charge.type)
            part = min(charge.outstanding, left.get(kind, Decimal(0)))
            left[kind] = left.get(kind, Decimal(0)) - part
            if charge.outstanding > part:
                charges.append(replace(charge, outstanding=charge.outstanding - part))
        credit = facts.credit if facts.credit is UNKNOWN else facts.credit + sum(left.values(), Decimal(0))
        news = {"charges": tuple(charges), "credit": credit, "paid_at": self.at}
        owed = sum((charge.outstanding for charge in charges), Decimal(0))
        if credit is not UNKNOWN and self.policy.currency.minor(owed - credit) <= 0:
            news["settled_at"] = self.at
        self.move(**news)

    def move(self, **news: object) -> None:
        facts = self.facts
        rows = () if facts.restrictions is UNKNOWN else facts.restrictions
        self.ils.put(replace(facts, **news), rows=rows)  # type: ignore[arg-type]

    def close(self) -> None:
        self.journal.close()
