"""`cardwarden daemon`: puts the parts together, and waits for signals until it is told to stop."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Final, TypeAlias

import structlog

from sidecar import wiring
from sidecar.errors import Busy, JournalError
from sidecar.ports import Journal
from sidecar.serve.alerts.book import AlertBook
from sidecar.serve.alerts.channels import channels_of
from sidecar.serve.alerts.delivery import Delivery
from sidecar.serve.alerts.ping import ping_of
from sidecar.serve.alerts.reports import ReportMail
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.events import CycleEvents
from sidecar.serve.gates import GateWatch, gates_in_words
from sidecar.serve.liveness.aside import Aside, Late
from sidecar.serve.liveness.lastresort import LastResort
from sidecar.serve.liveness.pulse import Part, Pulse, longest_rests
from sidecar.serve.liveness.systemd import ALIVE, READY, STOPPING, Supervisor
from sidecar.serve.logs import configure_logs, place_of
from sidecar.serve.pages.metrics import Metrics
from sidecar.serve.pages.server import build_pages, listening
from sidecar.serve.pages.shown import Shown
from sidecar.serve.schedule.scheduler import CycleScheduler
from sidecar.serve.state import Board, State
from sidecar.serve.worker import House, Worker
from sidecar.settings import LoadedSettings

STOP: Final = "stop"
RELOAD: Final = "reload"
LOST: Final = "lost"

Told: TypeAlias = SimpleQueue[str]
"""What the daemon was told. A signal handler may put into it whatever the main thread is doing."""

_GRACE: Final = 7.5
"""Seconds that a cycle has to come to its next batch's end while the daemon stops."""

_LAST_WORDS: Final = 2.0
"""Seconds that alerts have to get out after that. Then the pages and the seats on the journal have what is left until
the last resort."""

_RENEWAL: Final = 5.0
"""Seconds that the watch waits for the journal: it has other things to look at."""


def run_daemon(loaded: LoadedSettings) -> int:
    """Run until SIGTERM or SIGINT; gives the exit code. Raises a CardwardenError if it cannot start at all."""
    told: Told = SimpleQueue()
    with ExitStack() as stack:
        resort, supervisor = stack.enter_context(LastResort()), Supervisor.of(os.environ)
        # Before all else: a reload that comes while it starts must not end it, and a journal that hangs must not keep
        # it from ending.
        stack.enter_context(_signals_to(told))
        token, ping = loaded.listen_token(), ping_of(loaded)
        loaded.client_secret()
        loaded.report_mail()
        configuration, clock = LiveConfiguration(loaded), wiring.SystemClock()
        channels = channels_of(loaded, configuration.policy.policy.name)
        log = configure_logs(loaded.settings.log)
        journal = stack.enter_context(wiring.opened_journal(loaded, clock))
        stack.enter_context(wiring.only_daemon(journal, clock, loaded.settings.mode))
        alerts = AlertBook(wiring.state_file(loaded, journal, "alerts"), (each.name for each in channels), log)
        board = Board(_first_state(configuration, journal, clock.now()))
        metrics = Metrics(board, alerts)
        reports = ReportMail(
            wiring.state_file(loaded, journal, "report"),
            clock,
            log,
            gates=lambda: gates_in_words(board.now.gates, alerts.zone),
        )
        delivery = Delivery(alerts, channels, log, ping=ping, reports=reports)
        house = House(configuration, journal, clock, threading.Event(), Pulse())
        daemon = Daemon(house, board, metrics, alerts, delivery, log, told, supervisor=supervisor, resort=resort)
        pages = build_pages(Shown(board, metrics, alerts, configuration, journal, clock, house.pulse), token, log)
        port = stack.enter_context(listening(pages, loaded.settings.listen, loaded.settings.login))
        log.info("started", mode=str(loaded.settings.mode), policy=str(configuration.policy.path), port=port)
        code = daemon.run()
    log.info("stopped")
    return code


