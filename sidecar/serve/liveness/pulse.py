"""Heart beats: a thread that hangs tells nobody so, but it beats no more."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from time import monotonic
from typing import Final, TypeAlias

from sidecar.settings import Settings


class Part(StrEnum):
    """What must go on."""

    CYCLES = "cycles"
    WATCH = "watch"


Rests: TypeAlias = Mapping[Part, float]
"""Seconds for which each part may be still."""

_WORK: Final = 600.0
"""Between two beats of a cycle there is one request to Koha or one call of the journal, or it decides: all of that has
ends of its own, well below this."""

_ANSWER: Final = 300.0
"""What a request may take beyond its time-outs while its answer trickles in."""

_IDLE: Final = 60.0
_WATCH: Final = 120.0


def longest_rests(settings: Settings) -> Rests:
    """How long the parts of a daemon with these settings may be still. Between cycles there is the interval."""
    interval, koha = settings.schedule.quick_interval(), settings.koha
    work = max(_WORK, _ANSWER + koha.connect_timeout + 2 * koha.read_timeout)
    return {Part.CYCLES: work + (_IDLE if interval is None else interval.total_seconds()), Part.WATCH: _WATCH}


class Pulse:
    """When each part last beat, by the monotonic clock. It may be used by several threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._beats = dict.fromkeys(Part, clock())

    def beat(self, part: Part) -> None:
        """This part goes on."""
        self._beats[part] = self._clock()

    def stopped(self, rests: Rests) -> list[str]:
        """Which parts have been still for too long, in words; none if all is well."""
        now = self._clock()
        still = {part: now - self._beats[part] for part in Part}
        return [
            f"{part}: no sign of life for {seconds / 60:.0f} minutes"
            for part, seconds in still.items()
            if seconds > rests[part]
        ]
