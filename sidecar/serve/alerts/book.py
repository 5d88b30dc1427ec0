"""What a person must be told: once when it begins and once when it is over, over restarts too."""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
import structlog

SHOWN_FOR: Final = timedelta(days=7)
"""How long an alert that is over is remembered."""

_KEPT: Final = 100
"""So many that are over are remembered at most: one that comes and goes every minute fills no disk."""


class Cause(StrEnum):
    """Why somebody is told."""

    HELD_BACK = "held-back"
    REFUSED = "refused"
    DRIFT = "drift"
    PLUGIN_GONE = "plugin-gone"
    PAUSED = "paused"
    PAUSED_IN_KOHA = "paused-in-koha"
    CLOCKS_APART = "clocks-apart"
    SCOPE_REACHES_NOBODY = "scope-reaches-nobody"
    POLICY_DOES_NOT_FIT = "policy-does-not-fit"
    POLICY_REFUSED = "policy-refused"
    SETTINGS_REFUSED = "settings-refused"
    NO_JOURNAL = "no-journal"
    NO_FULL_CYCLE = "no-full-cycle"
    NO_CYCLE = "no-cycle"
    FAILING = "failing"
    REFUSED_BY_KOHA = "refused-by-koha"
    GATE_OPEN = "gate-open"
    GATE_UNREACHABLE = "gate-unreachable"
    OFFICE_UNREACHABLE = "office-unreachable"
    OFFICE_FILES = "office-files"
    CLAIMS_LATE = "claims-late"
    CLAIMS_FOR_STAFF = "claims-for-staff"


class State(StrEnum):
    """Whether it has begun or is over; PASSED is over too, for who was never told that it began."""

    BEGUN = "begun"
    OVER = "over"
    PASSED = "passed"


