"""Runs the cycles, one at a time: what is next, the connection to run it on, and what became of it."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

import structlog

from sidecar import wiring
from sidecar.core.needs import needs_of
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Quick
from sidecar.cycle.run import run_once
from sidecar.cycle.unmoved import Unmoved
from sidecar.desk import DeskPages
from sidecar.errors import CardwardenError, JournalError, Stopped
from sidecar.ports import ActRecord, Approval, Clock, CycleOutcome, Journal, Mode, PersonalAct, Result
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.events import CycleEvents
from sidecar.serve.exchanges import Exchanges
from sidecar.serve.liveness.pulse import Part, Pulse
from sidecar.serve.logs import place_of
from sidecar.serve.schedule.queue import CycleQueue, Full
from sidecar.settings import LoadedSettings

SCHEDULED: Final = "it is time for one"

ACTS_BETWEEN_LOOKS: Final = 50
"""More than people do by name between two looks."""


def _nothing() -> None:
    pass


def _unread(_findings: Findings, _loaded: LoadedSettings) -> None:
    pass


@dataclass(frozen=True, slots=True)
class House:
    """What a worker works in."""

    configuration: LiveConfiguration
    journal: Journal
    clock: Clock
    stop: threading.Event
    pulse: Pulse


class Worker:
    """Called by the scheduler, never twice at a time. An error is told, and the next call tries again."""

    def __init__(
        self,
        house: House,
        events: CycleEvents,
        log: structlog.stdlib.BoundLogger,
        *,
        changed: Callable[[], None],
        wrote: Callable[[], None] = _nothing,
        full: Callable[[Findings, LoadedSettings], None] = _unread,
    ) -> None:
        """`changed` is called when settings or policy have changed, so that the scheduler can follow; `wrote` after a
        full cycle that wrote something, `full` after each full one."""
        self._house = house
        self._events = events
        self._log = log
        self._changed = changed
        self._wrote = wrote
        self._full = full
        self._queue = CycleQueue()
        self._unmoved = Unmoved()
        self._link = ExitStack()
        self._there: wiring.Connected | None = None
        self._desk: DeskPages | None = None
        self._has_plugin = False
        self._was_paused = False
        self._was_paused_in_koha = False
        self._of_no_use: frozenset[Approval] = frozenset()
        self._last_act: ActRecord | None = None
        self._exchanges = Exchanges(house.configuration, house.journal, house.clock, events, log, self._sleep)

    def scheduled(self) -> None:
        """A time of day for a full cycle has come."""
        self._queue.want_full(SCHEDULED)
        self.tick()

    def reload(self) -> None:
        """SIGHUP: read settings and policy again, and run a cycle."""
        configuration = self._house.configuration
        reloaded = configuration.reload_settings()
        self._events.settings_seen(reloaded.changed, reloaded.need_restart, self._now())
        if reloaded.changed:
            self._leave()
            self._desk = None
            self._exchanges.use(self._now())
            self._queue.want_full("the settings have changed", anew=True)
            self._changed()
        self.tick()

    def tick(self) -> None:
        """Run what is next, if anything is."""
        self._beat()
        if self._house.stop.is_set():
            return
        began, started = self._now(), time.monotonic()
        asked: Full | Quick | None = None
        try:
            self._read_policy()
            self._look_around(began)
            asked = self._queue.next(began, quick=self._may_be_quick())
            if asked is None:
                self._exchange()
                return
            findings = self._run(asked)
            self._done(asked, findings, time.monotonic() - started)
            self._exchange()
        except Stopped:
            self._unmoved.forget()
            self._events.cycle_stopped(_kind(asked), time.monotonic() - started)
        except CardwardenError as error:
            self._failed(asked, began, error, str(error), time.monotonic() - started)
        except Exception as error:  # noqa: BLE001 - months unattended: the next cycle tries again
            message = f"a mistake in Cardwarden: {type(error).__name__}"
            self._log.error("cycle broke", error=message, where=place_of(error))
            self._failed(asked, began, error, message, time.monotonic() - started)

    def _exchange(self) -> None:
        """Files to and from the collection office, when it is time: between two cycles, never in one."""
        if self._exchanges.is_due(self._now()) and self._exchanges.run(self._reach()):
            self._queue.want_full("the collection office was heard, or told")

    def close(self) -> None:
        """Let go of the connection."""
        self._leave()

    def _read_policy(self) -> None:
        configuration = self._house.configuration
        before = configuration.policy.policy.digest
        changed = configuration.refresh_policy()
        self._events.policy_seen(before, changed=changed, now=self._now())
        if changed:
            self._queue.want_full("the policy has changed")
            self._changed()

    def _look_around(self, now: datetime) -> None:
        """What else asks for a full cycle: an approval, the end of a pause, a night that was slept through."""
        journal = self._house.journal
        since = journal.paused_since
        self._events.pause_seen(since, now)
        paused = since is not None
        if self._was_paused and not paused:
            self._queue.want_full("writing was resumed")
        self._was_paused = paused
        if self._drift_was_accepted():
            self._queue.want_full("drift was accepted")
        if self._queue.wanted is not None:
            return
        if self._events.is_stale(now):
            self._queue.want_full("the last one is too long ago")
        elif not paused and self._approval_waits(now):
            self._queue.want_full("an approval waits")

    def _drift_was_accepted(self) -> bool:
        """Whether somebody said so since the last look, whatever was done after it: a full cycle ends the alarm."""
        latest = self._house.journal.acts(ACTS_BETWEEN_LOOKS)
        last, self._last_act = self._last_act, latest[0] if latest else None
        return any(one.act is PersonalAct.DRIFT_ACCEPT for one in takewhile(lambda one: one != last, latest))

    def _approval_waits(self, now: datetime) -> bool:
        if self._was_paused_in_koha or self._mode is Mode.DRY_RUN:
            return False
        return bool(self._usable(now) - self._of_no_use)

    def _may_be_quick(self) -> bool:
        return self._has_plugin and self._house.configuration.loaded.settings.schedule.quick_interval() is not None

    def _run(self, asked: Full | Quick) -> Findings:
        house = self._house
        if isinstance(asked, Full):
            self._log.info("full cycle", reason=asked.reason)
            self._leave()
        there = self._reach_or_note(asked)
        self._desk = self._desk or wiring.desk_pages_of(house.configuration.loaded, is_daemon=True)
        order = replace(
            wiring.order_of(house.configuration.loaded, self._mode),
            quick=asked if isinstance(asked, Quick) else None,
            policy_text=house.configuration.policy.text,
            stopping=self._stopping,
            desk=self._desk,
            unmoved=self._unmoved,
        )
        with wiring.holding(there.world, self._mode, beside_daemon=True, sleep=self._sleep):
            before = self._usable(self._now()) if isinstance(asked, Full) else frozenset()
            findings = run_once(there.world, house.configuration.policy.policy, order)
        if isinstance(asked, Full):
            self._note_useless_approvals(before, findings)
        return findings

    def _reach_or_note(self, asked: Full | Quick) -> wiring.Connected:
        """A cycle that could not even begin is in the journal too: the morning after, somebody looks for it there."""
        try:
            return self._reach()
        except CardwardenError as error:
            journal, now = self._house.journal, self._now()
            with suppress(JournalError):
                digest = self._house.configuration.policy.policy.digest
                cycle = journal.begin_cycle(_kind(asked), self._mode, digest, now)
                journal.end_cycle(cycle, CycleOutcome.FAILED, now, error=str(error))
            raise

    def _reach(self) -> wiring.Connected:
        """The connection stays open from cycle to cycle, so that a quiet quick one asks twice and no more."""
        if self._there is None:
            house = self._house
            self._there = self._link.enter_context(
                wiring.reached(
                    house.configuration.loaded,
                    house.journal,
                    house.clock,
                    sleep=self._sleep,
                    beat=self._beat,
                    needs=lambda: needs_of(house.configuration.policy.policy),
                )
            )
            self._has_plugin = self._there.has_plugin
        return self._there

    def _leave(self) -> None:
        self._there = None
        self._link.close()

    def _beat(self) -> None:
        self._house.pulse.beat(Part.CYCLES)

    def _stopping(self) -> bool:
        """Asked between pages and batches: a long cycle moves on."""
        self._beat()
        return self._house.stop.is_set()

    def _sleep(self, seconds: float) -> None:
        """Between two tries, of a request or for the journal, the daemon can be stopped."""
        self._beat()
        if self._house.stop.wait(seconds):
            raise Stopped("The daemon was told to stop while it waited.")

    def _done(self, asked: Full | Quick, findings: Findings, seconds: float) -> None:
        self._queue.done(findings, asked)
        self._unmoved.done(findings)
        if self._was_paused_in_koha and not findings.status.paused and isinstance(asked, Quick):
            self._queue.want_full("writing was resumed in Koha")
        self._was_paused_in_koha = findings.status.paused
        self._events.cycle_done(findings, seconds, has_plugin=self._has_plugin)
        if isinstance(asked, Full):
            self._forget_what_is_old()
            self._exchanges.tell()
            self._full(findings, self._house.configuration.loaded)
            if findings.done():
                self._wrote()

    def _usable(self, now: datetime) -> frozenset[Approval]:
        house = self._house
        return frozenset(house.journal.approvals(house.configuration.policy.policy.digest, now))

    def _note_useless_approvals(self, before: frozenset[Approval], findings: Findings) -> None:
        """Approvals that a full cycle saw and did not spend (in release-only nothing is added) ask for no other one,
        unless it was stopped or not answered."""
        broken_off = findings.stopped is not None or findings.results()[Result.UNANSWERED] > 0
        with suppress(JournalError):
            self._of_no_use = frozenset() if broken_off else before & self._usable(self._now())

    def _forget_what_is_old(self) -> None:
        """Retention: once after every full cycle. A journal that cannot be pruned just now is tried again then."""
        kept, now = self._house.configuration.loaded.settings.journal, self._now()
        try:
            gone = self._house.journal.prune(
                now - timedelta(days=kept.keep_days), now - timedelta(days=kept.keep_cycles_days)
            )
        except JournalError as error:
            self._log.warning("journal not pruned", error=str(error))
            return
        if any(gone.values()):
            self._log.info("journal pruned", **gone)

    def _failed(
        self, asked: Full | Quick | None, began: datetime, error: Exception, message: str, seconds: float
    ) -> None:
        self._leave()
        self._unmoved.forget()
        now = self._now()
        if asked is not None:
            self._queue.failed(asked, began, now)
        if self._house.stop.is_set() and not isinstance(error, JournalError):
            self._log.info("cycle broke off while stopping", error=message)
            return
        self._events.cycle_failed(_kind(asked), error, message, seconds, now)

    @property
    def _mode(self) -> Mode:
        return self._house.configuration.loaded.settings.mode

    def _now(self) -> datetime:
        return self._house.clock.now()


def _kind(asked: Full | Quick | None) -> str:
    if asked is None:
        return "unbegun"
    return "quick" if isinstance(asked, Quick) else "full"
