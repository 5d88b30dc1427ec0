"""Facts + cases + policy + now -> verdicts and next cases: the table of the design (`table.py`), asked for every rule
under all terms that could hold."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from sidecar.core.ages import age_of
from sidecar.core.kinds import Question
from sidecar.core.model import UNKNOWN, Cases, Facts, Restriction
from sidecar.core.past import case_that_counts, under_present_names, without_moments_to_come
from sidecar.core.policy import Policy, Scope
from sidecar.core.screen import Screen
from sidecar.core.table import answer
from sidecar.core.verdict import Decision, Standing, Verdict
from sidecar.core.whom import possible_terms

EVERYONE: Final = Scope()


def decide(
    facts: Facts,
    cases: Cases,
    policy: Policy,
    now: datetime,
    scope: Scope = EVERYONE,
    *,
    screen: Screen | None = None,
) -> Decision:
    """Every rule's verdict on one patron. Pure: the same values give the same decision.

    `now` must be aware and of the ILS's clock, since it is compared with what the ILS dated. With a `screen` of the
    policy only the rules are asked that could have anything to say: the verdicts left out are clear.
    """
    now = now.astimezone(UTC)  # in a local zone a minute of arithmetic is not always a minute
    today = now.astimezone(policy.time_zone).date()
    included = scope.includes(facts, today)
    if included is False:
        return Decision(facts, in_scope=False, orphans=_orphans(facts, policy, ()))
    facts, cases = without_moments_to_come(facts, now), under_present_names(cases, policy)
    questions = [
        Question(rule, rule.terms, policy, facts, case_that_counts(rule, cases, policy, facts, now), now, today)
        for rule in (policy.rules if screen is None else screen.rules_to_ask(facts, cases, today))
    ]
    verdicts = [_verdict(question) for question in questions]
    if included is UNKNOWN:
        verdicts = [_out_of_sight(verdict) for verdict in verdicts]
    return Decision(facts, in_scope=True, verdicts=tuple(verdicts), orphans=_orphans(facts, policy, questions))


def _orphans(facts: Facts, policy: Policy, questions: Iterable[Question]) -> tuple[Restriction, ...]:
    """Rows of ours of a type that is no rule's, and was none of those asked."""
    ours = facts.ours()
    if not ours:
        return ()
    types = {rule.restriction_type for rule in policy.rules}
    types.update(each for question in questions for each in question.types)
    return tuple(row for row in ours if row.type not in types)


def _verdict(question: Question) -> Verdict:
    """Every set of terms that could hold is tried; if their answers differ, it is undecided."""
    age = age_of(question.facts, question.policy, question.today)
    terms_that_could_hold = possible_terms(question.rule, question.facts, age, question.today)
    verdicts = [answer(question.under(terms), age) for terms in terms_that_could_hold]
    last = verdicts[-1]
    if any((other.standing, other.change) != (last.standing, last.change) for other in verdicts):
        unknown = (*last.evidence.unknown, "exception")
        last = next((each for each in verdicts if each.released and each.case_now), last)
        return _undecided(replace(last, evidence=replace(last.evidence, unknown=unknown)))
    return last


def _undecided(verdict: Verdict) -> Verdict:
    """Nothing changes; a row in force is remembered as seen, one that staff released as released, else what was
    remembered stays."""
    looked = verdict.in_force is True or verdict.released is not None
    kept = verdict.case_now if looked else verdict.case_before
    return replace(
        verdict,
        standing=Standing.UNDECIDED,
        change=None,
        reason=None,
        case_now=kept,
        case_after=kept,
        lifted=False,
        paid=False,
        due=None,
    )


def _out_of_sight(verdict: Verdict) -> Verdict:
    """It is not known whether the patron is in scope: nothing changes."""
    return verdict if verdict.standing is Standing.CLEAR and verdict.change is None else _undecided(verdict)
