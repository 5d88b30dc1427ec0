"""Rehearsals: policy tests and simulation, with the real decide and plan, on facts that nobody lives by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias

from sidecar.core.decide import decide
from sidecar.core.model import (
    UNKNOWN,
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
from sidecar.core.policy import Policy, Rule, Scope
from sidecar.core.verdict import Decision, Standing
from sidecar.rehearsal.claims import Claims, after_cycle, after_word, noticed_after, noticed_before, reports
from sidecar.rehearsal.testfile import FIRST_DAY, ChargeGiven, PatronGiven, PolicyTestCase, Step, noon_of

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
    claims: Claims = ()


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
        noticed = noticed_after(dict(stage.cases), step, case, stage.now)
        stage = replace(stage, cases=noticed)
        differences.extend(_compare(number, step, stage, decision, policy))
    return CaseResult(case.name, tuple(differences))


Keys: TypeAlias = tuple[tuple[PatronId, str], ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """What differs today under another policy. Each list is of (patron, rule), by the other policy's names.

    `blocked_again` have a row of ours that becomes an orphan, since the other policy gives its rule another
    restriction type; `orphaned` are these and all other such rows, as (patron, restriction type).
    `kept_only_by_latching` stay blocked under both, though the other policy would not block them anew.
    """

    newly_blocked: Keys = ()
    blocked_again: Keys = ()
    no_longer_blocked: Keys = ()
    newly_announced: Keys = ()
    freed: Keys = ()
    no_longer_freed: Keys = ()
    kept_only_by_latching: Keys = ()
    orphaned: Keys = ()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one policy does today, as sets of (patron, rule); orphans as (patron, restriction type)."""

    added: set[tuple[PatronId, str]]
    announced: set[tuple[PatronId, str]]
    removed: set[tuple[PatronId, str]]
    latched: set[tuple[PatronId, str]]
    orphans: set[tuple[PatronId, str]]


def simulate(
    facts: Iterable[Facts],
    cases: Mapping[PatronId, Mapping[RuleId, Case]],
    present: Policy,
    other: Policy,
    now: datetime,
    scope: Scope,
) -> Simulation:
    """Compare two policies on the same facts: only what they do differently today."""
    known = list(facts)

    def outcome(policy: Policy, names: Mapping[RuleId, RuleId]) -> _Outcome:
        decisions = [decide(each, cases.get(each.patron.id, {}), policy, now, scope) for each in known]
        return _outcome(decisions, names, now.astimezone(policy.time_zone).date())

    names = _names_in_other(present, other)
    before, after = outcome(present, names), outcome(other, {})
    types = {names.get(rule.id, rule.id): rule.restriction_type for rule in present.rules}
    orphaned, added = after.orphans - before.orphans, after.added - before.added
    again = {(patron, rule) for patron, rule in added if (patron, types.get(rule)) in orphaned}
    return Simulation(
        newly_blocked=tuple(sorted(added - again)),
        blocked_again=tuple(sorted(again)),
        no_longer_blocked=tuple(sorted(before.added - after.added)),
        newly_announced=tuple(sorted(after.announced - before.announced)),
        freed=tuple(sorted(after.removed - before.removed)),
        no_longer_freed=tuple(sorted(before.removed - after.removed)),
        kept_only_by_latching=tuple(sorted(after.latched - before.latched - before.removed)),
        orphaned=tuple(sorted(orphaned)),
    )


def _outcome(decisions: Iterable[Decision], names: Mapping[RuleId, RuleId], today: date) -> _Outcome:
    found = _Outcome(set(), set(), set(), set(), set())
    for decision in decisions:
        for verdict in decision.verdicts:
            key = (verdict.patron, names.get(verdict.rule, verdict.rule))
            if verdict.change is ChangeKind.ADD:
                found.added.add(key)
            elif verdict.change is ChangeKind.REMOVE:
                found.removed.add(key)
            elif verdict.standing is Standing.ANNOUNCED:
                found.announced.add(key)
            elif verdict.standing is Standing.BLOCKED and verdict.blocks is False:
                found.latched.add(key)
        if decision.in_scope:
            found.orphans.update((decision.patron, row.type) for row in decision.orphans if row.in_force(today))
    return found


def _names_in_other(present: Policy, other: Policy) -> dict[RuleId, RuleId]:
    """What the other policy calls each rule of the present one: the rule of its restriction type, else of its id,
    else the only one of its kind that is left over in both."""
    names: dict[RuleId, RuleId] = {}
    for alike in (_same_type, _same_id, _same_kind):
        ours = [rule for rule in present.rules if rule.id not in names]
        theirs = [rule for rule in other.rules if rule.id not in names.values()]
        for rule in ours:
            matching = [candidate for candidate in theirs if alike(rule, candidate)]
            if len(matching) == 1 and sum(alike(each, matching[0]) for each in ours) == 1:
                names[rule.id] = matching[0].id
    return names


def _same_type(one: Rule, another: Rule) -> bool:
    return one.restriction_type == another.restriction_type


def _same_id(one: Rule, another: Rule) -> bool:
    return one.id == another.id


def _same_kind(one: Rule, another: Rule) -> bool:
    return one.kind is another.kind


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
    claims = stage.claims if step.agency is None else after_word(stage.claims, step.agency, just_before)
    lifted = {rule.restriction_type for rule in policy.rules if rule.id in step.staff_lifts}
    rows = tuple(row for row in facts.ours() if row.type not in lifted)
    return replace(
        stage,
        facts=replace(facts, restrictions=rows, claims=reports(claims)),
        now=now,
        claims=claims,
        cases=noticed_before(dict(stage.cases), step, now),
    )


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


def _compare(number: int, step: Step, stage: _Stage, decision: Decision, policy: Policy) -> Iterable[Difference]:
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
            yield Difference(number, what, tuple(sorted(expected)), tuple(sorted(found)))


def _listed(rules: Sequence[RuleId]) -> str:
    return ", ".join(rules) if rules else "nothing"
