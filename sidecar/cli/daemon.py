"""daemon: cycles on a schedule."""

import typer

from sidecar.cli.common import settings_of
from sidecar.cli.options import ConfigFile
from sidecar.serve.daemon import run_daemon


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(daemon)


def daemon(ctx: typer.Context, config: ConfigFile = None) -> int:
    """Run cycles on the schedule until stopped (SIGTERM, Ctrl-C). A dry run unless the settings' mode says more."""
    return run_daemon(settings_of(ctx, config))
