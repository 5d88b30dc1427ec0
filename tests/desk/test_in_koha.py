"""At a desk in Koha: the page of a card says what frees it, that is done, a cycle runs, and the card is as it said.

Random patrons of the stand-in, over real HTTP: charges, credit, wrong PINs, a lost card, staff's own restrictions.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from adapters.http import HttpApi, HttpOptions
from adapters.koha.source import connect
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from adapters.standin.library.records import MILLIONTHS
from sidecar.core.brakes import Limit, Limits
from sidecar.core.decide import decide
from sidecar.core.drift import DriftLimit
from sidecar.core.model import UNKNOWN, Origin
from sidecar.core.policy import Policy, Scope
from sidecar.core.verdict import Decision
from sidecar.cycle.findings import Findings
from sidecar.cycle.looking import look_at
from sidecar.cycle.order import Order
from sidecar.cycle.run import run_once
from sidecar.cycle.world import World
from sidecar.desk import Answer, DeskPages, answer, circumstances_of
from sidecar.desk.answer import BlockKey, ClearFlag, Pay, ResetCounter, ShowId, Step, Why
from sidecar.desk.blocking import blocks_of
from sidecar.desk.pages import page_of
from sidecar.policy import parse_policy
from sidecar.ports import Mode
from sidecar.store import SqlJournal, open_journal

POLICY = """
[policy]
name = "Aarhus"
currency = "DKK"
languages = ["da", "en"]
time_zone = "Europe/Copenhagen"
[rules.debt]
kind = "debt"
block_at = 225.00
[rules.replacement]
kind = "unpaid_charge"
[rules.pin]
kind = "failed_pin"
block_at = 5
release = "staff"
[rules.lost_card]
kind = "lost_card"
release = "staff"
[[rules.debt.except]]
ages = { under = 18 }
block_at = 100.00
release = "below_block"
"""
WIDE = Limits(Limit(10_000), Limit(10_000), Limit(10_000), amendments=10_000)
LANGUAGES = ("en", "da")
AMOUNTS = st.sampled_from(["1.00", "20.00", "99.99", "100.00", "150.00", "224.99", "225.00", "400.00"])


@dataclass
class Koha:
    """A library with a Koha, a journal, and a desk."""

    library: Library
    world: World
    policy: Policy
    journal: SqlJournal

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.library.now(), UTC)

    def cycle(self, *, approve: bool = False) -> Findings:
        self.library.advance(2)
        pages = DeskPages(mode=Mode.APPLY, scope=Scope(), every=timedelta(minutes=1), is_running=True)
        order = Order(mode=Mode.APPLY, limits=WIDE, drift=DriftLimit(absolute=10_000), desk=pages)
        digest = run_once(self.world, self.policy, replace(order, mode=Mode.DRY_RUN)).kept_digest if approve else None
        return run_once(self.world, self.policy, replace(order, approve=digest))

    def decision(self, patron: int) -> Decision:
        sight = look_at(self.world, self.policy, [str(patron)])
        facts = sight.facts_of(str(patron))
        assert facts is not None
        return decide(facts, sight.cases_of(str(patron)), self.policy, sight.pull.as_of)

    def said(self, patron: int) -> Answer:
        status = self.world.source.status()
        at = circumstances_of(
            self.journal,
            status,
            self.policy,
            str(patron),
            self.now(),
            mode=Mode.APPLY,
            scope=Scope(),
            every=timedelta(minutes=1),
            is_running=True,
        )
        return answer(self.decision(patron), self.policy, status.as_of, at)

    def blocks(self, patron: int) -> set[BlockKey]:
        return {block.key for block in blocks_of(self.decision(patron), self.policy, self.library.today())}

    def do(self, patron: int, steps: tuple[Step, ...]) -> None:
        """What the page says, where it is done: paid, and released on the page itself."""
        for step in steps:
            self.library.advance(1)
            match step:
                case Pay(parts=parts):
                    for part in parts:
                        card = self.library.patron(patron)
                        lines = [one.id for one in card.open_debits() if self.policy.kind_of(one.type) is part.kind]
                        self.library.credit(card, part.minor * MILLIONTHS // 100, first=lines)
                case ShowId(rule=rule):
                    self.library.staff_releases(patron, rule, photo_id_checked=True)
                case ResetCounter():
                    self.library.reset_pin(patron)
                case ClearFlag():
                    self.library.card_lost(patron, lost=False)


@pytest.fixture(scope="module")
def koha(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Koha]:
    folder: Path = tmp_path_factory.mktemp("koha")
    library = build_library(1)
    with (
        StandinKoha(library) as running,
        HttpApi(running.url, running.client_id, running.client_secret, HttpOptions()) as http,
    ):
        journal = open_journal(f"sqlite:///{folder / 'journal.db'}", clock=Clock(library))
        connection = connect(http)
        world = World(
            source=connection.source,
            target=connection.target(journal.instance_id),
            journal=journal,
            clock=Clock(library),
        )
        yield Koha(library, world, parse_policy(POLICY).policy, journal)
        journal.close()


@dataclass(frozen=True)
class Clock:
    """Koha's own, so that the two agree."""

    library: Library

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.library.now(), UTC)


