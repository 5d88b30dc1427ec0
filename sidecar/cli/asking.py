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
from sidecar.core.decide import decide
from sidecar.cycle.judging import effective_scope
from sidecar.cycle.looking import known_ils, look_at
from sidecar.desk import answer, circumstances_of
from sidecar.errors import UnknownPatron
from sidecar.fitness.rules import policy_fits_ils
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
        sight = look_at(world, policy, [number], names=show_names)
        facts = sight.facts_of(number)
        if facts is None:
            raise UnknownPatron(f"Koha has no patron with borrowernumber {number}.")
        scope = effective_scope(loaded.settings.scope.scope(), status)
        as_of = sight.pull.as_of
        decision = decide(facts, sight.cases_of(number), policy, as_of, scope)
        at = circumstances_of(
            world.journal,
            status,
            policy,
            number,
            world.clock.now(),
            mode=loaded.settings.mode,
            scope=scope,
            every=loaded.settings.schedule.quick_interval(),
            misfits=policy_fits_ils(policy, status).misfits,
            answer_days=loaded.settings.collection.answer_days,
        )
        said = answer(decision, policy, as_of, at)
        changes = world.journal.changes(patron=number, limit=10)
    with in_language(language, loaded, policy):
        if as_json:
            say(as_json_here(explain_json(said, decision, policy, changes, show_names=show_names)))
        else:
            print_explanation(said, decision, policy, changes, out(), show_names=show_names)
