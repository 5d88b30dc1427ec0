"""`/metrics`: counters of what happened and gauges of how it stands, in a registry of their own."""

import platform
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sidecar.core.collection.claim import ClaimState
from sidecar.core.gates import GateOutcome
from sidecar.cycle.findings import Findings
from sidecar.serve.alerts.book import AlertBook, Cause
from sidecar.serve.pages.gauges import Gauges
from sidecar.serve.state import KINDS, Board

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)


class Metrics:
    """All metrics. Labels are rules, libraries, kinds and brakes; never patrons."""

    def __init__(self, board: Board, alerts: AlertBook) -> None:
        self._registry = CollectorRegistry()
        self._gauges = Gauges()
        self._cycles = Counter(
            "cardwarden_cycles", "Cycles by kind and outcome.", ["kind", "outcome"], registry=self._registry
        )
        self._seconds = Histogram(
            "cardwarden_cycle_duration_seconds",
            "How long cycles took.",
            ["kind"],
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._phases = Histogram(
            "cardwarden_cycle_phase_seconds",
            "How long each phase of a cycle took: pull, decide, plan, write.",
            ["kind", "phase"],
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._examined = Counter("cardwarden_patrons_examined", "Patrons looked at.", ["kind"], registry=self._registry)
        self._changes = Counter(
            "cardwarden_changes",
            "Changes that were to be written, by how they ended.",
            ["rule", "kind", "result"],
            registry=self._registry,
        )
        self._registry.register(_Standing(board, alerts, self._gauges))

    def cycle_done(self, findings: Findings, outcome: str, seconds: float) -> None:
        """Count a cycle that came to its end."""
        self._cycles.labels(findings.kind, outcome).inc()
        self._seconds.labels(findings.kind).observe(seconds)
        for phase, spent in findings.timings.items():
            self._phases.labels(findings.kind, phase.value).observe(spent / 1000)
        self._examined.labels(findings.kind).inc(findings.patrons)
        for change in findings.done():
            self._changes.labels(change.rule, str(change.kind), str(findings.outcomes[change.patron].result)).inc()
        for change, answer in findings.not_done():
            result = "not_sent" if answer is None else str(answer.result)
            self._changes.labels(change.rule, str(change.kind), result).inc()
        self._gauges.paint(findings)

    @property
    def cards_blocked(self) -> int:
        """How many cards have a block of ours in force."""
        return self._gauges.tally.cards

    def cycle_failed(self, kind: str, outcome: str, seconds: float) -> None:
        """Count a cycle that broke off."""
        self._cycles.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)


class _Standing(Collector):
    """How it stands, read when it is asked for."""

    def __init__(self, board: Board, alerts: AlertBook, gauges: Gauges) -> None:
        self._board = board
        self._alerts = alerts
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Every gauge."""
        yield from self._of_the_daemon()
        yield from self._of_the_library()

    def _of_the_daemon(self) -> Iterator[Metric]:
        state = self._board.now
        build = GaugeMetricFamily(
            "cardwarden_build_info", "Version and mode; always 1.", labels=["version", "python", "mode"]
        )
        build.add_metric([state.version, platform.python_version(), state.mode], 1)
        yield build
        success = GaugeMetricFamily(
            "cardwarden_last_success_timestamp_seconds", "When the last good cycle ended, by kind.", labels=["kind"]
        )
        for kind, moment in (("full", state.last_full), ("quick", state.last_quick)):
            if moment is not None:
                success.add_metric([kind], moment.timestamp())
        yield success
        failures = GaugeMetricFamily(
            "cardwarden_failures_in_a_row", "Cycles that failed since the last good one of their kind.", labels=["kind"]
        )
        for kind in sorted({*KINDS, *state.failures}):
            failures.add_metric([kind], state.failures[kind].count if kind in state.failures else 0)
        yield failures
        if state.overdue_after is not None:
            yield GaugeMetricFamily(
                "cardwarden_overdue_after_seconds",
                "How long no cycle of any kind may come to a good end; absent without quick cycles.",
                value=state.overdue_after.total_seconds(),
            )
        simple: dict[str, tuple[str, float]] = {
            "started_timestamp_seconds": ("When the daemon started.", state.started.timestamp()),
            "policy_refused": (
                "1 while the policy file cannot be used and an older policy runs on.",
                state.policy_refused is not None,
            ),
            "settings_refused": (
                "1 if the settings were refused at the last SIGHUP.",
                state.settings_refused is not None,
            ),
            "journal_silent": ("1 while the journal does not answer.", state.journal_silent_since is not None),
            "paused": ("1 while `cardwarden pause` stops all writes.", state.paused_since is not None),
            "paused_in_koha": ("1 while the plugin's own switch stops all writes.", state.paused_in_koha),
            "pending_changes": ("Changes that were planned and are not made.", state.pending),
            "refused_changes": ("Changes that Koha refused when they were last tried.", state.refused),
            "blocked_owing_nothing": (
                "Cards that owe nothing and are blocked by us, as of the last full cycle.",
                state.owing_nothing,
            ),
            "clear_refused_by_koha": (
                "Clear cards that Koha by its own limits lends nothing to, as of the last full cycle.",
                state.refused_by_ils,
            ),
            "policy_misfits": ("What the policy asks for and this Koha cannot do.", state.misfits),
        }
        for name, (text, value) in simple.items():
            yield GaugeMetricFamily(f"cardwarden_{name}", text, value=float(value))
        alerts = GaugeMetricFamily("cardwarden_alerts", "Alerts that stand, by cause.", labels=["cause"])
        for cause in Cause:
            alerts.add_metric([cause], len(self._alerts.subjects(cause)))
        yield alerts
        yield from self._of_the_gates()
        yield from self._of_the_claims()

    def _of_the_claims(self) -> Iterator[Metric]:
        claims = self._board.now.claims
        if claims is None:
            return
        by_state = GaugeMetricFamily("cardwarden_claims", "Claims, by where they stand.", labels=["state"])
        for state in ClaimState:
            by_state.add_metric([state.value], claims.by_state.get(state.value, 0))
        yield by_state
        simple = {
            "claims_late": ("Claims that have waited too long for the collection office.", claims.late),
            "claims_for_staff": ("Claims that wait for staff.", claims.for_staff),
            "office_files_waiting": ("Files that are not with the collection office yet.", claims.files_waiting),
            "office_failures_in_a_row": ("Exchanges that failed since the last good one.", claims.tries),
        }
        for name, (text, value) in simple.items():
            yield GaugeMetricFamily(f"cardwarden_{name}", text, value=float(value))

    def _of_the_gates(self) -> Iterator[Metric]:
        gates = self._board.now.gates
        cards = GaugeMetricFamily(
            "cardwarden_gate_cards", "Cards at the last look at a gate, by what it did.", labels=["gate", "result"]
        )
        looked = GaugeMetricFamily(
            "cardwarden_gate_looked_timestamp_seconds", "When a gate was last asked, or tried.", labels=["gate"]
        )
        silent = GaugeMetricFamily(
            "cardwarden_gate_unreachable", "1 while a gate cannot be asked at all.", labels=["gate"]
        )
        for name, gate in gates.items():
            for outcome in GateOutcome:
                cards.add_metric([name, outcome.value], gate.cards.get(outcome.value, 0))
            looked.add_metric([name], gate.looked.timestamp())
            silent.add_metric([name], float(gate.trouble is not None))
        yield from (cards, looked, silent)

    def _of_the_library(self) -> Iterator[Metric]:
        state, tally = self._board.now, self._gauges.tally
        blocks = GaugeMetricFamily(
            "cardwarden_blocks_in_force", "Our restrictions in force, by rule and library.", labels=["rule", "library"]
        )
        for (rule, library), number in sorted(tally.blocks.items()):
            blocks.add_metric([rule, library], number)
        yield blocks
        undecided = GaugeMetricFamily("cardwarden_undecided", "Patrons whose facts decide nothing.", labels=["rule"])
        for rule, number in sorted(tally.undecided.items()):
            undecided.add_metric([rule], number)
        yield undecided
        yield GaugeMetricFamily("cardwarden_drift", "Our rows that vanished in numbers.", value=tally.drift)
        held = GaugeMetricFamily("cardwarden_held_changes", "Changes held back, by brake.", labels=["brake"])
        for brake, number in sorted(state.held.items()):
            held.add_metric([brake], number)
        yield held
