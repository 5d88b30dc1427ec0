"""The demo: one library's first day with Cardwarden, on a stand-in Koha over real HTTP, checked as it goes.

What must come out is worked out here from the stand-in's own tables, without any of the code that decides.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rich.console import Console

from sidecar import wiring
from sidecar.cli.common import out
from sidecar.cli.demo_claim import ClaimDemo
from sidecar.core.plan import ChangeKind
from sidecar.cycle.findings import Findings
from sidecar.cycle.run import run_once
from sidecar.errors import CardwardenError
from sidecar.policy import LoadedPolicy, load_policy
from sidecar.ports import Mode
from sidecar.report import gate_sentence, print_report, write_report
from sidecar.settings import LoadedSettings, load_settings
from sidecar.verification import Named, verify

Blocks = frozenset[tuple[str, str]]
"""Pairs of borrowernumber and restriction type."""

LIMIT: Final = 225_000_000
"""225 kr. in the stand-in's millionths."""
HALF_AN_ORE: Final = 5_000
WRONG_PINS: Final = 5
OURS: Final = "CW_"
FAILED: Final = 1


class DemoFailed(CardwardenError):
    """A set of patrons was not as it had to be."""


def run_demo(*, patrons: int, keep_running: bool) -> int:
    """Play the story; gives the exit code."""
    library = wiring.build_library(patrons)
    with (
        wiring.StandinKoha(library) as koha,
        wiring.StandinGate(library) as gate,
        tempfile.TemporaryDirectory(prefix="cardwarden-demo-") as folder,
    ):
        demo = Demo(library, _settings(koha, gate, Path(folder)), load_policy(wiring.default_policy_file()), out())
        first = demo.play()
        _play_a_claim(Path(folder) / "claim", demo.console)
        demo.finish(first)
        if keep_running:
            _invite(koha, gate, demo.console)
            koha.serve_forever()
    return 0


def _play_a_claim(folder: Path, console: Console) -> None:
    """One claim, on a Koha of its own whose clock moves on by two weeks."""
    folder.mkdir()
    library = wiring.build_library(500)
    console.print("\n7. One claim, from the notice to the collection office's word (docs/collection.md).", style="bold")
    with wiring.StandinKoha(library) as koha, wiring.StandinGate(library) as gate:
        office = folder / "office"
        loaded = _settings(
            koha,
            gate,
            folder,
            {"CARDWARDEN_COLLECTION__OFFICE": "folder", "CARDWARDEN_COLLECTION__FOLDER": str(office)},
        )
        ClaimDemo(library, loaded, office, lambda sentence: console.print(sentence, soft_wrap=True)).play()