@given(
    charges=st.lists(st.tuples(st.sampled_from(["OVERDUE", "LOST", "MANUAL"]), AMOUNTS), max_size=4),
    attempts=st.sampled_from([0, 0, 4, 5, 7]),
    lost=st.booleans(),
    credit=st.sampled_from([None, None, "10.00", "300.00"]),
    staffs_own=st.booleans(),
    young=st.booleans(),
)
@settings(
    max_examples=int(os.environ.get("DESK_EXAMPLES", "20")),
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.function_scoped_fixture),
)
def test_what_the_page_says_done_leaves_the_card_as_it_said(
    koha: Koha,
    charges: list[tuple[str, str]],
    attempts: int,
    lost: bool,
    credit: str | None,
    staffs_own: bool,
    young: bool,
) -> None:
    library = koha.library
    born = library.today() - timedelta(days=365 * (12 if young else 40))
    patron = library.create_patron(born=born)
    if credit is not None:
        library.pay(patron, credit)
    for kind, amount in charges:
        library.charge(patron, kind, amount)
    library.set_attempts(patron, attempts)
    library.card_lost(patron, lost=lost)
    if staffs_own:
        library.staff_restricts(patron, "MANUAL", "Se sagsmappen")
    koha.cycle(approve=True)

    said = koha.said(patron)
    kept = library.answers.get(patron)
    blocked_by_us = any(row.type in library.registered for row in library.patron(patron).restrictions)
    assert (kept is not None) is blocked_by_us
    if kept is not None:
        assert kept.body == page_of(said, LANGUAGES), "the page is of the card after the cycle's writes"
        event(f"on offer: {[offer.rule for offer in said.offers]}")
    for step in said.steps:
        event(type(step).__name__)

    koha.do(patron, said.steps)
    koha.cycle()

    present = koha.blocks(patron)
    named = {each.block.key for each in said.stays}
    assert {each.block.key for each in said.stays if each.why is not Why.UNKNOWN} <= present <= named
    assert said.free_then is UNKNOWN or (not present) is said.free_then
    assert library.patron(patron).is_restricted(library.today()) is bool(present)
    if kept is not None:
        after = library.answers[patron].body
        assert after["blocked"] is bool(present)
    released = koha.journal.releases(str(patron))
    assert len(released) == sum(isinstance(step, ShowId) for step in said.steps)
    assert all(each.staff == "koha:52" and each.photo_id_checked for each in released)
    cases = koha.journal.cases().get(str(patron), {})
    assert all(case.origin is not Origin.LIFTED for case in cases.values()), "no release is taken for a lifting"
    assert not koha.journal.history(koha.now()).vanished
    again = koha.cycle()
    assert not again.done()
    assert again.told.answers == 0, "nothing is told twice"
