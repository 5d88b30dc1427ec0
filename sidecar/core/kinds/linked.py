"""Linked cards: whoever answers for a patron is blocked for that patron's debt too, and freed when it is paid."""

from collections.abc import Callable
from dataclasses import replace

from sidecar.core.ages import age_of
from sidecar.core.kinds.asking import Judgement, Question
from sidecar.core.model import UNKNOWN, Facts, Truth
from sidecar.core.policy import Ages
from sidecar.core.truth import every, some
from sidecar.core.whom import possible_terms

Judge = Callable[[Question], Judgement]


def with_guarantees(question: Question, own: Judgement, judge: Judge) -> Judgement:
    """The judgement on a patron's own account with those on the accounts that the patron answers for: one of them is
    enough to block, and all must be content to release."""
    guarantees = question.facts.guarantees
    if guarantees is UNKNOWN:
        unknown = (*own.evidence.unknown, "guarantees")
        blocks: Truth = True if own.blocks is True else UNKNOWN
        releases: Truth = False if own.releases is False else UNKNOWN
        return replace(own, blocks=blocks, releases=releases, evidence=replace(own.evidence, unknown=unknown))
    found = [(each, _judged(question, each, judge)) for each in guarantees]
    behind = tuple(sorted(each.patron.id for each, (blocks, releases) in found if blocks is True or releases is False))
    unclear = any(blocks is UNKNOWN for _, (blocks, _releases) in found)
    unknown = (*own.evidence.unknown, "guarantees") if unclear else own.evidence.unknown
    return replace(
        own,
        blocks=some((own.blocks, *(blocks for _, (blocks, _releases) in found))),
        releases=every((own.releases, *(releases for _, (_blocks, releases) in found))),
        evidence=replace(own.evidence, guarantees=behind, unknown=unknown),
    )


def _judged(question: Question, guarantee: Facts, judge: Judge) -> tuple[Truth, Truth]:
    """W and R on one account: under every set of terms that could hold, and only if the age is one that is meant."""
    age = age_of(guarantee, question.policy, question.today)
    meant = _is_meant(question.rule.guarantee_ages, age)
    if meant is False:
        return False, True
    asked = replace(question, facts=guarantee, case=None)
    judged = [judge(asked.under(terms)) for terms in possible_terms(question.rule, guarantee, age, question.today)]
    blocks = _agreed([each.blocks for each in judged])
    releases = _agreed([each.releases for each in judged])
    if meant is True:
        return blocks, releases
    return (False if blocks is False else UNKNOWN), (True if releases is True else UNKNOWN)


def _is_meant(ages: Ages | None, age: object) -> Truth:
    if ages is None:
        return True
    if isinstance(age, int):
        return ages.include(age)
    return ages.include_all_adults() if age is None else UNKNOWN


def _agreed(answers: list[Truth]) -> Truth:
    return answers[0] if all(answer is answers[0] for answer in answers) else UNKNOWN
