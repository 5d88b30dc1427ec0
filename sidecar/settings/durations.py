"""Durations (`90s`, `15m`, `2h`, `7d`) and times of day (`03:15`) as the settings write them."""

import re
from datetime import time, timedelta
from typing import Final

from sidecar.toml.words import quoted

LONGEST: Final = timedelta(days=3650)
"""More is a slip of the finger."""

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_MOST_DIGITS: Final = 9


def parse_duration(text: str) -> timedelta:
    """A whole number and a unit. Raises ValueError with what would be right."""
    match = re.fullmatch(r"([0-9]+)\s*([smhd])", text.strip())
    if match is None or not match[1].strip("0"):
        raise ValueError(f"{quoted(text)} is not a duration; write a whole number above 0 and s, m, h or d, as in 15m")
    if len(match[1]) <= _MOST_DIGITS:
        duration = timedelta(**{_UNITS[match[2]]: int(match[1])})
        if duration <= LONGEST:
            return duration
    raise ValueError(f"{quoted(text)} is too long; write at most {LONGEST.days}d")


def parse_clock_time(text: str) -> time:
    """Hours and minutes of a day. Raises ValueError with what would be right."""
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if match is None:
        raise ValueError(f"{quoted(text)} is not a time of day; write hours and minutes, as in 03:15")
    return time(int(match[1]), int(match[2]))
