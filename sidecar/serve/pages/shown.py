"""What the pages are made of."""

from dataclasses import dataclass

from sidecar.ports import Clock, Journal
from sidecar.serve.alerts.book import AlertBook
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.liveness.pulse import Pulse, longest_rests
from sidecar.serve.pages.metrics import Metrics
from sidecar.serve.state import Board, limits_of


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pages are made of."""

    board: Board
    metrics: Metrics
    alerts: AlertBook
    configuration: LiveConfiguration
    journal: Journal
    clock: Clock
    pulse: Pulse

    def not_alive(self) -> list[str]:
        """What of the daemon hangs, if anything does."""
        return self.pulse.stopped(longest_rests(self.configuration.loaded.settings))

    def not_ready(self) -> list[str]:
        """Why the daemon does not do its work, if it does not."""
        limits, zone = limits_of(self.configuration.loaded.settings), self.configuration.policy.policy.time_zone
        return self.board.now.not_ready(self.clock.now(), limits, zone)
