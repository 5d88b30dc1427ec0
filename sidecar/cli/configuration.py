"""config check and show."""

import json

import typer

from sidecar import wiring
from sidecar.cli.common import settings_of
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import as_json_here, say
from sidecar.fitness.clocks import clocks_agree
from sidecar.fitness.daemon import daemon_can_work
from sidecar.fitness.fitness import Fitness
from sidecar.fitness.stops import stop_table
from sidecar.fitness.whole import fitness_of
from sidecar.report import stop_lines
from sidecar.settings import LoadedSettings, masked

app = typer.Typer(help="Check and show the settings.", no_args_is_help=True)


@app.command()
def check(ctx: typer.Context, config: ConfigFile = None) -> int:
    """Say what a daemon with these settings would say: settings, policy, journal, Koha, collection office.

    Nothing is written to Koha; into each of the office's folders a small file is written and removed again.
    """
    loaded = settings_of(ctx, config)
    say(f"settings  {loaded.file or 'environment alone'}: fine; mode {loaded.settings.mode}")
    loaded.check_secrets()
    policy = wiring.policy_of(loaded)
    say(f"policy    {policy.path}: no mistakes; {policy.policy.name}, {len(policy.policy.rules)} rules")
    with wiring.connected(loaded, under=(policy.policy,)) as connected:
        book = connected.world.journal
        bound, instance, paused = book.bound_to, book.instance_id, book.paused_since
        say(f"journal   opened; belongs to installation: {bound or 'none yet'}")
        status = connected.world.source.status()
    say(f"koha      {status.description}; {status.patron_count} patrons")
    fitness = daemon_can_work(status, mode=loaded.settings.mode, journal_of=bound, instance=instance)
    order = wiring.order_of(loaded, loaded.settings.mode)
    fitness += fitness_of(policy.policy, order.limits, order.scope, status)
    apart = clocks_agree(status.as_of, wiring.SystemClock().now(), order.clock_tolerance)
    fitness += Fitness((apart,) if apart else ())
    fitness += _office_fitness(loaded)
    if paused is not None:
        say("warning   Writing is paused by `cardwarden pause`: cycles are dry runs until `cardwarden resume`.")
    say("stops     what a restriction stops in this Koha:")
    for line in stop_lines(stop_table(status), status):
        say(f"          {line}")
    for note in fitness.notes:
        say(f"note      {note}")
    for harm in fitness.harms:
        say(f"refuses   {harm}")
    for warning in (*policy.warnings, *fitness.warnings):
        say(f"warning   {warning}")
    for error in fitness.errors:
        say(f"error     {error}", err=True)
    return 1 if fitness.errors else 0


def _office_fitness(loaded: LoadedSettings) -> Fitness:
    """Whether files go to the collection office and come from it, if there is one; it is said where it is."""
    office = wiring.office_of(loaded)
    if office is None:
        return Fitness()
    asked = loaded.settings.collection
    problems = office.problems(answers=asked.answers)
    say(f"office    {office.address}: {'not usable' if problems else 'reached'}; profile {asked.profile}")
    return Fitness(errors=tuple(f"Collection office: {problem}" for problem in problems))


@app.command()
def show(ctx: typer.Context, config: ConfigFile = None) -> None:
    """Print the settings in force, secrets masked."""
    loaded = settings_of(ctx, config)
    say(as_json_here(json.dumps(masked(loaded.settings.model_dump(mode="json")), indent=2, ensure_ascii=False)))
