"""collection: claims with the collection office."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sidecar import wiring
from sidecar.cli.common import PENDING, out, policy_in_use, settings_of
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import say
from sidecar.cli.patrons import borrowernumber
from sidecar.cli.signing import Staff, signed
from sidecar.collection import (
    Exchange,
    Exchanged,
    Heard,
    exchange,
    hear_file,
    rebuild,
    release_held,
    send_claims,
    take_back,
)
from sidecar.collection.byhand import claim_of
from sidecar.core.collection.waiting import for_staff, waiting_of
from sidecar.core.policy import Policy
from sidecar.errors import CannotWrite, ListError, PausedHere, SettingsError
from sidecar.language.claims import claim_sentences, claim_state
from sidecar.policy.language.currencies import plain_amount
from sidecar.ports import FileIn, Journal, Mode

app = typer.Typer(
    help="Claims with the collection office: what stands, what is sent, what it says.", no_args_is_help=True
)

ClaimNumber = Annotated[str, typer.Argument(metavar="CLAIM", help="The claim's number, as C-000123.")]


@app.command("list")
def list_claims(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    patron: Annotated[str | None, typer.Option("--patron", metavar="N", help="This patron's alone.")] = None,
    config: ConfigFile = None,
) -> None:
    """List the claims, with those first that wait for staff. No name is known here."""
    loaded = settings_of(ctx, config)
    policy = policy_in_use(loaded).policy
    of = None if patron is None else [borrowernumber(patron)]
    with wiring.opened_journal(loaded, begin=False) as journal:
        claims = journal.claims(of)
    waits = {claim.id for claim in for_staff(claims)}
    shown = [claim for claim in claims if everything or claim.is_open or claim.id in waits]
    if not shown:
        say("No claims." if everything else "No open claims. `--all` shows closed ones too.")
        return
    today = wiring.SystemClock().now().astimezone(policy.time_zone).date()
    table = Table("Claim", "Patron", "Rule", "State", "Owed", "Note")
    for claim in sorted(shown, key=lambda each: (each.id not in waits, each.id)):
        waiting = waiting_of(claim, policy.time_zone, loaded.settings.collection.answer_days)
        notes = list(claim_sentences(claim, waiting, policy.currency, today))[1:]
        owed = plain_amount(claim.amount, policy.currency)
        table.add_row(claim.id, claim.patron, claim.rule, claim_state(claim), owed, " ".join(notes))
    out().print(table)


@app.command()
def show(ctx: typer.Context, claim: ClaimNumber, config: ConfigFile = None) -> None:
    """Show a claim and all its steps."""
    loaded = settings_of(ctx, config)
    policy = policy_in_use(loaded).policy
    with wiring.opened_journal(loaded, begin=False) as journal:
        found = claim_of(journal, claim)
        steps = journal.claim_steps(found.id)
    today = wiring.SystemClock().now().astimezone(policy.time_zone).date()
    waiting = waiting_of(found, policy.time_zone, loaded.settings.collection.answer_days)
    say(f"Patron {found.patron}, rule {found.rule}.")
    for sentence in claim_sentences(found, waiting, policy.currency, today):
        say(sentence)
    for step in steps:
        at = step.at.astimezone(policy.time_zone)
        numbers = ", ".join(f"{name} {_shown(name, value, policy)}" for name, value in step.evidence.items())
        say(f"{at:%Y-%m-%d %H:%M}  {step.what}" + (f"  ({numbers})" if numbers else ""))


@app.command()
def send(
    ctx: typer.Context,
    claim: Annotated[
        str | None, typer.Argument(metavar="CLAIM", help="Let this claim, which waits for staff, be sent.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Tell the office the balance of every claim that it has, to compare.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--rebuild", help="Give up files that wait (the spool was lost), and tell their claims anew."),
    ] = False,
    staff: Staff = None,
    config: ConfigFile = None,
) -> int:
    """Exchange files with the office now: read what waits there, and send what is to be told.

    With a CLAIM only let that one go, in the next file.
    """
    who = signed(staff)
    loaded, clock = settings_of(ctx, config), wiring.SystemClock()
    if claim is not None:
        with wiring.opened_journal(loaded, clock, begin=False) as journal, wiring.turn(journal, clock):
            release_held(journal, claim, who, clock.now())
        say(f"{claim} goes with the next file. Journalled: {who}.")
        return 0
    policy = policy_in_use(loaded).policy
    with wiring.connected(loaded, clock, under=(policy,), begin=False, writes=True) as connected:
        journal = connected.world.journal
        _may_send(journal, loaded.settings.mode)
        if connected.contacts is None:
            raise CannotWrite("Koha has no Cardwarden plugin, so nobody says whom the office has to reach.")
        there = wiring.exchange_of(loaded, policy, journal, clock, connected.contacts)
        if again:
            for file in rebuild(there):
                say(f"{file.name} is given up; its claims are told anew.")
        done = _whole(there) if whole else exchange(there)
    return _told(done)


@app.command()
def withdraw(ctx: typer.Context, claim: ClaimNumber, staff: Staff = None, config: ConfigFile = None) -> None:
    """Take a claim back: the office is told with the next file, and the block ends with the cycle after it."""
    who = signed(staff)
    loaded, clock = settings_of(ctx, config), wiring.SystemClock()
    with wiring.opened_journal(loaded, clock, begin=False) as journal, wiring.turn(journal, clock):
        after = take_back(journal, claim, who, clock.now())
    told = "The office is told with the next file." if after.is_with_office and after.ended_at is None else ""
    say(f"{claim} is taken back. {told} Journalled: {who}.".replace("  ", " "))


@app.command()
def hear(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of the office's that came another way.")],
    config: ConfigFile = None,
) -> int:
    """Take what a file of the office's says, as if it had waited in its folder. Exit code 2 if a line was not taken."""
    loaded, clock = settings_of(ctx, config), wiring.SystemClock()
    policy = policy_in_use(loaded).policy
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ListError(f"{file} cannot be read ({error.strerror}).") from None
    with wiring.opened_journal(loaded, clock, begin=False) as journal:
        there = wiring.exchange_of(loaded, policy, journal, clock, wiring.NoContacts())
        heard = hear_file(there, file.name, content)
    if not isinstance(heard, FileIn):
        for problem in heard:
            say(f"{file}:{problem.line}: {problem.what}.", err=True)
        say("Nothing of it is taken: it is not whole." if heard else f"{file.name} was read before.")
        return PENDING if heard else 0
    return _said_of(heard)


