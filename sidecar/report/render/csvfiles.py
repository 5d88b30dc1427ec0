"""Lists as CSV (RFC 4180, UTF-8) that a spreadsheet can open without running what is written in them."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO
from typing import Final, TypeAlias

from sidecar.core.model import Currency, Evidence, Patron, Unknown
from sidecar.cycle.findings import Findings
from sidecar.report.counted.summary import Summary, VerdictLine
from sidecar.report.words.reasons import why_standing
from sidecar.report.words.vocabulary import day, moment, plain

Cell: TypeAlias = str | int | Decimal | Unknown | None
FORMULA_SIGNS: Final = ("=", "+", "-", "@")


def to_csv(heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """CSV text. Text that a spreadsheet would take for a formula gets a quote in front; numbers stay numbers."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _cell(cell: Cell) -> str:
    if cell is None or isinstance(cell, Unknown):
        return ""
    if not isinstance(cell, str):
        return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
    text = plain(cell)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def changes_csv(findings: Findings, summary: Summary, *, show_names: bool) -> str:
    """Every change of the plan with its numbers and what became of it."""
    currency = findings.policy.currency
    heading = ("change", "rule", "restriction_type", "reason", "sentence", *_NUMBERS, "state", "held_by", "outcome")
    rows = (
        (
            *_who(line.patron, show_names=show_names),
            line.change.kind.value,
            line.change.rule,
            line.change.restriction_type,
            line.change.reason.value,
            line.sentence,
            *_numbers(line.change.evidence, currency),
            line.state.value,
            "" if line.held_by is None else line.held_by.value,
            "" if line.outcome is None else line.outcome.result.value,
        )
        for line in summary.changes
    )
    return to_csv((*_who_heading(show_names=show_names), *heading), rows)


def announcements_csv(findings: Findings, summary: Summary, *, show_names: bool) -> str:
    """Whom staff may want to write to, when the block would come, and in which language."""
    policy = findings.policy
    heading = ("library", "category", "language", "rule", "owed", "currency", "announced_on", "blocks_on", "new")

    def row(line: VerdictLine) -> tuple[Cell, ...]:
        patron, verdict, case = line.patron, line.verdict, line.verdict.case_now
        return (
            *_who(patron, show_names=show_names),
            patron.library,
            patron.category,
            patron.language,
            verdict.rule,
            _major(verdict.evidence.counted, policy.currency),
            policy.currency.code,
            "" if case is None else day(case.since, policy.time_zone),
            "" if verdict.due is None else day(verdict.due, policy.time_zone),
            "yes" if verdict.case_before is None else "no",
        )

    return to_csv((*_who_heading(show_names=show_names), *heading), map(row, summary.announced))


def undecided_csv(findings: Findings, summary: Summary, *, show_names: bool) -> str:
    """Verdicts that a fact is missing for, drift included."""
    policy = findings.policy
    heading = ("rule", "restriction_type", "in_force", "why", "last_seen")

    def row(line: VerdictLine) -> tuple[Cell, ...]:
        verdict, case = line.verdict, line.verdict.case_before
        seen = None if case is None else case.seen_at
        in_force = verdict.in_force
        return (
            *_who(line.patron, show_names=show_names),
            verdict.rule,
            verdict.restriction_type,
            "" if isinstance(in_force, Unknown) else "yes" if in_force else "no",
            why_standing(verdict, line.decision.facts, policy),
            "" if seen is None else moment(seen, policy.time_zone),
        )

    return to_csv((*_who_heading(show_names=show_names), *heading), map(row, (*summary.drift, *summary.undecided)))


_NUMBERS: Final = ("counted", "owed", "credit", "currency", "attempts")


def _numbers(evidence: Evidence, currency: Currency) -> tuple[Cell, ...]:
    sums = tuple(_major(each, currency) for each in (evidence.counted, evidence.owed, evidence.credit))
    return (*sums, "" if evidence.counted is None else currency.code, evidence.attempts)


def _major(minor: int | None, currency: Currency) -> Decimal | None:
    return None if minor is None else currency.major(minor)


def _who_heading(*, show_names: bool) -> tuple[str, ...]:
    return ("patron", "name", "card_number") if show_names else ("patron",)


def _who(patron: Patron, *, show_names: bool) -> tuple[Cell, ...]:
    return (patron.id, patron.name, patron.card_number) if show_names else (patron.id,)
