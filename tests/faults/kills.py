"""Kill the process before and after every call to the journal and to Koha, and at random instants; then look.

Each time: the same library and journal in the morning, with a plan of additions and removals that is approved; a child
process that applies it and is killed with SIGKILL; one clean cycle. The restrictions must then be those of an
undisturbed run, and staff's own byte for byte what they were.
"""

import copy
import multiprocessing
import os
import random
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock, RLock
from time import monotonic
from typing import Any, Final

from adapters.http import HttpApi, HttpOptions
from adapters.koha.source import connect
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.core.brakes import Limit, Limits
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.policy import load_policy
from sidecar.ports import Mode
from sidecar.store import open_journal
from tests.faults.canaries import NAMES, assert_absent, card_number
from tests.faults.disturb import Disturbance, Watched, never
from tests.faults.watch import StoppedClock

PATRONS: Final = 120
BATCH: Final = 4
PLANNED: Final = 20
POLICY: Final = Path(__file__).parents[2] / "config" / "policy.toml"
PRELOADED: Final = [
    "sidecar.cycle.run",
    "sidecar.store",
    "adapters.koha.source",
    "sidecar.policy",
    "tests.faults.kills",
]
Rows = frozenset[tuple[int, str]]


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class Place:
    """Where a child process finds its Koha and its journal."""

    url: str
    client_id: str
    client_secret: str
    journal: str
    writers: int = 1


@contextmanager
def world_at(place: Place, disturbance: Disturbance | None = None) -> Iterator[World]:
    disturbance = disturbance or Disturbance(0, never)
    http = HttpApi(place.url, place.client_id, place.client_secret, HttpOptions(), sleep=lambda _seconds: None)
    journal = open_journal(place.journal, clock=Clock())
    try:
        connection = connect(Watched(http, disturbance))
        target = connection.target(journal.instance_id, batch_size=BATCH, writers=place.writers)
        watched = Watched(journal, disturbance)
        yield World(source=connection.source, target=target, journal=watched, clock=Clock())
    finally:
        journal.close()
        http.close()


def order_of(mode: Mode, approve: str | None = None) -> Order:
    """The library's clock stands, and a night's work is below every limit."""
    wide = Limits(additions=Limit(50), pin_additions=Limit(20), removals=Limit(50))
    return Order(mode=mode, approve=approve, limits=wide, clock_tolerance=timedelta(days=999))


def cycle(place: Place, mode: Mode, approve: str | None = None) -> Findings:
    with world_at(place) as world:
        return run_once(world, load_policy(POLICY).policy, order_of(mode, approve))


class _Kill(Disturbance):
    """The calls are counted where the parent sees it."""

    def __init__(self, at: int, counted: Any) -> None:
        super().__init__(at, lambda: os.kill(os.getpid(), signal.SIGKILL))
        self.counted = counted
        self.lock = Lock()  # batches are sent from threads of their own

    def step(self) -> None:
        with self.lock:
            self.counted.value += 1
            super().step()


def child(place: Place, at: int, counted: Any) -> None:
    """Apply, and be killed at that step (0: run to the end, counting the steps)."""
    with world_at(place, _Kill(at, counted)) as world:
        run_once(world, load_policy(POLICY).policy, order_of(Mode.APPLY))


@dataclass(frozen=True)
class Day:
    """A library, the Koha that serves it, and the journal beside it."""

    koha: StandinKoha
    folder: Path

    @property
    def library(self) -> Library:
        return self.koha.library

    @property
    def place(self) -> Place:
        journal = f"sqlite:///{self.folder / 'journal.db'}"
        return Place(self.koha.url, self.koha.client_id, self.koha.client_secret, journal)

    def posts(self) -> int:
        """How many times changes were sent and taken."""
        return sum(entry.path.endswith("/changes") and entry.status == 200 for entry in self.koha.log.entries)


class Morning:
    """A library that was applied yesterday; since then people paid and debts grew, and what is planned is approved.

    Made once; `again` gives a copy, as it stands, with its journal in a folder of its own.
    """

    def __init__(self) -> None:
        self._library = build_library(PATRONS, today=date(2026, 11, 23))
        self._library.clock = StoppedClock(str(self._library.clock.zone), self._library.now())
        for patron in self._library.patrons.values():
            patron.first_name, patron.surname = NAMES
            patron.card_number = card_number(patron.id)
        with tempfile.TemporaryDirectory() as folder, served(self._library, Path(folder)) as day:
            place = day.place
            cycle(place, Mode.APPLY, cycle(place, Mode.DRY_RUN).kept_digest)
            self._library.advance(days=1)
            self._night()
            kept = cycle(place, Mode.DRY_RUN).kept_digest
            assert kept is not None
            with world_at(place) as world:
                world.journal.approve(kept, Clock().now(), timedelta(hours=24))
            self._journal = (Path(folder) / "journal.db").read_bytes()
        self.first = rows_of(self._library)

    @contextmanager
    def again(self, on: Callable[[Path], AbstractContextManager[object]] = nullcontext) -> Iterator[Day]:
        library = copy.deepcopy(self._library, {id(self._library.lock): RLock()})
        with tempfile.TemporaryDirectory() as name, on(Path(name)):
            (Path(name) / "journal.db").write_bytes(self._journal)
            with served(library, Path(name)) as day:
                yield day

    def _night(self) -> None:
        library = self._library
        for patron in [patron for patron, kind in sorted(rows_of(library)) if kind == "CW_DEBT"][:5]:
            library.pay(patron)
        library.staff_lifts(library.subjects["pin_failed_to_the_limit"], "CW_PIN")
        free = [each.id for each in library.patrons.values() if not each.restrictions and each.category_id == "ADULT"]
        for patron in free[:8]:
            library.charge(patron, "OVERDUE", "300.00")
        for patron in free[8:15]:
            library.charge(patron, "LOST", "150.00")


