"""How long cycles take on a stand-in of 100,000 patrons over real HTTP on this machine; medians of three runs.

The stand-in answers faster than a real Koha, so this measures Cardwarden: reading, deciding, journal, writing.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapters.http import HttpApi
from adapters.koha.source import connect
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from sidecar.cli.output import collect_rarely
from sidecar.core.decide import decide
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Order, Quick
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.policy import load_policy
from sidecar.ports import Mode
from sidecar.store import open_journal

PATRONS = 100_000
RUNS = 3


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def timed(what: str, runs: list[float], note: str = "") -> None:
    sys.stdout.write(f"{what:<52}{statistics.median(runs):>8.2f} s  {note}\n")


def measure(act: Callable[[], Findings]) -> tuple[float, Findings]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def main() -> None:
    collect_rarely()
    policy = load_policy(Path("config/policy.toml")).policy
    first, quiet, quick, deciding = [], [], [], []
    blocked = patrons = 0
    for _ in range(RUNS):
        with (
            tempfile.TemporaryDirectory() as folder,
            StandinKoha(build_library(PATRONS)) as koha,
            HttpApi(koha.url, koha.client_id, koha.client_secret) as http,
            open_journal(f"sqlite:///{folder}/journal.db", clock=Clock()) as journal,
        ):
            connection = connect(http)
            target = connection.target(journal.instance_id)
            world = World(source=connection.source, target=target, journal=journal, clock=Clock())
            dry = run_once(world, policy, Order())
            apply = Order(mode=Mode.APPLY, approve=dry.kept_digest)
            seconds, done = measure(lambda world=world, order=apply: run_once(world, policy, order))
            first.append(seconds)
            blocked, patrons = len(done.done()), len(done.decisions)
            full = Order(mode=Mode.APPLY)
            quiet.append(measure(lambda world=world, order=full: run_once(world, policy, order))[0])
            later = replace(full, quick=Quick(done.as_of))
            quick.append(measure(lambda world=world, order=later: run_once(world, policy, order))[0])
            began = time.perf_counter()
            for decision in done.decisions:
                decide(decision.facts, {}, policy, done.as_of)
            deciding.append(time.perf_counter() - began)
    sys.stdout.write(f"{PATRONS} patrons, of whom {patrons} can matter; {blocked} blocks in the first cycle\n")
    timed("first full cycle, approved", first)
    timed("quiet full cycle", quiet)
    timed("quick cycle right after it", quick)
    timed("deciding alone", deciding, f"{patrons / statistics.median(deciding):,.0f} patrons a second")


if __name__ == "__main__":
    main()
