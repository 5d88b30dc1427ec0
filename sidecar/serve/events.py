"""Tells everybody what the cycles did: the log, the state that the pages show, the metrics, the alerts."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from sidecar import wiring
from sidecar.core.plan import ChangeKind
from sidecar.cycle.findings import Findings
from sidecar.language import speaking
from sidecar.report import head_lines
from sidecar.report.counted.cards import Cards, count_cards
from sidecar.serve.alerts.backlog import Backlog, Remains, waiting
from sidecar.serve.alerts.book import AlertBook
from sidecar.serve.alerts.conditions import AlertConditions
from sidecar.serve.configuration import LiveConfiguration
from sidecar.serve.logs import place_of
from sidecar.serve.pages.metrics import Metrics
from sidecar.serve.pages.showing.report import last_report
from sidecar.serve.state import Board, ClaimsState, GateState, State, iso, limits_of, still_failing


class CycleEvents:
    """One place for all that is said of cycles. Counts and identifiers of rules only; never names."""

    def __init__(
        self,
        board: Board,
        metrics: Metrics,
        alerts: AlertBook,
        configuration: LiveConfiguration,
        log: structlog.stdlib.BoundLogger,
    ) -> None:
        self._board = board
        self._metrics = metrics
        self._conditions = AlertConditions(alerts, configuration)
        self._backlog = Backlog()
        self._configuration = configuration
        self._log = log
        self._telling = threading.Lock()

    def started(self, now: datetime) -> None:
        """The daemon has begun, with settings and a policy that can be used."""
        self._conditions.started(now)

    def policy_seen(self, before: str, *, changed: bool, now: datetime) -> None:
        """The policy file was read again."""
        refused, policy = self._configuration.policy_refused, self._configuration.policy.policy
        if changed:
            self._log.warning("policy changed", before=before, after=policy.digest)
        if refused is not None and refused != self._board.now.policy_refused:
            self._log.error("policy refused, the one before stays", reason=refused, digest=policy.digest)
        self._board.note(
            lambda state: replace(
                state,
                policy_refused=refused,
                policy_digest=policy.digest,
                policy_name=policy.name,
                overdue_after=self._overdue_after(has_plugin=state.has_plugin),
            )
        )
        self._conditions.policy_seen(now)

    def settings_seen(self, changed: Sequence[str], need_restart: Sequence[str], now: datetime) -> None:
        """The settings were read again."""
        refused = self._configuration.settings_refused
        self._board.note(lambda state: replace(state, settings_refused=refused))
        self._conditions.settings_seen(now)
        if refused is not None:
            self._log.error("settings refused, those before stay", reason=refused)
            return
        self._log.info("settings read again", changed=list(changed))
        if need_restart:
            self._log.warning("some settings change at the next start only", settings=list(need_restart))

    def journal_seen(self, problem: str | None, now: datetime) -> None:
        """The journal answered, or why it did not. One that is away for a moment is no news for people."""
        before = self._board.now
        since = None if problem is None else before.journal_silent_since or now
        if problem is not None and problem != before.journal_problem:
            self._log.error("the journal cannot be held", error=problem)
        elif problem is None and before.journal_silent_since is not None:
            self._log.info("the journal answers again", since=iso(before.journal_silent_since))
        self._board.note(lambda state: replace(state, journal_silent_since=since, journal_problem=problem))

    def pause_seen(self, since: datetime | None, now: datetime) -> None:
        """Since when the journal says that writing is paused, if it is."""
        self._board.note(lambda state: replace(state, paused_since=since))
        self._conditions.pause_seen(since, now)

    def cycle_done(self, findings: Findings, seconds: float, *, has_plugin: bool) -> None:
        """A cycle came to its end."""
        outcome = "pending" if findings.pending else "done"
        cards = count_cards(findings) if findings.kind == "full" else None
        self._log_cycle(findings, cards, seconds)
        self._log_fitness(findings)
        overdue_after = self._overdue_after(has_plugin=has_plugin)
        with self._telling:
            before = self._backlog.now
            self._backlog.take(findings)
            left = self._backlog.now
            self._board.note(
                lambda state: replace(
                    _after(state, findings, outcome, left, quick=overdue_after is not None),
                    has_plugin=has_plugin,
                    overdue_after=overdue_after,
                )
            )
            self.pause_seen(findings.paused_since, findings.finished)
            self._conditions.cycle_done(findings, quick=overdue_after is not None)
            self._conditions.left_over(findings, before, left)
        self._metrics.cycle_done(findings, outcome, seconds)
        self._show_patrons(findings, cards)

    def _show_patrons(self, findings: Findings, cards: Cards | None) -> None:
        """What the page shows of persons, if anybody can log in to see it; and how many cards are blocked."""
        self._board.note(lambda state: replace(state, cards=self._metrics.cards_blocked))
        if cards is not None:
            self._board.note(lambda state: replace(state, blocked=cards.now, yesterday=cards.yesterday))
        if not self._configuration.loaded.settings.login.is_on:
            return
        with self._telling:
            self._board.held = self._backlog.held
        if findings.kind == "full":
            self._keep_report(findings)

    def _keep_report(self, findings: Findings) -> None:
        """For the page. By now the cycle has written: a report that cannot be made is no failure of it."""
        try:
            with speaking(self._configuration.language):
                self._board.report = last_report(findings, wiring.beside_of(self._configuration.loaded))
        except Exception as error:  # noqa: BLE001 - whatever it is, the cycle was good
            self._log.error("the page's report could not be made", where=place_of(error))

    def cycle_stopped(self, kind: str, seconds: float) -> None:
        """The daemon was told to stop while a cycle ran."""
        self._log.info("cycle stopped", kind=kind, reason="the daemon was told to stop")
        self._metrics.cycle_failed(kind, "stopped", seconds)

    def cycle_failed(self, kind: str, error: Exception, message: str, seconds: float, now: datetime) -> None:
        """A cycle broke off. The next one tries again."""
        self._log.error("cycle failed", kind=kind, error=message)
        self._metrics.cycle_failed(kind, "failed", seconds)
        self._board.note(lambda state: state.with_failure(kind, now, message))
        self._conditions.cycle_failed(kind, error, self._board.now, now)

    def gates_seen(self, gates: Mapping[str, GateState], now: datetime) -> None:
        """The gates were asked, or could not be."""
        for name, gate in gates.items():
            if gate.trouble is not None:
                self._log.warning("gate not asked", gate=name, tries=gate.tries, error=gate.trouble)
            else:
                self._log.info("gate asked", gate=name, **gate.cards)
        self._board.note(lambda state: replace(state, gates=gates, gates_unread=None))
        self._conditions.gates_seen(gates, now)

    def gates_in_doubt(self) -> bool:
        """Whether an earlier daemon told of a gate what is not known to be over."""
        return self._conditions.gates_in_doubt()

    def gates_not_seen(self, problem: str) -> None:
        """No gate was asked, for what comes before it failed; the next look tries again."""
        self._log.warning("gates not asked", error=problem)
        self._board.note(lambda state: replace(state, gates_unread=problem))

    def claims_seen(self, claims: ClaimsState, now: datetime, *, exchanged: bool) -> None:
        """How the claims stand, after a full cycle or an exchange."""
        if exchanged:
            say = self._log.info if claims.trouble is None else self._log.warning
            say("exchange with the collection office", trouble=claims.trouble, files_waiting=claims.files_waiting)
            for problem in claims.problems:
                self._log.warning("the collection office's file", problem=problem)
        with self._telling:
            self._board.note(lambda state: replace(state, claims=claims))
            self._conditions.claims_seen(claims, now, exchanged=exchanged)

    def is_stale(self, now: datetime) -> bool:
        """Whether the last good full cycle is too long ago."""
        state = self._board.now
        return now - (state.last_full or state.started) > limits_of(self._configuration.loaded.settings).full_older_than

    def watch(self, now: datetime) -> None:
        """Whatever time alone can make worse."""
        with self._telling:
            self._conditions.watch(self._board.now, now)

    def _overdue_after(self, *, has_plugin: bool | None) -> timedelta | None:
        settings = self._configuration.loaded.settings
        if has_plugin is False or settings.schedule.quick_interval() is None:
            return None
        return limits_of(settings).patience

    def _log_cycle(self, findings: Findings, cards: Cards | None, seconds: float) -> None:
        planned = findings.plan.counts()
        quiet = findings.kind == "quick" and not len(findings.plan)
        (self._log.debug if quiet else self._log.info)(
            "cycle done",
            cycle=findings.cycle,
            kind=findings.kind,
            mode=str(findings.mode),
            applied=findings.applied,
            seconds=round(seconds, 3),
            patrons=findings.patrons,
            additions=planned[ChangeKind.ADD],
            removals=planned[ChangeKind.REMOVE],
            amendments=planned[ChangeKind.AMEND],
            done=len(findings.done()),
            held=len(findings.braked.held),
            pending=findings.pending,
            digest=findings.kept_digest,
            answers=findings.told.answers,
            released_in_koha=len(findings.released()),
            **({} if cards is None else {"cards": head_lines(cards, findings.policy.currency)[0]}),
            **{f"{phase}_ms": spent for phase, spent in findings.timings.items()},
        )
        if findings.told.trouble is not None:
            self._log.warning("Koha's pages not told", problem=findings.told.trouble)

    def _log_fitness(self, findings: Findings) -> None:
        """What cannot work is said at the start and when it changes, not every minute."""
        fitness = findings.fitness
        if fitness.sentences() == self._board.now.fitness:
            return
        for error in fitness.errors:
            self._log.error("the policy does not fit Koha", problem=error)
        for harm in fitness.harms:
            self._log.error("Koha refuses cards that are clear", problem=harm)
        for warning in fitness.warnings:
            self._log.warning("policy and Koha", warning=warning)


def _after(state: State, findings: Findings, outcome: str, left: Remains, *, quick: bool) -> State:
    full = findings.kind == "full"
    fitness = findings.fitness
    still = still_failing(findings.kind, quick=quick)
    return replace(
        state,
        last_finished=findings.finished,
        last_kind=findings.kind,
        last_outcome=outcome,
        last_error=None,
        last_full=findings.finished if full else state.last_full,
        last_quick=state.last_quick if full else findings.finished,
        failures={kind: state.failures[kind] for kind in still if kind in state.failures},
        paused_in_koha=findings.status.paused,
        ils=findings.status.description,
        patrons=findings.status.patron_count,
        pending=left.pending,
        waiting=waiting(left.holds),
        refused=len(left.refusals),
        fitness=fitness.sentences(),
        misfits=len(fitness.errors),
        refused_by_ils=findings.counts()["refused_by_ils"] if full else state.refused_by_ils,
        owing_nothing=findings.counts()["owing_nothing"] if full else state.owing_nothing,
    )
