"""What holds whatever the policy, the card and the past."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, event, given
from hypothesis import strategies as st

from sidecar.core.brakes import Brake, Circumstances, Limit, Limits, RuleLimits, apply_brakes
from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Charge, Facts
from sidecar.core.plan import ChangeKind, Plan
from sidecar.core.planning import plan_changes
from sidecar.core.policy import PaidInFull, RuleKind
from sidecar.core.verdict import Decision

from .builders import NOW, apply, case, debt_rule, facts, policy, redacted, row
from .strategies import (
    UNKNOWABLE,
    Situation,
    all_facts,
    charges,
    plans,
    rules,
    situations,
    sums_of_credit,
    with_unknown,
)


def decided(at: Situation) -> Decision:
    return decide(at.facts, at.cases, at.policy, NOW)


def planned(*decisions: Decision, of: Situation) -> Plan:
    return plan_changes(decisions, of.policy)


def changes_of(decision: Decision) -> dict[str, ChangeKind | None]:
    return {verdict.rule: verdict.change for verdict in decision.verdicts}


@given(situations())
def test_the_same_values_give_the_same_decision_and_the_same_plan(at: Situation) -> None:
    assert decided(at) == decided(at)
    assert planned(decided(at), of=at) == planned(decided(at), of=at)


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_charges_rows_and_rules_does_not_matter(at: Situation, chance: object) -> None:
    def shuffled(values: object) -> object:
        if values is UNKNOWN:
            return values
        mixed = list(values)  # type: ignore[call-overload]
        chance.shuffle(mixed)  # type: ignore[attr-defined]
        return tuple(mixed)

    mixed = replace(
        at.facts,
        charges=shuffled(at.facts.charges),  # type: ignore[arg-type]
        restrictions=shuffled(at.facts.restrictions),  # type: ignore[arg-type]
    )
    other = Situation(replace(at.policy, rules=shuffled(at.policy.rules)), mixed, at.cases)  # type: ignore[arg-type]
    one, two = decided(at), decided(other)
    assert sorted(one.verdicts, key=lambda verdict: verdict.rule) == sorted(
        two.verdicts, key=lambda verdict: verdict.rule
    )
    assert sorted(one.orphans, key=lambda row: row.id) == sorted(two.orphans, key=lambda row: row.id)
    assert planned(one, of=at).digest == planned(two, of=other).digest


@given(situations())
def test_a_plan_that_was_applied_leaves_nothing_to_do(at: Situation) -> None:
    decision = decided(at)
    plan = planned(decision, of=at)
    known, cases = apply(decision, plan, NOW, at.cases)
    again = decide(known, cases, at.policy, NOW)
    rest = planned(again, of=at)
    event(f"{len(plan)} changes")
    unrepaired = not at.facts.flag_matches and not len(plan)
    assert not len(rest) or unrepaired, [change.key for change in rest.changes()]


@given(situations())
def test_looking_again_without_writing_asks_for_the_same(at: Situation) -> None:
    """A dry run, or a cycle whose changes were all held back, leaves the plan as it was."""
    decision = decided(at)
    _, cases = apply(decision, Plan(), NOW, at.cases)
    assert planned(decide(at.facts, cases, at.policy, NOW), of=at).digest == planned(decision, of=at).digest


@given(
    charges, sums_of_credit, st.none() | st.just(NOW - timedelta(days=2)), rules(RuleKind.DEBT, "debt"), st.booleans()
)
def test_under_paid_in_full_nobody_who_owes_and_never_settled_is_released(
    lines: tuple[Charge, ...], credit: object, settled: object, rule: object, known_before: bool
) -> None:
    rule = replace(
        rule,  # type: ignore[type-var]
        exceptions=(),
        retired=False,
        terms=replace(rule.terms, release=PaidInFull()),  # type: ignore[attr-defined]
        release_counts=debt_rule().release_counts,
    )
    since = NOW - timedelta(days=1)
    known = facts(charges=lines, credit=credit, settled_at=settled, rows=[row(created=since)])
    cases = {"debt": case(rule, since=since)} if known_before else {}  # type: ignore[arg-type]
    (verdict,) = decide(known, cases, policy(rule), NOW).verdicts  # type: ignore[arg-type]
    assert verdict.evidence.owed is not None
    if verdict.evidence.owed > 0:
        assert verdict.change is None
    else:
        assert verdict.change is ChangeKind.REMOVE


@given(situations(unknown=False), st.frozensets(st.sampled_from(UNKNOWABLE), min_size=1))
def test_what_is_changed_although_a_fact_is_unknown_would_be_changed_whatever_the_fact(
    at: Situation, names: frozenset[str]
) -> None:
    """The strong form of: an unknown fact never adds and never removes."""
    known = changes_of(decided(at))
    unknown = changes_of(decided(replace(at, facts=with_unknown(at.facts, names))))
    assert {rule: change for rule, change in unknown.items() if change and change is not known[rule]} == {}


@given(situations())
def test_a_redacted_record_changes_nothing_and_closes_no_case(at: Situation) -> None:
    decision = decide(redacted(), at.cases, at.policy, NOW)
    assert set(changes_of(decision).values()) <= {None}
    assert {verdict.rule: verdict.case_now for verdict in decision.verdicts if verdict.case_now} == at.cases


@given(situations())
def test_only_our_own_rows_of_the_policys_types_are_in_a_plan(at: Situation) -> None:
    plan = planned(decided(at), of=at)
    types = {rule.id: rule.restriction_type for rule in at.policy.rules}
    assert {(change.rule, change.restriction_type) for change in plan.changes()} <= set(types.items())
    known, _ = apply(decided(at), plan, NOW, at.cases)
    assert known.foreign() == at.facts.foreign()
    for change in plan.changes():
        if change.kind in {ChangeKind.REMOVE, ChangeKind.AMEND}:
            assert at.facts.rows(change.restriction_type), "only what is ours and there is removed or amended"


@given(situations())
def test_foreign_rows_do_not_matter_to_any_answer(at: Situation) -> None:
    assume(at.facts.restrictions is not UNKNOWN)
    alone = replace(at.facts, restrictions=at.facts.ours())
    assert decide(alone, at.cases, at.policy, NOW).verdicts == decided(at).verdicts


@given(situations(), st.sampled_from(["da", "en", None]))
def test_the_digest_does_not_look_at_texts_languages_or_order(at: Situation, language: str | None) -> None:
    other = replace(at.facts, patron=replace(at.facts.patron, language=language), etag="other")
    one = plan_changes([decided(at)], at.policy, amend=False)
    two = plan_changes([decide(other, at.cases, at.policy, NOW)], at.policy, amend=False)
    assert one.digest == two.digest


@given(
    st.lists(st.builds(lambda number, known: (number, known), st.integers(1, 30), all_facts(["CW_DEBT"])), max_size=6)
)
def test_the_order_of_patrons_does_not_matter_to_a_plan(drawn: list[tuple[int, Facts]]) -> None:
    of = policy(debt_rule())
    each = {number: replace(known, patron=replace(known.patron, id=str(number))) for number, known in drawn}
    decisions = [decide(known, {}, of, NOW) for known in each.values()]
    plan = plan_changes(decisions, of)
    assert plan == plan_changes(reversed(decisions), of)
    patrons = [int(entry.patron) for entry in plan.entries]
    assert patrons == sorted(set(patrons))


@given(situations())
def test_the_digest_does_not_look_at_balances(at: Situation) -> None:
    """Twice the debt of who owes enough already asks for the same addition."""
    assume(at.facts.charges is not UNKNOWN)
    plan = planned(decided(at), of=at)
    same = Plan(
        tuple(
            replace(
                entry,
                etag=None,
                changes=tuple(replace(c, evidence=replace(c.evidence, counted=1)) for c in entry.changes),
            )
            for entry in plan.entries
        )
    )
    assert same.digest == plan.digest


@given(situations())
def test_at_most_one_change_for_a_rule_and_a_reset_only_with_a_removal(at: Situation) -> None:
    plan = planned(decided(at), of=at)
    keys = [change.key for change in plan.changes()]
    assert len(keys) == len(set(keys))
    by_rule: dict[str, set[ChangeKind]] = {}
    for change in plan.changes():
        by_rule.setdefault(change.rule, set()).add(change.kind)
    for kinds in by_rule.values():
        assert len(kinds) == 1 or kinds == {ChangeKind.REMOVE, ChangeKind.RESET_PIN}


@given(situations(), st.integers(0, 400))
def test_time_alone_releases_only_by_the_minute_and_adds_only_by_the_day(at: Situation, days: int) -> None:
    """Once everything is applied, waiting changes a card only where the rule has a date in it."""
    decision = decided(at)
    known, cases = apply(decision, planned(decision, of=at), NOW, at.cases)
    later = decide(known, cases, at.policy, NOW + timedelta(days=days))
    for verdict in later.verdicts:
        rule = at.policy.rule(verdict.rule)
        assert rule is not None
        dated = (
            rule.override_days is not None or verdict.terms.announce_days or verdict.rule_kind is RuleKind.FAILED_PIN
        )
        expired = any(each.expires for each in known.ours())
        age = rule.uses_age
        if not (dated or expired or age):
            assert verdict.change is None


# Brakes

limit = st.builds(Limit, st.integers(0, 6), st.sampled_from([0.0, 10.0, 50.0]))
limits = st.builds(
    Limits,
    additions=limit,
    pin_additions=limit,
    removals=limit,
    amendments=st.integers(0, 4),
    rules=st.dictionaries(
        st.sampled_from(["debt", "pin"]), st.builds(RuleLimits, st.none() | limit, st.none() | limit), max_size=2
    ),
)
counts = st.dictionaries(st.sampled_from(["CW_DEBT", "CW_PIN", "CW_LOST"]), st.integers(0, 3), max_size=3)


@st.composite
def circumstances(draw: st.DrawFn, plan: Plan) -> Circumstances:
    approved = [change for change in plan.changes() if draw(st.sampled_from([True, False, False]))]
    return Circumstances(
        patrons=draw(st.integers(0, 30)),
        ours_in_force=draw(st.integers(0, 20)),
        pin_types=frozenset({"CW_PIN"}),
        types={"debt": "CW_DEBT", "pin": "CW_PIN"},
        added=draw(counts),
        removed=draw(counts),
        approved=frozenset(change.key for change in approved),
        unbegun=draw(st.sampled_from([frozenset(), frozenset(), frozenset({"CW_DEBT", "CW_PIN"})])),
        held=draw(
            st.sampled_from(
                [{}, {change.key: Brake.ADDITIONS for change in plan.changes() if change.kind is ChangeKind.ADD}]
            )
        ),
        release_only=draw(st.sampled_from([False, False, True])),
    )


@given(st.data(), plans(), limits)
def test_brakes_split_a_plan_in_two(data: st.DataObject, plan: Plan, limits_: Limits) -> None:
    at = data.draw(circumstances(plan))
    result = apply_brakes(plan, limits_, at)
    go, held = list(result.go.changes()), list(result.held.changes())
    assert len(go) + len(held) == len(plan)
    assert {change.key for change in go} | {change.key for change in held} == {c.key for c in plan.changes()}
    assert {change.key for change in go} & {change.key for change in held} == set()
    assert bool(held) is bool(result.tripped)
    for change in held:
        if change.kind is not ChangeKind.RESET_PIN:
            assert change.key not in at.approved or (at.release_only and change.kind is not ChangeKind.REMOVE)
            assert not change.paid
    removed = {(change.patron, change.rule) for change in held if change.kind is ChangeKind.REMOVE}
    assert {(c.patron, c.rule) for c in held if c.kind is ChangeKind.RESET_PIN} <= removed


@given(st.data(), plans(), limits)
def test_what_goes_keeps_to_every_limit(data: st.DataObject, plan: Plan, limits_: Limits) -> None:
    at = data.draw(circumstances(plan))
    result = apply_brakes(plan, limits_, at)
    free = [change for change in result.go.changes() if change.key not in at.approved]
    added = [change for change in free if change.kind is ChangeKind.ADD]
    removed = [change for change in free if change.kind is ChangeKind.REMOVE and not change.paid]
    pins = [change for change in added if change.rule == "pin"]
    assert not added or len(added) + sum(at.added.values()) <= limits_.additions.of(at.patrons)
    assert not pins or len(pins) + at.added.get("CW_PIN", 0) <= limits_.pin_additions.of(at.patrons)
    assert not removed or len(removed) + sum(at.removed.values()) <= limits_.removals.of(at.ours_in_force)
    assert sum(change.kind is ChangeKind.AMEND for change in free) <= limits_.amendments
    assert not added or not at.release_only
    assert not any(change.restriction_type in at.unbegun or change.key in at.held for change in added)


@given(st.data(), plans(), limits)
def test_brakes_on_additions_hold_no_removal(data: st.DataObject, plan: Plan, limits_: Limits) -> None:
    at = data.draw(circumstances(plan))
    open_rules = {rule: RuleLimits(own.additions, None) for rule, own in limits_.rules.items()}
    result = apply_brakes(plan, replace(limits_, removals=Limit(10**6), rules=open_rules), at)
    assert {change.kind for change in result.held.changes()} <= {ChangeKind.ADD, ChangeKind.AMEND}
