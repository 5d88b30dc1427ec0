"""What the journal holds, for people and machines: past cycles and past changes."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console

from sidecar.core.policy import Policy
from sidecar.ports import ChangeRecord, CycleRecord
from sidecar.report.evidence import Json, instant
from sidecar.report.reasons import why_recorded
from sidecar.report.sections import Column, Section, Table
from sidecar.report.structured import as_text
from sidecar.report.terminal import print_section
from sidecar.report.words import CHANGES, MODES, RESULTS, moment

UTC_ZONE: Final = ZoneInfo("UTC")


def print_cycles(cycles: Sequence[CycleRecord], console: Console, *, zone: ZoneInfo = UTC_ZONE) -> None:
    """Past cycles, as they come (newest first). Times are in `zone`."""
    columns = (
        Column("Cycle", numeric=True),
        Column(f"Started ({zone.key})"),
        Column("Mode"),
        Column("Done", numeric=True),
        Column("Held", numeric=True),
        Column("Plan"),
        Column("Outcome"),
    )
    rows = tuple(
        (
            str(cycle.id),
            moment(cycle.started, zone),
            f"{MODES[cycle.mode]}, {cycle.kind}",
            str(cycle.counts.get("done", 0)),
            str(cycle.counts.get("held", 0)),
            (cycle.plan_digest or "")[:12],
            cycle.outcome.value + (f": {cycle.error}" if cycle.error else ""),
        )
        for cycle in cycles
    )
    sentences = () if rows else ("The journal holds no cycle yet.",)
    print_section(Section("cycles", "Cycles", sentences, Table(columns, rows) if rows else None), console)


def print_changes(
    changes: Sequence[ChangeRecord], console: Console, *, policy: Policy | None = None, zone: ZoneInfo = UTC_ZONE
) -> None:
    """Past changes, as they come. With a policy each has its sentence and the policy's time zone."""
    if not changes:
        print_section(Section("changes", "Changes", ("The journal holds no such change.",)), console)
        return
    table = changes_table(changes, policy, zone=zone)
    print_section(Section("changes", "Changes", table=table), console)


def changes_table(
    changes: Sequence[ChangeRecord], policy: Policy | None, *, with_patron: bool = True, zone: ZoneInfo = UTC_ZONE
) -> Table:
    """A line for each change."""
    shown_in = zone if policy is None else policy.time_zone
    columns = (Column("When"), Column("Cycle", numeric=True), Column("Patron"), Column("Change"), Column("Rule"))
    rows = [
        (
            moment(record.intended, shown_in),
            str(record.cycle),
            record.patron,
            CHANGES[record.kind],
            record.rule,
            _why(record, policy) + (" (approved)" if record.approved else ""),
            _result(record),
        )
        for record in changes
    ]
    table = Table((*columns, Column("Why", prose=True), Column("Result", prose=True)), tuple(rows))
    return table if with_patron else _without(table, 2)


def change_json(record: ChangeRecord, policy: Policy | None = None) -> dict[str, Json]:
    """A change of the journal, with its sentence where the policy is known."""
    known = record_json(record)
    return known if policy is None else {**known, "sentence": why_recorded(record, policy)}


def records_json(records: Sequence[CycleRecord] | Sequence[ChangeRecord]) -> str:
    """Records of the journal as JSON text. Sums in evidence are integers of minor units."""
    return as_text([record_json(record) for record in records])


def record_json(record: CycleRecord | ChangeRecord) -> dict[str, Json]:
    """A record by its fields."""
    return {each.name: _plain_json(getattr(record, each.name)) for each in fields(record)}


def _why(record: ChangeRecord, policy: Policy | None) -> str:
    return record.reason.replace("_", " ") if policy is None else why_recorded(record, policy)


def _result(record: ChangeRecord) -> str:
    if record.result is None:
        return "no answer known"
    return RESULTS[record.result] + (f" ({record.message})" if record.message else "")


def _without(table: Table, position: int) -> Table:
    def left(cells: tuple[str, ...]) -> tuple[str, ...]:
        return cells[:position] + cells[position + 1 :]

    columns = table.columns[:position] + table.columns[position + 1 :]
    return Table(columns, tuple(left(row) for row in table.rows))


def _plain_json(value: object) -> Json:  # noqa: PLR0911 - one line per type
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_json(each) for each in value]
    return str(value)
