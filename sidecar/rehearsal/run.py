"""Policy tests: the real decide and plan, on facts that nobody lives by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sidecar.core.decide import decide
from sidecar.core.model import Restriction, RuleId
from sidecar.core.plan import ChangeKind
from sidecar.core.planning import plan_changes
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision, Standing
from sidecar.language.kinds import KINDS
from sidecar.rehearsal.claims import after_cycle, noticed_after
from sidecar.rehearsal.scene import Stage, hidden, opening, set_scene, with_plain_kinds
from sidecar.rehearsal.testfile import PolicyTestCase, Step


@dataclass(frozen=True, slots=True)
class Difference:
    """What a step expected and what came, for one of its expectations; `numbers` are those of the rules in question."""

    step: int
    what: str
    expected: tuple[RuleId, ...]
    found: tuple[RuleId, ...]
    numbers: tuple[str, ...] = ()

    def sentence(self) -> str:
        """One line for the terminal."""
        return f"step {self.step}: {self.what}: expected {_listed(self.expected)}, found {_listed(self.found)}"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case of a policy test ended."""

    name: str
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether every step came out as expected."""
        return not self.differences


def rehearse_case(case: PolicyTestCase, policy: Policy) -> CaseResult:
    """Run a case: each step is one applied cycle, without brakes, on an ILS that holds this one patron."""
    policy = with_plain_kinds(policy)
    stage = opening(case, policy)
    differences: list[Difference] = []
    for number, step in enumerate(case.step, start=1):
        stage = set_scene(stage, step, policy)
        decision = decide(hidden(stage.facts, step.unknown), stage.cases, policy, stage.now)
        stage = _play(stage, decision, policy)
        noticed = noticed_after(dict(stage.cases), step, case, stage.now)
        stage = replace(stage, cases=noticed)
        differences.extend(_compare(number, step, stage, decision, policy))
    return CaseResult(case.name, tuple(differences))


def _play(stage: Stage, decision: Decision, policy: Policy) -> Stage:
    """Apply the plan to the rows, and remember what an applied cycle remembers."""
    rows = {row.type: row for row in stage.facts.ours()}
    plan = plan_changes([decision], policy)
    for change in plan.changes():
        if change.kind is ChangeKind.REMOVE:
            rows.pop(change.restriction_type, None)
        elif change.kind in {ChangeKind.ADD, ChangeKind.AMEND}:
            rows[change.restriction_type] = Restriction(
                change.restriction_type, change.restriction_type, ours=True, comment=change.comment, created=stage.now
            )
    cases = {verdict.rule: verdict.case_after for verdict in decision.verdicts if verdict.case_after is not None}
    claims = after_cycle(stage.claims, decision, plan, policy, stage.now)
    return replace(stage, facts=replace(stage.facts, restrictions=tuple(rows.values())), cases=cases, claims=claims)


def _compare(number: int, step: Step, stage: Stage, decision: Decision, policy: Policy) -> Iterable[Difference]:
    today = stage.now.astimezone(policy.time_zone).date()
    in_force = {rule.id for rule in policy.rules if stage.facts.in_force((rule.restriction_type,), today) is True}
    standing = {kind: {verdict.rule for verdict in decision.verdicts if verdict.standing is kind} for kind in Standing}
    expectations = (
        ("expect", step.expect, in_force),
        ("announced", step.announced, standing[Standing.ANNOUNCED]),
        ("undecided", step.undecided, standing[Standing.UNDECIDED]),
        ("overridden", step.overridden, standing[Standing.OVERRIDDEN]),
    )
    for what, expected, found in expectations:
        if expected is not None and set(expected) != found:
            numbers = tuple(_numbers(rule, decision, policy) for rule in sorted(set(expected) ^ found))
            yield Difference(number, what, tuple(sorted(expected)), tuple(sorted(found)), numbers)


def _numbers(rule_id: RuleId, decision: Decision, policy: Policy) -> str:
    """What a rule counted, its limit and how it stands: `debt: owes 224.99 DKK, blocks at 225.00; clear`."""
    verdict = next(each for each in decision.verdicts if each.rule == rule_id)
    counted = KINDS[verdict.rule_kind].numbers(verdict.evidence, policy.rule(rule_id), policy.currency)
    since = ""
    if verdict.case_now is not None:
        since = f" since {verdict.case_now.since.astimezone(policy.time_zone):%Y-%m-%d %H:%M}"
    return f"{rule_id}: {counted}; {verdict.standing}{since}"


def _listed(rules: Sequence[RuleId]) -> str:
    return ", ".join(rules) if rules else "nothing"
