"""The demo's second part: one claim from the notice to the release, with an office that is a folder, over two weeks."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sidecar import wiring
from sidecar.collection import Exchanged, exchange
from sidecar.core.collection.claims import Claim
from sidecar.core.collection.waiting import waiting_of
from sidecar.cycle.findings import Findings
from sidecar.cycle.run import run_once
from sidecar.errors import CardwardenError
from sidecar.language.claims import waiting_sentence
from sidecar.policy import LoadedPolicy, parse_policy
from sidecar.ports import Mode
from sidecar.settings import LoadedSettings

RULE: Final = """
[policy]
name      = "Aarhus, its collection rule alone"
currency  = "DKK"
languages = ["da", "en"]
time_zone = "Europe/Copenhagen"

[rules.collection]
kind            = "collection"
block_at        = 9000.00
pay_within_days = 7
announce        = "notice"
"""
"""At a sum that one invented patron alone will owe."""

OWED: Final = "9500.00"
TYPE: Final = "CW_COLLECTION"


class ClaimNotRight(CardwardenError):
    """The claim was not where it had to be."""


class MovedClock:
    """The machine's clock, some days ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Now, aware."""
        return datetime.now(UTC) + self.ahead


class ClaimDemo:
    """Plays the two weeks, and stops if anything is not as it must be."""

    def __init__(
        self, library: wiring.Library, loaded: LoadedSettings, office: Path, say: Callable[[str], None]
    ) -> None:
        self.library = library
        self.loaded = loaded
        self.office = office
        self.say = say
        self.clock = MovedClock()
        self.policy: LoadedPolicy = parse_policy(RULE, "the demo's policy")
        self.patron = library.subjects["clear"]

    def play(self) -> None:
        """From the notice to the release."""
        self.library.register_type(TYPE)
        for name in ("outgoing", "incoming", "archive"):
            (self.office / name).mkdir(parents=True)
        self.library.charge(self.patron, "OVERDUE", OWED)
        self._cycle()
        self._check("told", blocked=False)
        self.say(f"   Patron {self.patron} owes {OWED} kr. and is told; Koha has the notice in its queue.")
        self._later(days=1)
        self._cycle()
        self._later(days=5)
        self._cycle()
        self._check("told", blocked=False)
        self._later(days=1)
        self._cycle()
        self._check("referred", blocked=True)
        self.say("   A week after the notice went out: blocked, and referred.")
        sent = self._exchange().sent.files[0]
        claim = self._check("sent", blocked=True)
        self.say(f"   {sent.name} is with the office: 1 claim, {OWED} kr. ({claim.id}).")
        self._heard(1, f"acknowledgement,{claim.id},,{self._today},,,,accepted", "0.00")
        self._check("acknowledged", blocked=True)
        self._later(days=2)
        self.library.pay(self.patron)
        self._cycle()
        claim = self._check("acknowledged", blocked=True)
        waiting = waiting_of(claim, self.policy.policy.time_zone)
        if waiting is None:
            raise ClaimNotRight("the demo failed: a claim that is paid here does not wait for the office.")
        self.say(f"   All is paid at the desk, and the card stays blocked. {waiting_sentence(waiting, waiting.since)}")
        self._later(days=5)
        self._heard(2, f"payment,{claim.id},,{self._today},{OWED},0.00,P-1,full", OWED)
        self._check("reported_paid", blocked=True)
        self._cycle()
        self._check("closed", blocked=False)
        self.say("   The office reports the claim paid: the next cycle frees the card, and the claim is closed.")

    def _cycle(self) -> Findings:
        """A cycle that applies, with an approval where it asks for one."""
        findings = self._run(None)
        if len(findings.braked.held):
            findings = self._run(findings.kept_digest)
        return findings

    def _run(self, approve: str | None) -> Findings:
        with (
            wiring.connected(self.loaded, self.clock, under=(self.policy.policy,)) as there,
            wiring.holding(there.world, Mode.APPLY),
        ):
            order = replace(wiring.order_of(self.loaded, Mode.APPLY), approve=approve)
            return run_once(there.world, self.policy.policy, order)

    def _exchange(self) -> Exchanged:
        with wiring.connected(self.loaded, self.clock, under=(self.policy.policy,)) as there:
            contacts = there.contacts or wiring.NoContacts()
            done = exchange(
                wiring.exchange_of(self.loaded, self.policy.policy, there.world.journal, self.clock, contacts)
            )
        if done.trouble is not None or any(file.problems for file in done.heard.files):
            raise ClaimNotRight(f"the demo failed: the exchange: {done}")
        return done

    def _heard(self, number: int, line: str, total: str) -> None:
        """The office lays a file into its folder."""
        columns = "record,claim,patron,date,amount,outstanding,reference,result"
        header = f"cardwarden,1,from-office,{number},{self._today},DKK,1,{total}"
        file = self.office / "incoming" / f"office-{number:06d}.csv"
        file.write_text(os.linesep.join((header, columns, line, "")), encoding="utf-8", newline="")
        self._exchange()

    def _check(self, state: str, *, blocked: bool) -> Claim:
        with wiring.opened_journal(self.loaded, self.clock) as journal:
            claims = journal.claims()
        rows = {str(row["borrowernumber"]) for row in self.library.rows() if row["type"] == TYPE}
        found = [claim.state.value for claim in claims]
        if found != [state] or rows != ({str(self.patron)} if blocked else set()):
            raise ClaimNotRight(f"the demo failed: claims {found} in place of {state}, blocked: {sorted(rows)}")
        return claims[0]

    def _later(self, days: int) -> None:
        self.clock.ahead += timedelta(days=days)
        self.library.advance(days * 24 * 3600)

    @property
    def _today(self) -> str:
        return self.clock.now().astimezone(self.policy.policy.time_zone).date().isoformat()
