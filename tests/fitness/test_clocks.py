"""Two clocks that agree, or do not."""

from datetime import UTC, datetime, timedelta

import pytest

from sidecar.fitness.clocks import clocks_agree

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
FIVE = timedelta(minutes=5)


@pytest.mark.parametrize("apart", [timedelta(0), FIVE, -FIVE])
def test_clocks_within_the_tolerance_agree(apart: timedelta) -> None:
    assert clocks_agree(NOW + apart, NOW, FIVE) is None


@pytest.mark.parametrize(
    ("apart", "says"),
    [
        (timedelta(minutes=5, seconds=1), "5 minutes ahead of"),
        (timedelta(minutes=-7), "7 minutes behind"),
        (timedelta(minutes=119), "119 minutes ahead of"),
        (timedelta(hours=2), "2 hours ahead of"),
        (timedelta(hours=-47), "47 hours behind"),
        (timedelta(days=30), "30 days ahead of"),
    ],
)
def test_clocks_that_are_apart_are_an_error_that_says_by_how_much(apart: timedelta, says: str) -> None:
    assert f"The library system's clock is {says} this machine's" in (clocks_agree(NOW + apart, NOW, FIVE) or "")
