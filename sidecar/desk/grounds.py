"""What an answer rests on, as a digest: a card of which all of it is as it was needs no second look.

Left out is what every cycle moves though nothing has happened (when a row was last seen), what no answer says (names,
comments, the ILS's etag, the numbers of rows, its flag where the rows are known), and rules that have nothing to say:
their word follows from the rest. So of a card that a cycle has written all this is known before the next one reads it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sidecar.core.model import UNKNOWN, Case, Facts, PatronId, Restriction, RestrictionType, Stage
from sidecar.core.plan import ChangeKey
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision, Standing, Verdict
from sidecar.desk.circumstances import Circumstances
from sidecar.desk.digest import digest_of_values
from sidecar.ports import ReleaseRecord


@dataclass(frozen=True, slots=True)
class Grounds:
    """What all cards of a round have in common, and what is known of each beside its decision."""

    common: str
    around: Circumstances
    releases: Mapping[PatronId, Sequence[ReleaseRecord]]
    keys: Mapping[PatronId, Sequence[object]]

    def of(self, decision: Decision) -> str:
        """The digest of what the answer about this card rests on."""
        patron = decision.patron
        return digest_of_values(
            self.common,
            _facts(decision.facts, _types_of_cases(decision)),
            decision.in_scope,
            [_verdict(each, decision.facts) for each in decision.verdicts if _says_anything(each)],
            decision.orphans,
            self.releases.get(patron, ()),
            self.around.claims.get(patron, ()),
            self.keys.get(patron, ()),
        )


def grounds_of(
    policy: Policy,
    around: Circumstances,
    languages: Sequence[str],
    releases: Mapping[PatronId, Sequence[ReleaseRecord]],
    day: date,
) -> Grounds:
    """For a round under these circumstances, on this day in the library's time zone."""
    keys: dict[PatronId, list[object]] = defaultdict(list)
    for key, brake in around.held.items():
        keys[_patron(key)].append(("held", key, brake))
    for key in sorted(around.approved):
        keys[_patron(key)].append(("approved", key))
    shared = replace(around, held={}, approved=frozenset(), releases=(), claims={})
    return Grounds(digest_of_values(policy.digest, languages, day, shared), around, releases, keys)


def _patron(key: ChangeKey) -> PatronId:
    return key[0]


def _types_of_cases(decision: Decision) -> frozenset[RestrictionType]:
    """Whose rows' age is that of a block that is remembered, whatever the rows say of themselves."""
    return frozenset(
        restriction_type
        for verdict in decision.verdicts
        if verdict.case_before is not None and verdict.case_before.stage is Stage.BLOCKED and not verdict.adopted
        for restriction_type in verdict.types
    )


def _says_anything(verdict: Verdict) -> bool:
    """Whether it is more than a rule that is clear, with nothing behind it."""
    return (
        verdict.standing is not Standing.CLEAR
        or verdict.in_force is not False
        or verdict.change is not None
        or verdict.case_before is not None
        or verdict.case_now is not None
        or verdict.released is not None
        or verdict.lifted
        or verdict.drift
    )


def _facts(facts: Facts, of_cases: frozenset[RestrictionType] = frozenset()) -> Facts:
    rows, wards = facts.restrictions, facts.guarantees
    return replace(
        facts,
        patron=replace(facts.patron, name=None, card_number=None),
        restrictions=rows if rows is UNKNOWN else tuple(_row(row, of_cases) for row in rows),
        restricted=facts.restricted if rows is UNKNOWN else UNKNOWN,
        etag="" if facts.etag is not None else None,
        guarantees=wards if wards is UNKNOWN else tuple(map(_facts, wards)),
    )


def _row(row: Restriction, of_cases: frozenset[RestrictionType]) -> Restriction:
    return replace(row, id="", comment="", created=None if row.ours and row.type in of_cases else row.created)


def _verdict(verdict: Verdict, facts: Facts) -> object:
    return (
        (verdict.rule, verdict.standing, verdict.change, verdict.reason, verdict.types),
        (verdict.in_force, verdict.blocks, verdict.releases, verdict.evidence),
        (verdict.lifted, verdict.drift, verdict.paid, verdict.released, verdict.due, verdict.next_age),
        [_case(case, facts) for case in (verdict.case_before, verdict.case_now)],
    )


def _case(case: Case | None, facts: Facts) -> object:
    """Of moments that move with each look it counts only whether a payment came later."""
    if case is None:
        return None
    later = [
        _later(paid, seen)
        for paid in (facts.settled_at, facts.paid_at)
        for seen in (case.seen_at, case.blocking_at, case.paid_seen)
    ]
    return replace(case, seen_at=None, blocking_at=None, paid_seen=None, comment=None, rows=()), later


def _later(paid: datetime | None, seen: datetime | None) -> bool | None:
    return None if paid is None or seen is None else paid > seen
