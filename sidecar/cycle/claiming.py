"""The claims follow what a cycle saw and did. Killed in between, the next cycle sees the same and goes on."""

from collections.abc import Sequence
from typing import Final

from sidecar.core.collection.claims import Claim, Step, latest
from sidecar.core.collection.seeing import seen_of
from sidecar.core.collection.steps import advance
from sidecar.core.policy import RuleKind
from sidecar.cycle.findings import Findings
from sidecar.ports import FileOut, Journal

_LATELY: Final = 20


def last_sent(journal: Journal) -> FileOut | None:
    """The last file that is with the office."""
    return next((file for file in journal.files_out(_LATELY) if file.delivered is not None), None)


def follow_claims(journal: Journal, findings: Findings, claims: Sequence[Claim]) -> tuple[Step, ...]:
    """The steps that claims take after this cycle's writes, kept in the journal."""
    of_rules = {rule.id: rule for rule in findings.policy.rules if rule.kind is RuleKind.COLLECTION}
    if not of_rules:
        return ()
    known, done = latest(claims), {(change.patron, change.rule, change.kind) for change in findings.done()}
    steps: list[Step] = []
    for decision in findings.decisions:
        for verdict in decision.verdicts:
            rule = of_rules.get(verdict.rule)
            if rule is None:
                continue
            made = verdict.change is not None and (verdict.patron, verdict.rule, verdict.change) in done
            seen = seen_of(verdict, decision.facts, rule, findings.policy, findings.as_of, done=made)
            steps.extend(advance(known.get((verdict.patron, verdict.rule)), seen, findings.as_of))
    journal.take_steps(steps, findings.started)
    return tuple(steps)
