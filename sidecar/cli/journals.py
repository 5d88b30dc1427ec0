"""journal: what was done, and a copy of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
import tzlocal

from sidecar import wiring
from sidecar.cli.common import LARGEST_CYCLE, AsJson, SpokenLanguage, Timings, in_language, out, settings_of
from sidecar.cli.completing import cycles_that_wrote, rules
from sidecar.cli.options import ConfigFile
from sidecar.cli.output import as_json_here, say
from sidecar.cli.patrons import borrowernumber
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Policy
from sidecar.errors import PolicyError, SettingsError
from sidecar.ports import ChangeRecord, CycleRecord, Journal, ReleaseRecord, Result, Which
from sidecar.report import (
    DIALECTS,
    print_changes,
    print_cycles,
    print_releases,
    print_timings,
    recorded_changes_csv,
    recorded_cycles_csv,
    records_json,
)
from sidecar.report.pages.journal import UTC_ZONE
from sidecar.settings import LoadedSettings
from sidecar.settings.durations import parse_duration

QUIET_AMONG: Final = 100
"""How many cycles are looked through for each that is shown."""

MOST_LINES: Final = 1_000_000

app = typer.Typer()


class Format(StrEnum):
    """How it is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


@app.callback(invoke_without_command=True)
def journal(  # noqa: PLR0917 - options of a command line are named
    ctx: typer.Context,
    cycle: Annotated[
        int | None,
        typer.Option(
            "--cycle",
            metavar="N",
            min=1,
            max=LARGEST_CYCLE,
            help="The changes of this cycle.",
            autocompletion=cycles_that_wrote,
        ),
    ] = None,
    patron: Annotated[
        str | None, typer.Option("--patron", metavar="NUMBER", help="The changes to this patron's restrictions.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="WHEN",
            help="Nothing older: a day (2026-11-01), a moment (2026-11-01T06:30), or so long ago (7d, 12h).",
        ),
    ] = None,
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="RULE", help="The changes by this rule.", autocompletion=rules)
    ] = None,
    kind: Annotated[ChangeKind | None, typer.Option("--kind", help="The changes of this kind.")] = None,
    result: Annotated[
        Result | None,
        typer.Option("--result", help="The changes that ended so; what has no known answer is `unanswered` too."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_LINES, help="At most so many lines.")] = 30,
    everything: Annotated[
        bool, typer.Option("--all", help="Quick cycles that found nothing new to do, too; a daemon makes one a minute.")
    ] = False,
    timings: Timings = False,
    shape: Annotated[Format, typer.Option("--format", help="How it is printed.")] = Format.TEXT,
    as_json: AsJson = False,
    language: SpokenLanguage = None,
    config: ConfigFile = None,
) -> None:
    """Show past cycles; or the changes, with their evidence, of a cycle, a patron, a rule, a kind or a result, and what
    staff released."""
    if ctx.invoked_subcommand is not None:
        return
    number = None if patron is None else borrowernumber(patron)
    loaded = settings_of(ctx, config)
    policy = _policy_if_it_can_be_used(loaded)
    zone = _machine_zone() if policy is None else policy.time_zone
    which = Which(None if since is None else moment_of(since, wiring.SystemClock().now(), zone), rule, kind, result)
    of_cycles = cycle is None and number is None and (rule, kind, result) == (None, None, None)
    changes: Sequence[ChangeRecord] = ()
    releases: Sequence[ReleaseRecord] = ()
    with wiring.opened_journal(loaded, begin=False) as book:
        cycles = _cycles(book, limit, which.since, everything=everything) if of_cycles else ()
        if not of_cycles:
            changes = book.changes(cycle=cycle, patron=number, limit=limit, which=which)
        if cycle is not None or number is not None:
            releases = [each for each in book.releases(number, cycle=cycle) if _is_meant(each, which)][:limit]
    shape = Format.JSON if as_json else shape
    if shape is Format.JSON:
        say(as_json_here(records_json(cycles if of_cycles else changes, releases)))
    elif shape is Format.CSV:
        dialect = DIALECTS[loaded.settings.report.csv]
        say(
            (
                recorded_cycles_csv(cycles, dialect) if of_cycles else recorded_changes_csv(changes, policy, dialect)
            ).rstrip()
        )
    else:
        with in_language(language, loaded, policy):
            if timings and of_cycles:
                print_timings(cycles, out(), zone=zone)
            elif of_cycles:
                print_cycles(cycles, out(), zone=zone)
            else:
                print_changes(changes, out(), policy=policy, zone=zone)
                if releases:
                    print_releases(releases, out(), zone=zone)


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; one that is there is never written over.")],
    config: ConfigFile = None,
) -> None:
    """Copy a journal in SQLite as it is at this moment, also while a daemon writes it. For PostgreSQL: pg_dump."""
    size = wiring.back_up_journal(settings_of(ctx, config), file)
    say(f"{file}: the journal as it is now, {size / 1e6:.1f} MB, checked.")


def moment_of(words: str, now: datetime, zone: ZoneInfo) -> datetime:
    """What `--since` means: a day or a moment in this zone, or so long before now. Raises SettingsError."""
    try:
        return now - parse_duration(words)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(words.strip())
    except ValueError:
        raise SettingsError(
            f"--since: {words!r} is no moment: write a day (2026-11-01), a moment (2026-11-01T06:30), or so long ago "
            "(7d, 12h, 30m)."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _is_meant(release: ReleaseRecord, which: Which) -> bool:
    """Whether a release by staff is among what was asked for: it is no change of a kind, and has no result."""
    if which.kind is not None or which.result is not None:
        return False
    return which.rule in {None, release.rule} and (which.since is None or release.at >= which.since)


def _cycles(book: Journal, limit: int, since: datetime | None, *, everything: bool) -> Sequence[CycleRecord]:
    if everything:
        return book.cycles(limit, since)
    told = [cycle for cycle in book.cycles(limit * QUIET_AMONG, since) if not cycle.is_quiet]
    befores: list[CycleRecord | None] = [*told[1:], None]
    return [cycle for cycle, before in zip(told, befores, strict=False) if not _is_told(cycle, before)][:limit]


def _is_told(cycle: CycleRecord, before: CycleRecord | None) -> bool:
    """Whether the one before tells as much of what waits: of quick ones there is one a minute."""
    return cycle.kind == "quick" and before is not None and cycle.waits_like(before)


def _machine_zone() -> ZoneInfo:
    try:
        return tzlocal.get_localzone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC_ZONE


def _policy_if_it_can_be_used(loaded: LoadedSettings) -> Policy | None:
    """The journal is asked just when something is wrong, and it may be the policy that is."""
    try:
        return wiring.policy_of(loaded).policy
    except PolicyError:
        say(
            "The policy cannot be used (`cardwarden policy check` says why), so times are in this machine's zone.",
            err=True,
        )
        return None
