"""A program that writes to a journal and is killed: `python -m tests.store.crashing URL STEP`."""

import os
import signal
import sys
from itertools import count

from sidecar.ports import CycleOutcome, Outcome, Result
from sidecar.store import open_journal

from .builders import NONE_APPROVED, NOW, POLICY, HandClock, a_cycle, add, plan_of


def run(url: str, last: str) -> None:
    """One cycle, killed after the step of that name."""

    def after(step: str) -> None:
        if step == last:
            os.kill(os.getpid(), signal.SIGKILL)

    journal = open_journal(url, clock=HandClock())
    cycle = a_cycle(journal)
    after("begin")
    journal.intend(cycle, [add("1"), add("2")], POLICY, NONE_APPROVED, NOW)
    after("intend")
    journal.conclude(cycle, [Outcome("1", Result.WRITTEN), Outcome("2", Result.UNANSWERED)], NOW)
    after("conclude")
    journal.intend(cycle, [add("3")], POLICY, NONE_APPROVED, NOW)
    after("intend more")
    journal.keep_plan(cycle, plan_of(add("4")), POLICY, NOW)
    after("keep plan")
    journal.end_cycle(cycle, CycleOutcome.DONE, NOW)
    after("end")


def run_until_killed(url: str) -> None:
    """Say what was done as soon as the journal has it."""
    journal = open_journal(url, clock=HandClock())
    cycle = a_cycle(journal)
    for number in count():
        patron = str(number)
        journal.intend(cycle, [add(patron)], POLICY, NONE_APPROVED, NOW)
        print("intended", patron, ".", flush=True)  # noqa: T201 (its voice)
        journal.conclude(cycle, [Outcome(patron, Result.WRITTEN)], NOW)
        print("concluded", patron, ".", flush=True)  # noqa: T201 (its voice)


if __name__ == "__main__":
    if sys.argv[2] == "forever":
        run_until_killed(sys.argv[1])
    else:
        run(sys.argv[1], sys.argv[2])
