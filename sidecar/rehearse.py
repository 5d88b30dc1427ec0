"""Rehearsals: policy tests and simulation, with the real decide and plan, on facts that nobody lives by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sidecar.core.decide import decide
from sidecar.core.model import (
    UNKNOWN,
    AgencyReport,
    Case,
    Charge,
    Facts,
    Kind,
    Patron,
    PatronId,
    Restriction,
    RuleId,
)
from sidecar.core.plan import ChangeKind
from sidecar.core.planning import plan_changes
from sidecar.core.policy import Policy, Scope
from sidecar.core.verdict import Decision, Standing
from sidecar.policytests import FIRST_DAY, ChargeGiven, PatronGiven, PolicyTestCase, Step, noon_of

_SUBJECT: Final = "1"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a step expected and what came, for one of its expectations."""

    step: int
    what: str
    expected: tuple[RuleId, ...]
    found: tuple[RuleId, ...]

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


@dataclass(frozen=True, slots=True)
class _Stage:
    """The world of one case between two steps."""

    facts: Facts
    now: datetime
    cases: Mapping[RuleId, Case] = field(default_factory=dict)


def rehearse_case(case: PolicyTestCase, policy: Policy) -> CaseResult:
    """Run a case: each step is one applied cycle, without brakes, on an ILS that holds this one patron."""
    policy = _with_plain_kinds(policy)
    just_before = noon_of(0, policy.time_zone) - timedelta(seconds=1)
    stage = _Stage(Facts(_patron(case.patron)), now=just_before)
    differences: list[Difference] = []
    for number, step in enumerate(case.step, start=1):
        stage = _set_scene(stage, step, policy)
        decision = decide(_hidden(stage.facts, step.unknown), stage.cases, policy, stage.now)
        stage = _play(stage, decision, policy)
        differences.extend(_compare(number, step, stage, decision, policy))
    return CaseResult(case.name, tuple(differences))


@dataclass(frozen=True, slots=True)
class Simulation:
    """What another policy would do today in place of the present one. Each list is of (patron, rule)."""

    newly_blocked: tuple[tuple[PatronId, RuleId], ...]
    no_longer_blocked: tuple[tuple[PatronId, RuleId], ...]
    freed: tuple[tuple[PatronId, RuleId], ...]
    kept_only_by_latching: tuple[tuple[PatronId, RuleId], ...]


def simulate(
    facts: Iterable[Facts],
    cases: Mapping[PatronId, Mapping[RuleId, Case]],
    present: Policy,
    other: Policy,
    now: datetime,
    scope: Scope,
) -> Simulation:
    """Compare two policies on the same facts: who is added, who is not, who is freed.

    `kept_only_by_latching` are blocked under the other policy although it would not block them anew.
    """
    known = list(facts)
    before = {key for one in known for key in _additions(_decided(one, cases, present, now, scope))}
    decisions = [_decided(one, cases, other, now, scope) for one in known]
    after = {key for decision in decisions for key in _additions(decision)}
    freed = {
        (verdict.patron, verdict.rule)
        for decision in decisions
        for verdict in decision.verdicts
        if verdict.change is ChangeKind.REMOVE
    }
    latched = {
        (verdict.patron, verdict.rule)
        for decision in decisions
        for verdict in decision.verdicts
        if verdict.standing is Standing.BLOCKED and verdict.change is None and verdict.blocks is False
    }
    return Simulation(
        tuple(sorted(after - before)), tuple(sorted(before - after)), tuple(sorted(freed)), tuple(sorted(latched))
    )


def _decided(
    facts: Facts, cases: Mapping[PatronId, Mapping[RuleId, Case]], policy: Policy, now: datetime, scope: Scope
) -> Decision:
    return decide(facts, cases.get(facts.patron.id, {}), policy, now, scope)


def _additions(decision: Decision) -> Iterable[tuple[PatronId, RuleId]]:
    return ((verdict.patron, verdict.rule) for verdict in decision.verdicts if verdict.change is ChangeKind.ADD)


def _with_plain_kinds(policy: Policy) -> Policy:
    """A test may name a charge by its kind alone."""
    return replace(policy, kinds={**policy.kinds, **{_type_of_kind(kind): kind for kind in Kind}})


def _type_of_kind(kind: Kind) -> str:
    return f"(any {kind})"


