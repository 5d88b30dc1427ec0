"""policy check, show, test and simulate."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sidecar import wiring
from sidecar.cli.common import SpokenLanguage, in_language, settings_of
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import say
from sidecar.cli.simulating import simulate_command
from sidecar.core.policy import Policy
from sidecar.errors import PolicyError, SettingsError
from sidecar.fitness.stops import stop_table
from sidecar.fitness.whole import fitness_of
from sidecar.language import _
from sidecar.policy import describe_policy, load_policy, screen_lines, screen_warnings
from sidecar.ports import IlsStatus
from sidecar.rehearsal.run import rehearse_case
from sidecar.rehearsal.suggest import suggest_tests
from sidecar.rehearsal.testfile import check_policy_tests, load_policy_of, load_policy_tests
from sidecar.report import stop_lines

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
    texts: Annotated[
        bool, typer.Option("--texts", help="Also show what patrons read, as self-checks and Koha's web page show it.")
    ] = False,
    config: ConfigFile = None,
) -> int:
    """List every mistake in the policy with file, line, key and remedy; exit 1 if there is any."""
    loaded = load_policy(_file(ctx, file, config), collection_office=_office_answers(ctx, config))
    for warning in (*loaded.warnings, *screen_warnings(loaded.policy)):
        say(f"note: {warning}")
    if texts:
        for line in screen_lines(loaded.policy):
            say(line)
    if koha:
        _check_against_koha(ctx, config, loaded.policy)
    say(f"{loaded.path}: no mistakes; {len(loaded.policy.rules)} rules; digest {loaded.policy.digest[:12]}.")
    return 0


@app.command()
def show(
    ctx: typer.Context,
    file: PolicyFile = None,
    koha: Annotated[
        bool, typer.Option("--koha", help="Say of the Koha of the settings what a block stops there, gate by gate.")
    ] = False,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], metavar="DATE", help="As the policy is on that day."),
    ] = None,
    language: SpokenLanguage = None,
    config: ConfigFile = None,
) -> None:
    """Say in plain words what blocks a card, what frees it, and what a block stops."""
    loaded = settings_of(ctx, config) if file is None or koha else None
    policy = load_policy(_file(ctx, file, config)).policy
    with in_language(language, loaded, policy):
        say(describe_policy(policy, None if on is None else on.date()))
        _show_stops(_asked_koha(ctx, config) if koha else None)


@app.command()
def test(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Policy test files (docs/policy.md).")],
    suggest: Annotated[
        bool,
        typer.Option(
            "--suggest", help="Print cases for a policy file: below, at and above each limit, and its release."
        ),
    ] = False,  # noqa: PT028 - a command called test, not a test
) -> int:
    """Run policy tests: a line per case, the difference where one fails; exit 1 if any fails.

    A file with mistakes counts as one failed case, and the others are run.
    """
    if suggest:
        for path in files:
            say(suggest_tests(load_policy(path).policy, path.name).rstrip())
        return 0
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
    for index, case in enumerate(tests.cases):
        result = rehearse_case(case, policy)
        results.append(result.passed)
        say(f"  {'ok  ' if result.passed else 'FAIL'}  {result.name}")
        for difference in result.differences:
            line = tests.places.line(("case", index, "step", difference.step - 1, difference.what))
            say(f"        line {line}, {difference.sentence()}")
            for numbers in difference.numbers:
                say(f"          {numbers}")
    return results


app.command("simulate")(simulate_command)


def _office_answers(ctx: typer.Context, config: Path | None) -> bool:
    """Whether the settings name a collection office that answers. A policy can be checked without any settings."""
    try:
        return settings_of(ctx, config).settings.collection.answers
    except SettingsError:
        return False


def _file(ctx: typer.Context, file: Path | None, config: Path | None) -> Path:
    return file if file is not None else wiring.policy_file(settings_of(ctx, config))


def _asked_koha(ctx: typer.Context, config: Path | None) -> IlsStatus:
    with wiring.connected(settings_of(ctx, config), under=()) as connected:
        return connected.world.source.status()


def _show_stops(status: IlsStatus | None) -> None:
    say(
        _("What a restriction stops in this Koha:")
        if status
        else _("What a restriction stops in Koha (--koha: in yours):")
    )
    for line in stop_lines(stop_table(status), status):
        say(f"  {line}")


def _check_against_koha(ctx: typer.Context, config: Path | None, policy: Policy) -> None:
    """Say what this Koha makes of the policy. Raises PolicyError with what cannot work."""
    loaded, status = settings_of(ctx, config), _asked_koha(ctx, config)
    order = wiring.order_of(loaded, loaded.settings.mode)
    fitness = fitness_of(policy, order.limits, order.scope, status)
    _show_stops(status)
    for note in fitness.notes:
        say(f"note: {note}")
    for sentence in (*fitness.harms, *fitness.warnings):
        say(f"warning: {sentence}")
    if fitness.errors:
        raise PolicyError("\n".join(fitness.errors))
