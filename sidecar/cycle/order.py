"""What a cycle is asked to do, and what the journal remembers as it begins."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeAlias

from sidecar.core.brakes import Brake, Limits
from sidecar.core.collection.claims import Claim
from sidecar.core.drift import DriftLimit
from sidecar.core.model import Case, PatronId, RuleId, Stage
from sidecar.core.past import FormerRows
from sidecar.core.plan import ChangeKey
from sidecar.core.policy import Scope
from sidecar.cycle.findings import Findings, Told
from sidecar.cycle.unmoved import Unmoved
from sidecar.cycle.world import World
from sidecar.ports import History, Intent, Journal, Mode, Progress

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far the ILS's clock and this machine's may be apart, unless the settings say otherwise."""

MANY: Final = 500
"""More patrons than that are not asked for one by one."""


Stopping: TypeAlias = Callable[[], bool]
"""Asked between pages and batches: whether the cycle is to end here."""


def _never() -> bool:
    return False


class Desk(Protocol):
    """Who tells the ILS's own pages, once a cycle has written what it does."""

    def tell(self, world: World, findings: Findings, known_releases: Collection[str], stopping: Stopping) -> Told:
        """Give them the answers that have changed. `known_releases` are staff's that the journal had before. What goes
        wrong is in what is returned: nobody's block waits for an answer."""


@dataclass(frozen=True, slots=True)
class Quick:
    """A quick cycle looks only at who moved since then (the ILS's clock) and at who is due."""

    since: datetime
    due: frozenset[PatronId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a cycle is asked to do: a full one unless `quick` says whom to look at.

    `approve` is the digest of a kept plan to approve on the way, by `staff`; `stopping` is asked between pages and
    batches. `unmoved` tells a quick cycle whom it need not decide about again; None: it decides about all. `desk` tells
    the ILS's own pages; None: nobody does. `policy_text` is what the policy's file says: what the desk goes by while
    the file is broken.
    """

    mode: Mode = Mode.DRY_RUN
    quick: Quick | None = None
    limits: Limits = field(default_factory=Limits)
    drift: DriftLimit = field(default_factory=DriftLimit)
    scope: Scope = field(default_factory=Scope)
    clock_tolerance: timedelta = CLOCK_TOLERANCE
    approve: str | None = None
    staff: str = ""
    policy_text: str = ""
    names: bool = False
    progress: Progress | None = None
    stopping: Stopping = _never
    desk: Desk | None = None
    unmoved: Unmoved | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the journal holds as the cycle begins; of a quick one's, what is about those whom it looks at. `blocks` is
    how many blocks it remembers of all the others."""

    cases: Mapping[PatronId, Mapping[RuleId, Case]]
    intents: Sequence[Intent]
    history: History
    held: Mapping[ChangeKey, Brake]
    former_rows: Mapping[PatronId, FormerRows]
    paused_since: datetime | None
    claims: Sequence[Claim] = ()
    blocks: int = 0


def remember(journal: Journal, now: datetime, *, of_patrons: bool = True) -> Remembered:
    """All of it, read from the journal; or (`of_patrons` false) without what it remembers of patrons."""
    return Remembered(
        cases=journal.cases() if of_patrons else {},
        intents=journal.open_intents(),
        history=journal.history(now),
        held=journal.held() if of_patrons else {},
        former_rows=journal.former_rows(),
        paused_since=journal.paused_since,
        claims=journal.claims() if of_patrons else (),
    )


def remember_those(
    journal: Journal, remembered: Remembered, patrons: Collection[PatronId], *, whole: bool
) -> Remembered:
    """The same, with what it remembers of these patrons and of those whose rows vanished lately; of anybody, if the
    `whole` is asked for."""
    asked = {*patrons, *(patron for patron, _rule in remembered.history.vanished)}
    if not asked:
        return remembered
    of = None if whole or len(asked) > MANY else asked
    cases = journal.cases(of)
    return replace(
        remembered,
        cases=cases,
        held=journal.held(of),
        claims=journal.claims(of),
        blocks=journal.blocks() - sum(case.stage is Stage.BLOCKED for each in cases.values() for case in each.values()),
    )
