"""What stands around a decision: may anything be written, what is held back, how soon the next cycle comes, and what
people did to the card by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sidecar.core.brakes import Brake, Misfit
from sidecar.core.collection.claims import Claim, by_patron
from sidecar.core.collection.waiting import ANSWER_DAYS
from sidecar.core.model import PatronId, RestrictionType
from sidecar.core.plan import Change, ChangeKey, ChangeKind, Reason
from sidecar.core.policy import Policy, Scope
from sidecar.ports import IlsStatus, Journal, Mode, ReleaseRecord

CYCLES_LOOKED_AT: Final = 50
LATELY: Final = timedelta(hours=26)
"""A library that runs its cycles by a clock of its own runs one a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All but the facts, the cases and the policy. `paused_since` is on the ILS's clock, as all moments are.

    `within` is how soon the next cycle that writes comes, None if nobody knows. `unbegun` are types of which nothing
    was ever added here, `held` what brakes hold, `approved` what may pass them. `claims` are by patron, and an office
    is expected to answer within `answer_days`.
    """

    mode: Mode = Mode.APPLY
    paused_since: datetime | None = None
    paused_in_ils: bool = False
    writable: bool = True
    scope: Scope = field(default_factory=Scope)
    held: Mapping[ChangeKey, Brake] = field(default_factory=dict)
    unbegun: frozenset[RestrictionType] = frozenset()
    misfits: frozenset[Misfit] = frozenset()
    approved: frozenset[ChangeKey] = frozenset()
    within: timedelta | None = None
    releases: Sequence[ReleaseRecord] = ()
    claims: Mapping[PatronId, Sequence[Claim]] = field(default_factory=dict)
    answer_days: int = ANSWER_DAYS

    def holding(self, change: Change) -> Brake | None:
        """The brake that is known to hold this change back. How many changes others ask for is not known here, so one
        that trips in the next cycle is not foreseen."""
        adds = change.kind is ChangeKind.ADD
        if adds and any(misfit.rule in {None, change.rule} for misfit in self.misfits):
            return Brake.MISFIT
        if adds and self.mode is Mode.RELEASE_ONLY:
            return Brake.RELEASE_ONLY
        if change.key in self.approved:
            return None
        if adds and change.reason is Reason.DRIFT:
            return Brake.DRIFT
        if adds and change.restriction_type in self.unbegun:
            return Brake.FIRST_CYCLE
        return self.held.get(change.key)


def circumstances_of(
    journal: Journal,
    status: IlsStatus,
    policy: Policy,
    patron: PatronId | None,
    now: datetime,
    *,
    mode: Mode,
    scope: Scope,
    every: timedelta | None,
    misfits: frozenset[Misfit] = frozenset(),
    is_running: bool = False,
    answer_days: int = ANSWER_DAYS,
) -> Circumstances:
    """What the journal and the ILS say. `mode` is that of the settings, `every` how often quick cycles run (None: not
    at all), `now` this machine's clock: what the journal dated is put on the ILS's, `status.as_of`. Without a patron
    there are no releases in it. `is_running`: quick cycles do run; else the journal tells whether they do."""
    ahead = status.as_of - now
    paused = journal.paused_since
    begun = journal.history(now).begun
    approvals = journal.approvals(policy.digest, now)
    cycles = [cycle for cycle in journal.cycles(CYCLES_LOOKED_AT) if cycle.kind in {"full", "quick"}]
    writing = [cycle for cycle in cycles if cycle.mode is not Mode.DRY_RUN and cycle.started >= now - LATELY]
    if mode is Mode.DRY_RUN and writing:
        mode = writing[0].mode  # the settings are the daemon's; here others run the cycles
    quick = [cycle for cycle in writing if cycle.kind == "quick"]
    runs = every is not None and (is_running or (bool(quick) and quick[0].started >= now - 3 * every))
    return Circumstances(
        mode=mode,
        paused_since=None if paused is None else paused + ahead,
        paused_in_ils=status.paused,
        writable=status.writable,
        scope=scope,
        held=journal.held(),
        unbegun=frozenset(rule.restriction_type for rule in policy.rules) - begun,
        misfits=misfits,
        approved=frozenset(key for approval in approvals for key in approval.keys),
        within=every if runs else None,
        releases=() if patron is None else journal.releases(patron),
        claims=by_patron(journal.claims(None if patron is None else [patron])),
        answer_days=answer_days,
    )