def _may_send(journal: Journal, mode: Mode) -> None:
    if mode is Mode.DRY_RUN:
        raise SettingsError('mode = "dry-run" sends nothing to the office: set mode to "apply" in the settings.')
    if journal.paused_since is not None:
        raise PausedHere("Writing is paused, and so is sending: `cardwarden resume` lets both go on.")


def _whole(there: Exchange) -> Exchanged:
    return Exchanged(Heard(), send_claims(there, whole=True))


def _told(done: Exchanged) -> int:
    code = 0
    for heard in done.heard.files:
        code = max(code, _said_of(heard))
    for name, problems in done.heard.unread:
        say(f"{name} is not whole and waits: {'; '.join(problem.what for problem in problems)}.", err=True)
        code = PENDING
    for name in done.heard.unexpected:
        say(f"{name} is no file of the office's: it stays where it is.", err=True)
    for file in done.sent.files:
        say(f"Sent: {file.name}, {len(file.claims)} claims.")
    for claim in done.sent.nobody:
        say(f"{claim} cannot be sent: Koha no longer knows its patron.", err=True)
        code = PENDING
    if done.trouble is not None:
        say(f"{len(done.sent.waiting)} files wait. {done.trouble}", err=True)
        return PENDING
    if not (done.heard.files or done.sent.files):
        say("Nothing was to be read or told.")
    return code


def _said_of(heard: FileIn) -> int:
    say(f"Read: {heard.name}, {heard.taken} lines taken, {len(heard.problems)} problems.")
    for problem in heard.problems:
        say(f"{heard.name}:{problem.line}: {problem.what}.", err=True)
    return PENDING if heard.problems else 0


def _shown(name: str, value: int | str, policy: Policy) -> str:
    if isinstance(value, int) and name in {"amount", "told"}:
        return plain_amount(value, policy.currency)
    return str(value)
