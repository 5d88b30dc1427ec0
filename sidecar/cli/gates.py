"""verify: is what is in force for a card what the gates do with it?"""

from typing import Annotated

import typer

from sidecar import wiring
from sidecar.cli.common import PENDING, AsJson, SpokenLanguage, in_language, out, policy_in_use, settings_of
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import as_json_here, say
from sidecar.cli.patrons import check_patron, patron_number
from sidecar.errors import SettingsError, UnknownPatron
from sidecar.ports import Source
from sidecar.report import print_verification, verification_json
from sidecar.verification import Everyone, Named, Sample, Selection, Verification, verify

UNANSWERED = 1
"""Exit code: a gate could not be asked, or did not answer for a card."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify_gates)


def verify_gates(  # noqa: PLR0917 - options of a command line are named
    ctx: typer.Context,
    patron: Annotated[
        str | None,
        typer.Option("--patron", metavar="N", help="This patron alone: a borrowernumber, `card` or `-` as in explain."),
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All cards that can matter, in place of a sample.")] = False,
    gate: Annotated[str | None, typer.Option("--gate", metavar="NAME", help="This gate of the settings alone.")] = None,
    sample: Annotated[
        int,
        typer.Option(
            "--sample", min=1, help="So many of the latest blocks, of the latest releases and of clean cards."
        ),
    ] = 20,
    as_json: AsJson = False,
    language: SpokenLanguage = None,
    config: ConfigFile = None,
) -> int:
    """Ask the gates (self-checks, digital services) about cards, and compare with what is in force. Nothing is written,
    and no patron's PIN is sent. Exit code 2 when a gate is open, or refuses a card that Cardwarden does not block."""
    if patron is not None and everyone:
        raise SettingsError("--patron and --all cannot go together.")
    if patron is not None:
        check_patron(patron)
    loaded = settings_of(ctx, config)
    policy = policy_in_use(loaded).policy
    gates = wiring.gates_of(loaded, gate)
    with wiring.connected(loaded, under=(policy,)) as connected:
        found = verify(
            connected.world,
            policy,
            gates,
            selection=_selection(connected.world.source, patron, Sample(sample, sample, sample), everyone=everyone),
            scope=loaded.settings.scope.scope(),
        )
    if patron is not None and not found.chosen:
        raise UnknownPatron("Koha has no patron with that borrowernumber.")
    with in_language(language, loaded, policy):
        if as_json:
            say(as_json_here(verification_json(found)))
        else:
            print_verification(found, out())
    return exit_code(found)


def _selection(source: Source, patron: str | None, sample: Sample, *, everyone: bool) -> Selection:
    if patron is not None:
        return Named((patron_number(source, patron),))
    return Everyone() if everyone else sample


def exit_code(found: Verification) -> int:
    """0 when all is equal, 2 when something differs, else 1 when something was not answered."""
    if found.differs:
        return PENDING
    return UNANSWERED if found.unanswered else 0
