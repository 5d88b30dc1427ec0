"""`cardwarden daemon`: full cycles at set times and every so often, one at a time, until told to stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType
from zoneinfo import ZoneInfo

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from sidecar import wiring
from sidecar.core.plan import ChangeKind
from sidecar.cycle import run_once
from sidecar.durations import parse_clock_time, parse_duration
from sidecar.errors import CardwardenError, Stopped
from sidecar.findings import Findings
from sidecar.serve.health import Health, HealthBoard, health_listener
from sidecar.serve.logs import configure_logs
from sidecar.serve.policy_keeper import PolicyKeeper
from sidecar.settings import LoadedSettings, ScheduleSettings


def run_daemon(loaded: LoadedSettings) -> int:
    """Run until SIGTERM or SIGINT; gives the exit code. Raises a CardwardenError if it cannot start at all."""
    log = configure_logs(loaded.settings.log)
    keeper = PolicyKeeper(lambda: wiring.policy_of(loaded))
    with wiring.opened_journal(loaded):
        pass
    clock = wiring.SystemClock()
    board = HealthBoard(
        Health(
            mode=loaded.settings.mode,
            started=_iso(clock.now()),
            policy_digest=keeper.current.policy.digest,
        )
    )
    stop = threading.Event()
    cycles = Cycles(loaded, keeper, board, log, stop)
    with health_listener(board, loaded.settings.listen) as port:
        log.info("started", mode=str(loaded.settings.mode), policy=str(keeper.current.path), health_port=port)
        _run_schedule(cycles, loaded.settings.schedule, keeper.current.policy.time_zone, stop)
    log.info("stopped")
    return 0


class Cycles:
    """One full cycle at a time, with the policy as it now is. An error is told and the next cycle tries again."""

    def __init__(
        self,
        loaded: LoadedSettings,
        keeper: PolicyKeeper,
        board: HealthBoard,
        log: structlog.stdlib.BoundLogger,
        stop: threading.Event,
    ) -> None:
        self._loaded = loaded
        self._keeper = keeper
        self._board = board
        self._log = log
        self._stop = stop

    def run(self) -> None:
        """Refresh the policy and run a cycle."""
        if self._stop.is_set():
            return
        self._refresh_policy()
        try:
            findings = self._cycle()
        except Stopped:
            self._log.info("cycle stopped", reason="the daemon was told to stop")
        except CardwardenError as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001 - months unattended: the next cycle tries again
            self._failed(f"a mistake in Cardwarden: {type(error).__name__}")
            self._log.exception("cycle broke")
        else:
            self._succeeded(findings)

    def _cycle(self) -> Findings:
        mode = self._loaded.settings.mode
        with wiring.connected(self._loaded) as connected, wiring.holding(connected.world, mode):
            order = replace(wiring.order_of(self._loaded, mode), stopping=self._stop.is_set)
            return run_once(connected.world, self._keeper.current.policy, order)

    def _refresh_policy(self) -> None:
        before = self._keeper.current.policy.digest
        if self._keeper.refresh():
            after = self._keeper.current.policy.digest
            self._log.warning("policy changed", before=before, after=after)
            self._board.note(lambda health: replace(health, policy_digest=after))
        if self._keeper.refused is not None:
            self._log.error("policy refused, the one before stays", reason=self._keeper.refused)
        self._board.note(lambda health: replace(health, policy_refused=self._keeper.refused))

    def _failed(self, message: str) -> None:
        self._log.error("cycle failed", error=message)
        finished = _iso(datetime.now(UTC))
        self._board.note(
            lambda health: replace(
                health,
                last_cycle_finished=finished,
                last_cycle_outcome="failed",
                last_error=message,
                failures_in_a_row=health.failures_in_a_row + 1,
            )
        )

    def _succeeded(self, findings: Findings) -> None:
        planned = findings.plan.counts()
        self._log.info(
            "cycle done",
            cycle=findings.cycle,
            mode=str(findings.mode),
            applied=findings.applied,
            patrons=len(findings.decisions),
            additions=planned[ChangeKind.ADD],
            removals=planned[ChangeKind.REMOVE],
            amendments=planned[ChangeKind.AMEND],
            done=len(findings.done()),
            held=len(findings.braked.held),
            pending=findings.pending,
            digest=findings.kept_digest,
        )
        for warning in findings.warnings:
            self._log.warning("policy and Koha", warning=warning)
        finished = _iso(findings.finished)
        self._board.note(
            lambda health: replace(
                health,
                last_cycle_finished=finished,
                last_cycle_outcome="pending" if findings.pending else "done",
                last_success=finished,
                last_error=None,
                failures_in_a_row=0,
            )
        )


def triggers(schedule: ScheduleSettings, zone: ZoneInfo) -> list[BaseTrigger]:
    """When full cycles run, in the library's time zone, which every trigger is told."""
    made: list[BaseTrigger] = [
        CronTrigger(hour=at.hour, minute=at.minute, timezone=zone) for at in map(parse_clock_time, schedule.full)
    ]
    if schedule.every is not None:
        made.append(IntervalTrigger(seconds=int(parse_duration(schedule.every).total_seconds()), timezone=zone))
    return made


def _run_schedule(cycles: Cycles, schedule: ScheduleSettings, zone: ZoneInfo, stop: threading.Event) -> None:
    """One worker, so that cycles never overlap; a missed run is made up for once."""
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=zone,
    )
    for trigger in (DateTrigger(datetime.now(UTC), timezone=zone), *triggers(schedule, zone)):
        scheduler.add_job(cycles.run, trigger)
    with _ended_by_signals(stop):
        scheduler.start()
        try:
            stop.wait()
        finally:
            scheduler.shutdown(wait=True)


@contextmanager
def _ended_by_signals(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT end the daemon after the batch that is being written."""

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
