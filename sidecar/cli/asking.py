"""explain: what desk staff ask."""

from typing import Annotated

import typer

from sidecar import wiring
from sidecar.cli.common import (
    AsJson,
    ShowNames,
    SpokenLanguage,
    in_language,
    out,
    policy_in_use,
    settings_of,
)
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import as_json_here, say
from sidecar.cli.patrons import check_patron, patron_number
from sidecar.cycle.looking import known_ils
from sidecar.desk.explained import explain as explain_patron
from sidecar.report import explain_json, print_explanation


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(explain)


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
