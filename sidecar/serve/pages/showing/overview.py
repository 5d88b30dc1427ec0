"""The first page: what an administrator wants to know at eight in the morning. No scripts, no names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sidecar.core.model import Currency
from sidecar.language import ENGLISH, _, calendar_moment, gettext_noop, present
from sidecar.ports import CycleOutcome, CycleRecord, Mode
from sidecar.report.words.head import are_blocked, are_blocked_now
from sidecar.report.words.vocabulary import KINDS, OUTCOMES
from sidecar.serve.alerts.book import Cause, Standing
from sidecar.serve.pages.showing.held import brake_words
from sidecar.serve.pages.showing.rendering import Frame
from sidecar.serve.pages.showing.rendering import render as render_page
from sidecar.serve.state import GateState, State, in_a_row

LOOKED_THROUGH: Final = 1500
"""Cycles of a day and a night, with one a minute."""
SHOWN: Final = 20
PLANNED: Final = "planned."
"""How the counts of what a cycle planned begin."""


@dataclass(frozen=True, slots=True)
class Row:
    """A cycle worth a line, or several that are alike: the latest of them, how many, since when."""

    latest: CycleRecord
    first: datetime
    times: int = 1

    @property
    def stays(self) -> bool:
        """Whether it is shown beyond the latest ones: what failed in the night, and what full cycles did."""
        return self.latest.outcome is CycleOutcome.FAILED or self.latest.kind == "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that the page shows. `unreadable` is why the journal could not be read, if it could not; `address` is
    Koha's; a page that `keeps_current` loads itself anew once a minute."""

    state: State
    now: datetime
    zone: ZoneInfo
    not_ready: Sequence[str]
    alerts: Sequence[Standing]
    past: Sequence[Standing]
    cycles: Sequence[CycleRecord]
    currency: Currency
    unreadable: str | None = None
    address: str | None = None
    has_report: bool = False
    keeps_current: bool = False
    frame: Frame = field(default_factory=Frame)

    @property
    def paused_since(self) -> datetime | None:
        """A pause that is to be said besides the alerts, which tell it when it lasts."""
        return None if any(one.alert.cause is Cause.PAUSED for one in self.alerts) else self.state.paused_since

    @property
    def needs_you(self) -> bool:
        """Whether anything at all waits for a person."""
        return bool(self.not_ready or self.alerts or self.unreadable or self.state.paused_since)

    @property
    def watched(self) -> Sequence[str]:
        """What went wrong and may right itself: told nobody yet, and shown at the first time."""
        return [] if self.unreadable else list(_watched(self))

    @property
    def headline(self) -> str | None:
        """Cards first: how many are blocked, of how many. None before the first cycle, and where it cannot be seen."""
        state = self.state
        if not state.patrons or not state.has_plugin:
            return None
        counted = state.blocked
        if counted is None or counted.cards != state.cards:  # quick cycles have blocked or freed somebody since
            return are_blocked_now(state.cards, state.patrons, state.yesterday)
        return are_blocked(counted, state.patrons, self.currency, state.yesterday)

    @property
    def rows(self) -> Sequence[Row]:
        """The latest cycles. Quick ones that found nothing to do are counted, not listed."""
        rows = _rows(cycle for cycle in self.cycles if not cycle.is_quiet)
        return [*rows[:SHOWN], *(row for row in rows[SHOWN:] if row.stays)][: 2 * SHOWN]

    @property
    def quiet(self) -> int:
        """How many found nothing to do."""
        return sum(cycle.is_quiet for cycle in self.cycles)


def render(page: Overview) -> str:
    """The page as HTML, in the present language; everything in it is escaped."""
    shown = _moments(page.zone)
    return render_page(
        "overview.html.j2",
        page.frame,
        page=page,
        state=page.state,
        moment=shown,
        row_words=partial(_row_words, moment=shown),
        kind_words=_kind,
        outcome_words=_outcome,
        gate_words=_gate,
        brake_words=brake_words,
    )


