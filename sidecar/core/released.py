"""Blocks that staff released by name in the ILS: what a release there means for the rule's case.

It is the state that counts, not the moment at which a cycle first sees it: a release is over once the case is of
something later, however often it is read.
"""

from collections.abc import Iterable

from sidecar.core.kinds import KINDS
from sidecar.core.model import UNKNOWN, Case, Facts, Origin, StaffRelease, Stage
from sidecar.core.policy import Policy, Rule
from sidecar.core.verdict import Verdict


def release_that_counts(rule: Rule, policy: Policy, facts: Facts, case: Case | None) -> StaffRelease | None:
    """The latest release of the rule's block that the case does not know yet.

    Of a claim there is none: the library cannot lift it. What was released before everything was paid is over.
    """
    if not KINDS[rule.kind].library_may_lift:
        return None
    mine = (release for release in facts.staff_releases if _is_of(release, rule, policy))
    latest = max(mine, key=lambda release: (release.at, len(release.id), release.id), default=None)
    if latest is None or _is_settled(latest, rule, facts) or _is_of_later(case, latest):
        return None
    return latest


def answered_releases(facts: Facts, verdicts: Iterable[Verdict]) -> tuple[StaffRelease, ...]:
    """The releases that these verdicts have answered, so that the journal may take them. One waits whose rows cannot
    be told, or still stand as if nobody had released them: it was read while it was made."""
    waiting = [verdict for verdict in verdicts if verdict.in_force is UNKNOWN]
    types = {each for verdict in waiting for each in verdict.types}
    rules = {verdict.rule for verdict in waiting}
    present = {row.id for row in facts.ours()}
    return tuple(
        release
        for release in facts.staff_releases
        if release.rule not in rules and release.restriction_type not in types and not present & set(release.rows)
    )


def _is_of(release: StaffRelease, rule: Rule, policy: Policy) -> bool:
    """By its rule's name, or, where the policy no longer has that, by its type."""
    if policy.rule(release.rule) is not None:
        return release.rule == rule.id
    return release.restriction_type == rule.restriction_type


def _is_settled(release: StaffRelease, rule: Rule, facts: Facts) -> bool:
    return KINDS[rule.kind].settled_by_payment and facts.settled_at is not None and facts.settled_at > release.at


def _is_of_later(case: Case | None, release: StaffRelease) -> bool:
    """Whether what is remembered began after the release. The ILS's clock may have been put back, so a row that the
    release took tells more than any moment. An override that was seen before its name was known is that release's."""
    if case is None or case.stage is Stage.ANNOUNCED:
        return False
    if case.stage is Stage.OVERRIDDEN:
        return case.origin is not Origin.LIFTED and release.at <= case.since
    return release.at < case.since and not set(case.rows) & set(release.rows)
