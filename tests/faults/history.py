"""One library with its Koha, its journal, two clocks and its judge; cycles run on it, disturbed or not."""

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from adapters.http import HttpApi, HttpOptions
from adapters.koha.source import connect
from sidecar.byhand import ReleaseOrder, accept_drift, release_by_staff
from sidecar.core.brakes import Brake, Limit, Limits
from sidecar.core.drift import DriftLimit
from sidecar.core.needs import needs_of
from sidecar.core.policy import Policy, Scope
from sidecar.cycle.findings import Findings
from sidecar.cycle.order import Order, Quick
from sidecar.cycle.run import APPROVAL_LIFETIME, run_once
from sidecar.cycle.unmoved import Unmoved
from sidecar.cycle.world import World
from sidecar.desk import DeskPages
from sidecar.errors import CardwardenError
from sidecar.policy import parse_policy
from sidecar.ports import Mode
from sidecar.store import open_journal
from sidecar.store.database.schema import begun_types
from tests.faults.canaries import Canaries
from tests.faults.disturb import Crash, Disturbance, Watched, never
from tests.faults.facts import Card, Reach
from tests.faults.holding import Allowed
from tests.faults.judge import Journal, Judge
from tests.faults.once import OURS
from tests.faults.oracle import answer
from tests.faults.policies import Choice
from tests.faults.watch import WatchedKoha, cards_of, empty_library
from tests.faults.worlds import Cycle

START = int(datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp())
OVERLAP = timedelta(minutes=2)
TOLERANCE = 300
FOLDERS = next((folder for folder in (Path("/dev/shm"),) if folder.is_dir()), None)  # noqa: S108 - journals that nothing kills for real
"""In memory where there is such a place: what is tested is not the disk."""
BEGUN = ("CW_DEBT", "CW_REPLACEMENT", "CW_PIN", "CW_LOST_CARD", "CW_OVERDUE", "CW_FLAG")
"""Types whose first additions were approved long ago."""
WAIT_ALWAYS = frozenset({Brake.FIRST_CYCLE})
"""What may hold where nothing is limited: the first additions of a type that an edit brought wait for an approval."""
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


@dataclass
class Granted:
    """An approval that somebody gave: of which changes, under which policy, until when."""

    digest: str
    keys: frozenset[tuple[int, str, str, str]]
    policy: str
    expires: int
    spent: bool = False

    def usable(self, policy: str, now: int) -> bool:
        return not self.spent and self.policy == policy and self.expires > now