def _watched(page: Overview) -> Iterator[str]:
    state, moment = page.state, _moments(page.zone)
    told = {(one.alert.cause, one.alert.subject) for one in page.alerts}
    for kind, failures in state.failures.items():
        if (Cause.FAILING, kind) not in told:
            often = in_a_row(failures.count, kind)
            yield _("{often}, the last at {when}: {why}", often=often, when=moment(failures.last), why=failures.reason)
    for name, gate in state.gates.items():
        if gate.trouble is not None and (Cause.GATE_UNREACHABLE, name) not in told:
            yield _(
                "Gate {gate} could not be asked at {when}: {why}", gate=name, when=moment(gate.looked), why=gate.trouble
            )
    if state.gates_unread is not None:
        yield _("The gates could not be asked: {why}", why=state.gates_unread)
    claims = state.claims
    if claims is not None and claims.trouble is not None and (Cause.OFFICE_UNREACHABLE, "") not in told:
        yield _("The collection office could not be reached: {why}", why=claims.trouble)


def _rows(cycles: Iterable[CycleRecord]) -> list[Row]:
    """Newest first; equal failures are one row, where the latest of them is, and equal holds that follow each other."""
    rows: list[Row] = []
    failed: dict[tuple[str, str | None], int] = {}
    for cycle in cycles:
        place = len(rows)
        if cycle.outcome is CycleOutcome.FAILED:
            place = failed.setdefault((cycle.kind, cycle.error), place)
        elif rows and cycle.waits_like(rows[-1].latest):
            place -= 1
        if place == len(rows):
            rows.append(Row(cycle, cycle.started))
        else:
            rows[place] = replace(rows[place], first=cycle.started, times=rows[place].times + 1)
    return rows


def _moments(zone: ZoneInfo) -> Callable[[datetime | None], str]:
    def shown(moment: datetime | None) -> str:
        if moment is None:
            return _("never")
        at = moment.astimezone(zone)
        return f"{at:%Y-%m-%d %H:%M:%S %Z}" if present() == ENGLISH else f"{calendar_moment(at)} {at:%Z}"

    return shown


_RESULTS: Final = {
    "equal": gettext_noop("as in force"),
    "gate_open": gettext_noop("open"),
    "closed_by_another": gettext_noop("closed by another"),
    "no_answer": gettext_noop("without an answer"),
}


def _gate(gate: GateState) -> str:
    said = [f"{gate.cards[key]} {_(words)}" for key, words in _RESULTS.items() if gate.cards.get(key)]
    return ", ".join(said) or _("there was no card to ask about")


def _counts(cycle: CycleRecord) -> str:
    return ", ".join(_counted(cycle)) or _("nothing to change")


def _counted(cycle: CycleRecord) -> Iterator[str]:
    planned = sum(number for key, number in cycle.counts.items() if key.startswith(PLANNED))
    counts = dict(cycle.counts)
    if cycle.mode is not Mode.DRY_RUN:
        counts["left"] = planned - counts.get("done", 0) - counts.get("held", 0)
    for key, words in (
        ("planned.add", gettext_noop("{number} to block")),
        ("planned.remove", gettext_noop("{number} to free")),
        ("planned.amend", gettext_noop("{number} texts")),
        ("done", gettext_noop("{number} done")),
        ("held", gettext_noop("{number} held back")),
        ("left", gettext_noop("{number} not done")),
    ):
        if counts.get(key, 0) > 0:
            yield _(words, number=counts[key])


def _row_words(row: Row, moment: Callable[[datetime | None], str]) -> str:
    """What a cycle did or why it failed, and how often."""
    what = row.latest.error or _counts(row.latest)
    if row.times == 1:
        return what
    known = {"number": row.times, "first": moment(row.first), "last": moment(row.latest.started), "what": what}
    if row.latest.error:
        return _("failed {number} times from {first} to {last}: {what}", **known)
    return _("{number} times from {first} to {last}: {what}", **known)


def _kind(kind: str) -> str:
    return _(KINDS[kind]) if kind in KINDS else kind


def _outcome(outcome: CycleOutcome) -> str:
    return _(OUTCOMES[outcome])
