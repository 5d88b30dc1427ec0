"""One library with its Koha, its journal and its judge; cycles run on it, disturbed or not."""

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from adapters.http import HttpApi, HttpOptions
from adapters.koha.source import connect
from sidecar.byhand import StaffRelease, release_by_staff
from sidecar.core.brakes import Limit, Limits
from sidecar.core.drift import DriftLimit
from sidecar.core.policy import Policy
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Order, Quick
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.errors import CardwardenError
from sidecar.policy import parse_policy
from sidecar.ports import Mode
from sidecar.store import open_journal
from sidecar.store.database.schema import begun_types
from tests.faults.canaries import Canaries
from tests.faults.disturb import Crash, Disturbance, Watched, never
from tests.faults.judge import OURS, Judge
from tests.faults.policies import Choice
from tests.faults.watch import WatchedKoha, cards_of, empty_library

START = int(datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp())
OVERLAP = timedelta(minutes=2)
MANY = Limit(10_000)
TALLY: Counter[str] = Counter()
"""What all histories of this process went through."""


@cache
def policy_of(choice: Choice) -> Policy:
    return parse_policy(choice.toml()).policy


@cache
def _new_journal() -> Path:
    """Migrations take longer than a history: each begins with a copy of this one."""
    folder = Path(tempfile.mkdtemp(prefix="cardwarden-faults-"))
    open_journal(f"sqlite:///{folder / 'new.db'}", clock=_Machine()).close()
    return folder / "new.db"


def no_sleep(_seconds: float) -> None:
    """Between two tries."""


class _Machine:
    def now(self) -> datetime:
        return datetime.fromtimestamp(START, UTC)


