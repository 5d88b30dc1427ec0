"""Decision, policy and circumstances -> the one answer about a card."""

from collections.abc import Iterator
from datetime import datetime

from sidecar.core.collection.claims import latest
from sidecar.core.collection.waiting import waiting_of
from sidecar.core.model import UNKNOWN, Facts
from sidecar.core.policy import Policy
from sidecar.core.verdict import Decision
from sidecar.desk import standing
from sidecar.desk.answer import Answer, Awaited, Hindrance, Released, Wait
from sidecar.desk.blocking import blocked, blocks_of, ended_rows
from sidecar.desk.circumstances import Circumstances
from sidecar.desk.doing import steps_of
from sidecar.desk.owing import money_of, not_counted
from sidecar.desk.remaining import free_at, free_then, holding, stays_after
from sidecar.ports import Mode, ReleaseRecord


def answer(decision: Decision, policy: Policy, as_of: datetime, at: Circumstances) -> Answer:
    """The answer about the card of a decision, made at `as_of` on the ILS's clock."""
    facts = decision.facts
    today = as_of.astimezone(policy.time_zone).date()
    held = holding(decision, policy, at)
    present = tuple(blocks_of(decision, policy, today))
    steps = tuple(steps_of(decision, policy, held))
    stays = tuple(stays_after(steps, decision, policy, as_of, at))
    releases = (*_not_journalled(facts), *at.releases)
    since = [block.since for block in present if block.since is not None]
    return Answer(
        patron=decision.patron,
        as_of=as_of,
        currency=policy.currency,
        zone=policy.time_zone,
        in_scope=at.scope.includes(facts, today) if decision.in_scope else False,
        blocked=blocked(facts, today),
        since=min(since, default=None),
        blocks=present,
        steps=steps,
        stays=stays,
        free_then=free_then(facts, stays),
        free_at=free_at(stays),
        releasable=tuple(standing.releasable(present, decision)),
        offers=tuple(standing.offers(decision, policy, today)),
        lifting=tuple(standing.lifting(decision, held, present)),
        coming=tuple(standing.coming(decision, policy, held)),
        waits=_waits(facts, at),
        within=at.within,
        announced=tuple(standing.announced(decision, policy)),
        lifted=tuple(standing.lifted(decision, policy, releases)),
        missing=tuple(standing.missing(decision, policy)),
        unclear=tuple(standing.unclear(decision, policy)),
        money=money_of(facts, policy),
        not_counted=tuple(not_counted(decision, policy)),
        released=tuple(
            Released(each.rule, each.staff, each.photo_id_checked, each.at, each.reason) for each in releases
        ),
        clear=tuple(standing.clear(decision, policy)),
        ended=tuple(ended_rows(facts, today)),
        flag_matches=facts.flag_matches,
        awaited=tuple(_awaited(decision, policy, at)),
    )


def _awaited(decision: Decision, policy: Policy, at: Circumstances) -> Iterator[Awaited]:
    """What the claims of this card wait for, by rule."""
    for (_, rule), claim in latest(at.claims.get(decision.patron, ())).items():
        waiting = waiting_of(claim, policy.time_zone, at.answer_days)
        if waiting is not None:
            yield Awaited(rule, claim.id, waiting.paid_seen, waiting.since, waiting.expected)


def _not_journalled(facts: Facts) -> Iterator[ReleaseRecord]:
    """What staff released in the ILS since the last cycle that wrote, newest first."""
    for each in reversed(facts.staff_releases):
        yield ReleaseRecord(each.rule, each.by, each.photo_id_checked, each.at, each.reason)


def _waits(facts: Facts, at: Circumstances) -> tuple[Wait, ...]:
    """Why nothing is written whatever is done. Without the plugin the switches say nothing more."""
    if not at.writable or (facts.restrictions is UNKNOWN and facts.etag is None):
        return (Wait(Hindrance.NO_PLUGIN),)
    waits = []
    if at.paused_since is not None:
        waits.append(Wait(Hindrance.PAUSED, at.paused_since))
    if at.paused_in_ils:
        waits.append(Wait(Hindrance.PAUSED_IN_ILS))
    if at.mode is Mode.DRY_RUN:
        waits.append(Wait(Hindrance.DRY_RUN))
    return tuple(waits)