@contextmanager
def served(library: Library, folder: Path) -> Iterator[Day]:
    with StandinKoha(library) as koha:
        yield Day(koha, folder)


def rows_of(library: Library) -> Rows:
    """Ours, by patron and type."""
    rows = [(int(str(row["borrowernumber"])), str(row["type"])) for row in library.rows()]
    ours = [row for row in rows if row[1].startswith("CW_")]
    assert len(ours) == len(set(ours)), f"a row of ours stands twice: {ours}"
    return frozenset(ours)


@dataclass
class Kills:
    """Runs and kills; the first run is undisturbed and counts the steps.

    `within` is how many kills fell after the first intent was on the disk and before the last outcome was; `writers`
    how many batches may be under way at once, and `most_open` how many changes were then left without an answer at
    most.
    """

    writers: int = 1
    most_open: int = 0
    at_steps: int = 0
    at_instants: int = 0
    within: int = 0
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._morning = Morning()
        with self._morning.again() as day:
            self._run(self._place(day))  # the first one starts the server of forks
        with self._morning.again() as day:
            began = monotonic()
            self.steps = self._run(self._place(day))
            self._seconds = monotonic() - began
            self._undisturbed = rows_of(day.library)
            self.planned = len(changes_of(day.place))

    def at_step(self, step: int) -> None:
        """Kill before or after one call."""
        self.at_steps += 1
        self._one(f"step {step}", at=step)

    def at_instant(self, rng: random.Random) -> None:
        """Kill at a random instant of the process's life."""
        self.at_instants += 1
        seconds = rng.uniform(0.0, self._seconds)
        self._one(f"instant {seconds:.4f}", seconds=seconds)

    def _one(self, where: str, *, at: int = 0, seconds: float | None = None) -> None:
        with self._morning.again() as day:
            library, place = day.library, self._place(day)
            foreign = list(library.rows(foreign=True))
            self._run(place, at, seconds)
            changes = changes_of(place)
            concluded = sum(change.concluded is not None for change in changes)
            self.within += bool(changes) and concluded < self.planned
            self.most_open = max(self.most_open, len({change.patron for change in changes if not change.concluded}))
            cycle(place, Mode.APPLY)
            self.violations += [f"{where}: {fault}" for fault in self._faults(library, foreign, place)]
            for file in day.folder.iterdir():
                assert_absent(library.patrons, file.read_bytes(), file.name)

    def _place(self, day: Day) -> Place:
        return replace(day.place, writers=self.writers)

    def _faults(self, library: Library, foreign: list[dict[str, object]], place: Place) -> Iterator[str]:
        after = rows_of(library)
        if after != self._undisturbed:
            yield f"missing {self._undisturbed - after}, too many {after - self._undisturbed}"
        if list(library.rows(foreign=True)) != foreign:
            yield "a foreign row was changed"
        with world_at(place) as world:
            if world.journal.open_intents():
                yield "an intent was left open"
        if missing := unrecorded(self._morning.first, library, place):
            yield f"not in the journal: {missing}"

    def _run(self, place: Place, at: int = 0, seconds: float | None = None) -> int:
        counted = self._context.Value("i", 0)
        process = self._context.Process(target=child, args=(place, at, counted))
        process.start()
        process.join(60 if seconds is None else seconds)
        if process.is_alive() and process.pid is not None:
            with suppress(ProcessLookupError):  # it ended just now
                os.kill(process.pid, signal.SIGKILL)
            process.join(10)
        process.close()
        return int(counted.value)


def unrecorded(first: Rows, library: Library, place: Place) -> Rows:
    """Rows that came or went in Koha since the morning and are not in the journal."""
    with world_at(place) as world:
        written = {(int(one.patron), one.restriction_type) for one in world.journal.changes(limit=10_000)}
    return (rows_of(library) ^ first) - written


def changes_of(place: Place) -> list[Any]:
    """Those of the latest cycle that applied."""
    with world_at(place) as world:
        latest = next(one for one in world.journal.cycles(10) if one.mode is Mode.APPLY)
        return list(world.journal.changes(cycle=latest.id, limit=10_000))
