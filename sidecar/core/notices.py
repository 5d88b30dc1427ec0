"""Notices that the ILS is to send to those who are announced: once for each announcement."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sidecar.core.model import Notice, NoticeStatus, PatronId, RuleId
from sidecar.core.policy import Announce, Policy
from sidecar.core.table import same_second
from sidecar.core.verdict import Decision, Standing, Verdict

CODE: Final = "CW_COLLECTION"
"""The ILS's letter."""


@dataclass(frozen=True, slots=True)
class NoticeOrder:
    """One notice: to whom, and of which announcement. `key` is the same whenever it is asked for again."""

    patron: PatronId
    key: str
    code: str = CODE


def key_of(rule: RuleId, since: datetime) -> str:
    """What makes a notice the same one: the rule, and the second of the announcement."""
    return f"{rule}:{int(since.timestamp())}"


def announcement_of(key: str) -> tuple[RuleId, datetime] | None:
    """The rule and the moment in a key; None for what is none of ours."""
    rule, _, second = key.rpartition(":")
    if not rule or not second.isascii() or not second.isdecimal() or len(second) > _LONGEST:
        return None
    return rule, datetime.fromtimestamp(int(second), UTC)


_LONGEST: Final = 11


def notices_to_send(decisions: Iterable[Decision], policy: Policy) -> Iterator[NoticeOrder]:
    """Those of announcements whose notice the ILS does not know yet, where it sends any."""
    asked = {rule.id for rule in policy.rules if rule.announce is Announce.NOTICE}
    for decision in decisions:
        for verdict in decision.verdicts if decision.facts.sends_notices else ():
            case = verdict.case_now
            if verdict.rule in asked and _waits(verdict) and case is not None and notice_of(decision, verdict) is None:
                yield NoticeOrder(verdict.patron, key_of(verdict.rule, case.since))


def waits_in_vain(decisions: Iterable[Decision], policy: Policy) -> tuple[RuleId, ...]:
    """Rules whose announcements wait for a notice of an ILS that sends none."""
    asked = {rule.id for rule in policy.rules if rule.announce is Announce.NOTICE}
    found = {
        verdict.rule
        for decision in decisions
        if not decision.facts.sends_notices
        for verdict in decision.verdicts
        if verdict.rule in asked and _waits(verdict)
    }
    return tuple(sorted(found))


def notice_of(decision: Decision, verdict: Verdict) -> Notice | None:
    """What became of the notice of an announcement that stands."""
    notice, case = decision.facts.notices.get(verdict.rule), verdict.case_now
    return notice if notice is not None and case is not None and same_second(notice.about, case.since) else None


def has_failed(decision: Decision, verdict: Verdict) -> bool:
    """Whether the notice of an announcement could not be sent: no day counts until staff have written."""
    notice = notice_of(decision, verdict)
    return _waits(verdict) and notice is not None and notice.status is NoticeStatus.FAILED


def _waits(verdict: Verdict) -> bool:
    case = verdict.case_now
    return verdict.standing is Standing.ANNOUNCED and case is not None and case.noticed_at is None