class History:
    """Every method is one thing that happens. `allowed` sets the brakes, `drift_limit` how many rows may vanish."""

    def __init__(self, allowed: Allowed | None = None, drift_limit: int = 10_000) -> None:
        TALLY["histories"] += 1
        self.folder = Path(tempfile.mkdtemp(prefix="cardwarden-history-", dir=FOLDERS))
        self.library = empty_library(START)
        for kind in sorted(OURS):
            self.library.register_type(kind)
        self.limited = allowed is not None or drift_limit < 10_000
        allowed = allowed or Allowed()
        self.judge = Judge(allowed, drift_limit, BEGUN)
        self.judge.passed_by = lambda: self.unmoved.passed
        self.koha = WatchedKoha(self.library, self.judge).start()
        self.canaries = Canaries(self.folder)
        self.choice = Choice()
        self.reach = Reach()
        self.applied_choice: tuple[Choice, Reach, Mode] | None = None
        self.policy_since: int | None = None
        self.mode = Mode.APPLY
        self.machine_error = 0
        self.granted: list[Granted] = []
        limits = Limits(
            additions=Limit(allowed.additions),
            pin_additions=Limit(allowed.pins),
            removals=Limit(allowed.removals),
            amendments=10_000,
        )
        desk = DeskPages(mode=Mode.APPLY, scope=Scope(), every=None)
        self.order = Order(mode=Mode.APPLY, limits=limits, drift=DriftLimit(drift_limit, 0), desk=desk)
        self.since: datetime | None = None
        self.unmoved = Unmoved()
        self.due: dict[str, datetime] = {}
        shutil.copy(_new_journal(), self.folder / "journal.db")
        self._begin()
        with self._journal._database.writing() as connection:
            connection.execute(insert(begun_types), [{"restriction_type": each, "at": self.now()} for each in BEGUN])
        self.quiet_cycle()

    # the clocks

    def now(self) -> datetime:
        """The machine's clock: Koha's, without what is wrong with either."""
        return datetime.fromtimestamp(self.machine, UTC)

    @property
    def machine(self) -> int:
        return self.library.now() - self.library.clock.error + self.machine_error

    @property
    def clocks_agree(self) -> bool:
        return abs(self.library.now() - self.machine) <= TOLERANCE

    @property
    def may_write(self) -> bool:
        return self.clocks_agree and self._journal.paused_since is None and not self.library.paused

    def close(self) -> None:
        self.canaries.look(self.koha)
        self._let_go()
        threading.Thread(
            target=self.koha.stop, daemon=True
        ).start()  # it takes its time, and the next history need not wait
        self.canaries.close()
        shutil.rmtree(self.folder)

    # cycles

    def quiet_cycle(self) -> Findings:
        """A full cycle that nothing disturbs."""
        findings = self.cycle(full=True)
        assert findings is not None
        return findings

    def settle(self) -> None:
        """After a quiet full cycle flags equal the rules, and a further one has nothing to do that may be done."""
        self.quiet_cycle()
        again = self.quiet_cycle()
        if self.may_write and self._complete(again):
            may_wait = self.limited or self.mode is not Mode.APPLY
            held = {} if may_wait else {key: by for key, by in again.braked.by.items() if by.brake not in WAIT_ALWAYS}
            assert not len(again.braked.go), f"planned again: {list(again.braked.go.changes())}"
            assert not held, f"held without limits: {held}"
        self._nobody_is_overlooked(again)
        assert again.open_intents == 0 or any(card.hidden for card in cards_of(self.library).values())

    def _nobody_is_overlooked(self, full: Findings) -> None:
        """Whom a full cycle did not read, no rule has anything to say about."""
        read = {int(decision.patron) for decision in full.decisions}
        cycle = self._cycle(full=True, usable=[])
        for card in cards_of(self.library).values():
            unread = card.id not in read and not card.hidden and not self.reach.leaves_out(card)
            for rule in cycle.rules if unread else ():
                said = answer(rule, card, None, cycle.sight(rule))
                assert said.standing == "clear", f"{rule.id} would say {said} of patron {card.id}, who was not read"

    def cycle(
        self,
        *,
        full: bool,
        disturbance: Disturbance | None = None,
        faults: Mapping[str, int] | tuple[str, ...] = (),
        approve: bool = False,
    ) -> Findings | None:
        """Gives None if it was cut off."""
        chosen = (self.choice, self.reach, self.mode)
        full = full or self.since is None or chosen != self.applied_choice
        TALLY["cycles full" if full else "cycles quick"] += 1
        order = replace(self.order, mode=self.mode, scope=self._scope())
        if approve:
            self.approve()
        if not full:
            order = replace(order, quick=self._quick(), unmoved=self.unmoved)
        usable = [one for one in self.granted if one.usable(self._digest, self.machine)] if full else []
        may_write = self.may_write
        if full and chosen != self.applied_choice and (self.applied_choice or chosen)[0] != self.choice:
            self.policy_since = self.library.now()
        self.judge.begin(self._cycle(full=full, usable=usable), may_write=may_write)
        for fault in faults:
            self.koha.faults.add(fault)
            TALLY[f"fault {fault.partition(':')[0].partition('@')[0]}"] += 1
        findings: Findings | None = None
        try:
            findings = self._run(lambda world, policy: run_once(world, policy, order), disturbance)
        except Crash:
            TALLY["crashes"] += 1
        except CardwardenError as error:
            self._failed(error, quiet=disturbance is None and not faults)
        finally:
            self.koha.faults.clear()
        self._judge(findings, may_write=may_write)
        self._pass_by(findings)
        self._look_at_approvals(usable, findings, spends=may_write and full)
        read = list(self.judge.cycle.read.values()) if self.judge.cycle is not None else []
        self.judge.cycle = None
        if findings is not None and findings.applied:
            self._look_at_releases(read)
            self._remember(findings, full=full)
            if full:
                self.applied_choice = chosen
        if not may_write:
            TALLY["cycles that may not write"] += 1
        self.check()
        return findings

    def dry_run(self) -> Findings:
        """It writes nothing, whatever it finds, and remembers nothing."""
        before = (cards_of(self.library), self._journal_as_it_is())
        writes = self.judge.writes
        order = replace(self.order, mode=Mode.DRY_RUN, scope=self._scope())
        findings = self._run(lambda world, policy: run_once(world, policy, order))
        assert isinstance(findings, Findings)
        assert (cards_of(self.library), self._journal_as_it_is()) == before, "a dry run wrote"
        assert self.judge.writes == writes
        TALLY["dry runs"] += 1
        return findings

    # what people say to Cardwarden

    def approve(self) -> bool:
        """Approve all that waits now; says whether anything does."""
        findings = self.dry_run()
        if findings.kept_digest is None or findings.mode is not Mode.DRY_RUN:
            return False
        self._journal.approve(findings.kept_digest, self.now(), APPROVAL_LIFETIME)
        expires = self.machine + int(APPROVAL_LIFETIME.total_seconds())
        keys = frozenset(
            (int(one.patron), one.rule, one.kind.value, one.restriction_type) for one in findings.plan.changes()
        )
        same = [one for one in self.granted if one.digest == findings.kept_digest and one.policy == self._digest]
        self.granted = [one for one in self.granted if one.spent or one not in same]
        self.granted.append(Granted(findings.kept_digest, keys, self._digest, expires))
        TALLY["approvals"] += 1
        return True

    def release(self, name: str, patron: int) -> None:
        """Staff release a block by name, if there is one and nothing is unanswered."""
        card = cards_of(self.library)[patron]
        rule = next((rule for rule in self.choice.rules() if rule.id == name), None)
        if rule is None or card.hidden or not card.of_type(rule.type) or not self.judge.worlds.one_known(patron):
            return
        if self.library.paused or self._waits_for_a_full_cycle or self.reach.leaves_out(card):
            return
        self.judge.begin(self._cycle(full=False, usable=[]))
        after = self.judge.order_release(rule, card)
        order = ReleaseOrder(str(patron), name, "abc", photo_id_checked=True)
        if self._journal.paused_since is not None:
            self._journal.resume()
        done = self._run(lambda world, policy: release_by_staff(world, policy, order))
        assert done.all_done
        self.judge.worlds.released(rule, card, after)
        self.judge.worlds.narrow(self._journal_as_it_is().cases)
        self.judge.cycle = self.judge.ordered = None
        TALLY["releases by name"] += 1
        self.check()

    def accept_drift(self) -> None:
        """Staff meant it: what is missing becomes an override."""
        if self._waits_for_a_full_cycle or not self.clocks_agree:
            return
        cycle = self._cycle(full=False, usable=[])
        self.judge.begin(cycle, may_write=False)
        accepted = self._run(lambda world, policy: accept_drift(world, policy, self._scope(), "abc"))
        self.judge.worlds.accepted(cycle)
        self.judge.idle(self._journal_as_it_is())
        self.judge.cycle = None
        TALLY["drift accepted"] += accepted.lifted
        self.check()

    def pause(self) -> None:
        self._journal.pause(self.now())

    def resume(self) -> None:
        self._journal.resume()

    def restore(self) -> None:
        """Koha's database comes back from its backup; what it numbers from now on may have had those numbers before."""
        self.library.restore()
        self.judge.worlds.once.numbers_given_again(self.library._next_restriction)
        TALLY["restores"] += 1

    def check(self) -> None:
        TALLY["writes"] += self.judge.writes
        self.judge.writes = 0
        TALLY.update(self.judge.seen)
        self.judge.seen.clear()
        assert not self.judge.violations, "\n".join(self.judge.violations)

    # inside

    @property
    def _digest(self) -> str:
        return policy_of(self.choice).digest

    @property
    def _waits_for_a_full_cycle(self) -> bool:
        return (self.choice, self.reach, self.mode) != self.applied_choice

    def _scope(self) -> Scope:
        return Scope(libraries=self.reach.libraries, categories=self.reach.categories)

    def _cycle(self, *, full: bool, usable: list[Granted]) -> Cycle:
        missing = OURS - self.library.restriction_types.keys()
        rules = self.choice.rules()
        return Cycle(
            rules=rules,
            full=full,
            now=self.library.now(),
            machine=self.machine,
            reach=self.reach,
            mode=self.mode.value,
            misfits=frozenset(rule.id for rule in rules if rule.type in missing),
            approved=frozenset(key for one in usable for key in one.keys),
            policy_since=self.policy_since,
            intents=tuple((one.kind.value, one.restriction_type) for one in self._journal.open_intents()),
            journalled=self._journalled(),
        )

    def _journalled(self) -> frozenset[tuple[int, int]]:
        """The releases made in Koha that the journal has: each once, with the name that Koha knows."""
        known = [each for each in self._journal.releases() if each.in_ils is not None]
        assert all(each.staff == "koha:52" and each.photo_id_checked for each in known)
        keys = [(int(each.in_ils or 0), int(each.at.timestamp())) for each in known]
        assert len(set(keys)) == len(keys), "a release is journalled twice"
        return frozenset(keys)

    def _look_at_releases(self, read: Iterable[Card]) -> None:
        """After a cycle that came to its end the journal has every release of whom it read."""
        known = self._journalled()
        for card in read:
            missing = {(each.id, each.at) for each in card.releases} - known
            assert card.hidden or not missing, f"of patron {card.id} the releases {missing} are not journalled"

    def _judge(self, findings: Findings | None, *, may_write: bool) -> None:
        journal = self._journal_as_it_is()
        if not may_write:
            self.judge.idle(journal)
        elif findings is None:
            self.judge.broken(cards_of(self.library), journal)
        elif not findings.applied:
            assert self._journal.paused_since is not None, "it was free to write, and would not"
            assert not self.judge.cycle or not self.judge.cycle.sent, "it wrote and says it did not"
            self.judge.idle(journal)
        else:
            outcomes = {int(patron): outcome.result.value for patron, outcome in findings.outcomes.items()}
            self.judge.ended(outcomes, cards_of(self.library), journal, stopped=findings.stopped is not None)

    def _pass_by(self, findings: Findings | None) -> None:
        """What the next quick cycle knows of whom it need not decide about again."""
        if findings is None:
            self.unmoved = Unmoved()  # another process goes on
            return
        self.unmoved.done(findings)

    def _journal_as_it_is(self) -> Journal:
        cases = {
            (int(patron), rule): (case.stage.value, case.missing_since is not None)
            for patron, by_rule in self._journal.cases().items()
            for rule, case in by_rule.items()
        }
        held = {
            (int(patron), rule, kind, of_type): brake.value
            for (patron, rule, kind, of_type), brake in self._journal.held().items()
            if kind != "reset_pin"  # it goes or waits with the removal
        }
        return Journal(cases, held, self._journal.history(self.now()).begun)

    def _complete(self, findings: Findings) -> bool:
        """Whether every write of the cycle was answered as done."""
        return findings.stopped is None and len(findings.done()) == len(findings.braked.go)

    def _look_at_approvals(self, usable: list[Granted], findings: Findings | None, *, spends: bool) -> None:
        """An approval is spent by the first full cycle that may use it and comes to its end, and by none else."""
        left = {one.digest for one in self._journal.approvals(self._digest, self.now())}
        applied = findings is not None and findings.applied
        if findings is not None and applied and spends and self.mode is Mode.APPLY and self._answered(findings):
            for one in usable:
                one.spent = True
        elif spends:  # cut off, or nothing may be added: it may be spent or not
            for one in usable:
                one.spent = one.digest not in left
        known = {one.digest for one in self.granted if one.usable(self._digest, self.machine)}
        assert left == known, f"approvals {left} can be used, and it should be {known}"
        TALLY["approvals left"] += len(known)
        TALLY["approvals beside a quick cycle"] += bool(known) and not spends and bool(findings)

    @staticmethod
    def _answered(findings: Findings) -> bool:
        return findings.stopped is None and all(one.result.value != "unanswered" for one in findings.outcomes.values())

    def _run(self, do: Callable[[World, Policy], Any], disturbance: Disturbance | None = None) -> Any:
        """As one process of many cycles does; one that is killed leaves its handles, and the next has its own."""
        disturbance = disturbance or Disturbance(0, never)
        try:
            policy = policy_of(self.choice)
            connection = connect(Watched(self._http, disturbance), page_size=3, needs=lambda: needs_of(policy))
            target = connection.target(self._journal.instance_id, batch_size=2)
            journal = Watched(self._journal, disturbance, end_cycle=self.judge.looked)
            world = World(source=connection.source, target=target, journal=journal, clock=self)
            return do(world, policy)
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
        due = frozenset(patron for patron, at in self.due.items() if at.timestamp() <= self.library.now())
        return Quick(self.since - OVERLAP, due)

    def _remember(self, findings: Findings, *, full: bool) -> None:
        self.since = findings.as_of
        if full:
            self.due = dict(findings.due)
        else:
            self.due = {
                patron: at
                for patron, at in self.due.items()
                if patron not in {decision.patron for decision in findings.decisions}
            } | findings.due
