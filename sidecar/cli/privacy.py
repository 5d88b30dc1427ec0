"""privacy: what the journal knows of one patron, and how it forgets it (GDPR: access and erasure)."""

import json
from typing import Annotated

import typer

from sidecar import wiring
from sidecar.cli.common import settings_of
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import as_json_here, say
from sidecar.cli.patrons import borrowernumber
from sidecar.errors import SettingsError, StillInLog

app = typer.Typer(help="Export or erase what the journal holds of one patron.", no_args_is_help=True)

Patron = Annotated[str, typer.Argument(metavar="PATRON", help="Koha's borrowernumber.")]


@app.command()
def export(ctx: typer.Context, patron: Patron, config: ConfigFile = None) -> None:
    """Print all that the journal holds of one patron, as JSON."""
    number = borrowernumber(patron)
    with wiring.opened_journal(settings_of(ctx, config), begin=False) as journal:
        held = journal.export_patron(number)
    say(as_json_here(json.dumps(held, indent=2, ensure_ascii=False)))


@app.command()
def erase(
    ctx: typer.Context,
    patron: Patron,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; there is no way back.")] = False,
    config: ConfigFile = None,
) -> None:
    """Forget one patron. A restriction that still stands in Koha is adopted by the next cycle: release it first."""
    number = borrowernumber(patron)
    if not yes:
        raise SettingsError(f"Erasing patron {number} cannot be taken back: say --yes to do it.")
    with wiring.opened_journal(settings_of(ctx, config), begin=False) as journal:
        try:
            gone = journal.erase_patron(number)
        except StillInLog as remains:
            say(f"Patron {number} is erased from the journal, but not yet from the disk.")
            say(str(remains), err=True)
            return
    say(
        f"Patron {number} is forgotten: "
        + ", ".join(f"{count} {table}" for table, count in gone.items() if table != "claims_kept")
        + "."
    )
    if gone.get("claims_kept"):
        say(
            "Kept: what is about a claim that the collection office has. Take it back (`cardwarden collection withdraw "
            "CLAIM`) or wait for the office's word, and erase again."
        )
    if gone["plan_changes"]:
        say("Plans that the patron was in have another digest now: make a dry run before you approve one.")
