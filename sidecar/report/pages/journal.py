"""What the journal holds, for people: past cycles and past changes."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from sidecar.core.policy import Policy
from sidecar.language import _, gettext_noop
from sidecar.ports import ChangeRecord, CycleRecord, Phase
from sidecar.report.pages.sections import Column, Section, Table
from sidecar.report.words.reasons import why_recorded
from sidecar.report.words.timings import seconds
from sidecar.report.words.vocabulary import CHANGES, KINDS, MODES, OUTCOMES, RESULTS, moment

UTC_ZONE: Final = ZoneInfo("UTC")

PHASES: Final = {
    Phase.PULL: gettext_noop("Pull (s)"),
    Phase.DECIDE: gettext_noop("Decide (s)"),
    Phase.PLAN: gettext_noop("Plan (s)"),
    Phase.WRITE: gettext_noop("Write (s)"),
}
"""Those that the journal keeps."""


def cycles_section(cycles: Sequence[CycleRecord], *, zone: ZoneInfo = UTC_ZONE) -> Section:
    """Past cycles, as they come (newest first). Times are in `zone`."""
    columns = (
        Column(_("Cycle"), numeric=True),
        Column(_("Started ({zone})", zone=zone.key)),
        Column(_("Mode")),
        Column(_("Done"), numeric=True),
        Column(_("Held"), numeric=True),
        Column(_("Plan")),
        Column(_("Outcome")),
    )
    rows = tuple(
        (
            str(cycle.id),
            moment(cycle.started, zone),
            f"{_(MODES[cycle.mode])}, {_(KINDS[cycle.kind]) if cycle.kind in KINDS else cycle.kind}",
            str(cycle.counts.get("done", 0)),
            str(cycle.counts.get("held", 0)),
            (cycle.plan_digest or "")[:12],
            _(OUTCOMES[cycle.outcome]) + (f": {cycle.error}" if cycle.error else ""),
        )
        for cycle in cycles
    )
    sentences = () if rows else (_("The journal holds no cycle yet."),)
    return Section("cycles", _("Cycles"), sentences, Table(columns, rows) if rows else None)


def timings_section(cycles: Sequence[CycleRecord], *, zone: ZoneInfo = UTC_ZONE) -> Section:
    """How many seconds each phase of past cycles took."""
    columns = (
        Column(_("Cycle"), numeric=True),
        Column(_("Started ({zone})", zone=zone.key)),
        Column(_("Mode")),
        *(Column(_(heading), numeric=True) for heading in PHASES.values()),
        Column(_("Together (s)"), numeric=True),
    )
    rows = tuple(
        (
            str(cycle.id),
            moment(cycle.started, zone),
            f"{_(MODES[cycle.mode])}, {_(KINDS[cycle.kind]) if cycle.kind in KINDS else cycle.kind}",
            *(seconds(cycle.timings.get(phase)) for phase in PHASES),
            seconds(sum(cycle.timings.values())) if cycle.timings else "",
        )
        for cycle in cycles
    )
    sentences = () if rows else (_("The journal holds no cycle yet."),)
    return Section("timings", _("How long cycles took"), sentences, Table(columns, rows) if rows else None)


def changes_section(
    changes: Sequence[ChangeRecord], *, policy: Policy | None = None, zone: ZoneInfo = UTC_ZONE
) -> Section:
    """Past changes, as they come. With a policy each has its sentence and the policy's time zone."""
    if not changes:
        return Section("changes", _("Changes"), (_("The journal holds no such change."),))
    return Section("changes", _("Changes"), table=changes_table(changes, policy, zone=zone))


def changes_table(
    changes: Sequence[ChangeRecord], policy: Policy | None, *, with_patron: bool = True, zone: ZoneInfo = UTC_ZONE
) -> Table:
    """A line for each change."""
    shown_in = zone if policy is None else policy.time_zone
    columns = (
        Column(_("When")),
        Column(_("Cycle"), numeric=True),
        Column(_("Patron")),
        Column(_("Change")),
        Column(_("Rule")),
    )
    rows = [
        (
            moment(record.intended, shown_in),
            str(record.cycle),
            record.patron,
            _(CHANGES[record.kind]),
            record.rule,
            _("{why} (approved)", why=_why(record, policy)) if record.approved else _why(record, policy),
            _result(record),
        )
        for record in changes
    ]
    table = Table((*columns, Column(_("Why"), prose=True), Column(_("Result"), prose=True)), tuple(rows))
    return table if with_patron else _without(table, 2)


def _why(record: ChangeRecord, policy: Policy | None) -> str:
    return record.reason.replace("_", " ") if policy is None else why_recorded(record, policy)


def _result(record: ChangeRecord) -> str:
    if record.result is None:
        return _("no answer known")
    return _(RESULTS[record.result]) + (f" ({record.message})" if record.message else "")


def _without(table: Table, position: int) -> Table:
    def left(cells: tuple[str, ...]) -> tuple[str, ...]:
        return cells[:position] + cells[position + 1 :]

    columns = table.columns[:position] + table.columns[position + 1 :]
    return Table(columns, tuple(left(row) for row in table.rows))
