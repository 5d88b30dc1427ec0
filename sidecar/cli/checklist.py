"""The checklist of `config check`: each thing that a daemon needs is tried, whatever became of the others."""

import shutil
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from sidecar import wiring
from sidecar.cli.output import say, say_hanging
from sidecar.errors import CardwardenError
from sidecar.fitness.clocks import clocks_agree
from sidecar.fitness.daemon import daemon_can_work
from sidecar.fitness.fitness import Fitness
from sidecar.fitness.stops import stop_table
from sidecar.fitness.whole import fitness_of
from sidecar.policy import LoadedPolicy
from sidecar.ports import IlsStatus, Journal
from sidecar.report import stop_lines
from sidecar.settings import GateKind, LoadedSettings

WHAT_WIDTH: Final = 10
"""Room for what a line is of."""

ANSWERS_WITHIN: Final = 5.0
"""Seconds for whoever has no time limit of its own in the settings."""

OF_KOHA: Final = ("writing", "fit", "clocks", "stops")
"""What can only be told once Koha has answered."""


class State(StrEnum):
    """What came of a try. WRONG: a daemon would not do its work, so the exit code is 1; REFUSES: Koha itself refuses
    cards that the policy calls clear."""

    OK = "ok"
    WRONG = "wrong"
    NOT_TRIED = "not tried"
    WARNING = "warning"
    REFUSES = "refuses"
    NOTE = "note"


