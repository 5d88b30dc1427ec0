"""standin and koha-plugin: what one needs once, to try Cardwarden out or to install it."""

from pathlib import Path
from typing import Annotated

import typer

from sidecar import wiring
from sidecar.cli.output import say


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(standin)
    app.command("koha-plugin")(koha_plugin)


def standin(
    patrons: Annotated[int, typer.Option("--patrons", min=1, max=1_000_000, help="How many invented patrons.")] = 2000,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
    sip_port: Annotated[
        int, typer.Option("--sip-port", min=0, max=65535, help="The SIP2 gate's port; 0 takes a free one.")
    ] = 0,
    no_plugin: Annotated[bool, typer.Option("--no-plugin", help="A Koha without Cardwarden's plugin.")] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="KIND[=VALUE]", help="Something to go wrong, as in error=503:0.1; repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same patrons.")] = 1,
) -> None:
    """Serve a stand-in Koha and its SIP2 gate on loopback, and print the `export` lines with which the other commands
    reach them."""
    wiring.serve_standin(
        patrons=patrons, port=port, sip_port=sip_port, plugin=not no_plugin, faults=fault or [], seed=seed
    )


def koha_plugin(
    file: Annotated[Path, typer.Argument(metavar="FILE.kpz", help="Where to write the plugin package.")],
) -> None:
    """Build the Koha plugin that a library installs."""
    wiring.build_plugin(file)
    say(f"{file}: upload it in Koha under Administration, Plugins, then restart the API workers.")
