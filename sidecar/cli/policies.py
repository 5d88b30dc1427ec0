"""policy check, show, test and simulate."""

from pathlib import Path
from typing import Annotated

import typer

from sidecar import wiring
from sidecar.cli.common import ConfigFile, ShowNames, err, out, settings_of
from sidecar.cli.output import say
from sidecar.core.policy import Policy
from sidecar.cycle.judging import effective_scope
from sidecar.cycle.looking import known_ils
from sidecar.errors import PolicyError
from sidecar.fitness.names import names_match
from sidecar.fitness.rules import policy_fits_ils
from sidecar.policy import describe_policy, load_policy
from sidecar.rehearsal.run import rehearse_case, simulate
from sidecar.rehearsal.testfile import check_policy_tests, load_policy_of, load_policy_tests
from sidecar.report import print_simulation, progress

FAILED = 1

app = typer.Typer(help="Look at, check, test and try out the policy.", no_args_is_help=True)

PolicyFile = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="A policy file; by default the one that the settings name.")
]


@app.command()
def check(
    ctx: typer.Context,
    file: PolicyFile = None,
    koha: Annotated[
        bool, typer.Option("--koha", help="Also ask the Koha of the settings whether it can do what the policy says.")
    ] = False,
    config: ConfigFile = None,
) -> int:
    """List every mistake in the policy with file, line, key and remedy; exit 1 if there is any."""
    loaded = load_policy(_file(ctx, file, config), collection_office=False)
    for warning in loaded.warnings:
        say(f"note: {warning}")
    errors = _fitness(ctx, config, loaded.policy) if koha else 0
    if errors:
        return FAILED
    say(f"{loaded.path}: no mistakes; {len(loaded.policy.rules)} rules; digest {loaded.policy.digest[:12]}.")
    return 0


@app.command()
def show(ctx: typer.Context, file: PolicyFile = None, config: ConfigFile = None) -> None:
    """Say in plain words what blocks a card and what frees it."""
    say(describe_policy(load_policy(_file(ctx, file, config)).policy))


@app.command()
def test(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Policy test files (docs/policy.md).")],
) -> int:
    """Run policy tests: a line per case, the difference where one fails; exit 1 if any fails.

    A file with mistakes counts as one failed case, and the others are run.
    """
    passed = failed = mistaken = 0
    for path in files:
        try:
            results = _run_tests(path)
        except PolicyError as error:
            mistaken += 1
            for line in str(error).splitlines():
                say(f"cardwarden: {line}", err=True)
        else:
            passed += results.count(True)
            failed += results.count(False)
    unread = f" ({mistaken} of them not run, for mistakes in the file)" if mistaken else ""
    say(f"{passed} passed, {failed + mistaken} failed{unread}")
    return FAILED if failed or mistaken else 0


def _run_tests(path: Path) -> list[bool]:
    """Run the cases of a file and print how they went; which of them passed."""
    tests = load_policy_tests(path)
    policy = load_policy_of(tests).policy
    check_policy_tests(tests, policy)
    say(f"{path}: {policy.name}")
    results = []
    for case in tests.cases:
        result = rehearse_case(case, policy)
        results.append(result.passed)
        say(f"  {'ok  ' if result.passed else 'FAIL'}  {result.name}")
        for difference in result.differences:
            say(f"        {difference.sentence()}")
    return results


@app.command("simulate")
def simulate_command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy to try in place of the present one.")],
    show_names: ShowNames = False,
    config: ConfigFile = None,
) -> None:
    """Show whom another policy would block or free today, compared with the present one. Nothing is written."""
    loaded = settings_of(ctx, config)
    present, other = wiring.policy_of(loaded).policy, load_policy(file, collection_office=False)
    with wiring.connected(loaded) as connected, progress(err()) as shown:
        status = known_ils(connected.world, claim=False)
        pull = connected.world.source.pull(names=show_names, progress=shown)
        cases = connected.world.journal.cases()
    scope = effective_scope(loaded.settings.scope.scope(), status)
    result = simulate(pull.facts, cases, present, other.policy, pull.as_of, scope)
    print_simulation(result, present, other.policy, pull, out(), show_names=show_names)


def _file(ctx: typer.Context, file: Path | None, config: Path | None) -> Path:
    return file if file is not None else wiring.policy_file(settings_of(ctx, config))


def _fitness(ctx: typer.Context, config: Path | None, policy: Policy) -> int:
    loaded = settings_of(ctx, config)
    with wiring.connected(loaded) as connected:
        status = connected.world.source.status()
    order = wiring.order_of(loaded, loaded.settings.mode)
    fitness = policy_fits_ils(policy, status) + names_match(policy, order.limits, order.scope, status)
    for warning in fitness.warnings:
        say(f"warning: {warning}")
    if fitness.errors:
        raise PolicyError("\n".join(fitness.errors))
    return 0
