"""What of the past still counts when a rule is asked: the case, without what a clock or the facts have overtaken."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sidecar.core.model import (
    UNKNOWN,
    Case,
    Cases,
    Facts,
    PatronId,
    Restriction,
    RestrictionType,
    RuleId,
    Stage,
)
from sidecar.core.policy import MONEY_KINDS, Policy, Rule

FormerRows = Mapping[str, RuleId]
"""One patron's rows that are known to have been ours, by id: the rule that each was of."""

NO_FORMER_ROWS: Final[FormerRows] = {}


def case_that_counts(rule: Rule, cases: Cases, policy: Policy, facts: Facts, now: datetime) -> Case | None:
    """What is remembered of the rule, if it still counts.

    A row under a type that another rule has now is no longer this rule's. An announcement is over when none of the
    charges that it was about is open any more. No moment lies in the future.
    """
    case = cases.get(rule.id)
    if case is None:
        return None
    if case.stage is Stage.BLOCKED and _is_of_another_rule(case.restriction_type, rule, policy):
        return None
    if case.stage is Stage.ANNOUNCED and rule.kind in MONEY_KINDS and _is_about_nothing_open(case, facts):
        return None
    return case.not_later_than(now)


def recognise(facts: Facts, cases: Cases, former: FormerRows = NO_FORMER_ROWS) -> Facts:
    """The facts with each foreign row that was once ours marked as such: known by its id, whatever its type is now."""
    if facts.restrictions is UNKNOWN:
        return facts
    known = {**former, **{row: rule for rule, case in cases.items() for row in case.rows}}
    if not known or not any(row.id in known and not row.ours for row in facts.restrictions):
        return facts
    return replace(facts, restrictions=tuple(_marked(row, known) for row in facts.restrictions))


def former_rows(facts: Iterable[Facts]) -> dict[PatronId, FormerRows]:
    """The rows that are to be remembered as once ours, by patron; nothing for a patron who has none."""
    found = {
        known.patron.id: {row.id: row.once_of for row in known.foreign() if row.once_of is not None} for known in facts
    }
    return {patron: rows for patron, rows in found.items() if rows}


def _is_of_another_rule(restriction_type: RestrictionType, rule: Rule, policy: Policy) -> bool:
    if restriction_type in {"", rule.restriction_type}:
        return False
    return policy.rule_of_type(restriction_type) is not None


def _is_about_nothing_open(case: Case, facts: Facts) -> bool:
    if facts.charges is UNKNOWN or not case.evidence.lines:
        return False
    return not {charge.id for charge in facts.charges} & set(case.evidence.lines)


def _marked(row: Restriction, known: FormerRows) -> Restriction:
    return row if row.ours or row.id not in known else replace(row, once_of=known[row.id])
