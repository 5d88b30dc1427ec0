"""Records of the journal as CSV. Headings and words are those of the JSON, whatever the language: a program reads them,
or an operator's spreadsheet."""

from collections.abc import Iterator, Sequence
from typing import Final

from sidecar.core.kinds import MONEY_KINDS
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Policy
from sidecar.language import ENGLISH, speaking
from sidecar.ports import ChangeRecord, CycleRecord, Phase
from sidecar.report.render.csvfiles import COMMA, Cell, Code, Dialect, to_csv
from sidecar.report.render.evidence import instant
from sidecar.report.words.reasons import why_recorded

_DIGEST: Final = 12


def recorded_cycles_csv(cycles: Sequence[CycleRecord], dialect: Dialect = COMMA) -> str:
    """A line for each cycle, as they come."""
    counted = (*(f"planned.{kind}" for kind in ChangeKind), "done", "held", "patrons")
    heading = (
        "cycle", "kind", "mode", "started", "finished", "outcome", "policy_digest", "plan_digest",
        *(name.replace(".", "_") for name in counted), *(f"{phase}_ms" for phase in Phase), "error",
    )  # fmt: skip

    def row(cycle: CycleRecord) -> tuple[Cell, ...]:
        return (
            cycle.id,
            cycle.kind,
            cycle.mode.value,
            instant(cycle.started),
            instant(cycle.finished),
            cycle.outcome.value,
            Code(cycle.policy_digest[:_DIGEST]),
            Code((cycle.plan_digest or "")[:_DIGEST]),
            *(cycle.counts.get(name) for name in counted),
            *(cycle.timings.get(phase) for phase in Phase),
            cycle.error,
        )

    with speaking(ENGLISH):
        return to_csv(heading, map(row, cycles), dialect)


def recorded_changes_csv(
    changes: Sequence[ChangeRecord], policy: Policy | None = None, dialect: Dialect = COMMA
) -> str:
    """A line for each change, as they come. With a policy each has its sentence, and sums in its currency."""
    heading = (
        "cycle", "patron", "rule", "kind", "restriction_type", "reason", "sentence", "counted", "currency", "approved",
        "intended", "concluded", "result", "message", "policy_digest",
    )  # fmt: skip
    with speaking(ENGLISH):
        return to_csv(heading, _change_rows(changes, policy), dialect)


def _change_rows(changes: Sequence[ChangeRecord], policy: Policy | None) -> Iterator[tuple[Cell, ...]]:
    for change in changes:
        rule = None if policy is None else policy.rule(change.rule)
        counted, sum_, code = change.evidence.get("counted"), None, ""
        if policy is not None and rule is not None and rule.kind in MONEY_KINDS and isinstance(counted, int):
            sum_, code = policy.currency.major(counted), policy.currency.code
        yield (
            change.cycle,
            change.patron,
            change.rule,
            change.kind.value,
            change.restriction_type,
            change.reason,
            "" if policy is None else why_recorded(change, policy),
            sum_,
            code,
            "yes" if change.approved else "no",
            instant(change.intended),
            instant(change.concluded),
            "" if change.result is None else change.result.value,
            change.message,
            Code(change.policy_digest[:_DIGEST]),
        )
