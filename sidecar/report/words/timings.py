"""How long the phases of a cycle took, in words. For operators, so in English."""

from collections.abc import Mapping
from typing import Final

from sidecar.ports import Phase

_SECOND: Final = 1000


def timings_line(timings: Mapping[Phase, int]) -> str:
    """One line: `timings: pull 1.634 s, decide 1.803 s, plan 0.040 s; 3.477 s together`."""
    phases = ", ".join(f"{phase} {seconds(timings[phase])} s" for phase in Phase if phase in timings)
    return f"timings: {phases or 'none'}; {seconds(sum(timings.values()))} s together"


def seconds(milliseconds: int | None) -> str:
    """`1.634`; nothing for a phase that was not reached."""
    return "" if milliseconds is None else f"{milliseconds / _SECOND:.3f}"
