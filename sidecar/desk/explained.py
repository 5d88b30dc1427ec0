"""One patron explained on being asked: read in this moment, decided about, with the desk's answer and the last
changes. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sidecar.core.decide import decide
from sidecar.core.model import PatronId
from sidecar.core.policy import Policy, Scope
from sidecar.core.verdict import Decision
from sidecar.cycle.judging import effective_scope
from sidecar.cycle.looking import look_at
from sidecar.cycle.world import World
from sidecar.desk.answer import Answer
from sidecar.desk.answering import answer
from sidecar.desk.circumstances import circumstances_of
from sidecar.errors import UnknownPatron
from sidecar.fitness.rules import policy_fits_ils
from sidecar.ports import ChangeRecord, IlsStatus, Mode

CHANGES_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What of the settings an explanation goes by: the daemon's mode, who is in scope, how often quick cycles run, and
    within how many days a collection office is expected to answer."""

    mode: Mode
    scope: Scope
    every: timedelta | None
    answer_days: int


@dataclass(frozen=True, slots=True)
class Explained:
    """The desk's answer, the decision behind it, and the last changes, newest first."""

    answer: Answer
    decision: Decision
    changes: Sequence[ChangeRecord]


def explain(
    world: World, status: IlsStatus, policy: Policy, patron: PatronId, asking: Asking, *, names: bool = False
) -> Explained:
    """Explain one patron; with `names`, names and card numbers are read too. Raises UnknownPatron."""
    sight = look_at(world, policy, [patron], names=names)
    facts = sight.facts_of(patron)
    if facts is None:
        raise UnknownPatron(f"Koha has no patron with borrowernumber {patron}.")
    scope = effective_scope(asking.scope, status)
    as_of = sight.pull.as_of
    decision = decide(facts, sight.cases_of(patron), policy, as_of, scope)
    at = circumstances_of(
        world.journal,
        status,
        policy,
        patron,
        world.clock.now(),
        mode=asking.mode,
        scope=scope,
        every=asking.every,
        misfits=policy_fits_ils(policy, status).misfits,
        answer_days=asking.answer_days,
    )
    said = answer(decision, policy, as_of, at)
    return Explained(said, decision, world.journal.changes(patron=patron, limit=CHANGES_SHOWN))
