"""A bounded part of the histories; `make faults` runs many more, and longer ones."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.histories import BrakedHistories, Histories

BOUNDED = settings(
    max_examples=30,
    stateful_step_count=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_every_write_is_one_that_the_rules_allow_at_that_instant() -> None:
    run_state_machine_as_test(Histories, settings=BOUNDED)


def test_additions_beyond_the_limit_wait_for_an_approval_whatever_happens() -> None:
    run_state_machine_as_test(BrakedHistories, settings=BOUNDED)
