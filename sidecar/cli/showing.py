"""demo: the whole story on a stand-in Koha, checked as it goes."""

from typing import Annotated

import typer

from sidecar.cli.demo import run_demo


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(demo)


def demo(
    patrons: Annotated[int, typer.Option("--patrons", min=500, max=100_000, help="How many invented patrons.")] = 3000,
    keep_running: Annotated[
        bool, typer.Option("--keep-running", help="Keep the stand-in Koha running afterwards, to try things by hand.")
    ] = False,
) -> int:
    """Dry run, approval, apply, payment and release on a stand-in Koha; fails if any set of patrons is not right."""
    return run_demo(patrons=patrons, keep_running=keep_running)
