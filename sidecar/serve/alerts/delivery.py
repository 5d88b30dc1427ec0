"""Carries alerts to their channels, reports, and pings, in a thread of its own: a slow mail server delays no cycle."""

import threading
import time
from collections.abc import Iterable
from typing import Final

import structlog

from sidecar.cycle.findings import Findings
from sidecar.errors import SettingsError
from sidecar.serve.alerts.book import AlertBook
from sidecar.serve.alerts.channels import Channel
from sidecar.serve.alerts.mailing import TellingFailed
from sidecar.serve.alerts.ping import Ping
from sidecar.serve.alerts.reports import ReportMail
from sidecar.serve.logs import place_of
from sidecar.settings import LoadedSettings

REST: Final = 60.0
"""Seconds until a channel that failed is tried again, and a ping."""

_PINGS: Final = 5
"""How often a ping is tried; the next good full cycle owes a new one."""


class Delivery:
    """Tells what is owed, channel by channel; what fails is owed still and tried again later."""

    def __init__(
        self,
        book: AlertBook,
        channels: Iterable[Channel],
        log: structlog.stdlib.BoundLogger,
        *,
        ping: Ping | None = None,
        reports: ReportMail | None = None,
        rest: float = REST,
    ) -> None:
        self._book = book
        self._channels = {channel.name: channel for channel in channels}
        self._log = log
        self._ping = ping
        self._reports = reports
        self._report_rests_until = 0.0
        self._pings_left = 0
        self._ping_rests_until = 0.0
        self._rest = rest
        self._rests_until: dict[str, float] = {}
        self._news = threading.Event()
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to tell."""
        self._news.set()

    def stop(self, patience: float) -> None:
        """Tell what is owed and end, within so many seconds; the rest is told after the next start."""
        self._stop = True
        self._news.set()
        self._thread.join(patience)

    def ping(self) -> None:
        """A full cycle came to a good end: somebody elsewhere waits to hear so."""
        self._pings_left, self._ping_rests_until = _PINGS, 0.0
        self._news.set()

    def offer(self, findings: Findings, loaded: LoadedSettings) -> None:
        """A full cycle came to its end: its report is sent, if one is due."""
        if self._reports is not None:
            self._reports.offer(findings, loaded)

    def use(self, channels: Iterable[Channel], ping: Ping | None) -> None:
        """Other channels and another ping from now on."""
        self._ping = ping
        self._channels = {channel.name: channel for channel in channels}
        self._book.use_channels(self._channels)
        self._rests_until = {}

    def deliver(self) -> None:
        """Tell all that is owed to channels that do not rest."""
        channels = self._channels
        for one in self._book.owed():
            for name in sorted(one.owed & channels.keys()):
                if time.monotonic() < self._rests_until.get(name, 0.0):
                    continue
                try:
                    channels[name].tell(one.put_to(name, self._book.zone))
                except TellingFailed as failure:
                    self._rests_until[name] = time.monotonic() + self._rest
                    self._log.error("alert not told", channel=name, cause=str(one.alert.cause), error=str(failure))
                else:
                    self._book.told(one, name)
        self._send_report()
        self._send_ping()

    def _send_report(self) -> None:
        if self._reports is None or time.monotonic() < self._report_rests_until:
            return
        try:
            self._reports.send()
        except (TellingFailed, SettingsError) as failure:
            self._report_rests_until = time.monotonic() + self._rest
            self._log.error("report not sent", error=str(failure))

    def _send_ping(self) -> None:
        if self._ping is None or not self._pings_left or time.monotonic() < self._ping_rests_until:
            return
        self._pings_left -= 1
        try:
            self._ping.send()
        except TellingFailed as failure:
            self._ping_rests_until = time.monotonic() + self._rest
            self._log.warning("ping not heard", error=str(failure), tries_left=self._pings_left)
        else:
            self._pings_left = 0

    def _run(self) -> None:
        stopping = False
        while not stopping:
            self._news.wait(self._rest)
            self._news.clear()
            stopping = self._stop
            try:
                self.deliver()
            except Exception as error:  # noqa: BLE001 - a mistake here must not end the telling
                self._log.error("alerts broke", error=type(error).__name__, where=place_of(error))
