"""reconcile: one cycle."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sidecar import wiring
from sidecar.cli.common import (
    PENDING,
    AsJson,
    ShowNames,
    SpokenLanguage,
    Timings,
    err,
    in_language,
    out,
    policy_in_use,
    read_last_time,
    settings_of,
)
from sidecar.cli.completing import kept_plans
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import as_json_here, say
from sidecar.cli.signing import Staff, signed
from sidecar.cycle.findings import Findings
from sidecar.cycle.run import run_once
from sidecar.errors import CardwardenError, SettingsError
from sidecar.ports import Mode
from sidecar.report import DIALECTS, prepare_folder, print_report, progress, report_json, timings_line, write_report


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reconcile)


def reconcile(  # noqa: PLR0917 - options of a command line are named
    ctx: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Write the changes. Without it nothing is written.")] = False,
    approve_digest: Annotated[
        str | None,
        typer.Option(
            "--approve",
            metavar="DIGEST",
            help="With --apply: approve this kept plan and apply it at once.",
            autocompletion=kept_plans,
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write the reports into this folder too.")
    ] = None,
    as_json: AsJson = False,
    timings: Timings = False,
    show_names: ShowNames = False,
    staff: Staff = None,
    language: SpokenLanguage = None,
    config: ConfigFile = None,
) -> int:
    """Run one cycle: a dry run unless --apply. Exit code 2 when changes are pending, held back or skipped."""
    if approve_digest is not None and not apply:
        raise SettingsError("--approve goes with --apply. To approve now and apply later: cardwarden approve DIGEST.")
    loaded = settings_of(ctx, config)
    policy = wiring.policy_of(loaded) if apply else policy_in_use(loaded)
    mode = Mode.APPLY if apply else Mode.DRY_RUN
    if report is not None:
        prepare_folder(report)
    with (
        in_language(language, loaded, policy.policy),
        wiring.connected(loaded, under=(policy.policy,), writes=apply) as connected,
        progress(err(), about=read_last_time(connected.world.journal)) as shown,
    ):
        order = replace(
            wiring.order_of(loaded, mode),
            approve=approve_digest,
            staff=signed(staff),
            policy_text=policy.text,
            names=show_names,
            progress=shown,
        )
        with wiring.holding(connected.world, mode):
            findings = run_once(connected.world, policy.policy, order)
    with _never_instead_of(findings), in_language(language, loaded, policy.policy):
        if as_json:
            say(as_json_here(report_json(findings, show_names=show_names)))
        else:
            print_report(findings, out(), show_names=show_names)
    with _never_instead_of(findings), in_language(language, loaded, policy.policy):
        if report is not None:
            dialect, beside = DIALECTS[loaded.settings.report.csv], wiring.beside_of(loaded)
            write_report(findings, report, show_names=show_names, dialect=dialect, beside=beside)
    if timings:
        say(timings_line(findings.timings), err=True)
    return exit_code(findings)


@contextmanager
def _never_instead_of(findings: Findings) -> Iterator[None]:
    """Report a cycle. One that wrote is over and journalled whatever becomes of its report: then a report that cannot
    be made is a warning. In a dry run the report is what was asked for, and an error."""
    try:
        yield
    except Exception as error:
        if not findings.applied:
            raise
        why = str(error) if isinstance(error, CardwardenError) else f"a mistake in Cardwarden ({type(error).__name__})."
        say(
            f"warning: cycle {findings.cycle} was applied, but its report is not complete: {why} "
            f"`cardwarden journal --cycle {findings.cycle}` shows the changes.",
            err=True,
        )


def exit_code(findings: Findings) -> int:
    """0 when nothing is to do or all was done, else 2: also where the scope reaches nobody."""
    return PENDING if findings.pending or findings.unreached else 0
