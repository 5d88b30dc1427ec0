"""Tells everybody what the cycles did: the log, the state that the pages show, the metrics, the alerts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from sidecar.core.plan import ChangeKind
from sidecar.durations import parse_duration
from sidecar.errors import PluginGone
from sidecar.findings import Findings
from sidecar.fitness import policy_fits_ils
from sidecar.serve import causes
from sidecar.serve.alerts import AlertBook, Cause
from sidecar.serve.keeper import Keeper
from sidecar.serve.metrics import Metrics
from sidecar.serve.state import Board, State, Waiting, iso

_KEPT_PLANS = 3


class Reporter:
    """One place for all that is said of cycles. Counts and identifiers of rules only; never names."""

    def __init__(
        self,
        board: Board,
        metrics: Metrics,
        alerts: AlertBook,
        keeper: Keeper,
        log: structlog.stdlib.BoundLogger,
    ) -> None:
        self._board = board
        self._metrics = metrics
        self._alerts = alerts
        self._keeper = keeper
        self._log = log
        alerts.zone = keeper.policy.policy.time_zone

    def policy_seen(self, before: str, *, changed: bool, now: datetime) -> None:
        """The policy file was read again."""
        refused, policy = self._keeper.policy_refused, self._keeper.policy.policy
        self._alerts.zone = policy.time_zone
        if changed:
            self._log.warning("policy changed", before=before, after=policy.digest)
        if refused is not None and refused != self._board.now.policy_refused:
            self._log.error("policy refused, the one before stays", reason=refused, digest=policy.digest)
        self._board.note(
            lambda state: replace(state, policy_refused=refused, policy_digest=policy.digest, policy_name=policy.name)
        )
        if refused is None:
            self._alerts.end(Cause.POLICY_REFUSED, now)
        else:
            self._alerts.begin(causes.policy_refused(refused), now)

    def settings_seen(self, changed: Sequence[str], need_restart: Sequence[str], now: datetime) -> None:
        """The settings were read again."""
        refused = self._keeper.settings_refused
        self._board.note(lambda state: replace(state, settings_refused=refused))
        if refused is not None:
            self._log.error("settings refused, those before stay", reason=refused)
            self._alerts.begin(causes.settings_refused(refused), now)
            return
        self._alerts.end(Cause.SETTINGS_REFUSED, now)
        self._log.info("settings read again", changed=list(changed))
        if need_restart:
            self._log.warning("some settings change at the next start only", settings=list(need_restart))

    def cycle_done(self, findings: Findings, seconds: float, *, has_plugin: bool) -> None:
        """A cycle came to its end."""
        outcome = "pending" if findings.pending else "done"
        self._log_cycle(findings, seconds)
        self._log_fitness(findings)
        self._board.note(lambda state: _after(state, findings, outcome, has_plugin=has_plugin))
        self._metrics.cycle_done(findings, outcome, seconds)
        self._alert(findings)

    def cycle_stopped(self, kind: str, seconds: float) -> None:
        """The daemon was told to stop while a cycle ran."""
        self._log.info("cycle stopped", kind=kind, reason="the daemon was told to stop")
        self._metrics.cycle_failed(kind, "stopped", seconds)

    def cycle_failed(self, kind: str, error: Exception, message: str, seconds: float, now: datetime) -> None:
        """A cycle broke off. The next one tries again."""
        self._log.error("cycle failed", kind=kind, error=message)
        self._metrics.cycle_failed(kind, "failed", seconds)
        self._board.note(
            lambda state: replace(
                state,
                last_finished=now,
                last_kind=kind,
                last_outcome="failed",
                last_error=message,
                failures_in_a_row=state.failures_in_a_row + 1,
            )
        )
        if isinstance(error, PluginGone):
            self._alerts.begin(causes.plugin_gone(message), now)
        count = self._board.now.failures_in_a_row
        if count >= self._keeper.loaded.settings.alerts.failures:
            self._alerts.begin(causes.failing(count, message), now)

    def is_stale(self, now: datetime) -> bool:
        """Whether the last good full cycle is too long ago."""
        since = self._last_full()
        return now - since > parse_duration(self._keeper.loaded.settings.alerts.full_older_than)

    def watch(self, now: datetime) -> None:
        """Whatever time alone can make worse. Nothing is said before the first cycle has ended."""
        if self._board.now.last_finished is None or not self.is_stale(now):
            return
        oldest = self._keeper.loaded.settings.alerts.full_older_than
        self._alerts.begin(causes.no_full_cycle(iso(self._last_full()) or "", oldest), now)

    def _last_full(self) -> datetime:
        state = self._board.now
        return state.last_full or state.started

    def _log_cycle(self, findings: Findings, seconds: float) -> None:
        planned = findings.plan.counts()
        quiet = findings.kind == "quick" and not len(findings.plan)
        (self._log.debug if quiet else self._log.info)(
            "cycle done",
            cycle=findings.cycle,
            kind=findings.kind,
            mode=str(findings.mode),
            applied=findings.applied,
            seconds=round(seconds, 3),
            patrons=len(findings.decisions),
            additions=planned[ChangeKind.ADD],
            removals=planned[ChangeKind.REMOVE],
            amendments=planned[ChangeKind.AMEND],
            done=len(findings.done()),
            held=len(findings.braked.held),
            pending=findings.pending,
            digest=findings.kept_digest,
        )

    def _log_fitness(self, findings: Findings) -> None:
        """What cannot work is said at the start and when it changes, not every minute."""
        fitness = policy_fits_ils(findings.policy, findings.status)
        if fitness.sentences() == self._board.now.fitness:
            return
        for error in fitness.errors:
            self._log.error("the policy does not fit Koha", problem=error)
        for warning in fitness.warnings:
            self._log.warning("policy and Koha", warning=warning)

    def _alert(self, findings: Findings) -> None:
        now, alerts = findings.finished, self._alerts
        alerts.end(Cause.PLUGIN_GONE, now)
        alerts.end(Cause.FAILING, now)
        if findings.status.paused:
            alerts.begin(causes.paused_in_koha(), now)
        else:
            alerts.end(Cause.PAUSED_IN_KOHA, now)
        held, drift = causes.held_back(findings), causes.drift(findings)
        for alert in (*held, *([drift] if drift else [])):
            alerts.begin(alert, now)
        if findings.kind == "full":
            alerts.end(Cause.NO_FULL_CYCLE, now)
            if drift is None:
                alerts.end(Cause.DRIFT, now)
            for subject in set(alerts.subjects(Cause.HELD_BACK)) - {alert.subject for alert in held}:
                alerts.end(Cause.HELD_BACK, now, subject=subject)


def _after(state: State, findings: Findings, outcome: str, *, has_plugin: bool) -> State:
    full = findings.kind == "full"
    waiting = causes.waiting(findings)
    return replace(
        state,
        last_finished=findings.finished,
        last_kind=findings.kind,
        last_outcome=outcome,
        last_error=None,
        last_full=findings.finished if full else state.last_full,
        last_quick=state.last_quick if full else findings.finished,
        failures_in_a_row=0,
        has_plugin=has_plugin,
        paused_since=findings.paused_since,
        paused_in_koha=findings.status.paused,
        pending=findings.pending if full else state.pending,
        waiting=_waiting(() if full else state.waiting, waiting),
        fitness=policy_fits_ils(findings.policy, findings.status).sentences(),
    )


def _waiting(before: tuple[Waiting, ...], plan: Waiting | None) -> tuple[Waiting, ...]:
    """A full cycle's plan stands for all before it; a quick one's comes beside it."""
    if plan is None:
        return before
    return (*(one for one in before if one.digest != plan.digest), plan)[-_KEPT_PLANS:]
