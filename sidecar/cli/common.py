"""What several commands share: options, consoles, settings."""

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.console import Console

from sidecar import wiring
from sidecar.cli.output import say
from sidecar.core.policy import Policy
from sidecar.language import Language, language_to_speak, speaking
from sidecar.policy import LoadedPolicy
from sidecar.ports import Journal
from sidecar.settings import LoadedSettings, load_settings

ShowNames: TypeAlias = Annotated[
    bool, typer.Option("--show-names", help="Show names and card numbers, which are masked otherwise.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON (docs/report-json.md).")]

Timings: TypeAlias = Annotated[
    bool, typer.Option("--timings", help="Say how long each phase took: pull, decide, plan, write.")
]

SpokenLanguage: TypeAlias = Annotated[
    Language | None,
    typer.Option(
        "--language",
        case_sensitive=False,
        help="The language of sentences, dates and amounts; else that of the environment (LANG), else that of the "
        "settings ([report] language), else the policy's first, else English.",
    ),
]

LARGEST_CYCLE: Final = 2**31 - 1
"""At one cycle a second this is the number of one in sixty years."""

CYCLES_OF_A_DAY: Final = 1500
"""A quick one a minute, and some."""

PENDING = 2
"""Exit code: changes are pending, held back or skipped."""


def settings_of(ctx: typer.Context, config: Path | None) -> LoadedSettings:
    """The settings, from the file named after the command or before it."""
    before = ctx.find_root().obj
    return load_settings(config or (before if isinstance(before, Path) else None))


def in_language(
    asked: Language | None, loaded: LoadedSettings | None, policy: Policy | None
) -> AbstractContextManager[None]:
    """Speak the language that was asked for, or the one that there is reason to. Settings and policy may be unknown."""
    of_settings = None if loaded is None else loaded.settings.report.language
    return speaking(language_to_speak(asked, os.environ, of_settings, () if policy is None else policy.languages))


def read_last_time(journal: Journal) -> int | None:
    """How many patrons the last full cycle read, to measure the reading by; None if that is not known."""
    fulls = (cycle for cycle in journal.cycles(CYCLES_OF_A_DAY) if cycle.kind == "full")
    return next((cycle.counts["patrons"] for cycle in fulls if "patrons" in cycle.counts), None)


def out() -> Console:
    """Standard output: as wide as the terminal, and 100 columns into a file or pipe."""
    return Console(width=None if sys.stdout.isatty() else 100, highlight=False, soft_wrap=False)


def err() -> Console:
    """Standard error, for progress and remarks."""
    return Console(stderr=True, highlight=False)


def policy_in_use(loaded: LoadedSettings) -> LoadedPolicy:
    """The policy, or while its file is broken the one in force, which is said. For what writes nothing by the file, and
    for the desk. Raises PolicyError."""
    found, refused = wiring.policy_or_in_force(loaded)
    if refused is not None:
        lines = refused.splitlines()
        more = f" (and {len(lines) - 1} more mistakes)" if len(lines) > 1 else ""
        say(
            f"warning: the policy file cannot be used: {lines[0]}{more}. The policy in force is used in its place: "
            f"digest {found.policy.digest[:12]}.",
            err=True,
        )
    return found
