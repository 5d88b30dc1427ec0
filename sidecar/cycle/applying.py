"""What a cycle that may write remembers of what it saw, before its first write."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from sidecar.core.drift import vanished_rows
from sidecar.core.model import Case, PatronId, RuleId, Stage
from sidecar.core.verdict import Decision
from sidecar.cycle.released import released_in_ils
from sidecar.ports import Journal, Mode, TakenRelease


def remember_what_was_seen(
    journal: Journal,
    decisions: Iterable[Decision],
    stored: Mapping[PatronId, Mapping[RuleId, Case]],
    looked_for: Collection[PatronId],
    *,
    cycle: int,
    mode: Mode,
    at: datetime,
) -> int:
    """Write what looking alone changed in the cases, with what staff released in the ILS, and forget those that ended;
    their number is returned.

    A patron out of scope keeps the cases, one whom a quick cycle did not look for too. One who was looked for and
    is no longer there loses them. Where nothing may be added, nobody is told that a block will come.
    """
    keep: list[Case] = []
    close: set[tuple[PatronId, RuleId]] = set()
    seen: set[PatronId] = set()
    known = list(decisions)
    for decision in known:
        seen.add(decision.patron)
        before = stored.get(decision.patron, {})
        if decision.in_scope:
            keep.extend(_cases_now(decision, before, mode))
            close.update(_ended(decision, before))
    for patron, by_rule in stored.items():
        if patron in looked_for and patron not in seen:
            close.update((patron, rule) for rule in by_rule)
    # In this order: killed in between, a row would be gone of which nobody counted that it went.
    journal.record_vanished(cycle, [(verdict.patron, verdict.rule) for verdict in vanished_rows(known)], at)
    released = [TakenRelease(cycle, patron, release) for patron, release in released_in_ils(known)]
    journal.save_cases(keep, close, released=released)
    return len(close)


def _cases_now(decision: Decision, before: Mapping[RuleId, Case], mode: Mode) -> Iterator[Case]:
    for verdict in decision.verdicts:
        case = verdict.case_now
        if case is None or case == before.get(verdict.rule):
            continue
        # What is remembered may stand under the name that the rule had before.
        remembered = verdict.rule in before or verdict.case_before is not None
        newly_announced = case.stage is Stage.ANNOUNCED and not remembered
        if not (newly_announced and mode is Mode.RELEASE_ONLY):
            yield case


def _ended(decision: Decision, before: Mapping[RuleId, Case]) -> Iterator[tuple[PatronId, RuleId]]:
    """Cases that the verdicts close, and those of rules that the policy no longer has."""
    verdicts = {verdict.rule: verdict for verdict in decision.verdicts}
    for rule in before:
        verdict = verdicts.get(rule)
        if verdict is None or verdict.case_now is None:
            yield decision.patron, rule
