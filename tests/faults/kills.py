"""Kill the process before and after every call to the journal and to Koha, and at random instants; then look.

Each time: a new stand-in and a new journal, a plan of additions and removals that is approved, a child process that
applies it and is killed with SIGKILL, one clean cycle; the restrictions must then be those of an undisturbed run.
`python -m tests.faults.kills --random 200` prints the counts; the tests run a bounded part.
"""

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.http import HttpApi, HttpOptions
from adapters.koha.source import connect
from adapters.standin.library import Library, build_library
from adapters.standin.server import StandinKoha
from sidecar.cycle import Order, run_once
from sidecar.findings import Findings
from sidecar.policy import load_policy
from sidecar.ports import Mode
from sidecar.store import open_journal
from sidecar.world import World

PATRONS = 120
BATCH = 4
POLICY = Path(__file__).parents[2] / "config" / "policy.toml"
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


@contextmanager
def world_at(place: Place, wrap: Callable[[str, Any], Any] = lambda _name, thing: thing) -> Iterator[World]:
    http = HttpApi(place.url, place.client_id, place.client_secret, HttpOptions())
    journal = open_journal(place.journal, clock=Clock())
    try:
        connection = connect(http)
        target = connection.target(journal.instance_id, batch_size=BATCH)
        yield World(
            source=wrap("source", connection.source),
            target=wrap("target", target),
            journal=wrap("journal", journal),
            clock=Clock(),
        )
    finally:
        journal.close()
        http.close()


def cycle(place: Place, mode: Mode, approve: str | None = None) -> Findings:
    with world_at(place) as world:
        return run_once(world, load_policy(POLICY).policy, Order(mode=mode, approve=approve))


class Killing:
    """Counts calls to what it wraps, and kills this process before or after the one that is named."""

    def __init__(self, at: int | None, counted: Any) -> None:
        self.at = at
        self.count = counted

    def wrap(self, name: str, thing: Any) -> Any:
        return _Watched(self, thing)

    def step(self) -> None:
        self.count.value += 1
        if self.at is not None and self.count.value > self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class _Watched:
    def __init__(self, killing: Killing, thing: Any) -> None:
        self._killing = killing
        self._thing = thing

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._thing, name)
        if not callable(value):
            return value

        def called(*arguments: Any, **named: Any) -> Any:
            self._killing.step()
            answer = value(*arguments, **named)
            self._killing.step()
            return answer

        return called


def child(place: Place, at: int | None, counted: Any) -> None:
    """Apply, and be killed at that step (None: run to the end, counting the steps)."""
    killing = Killing(at, counted)
    with world_at(place, killing.wrap) as world:
        run_once(world, load_policy(POLICY).policy, Order(mode=Mode.APPLY))


@contextmanager
def morning(folder: Path) -> Iterator[tuple[Library, Place]]:
    """A library that was applied yesterday; since then people paid, debts grew and PINs failed. All is approved."""
    library = build_library(PATRONS)
    with StandinKoha(library) as koha:
        place = Place(koha.url, koha.client_id, koha.client_secret, f"sqlite:///{folder / 'journal.db'}")
        cycle(place, Mode.APPLY, cycle(place, Mode.DRY_RUN).kept_digest)
        blocked = sorted({int(str(row["borrowernumber"])) for row in library.rows() if row["type"] == "CW_DEBT"})
        for patron in blocked[:5]:
            library.pay(patron)
        library.staff_lifts(library.subjects["pin_failed_to_the_limit"], "CW_PIN")
        free = [each.id for each in library.patrons.values() if not each.restrictions and each.category_id == "ADULT"]
        for patron in free[:8]:
            library.charge(patron, "OVERDUE", "300.00")
        for patron in free[8:15]:
            library.charge(patron, "LOST", "150.00")
        kept = cycle(place, Mode.DRY_RUN).kept_digest
        if kept is not None:
            with world_at(place) as world:
                world.journal.approve(kept, Clock().now(), timedelta(hours=24))
        yield library, place


def rows_of(library: Library) -> Rows:
    rows = [(int(str(row["borrowernumber"])), str(row["type"])) for row in library.rows()]
    ours = [row for row in rows if row[1].startswith("CW_")]
    assert len(ours) == len(set(ours)), f"a row of ours stands twice: {ours}"
    return frozenset(ours)


@dataclass
class Tally:
    kills: int = 0
    within: int = 0
    violations: int = 0


class Kills:
    """Runs and kills; the first run is undisturbed and counts the steps."""

    def __init__(self) -> None:
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(
            ["sidecar.cycle", "sidecar.store", "adapters.koha.source", "sidecar.policy"]
        )
        self.tally = Tally()
        with tempfile.TemporaryDirectory() as folder, morning(Path(folder)) as (library, place):
            began = time.monotonic()
            self.steps = self._run(place, None)
            self.seconds = time.monotonic() - began
            self.undisturbed = rows_of(library)
            self.foreign = [without_dates(row) for row in library.rows(foreign=True)]

    def at_step(self, step: int) -> None:
        self._one(lambda place: self._run(place, step))

    def at_instant(self, seconds: float) -> None:
        self._one(lambda place: self._run(place, None, seconds))

    def _one(self, disturb: Callable[[Place], int]) -> None:
        with tempfile.TemporaryDirectory() as folder, morning(Path(folder)) as (library, place):
            at_first = rows_of(library)
            disturb(place)
            self.tally.kills += 1
            with world_at(place) as world:
                intents = len(world.journal.open_intents())
            self.tally.within += bool(intents) or rows_of(library) not in {at_first, self.undisturbed}
            cycle(place, Mode.APPLY)
            after = rows_of(library)
            foreign = [without_dates(row) for row in library.rows(foreign=True)]
            if after != self.undisturbed or foreign != self.foreign:
                self.tally.violations += 1
                sys.stderr.write(f"missing {self.undisturbed - after}, too many {after - self.undisturbed}\n")
            with world_at(place) as world:
                assert not world.journal.open_intents(), "an intent was left open"

    def _run(self, place: Place, at: int | None, seconds: float | None = None) -> int:
        counted = self.context.Value("i", 0)
        process = self.context.Process(target=child, args=(place, at, counted))
        process.start()
        if seconds is None:
            process.join(60)
        else:
            process.join(seconds)
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, signal.SIGKILL)
            process.join(10)
        return int(counted.value)


def without_dates(row: dict[str, object]) -> dict[str, object]:
    """A row as it compares between two libraries of one seed, which began at different seconds."""
    return {key: value for key, value in row.items() if key not in {"created", "updated"}}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="kill at every n-th step")
    parser.add_argument("--random", type=int, default=200, help="kill at so many random instants")
    chosen = parser.parse_args()
    kills = Kills()
    for step in range(0, kills.steps + 1, chosen.every):
        kills.at_step(step)
    rng = random.Random(4)
    for _ in range(chosen.random):
        kills.at_instant(rng.uniform(0.0, kills.seconds * 1.2))
    tally = kills.tally
    sys.stdout.write(
        f"steps {kills.steps}, kills {tally.kills} ({tally.kills - chosen.random} at steps, {chosen.random} at instants), "
        f"between the first intent and the last outcome {tally.within}, violations: {tally.violations}\n"
    )
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
