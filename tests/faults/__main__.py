"""`make faults`: the fault tests at length. Prints what was gone through, and ends with 1 after any violation."""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tests.collection.month import undisturbed
from tests.collection.story import STORY
from tests.faults.compositions import AllTogether, BrakedHistories, DriftHistories
from tests.faults.histories import Histories
from tests.faults.history import TALLY
from tests.faults.journals import (
    Prepare,
    Trouble,
    beyond_its_quota,
    filled_disk,
    full,
    locked,
    lost,
    may_mount,
    read_only,
    run_into,
    small_disk,
)
from tests.faults.kills import Kills, Morning
from tests.faults.machine import Machine
from tests.faults.running import run_histories
from tests.faults.silent import silence
from tests.store.network import SILENCES
from tests.store.postgres import binaries, running_cluster

COUNTED = (
    ("histories", "steps", "cycles full", "cycles quick", "dry runs", "writes", "crashes"),
    ("drift cycles full", "drift cycles quick", "drift full", "drift quick", "drift stays full", "drift stays quick"),
    ("drift over", "drift accepted", "drift of overrides", "rows vanished", "restores", "rows turned to MANUAL"),
    ("once ours", "once ours held", "merges", "voids", "payouts", "paid removals", "releases by name"),
    ("held on full", "held on quick", "approvals", "approved", "approvals left", "approvals late"),
    ("approvals before an edit", "approvals beside a quick cycle", "scope edits", "policies anew", "release-only"),
    ("pauses", "cycles that may not write", "Koha clock apart", "Koha clock within tolerance"),
    ("machine clock apart", "machine clock within tolerance"),
)
"""What is to be hit, or the histories do not try what they say."""


class Violations:
    """What went wrong, told as it is found."""

    def __init__(self) -> None:
        self.count = 0

    def found(self, what: object) -> None:
        self.count += 1
        say(f"VIOLATION: {what}")

    def watch(self, run: Callable[[], object]) -> None:
        try:
            run()
        except AssertionError as wrong:
            self.found(wrong)
            for note in getattr(wrong, "__notes__", ()):
                say(note)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


MACHINES = ((Histories, 300, 50), (DriftHistories, 250, 15), (BrakedHistories, 250, 15), (AllTogether, 250, 25))
"""How many of each, and how many steps of a history: those of compositions hold several cycles each."""


PORTION = 25
"""So many histories at a time go to a process: all cores have work to the end."""


@dataclass(frozen=True)
class Portion:
    """Some histories of one kind: what they went through, and what the first wrong one of them says."""

    tally: Counter[str]
    wrong: tuple[str, ...] = ()


def portion(machine: type[Machine], examples: int, steps: int) -> Portion:
    """Run in a process of its own."""
    TALLY.clear()
    try:
        run_histories(machine, examples=examples, steps=steps)
    except AssertionError as wrong:
        return Portion(Counter(TALLY), (str(wrong), *getattr(wrong, "__notes__", ())))
    return Portion(Counter(TALLY))


def histories(times: float, violations: Violations) -> None:
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        asked = [
            (machine, [pool.submit(portion, machine, some, steps) for some in portions(max(int(examples * times), 1))])
            for machine, examples, steps in MACHINES
        ]
        for machine, running in asked:
            for one in running:
                done = one.result()
                TALLY.update(done.tally)
                if done.wrong:
                    violations.found(done.wrong[0])
                    for note in done.wrong[1:]:
                        say(note)
            say(f"{machine.__name__}: {TALLY['histories']} histories so far, violations: {violations.count}")
    for words in COUNTED:
        say(", ".join(f"{name} {TALLY[name]}" for name in words))
    named = {name for words in COUNTED for name in words}
    for word in ("fault", "error", "edits", "held"):
        kinds = sorted(name for name in TALLY.keys() - named if name.startswith(f"{word} "))
        say(f"{word}, by kind: " + ", ".join(f"{name.removeprefix(f'{word} ')} {TALLY[name]}" for name in kinds))
    for name in sorted(name for words in COUNTED for name in words if not TALLY[name]):
        violations.found(f"no history had any of: {name}")


