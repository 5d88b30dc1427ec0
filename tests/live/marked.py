"""A cycle of Cardwarden that can see and reach the suite's own patrons only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from adapters.http import HttpApi
from adapters.koha.source import connect
from sidecar.core.model import PatronId
from sidecar.core.needs import needs_of
from sidecar.core.notices import NoticeOrder
from sidecar.core.plan import Entry
from sidecar.core.policy import Policy
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.desk import DeskPages
from sidecar.policy import parse_policy
from sidecar.ports import IlsStatus, Keeps, Mode, Outcome, Progress, Pull, Source, Target, Telling
from sidecar.store import open_journal
from tests.live.target import Target as Koha


@dataclass(frozen=True)
class MarkedSource:
    """Reads everybody, as a cycle does, and lets only these through."""

    koha: Source
    marked: frozenset[PatronId]

    def status(self) -> IlsStatus:
        return self.koha.status()

    def pull(
        self,
        *,
        changed_since: datetime | None = None,
        names: bool = False,
        progress: Progress | None = None,
        keeps: Keeps | None = None,
    ) -> Pull:
        return self._only(self.koha.pull(changed_since=changed_since, names=names, progress=progress, keeps=keeps))

    def read(self, patrons: Sequence[PatronId], *, names: bool = False) -> Pull:
        assert self.marked.issuperset(patrons)
        return self._only(self.koha.read(patrons, names=names))

    def find_card(self, card_number: str) -> PatronId | None:
        raise NotImplementedError

    def _only(self, pull: Pull) -> Pull:
        return replace(pull, facts=tuple(known for known in pull.facts if known.patron.id in self.marked))


@dataclass(frozen=True)
class MarkedTarget:
    """Writes to these, and to nobody else whatever is asked."""

    koha: Target
    marked: frozenset[PatronId]
    batch_size: int = 100
    writers: int = 1

    def apply(self, entries: Sequence[Entry]) -> tuple[Sequence[Outcome], datetime | None]:
        assert self.marked.issuperset(entry.patron for entry in entries)
        return self.koha.apply(entries)

    def tell(
        self, tellings: Sequence[Telling], taken: Sequence[str] = (), *, hold_at: datetime | None = None
    ) -> Sequence[PatronId]:
        assert self.marked.issuperset(one.patron for one in tellings)
        return self.koha.tell(tellings, taken, hold_at=hold_at)

    def notify(self, notices: Sequence[NoticeOrder]) -> None:
        assert self.marked.issuperset(one.patron for one in notices)
        self.koha.notify(notices)

    def claim(self) -> None:
        raise NotImplementedError


class WallClock:
    """The time."""

    def now(self) -> datetime:
        return datetime.now(tz=UTC)


@dataclass(frozen=True)
class Cardwarden:
    """The program with a journal of its own, on the marked patrons."""

    world: World
    policy: Policy
    desk: DeskPages | None = None

    def dry_run(self) -> Findings:
        return run_once(self.world, self.policy, Order(mode=Mode.DRY_RUN))

    def apply(self, approve: str | None = None) -> Findings:
        return run_once(self.world, self.policy, Order(mode=Mode.APPLY, approve=approve, desk=self.desk))


@contextmanager
def cardwarden(
    koha: Koha, instance: str, policy: str, patrons: Sequence[int], folder: Path, *, desk: DeskPages | None = None
) -> Iterator[Cardwarden]:
    """Cardwarden with this policy, for these patrons; `desk` tells Koha's pages of them."""
    marked = frozenset(str(patron) for patron in patrons)
    clock = WallClock()
    with HttpApi(koha.url, koha.client.name, koha.client.secret) as http:
        parsed = parse_policy(policy).policy
        needs = needs_of(parsed)
        connection = connect(http, plugin_expected=True, needs=lambda: needs)
        journal = open_journal(f"sqlite:///{folder / 'journal.db'}", clock=clock)
        try:
            world = World(
                source=MarkedSource(connection.source, marked),
                target=MarkedTarget(connection.target(instance), marked),
                journal=journal,
                clock=clock,
            )
            yield Cardwarden(world, parsed, desk)
        finally:
            journal.close()