class Demo:
    """The story, step by step. Each step states what must have come out and stops the demo if it did not."""

    def __init__(self, library: wiring.Library, loaded: LoadedSettings, policy: LoadedPolicy, console: Console) -> None:
        self.library = library
        self.loaded = loaded
        self.policy = policy
        self.console = console
        self.foreign = list(library.rows(foreign=True))
        self.began = time.monotonic()

    def play(self) -> Findings:
        """Dry run, approval, apply, a day at the desk, the next cycle, and nothing left to do; gives the cycle that
        wrote first."""
        should = self._should_be_blocked()
        count = len(self.library.patrons)
        self._say(f"A stand-in Koha with {count} invented patrons; none is blocked by Cardwarden yet.")

        self._step("1. A dry run: what would change, and why. Nothing is written.")
        dry = self._cycle(Mode.DRY_RUN)
        print_report(dry, self.console, show_names=False)
        self._check("planned additions", _planned(dry, ChangeKind.ADD), should)
        self._check("restrictions of ours in Koha", self._ours(), frozenset())

        self._step("2. Applying without an approval: the first additions are held back.")
        held = self._cycle(Mode.APPLY)
        self._check("changes written", _done(held), frozenset())
        self._check("held back", _planned_in(held), should)

        self._step(f"3. cardwarden approve {str(held.kept_digest)[:12]}… and apply.")
        first = self._cycle(Mode.APPLY, approve=held.kept_digest)
        self._check("restrictions of ours in Koha", self._ours(), should)
        self._say(f"   {len(first.done())} cards blocked, as approved.")
        at_the_gate = self.library.subjects["owes_much"]
        self._look_at_gate(at_the_gate, "Blocked by debt, and refused.")

        self._step("4. A day at the desk.")
        payer, nearly, locked, newcomer = self._a_day_at_the_desk()

        self._step("5. The next cycle, without any approval: exactly what the day has changed.")
        second = self._cycle(Mode.APPLY)
        print_report(second, self.console, show_names=False)
        freed = frozenset(pair for pair in should if pair[0] == payer)
        self._check("removed", _done_of(second, ChangeKind.REMOVE), freed)
        self._check("added", _done_of(second, ChangeKind.ADD), frozenset({(newcomer, "CW_REPLACEMENT")}))
        expected = (should - freed - {(locked, "CW_PIN")}) | {(newcomer, "CW_REPLACEMENT")}
        self._check("restrictions of ours in Koha", self._ours(), expected)
        latched = {(nearly, "CW_DEBT")}
        self._check(f"still blocked with 1 kr. owed ({nearly})", self._ours() & latched, latched)

        self._look_at_gate(at_the_gate, "Not blocked by Cardwarden, and let in.")

        self._step("6. A last dry run: nothing to do.")
        last = self._cycle(Mode.DRY_RUN)
        self._check("planned changes", _planned_in(last), frozenset())
        if list(self.library.rows(foreign=True)) != self.foreign:
            raise DemoFailed("the demo failed: restrictions that staff set are not as they were.")
        self._say(f"   {len(self.foreign)} restrictions set by staff are as they were, in every column.")
        return first

    def finish(self, first: Findings) -> None:
        """The report of the first cycle, and the last line."""
        report = write_report(first, Path("demo-output"), show_names=False)
        page = next(path for path in report if path.suffix == ".html")
        self._say(f"\nAll as it must be, in {time.monotonic() - self.began:.1f} s. The first cycle's report: {page}")

    def _a_day_at_the_desk(self) -> tuple[str, str, str, str]:
        """One pays all, one all but 1 kr., staff lift a PIN block, and a bill for a lost book arrives."""
        subjects = self.library.subjects
        payer, nearly = subjects["owes_much"], subjects["owes_exactly_the_limit"]
        locked, newcomer = subjects["pin_failed_to_the_limit"], subjects["clear"]
        self.library.pay(payer)
        self._say(f"   Patron {payer} pays all. {self._owed(payer)}")
        self.library.pay(nearly, "224.00")
        self._say(f"   Patron {nearly} pays all but 1 kr. {self._owed(nearly)}")
        self.library.staff_lifts(locked, "CW_PIN")
        self._say(f"   Staff lift the PIN block of patron {locked}, who shows photo ID; the counter stays at 5.")
        self.library.charge(newcomer, "LOST", "189.00")
        self._say(f"   Patron {newcomer} gets a bill of 189 kr. for a lost book.")
        return str(payer), str(nearly), str(locked), str(newcomer)

    def _look_at_gate(self, patron: int, expected: str) -> None:
        """What `cardwarden verify --patron` says of a card at the self-check."""
        with wiring.connected(self.loaded, under=(self.policy.policy,)) as connected:
            gates = wiring.gates_of(self.loaded)
            found = verify(connected.world, self.policy.policy, gates, selection=Named((str(patron),)))
        said = [gate_sentence(each, self.policy.policy) for gate in found.gates for each in gate.comparisons]
        if said != [expected]:
            raise DemoFailed(f"the demo failed: patron {patron} at the gate: {said} in place of {expected}")
        self._say(f"   ok: patron {patron} at the self-check (SIP2): {expected}")

    def _should_be_blocked(self) -> Blocks:
        """Aarhus' rules over the stand-in's own tables."""
        pairs = set()
        for patron in self.library.patrons.values():
            if patron.category_id == "STAT" or patron.id == self.library.api_user_id:
                continue
            replacements = sum(line.outstanding for line in patron.open_debits() if line.type == "LOST")
            if patron.balance() >= LIMIT - HALF_AN_ORE:
                pairs.add((str(patron.id), "CW_DEBT"))
            if replacements >= HALF_AN_ORE:
                pairs.add((str(patron.id), "CW_REPLACEMENT"))
            if patron.attempts >= WRONG_PINS:
                pairs.add((str(patron.id), "CW_PIN"))
            if patron.card_lost:
                pairs.add((str(patron.id), "CW_LOST_CARD"))
        return frozenset(pairs)

    def _ours(self) -> Blocks:
        rows = ((str(row["borrowernumber"]), str(row["type"])) for row in self.library.rows())
        return frozenset(pair for pair in rows if pair[1].startswith(OURS))

    def _owed(self, patron: int) -> str:
        return f"Owes {self.library.patrons[patron].balance() / 1_000_000:.2f} kr. now."

    def _cycle(self, mode: Mode, approve: str | None = None) -> Findings:
        with (
            wiring.connected(self.loaded, under=(self.policy.policy,)) as connected,
            wiring.holding(connected.world, mode),
        ):
            order = replace(wiring.order_of(self.loaded, mode), approve=approve)
            return run_once(connected.world, self.policy.policy, order)

    def _check(self, what: str, found: Blocks, expected: Blocks | set[tuple[str, str]]) -> None:
        if found != expected:
            missing, extra = sorted(expected - found)[:5], sorted(found - expected)[:5]
            raise DemoFailed(f"the demo failed: {what}: missing {missing}, too many {extra}.")
        self._say(f"   ok: {what}: {len(found)}")

    def _step(self, title: str) -> None:
        self.console.print(f"\n{title}", style="bold")

    def _say(self, sentence: str) -> None:
        self.console.print(sentence, soft_wrap=True)


