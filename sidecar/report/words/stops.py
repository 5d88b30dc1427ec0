"""What a restriction stops, gate by gate, as a small table in plain text."""

from collections.abc import Iterator, Mapping
from typing import Final

from sidecar.core.policy import Stop
from sidecar.fitness.stops import Cell, Effect, KohaGate, StopTable, is_switched_off
from sidecar.language import _, gettext_noop
from sidecar.ports import IlsStatus

_STOPS: Final[Mapping[Stop, str]] = {
    Stop.LOANS: gettext_noop("loans"),
    Stop.RENEWALS: gettext_noop("renewals"),
    Stop.HOLDS: gettext_noop("holds"),
    Stop.DIGITAL: gettext_noop("digital services"),
}
_EFFECTS: Final[Mapping[Effect, str]] = {
    Effect.STOPPED: gettext_noop("stopped"),
    Effect.LET_THROUGH: gettext_noop("NOT stopped"),
    Effect.HALF: gettext_noop("half stopped"),
    Effect.NOT_OFFERED: gettext_noop("-"),
    Effect.NOT_KNOWN: gettext_noop("not known"),
}


def stop_lines(table: StopTable, status: IlsStatus | None) -> Iterator[str]:
    """The table, then what stands behind its cells: how, and which preference would change it."""
    notes: dict[str, int] = {}
    rows = [["", *(_(_STOPS[stop]) for stop in Stop)]]
    for gate in KohaGate:
        if is_switched_off(gate, status):
            rows.append([_gate(gate), _("switched off in this Koha (ILS-DI)")])
            continue
        rows.append([_gate(gate), *(_shown(table[gate][stop], status, notes) for stop in Stop)])
    widths = [max(len(row[column]) for row in rows if len(row) > _SHORT) for column in range(len(Stop) + 1)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
    for note, number in notes.items():
        yield f"{number}) {note}"


_SHORT: Final = 2
"""A row of so many cells has no columns."""


def _shown(cell: Cell, status: IlsStatus | None, notes: dict[str, int]) -> str:
    said = None if cell.preference is None or status is None else status.preferences.get(cell.preference)
    parts = [_(cell.how)] if cell.how else []
    if cell.preference is not None and said is not None:
        parts.append(_("by {preference}, which is {value}", preference=cell.preference, value=said or _("off")))
    elif cell.preference is not None:
        parts.append(_("by {preference}", preference=cell.preference))
    if not parts:
        return _(_EFFECTS[cell.effect])
    number = notes.setdefault("; ".join(parts), len(notes) + 1)
    return f"{_(_EFFECTS[cell.effect])} {number})"


def _gate(gate: KohaGate) -> str:
    return _("desk") if gate is KohaGate.DESK else gate.value
