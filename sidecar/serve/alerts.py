"""What a person must be told: once when it begins and once when it is over, over restarts too."""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import structlog


class Cause(StrEnum):
    """Why somebody is told."""

    HELD_BACK = "held-back"
    DRIFT = "drift"
    PLUGIN_GONE = "plugin-gone"
    PAUSED_IN_KOHA = "paused-in-koha"
    POLICY_REFUSED = "policy-refused"
    SETTINGS_REFUSED = "settings-refused"
    NO_FULL_CYCLE = "no-full-cycle"
    FAILING = "failing"


class State(StrEnum):
    """Whether it has begun or is over."""

    BEGUN = "begun"
    OVER = "over"


Key: TypeAlias = tuple[Cause, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One cause. `subject` tells apart several of one kind, such as two brakes. Never a name or card number."""

    cause: Cause
    subject: str = ""
    summary: str
    details: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What makes two alerts the same."""
        return (self.cause, self.subject)


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert as it stands: since when, over or not, and which channels are still to be told that."""

    alert: Alert
    since: datetime
    state: State = State.BEGUN
    changed: datetime | None = None
    owed: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()


class AlertBook:
    """The alerts that stand, kept in a small file. One that is over goes when all who heard of it know.

    A file that cannot be read or written is logged: an alert told twice is better than a daemon that stops.
    """

    def __init__(self, file: Path, channels: Iterable[str], log: structlog.stdlib.BoundLogger) -> None:
        self._file = file
        self._channels = frozenset(channels)
        self._log = log
        self._lock = threading.Lock()
        self._standing: dict[Key, Standing] = {one.alert.key: one for one in self._read()}

    def begin(self, alert: Alert, at: datetime) -> None:
        """It is so now. Told once, however often this is called."""
        with self._lock:
            known = self._standing.get(alert.key)
            if known is not None and known.state is State.BEGUN:
                return
            self._log.error("alert", state="begun", cause=str(alert.cause), subject=alert.subject, text=alert.summary)
            self._standing[alert.key] = Standing(alert, at, changed=at, owed=self._channels)
            self._write()

    def end(self, cause: Cause, at: datetime, *, subject: str = "") -> None:
        """It is no longer so. Who was never told that it began is not told that it is over."""
        with self._lock:
            known = self._standing.get((cause, subject))
            if known is None or known.state is State.OVER:
                return
            self._log.info("alert", state="over", cause=str(cause), subject=subject, text=known.alert.summary)
            self._put(replace(known, state=State.OVER, changed=at, owed=known.told & self._channels, told=frozenset()))
            self._write()

    def subjects(self, cause: Cause) -> list[str]:
        """The subjects for which this cause holds."""
        return [one.alert.subject for one in self.begun() if one.alert.cause is cause]

    def begun(self) -> list[Standing]:
        """What holds now, oldest first."""
        with self._lock:
            standing = [one for one in self._standing.values() if one.state is State.BEGUN]
        return sorted(standing, key=lambda one: (one.since, one.alert.key))

    def owed(self) -> list[Standing]:
        """What somebody is still to be told."""
        with self._lock:
            return [one for one in self._standing.values() if one.owed]

    def told(self, told: Standing, channel: str) -> None:
        """A channel took it. If it changed meanwhile, the news is still owed."""
        with self._lock:
            known = self._standing.get(told.alert.key)
            if known is None:
                if told.state is State.BEGUN:
                    self._put(replace(told, state=State.OVER, owed=frozenset({channel}), told=frozenset()))
            elif (known.since, known.state) == (told.since, told.state):
                self._put(replace(known, owed=known.owed - {channel}, told=known.told | {channel}))
            elif known.since == told.since and known.state is State.OVER:
                self._put(replace(known, owed=known.owed | {channel}))
            self._write()

    def use_channels(self, channels: Iterable[str]) -> None:
        """The settings name other channels now; what is owed to one that has gone is dropped."""
        with self._lock:
            self._channels = frozenset(channels)
            for one in list(self._standing.values()):
                self._put(replace(one, owed=one.owed & self._channels))
            self._write()

    def _put(self, one: Standing) -> None:
        if one.state is State.OVER and not one.owed:
            self._standing.pop(one.alert.key, None)
        else:
            self._standing[one.alert.key] = one

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
                file.write(msgspec.json.encode(list(self._standing.values())))
            fresh.replace(self._file)
        except OSError as error:
            self._log.warning("alerts cannot be kept", file=str(self._file), error=error.strerror)
            with suppress(OSError):
                fresh.unlink(missing_ok=True)


def as_json(one: Standing) -> str:
    """An alert as the command gets it."""
    value: dict[str, Any] = {
        **asdict(one.alert),
        "state": one.state,
        "since": one.since.isoformat(timespec="seconds"),
        "at": (one.changed or one.since).isoformat(timespec="seconds"),
    }
    return json.dumps(value, ensure_ascii=False, default=str)
