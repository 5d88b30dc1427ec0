"""config check and show."""

import json

import typer

from sidecar.cli.checklist import Checklist
from sidecar.cli.common import settings_of
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import as_json_here, say
from sidecar.settings import masked

app = typer.Typer(help="Check and show the settings.", no_args_is_help=True)


@app.command()
def check(ctx: typer.Context, config: ConfigFile = None) -> int:
    """Try all that a daemon with these settings needs, and say of each what came of it and what to do; exit 1 if
    anything is wrong.

    Nothing is written to Koha; into each of the office's folders a small file is written and removed again.
    """
    return Checklist(settings_of(ctx, config)).go_through()


@app.command()
def show(ctx: typer.Context, config: ConfigFile = None) -> None:
    """Print the settings in force, secrets masked."""
    loaded = settings_of(ctx, config)
    say(as_json_here(json.dumps(masked(loaded.settings.model_dump(mode="json")), indent=2, ensure_ascii=False)))
