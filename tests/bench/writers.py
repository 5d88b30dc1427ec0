"""What a first cycle's writing takes with one batch under way at a time, and with two: seconds on the wall, and CPU of
this process. The stand-in runs in another one; `late` is by how many seconds its answers to writes are late, in which
several wait beside each other, as those of a Koha with several workers do.

`python -m tests.bench.writers 10000` for another size.
"""

import os
import sys
import time
from datetime import UTC, datetime
from typing import NamedTuple

import requests

from adapters.http import HttpApi
from adapters.koha.source import connect
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.policy import load_policy
from sidecar.ports import Mode, Phase
from sidecar.store import open_journal
from tests.bench.library import POLICY, library

PATRONS = 100_000
BATCH = 500
LATE = (0.0, 0.4)
"""What a real Koha takes for a batch of five hundred is about 0.4 s."""


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Cost(NamedTuple):
    """Seconds: of the phase that writes, on the wall, and of CPU of the whole cycle. `changes` were written."""

    writing: float
    cpu: float
    changes: int


def cost(patrons: int, writers: int, late: float) -> Cost:
    """Of a first cycle that applies what was approved."""
    with library(patrons) as (_folder, there):
        url, client, secret = (there[f"CARDWARDEN_KOHA__{name}"] for name in ("URL", "CLIENT_ID", "CLIENT_SECRET"))
        if late:
            fault = {"fault": f"latency={late}:always@/changes"}
            requests.post(f"{url}/standin/faults", json=fault, timeout=30).raise_for_status()
        with (
            HttpApi(url, client, secret) as http,
            open_journal(there["CARDWARDEN_JOURNAL__URL"], clock=Clock()) as journal,
        ):
            connection = connect(http)
            target = connection.target(journal.instance_id, batch_size=BATCH, writers=writers)
            world = World(
                source=connection.source, target=target, journal=journal, clock=Clock(), monotonic=time.monotonic
            )
            policy = load_policy(POLICY).policy
            kept = run_once(world, policy, Order()).kept_digest
            began = time.process_time()
            found = run_once(world, policy, Order(mode=Mode.APPLY, approve=kept))
            spent = time.process_time() - began
            return Cost(found.timings[Phase.WRITE] / 1000, spent, len(found.done()))


def main(patrons: int = PATRONS) -> None:
    """Print the lines."""
    sys.stdout.write(
        f"a first cycle of {patrons} patrons that writes, batches of {BATCH}; load {os.getloadavg()[0]:.1f}\n"
    )
    for late in LATE:
        one, two = (cost(patrons, writers, late) for writers in (1, 2))
        for writers, each in ((1, one), (2, two)):
            sys.stdout.write(
                f"  {each.changes} changes, answers {late} s late, {writers} at a time: writing {each.writing:>6.2f} s "
                f"x{each.writing / one.writing:.2f}  CPU of the cycle {each.cpu:>6.2f} s  x{each.cpu / one.cpu:.2f}\n"
            )
        sys.stdout.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
