"""explain and journal: what desk staff and administrators ask."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
import tzlocal

from sidecar import wiring
from sidecar.cli.common import (
    LARGEST_CYCLE,
    AsJson,
    ShowNames,
    SpokenLanguage,
    in_language,
    out,
    policy_in_use,
    settings_of,
)
from sidecar.cli.completing import cycles_that_wrote
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import as_json_here, say
from sidecar.cli.patrons import borrowernumber, check_patron, patron_number
from sidecar.core.policy import Policy
from sidecar.cycle.looking import known_ils
from sidecar.desk.explained import explain as explain_patron
from sidecar.errors import PolicyError
from sidecar.ports import CycleRecord, Journal
from sidecar.report import explain_json, print_changes, print_cycles, print_explanation, print_releases, records_json
from sidecar.report.pages.journal import UTC_ZONE
from sidecar.settings import LoadedSettings

QUIET_AMONG: Final = 100
"""How many cycles are looked through for each that is shown."""


MOST_LINES: Final = 1_000_000

journals = typer.Typer()


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(explain)
    app.add_typer(journals, name="journal")


def explain(
    ctx: typer.Context,
    patron: Annotated[
        str,
        typer.Argument(
            help="Koha's borrowernumber. `card` asks for a card number, `-` reads one from standard input: a card "
            "number never stands on the command line."
        ),
    ],
    as_json: AsJson = False,
    show_names: ShowNames = False,
    language: SpokenLanguage = None,
    config: ConfigFile = None,
) -> None:
    """Say of one patron whether the card is blocked, by what and what frees it; then what every rule says, with the
    numbers. Nothing is written."""
    check_patron(patron)
    loaded = settings_of(ctx, config)
    policy = policy_in_use(loaded).policy
    with wiring.connected(loaded, under=(policy,)) as connected:
        world = connected.world
        status = known_ils(world, claim=False)
        number = patron_number(world.source, patron)
        found = explain_patron(world, status, policy, number, wiring.asking_of(loaded), names=show_names)
    with in_language(language, loaded, policy):
        if as_json:
            say(as_json_here(explain_json(found.answer, found.decision, policy, found.changes, show_names=show_names)))
        else:
            print_explanation(found.answer, found.decision, policy, found.changes, out(), show_names=show_names)


@journals.callback(invoke_without_command=True)
def journal(  # noqa: PLR0917 - options of a command line are named
    ctx: typer.Context,
    cycle: Annotated[
        int | None,
        typer.Option(
            "--cycle",
            metavar="N",
            min=1,
            max=LARGEST_CYCLE,
            help="The changes of this cycle.",
            autocompletion=cycles_that_wrote,
        ),
    ] = None,
    patron: Annotated[
        str | None, typer.Option("--patron", metavar="NUMBER", help="The changes to this patron's restrictions.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_LINES, help="At most so many lines.")] = 30,
    everything: Annotated[
        bool, typer.Option("--all", help="Quick cycles that found nothing new to do, too; a daemon makes one a minute.")
    ] = False,
    as_json: AsJson = False,
    language: SpokenLanguage = None,
    config: ConfigFile = None,
) -> None:
    """Show past cycles, or with --cycle or --patron the changes with their evidence and what staff released."""
    if ctx.invoked_subcommand is not None:
        return
    number = None if patron is None else borrowernumber(patron)
    loaded = settings_of(ctx, config)
    with wiring.opened_journal(loaded, begin=False) as book:
        cycles = _cycles(book, limit, everything=everything) if cycle is None and number is None else None
        changes = book.changes(cycle=cycle, patron=number, limit=limit) if cycles is None else []
        releases = book.releases(number, cycle=cycle)[:limit] if cycles is None else []
    if as_json:
        say(as_json_here(records_json(changes if cycles is None else cycles, releases)))
        return
    policy = _policy_if_it_can_be_used(loaded)
    zone = _machine_zone() if policy is None else policy.time_zone
    with in_language(language, loaded, policy):
        if cycles is None:
            print_changes(changes, out(), policy=policy, zone=zone)
            if releases:
                print_releases(releases, out(), zone=zone)
        else:
            print_cycles(cycles, out(), zone=zone)


@journals.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; one that is there is never written over.")],
    config: ConfigFile = None,
) -> None:
    """Copy a journal in SQLite as it is at this moment, also while a daemon writes it. For PostgreSQL: pg_dump."""
    size = wiring.back_up_journal(settings_of(ctx, config), file)
    say(f"{file}: the journal as it is now, {size / 1e6:.1f} MB, checked.")


def _cycles(book: Journal, limit: int, *, everything: bool) -> Sequence[CycleRecord]:
    if everything:
        return book.cycles(limit)
    told = [cycle for cycle in book.cycles(limit * QUIET_AMONG) if not cycle.is_quiet]
    befores = [*told[1:], None]
    return [cycle for cycle, before in zip(told, befores, strict=True) if not (before and cycle.waits_like(before))][
        :limit
    ]


def _machine_zone() -> ZoneInfo:
    try:
        return tzlocal.get_localzone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC_ZONE


def _policy_if_it_can_be_used(loaded: LoadedSettings) -> Policy | None:
    """The journal is asked just when something is wrong, and it may be the policy that is."""
    try:
        return wiring.policy_of(loaded).policy
    except PolicyError:
        say(
            "The policy cannot be used (`cardwarden policy check` says why), so times are in this machine's zone.",
            err=True,
        )
        return None
