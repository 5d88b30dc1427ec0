"""What of the past still counts when a rule is asked: the case, without what a clock or the facts have overtaken."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sidecar.core.kinds import MONEY_KINDS
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
from sidecar.core.policy import Policy, Rule

FormerRows = Mapping[str, RuleId]
"""Rows that are known to have been ours, by id: the rule that each was of."""


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


def under_present_names(cases: Cases, policy: Policy) -> Cases:
    """The cases of a patron by the rules that the policy has: a rule with another name keeps what is remembered of its
    restriction type."""
    left = [case for rule, case in cases.items() if policy.rule(rule) is None and case.restriction_type]
    renamed = {
        rule.id: replace(case, rule=rule.id)
        for case in left
        if (rule := policy.rule_of_type(case.restriction_type)) is not None and rule.id not in cases
    }
    return {**cases, **renamed} if renamed else cases


def known_rows(cases: Mapping[PatronId, Cases], former: Mapping[PatronId, FormerRows], policy: Policy) -> FormerRows:
    """All rows that are or were ours, by id. Not by patron: where two records are merged, rows change hands."""
    known = {row: rule for rows in former.values() for row, rule in rows.items()}
    for by_rule in cases.values():
        for rule, case in under_present_names(by_rule, policy).items():
            known |= dict.fromkeys(case.rows, rule)
    return known


def recognise(facts: Facts, known: FormerRows) -> Facts:
    """The facts with each foreign row that was once ours marked as such: known by its id, whatever its type is now."""
    if facts.restrictions is UNKNOWN or not any(row.id in known and not row.ours for row in facts.restrictions):
        return facts
    return replace(facts, restrictions=tuple(_marked(row, known) for row in facts.restrictions))


def without_moments_to_come(facts: Facts, now: datetime) -> Facts:
    """The facts without payments dated later than now: an ILS whose clock was ahead gave them, and when it really was
    nobody knows."""
    settled, paid, money = (_come(moment, now) for moment in (facts.settled_at, facts.paid_at, facts.last_payment))
    if (settled, paid, money) == (facts.settled_at, facts.paid_at, facts.last_payment):
        return facts
    known = facts.money_at is not UNKNOWN
    return replace(facts, settled_at=settled, paid_at=paid, money_at=money if known else UNKNOWN)


def _come(moment: datetime | None, now: datetime) -> datetime | None:
    return None if moment is not None and moment > now else moment


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
