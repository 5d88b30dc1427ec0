"""What blocks a card: rows of ours with the rule behind each, staff's rows, and what else sets the flag."""

from collections.abc import Iterator
from datetime import date

from sidecar.core.kinds import MONEY_KINDS
from sidecar.core.model import UNKNOWN, Case, Evidence, Facts, Restriction, Stage, Truth
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision, Verdict
from sidecar.desk.answer import Block, Cause, Ended, Source


def blocked(facts: Facts, today: date) -> Truth:
    """Whether the ILS has the card restricted: as its rows say, else its flag."""
    if facts.restrictions is UNKNOWN:
        return facts.restricted
    return any(row.in_force(today) for row in facts.restrictions) or _flag_alone(facts, today)


def blocks_of(decision: Decision, policy: Policy, today: date) -> Iterator[Block]:
    """Everything that is in force, the library's own rules first."""
    facts = decision.facts
    if facts.restrictions is UNKNOWN:
        if facts.restricted is True:
            yield Block(source=Source.UNSEEN)
        return
    told = set()
    for verdict in decision.verdicts:
        rows = [row for row in facts.rows(*verdict.types) if row.in_force(today)]
        told |= {row.id for row in rows}
        if rows:
            yield _of_rule(verdict, rows, policy)
    for row in facts.restrictions:
        if row.in_force(today) and row.id not in told:
            yield Block(
                source=_source(row, decision),
                restriction_type=row.type,
                row=row.id,
                since=row.created,
                ends=row.expires,
                rule=row.once_of,
            )
    if _flag_alone(facts, today):
        yield Block(source=Source.FLAG)


def cause_of(verdict: Verdict, policy: Policy, evidence: Evidence | None = None) -> Cause:
    """The rule of a verdict with its numbers, those of now unless others are given."""
    rule, known = policy.rule(verdict.rule), evidence or verdict.evidence
    kinds = rule.counts if rule is not None and rule.kind in MONEY_KINDS else frozenset()
    return Cause(verdict.rule, verdict.rule_kind, kinds, known.counted, known.attempts)


def ended_rows(facts: Facts, today: date) -> Iterator[Ended]:
    """Rows that are history."""
    for row in () if facts.restrictions is UNKNOWN else facts.restrictions:
        if not row.in_force(today):
            yield Ended(row.type, row.ours, row.expires)


def block_case(verdict: Verdict) -> Case | None:
    """What is remembered of a block, if it is one."""
    case = verdict.case_now or verdict.case_before
    return case if case is not None and case.stage is Stage.BLOCKED else None


def _of_rule(verdict: Verdict, rows: list[Restriction], policy: Policy) -> Block:
    case = None if verdict.adopted else block_case(verdict)
    created = [row.created for row in rows if row.created is not None]
    ends = [row.expires for row in rows if row.expires is not None]
    return Block(
        source=Source.RULE,
        restriction_type=rows[0].type,
        row=rows[0].id,
        since=case.since if case is not None else min(created, default=None),
        ends=max(ends) if len(ends) == len(rows) else None,
        rule=verdict.rule,
        cause=cause_of(verdict, policy),
        counted_then=None if case is None else case.evidence.counted,
    )


def _source(row: Restriction, decision: Decision) -> Source:
    if row.once_of is not None and not row.ours:
        return Source.FORMER
    if not row.ours:
        return Source.STAFF
    return Source.ORPHAN if decision.in_scope else Source.OUT_OF_SCOPE


def _flag_alone(facts: Facts, today: date) -> bool:
    """The flag is set, or said to be, though no row is in force."""
    if facts.restrictions is UNKNOWN or facts.flag_matches:
        return False
    return not any(row.in_force(today) for row in facts.restrictions)
