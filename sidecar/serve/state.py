"""What the daemon knows of itself at a moment: one frozen value, written by the cycles and read by the pages."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from sidecar import __version__
from sidecar.core.cards import Blocked
from sidecar.core.plan import Change
from sidecar.language import ENGLISH, _, calendar_moment, ngettext, present
from sidecar.settings import Settings
from sidecar.settings.durations import parse_duration

KINDS: Final = ("full", "quick")
"""The kinds of cycles that fail and come to a good end each on their own. What fails before it is known which of them
comes next is over with the next good cycle of any kind."""

_PATIENCE: Final = timedelta(minutes=15)
_QUICK_ONES: Final = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on it is too long, or too often: `patience` is for what happens every minute or so."""

    full_older_than: timedelta
    failures: int
    patience: timedelta
    paused_longer_than: timedelta


def limits_of(settings: Settings) -> Limits:
    """The limits of the settings. Ten quick cycles may go wrong, or a quarter of an hour."""
    alerts, interval = settings.alerts, settings.schedule.quick_interval()
    return Limits(
        full_older_than=parse_duration(alerts.full_older_than),
        failures=alerts.failures,
        patience=_PATIENCE if interval is None else max(_PATIENCE, _QUICK_ONES * interval),
        paused_longer_than=parse_duration(alerts.paused_longer_than),
    )


