"""The commands. Each is a thin layer: read settings, call what does the work, print, and choose the exit code.

Exit codes: 0 all is well, 1 an error (one line on standard error), 2 changes are pending, held back or skipped.
"""

import os
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import Annotated

import typer

from sidecar import __version__
from sidecar.cli.ondemand import CommandsOnDemand
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import collect_rarely, say, steady_output
from sidecar.errors import CardwardenError

ERROR = 1
INTERRUPTED = 130
COMPLETING = "_CARDWARDEN_COMPLETE"
"""The variable by which a shell's completion asks for words in place of running a command."""

app = typer.Typer(
    name="cardwarden",
    cls=CommandsOnDemand,
    help="Keeps each library card's restriction flags equal to the library's own rules, and explains every one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"cardwarden {__version__}")
        raise typer.Exit


@app.callback()
def cardwarden(
    ctx: typer.Context,
    config: ConfigFile = None,
    version: Annotated[  # noqa: ARG001 - its callback has printed it
        bool,
        typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Keeps each library card's restriction flags equal to the library's own rules, and explains every one."""
    ctx.obj = config


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code. Errors are one clear line, never a traceback."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code, which is never that of printing."""
    collect_rarely()
    with steady_output():
        return _complete(arguments) if COMPLETING in os.environ else _run(arguments)


def _complete(arguments: list[str] | None) -> int:
    """Tell a shell what may come next. What goes wrong is silent: people are in the middle of typing."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        try:
            app(args=arguments, prog_name="cardwarden", standalone_mode=False)
        except Exception:  # noqa: BLE001 - nobody asked for it, so nobody is told
            return ERROR
    return 0


def _run(arguments: list[str] | None) -> int:
    try:
        code = app(args=arguments, standalone_mode=False)
    except CardwardenError as error:
        return _failed(str(error))
    except typer.TyperException as error:
        message = error.format_message().rstrip(".")
        end = "" if message.endswith("?") else "."
        return _failed(f"{message}{end} See `cardwarden --help`.") if message else ERROR
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("CARDWARDEN_DEBUG"):
            raise
        return _failed(
            f"this is a mistake in Cardwarden ({type(error).__name__}). Run it again with CARDWARDEN_DEBUG=1 and "
            "report what it prints, without names and card numbers."
        )
    return code if isinstance(code, int) else 0


def _failed(message: str) -> int:
    for line in message.splitlines() or [""]:
        say(f"cardwarden: {line}", err=True)
    return ERROR
