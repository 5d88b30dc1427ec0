"""Whether two clocks agree."""

from datetime import datetime, timedelta
from typing import Final

_TWO_HOURS: Final = 120


def clocks_agree(as_of: datetime, now: datetime, tolerance: timedelta) -> str | None:
    """What is wrong if the ILS's clock and this machine's are not near each other; then nothing is written.

    Minutes and days are counted by the ILS's: one that is ahead for an hour would end blocks too early, or keep them
    for as long as it was ahead.
    """
    apart = abs(as_of - now)
    if apart <= tolerance:
        return None
    where = "ahead of" if as_of > now else "behind"
    return (
        f"The library system's clock is {_in_words(apart)} {where} this machine's, so nothing is written: set the "
        "clock that is wrong (`timedatectl` on both), or koha.clock_tolerance."
    )


def _in_words(duration: timedelta) -> str:
    minutes = int(duration.total_seconds()) // 60
    if minutes < _TWO_HOURS:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 24 * _TWO_HOURS else f"{minutes // (24 * 60)} days"
