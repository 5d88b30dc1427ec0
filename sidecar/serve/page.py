"""The status page: what an administrator wants to know at eight in the morning. No scripts, no names."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from sidecar.ports import CycleOutcome, CycleRecord
from sidecar.serve.alerts import Standing
from sidecar.serve.state import State

LOOKED_THROUGH: Final = 1500
"""Cycles of a day and a night, with one a minute."""
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows."""

    state: State
    now: datetime
    zone: ZoneInfo
    not_ready: Sequence[str]
    alerts: Sequence[Standing]
    cycles: Sequence[CycleRecord]
    quiet: int


def overview(
    state: State,
    now: datetime,
    zone: ZoneInfo,
    not_ready: Sequence[str],
    alerts: Sequence[Standing],
    cycles: Sequence[CycleRecord],
) -> Overview:
    """The page's values: quick cycles that found nothing to do are counted, not listed."""
    worth = [cycle for cycle in cycles if not _is_quiet(cycle)]
    return Overview(state, now, zone, not_ready, alerts, worth[:SHOWN], len(cycles) - len(worth))


def render(page: Overview) -> str:
    """The page as HTML; everything in it is escaped."""
    return _template().render(page=page, state=page.state, moment=_moments(page.zone), counts=_counts)


def _is_quiet(cycle: CycleRecord) -> bool:
    return (
        cycle.kind == "quick"
        and cycle.outcome is CycleOutcome.DONE
        and not any(number for key, number in cycle.counts.items() if key.startswith("planned."))
    )


def _moments(zone: ZoneInfo) -> Callable[[datetime | None], str]:
    def shown(moment: datetime | None) -> str:
        return "never" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    return shown


def _counts(cycle: CycleRecord) -> str:
    return ", ".join(_counted(cycle)) or "nothing to change"


def _counted(cycle: CycleRecord) -> Iterator[str]:
    for key, words in (
        ("planned.add", "to block"),
        ("planned.remove", "to free"),
        ("planned.amend", "texts"),
        ("done", "done"),
        ("held", "held back"),
    ):
        number = cycle.counts.get(key, 0)
        if number:
            yield f"{number} {words}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("sidecar.serve", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("status.html.j2")