class Checklist:
    """Goes through everything, a line for each; what is wrong goes to standard error."""

    def __init__(self, loaded: LoadedSettings) -> None:
        self._loaded = loaded
        self._wrong = 0
        self._said: set[str] = set()

    def go_through(self) -> int:
        """All of it; the command's exit code."""
        loaded = self._loaded
        self._line(State.OK, "settings", f"{loaded.file or 'environment alone'}: fine; mode {loaded.settings.mode}")
        with self._trying("secrets"):
            loaded.check_secrets()
            self._line(State.OK, "secrets", "all that the settings name can be read")
        policy = self._policy()
        self._journal_and_koha(policy)
        self._office()
        self._gates()
        self._login()
        self._alerts()
        for warning in () if policy is None else policy.warnings:
            self._line(State.WARNING, "policy", warning)
        return 1 if self._wrong else 0

    def _policy(self) -> LoadedPolicy | None:
        with self._trying("policy"):
            found = wiring.policy_of(self._loaded)
            count = len(found.policy.rules)
            self._line(State.OK, "policy", f"{found.path}: no mistakes; {found.policy.name}, {count} rules")
            return found
        return None

    def _journal_and_koha(self, policy: LoadedPolicy | None) -> None:
        opened = False
        with self._trying("journal"), wiring.opened_journal(self._loaded) as journal:
            belongs = journal.bound_to or "none yet"
            self._line(State.OK, "journal", f"opened; belongs to installation: {belongs}")
            paused = journal.paused_since is not None
            opened = True
            self._koha(journal, policy)
            if paused:
                paused_words = "Writing is paused by `cardwarden pause`: cycles are dry runs until `cardwarden resume`."
                self._line(State.WARNING, "journal", paused_words)
        if not opened:
            self._untried(("koha", *OF_KOHA), "it goes by the journal, which must be set right first")

    def _koha(self, journal: Journal, policy: LoadedPolicy | None) -> None:
        status = None
        with self._trying("koha"), wiring.reached(self._loaded, journal, wiring.SystemClock()) as connected:
            status = connected.world.source.status()
            self._line(State.OK, "koha", f"{status.description}; {status.patron_count} patrons")
        if status is None:
            self._untried(OF_KOHA, "Koha must answer first")
            return
        mode = self._loaded.settings.mode
        fit = daemon_can_work(status, mode=mode, journal_of=journal.bound_to, instance=journal.instance_id)
        self._fitness("writing", fit, f"mode {mode} can do its work here")
        self._fit(policy, status)
        order = wiring.order_of(self._loaded, mode)
        apart = clocks_agree(status.as_of, wiring.SystemClock().now(), order.clock_tolerance)
        self._fitness("clocks", Fitness((apart,) if apart else ()), "Koha's clock and this machine's agree")
        self._line(State.OK, "stops", "what a restriction stops in this Koha:")
        for line in stop_lines(stop_table(status), status):
            say(f"{'':10}{line}")

    def _fit(self, policy: LoadedPolicy | None, status: IlsStatus) -> None:
        if policy is None:
            self._untried(("fit",), "the policy must be set right first")
            return
        order = wiring.order_of(self._loaded, self._loaded.settings.mode)
        fit = fitness_of(policy.policy, order.limits, order.scope, status)
        self._fitness("fit", fit, "the policy, the brakes and the scope fit this Koha")

    def _office(self) -> None:
        with self._trying("office"):
            office = wiring.office_of(self._loaded)
            if office is None:
                return
            asked = self._loaded.settings.collection
            problems = office.problems(answers=asked.answers)
            for problem in problems:
                self._line(State.WRONG, "office", f"Collection office: {problem}")
            if not problems:
                self._line(State.OK, "office", f"{office.address}: reached; profile {asked.profile}")

    def _gates(self) -> None:
        for name, gate in self._loaded.settings.gates.items():
            address = gate.url or "" if gate.kind is GateKind.ILSDI else f"{gate.host}:{gate.port}"
            self._reaching(f"gate {name}", address, gate.timeout, "`cardwarden verify` asks it of cards")

    def _login(self) -> None:
        """Without its login the daemon does its work, so what is wrong is a warning."""
        login = self._loaded.settings.login
        if login.header is not None:
            proxies = ", ".join(login.proxies)
            self._line(
                State.NOTE, "login", f"{login.header} is believed from {proxies}: only the proxy may connect there"
            )
        if login.issuer is None:
            return
        # Loaded where a provider is configured, and nowhere else.
        from sidecar.serve.pages.login.doors import provider_of  # noqa: PLC0415

        try:
            provider_of(self._loaded, wiring.SystemClock()).check()
        except CardwardenError as error:
            self._line(State.WARNING, "login", f"{login.issuer}: {error} See that login.issuer names it right")
        else:
            self._line(State.OK, "login", f"{login.issuer} answers; nobody was logged in")

    def _alerts(self) -> None:
        alerts = self._loaded.settings.alerts
        if alerts.command:
            program = alerts.command[0]
            if shutil.which(program) is None:
                self._line(State.WARNING, "alerts", f"{program} cannot be run: correct alerts.command, or its rights")
            else:
                self._line(State.OK, "alerts", f"{program} is there; it was not run")
        if alerts.mail.host is not None:
            address = f"{alerts.mail.host}:{alerts.mail.port}"
            self._reaching("mail", address, alerts.timeout, "no mail was sent")
        if alerts.ping_url is not None or alerts.ping_url_file is not None:
            self._untried(("ping",), "a ping would say that a cycle is well; the daemon's first one will show")

    def _reaching(self, what: str, address: str, timeout: float, then: str) -> None:
        """Whether somebody listens there. Nobody's work stops if not, so it is a warning."""
        trouble = wiring.cannot_reach(address, timeout)
        if trouble is None:
            self._line(State.OK, what, f"{address} answers; {then}")
        else:
            self._line(
                State.WARNING, what, f"{address}: {trouble}: see that it runs and that the settings name it right"
            )

    def _fitness(self, what: str, fit: Fitness, fine: str) -> None:
        for state, sentences in (
            (State.WRONG, fit.errors),
            (State.REFUSES, fit.harms),
            (State.WARNING, fit.warnings),
            (State.NOTE, fit.notes),
        ):
            for sentence in sentences:
                self._line(state, what, sentence)
        if not (fit.errors or fit.harms):
            self._line(State.OK, what, f"{fine}; see the warnings above" if fit.warnings else fine)

    def _trying(self, what: str) -> "_Trying":
        """Whatever goes wrong is a line, and the next thing is tried."""
        return _Trying(lambda error: self._failed(what, str(error).splitlines()))

    def _failed(self, what: str, lines: list[str]) -> None:
        if set(lines) <= self._said:
            self._untried((what,), "what is wrong above must be set right first")
        for line in lines:
            if line not in self._said:
                self._line(State.WRONG, what, line)

    def _untried(self, names: tuple[str, ...], why: str) -> None:
        for name in names:
            self._line(State.NOT_TRIED, name, why)

    def _line(self, state: State, what: str, text: str) -> None:
        self._wrong += state is State.WRONG
        self._said.add(text)
        say_hanging(f"{state:<{len(State.NOT_TRIED)}} {what:<{WHAT_WIDTH}} ", text, err=state is State.WRONG)


class _Trying:
    """Ends well whatever error of ours comes up within."""

    def __init__(self, failed: Callable[[CardwardenError], None]) -> None:
        self._failed = failed

    def __enter__(self) -> None:
        """Nothing is held."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Tell the error, if it is one of ours."""
        if isinstance(error, CardwardenError):
            self._failed(error)
        return isinstance(error, CardwardenError)