class Daemon:
    """The parts at work. Cycles run in one thread, the watch in a second, alerts in a third, the pages in a fourth, and
    looks at the gates in a fifth."""

    def __init__(
        self,
        house: House,
        board: Board,
        metrics: Metrics,
        alerts: AlertBook,
        delivery: Delivery,
        log: structlog.stdlib.BoundLogger,
        told: Told,
        *,
        supervisor: Supervisor,
        resort: LastResort,
    ) -> None:
        self._house = house
        self._board = board
        self._delivery = delivery
        self._supervisor = supervisor
        self._resort = resort
        self._renewal = Aside("lease", lambda: house.journal.renew(house.clock.now()))
        self._log = log
        self._told = told
        self._events = CycleEvents(board, metrics, alerts, house.configuration, log)
        self._gates = GateWatch(house.configuration, house.clock, house.stop, self._events)
        self._worker = Worker(
            house, self._events, log, changed=self._follow_settings, wrote=self._gates.want, full=delivery.offer
        )
        self._scheduler = CycleScheduler(
            scheduled=lambda: self._then_tell(self._worker.scheduled),
            tick=lambda: self._then_tell(self._worker.tick),
            watch=self._watch,
            broke=lambda error: self._log.error("a mistake in Cardwarden", where=place_of(error)),
        )

    def run(self) -> int:
        """Work until told to stop; gives the exit code."""
        self._events.started(self._house.clock.now())
        self._delivery.start()
        self._gates.start()
        self._use_schedule()
        self._supervisor.tell(READY)
        with self._scheduler.running(_GRACE):
            code = self._obey()
        if self._scheduler.has_ended:
            self._worker.close()
        else:
            self._log.warning("a cycle that waits for Koha or the journal is broken off; the next one settles it")
        self._gates.close()
        self._delivery.stop(_LAST_WORDS)
        return code

    def _obey(self) -> int:
        while True:
            match self._hear():
                case None:
                    self._vouch()
                case told if told == RELOAD:
                    self._scheduler.soon(lambda: self._then_tell(self._worker.reload))
                case told:
                    code = 0 if told == STOP else 1
                    self._resort.arm(code)
                    self._supervisor.tell(STOPPING)
                    self._house.stop.set()
                    return code

    def _hear(self) -> str | None:
        """What the daemon is told; None when it is time to say that it lives."""
        try:
            return self._told.get(timeout=self._supervisor.rest)
        except Empty:
            return None

    def _vouch(self) -> None:
        """Tell the supervisor that the daemon lives, as long as its threads do."""
        stopped = self._house.pulse.stopped(longest_rests(self._house.configuration.loaded.settings))
        if stopped:
            self._log.error("this daemon hangs, so nothing is said to the supervisor", reasons=stopped)
        else:
            self._supervisor.tell(ALIVE)

    def _then_tell(self, call: Callable[[], None]) -> None:
        before = self._board.now.last_full
        call()
        now = self._house.clock.now()
        self._board.note(lambda state: replace(state, next_full=self._scheduler.next_full(now)))
        if self._board.now.last_full != before:
            self._delivery.ping()
        self._delivery.wake()

    def _follow_settings(self) -> None:
        loaded = self._house.configuration.loaded
        library = self._house.configuration.policy.policy.name
        self._delivery.use(channels_of(loaded, library), ping_of(loaded))
        self._use_schedule()

    def _use_schedule(self) -> None:
        configuration = self._house.configuration
        self._scheduler.use(configuration.loaded.settings.schedule, configuration.policy.policy.time_zone)

    def _watch(self) -> None:
        """A sign of life on the journal, and whatever time alone makes worse."""
        self._house.pulse.beat(Part.WATCH)
        problem = self._hold_journal()
        now = self._house.clock.now()
        self._events.journal_seen(problem, now)
        self._events.watch(now)
        self._delivery.wake()

    def _hold_journal(self) -> str | None:
        """Renew the seats; why that is not possible, if it is not. A journal that hangs does so aside."""
        try:
            self._renewal.ask(_RENEWAL)
        except Busy as error:
            self._log.error("the journal was taken by another, so this daemon ends", error=str(error))
            self._told.put(LOST)
        except JournalError as error:
            return str(error)
        except Late:
            return "It says nothing at all."
        return None


@contextmanager
def _signals_to(told: Told) -> Iterator[None]:
    """SIGTERM and SIGINT end the daemon after the batch that is being written; SIGHUP reads everything again."""

    def hear(number: int, _frame: FrameType | None) -> None:
        told.put(RELOAD if number == signal.SIGHUP else STOP)

    before = {number: signal.signal(number, hear) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _first_state(configuration: LiveConfiguration, journal: Journal, now: datetime) -> State:
    policy = configuration.policy.policy
    return State(
        mode=str(configuration.loaded.settings.mode),
        started=now,
        policy_name=policy.name,
        policy_digest=policy.digest,
        last_full=journal.last_full(),
    )
