"""announced: staff say that letters went out."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sidecar import wiring
from sidecar.byhand import read_letters, take_announced
from sidecar.cli.common import PENDING, policy_in_use, settings_of
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import say
from sidecar.cli.signing import Staff, signed
from sidecar.errors import ListError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(announced)


def announced(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="announcements.csv of a report, or a part of its lines.")
    ],
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on", metavar="DATE", formats=["%Y-%m-%d"], help="The day on which the letters went; else today."
        ),
    ] = None,
    staff: Staff = None,
    config: ConfigFile = None,
) -> int:
    """Say that the letters to those who were announced went out: their days run from that day on.

    For rules with announce = "list". The next cycle counts from it; nothing is written to Koha.
    """
    who = signed(staff)
    loaded, clock = settings_of(ctx, config), wiring.SystemClock()
    policy = policy_in_use(loaded).policy
    letters = read_letters(_text_of(file))
    now = clock.now()
    day = now.astimezone(policy.time_zone).date() if on is None else on.date()
    if day > now.astimezone(policy.time_zone).date():
        raise ListError(f"--on {day.isoformat()} is still to come: say so when the letters went.")
    with wiring.opened_journal(loaded, clock, begin=False) as journal, wiring.turn(journal, clock):
        done = take_announced(journal, policy, letters, day, who, now)
    say(f"{done.new} letters of {day.isoformat()} are known now, {done.known} were known before. Journalled: {who}.")
    for line, problem in done.problems:
        say(f"{file}:{line}: {problem}.", err=True)
    return PENDING if done.problems else 0


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ListError(f"{file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ListError(f"{file} is no text in UTF-8: save it as CSV in UTF-8.") from None