@dataclass(frozen=True, slots=True)
class Failures:
    """Cycles of one kind that failed since its last good one: how many, from when to when, and why the last did."""

    count: int
    first: datetime
    last: datetime
    reason: str

    def last_too_long(self, limits: Limits) -> bool:
        """Whether they are too many, or go on for too long: a Koha that hangs makes few of them."""
        return self.count >= limits.failures or self.last - self.first >= limits.patience


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that was held back and waits for an approval, and how many changes each brake holds."""

    digest: str
    changes: int
    brakes: Mapping[str, int]
    cycle: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """One change that a brake holds until somebody approves it. It names a patron, so only who may see persons is shown
    it."""

    change: Change
    brake: str


@dataclass(frozen=True, slots=True)
class LastReport:
    """The report of the last good full cycle as a page. It lists patrons, by number."""

    cycle: int
    at: datetime
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateState:
    """What the last look at a gate found: answers by outcome, or the `trouble` for which it could not be asked, now for
    so many `tries` in a row."""

    looked: datetime
    cards: Mapping[str, int] = field(default_factory=dict)
    trouble: str | None = None
    tries: int = 0

    @property
    def is_open(self) -> int:
        """How many blocks do not hold."""
        return self.cards.get("gate_open", 0)

    @property
    def in_doubt(self) -> bool:
        """Whether it is to be asked again."""
        return self.trouble is not None or self.is_open > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsState:
    """How the claims stand: how many in each state, how many wait too long for the office or for staff, files that wait
    for their delivery; of the last exchange the `trouble` (now for so many `tries` in a row) and what was wrong with
    lines of the office's."""

    by_state: Mapping[str, int] = field(default_factory=dict)
    late: int = 0
    for_staff: int = 0
    files_waiting: int = 0
    trouble: str | None = None
    tries: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The daemon's state. No names, no patron numbers. `last_full` and `last_quick` are the last good ones.

    `overdue_after` is how long no cycle at all may come to a good end; None without quick cycles. `ils` is what the ILS
    says of itself, `patrons` how many it has, `cards` how many of them are blocked by us. `blocked` is how the last
    full cycle left it, with what is owed; `yesterday` how many were blocked then, as that cycle knew.
    """

    mode: str
    started: datetime
    policy_name: str
    policy_digest: str
    version: str = __version__
    policy_refused: str | None = None
    settings_refused: str | None = None
    last_finished: datetime | None = None
    last_kind: str | None = None
    last_outcome: str | None = None
    last_error: str | None = None
    last_full: datetime | None = None
    last_quick: datetime | None = None
    failures: Mapping[str, Failures] = field(default_factory=dict)
    has_plugin: bool | None = None
    overdue_after: timedelta | None = None
    journal_silent_since: datetime | None = None
    journal_problem: str | None = None
    paused_since: datetime | None = None
    paused_in_koha: bool = False
    pending: int = 0
    waiting: tuple[Waiting, ...] = ()
    refused: int = 0
    fitness: tuple[str, ...] = ()
    misfits: int = 0
    owing_nothing: int = 0
    refused_by_ils: int = 0
    gates: Mapping[str, GateState] = field(default_factory=dict)
    gates_unread: str | None = None
    next_full: datetime | None = None
    claims: ClaimsState | None = None
    ils: str | None = None
    patrons: int | None = None
    cards: int = 0
    blocked: Blocked | None = None
    yesterday: int | None = None

    @property
    def last_good(self) -> datetime | None:
        """The end of the last cycle that came to it."""
        return max((moment for moment in (self.last_full, self.last_quick) if moment is not None), default=None)

    @property
    def held(self) -> Mapping[str, int]:
        """How many changes each brake holds back."""
        return {brake: number for plan in self.waiting for brake, number in plan.brakes.items()}

    def is_overdue(self, now: datetime) -> bool:
        """Whether no cycle of any kind has come to a good end for too long. The first one may take its time."""
        if self.overdue_after is None or (self.has_plugin is None and not self.failures):
            return False
        return now - max(self.started, self.last_good or self.started) > self.overdue_after

    def not_ready(self, now: datetime, limits: Limits, zone: tzinfo) -> list[str]:
        """Why the daemon does not do its work, if it does not."""
        reasons = []
        if self.journal_silent_since is not None:
            since = local(self.journal_silent_since, zone)
            why = self.journal_problem
            reasons.append(_("the journal has not answered since {when}: {why}", when=since, why=why))
        if self.last_full is None:
            reasons.append(_("no full cycle has come to its end yet"))
        elif now - self.last_full > limits.full_older_than:
            reasons.append(_("the last good full cycle ended at {when}", when=local(self.last_full, zone)))
        for kind, failures in self.failures.items():
            if failures.last_too_long(limits):
                last = local(failures.last, zone)
                often = in_a_row(failures.count, kind)
                reasons.append(_("{often}, the last at {when}: {why}", often=often, when=last, why=failures.reason))
        if self.is_overdue(now):
            since = local(self.last_good or self.started, zone)
            reasons.append(_("no cycle has come to a good end since {when}", when=since))
        return reasons

    def with_failure(self, kind: str, at: datetime, reason: str) -> "State":
        """After one more cycle of that kind has failed."""
        before = self.failures.get(kind)
        now = Failures(1 if before is None else before.count + 1, at if before is None else before.first, at, reason)
        return replace(
            self,
            last_finished=at,
            last_kind=kind,
            last_outcome="failed",
            last_error=reason,
            failures={**self.failures, kind: now},
        )


def still_failing(good: str, *, quick: bool) -> frozenset[str]:
    """Kinds of which a good cycle of that kind says nothing; without quick ones a full one speaks for all."""
    return frozenset(kind for kind in KINDS if kind != good and (quick or kind != "quick"))


def in_a_row(count: int, kind: str) -> str:
    """So many failed cycles in words."""
    if kind == "full":
        return ngettext("{number} full cycle has failed in a row", "{number} full cycles have failed in a row", count)
    if kind == "quick":
        return ngettext("{number} quick cycle has failed in a row", "{number} quick cycles have failed in a row", count)
    return ngettext("{number} cycle has failed in a row", "{number} cycles have failed in a row", count)


@dataclass(slots=True)
class Board:
    """Holds the present state, and apart from it what names patrons."""

    _now: State
    _lock: threading.Lock = field(default_factory=threading.Lock)
    held: tuple[Held, ...] = ()
    report: LastReport | None = None

    @property
    def now(self) -> State:
        """The latest."""
        with self._lock:
            return self._now

    def note(self, change: Callable[[State], State]) -> None:
        """Change some of it."""
        with self._lock:
            self._now = change(self._now)


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def local(moment: datetime, zone: tzinfo | None = None) -> str:
    """Date, minute and the zone's abbreviation, as people read it: in that zone, or in the moment's own."""
    at = moment if zone is None else moment.astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M %Z}" if present() == ENGLISH else f"{calendar_moment(at)} {at:%Z}"
