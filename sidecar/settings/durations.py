"""Durations (`90s`, `15m`, `2h`, `7d`) and times of day (`03:15`) as the settings write them."""

import re
from datetime import time, timedelta
from typing import Final

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: str) -> timedelta:
    """A whole number and a unit. Raises ValueError with what would be right."""
    match = re.fullmatch(r"(\d+)\s*([smhd])", text.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{text!r} is not a duration: write a whole number above 0 and s, m, h or d, as in 15m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def parse_clock_time(text: str) -> time:
    """Hours and minutes of a day. Raises ValueError with what would be right."""
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a time of day: write hours and minutes, as in 03:15")
    return time(int(match[1]), int(match[2]))
