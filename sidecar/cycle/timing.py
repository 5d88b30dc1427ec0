"""How long each phase of a cycle took, measured once, for log, metrics, journal and reports."""

from collections.abc import Mapping

from sidecar.ports import Monotonic, Phase


class Stopwatch:
    """Counts from one phase's end to the next one's. A phase that was never reached has no time."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._since = monotonic()
        self._spent: dict[Phase, float] = {}

    def ended(self, phase: Phase) -> None:
        """All since the end of the phase before was of this one."""
        now = self._monotonic()
        self._spent[phase] = self._spent.get(phase, 0.0) + now - self._since
        self._since = now

    @property
    def milliseconds(self) -> Mapping[Phase, int]:
        """What each phase took so far."""
        return {phase: round(seconds * 1000) for phase, seconds in self._spent.items()}
