"""Lists as CSV (RFC 4180, UTF-8) that a spreadsheet can open without running or rewriting what is written in them.

Spreadsheets guess. Without a byte order mark they take UTF-8 for the machine's old code page; a text that begins as a
formula is run, even behind a separator of another country; digits become a number, and `0012` twelve. There is no
sign for "this is text" in CSV, so such a text gets an apostrophe in front, which nothing takes for a part of a number
or a formula. `="0012"` would be a formula itself, which other readers show as it stands; a tab in front is invisible,
and for that reason some readers drop it and guess after all. Whoever reads the file by a program finds all values as
they are in `report.json`.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from sidecar.core.accounts import owed_by
from sidecar.core.model import UNKNOWN, Currency, Evidence, Patron, Unknown
from sidecar.cycle.findings import Findings
from sidecar.language import _, gettext_noop
from sidecar.report.counted.cards import rules_of
from sidecar.report.counted.summary import OwnRow, Summary, VerdictLine
from sidecar.report.words.reasons import why_standing
from sidecar.report.words.vocabulary import plain, truth_words


@dataclass(frozen=True, slots=True)
class Dialect:
    """What stands between columns, and before decimals."""

    separator: str
    decimal_sign: str


COMMA: Final = Dialect(",", ".")
SEMICOLON: Final = Dialect(";", ",")
DIALECTS: Final = {"comma": COMMA, "semicolon": SEMICOLON}
"""By the settings' word for them."""

BYTE_ORDER_MARK: Final = "\ufeff"
TEXT_SIGN: Final = "'"
FORMULA_SIGNS: Final = "=+@⁺⁼₊₌﬩﹢﹣﹦﹫＋－＝＠−-"
"""Also in full width and the other forms that are the same after normalising."""

_RUNS: Final = re.compile(rf"(^|[;,|])(?=[\s\u200b-\u200d\u2060\ufeff]*[{re.escape(FORMULA_SIGNS)}])")
"""Where a formula may begin: at a cell's beginning, or behind what may part columns elsewhere."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code or number that is a text, whatever it looks like. `always`: every value of its column gets the sign, so
    that they are all alike; else only one that begins as a number or a date does."""

    text: str | Unknown | None
    always: bool = False


Cell: TypeAlias = str | int | Decimal | Code | Unknown | None


def to_csv(heading: Sequence[str], rows: Iterable[Sequence[Cell]], dialect: Dialect = COMMA) -> str:
    """CSV text, with a byte order mark. Texts are made safe (see above); numbers stay numbers."""
    text = StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, delimiter=dialect.separator, lineterminator="\r\n")
    writer.writerow([_(word) for word in heading])
    writer.writerows([_cell(cell, dialect) for cell in row] for row in rows)
    return text.getvalue()


def _cell(cell: Cell, dialect: Dialect) -> str:
    match cell:
        case None | Unknown():
            return ""
        case str():
            return _safe(cell)
        case Code(text=str() as code, always=always):
            shown = _safe(code)
            bare = not shown.startswith(TEXT_SIGN) and shown != ""
            return f"{TEXT_SIGN}{shown}" if bare and (always or shown[0].isdecimal()) else shown
        case Code():
            return ""
        case Decimal():
            return f"{cell:f}".replace(".", dialect.decimal_sign)
        case _:
            return str(cell)


def _safe(text: str) -> str:
    return _RUNS.sub(rf"\1{TEXT_SIGN}", plain(text))


