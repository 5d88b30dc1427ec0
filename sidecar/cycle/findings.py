"""What one cycle found, planned and did: the one value that all reports render."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sidecar.core.brakes import Braked
from sidecar.core.cards import (
    Blocked,
    CardBlocks,
    blocks_after,
    blocks_if_free,
    blocks_read,
    count_blocked,
)
from sidecar.core.collection.claims import Claim, Step
from sidecar.core.model import PatronId, Restriction, StaffRelease
from sidecar.core.owing import rows_without_debt
from sidecar.core.plan import Change, ChangeKind, Plan, patron_order
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision, Standing, Verdict
from sidecar.cycle.passing import PassedBy
from sidecar.cycle.released import released_in_ils
from sidecar.fitness.fitness import Fitness
from sidecar.fitness.limits import RefusedCard, cards_refused
from sidecar.ports import (
    CARDS_BLOCKED,
    CARDS_OWED,
    CARDS_UNKNOWN,
    DayTotal,
    FileOut,
    IlsStatus,
    Mode,
    Outcome,
    Phase,
    Result,
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the ILS's own pages were told: answers given and taken back, staff releases that the journal has. `trouble`
    says why not all of it, if so; the next cycle tells the rest."""

    answers: int = 0
    taken_back: int = 0
    releases: int = 0
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Notified:
    """So many notices the ILS was asked to send; `trouble` is why not all."""

    asked: int = 0
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """One cycle, from the pull to the last answer.

    `mode` is what was asked for, `applied` whether anything might be written (not in a dry run, nor while
    paused). `kept_digest` names the plan that can be approved now, if one waits. `outcomes` has an answer per
    patron for what was written, `told` says what the ILS's own pages were told. `clocks` says that the ILS's clock is
    too far from this machine's for anything to be written, `unreached` that the scope leaves out everybody who was
    read. `decisions` hold the verdicts that say anything; `passed_by` is what the others who were read come to. `days`
    are the totals of earlier days, the oldest first, as far as the journal knows them. `timings` are milliseconds of
    the phases that it came to.
    """

    cycle: int
    kind: str
    mode: Mode
    started: datetime
    finished: datetime
    as_of: datetime
    status: IlsStatus
    policy: Policy
    decisions: tuple[Decision, ...]
    plan: Plan
    braked: Braked
    applied: bool
    first: bool
    paused_since: datetime | None = None
    stopped: str | None = None
    kept_digest: str | None = None
    approvals_used: tuple[str, ...] = ()
    outcomes: Mapping[PatronId, Outcome] = field(default_factory=dict)
    edited: tuple[tuple[Decision, Restriction], ...] = ()
    closed_cases: int = 0
    settled_intents: int = 0
    open_intents: int = 0
    fitness: Fitness = field(default_factory=Fitness)
    clocks: str | None = None
    unreached: str | None = None
    other_writer: str | None = None
    told: Told = field(default_factory=Told)
    gaps: tuple[str, ...] = ()
    claim_steps: tuple[Step, ...] = ()
    claims: tuple[Claim, ...] = ()
    last_sent: FileOut | None = None
    notices: Notified = Notified()
    days: tuple[DayTotal, ...] = ()
    timings: Mapping[Phase, int] = field(default_factory=dict)
    passed_by: PassedBy = field(default_factory=PassedBy)

    @property
    def today(self) -> date:
        """The day of the reading, in the library's time zone."""
        return self.as_of.astimezone(self.policy.time_zone).date()

    @property
    def sees_all(self) -> bool:
        """Whether this cycle read every card that can be blocked, with its rows: a full one, through the plugin."""
        return self.kind == "full" and self.status.writable

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a report says first: clocks apart, another writer, a scope that reaches nobody, answers that were not
        given, what does not fit."""
        said = (self.clocks, self.other_writer, self.unreached, self.told.trouble, self.notices.trouble)
        return (*filter(None, said), *self.fitness.sentences())

    @property
    def patrons(self) -> int:
        """How many were read."""
        return len(self.decisions) + len(self.passed_by)

    @property
    def examined(self) -> int:
        """How many of them are in scope."""
        return sum(decision.in_scope for decision in self.decisions) + self.passed_by.in_scope

    @property
    def pending(self) -> int:
        """Changes of the plan that are not done: shown only, held back, skipped, refused or unanswered."""
        return len(self.plan) - len(self.done())

    @property
    def due(self) -> dict[PatronId, datetime]:
        """When the answer about a patron may change though nothing is done: a date comes, a birthday."""
        return {decision.patron: due for decision in self.decisions if (due := decision.due) is not None}

    def done(self) -> list[Change]:
        """Changes that the ILS now has as asked."""
        if not self.applied:
            return []
        return [change for change in self.braked.go.changes() if self._is_done(change)]

    def not_done(self) -> Iterator[tuple[Change, Outcome | None]]:
        """Changes that were let go and did not come through, with the answer if there was one."""
        if self.applied:
            for change in self.braked.go.changes():
                if not self._is_done(change):
                    yield change, self.outcomes.get(change.patron)

    def blocks_before(self) -> CardBlocks:
        """The blocks in force as the cycle read them."""
        return blocks_read(self.decisions, self.today)

    def blocks_now(self) -> CardBlocks:
        """The blocks in force as the cycle left them."""
        return blocks_after(self.blocks_before(), self.done())

    def blocks_planned(self) -> CardBlocks:
        """The blocks in force once the whole plan is carried out; without the plugin, what would block free cards."""
        if not self.status.writable:
            return blocks_if_free(self.decisions)
        return blocks_after(self.blocks_before(), self.plan.changes())

    def blocks_at_the_end(self) -> CardBlocks:
        """The blocks in force as the cycle left them; where nothing could be written, as its plan would."""
        return self.blocks_now() if self.applied else self.blocks_planned()

    def count(self, blocks: CardBlocks) -> Blocked:
        """How many cards these blocks are on, and what those owe."""
        return count_blocked(blocks, self.decisions, self.policy.currency)

    def owing_nothing(self) -> list[tuple[Decision, Restriction]]:
        """Rows of ours, or that were, on cards that owe nothing, as they stand after this cycle's writes; where
        nothing is written, as they would after those that may go."""
        today = self.today
        going = self.done() if self.applied else self.braked.go.changes()
        gone = {(change.patron, change.restriction_type) for change in going if change.kind is ChangeKind.REMOVE}
        return [
            (decision, row)
            for decision in self.decisions
            for row in rows_without_debt(decision, self.policy, today)
            if row.once_of is not None or (decision.patron, row.type) not in gone
        ]

    def refused_by_ils(self) -> list[RefusedCard]:
        """Cards that are clear by the policy, and that the ILS by its own limits lends nothing to."""
        refused = [*self.passed_by.refused, *cards_refused(self.decisions, self.policy, self.status, self.today)]
        return sorted(refused, key=lambda each: patron_order(each.patron.id))

    def released(self) -> Sequence[tuple[PatronId, StaffRelease]]:
        """What staff released in the ILS, as this cycle first saw it."""
        return released_in_ils(self.decisions)

    def once_ours(self) -> list[tuple[Decision, Restriction]]:
        """Rows that were ours and stand under a foreign type: for staff to remove."""
        return [
            (decision, row)
            for decision in self.decisions
            for row in decision.facts.foreign()
            if row.once_of is not None
        ]

    def counts(self) -> dict[str, int]:
        """How many changes were planned, done and held, and how many verdicts there are of each standing."""
        counts = {f"planned.{kind}": number for kind, number in self.plan.counts().items()}
        standings = Counter(verdict.standing for decision in self.decisions for verdict in decision.verdicts)
        others = standings.total() - standings[Standing.CLEAR]
        standings[Standing.CLEAR] = self.examined * len(self.policy.rules) - others
        counts |= {f"verdict.{standing}": standings[standing] for standing in Standing}
        counts |= {"done": len(self.done()), "held": len(self.braked.held), "patrons": self.patrons}
        counts |= {"owing_nothing": len(self.owing_nothing()), "once_ours": len(self.once_ours())}
        counts |= {"refused_by_ils": len(self.refused_by_ils())}
        if self.sees_all:
            now = self.count(self.blocks_now())
            counts |= {CARDS_BLOCKED: now.cards, CARDS_OWED: now.owed, CARDS_UNKNOWN: now.unknown}
        return counts

    def by_standing(self, standing: Standing) -> list[tuple[Decision, Verdict]]:
        """All verdicts of one standing, in patron order. Of those that are clear only what is behind them is there."""
        return [(d, v) for d in self.decisions for v in d.verdicts if v.standing is standing]

    def results(self) -> dict[Result, int]:
        """How many patrons' writes ended in which way."""
        counts = dict.fromkeys(Result, 0)
        for outcome in self.outcomes.values():
            counts[outcome.result] += 1
        return counts

    def _is_done(self, change: Change) -> bool:
        outcome = self.outcomes.get(change.patron)
        return outcome is not None and outcome.done