def _patron(given: PatronGiven) -> Patron:
    """Who is 17 in a test is 17 for the whole first year of it."""
    born = FIRST_DAY.replace(year=FIRST_DAY.year - given.age)
    return Patron(id=_SUBJECT, library=given.library, category=given.category, born=born, language=given.language)


def _set_scene(stage: _Stage, step: Step, policy: Policy) -> _Stage:
    """What happened since the step before; what the step does not name is as it was."""
    next_moment = stage.now + timedelta(seconds=1)
    now = max(step.moment(policy.time_zone) or next_moment, next_moment)
    just_before = now - timedelta(milliseconds=500)
    facts = stage.facts
    if step.charges is not None:
        facts = replace(facts, charges=tuple(_charge(given, place) for place, given in enumerate(step.charges, 1)))
    if step.credit is not None:
        facts = replace(facts, credit=step.credit)
    if step.failed_pin is not None:
        facts = replace(facts, failed_pin=step.failed_pin)
    if step.card_lost is not None:
        facts = replace(facts, card_lost=step.card_lost)
    if step.settled:
        facts = replace(facts, settled_at=just_before, paid_at=just_before)
    if step.agency == "paid_in_full":
        facts = replace(facts, agency=AgencyReport(just_before))
    lifted = {rule.restriction_type for rule in policy.rules if rule.id in step.staff_lifts}
    rows = tuple(row for row in facts.ours() if row.type not in lifted)
    return replace(stage, facts=replace(facts, restrictions=rows), now=now)


def _charge(given: ChargeGiven, place: int) -> Charge:
    kind_or_type = given.type or _type_of_kind(given.kind)
    identity = f"#{place}" if given.id is None else str(given.id)
    return Charge(id=identity, type=kind_or_type, outstanding=given.outstanding)


def _hidden(facts: Facts, unknown: Sequence[str]) -> Facts:
    """The facts with those not read that the step calls unknown. Of unknown age is who has no birth date."""
    patron = facts.patron
    if "age" in unknown:
        patron = replace(patron, born=None)
    if "category" in unknown:
        patron = replace(patron, category=UNKNOWN)
    if "library" in unknown:
        patron = replace(patron, library=UNKNOWN)
    return replace(
        facts,
        patron=patron,
        charges=UNKNOWN if "charges" in unknown else facts.charges,
        credit=UNKNOWN if "credit" in unknown else facts.credit,
        failed_pin=UNKNOWN if "failed_pin" in unknown else facts.failed_pin,
        card_lost=UNKNOWN if "card_lost" in unknown else facts.card_lost,
    )


def _play(stage: _Stage, decision: Decision, policy: Policy) -> _Stage:
    """Apply the plan to the rows, and remember what an applied cycle remembers."""
    rows = {row.type: row for row in stage.facts.ours()}
    plan = plan_changes([decision], policy, stage.now)
    for change in plan.changes():
        if change.kind is ChangeKind.REMOVE:
            rows.pop(change.restriction_type, None)
        elif change.kind in {ChangeKind.ADD, ChangeKind.AMEND}:
            rows[change.restriction_type] = Restriction(
                change.restriction_type, change.restriction_type, ours=True, comment=change.comment, created=stage.now
            )
    cases = {verdict.rule: verdict.case_after for verdict in decision.verdicts if verdict.case_after is not None}
    return replace(stage, facts=replace(stage.facts, restrictions=tuple(rows.values())), cases=cases)


def _compare(number: int, step: Step, stage: _Stage, decision: Decision, policy: Policy) -> Iterable[Difference]:
    today = stage.now.astimezone(policy.time_zone).date()
    in_force = {rule.id for rule in policy.rules if stage.facts.in_force(rule.restriction_type, today) is True}
    standing = {kind: {verdict.rule for verdict in decision.verdicts if verdict.standing is kind} for kind in Standing}
    expectations = (
        ("expect", step.expect, in_force),
        ("announced", step.announced, standing[Standing.ANNOUNCED]),
        ("undecided", step.undecided, standing[Standing.UNDECIDED]),
        ("overridden", step.overridden, standing[Standing.OVERRIDDEN]),
    )
    for what, expected, found in expectations:
        if expected is not None and set(expected) != found:
            yield Difference(number, what, tuple(sorted(expected)), tuple(sorted(found)))


def _listed(rules: Sequence[RuleId]) -> str:
    return ", ".join(rules) if rules else "nothing"
