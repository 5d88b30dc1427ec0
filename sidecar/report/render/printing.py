"""What commands print besides the report of a cycle."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.console import Console

from sidecar.core.policy import Policy
from sidecar.core.simulation import Simulation
from sidecar.core.verdict import Decision
from sidecar.desk import Answer
from sidecar.language import _
from sidecar.ports import ChangeRecord, CycleRecord, ReleaseRecord
from sidecar.report.pages.explanation import explanation
from sidecar.report.pages.journal import UTC_ZONE, changes_section, cycles_section, timings_section
from sidecar.report.pages.released import releases_section
from sidecar.report.pages.simulation import simulation_page
from sidecar.report.pages.verification import verification_page
from sidecar.report.pages.view import View
from sidecar.report.render.terminal import print_page, print_section
from sidecar.verification import Verification


def print_cycles(cycles: Sequence[CycleRecord], console: Console, *, zone: ZoneInfo = UTC_ZONE) -> None:
    """Print past cycles, as they come (newest first). Times are in `zone`."""
    print_section(cycles_section(cycles, zone=zone), console)


def print_timings(cycles: Sequence[CycleRecord], console: Console, *, zone: ZoneInfo = UTC_ZONE) -> None:
    """Print how long past cycles took, as they come. Times are in `zone`."""
    print_section(timings_section(cycles, zone=zone), console)


def print_changes(
    changes: Sequence[ChangeRecord], console: Console, *, policy: Policy | None = None, zone: ZoneInfo = UTC_ZONE
) -> None:
    """Print past changes, as they come. With a policy each has its sentence and the policy's time zone."""
    print_section(changes_section(changes, policy=policy, zone=zone), console)


def print_releases(releases: Sequence[ReleaseRecord], console: Console, *, zone: ZoneInfo = UTC_ZONE) -> None:
    """Print what staff released by name, as it comes (newest first)."""
    print_section(releases_section(releases, zone), console)


def print_explanation(
    answer: Answer,
    decision: Decision,
    policy: Policy,
    changes: Sequence[ChangeRecord],
    console: Console,
    *,
    show_names: bool,
) -> None:
    """Print the answer about one patron's card, and then everything that is known of it."""
    print_page(explanation(answer, decision, policy, changes, show_names=show_names), console)


def print_simulation(found: Simulation, console: Console, *, show_names: bool) -> None:
    """Print what other policies would do."""
    print_page(simulation_page(found, View(show_names=show_names)), console)


def print_verification(found: Verification, console: Console) -> None:
    """Print what the gates do."""
    print_page(verification_page(found, View(show_names=False, rest=_("see --json"))), console)
