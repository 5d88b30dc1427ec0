"""A bounded part of the kills; `make faults` kills at each step, and at 200 random instants."""

import random

import pytest

from tests.faults.kills import BATCH, PLANNED, Kills


@pytest.mark.parametrize("writers", [1, 2])
def test_a_process_killed_anywhere_is_set_right_by_the_next_cycle(writers: int) -> None:
    kills = Kills(writers=writers)
    assert kills.planned >= PLANNED
    for step in range(1, kills.steps + 1, 5):
        kills.at_step(step)
    rng = random.Random(4)
    for _ in range(8):
        kills.at_instant(rng)
    assert not kills.violations, "\n".join(kills.violations)
    assert kills.most_open == BATCH * writers, "so many batches were under way"
    assert kills.within >= kills.at_steps // 2, "most of the kills were to fall between an intent and an outcome"
