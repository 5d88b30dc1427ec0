"""Which rules could have anything to say about a patron: the others need not be asked.

Most patrons owe little or nothing, and of most rules there is neither a case nor a row. The table's answer is then
*clear* with nothing behind it, whichever terms hold and whichever day it is. That is seen here without building any
evidence; the table (`core.table`) stays the authority, and a property holds this against it.
"""

from collections.abc import Sequence
from datetime import date

from sidecar.core.kinds import KINDS, Quiet
from sidecar.core.model import UNKNOWN, Cases, Facts
from sidecar.core.policy import Policy, Rule


class Screen:
    """A policy's rules, each with its quick test (`KindOfRule.quiet`). Made once, good for everybody."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._tests = tuple((rule, _quiet_of(rule, policy)) for rule in policy.rules)

    def rules_to_ask(self, facts: Facts, cases: Cases, today: date) -> Sequence[Rule]:
        """The rules that are to be asked about a patron, in the policy's order. Each of the others has no case and no
        row, neither blocks nor tells, and is clear."""
        if facts.staff_releases or not _rows_are_known(facts):
            return self.policy.rules
        traces = _traces(facts, cases)
        return [
            rule
            for rule, quiet in self._tests
            if not quiet(facts, today) or (traces and (rule.id in traces or rule.restriction_type in traces))
        ]


def _rows_are_known(facts: Facts) -> bool:
    """Without the plugin only that there is none."""
    return facts.restrictions is not UNKNOWN or (facts.restricted is False and facts.etag is None)


def _traces(facts: Facts, cases: Cases) -> set[str]:
    """Rules and restriction types of which there is or was a row, or a case."""
    traces = {each for case in cases.values() for each in (case.rule, case.restriction_type)}
    if facts.restrictions is not UNKNOWN:
        traces.update(row.once_of or row.type for row in facts.restrictions if row.ours or row.once_of)
    return traces


def _quiet_of(rule: Rule, policy: Policy) -> Quiet:
    quiet = KINDS[rule.kind].quiet(rule, policy)
    if quiet is None:
        return lambda _facts, _today: False
    if rule.also_blocks is not None:
        return lambda facts, today: facts.guarantees == () and quiet(facts, today)
    return quiet
