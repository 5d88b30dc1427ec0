"""The journal as the pages read it: in a thread of its own, and waited for no longer than a page may take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from sidecar.core.plan import ChangeKey
from sidecar.errors import JournalError
from sidecar.language import _
from sidecar.ports import CycleRecord, Journal
from sidecar.serve.alerts.book import Cause
from sidecar.serve.liveness.aside import Aside, Late
from sidecar.serve.pages.showing import overview
from sidecar.serve.pages.showing.held import held_plans
from sidecar.serve.pages.showing.history import History, parts_of, read_history
from sidecar.serve.pages.showing.overview import LOOKED_THROUGH, Overview
from sidecar.serve.pages.showing.rendering import Frame, render
from sidecar.serve.pages.shown import Shown
from sidecar.serve.state import local

T = TypeVar("T")

PATIENCE: Final = 3.0
"""Seconds for which a page waits for the journal."""


@dataclass(frozen=True, slots=True)
class _Seen:
    cycles: Sequence[CycleRecord]
    paused_since: datetime | None


class Pages:
    """Makes the pages that rest on the journal; a journal that does not answer is said on them."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._reading = Aside("page", lambda: _seen(shown.journal))

    def overview(self, frame: Frame, *, keeps_current: bool = False) -> str:
        """How it stands."""
        shown = self._shown
        state, now = shown.board.now, shown.clock.now()
        seen, unreadable = _asked(lambda: self._reading.ask(PATIENCE))
        if seen is not None:
            state = replace(state, paused_since=seen.paused_since)
        return overview.render(
            Overview(
                state=state,
                now=now,
                zone=shown.configuration.policy.policy.time_zone,
                not_ready=[*shown.not_alive(), *shown.not_ready()],
                alerts=shown.alerts.begun(),
                past=shown.alerts.past(now),
                cycles=() if seen is None else seen.cycles,
                currency=shown.configuration.policy.policy.currency,
                unreadable=unreadable,
                address=shown.configuration.loaded.settings.koha.url,
                has_report=frame.visitor is not None and shown.board.report is not None,
                keeps_current=keeps_current,
                frame=frame,
            )
        )

    def held(self, frame: Frame) -> str:
        """What waits for an approval, and who that is."""
        shown, policy = self._shown, self._shown.configuration.policy.policy
        waiting = shown.board.now.waiting

        def kept() -> dict[str, frozenset[ChangeKey]]:
            return {plan.digest: shown.journal.kept_keys(plan.digest) for plan in waiting}

        keys, unreadable = _asked(lambda: Aside("held", kept).ask(PATIENCE))
        plans = [] if keys is None else held_plans(waiting, shown.board.held, keys, policy)
        return render(
            "held.html.j2",
            frame,
            plans=plans,
            is_drift=bool(shown.alerts.subjects(Cause.DRIFT)),
            currency=policy.currency.code,
            moment=lambda at: local(at, policy.time_zone),
            unreadable=unreadable,
        )

    def history(self, frame: Frame, cycle: int | None) -> str:
        """What was done, by people and by cycles."""
        shown, policy = self._shown, self._shown.configuration.policy.policy
        found, unreadable = _asked(lambda: Aside("history", lambda: read_history(shown.journal, cycle)).ask(PATIENCE))
        parts = parts_of(found or History((), (), (), cycle), policy)
        return render("history.html.j2", frame, parts=parts, cycle=cycle, unreadable=unreadable)


def _seen(journal: Journal) -> _Seen:
    return _Seen(journal.cycles(LOOKED_THROUGH), journal.paused_since)


def _asked(ask: Callable[[], T]) -> tuple[T | None, str | None]:
    """What was asked for, or why it cannot be had."""
    try:
        return ask(), None
    except JournalError as error:
        return None, str(error)
    except Late as late:
        return None, _("The journal does not answer: {why}.", why=late)
