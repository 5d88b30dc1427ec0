"""Exchanges with the collection office while the daemon runs: between two cycles, at the settings' times of day."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from sidecar import wiring
from sidecar.collection import Exchanged, exchange
from sidecar.core.collection.waiting import for_staff, late
from sidecar.errors import CardwardenError, Stopped
from sidecar.ports import Clock, Journal, Mode
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.events import CycleEvents
from sidecar.serve.schedule.times_of_day import TimesOfDay
from sidecar.serve.state import ClaimsState
from sidecar.settings.durations import parse_clock_time

AGAIN: Final = timedelta(minutes=10)
"""Until an exchange that failed is tried again."""


class Exchanges:
    """Remembers when the next one is. An office that is away ends no cycle: what was to be sent waits."""

    def __init__(
        self,
        configuration: LiveConfiguration,
        journal: Journal,
        clock: Clock,
        events: CycleEvents,
        log: structlog.stdlib.BoundLogger,
        sleep: Callable[[float], None],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._clock = clock
        self._events = events
        self._log = log
        self._sleep = sleep
        self._next: datetime | None = None
        self._tries = 0

    def use(self, now: datetime) -> None:
        """Follow the settings from now on; what waits for its delivery is sent at once."""
        self._next = now if self._is_wanted() and self._journal.undelivered() else self._next_time(now)

    def is_due(self, now: datetime) -> bool:
        """Whether it is time. Nothing leaves in a dry run or a pause."""
        if not self._is_wanted() or self._journal.paused_since is not None:
            return False
        if self._next is None:
            self.use(now)
        return self._next is not None and now >= self._next

    def run(self, there: wiring.Connected) -> bool:
        """One exchange; whether a block may stand otherwise now."""
        now, done, trouble = self._clock.now(), None, None
        try:
            done = self._exchange(there)
            trouble = done.trouble
        except Stopped:
            raise
        except CardwardenError as error:
            trouble = str(error)
        self._tries = 0 if trouble is None else self._tries + 1
        self._next = self._next_time(now) if trouble is None else self._clock.now() + AGAIN
        self.tell(done, trouble)
        return done is not None and done.moved

    def tell(self, done: Exchanged | None = None, trouble: str | None = None) -> None:
        """How the claims stand, to the pages, the metrics and the alerts."""
        claims, now = self._journal.claims(), self._clock.now()
        if not claims and done is None and trouble is None:
            return
        settings, zone = self._configuration.loaded.settings, self._configuration.policy.policy.time_zone
        problems = (
            ()
            if done is None
            else tuple(
                f"{file.name}:{problem.line}: {problem.what}" for file in done.heard.files for problem in file.problems
            )
        )
        unread = () if done is None else tuple(f"{name} is not whole" for name, _ in done.heard.unread)
        state = ClaimsState(
            by_state=dict(Counter(claim.state.value for claim in claims)),
            late=len(late(claims, zone, now, settings.collection.answer_days)),
            for_staff=len(for_staff(claims)),
            files_waiting=len(self._journal.undelivered()),
            trouble=trouble,
            tries=self._tries,
            problems=(*problems, *unread),
        )
        self._events.claims_seen(state, now, exchanged=done is not None or trouble is not None)

    def _exchange(self, there: wiring.Connected) -> Exchanged:
        contacts = there.contacts or wiring.NoContacts()
        loaded, policy = self._configuration.loaded, self._configuration.policy.policy
        return exchange(wiring.exchange_of(loaded, policy, self._journal, self._clock, contacts, sleep=self._sleep))

    def _is_wanted(self) -> bool:
        settings = self._configuration.loaded.settings
        return settings.collection.office is not None and settings.mode is not Mode.DRY_RUN

    def _next_time(self, now: datetime) -> datetime | None:
        times = [parse_clock_time(at) for at in self._configuration.loaded.settings.collection.send]
        zone = self._configuration.policy.policy.time_zone
        return TimesOfDay(times, zone).get_next_fire_time(now, now)
