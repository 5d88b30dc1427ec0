"""reconcile, approve, pause, resume, takeover, daemon: everything that runs cycles or steers them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from sidecar import wiring
from sidecar.cli.common import PENDING, AsJson, ConfigFile, ShowNames, err, out, settings_of
from sidecar.cli.output import as_json_here, say
from sidecar.cycle.findings import Findings
from sidecar.cycle.looking import known_ils
from sidecar.cycle.run import APPROVAL_LIFETIME, run_once
from sidecar.errors import CannotWrite, CardwardenError, SettingsError
from sidecar.ports import Mode
from sidecar.report import COMMA, SEMICOLON, prepare_folder, print_report, progress, report_json, write_report
from sidecar.serve.daemon import run_daemon

CSV: Final = {"comma": COMMA, "semicolon": SEMICOLON}
"""The dialects by the settings' word for them."""


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (reconcile, approve, pause, resume, takeover, daemon):
        app.command()(command)


def reconcile(
    ctx: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Write the changes. Without it nothing is written.")] = False,
    approve_digest: Annotated[
        str | None,
        typer.Option("--approve", metavar="DIGEST", help="With --apply: approve this kept plan and apply it at once."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write the reports into this folder too.")
    ] = None,
    as_json: AsJson = False,
    show_names: ShowNames = False,
    config: ConfigFile = None,
) -> int:
    """Run one cycle: a dry run unless --apply. Exit code 2 when changes are pending, held back or skipped."""
    if approve_digest is not None and not apply:
        raise SettingsError("--approve goes with --apply. To approve now and apply later: cardwarden approve DIGEST.")
    loaded = settings_of(ctx, config)
    policy = wiring.policy_of(loaded)
    mode = Mode.APPLY if apply else Mode.DRY_RUN
    if report is not None:
        prepare_folder(report)
    with wiring.connected(loaded, writes=apply) as connected, progress(err()) as shown:
        order = replace(wiring.order_of(loaded, mode), approve=approve_digest, names=show_names, progress=shown)
        with wiring.holding(connected.world, mode):
            findings = run_once(connected.world, policy.policy, order)
    with _never_instead_of(findings):
        if as_json:
            say(as_json_here(report_json(findings, show_names=show_names)))
        else:
            print_report(findings, out(), show_names=show_names)
    with _never_instead_of(findings):
        if report is not None:
            write_report(findings, report, show_names=show_names, dialect=CSV[loaded.settings.report.csv])
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


def approve(
    ctx: typer.Context,
    digest: Annotated[str, typer.Argument(help="The plan's digest as the report shows it, or its beginning.")],
    config: ConfigFile = None,
) -> None:
    """Let the next cycle apply a kept plan: once, within 24 hours, and only what it would still change then."""
    loaded = settings_of(ctx, config)
    clock = wiring.SystemClock()
    present = wiring.policy_of(loaded).policy.digest
    with wiring.opened_journal(loaded, clock, begin=False) as journal:
        approval = journal.approve(digest.strip().lower(), clock.now(), APPROVAL_LIFETIME)
    say(
        f"Approved: {len(approval.keys)} changes, until {approval.expires.astimezone():%Y-%m-%d %H:%M}. "
        "The next cycle that applies makes those of them that are still due: a running daemon's at its next look, else "
        "cardwarden reconcile --apply."
    )
    if present != approval.policy_digest:
        say("But the policy has changed since that plan was made: it counts only if the policy is put back.", err=True)


def pause(ctx: typer.Context, config: ConfigFile = None) -> None:
    """Stop all writing at once, the daemon's too, until `cardwarden resume`."""
    loaded, clock = settings_of(ctx, config), wiring.SystemClock()
    with wiring.opened_journal(loaded, clock, begin=wiring.names_its_journal(loaded)) as journal:
        journal.pause(clock.now())
    say(f"Paused: nothing is written until `cardwarden resume`. Journal: {wiring.journal_name(loaded)}.")


def resume(ctx: typer.Context, config: ConfigFile = None) -> None:
    """Allow writing again."""
    with wiring.opened_journal(settings_of(ctx, config), begin=False) as journal:
        was_paused = journal.paused_since is not None
        journal.resume()
    say("Resumed: the next cycle writes again." if was_paused else "It was not paused.")


def takeover(ctx: typer.Context, config: ConfigFile = None) -> None:
    """Make this journal the one that writes to the ILS, in place of another."""
    loaded = settings_of(ctx, config)
    with wiring.connected(loaded, begin=wiring.names_its_journal(loaded), writes=True) as connected:
        if connected.world.target is None:
            raise CannotWrite("Koha has no Cardwarden plugin, so there is no writer to take over from.")
        known_ils(connected.world, claim=True)
        connected.world.target.claim()
    say("This journal is now the one that writes. The other one is refused from now on.")


def daemon(ctx: typer.Context, config: ConfigFile = None) -> int:
    """Run cycles on the schedule until stopped (SIGTERM, Ctrl-C). A dry run unless the settings' mode says more."""
    return run_daemon(settings_of(ctx, config))
