"""Staff say that the letters to those who were announced went out: from that day the days of an announcement run."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from io import StringIO
from typing import Final

from sidecar.core.model import Case, PatronId, RuleId, Stage
from sidecar.core.policy import Announce, Policy
from sidecar.errors import ListError
from sidecar.ports import Journal, PersonalAct

COLUMNS: Final = ("patron", "rule")
"""What the file must have, as `announcements.csv` of a report has it. `announced_on` is looked at if it is there."""

_HALF_A_DAY: Final = time(12)


@dataclass(frozen=True, slots=True)
class Letter:
    """One line of the file: to whom, of which rule, of which day's announcement if it says so."""

    line: int
    patron: PatronId
    rule: RuleId
    announced_on: str = ""


@dataclass(frozen=True, slots=True)
class Announced:
    """Whose days run now, for whom they ran already, and what is wrong with which line."""

    new: int
    known: int
    problems: tuple[tuple[int, str], ...] = ()


def read_letters(text: str) -> Sequence[Letter]:
    """The lines of a list of letters, comma or semicolon between the columns. Raises ListError if it is no such
    list."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    rows = csv.DictReader(StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ListError(
            f"The list has no column {' and none '.join(missing)}: give the file announcements.csv of a report, with "
            "the lines of those whose letters went."
        )
    try:
        return [
            Letter(
                rows.line_num,
                _plain(row["patron"]),
                _plain(row["rule"]),
                _plain(row.get("announced_on")),
            )
            for row in rows
        ]
    except csv.Error as error:
        raise ListError(f"Line {rows.line_num} of the list cannot be read ({error}).") from None


def take_announced(
    journal: Journal, policy: Policy, letters: Sequence[Letter], on: date, staff: str, now: datetime
) -> Announced:
    """Remember that these letters went on that day. Nothing is written to the ILS; saying it twice is saying it
    once."""
    cases = journal.cases()
    keep: dict[tuple[PatronId, RuleId], Case] = {}
    problems: list[tuple[int, str]] = []
    known = 0
    for letter in letters:
        case = cases.get(letter.patron, {}).get(letter.rule)
        wrong = _what_is_wrong(letter, case, policy, on)
        if case is None or wrong:
            problems.append((letter.line, wrong))
        elif case.noticed_at is not None:
            known += 1
        else:
            sent = min(now, max(case.since, datetime.combine(on, _HALF_A_DAY, tzinfo=policy.time_zone)))
            keep[letter.patron, letter.rule] = replace(case, noticed_at=sent)
    journal.save_cases(keep.values(), ())
    if keep:
        journal.record_act(PersonalAct.ANNOUNCED, staff, now, f"{len(keep)} letters of {on.isoformat()}")
    return Announced(len(keep), known, tuple(problems))


def _what_is_wrong(letter: Letter, case: Case | None, policy: Policy, on: date) -> str:
    rule = policy.rule(letter.rule)
    if rule is None:
        return f"{letter.rule} is no rule of the policy"
    if rule.announce is Announce.AT_ONCE:
        return f"the days of rule {rule.id} run from the cycle that announces; no letter moves them"
    if case is None or case.stage is not Stage.ANNOUNCED:
        return f"nothing is announced to patron {letter.patron} by rule {rule.id} now"
    told = case.since.astimezone(policy.time_zone).date()
    if letter.announced_on not in {"", told.isoformat()}:
        return f"patron {letter.patron} was announced anew on {told.isoformat()}: that letter was about another debt"
    if on < told:
        return f"patron {letter.patron} was announced on {told.isoformat()} only, after the letter"
    return ""


def _plain(cell: str | None) -> str:
    """A cell as it was before it was made safe for spreadsheets."""
    return (cell or "").strip().removeprefix("'").removeprefix('="').removesuffix('"')


def count_waiting(cases: Mapping[PatronId, Mapping[RuleId, Case]], policy: Policy) -> int:
    """How many announcements wait for the day on which a notice went out."""
    waits = {rule.id for rule in policy.rules if rule.announce is not Announce.AT_ONCE}
    return sum(
        case.stage is Stage.ANNOUNCED and case.noticed_at is None and case.rule in waits
        for by_rule in cases.values()
        for case in by_rule.values()
    )
