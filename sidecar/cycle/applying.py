"""Writing the part of a plan that may go: batch by batch, each change journalled before and after."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sidecar.core.drift import vanished_rows
from sidecar.core.model import Case, PatronId, RuleId, Stage
from sidecar.core.plan import ChangeKey, Entry, Plan
from sidecar.core.verdict import Decision
from sidecar.cycle.released import released_in_ils
from sidecar.errors import OtherWriter, PausedInIls
from sidecar.ports import Clock, Journal, Mode, Outcome, Result, TakenRelease, Target


@dataclass(frozen=True, slots=True)
class Applied:
    """The answers per patron, and why writing stopped early, if it did."""

    outcomes: Mapping[PatronId, Outcome] = field(default_factory=dict)
    stopped: str | None = None


def write_plan(
    plan: Plan,
    target: Target,
    journal: Journal,
    clock: Clock,
    *,
    cycle: int,
    policy_digest: str,
    approved: frozenset[ChangeKey],
    stopping: Callable[[], bool],
) -> Applied:
    """Write all entries, the pause switch and `stopping` looked at before each batch.

    Raises OtherWriter, and any IlsError of the target; what was intended and not answered stays in the journal
    as an open intent that the next cycle settles.
    """
    outcomes: dict[PatronId, Outcome] = {}
    for batch in _batches(plan.entries, target.batch_size):
        if journal.paused_since is not None:
            return Applied(outcomes, "Writing was paused while this cycle ran; `cardwarden resume` lets it go on.")
        if stopping():
            return Applied(outcomes, "Cardwarden was told to stop; the next cycle goes on.")
        changes = [change for entry in batch for change in entry.changes]
        journal.intend(cycle, changes, policy_digest, approved, clock.now())
        try:
            answers, _ = target.apply(batch)
        except (PausedInIls, OtherWriter) as refusal:
            answers = [Outcome(entry.patron, Result.REFUSED, str(refusal)) for entry in batch]
            journal.conclude(cycle, answers, clock.now())
            if isinstance(refusal, OtherWriter):
                raise
            return Applied(outcomes, str(refusal))
        journal.conclude(cycle, answers, clock.now())
        outcomes.update((outcome.patron, outcome) for outcome in answers)
    return Applied(outcomes)


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


def _batches(entries: Sequence[Entry], size: int) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]
