"""What a restriction stops, gate by gate, as a small table in plain text."""

from collections.abc import Iterator, Mapping
from typing import Final

from sidecar.core.policy import Stop
from sidecar.fitness.stops import Cell, Effect, KohaGate, StopTable, is_switched_off
from sidecar.ports import IlsStatus

_STOPS: Final[Mapping[Stop, str]] = {
    Stop.LOANS: "loans",
    Stop.RENEWALS: "renewals",
    Stop.HOLDS: "holds",
    Stop.DIGITAL: "digital services",
}
_EFFECTS: Final[Mapping[Effect, str]] = {
    Effect.STOPPED: "stopped",
    Effect.LET_THROUGH: "NOT stopped",
    Effect.HALF: "half stopped",
    Effect.NOT_OFFERED: "-",
    Effect.NOT_KNOWN: "not known",
}


def stop_lines(table: StopTable, status: IlsStatus | None) -> Iterator[str]:
    """The table, then what stands behind its cells: how, and which preference would change it."""
    notes: dict[str, int] = {}
    rows = [["", *(_STOPS[stop] for stop in Stop)]]
    for gate in KohaGate:
        if is_switched_off(gate, status):
            rows.append([gate.value, "switched off in this Koha (ILS-DI)"])
            continue
        rows.append([gate.value, *(_shown(table[gate][stop], status, notes) for stop in Stop)])
    widths = [max(len(row[column]) for row in rows if len(row) > _SHORT) for column in range(len(Stop) + 1)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
    for note, number in notes.items():
        yield f"{number}) {note}"


_SHORT: Final = 2
"""A row of so many cells has no columns."""


def _shown(cell: Cell, status: IlsStatus | None, notes: dict[str, int]) -> str:
    said = None if cell.preference is None or status is None else status.preferences.get(cell.preference)
    parts = [cell.how] if cell.how else []
    if cell.preference is not None:
        parts.append(f"by {cell.preference}, which is {said or 'off'}" if said is not None else f"by {cell.preference}")
    if not parts:
        return _EFFECTS[cell.effect]
    number = notes.setdefault("; ".join(parts), len(notes) + 1)
    return f"{_EFFECTS[cell.effect]} {number})"