Key: TypeAlias = tuple[Cause, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One cause. `subject` tells apart several of one kind, such as two brakes. Never a name or card number.

    `remedy` is what to do while it stands. It is told again only if `size` has doubled, or if it is so under another
    policy.
    """

    cause: Cause
    subject: str = ""
    summary: str
    remedy: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)
    size: int = 0
    policy: str = ""

    @property
    def key(self) -> Key:
        """What makes two alerts the same."""
        return (self.cause, self.subject)


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert as it stands or stood: since when, when that last was news (its end, if it is over), which channels are
    still to be told that, and which know that it began. `said` is the size that was last news."""

    alert: Alert
    since: datetime
    state: State = State.BEGUN
    changed: datetime | None = None
    owed: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    said: int = 0

    @property
    def text(self) -> str:
        """What is so and what to do about it; of what is over only the former."""
        return f"{self.alert.summary} {self.alert.remedy}".strip() if self.state is State.BEGUN else self.alert.summary

    @property
    def latest(self) -> datetime:
        """When it was news last."""
        return self.changed or self.since

    def put_to(self, channel: str, zone: tzinfo) -> "Standing":
        """As this channel is told it: in local time, and as something past if it never heard of it."""
        unheard = self.state is State.OVER and channel not in self.told
        return replace(
            self,
            state=State.PASSED if unheard else self.state,
            since=self.since.astimezone(zone),
            changed=self.latest.astimezone(zone),
        )

    def heard(self, told: "Standing", channel: str) -> "Standing":
        """A channel took it as it was then. If there was news meanwhile, that is still owed."""
        is_all = (told.state, told.latest) == (self.state, self.latest)
        owed = self.owed - {channel} if is_all else self.owed
        return replace(self, owed=owed, told=self.told | {channel})


class AlertBook:
    """The alerts that stand and those of the last days that are over, kept in a small file.

    A file that cannot be read or written is logged: an alert told twice is better than a daemon that stops.
    """

    def __init__(self, file: Path, channels: Iterable[str], log: structlog.stdlib.BoundLogger) -> None:
        self._file = file
        self._channels = frozenset(channels)
        self._log = log
        self._lock = threading.Lock()
        self.zone: tzinfo = UTC
        kept = list(self._read())
        self._standing: dict[Key, Standing] = {one.alert.key: one for one in kept if one.state is State.BEGUN}
        self._past: list[Standing] = [one for one in kept if one.state is not State.BEGUN]
        self._owe_to_the_present_channels()

    def begin(self, alert: Alert, at: datetime) -> None:
        """It is so now. Told once, however often this is called; how it is now is always kept."""
        with self._lock:
            known = self._standing.get(alert.key)
            if known is not None and known.alert == alert:
                return
            if known is None:
                self._log_news("begun", alert)
                self._standing[alert.key] = Standing(alert, at, changed=at, owed=self._channels, said=alert.size)
            elif _is_news(alert, known):
                self._log_news("worse", alert)
                self._standing[alert.key] = replace(
                    known, alert=alert, changed=at, owed=self._channels, said=alert.size
                )
            else:
                self._standing[alert.key] = replace(known, alert=alert)
            self._write()

    def end(self, cause: Cause, at: datetime, *, subject: str = "") -> None:
        """It is no longer so. Who was never told that it began is told once that it was so, the last time it was."""
        with self._lock:
            known = self._standing.pop((cause, subject), None)
            if known is None:
                return
            self._log.info("alert", state="over", cause=str(cause), subject=subject, text=known.alert.summary)
            before = [
                replace(one, owed=one.owed & one.told) if one.alert.key == known.alert.key else one
                for one in self._past
                if one.owed or at - one.latest <= SHOWN_FOR
            ]
            over = replace(known, state=State.OVER, changed=at, owed=self._channels)
            self._past = [*before, over][-_KEPT:]
            self._write()

    def subjects(self, cause: Cause) -> list[str]:
        """The subjects for which this cause holds."""
        return [one.alert.subject for one in self.begun() if one.alert.cause is cause]

    def begun(self) -> list[Standing]:
        """What holds now, oldest first."""
        with self._lock:
            standing = list(self._standing.values())
        return sorted(standing, key=lambda one: (one.since, one.alert.key))

    def past(self, now: datetime) -> list[Standing]:
        """What is over since a few days at most, newest first."""
        with self._lock:
            return [one for one in reversed(self._past) if now - one.latest <= SHOWN_FOR]

    def owed(self) -> list[Standing]:
        """What somebody is still to be told, oldest news first."""
        with self._lock:
            owed = [one for one in (*self._past, *self._standing.values()) if one.owed]
        return sorted(owed, key=lambda one: one.latest)

    def told(self, told: Standing, channel: str) -> None:
        """A channel took it."""
        with self._lock:
            known = self._standing.get(told.alert.key)
            if known is not None and known.since == told.since:
                self._standing[told.alert.key] = known.heard(told, channel)
            else:
                same = (told.alert.key, told.since)
                self._past = [
                    one.heard(told, channel) if (one.alert.key, one.since) == same else one for one in self._past
                ]
            self._write()

    def use_channels(self, channels: Iterable[str]) -> None:
        """The settings name other channels now: a new one is told what stands, one that has gone is owed nothing."""
        with self._lock:
            self._channels = frozenset(channels)
            self._owe_to_the_present_channels()
            self._write()

    def _owe_to_the_present_channels(self) -> None:
        here = self._channels
        for key, one in self._standing.items():
            self._standing[key] = replace(one, owed=(one.owed & here) | (here - one.told), told=one.told & here)
        self._past = [replace(one, owed=one.owed & here) for one in self._past]

    def _log_news(self, state: str, alert: Alert) -> None:
        self._log.error("alert", state=state, cause=str(alert.cause), subject=alert.subject, text=alert.summary)

    def _read(self) -> Iterator[Standing]:
        try:
            text = self._file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            self._log.warning("alerts cannot be read", file=str(self._file), error=error.strerror)
            return
        try:
            yield from msgspec.json.decode(text, type=list[Standing])
        except msgspec.DecodeError:
            self._log.warning("alerts cannot be read, so they begin anew", file=str(self._file))

    def _write(self) -> None:
        fresh = self._file.with_name(f"{self._file.name}.new")
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode([*self._past, *self._standing.values()]))
            fresh.replace(self._file)
        except OSError as error:
            self._log.warning("alerts cannot be kept", file=str(self._file), error=error.strerror)
            with suppress(OSError):
                fresh.unlink(missing_ok=True)


def _is_news(alert: Alert, known: Standing) -> bool:
    grown = 0 < 2 * known.said <= alert.size
    return grown or alert.policy != known.alert.policy
