"""policy simulate: what other policies would do today."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sidecar import wiring
from sidecar.cli.common import AsJson, ShowNames, SpokenLanguage, err, in_language, out, read_last_time, settings_of
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import as_json_here, say
from sidecar.errors import PolicyError, SettingsError
from sidecar.language import _
from sidecar.policy import Curve, Edit, read_curve, read_edit
from sidecar.ports import Mode
from sidecar.rehearsal.simulation import Trial, look_at_everyone, simulate
from sidecar.report import DIALECTS, prepare_folder, print_simulation, progress, simulation_json, write_simulation
from sidecar.settings import LoadedSettings


def simulate_command(  # noqa: PLR0917 - options of a command line are named
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE…]", help="Policies to try in place of the present one, each by itself."),
    ] = None,
    edits: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Try it with another value, as rules.debt.block_at=200; entries of lists count from 1, and nothing "
            "after the sign takes the key out. May be given again.",
        ),
    ] = None,
    curve: Annotated[
        str | None,
        typer.Option(
            "--curve",
            metavar="KEY=FROM..TO/STEP",
            help="Try each of these values, as rules.debt.block_at=100..400/25, and draw how many cards it blocks.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Write it into this folder too: HTML, text, JSON, CSV."),
    ] = None,
    as_json: AsJson = False,
    show_names: ShowNames = False,
    language: SpokenLanguage = None,
    config: ConfigFile = None,
) -> None:
    """Show whom other policies would block or free today, compared with the present one. Nothing is written."""
    loaded = settings_of(ctx, config)
    present = wiring.policy_of(loaded).policy
    row = None if curve is None else read_curve(curve)
    trials = _trials(loaded, files or [], [read_edit(each) for each in edits or []], row)
    if report is not None:
        prepare_folder(report)
    with (
        in_language(language, loaded, present),
        wiring.connected(loaded, under=(present, *(trial.policy for trial in trials))) as connected,
    ):
        order = replace(wiring.order_of(loaded, Mode.DRY_RUN), names=show_names)
        with progress(err(), about=read_last_time(connected.world.journal)) as shown:
            everyone = look_at_everyone(connected.world, replace(order, progress=shown))
    with in_language(language, loaded, present):
        with progress(err(), _("Trying policies")) as shown:
            found = simulate(everyone, present, trials, order, key=None if row is None else row.key, tried=shown)
        if as_json:
            say(as_json_here(simulation_json(found, show_names=show_names)))
        else:
            print_simulation(found, out(), show_names=show_names)
        if report is not None:
            dialect = DIALECTS[loaded.settings.report.csv]
            write_simulation(found, report, show_names=show_names, dialect=dialect)


def _trials(loaded: LoadedSettings, files: Sequence[Path], edits: Sequence[Edit], curve: Curve | None) -> list[Trial]:
    """All policies to try. Raises PolicyError with every mistake in any of them."""
    if not (files or edits or curve):
        raise SettingsError(
            "Nothing to try: name a policy file, or --set rules.debt.block_at=200, or "
            "--curve rules.debt.block_at=100..400/25."
        )
    if curve is not None and len(files) > 1:
        raise SettingsError("--curve goes with one policy file, or with none for the present policy.")
    bases = [(wiring.policy_file(loaded), "")] if not files else [(file, str(file)) for file in files]
    mistakes: dict[str, None] = {}
    found: list[Trial] = []
    for file, name in bases:
        for point in [None] if curve is None else curve.points():
            with _collected(mistakes):
                made = [*edits, *([] if point is None else [point])]
                policy = wiring.policy_at(file, loaded, made).policy
                value = None if point is None else point.value_words
                found.append(Trial(_label(name, made), policy, value))
    if mistakes:
        raise PolicyError("\n".join(mistakes))
    return found


def _label(name: str, edits: Sequence[Edit]) -> str:
    return ": ".join(part for part in (name, ", ".join(map(str, edits))) if part)


@contextmanager
def _collected(mistakes: dict[str, None]) -> Iterator[None]:
    try:
        yield
    except PolicyError as error:
        mistakes.update(dict.fromkeys(str(error).splitlines()))
