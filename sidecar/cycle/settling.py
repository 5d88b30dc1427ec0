"""Writes of an earlier cycle whose answer never came are settled by what this cycle's pull shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sidecar.core.model import Case, Facts, PatronId, RuleId
from sidecar.core.plan import ChangeKind
from sidecar.ports import Intent, Journal, Result


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of open intents: their results, and the cases as they stand after it.

    `begun` and `ended` are the cases that this changed.
    """

    results: tuple[tuple[int, Result], ...]
    cases: Mapping[PatronId, Mapping[RuleId, Case]]
    begun: tuple[Case, ...]
    ended: tuple[tuple[PatronId, RuleId], ...]
    still_open: int


def settle_intents(
    intents: Iterable[Intent],
    facts_of: Mapping[PatronId, Facts],
    cases: Mapping[PatronId, Mapping[RuleId, Case]],
    today: date,
) -> Settlement:
    """An addition that is there was made, one that is not there was not; a removal the other way round.

    What was made is remembered as if it had been answered, so that our own removal is never taken for a
    staff member's, nor a lost addition for an override. A patron who is gone leaves nothing to settle.
    """
    known = list(intents)
    results: list[tuple[int, Result]] = []
    changed: dict[tuple[PatronId, RuleId], Case | None] = {}
    still_open = 0
    for intent in known:
        facts, telling = facts_of.get(intent.patron), _telling(intent, known)
        was_made = False if facts is None else _was_made(telling, facts, today)
        if was_made is None:
            still_open += 1
            continue
        results.append((intent.change_id, _result(was_made=was_made, is_gone=facts is None)))
        if was_made and telling.kind is not ChangeKind.RESET_PIN:  # staff reset counters too: only rows tell of a block
            changed[intent.patron, intent.rule] = intent.case_after
    return Settlement(
        results=tuple(results),
        cases=_with(cases, changed),
        begun=tuple(case for case in changed.values() if case is not None),
        ended=tuple(key for key, case in changed.items() if case is None),
        still_open=still_open,
    )


def keep_settlement(journal: Journal, settlement: Settlement, at: datetime) -> None:
    """Remember what was settled. In this order: were an intent settled and its case not yet kept, our own removal would
    look like staff's."""
    journal.save_cases(settlement.begun, settlement.ended)
    journal.settle(settlement.results, at)


def _telling(intent: Intent, known: Iterable[Intent]) -> Intent:
    """The write that shows whether this one was made: of a reset, the removal that went with it in one item."""
    if intent.kind is not ChangeKind.RESET_PIN:
        return intent
    item = (intent.patron, intent.rule, intent.at, ChangeKind.REMOVE)
    return next((other for other in known if (other.patron, other.rule, other.at, other.kind) == item), intent)


def _result(*, was_made: bool, is_gone: bool) -> Result:
    if is_gone:
        return Result.GONE
    return Result.WRITTEN if was_made else Result.MOVED


def _with(
    cases: Mapping[PatronId, Mapping[RuleId, Case]], changed: Mapping[tuple[PatronId, RuleId], Case | None]
) -> Mapping[PatronId, Mapping[RuleId, Case]]:
    after = dict(cases)
    for (patron, rule), case in changed.items():
        by_rule = dict(after.get(patron, {}))
        if case is None:
            by_rule.pop(rule, None)
        else:
            by_rule[rule] = case
        after[patron] = by_rule
    return after


def _was_made(intent: Intent, facts: Facts, today: date) -> bool | None:
    """None where it cannot be seen."""
    if intent.kind is ChangeKind.RESET_PIN:
        return facts.failed_pin <= 0 if isinstance(facts.failed_pin, int) else None
    in_force = facts.in_force((intent.restriction_type,), today)
    if not isinstance(in_force, bool):
        return None
    if intent.kind is ChangeKind.REMOVE:
        return not in_force
    if intent.kind is ChangeKind.AMEND:
        wanted = None if intent.case_after is None else intent.case_after.comment
        return in_force and any(row.comment == wanted for row in facts.rows(intent.restriction_type))
    return in_force