def portions(examples: int) -> list[int]:
    whole, rest = divmod(examples, PORTION)
    return [PORTION] * whole + [rest] * bool(rest)


def kills(instants: int, violations: Violations) -> None:
    run = Kills()
    for step in range(1, run.steps + 1):
        run.at_step(step)
    rng = random.Random(4)
    for _ in range(instants):
        run.at_instant(rng)
    for violation in run.violations:
        violations.found(violation)
    say(
        f"kills {run.at_steps + run.at_instants} of a plan of {run.planned} changes ({run.at_steps} at each step, "
        f"{run.at_instants} at random instants), between the first intent and the last outcome {run.within}"
    )


def journals(violations: Violations) -> None:
    morning = Morning()
    troubles: list[tuple[Trouble, Prepare | None]] = [
        (trouble, None) for trouble in (locked, lost, full, beyond_its_quota, read_only)
    ]
    with tempfile.TemporaryDirectory() as folder:
        if may_mount(Path(folder)):
            troubles.append((filled_disk, small_disk))
    for trouble, on in troubles:
        messages: list[str | None] = []
        for at in range(3, 61):
            arguments = (morning, trouble, at) if on is None else (morning, trouble, at, on)
            violations.watch(lambda arguments=arguments, heard=messages: heard.append(run_into(*arguments)))
        errors = [message for message in messages if message is not None]
        say(f"journal {trouble.__name__}: {len(messages)} times, refused {len(errors)} times")
        if not errors:
            violations.found(f"a journal that is {trouble.__name__} was never noticed")


def months(violations: Violations) -> None:
    """A month of claims, killed after every call that it makes, and once a day at every share of the day's calls."""
    with undisturbed(STORY) as month:
        for place, step in month.kills():
            if month.killed(place, step) != month.evenings[place]:
                violations.found(f"a month of claims, moment {place}, killed after step {step}: another evening")
        for percent in range(0, 101, 5):
            if month.killed_each_time(percent / 100) != month.end:
                violations.found(f"a month of claims, killed daily at {percent} % of the calls: another end")
        say(f"months of claims: {len(month.kills())} kills, and 21 months with {len(STORY)} kills each")


def silences(violations: Violations) -> None:
    """A PostgreSQL behind a network that falls silent, in each way at the same time: most of it is waiting."""
    programs = binaries()
    if programs is None:
        say("silent PostgreSQL: not tried, there is none here")
        return
    with (
        running_cluster(programs) as cluster,
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(len(SILENCES)) as pool,
    ):
        tried = {how: pool.submit(silence, cluster, Path(folder) / how.replace(" ", "-"), how) for how in SILENCES}
        for how, trial in tried.items():
            violations.watch(lambda how=how, trial=trial: say(f"silent PostgreSQL, {how}: {trial.result()}"))


def tests(violations: Violations) -> None:
    """Canaries of commands and daemon (histories and kills look for theirs as they go); journals lost overnight, of
    another Koha, or not this user's; commands on a silent one. In a process of its own: pytest wants to be the first to
    import what it runs."""
    for name, otherwise in (
        ("test_canaries.py", "a planted name or card number was seen"),
        ("test_journal_in_trouble.py", "a journal in trouble was not told as such"),
        ("test_silent.py", "a command or the daemon did not end on a silent journal"),
    ):
        file = str(Path(__file__).with_name(name))
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file], check=False)
        if done.returncode:
            violations.found(otherwise)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--histories", type=float, default=1.0, help="how many times the usual number")
    parser.add_argument("--instants", type=int, default=200)
    asked = parser.parse_args()
    began, violations = time.monotonic(), Violations()
    histories(asked.histories, violations)
    kills(asked.instants, violations)
    journals(violations)
    months(violations)
    silences(violations)
    tests(violations)
    say(f"{time.monotonic() - began:.0f} s, violations: {violations.count}")
    return 1 if violations.count else 0


if __name__ == "__main__":
    sys.exit(main())