class History:
    """Every method is one thing that happens. `allowed` sets the brakes: additions in all, and of PINs."""

    def __init__(self, allowed: tuple[int, int] | None = None) -> None:
        TALLY["histories"] += 1
        self.folder = Path(tempfile.mkdtemp(prefix="cardwarden-history-"))
        self.library = empty_library(START)
        self.judge = Judge(allowed)
        self.koha = WatchedKoha(self.library, self.judge).start()
        self.canaries = Canaries(self.folder)
        self.choice = Choice()
        self.applied_choice = self.choice
        additions, pins = (MANY, MANY) if allowed is None else (Limit(allowed[0]), Limit(allowed[1]))
        limits = Limits(additions=additions, pin_additions=pins, removals=MANY, amendments=10_000)
        self.order = Order(mode=Mode.APPLY, limits=limits, drift=DriftLimit(10_000))
        self.since: datetime | None = None
        self.due: dict[str, datetime] = {}
        shutil.copy(_new_journal(), self.folder / "journal.db")
        self._begin()
        self._begin_every_rule()
        self.quiet_cycle()

    def _begin_every_rule(self) -> None:
        """As in a library where each rule's first additions were approved long ago."""
        with self._journal._database.writing() as connection:
            begun = [{"restriction_type": each, "at": self.now()} for each in sorted(OURS)]
            connection.execute(insert(begun_types), begun)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.library.now(), UTC)

    def close(self) -> None:
        self.canaries.look(self.koha)
        self._let_go()
        threading.Thread(target=self.koha.stop).start()  # it takes its time, and the next history need not wait
        self.canaries.close()
        shutil.rmtree(self.folder)

    # cycles

    def quiet_cycle(self) -> Findings:
        """A full cycle that nothing disturbs."""
        findings = self.cycle(full=True)
        assert findings is not None
        return findings

    def settle(self) -> None:
        """After a quiet full cycle flags equal the rules, and a further one has nothing to do."""
        self.quiet_cycle()
        again = self.quiet_cycle()
        if self.judge.allowed is None:
            assert not len(again.plan), f"planned again: {list(again.plan.changes())}"
        assert again.open_intents == 0 or any(card.hidden for card in cards_of(self.library).values())

    def cycle(
        self,
        *,
        full: bool,
        disturbance: Disturbance | None = None,
        faults: Mapping[str, int] | tuple[str, ...] = (),
        approve: bool = False,
    ) -> Findings | None:
        """Gives None if it was cut off."""
        full = full or self.since is None or self.choice != self.applied_choice
        TALLY["cycles"] += 1
        rules = self.choice.rules()
        order = self.order if full else replace(self.order, quick=self._quick())
        if approve:
            order = replace(order, approve=self._approvable())
        seen = self.judge.begin(rules, self.library.now(), full=full)
        for fault in faults:
            self.koha.faults.add(fault)
            TALLY[f"fault {fault.partition(':')[0].partition('@')[0]}"] += 1
        try:
            findings = self._run(lambda world, policy: run_once(world, policy, order), disturbance)
        except Crash:
            TALLY["crashes"] += 1
            self.judge.worlds.broken(seen, rules)
            findings = None
        except CardwardenError as error:
            self._failed(error, quiet=disturbance is None and not faults)
            self.judge.worlds.broken(seen, rules)
            findings = None
        else:
            outcomes = {int(patron): outcome.result.value for patron, outcome in findings.outcomes.items()}
            self.judge.worlds.end(seen, rules, outcomes)
            self.judge.approved = frozenset()
            self._remember(findings, full=full)
        finally:
            self.koha.faults.clear()
            self.judge.cycle = None
        self.check()
        return findings

    def dry_run(self) -> Findings:
        """It writes nothing, whatever it finds."""
        before = cards_of(self.library)
        writes = self.judge.writes
        findings = self._run(lambda world, policy: run_once(world, policy, replace(self.order, mode=Mode.DRY_RUN)))
        assert isinstance(findings, Findings)
        assert (cards_of(self.library), self.judge.writes) == (before, writes), "a dry run wrote"
        return findings

    def release_pin(self, patron: int) -> None:
        """Staff release a PIN block by name, if there is one and nothing is unanswered."""
        card = cards_of(self.library)[patron]
        rules = self.choice.rules()
        pin = next(rule for rule in rules if rule.id == "pin")
        if card.hidden or not card.of_type(pin.type) or not self.judge.worlds.one_known(pin, card):
            return
        self.judge.begin(rules, self.library.now(), full=False)
        after = self.judge.order_release(card)
        order = StaffRelease(str(patron), "pin", "abc", photo_id_checked=True)
        done = self._run(lambda world, policy: release_by_staff(world, policy, order))
        assert done.all_done
        self.judge.worlds.released(pin, card, after)
        self.judge.cycle = self.judge.ordered = None
        TALLY["releases"] += 1
        self.check()

    def check(self) -> None:
        TALLY["writes"] = TALLY["writes"] + self.judge.writes
        self.judge.writes = 0
        assert not self.judge.violations, "\n".join(self.judge.violations)

    # inside

    def _run(self, do: Callable[[World, Policy], Any], disturbance: Disturbance | None = None) -> Any:
        """As one process of many cycles does; one that is killed leaves its handles, and the next has its own."""
        disturbance = disturbance or Disturbance(0, never)
        try:
            connection = connect(Watched(self._http, disturbance), page_size=3)
            target = connection.target(self._journal.instance_id, batch_size=2)
            journal = Watched(self._journal, disturbance)
            world = World(source=connection.source, target=target, journal=journal, clock=self)
            return do(world, policy_of(self.choice))
        except Crash:
            self._let_go()
            self._begin()
            raise

    def _begin(self) -> None:
        options = HttpOptions(attempts=4, first_wait=0, longest_wait=0, longest_retry_after=0)
        self._http = HttpApi(self.koha.url, self.koha.client_id, self.koha.client_secret, options, sleep=no_sleep)
        self._journal = open_journal(f"sqlite:///{self.folder / 'journal.db'}", clock=self)

    def _let_go(self) -> None:
        self._http.close()
        self._journal.close()

    def _failed(self, error: CardwardenError, *, quiet: bool) -> None:
        """It may, in a cycle that was disturbed; and says so in one line that names nobody."""
        assert not quiet, f"a quiet cycle failed: {error}"
        assert "\n" not in str(error)
        self.canaries.hear(str(error))
        TALLY[f"error {type(error).__name__}"] += 1

    def _quick(self) -> Quick:
        assert self.since is not None
        due = frozenset(patron for patron, at in self.due.items() if at <= self.now())
        return Quick(self.since - OVERLAP, due)

    def _remember(self, findings: Findings, *, full: bool) -> None:
        self.since = findings.as_of
        if full:
            self.due = dict(findings.due)
            self.applied_choice = self.choice
        else:
            self.due = {
                patron: at
                for patron, at in self.due.items()
                if patron not in {decision.patron for decision in findings.decisions}
            } | findings.due

    def _approvable(self) -> str | None:
        """The digest of what would be written now; the judge is told."""
        findings = self.dry_run()
        if findings.kept_digest is not None:
            self.judge.approved = frozenset((int(one.patron), one.rule) for one in findings.plan.changes())
        return findings.kept_digest
