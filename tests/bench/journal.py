"""What a cycle asks of the journal, on one that is all but empty and on one of a year with 200,000 changes."""

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sidecar.ports import CycleOutcome, Mode
from sidecar.store import SqlJournal, open_journal

CYCLES = 525_600
CHANGES = 200_000
MINUTE = 60_000_000
A_DAY = 1440
RUNS = 5
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def make(path: Path, cycles: int, changes: int) -> None:
    """A journal in which a cycle ran every minute, one of them full each day, and rows came and went."""
    open_journal(f"sqlite:///{path}", clock=Clock()).close()
    began = time.time_ns() // 1000 - cycles * MINUTE
    kinds = (
        (n + 1, "quick" if n % A_DAY else "full", began + n * MINUTE, began + n * MINUTE + 1) for n in range(cycles)
    )
    made = ((1 + n * cycles // changes, n) for n in range(changes))
    written = (
        (
            cycle,
            str(1 + n % 90_000),
            "remove" if n % 2 else "add",
            json.dumps({"counted": 22500, "lines": [str(n)]}),
            began + cycle * MINUTE,
            began + cycle * MINUTE,
        )
        for cycle, n in made
    )
    with sqlite3.connect(path) as database:
        database.executemany(
            "INSERT INTO cycles (id, kind, mode, started, finished, outcome, applied, policy_digest, counts) "
            "VALUES (?, ?, 'apply', ?, ?, 'done', 1, 'p', '{}')",
            kinds,
        )
        database.executemany(
            "INSERT INTO changes (cycle, patron, rule, kind, restriction_type, reason, evidence, comment, "
            "policy_digest, approved, paid, intended, result, concluded, message) "
            "VALUES (?, ?, 'debt', ?, 'CW_DEBT', 'reached', ?, '', 'p', 0, 1, ?, 'written', ?, '')",
            written,
        )
    database.close()


def quick_cycle(journal: SqlJournal) -> None:
    """What a quiet quick cycle asks."""
    now = datetime.now(UTC)
    cycle = journal.begin_cycle("quick", Mode.APPLY, "p", now)
    journal.cases()
    journal.open_intents()
    journal.history(now)
    journal.held()
    journal.former_rows()
    journal.claims()
    journal.policy_since("p", now)
    journal.end_cycle(cycle, CycleOutcome.DONE, now, counts={}, applied=True)


LOOKS: dict[str, Callable[[SqlJournal], object]] = {
    "a quiet quick cycle": quick_cycle,
    "`journal`: the last cycles": lambda journal: journal.cycles(20),
    "`journal`: the last changes": lambda journal: journal.changes(limit=20),
    "`explain`: changes of a patron": lambda journal: journal.changes(patron="77"),
    "prune, once a day: nothing is old": lambda journal: journal.prune(LONG_AGO, LONG_AGO),
}


def cost(look: Callable[[SqlJournal], object], journal: SqlJournal) -> float:
    """Milliseconds of CPU, in the best of some runs."""
    best = float("inf")
    for _ in range(RUNS):
        began = time.process_time()
        look(journal)
        best = min(best, time.process_time() - began)
    return best * 1000


def main() -> None:
    """Print the lines."""
    sys.stdout.write(f"journal, {CYCLES} cycles and {CHANGES} changes beside one of twenty, CPU\n")
    with tempfile.TemporaryDirectory() as folder:
        costs: list[dict[str, float]] = []
        for name, cycles, changes in (("empty", 20, 20), ("year", CYCLES, CHANGES)):
            path = Path(folder) / f"{name}.db"
            make(path, cycles, changes)
            with open_journal(f"sqlite:///{path}", clock=Clock()) as journal:
                costs.append({what: cost(look, journal) for what, look in LOOKS.items()})
    empty, year = costs
    for what in LOOKS:
        sys.stdout.write(f"  {what:<36}{empty[what]:>8.2f} ms {year[what]:>8.2f} ms  x{year[what] / empty[what]:.2f}\n")


if __name__ == "__main__":
    main()
