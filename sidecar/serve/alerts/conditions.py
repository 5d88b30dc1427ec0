"""Which alerts begin and end as cycles come to their end or fail, as files are read, and as time goes by."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from sidecar.cycle.findings import Findings
from sidecar.errors import PluginGone
from sidecar.language import speaking
from sidecar.ports import Mode
from sidecar.serve.alerts import messages as causes
from sidecar.serve.alerts.backlog import Remains
from sidecar.serve.alerts.book import AlertBook, Cause
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.state import ClaimsState, GateState, Limits, State, limits_of, local, still_failing

_SILENT: Final = timedelta(seconds=40)
"""A database that is started anew is away for as long."""


_Told = ParamSpec("_Told")


def _in_our_language(
    tell: Callable[Concatenate["AlertConditions", _Told], None],
) -> Callable[Concatenate["AlertConditions", _Told], None]:
    """What begins is said in the language of the settings, in whichever thread."""

    @wraps(tell)
    def told(self: "AlertConditions", /, *args: _Told.args, **kwargs: _Told.kwargs) -> None:
        with speaking(self._configuration.language):
            tell(self, *args, **kwargs)

    return told


class AlertConditions:
    """Begins and ends alerts. Moments in them are in the library's own time."""

    def __init__(self, alerts: AlertBook, configuration: LiveConfiguration) -> None:
        self._alerts = alerts
        self._configuration = configuration
        self._refused = 0
        self._use_zone()

    def started(self, now: datetime) -> None:
        """Settings and policy could be used, whatever the daemon before this one said of them."""
        self._alerts.end(Cause.SETTINGS_REFUSED, now)
        self._alerts.end(Cause.POLICY_REFUSED, now)

    @_in_our_language
    def policy_seen(self, now: datetime) -> None:
        """The policy file was read again."""
        self._use_zone()
        if self._configuration.policy_refused is None:
            self._alerts.end(Cause.POLICY_REFUSED, now)
        else:
            self._alerts.begin(causes.policy_refused(self._configuration.policy_refused), now)

    @_in_our_language
    def settings_seen(self, now: datetime) -> None:
        """The settings were read again."""
        if self._configuration.settings_refused is None:
            self._alerts.end(Cause.SETTINGS_REFUSED, now)
        else:
            self._alerts.begin(causes.settings_refused(self._configuration.settings_refused), now)

    @_in_our_language
    def pause_seen(self, since: datetime | None, now: datetime) -> None:
        """Whether writing is paused: that is told only when it lasts."""
        if since is None:
            self._alerts.end(Cause.PAUSED, now)
        elif now - since > self._limits.paused_longer_than:
            self._alerts.begin(causes.paused(self._local(since)), now)

    @_in_our_language
    def journal_seen(self, state: State, now: datetime) -> None:
        """Whether the journal answers: told when it has not for a while, within two minutes."""
        since = state.journal_silent_since
        if since is None:
            self._alerts.end(Cause.NO_JOURNAL, now)
        elif now - since >= _SILENT:
            self._alerts.begin(causes.no_journal(self._local(since), state.journal_problem or ""), now)

    @_in_our_language
    def cycle_failed(self, kind: str, error: Exception, state: State, now: datetime) -> None:
        """A cycle broke off."""
        failures = state.failures[kind]
        if isinstance(error, PluginGone):
            self._alerts.begin(causes.plugin_gone(failures.reason), now)
        if failures.last_too_long(self._limits):
            first, last = self._local(failures.first), self._local(failures.last)
            self._alerts.begin(causes.failing(kind, failures, first, last), now)

    @_in_our_language
    def cycle_done(self, findings: Findings, *, quick: bool) -> None:
        """A cycle came to its end. `quick`: there are quick ones."""
        now, alerts = findings.finished, self._alerts
        alerts.end(Cause.PLUGIN_GONE, now)
        alerts.end(Cause.NO_CYCLE, now)
        for kind in set(alerts.subjects(Cause.FAILING)) - still_failing(findings.kind, quick=quick):
            alerts.end(Cause.FAILING, now, subject=kind)
        if findings.status.paused:
            alerts.begin(causes.paused_in_koha(), now)
        else:
            alerts.end(Cause.PAUSED_IN_KOHA, now)
        drift = causes.drift(findings)
        if drift is not None:
            alerts.begin(drift, now)
        if findings.kind == "full":
            alerts.end(Cause.NO_FULL_CYCLE, now)
            if drift is None:
                alerts.end(Cause.DRIFT, now)
        if findings.clocks is not None:
            alerts.begin(causes.clocks_apart(findings.clocks), now)
        else:
            alerts.end(Cause.CLOCKS_APART, now)
        if findings.unreached is not None:
            alerts.begin(causes.scope_reaches_nobody(findings.unreached), now)
        elif findings.kind == "full":
            alerts.end(Cause.SCOPE_REACHES_NOBODY, now)
        self._fitness_seen(findings)

    def _fitness_seen(self, findings: Findings) -> None:
        """What the policy asks for and Koha cannot do, and what Koha does to cards that are clear: their number is
        known from full cycles."""
        now, alerts, fitness = findings.finished, self._alerts, findings.fitness
        if fitness.errors:
            alerts.begin(causes.policy_does_not_fit(fitness.errors), now)
        else:
            alerts.end(Cause.POLICY_DOES_NOT_FIT, now)
        if findings.kind == "full":
            self._refused = len(findings.refused_by_ils())
        if fitness.harms:
            alerts.begin(causes.refused_by_koha(fitness.harms, self._refused), now)
        else:
            alerts.end(Cause.REFUSED_BY_KOHA, now)

    @_in_our_language
    def left_over(self, findings: Findings, before: Remains, after: Remains) -> None:
        """What brakes hold and Koha refuses now. What an earlier daemon told of is over only with a full cycle."""
        now, alerts, full = findings.finished, self._alerts, findings.kind == "full"
        held = {hold.subject: causes.held_back(hold) for hold in after.holds}
        for alert in held.values():
            alerts.begin(alert, now)
        known = alerts.subjects(Cause.HELD_BACK) if full else [hold.subject for hold in before.holds]
        for subject in set(known) - held.keys():
            alerts.end(Cause.HELD_BACK, now, subject=subject)
        if after.refusals:
            alerts.begin(causes.refused(after.refusals), now)
        elif (full or before.refusals) and _tried_all(findings):
            alerts.end(Cause.REFUSED, now)

    @_in_our_language
    def claims_seen(self, claims: ClaimsState, now: datetime, *, exchanged: bool) -> None:
        """How the claims stand. `exchanged`: after an exchange, which alone says anything of the office."""
        alerts, days = self._alerts, self._configuration.loaded.settings.collection.answer_days
        told = [
            (Cause.CLAIMS_LATE, causes.claims_late(claims.late, days) if claims.late else None),
            (Cause.CLAIMS_FOR_STAFF, causes.claims_for_staff(claims.for_staff) if claims.for_staff else None),
        ]
        if exchanged and claims.trouble is None:
            told.append((Cause.OFFICE_UNREACHABLE, None))
            told.append((Cause.OFFICE_FILES, causes.office_files(claims.problems) if claims.problems else None))
        elif exchanged and claims.tries >= self._limits.failures:
            unreachable = causes.office_unreachable(claims.tries, claims.trouble or "", claims.files_waiting)
            told.append((Cause.OFFICE_UNREACHABLE, unreachable))
        for cause, alert in told:
            if alert is None:
                alerts.end(cause, now)
            else:
                alerts.begin(alert, now)

    @_in_our_language
    def gates_seen(self, gates: Mapping[str, GateState], now: datetime) -> None:
        """What the gates did when they were last asked; of one that is no longer there nothing is told."""
        alerts = self._alerts
        for cause in (Cause.GATE_OPEN, Cause.GATE_UNREACHABLE):
            for gone in set(alerts.subjects(cause)) - gates.keys():
                alerts.end(cause, now, subject=gone)
        for name, gate in gates.items():
            if gate.trouble is not None:
                if gate.tries >= self._limits.failures:
                    alerts.begin(causes.gate_unreachable(name, gate.tries, gate.trouble), now)
                continue
            alerts.end(Cause.GATE_UNREACHABLE, now, subject=name)
            if gate.is_open:
                alerts.begin(causes.gate_open(name, gate.is_open), now)
            else:
                alerts.end(Cause.GATE_OPEN, now, subject=name)

    def gates_in_doubt(self) -> bool:
        """Whether something of a gate stands."""
        return any(self._alerts.subjects(cause) for cause in (Cause.GATE_OPEN, Cause.GATE_UNREACHABLE))

    @_in_our_language
    def watch(self, state: State, now: datetime) -> None:
        """What time alone can make worse. Of cycles nothing is said before the first one has ended."""
        self.journal_seen(state, now)
        self.pause_seen(state.paused_since, now)
        if state.last_finished is None:
            return
        full = state.last_full or state.started
        if now - full > self._limits.full_older_than:
            oldest = self._configuration.loaded.settings.alerts.full_older_than
            self._alerts.begin(causes.no_full_cycle(self._local(full), oldest), now)
        if state.is_overdue(now):
            self._alerts.begin(causes.no_cycle(self._local(state.last_good or state.started)), now)

    @property
    def _limits(self) -> Limits:
        return limits_of(self._configuration.loaded.settings)

    def _use_zone(self) -> None:
        self._alerts.zone = self._configuration.policy.policy.time_zone

    def _local(self, moment: datetime) -> str:
        return local(moment, self._configuration.policy.policy.time_zone)


def _tried_all(findings: Findings) -> bool:
    return findings.mode is Mode.DRY_RUN or (findings.applied and findings.stopped is None)