def changes_csv(findings: Findings, summary: Summary, *, show_names: bool, dialect: Dialect = COMMA) -> str:
    """Every change of the plan with its numbers and what became of it."""
    currency = findings.policy.currency
    heading = (
        gettext_noop("change"),
        gettext_noop("rule"),
        gettext_noop("restriction_type"),
        gettext_noop("reason"),
        gettext_noop("sentence"),
        *_NUMBERS,
        gettext_noop("state"),
        gettext_noop("held_by"),
        gettext_noop("outcome"),
    )
    rows = (
        (
            *who(line.patron, show_names=show_names),
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
    return to_csv((*who_heading(show_names=show_names), *heading), rows, dialect)


def announcements_csv(findings: Findings, summary: Summary, *, show_names: bool, dialect: Dialect = COMMA) -> str:
    """Whom staff may want to write to, when the block would come, and in which language."""
    policy = findings.policy
    heading = (
        gettext_noop("library"),
        gettext_noop("category"),
        gettext_noop("language"),
        gettext_noop("rule"),
        gettext_noop("owed"),
        gettext_noop("currency"),
        gettext_noop("announced_on"),
        gettext_noop("blocks_on"),
        gettext_noop("new"),
    )

    def row(line: VerdictLine) -> tuple[Cell, ...]:
        patron, verdict, case = line.patron, line.verdict, line.verdict.case_now
        return (
            *who(patron, show_names=show_names),
            Code(patron.library),
            Code(patron.category),
            patron.language,
            verdict.rule,
            _major(verdict.evidence.counted, policy.currency),
            policy.currency.code,
            "" if case is None else _day(case.since, policy.time_zone),
            "" if verdict.due is None else _day(verdict.due, policy.time_zone),
            truth_words(verdict.case_before is None),
        )

    return to_csv((*who_heading(show_names=show_names), *heading), map(row, summary.announced), dialect)


def undecided_csv(findings: Findings, summary: Summary, *, show_names: bool, dialect: Dialect = COMMA) -> str:
    """Verdicts that a fact is missing for, drift included."""
    policy = findings.policy
    heading = (
        gettext_noop("rule"),
        gettext_noop("restriction_type"),
        gettext_noop("in_force"),
        gettext_noop("why"),
        gettext_noop("last_seen"),
    )

    def row(line: VerdictLine) -> tuple[Cell, ...]:
        verdict, case = line.verdict, line.verdict.case_before
        seen = None if case is None else case.seen_at
        in_force = verdict.in_force
        return (
            *who(line.patron, show_names=show_names),
            verdict.rule,
            verdict.restriction_type,
            "" if isinstance(in_force, Unknown) else truth_words(in_force),
            why_standing(verdict, line.decision.facts, policy),
            "" if seen is None else f"{seen.astimezone(policy.time_zone):%Y-%m-%d %H:%M}",
        )

    return to_csv(
        (*who_heading(show_names=show_names), *heading), map(row, (*summary.drift, *summary.undecided)), dialect
    )


def to_remove_csv(_findings: Findings, summary: Summary, *, show_names: bool, dialect: Dialect = COMMA) -> str:
    """Rows that were ours and stand under a foreign type: for staff to remove in the ILS."""
    heading = (
        gettext_noop("restriction_type"),
        gettext_noop("row"),
        gettext_noop("was_of_rule"),
        gettext_noop("in_force"),
    )

    def row(each: OwnRow) -> tuple[Cell, ...]:
        return (
            *who(each.patron, show_names=show_names),
            each.row.type,
            each.row.id,
            each.row.once_of,
            truth_words(each.in_force),
        )

    return to_csv((*who_heading(show_names=show_names), *heading), map(row, summary.once_ours), dialect)


def cards_csv(findings: Findings, *, show_names: bool, dialect: Dialect = COMMA) -> str:
    """Every card that is blocked, and of those that owe whom a rule has anything to say about: the lists behind the
    numbers of the HTML report."""
    currency = findings.policy.currency
    before = findings.blocks_before()
    after = findings.blocks_at_the_end()
    heading = (
        gettext_noop("library"),
        gettext_noop("category"),
        gettext_noop("blocked_before"),
        gettext_noop("blocked_after"),
        gettext_noop("owed"),
        gettext_noop("currency"),
        gettext_noop("oldest_charge"),
    )

    def rows() -> Iterator[tuple[Cell, ...]]:
        for decision in findings.decisions:
            facts, owed = decision.facts, owed_by(decision.facts)
            was, then = before.get(decision.patron, frozenset()), after.get(decision.patron, frozenset())
            if not (was or then or owed or owed is None):
                continue
            charges = () if facts.charges is UNKNOWN else facts.charges
            arose = [day for charge in charges if (day := charge.arose or charge.incurred) is not None]
            yield (
                *who(facts.patron, show_names=show_names),
                Code(facts.patron.library),
                Code(facts.patron.category),
                " ".join(sorted(rules_of(was, decision))),
                " ".join(sorted(rules_of(then, decision))),
                None if owed is None else currency.major(currency.minor(owed)),
                currency.code,
                min(arose).isoformat() if arose else "",
            )

    return to_csv((*who_heading(show_names=show_names), *heading), rows(), dialect)


def _day(at: datetime, zone: ZoneInfo) -> str:
    """The same in every language, so that spreadsheets take it for a day."""
    return at.astimezone(zone).date().isoformat()


_NUMBERS: Final = (
    gettext_noop("counted"),
    gettext_noop("owed"),
    gettext_noop("credit"),
    gettext_noop("currency"),
    gettext_noop("attempts"),
)


def _numbers(evidence: Evidence, currency: Currency) -> tuple[Cell, ...]:
    sums = tuple(_major(each, currency) for each in (evidence.counted, evidence.owed, evidence.credit))
    return (*sums, "" if evidence.counted is None else currency.code, evidence.attempts)


def _major(minor: int | None, currency: Currency) -> Decimal | None:
    return None if minor is None else currency.major(minor)


def who_heading(*, show_names: bool) -> tuple[str, ...]:
    """The columns of `who`."""
    masked = (gettext_noop("patron"),)
    return (*masked, gettext_noop("name"), gettext_noop("card_number")) if show_names else masked


def who(patron: Patron, *, show_names: bool) -> tuple[Cell, ...]:
    """A patron by number, and by name and card number only if asked."""
    return (patron.id, patron.name, Code(patron.card_number, always=True)) if show_names else (patron.id,)
