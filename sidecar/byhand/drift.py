"""An administrator says that staff meant it: rows that vanished in numbers become overrides."""

from dataclasses import dataclass

from sidecar.byhand import order
from sidecar.core.decide import decide
from sidecar.core.model import Case, Origin, PatronId, RuleId, Stage
from sidecar.core.policy import Policy, Scope
from sidecar.core.verdict import Verdict
from sidecar.cycle.judging import effective_scope
from sidecar.cycle.looking import known_ils, look_at
from sidecar.cycle.settling import keep_settlement
from sidecar.cycle.world import World
from sidecar.ports import Journal, PersonalAct


@dataclass(frozen=True, slots=True)
class AcceptedDrift:
    """What became of the drift that was open: so many blocks are taken as lifted by staff; so many ended by themselves,
    the row being there again or all paid."""

    lifted: int
    over: int


def accept_drift(world: World, policy: Policy, scope: Scope, staff: str) -> AcceptedDrift:
    """Take every block whose row is missing, or stands under a foreign type, as lifted by staff, with the facts of this
    moment. Cards out of scope are left as they are: no report showed them. Nothing is written to the ILS.

    Raises OtherIls, PluginGone and other IlsErrors.
    """
    in_scope = effective_scope(scope, known_ils(world, claim=True))
    sight = look_at(world, policy, sorted(_concerned(world.journal)))
    now, as_of = world.clock.now(), sight.pull.as_of
    keep: list[Case] = []
    close: list[tuple[PatronId, RuleId]] = []
    over = 0
    for facts in sight.pull.facts:
        for verdict in decide(facts, sight.cases_of(facts.patron.id), policy, as_of, in_scope).verdicts:
            if not _is_open_drift(verdict):
                over += _was_missing(verdict)
            elif (case := order.override(facts, verdict, as_of, Origin.DRIFT_ACCEPTED, staff)) is not None:
                keep.append(case)
            else:
                close.append((verdict.patron, verdict.rule))
    keep_settlement(world.journal, sight.settlement, now)
    world.journal.save_cases(keep, close)
    accepted = AcceptedDrift(len(keep) + len(close), over)
    world.journal.record_act(PersonalAct.DRIFT_ACCEPT, staff, now, f"{accepted.lifted} blocks")
    return accepted


def _concerned(journal: Journal) -> set[PatronId]:
    missing = {
        patron
        for patron, by_rule in journal.cases().items()
        if any(case.missing_since is not None for case in by_rule.values())
    }
    return missing | journal.former_rows().keys()


def _is_open_drift(verdict: Verdict) -> bool:
    return verdict.drift and verdict.case_now is not None and verdict.case_now.stage is Stage.BLOCKED


def _was_missing(verdict: Verdict) -> bool:
    return verdict.case_before is not None and verdict.case_before.missing_since is not None
