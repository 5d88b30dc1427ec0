"""`make faults`: the fault tests at length, or a part of them. Prints what was gone through; ends with 1 after any
violation."""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.collection.month import undisturbed
from tests.collection.story import STORY
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
from tests.faults.portions import MACHINES, portion, portions
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
    ("pauses", "passed by", "cycles that may not write", "Koha clock apart", "Koha clock within tolerance"),
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


def kills(instants: int, violations: Violations) -> None:
    """One batch at a time, and two."""
    for writers in (1, 2):
        _kills(Kills(writers=writers), instants, violations)


def _kills(run: Kills, instants: int, violations: Violations) -> None:
    for step in range(1, run.steps + 1):
        run.at_step(step)
    rng = random.Random(4)
    for _ in range(instants):
        run.at_instant(rng)
    for violation in run.violations:
        violations.found(violation)
    say(
        f"kills {run.at_steps + run.at_instants} of a plan of {run.planned} changes, batches at a time {run.writers} "
        f"({run.at_steps} at each step, {run.at_instants} at random instants), between the first intent and the last "
        f"outcome {run.within}"
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


PARTS = ("histories", "kills", "journals", "months", "silences", "tests")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--histories", type=float, default=1.0, help="how many times the usual number")
    parser.add_argument("--instants", type=int, default=200)
    parser.add_argument("--only", choices=PARTS, action="append", help="this part, not all; may be repeated")
    asked = parser.parse_args()
    began, violations = time.monotonic(), Violations()
    parts: dict[str, Callable[[], None]] = {
        "histories": lambda: histories(asked.histories, violations),
        "kills": lambda: kills(asked.instants, violations),
        "journals": lambda: journals(violations),
        "months": lambda: months(violations),
        "silences": lambda: silences(violations),
        "tests": lambda: tests(violations),
    }
    for name in asked.only or PARTS:
        parts[name]()
    say(f"{time.monotonic() - began:.0f} s, violations: {violations.count}")
    return 1 if violations.count else 0


if __name__ == "__main__":
    sys.exit(main())