def _planned(findings: Findings, kind: ChangeKind) -> Blocks:
    return frozenset((c.patron, c.restriction_type) for c in findings.plan.changes() if c.kind is kind)


def _planned_in(findings: Findings) -> Blocks:
    return frozenset((c.patron, c.restriction_type) for c in findings.plan.changes())


def _done(findings: Findings) -> Blocks:
    return frozenset((c.patron, c.restriction_type) for c in findings.done())


def _done_of(findings: Findings, kind: ChangeKind) -> Blocks:
    return frozenset((c.patron, c.restriction_type) for c in findings.done() if c.kind is kind)


def _settings(
    koha: wiring.StandinKoha, gate: wiring.StandinGate, folder: Path, more: Mapping[str, str] = MappingProxyType({})
) -> LoadedSettings:
    """Settings for the stand-in alone: nothing that the environment or a file says gets into the demo."""
    exports = (line.removeprefix("export ").partition("=") for line in wiring.standin_exports(koha, gate))
    values = {name: value for name, _, value in exports}
    values["CARDWARDEN_JOURNAL__URL"] = f"sqlite:///{folder / 'journal.db'}"
    values |= more
    with _environment(values):
        return replace(load_settings(_empty(folder)), file=None)


def _empty(folder: Path) -> Path:
    path = folder / "sidecar.toml"
    path.touch()
    return path


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {key: value for key, value in os.environ.items() if key.startswith("CARDWARDEN_")}
    for key in before:
        del os.environ[key]
    os.environ.update(values)
    try:
        yield
    finally:
        for key in values:
            del os.environ[key]
        os.environ.update(before)


def _invite(koha: wiring.StandinKoha, gate: wiring.StandinGate, console: Console) -> None:
    console.print("\nThe stand-in keeps running until Ctrl-C. In another shell:", style="bold")
    for line in wiring.standin_exports(koha, gate):
        console.print(line, soft_wrap=True)
