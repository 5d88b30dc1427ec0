"""The report by mail, once a day or a week: offered by the first full cycle that is due, and tried until it is sent."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from sidecar import wiring
from sidecar.cycle.findings import Findings
from sidecar.language import ENGLISH, _, speaking
from sidecar.ports import Clock
from sidecar.report import mailed_report
from sidecar.serve.alerts.mailing import addressed, send
from sidecar.serve.alerts.origin import Origin, origin_of
from sidecar.serve.logs import place_of
from sidecar.settings import LoadedSettings

ATTACHMENT: Final = "cardwarden-report.html"


@dataclass(frozen=True, slots=True)
class Ready:
    """A report that waits to be sent, and by which settings."""

    message: EmailMessage
    loaded: LoadedSettings


class ReportMail:
    """Made in the thread that runs the cycles, sent in the one that tells alerts. When one was last sent is kept in a
    small file, so that a daemon that is started anew sends none twice and forgets none."""

    def __init__(
        self,
        file: Path,
        clock: Clock,
        log: structlog.stdlib.BoundLogger,
        *,
        gates: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        """`gates` gives what is known of the gates, in sentences."""
        self._file = file
        self._clock = clock
        self._log = log
        self._gates = gates
        self._lock = threading.Lock()
        self._ready: Ready | None = None

    def offer(self, findings: Findings, loaded: LoadedSettings) -> None:
        """A full cycle came to its end: make the mail, if one is due. A mistake in it is logged and delays nothing."""
        try:
            every, zone = loaded.report_mail(), findings.policy.time_zone
            if not is_due(every, self._last_sent(), self._clock.now(), zone):
                return
            ready = Ready(self._message(findings, loaded), loaded)
        except Exception as error:  # noqa: BLE001 - no cycle fails for its report
            self._log.error("report not made", error=type(error).__name__, where=place_of(error))
            return
        with self._lock:
            self._ready = ready

    def send(self) -> None:
        """Send what waits. Raises TellingFailed; it waits still then."""
        with self._lock:
            ready = self._ready
        if ready is None:
            return
        alerts = ready.loaded.settings.alerts
        send(ready.message, alerts.mail, ready.loaded.mail_password(), alerts.timeout)
        with self._lock:
            if self._ready is ready:
                self._ready = None
        self._keep(self._clock.now())
        self._log.info("report sent", to=len(alerts.mail.to))

    def _message(self, findings: Findings, loaded: LoadedSettings) -> EmailMessage:
        origin = origin_of(loaded, findings.policy.name)
        with speaking(loaded.settings.report.language or ENGLISH):
            beside = wiring.beside_of(loaded)
            mailed = mailed_report(findings, replace(beside, gates=self._gates() or beside.gates))
            message = addressed(f"Cardwarden {origin}: {mailed.head}", loaded.settings.alerts.mail)
            message.set_content(f"{mailed.text}\n\n{_written_by(origin)}\n")
        message.add_attachment(mailed.page.encode(), maintype="text", subtype="html", filename=ATTACHMENT)
        return message

    def _last_sent(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self._file.read_text(encoding="ascii").strip())
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            self._log.warning("when the last report was sent cannot be read, so one is sent", file=str(self._file))
            return None

    def _keep(self, at: datetime) -> None:
        try:
            fresh = self._file.with_name(f"{self._file.name}.new")
            fresh.write_text(at.isoformat(), encoding="ascii")
            fresh.replace(self._file)
        except OSError as error:
            self._log.warning("that the report was sent cannot be kept", file=str(self._file), error=error.strerror)


def is_due(every: str, sent: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a report is to be sent: `daily` on another day than the last, `weekly` in another week, which begins on
    Monday. The first one is sent at once."""
    if every == "never":
        return False
    if sent is None:
        return True
    before, today = sent.astimezone(zone).date(), now.astimezone(zone).date()
    if every == "daily":
        return before < today
    return before.isocalendar()[:2] < today.isocalendar()[:2]


def _written_by(origin: Origin) -> str:
    return _("Cardwarden of {origin}. The whole report is attached: open it in a browser.", origin=origin)
