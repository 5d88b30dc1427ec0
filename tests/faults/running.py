"""How histories are run: bounded or at length, and never long at making a failing one smaller."""

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import engine
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine import Machine

SHRINKING = 60
"""Seconds. Hypothesis itself takes five minutes, and as long again for each further failure."""


def run_histories(machine: type[Machine], *, examples: int, steps: int, derandomize: bool = False) -> None:
    """Raises AssertionError, with the history in its notes, after a violation."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=derandomize,
        report_multiple_bugs=False,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with _shrinking_bounded():
        run_state_machine_as_test(machine, settings=chosen)


@contextmanager
def _shrinking_bounded() -> Iterator[None]:
    usual, engine.MAX_SHRINKING_SECONDS = engine.MAX_SHRINKING_SECONDS, SHRINKING
    try:
        yield
    finally:
        engine.MAX_SHRINKING_SECONDS = usual
