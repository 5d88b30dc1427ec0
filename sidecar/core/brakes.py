"""What of a plan must wait: limits over a rolling 24 hours, checked before the first write."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from sidecar.core.held import HeldChanges
from sidecar.core.model import RestrictionType, RuleId
from sidecar.core.plan import Change, ChangeKey, ChangeKind, Plan, Reason
from sidecar.core.policy import RuleKind


def per_cent_of(base: int, percent: float) -> int:
    """That many per cent as they are written: 2.3 % of 3000 is 69, where floats would make it 68."""
    return int(base * Decimal(str(percent)) / 100)


class Allowance(Protocol):
    """How much may change where the base is this large."""

    def of(self, base: int) -> int:
        """The number allowed, rounded down."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The larger of an absolute number and a per cent of a base. 0 of both means none allowed."""

    absolute: int
    percent: float = 0.0

    def of(self, base: int) -> int:
        """The number allowed where the base is this large, rounded down."""
        return max(self.absolute, per_cent_of(base, self.percent))


@dataclass(frozen=True, slots=True)
class ByLibrarySize:
    """What grows with the library, and slower from 5,000 patrons on: 1 % of the first 5,000 and 0.1 % of the others,
    divided by `divisor`; at least 5. A thousandth part of a large library is a thousand children at once."""

    divisor: int = 1

    def of(self, base: int) -> int:
        """The number allowed for so many patrons, rounded down."""
        tenths_of_per_cent = 10 * min(base, _SMALL_LIBRARY) + max(base - _SMALL_LIBRARY, 0)
        return max(_AT_LEAST, tenths_of_per_cent // (1000 * self.divisor))


_SMALL_LIBRARY: Final = 5000
_AT_LEAST: Final = 5


@dataclass(frozen=True, slots=True)
class RuleLimits:
    """Further limits of a single rule; None adds none."""

    additions: Allowance | None = None
    removals: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits. Additions are measured by the number of patrons, removals by our rows in force, and those of claims
    (`office_releases`: an office may report everyone paid by mistake) by the rows of claims in force."""

    additions: Allowance = ByLibrarySize()
    pin_additions: Allowance = ByLibrarySize(divisor=5)
    removals: Allowance = Limit(_AT_LEAST, 20.0)
    amendments: int = 500
    rules: Mapping[RuleId, RuleLimits] = field(default_factory=dict)
    office_releases: Allowance = Limit(_AT_LEAST, 20.0)


class Brake(StrEnum):
    """Why a change waits."""

    ADDITIONS = "additions"
    PIN_ADDITIONS = "pin_additions"
    REMOVALS = "removals"
    OFFICE_RELEASES = "office_releases"
    AMENDMENTS = "amendments"
    FIRST_CYCLE = "first_cycle"
    DRIFT = "drift"
    RELEASE_ONLY = "release_only"
    MISFIT = "misfit"


LASTING: Final = frozenset(
    {Brake.ADDITIONS, Brake.PIN_ADDITIONS, Brake.REMOVALS, Brake.OFFICE_RELEASES, Brake.FIRST_CYCLE}
)
"""What these hold stays held, change by change, until it is approved or a full cycle no longer wants it. The others are
asked anew each time: what they hold goes when their cause does."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """What of the policy does not fit the ILS: of one rule, or (None) of all."""

    rule: RuleId | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the limits are measured against.

    `added` and `removed` count, per restriction type, what was written in the last 24 hours without approval (and, for
    removals, without a payment behind it): a renamed rule is no other one. `unbegun` are types of which nothing was
    ever added here; `held` is what the brakes of earlier cycles hold; `pin_types` are those of PIN rules, `claim_types`
    those of claims (`claims_in_force` counts their rows), `types` those of all rules.
    """

    patrons: int
    ours_in_force: int
    pin_types: frozenset[RestrictionType] = frozenset()
    added: Mapping[RestrictionType, int] = field(default_factory=dict)
    removed: Mapping[RestrictionType, int] = field(default_factory=dict)
    approved: frozenset[ChangeKey] = frozenset()
    unbegun: frozenset[RestrictionType] = frozenset()
    held: Mapping[ChangeKey, Brake] = field(default_factory=dict)
    misfits: frozenset[Misfit] = frozenset()
    types: Mapping[RuleId, RestrictionType] = field(default_factory=dict)
    release_only: bool = False
    claims_in_force: int = 0
    claim_types: frozenset[RestrictionType] = frozenset()


@dataclass(frozen=True, slots=True)
class Tripped:
    """A brake that holds changes back: so many asked for, so many already made, so many allowed."""

    brake: Brake
    asked: int = 0
    used: int = 0
    allowed: int | None = None
    rule: RuleId | None = None


@dataclass(frozen=True, slots=True)
class Braked:
    """What may go and what is held, and by which brakes; `by` says by which of them each change is."""

    go: Plan
    held: Plan
    tripped: tuple[Tripped, ...]
    by: Mapping[ChangeKey, Tripped] = field(default_factory=dict)

    def lasting(self) -> dict[ChangeKey, Brake]:
        """What stays held whichever cycle comes next, and by which brake."""
        return {key: tripped.brake for key, tripped in self.by.items() if tripped.brake in LASTING}


def apply_brakes(plan: Plan, limits: Limits, circumstances: Circumstances) -> Braked:
    """Split a plan. A tripped brake holds all of its own kind and nothing else; approved changes go, unless nothing
    may be added at all."""
    at = circumstances
    held = HeldChanges(at.held)
    holds = _Holds(plan, at.approved)
    holds.hold(Tripped(Brake.DRIFT), holds.waiting(ChangeKind.ADD, lambda change: change.reason is Reason.DRIFT))
    misfit = [change for change in plan.changes() if change.kind is ChangeKind.ADD and _does_not_fit(change, at)]
    holds.hold(Tripped(Brake.MISFIT), misfit)
    if at.release_only:
        for kind in (ChangeKind.ADD, ChangeKind.AMEND):
            changes = [change for change in plan.changes() if change.kind is kind]
            holds.hold(Tripped(Brake.RELEASE_ONLY), changes)
    first = holds.waiting(ChangeKind.ADD, lambda change: _is_first(change, at, held))
    holds.hold(Tripped(Brake.FIRST_CYCLE, allowed=0), first)

    for check in _checks(limits, at):
        changes = holds.waiting(check.kind, check.counts)
        new = sum(held.by(change.key) is None for change in changes)
        if not new or new + check.used <= check.allowed:
            changes = [change for change in changes if held.by(change.key) is check.brake]
        holds.hold(Tripped(check.brake, used=check.used, allowed=check.allowed, rule=check.rule), changes)

    surplus = holds.waiting(ChangeKind.AMEND, _any)[limits.amendments :]
    holds.hold(Tripped(Brake.AMENDMENTS, used=limits.amendments, allowed=limits.amendments), surplus)
    return holds.split()


class _Holds:
    """What is held of one plan so far."""

    def __init__(self, plan: Plan, approved: Collection[ChangeKey]) -> None:
        self._plan = plan
        self._approved = approved
        self._held: dict[ChangeKey, Tripped] = {}
        self._tripped: list[Tripped] = []

    def waiting(self, kind: ChangeKind, wanted: Callable[[Change], bool]) -> list[Change]:
        """Changes of that kind that are neither approved nor held yet."""
        return [
            change
            for change in self._plan.changes()
            if change.kind is kind
            and change.key not in self._approved
            and change.key not in self._held
            and wanted(change)
        ]

    def hold(self, why: Tripped, changes: Iterable[Change]) -> None:
        """Hold these, as far as they are not held already; how many were asked for is counted here."""
        newly = [change.key for change in changes if change.key not in self._held]
        if newly:
            tripped = replace(why, asked=len(newly))
            self._held.update(dict.fromkeys(newly, tripped))
            self._tripped.append(tripped)

    def split(self) -> Braked:
        """A counter is reset only together with the removal it belongs to."""
        kept_blocks = {
            (patron, rule): tripped
            for (patron, rule, kind, _type), tripped in self._held.items()
            if kind == ChangeKind.REMOVE.value
        }
        resets = {
            change.key: tripped
            for change in self._plan.changes()
            if change.kind is ChangeKind.RESET_PIN
            and (tripped := kept_blocks.get((change.patron, change.rule))) is not None
        }
        held = self._held | resets
        return Braked(
            self._plan.only(lambda change: change.key not in held),
            self._plan.only(lambda change: change.key in held),
            tuple(self._tripped),
            held,
        )


def _is_first(change: Change, at: Circumstances, held: HeldChanges[Brake]) -> bool:
    return change.restriction_type in at.unbegun or held.by(change.key) is Brake.FIRST_CYCLE


def _does_not_fit(change: Change, at: Circumstances) -> bool:
    return any(misfit.rule in {None, change.rule} for misfit in at.misfits)


@dataclass(frozen=True, slots=True)
class _Check:
    brake: Brake
    kind: ChangeKind
    counts: Callable[[Change], bool]
    used: int
    allowed: int
    rule: RuleId | None = None


def _checks(limits: Limits, at: Circumstances) -> list[_Check]:
    """Narrow limits first: what they hold is not counted by the wider ones."""
    checks = []
    for rule, own in sorted(limits.rules.items()):
        of_type = at.types.get(rule, "")
        if own.additions is not None:
            allowed, used = own.additions.of(at.patrons), at.added.get(of_type, 0)
            checks.append(_Check(Brake.ADDITIONS, ChangeKind.ADD, _of_rule(rule), used, allowed, rule))
        if own.removals is not None:
            allowed, used = own.removals.of(at.ours_in_force), at.removed.get(of_type, 0)
            unpaid_of_rule = _both(_of_rule(rule), _is_unpaid)
            checks.append(_Check(Brake.REMOVALS, ChangeKind.REMOVE, unpaid_of_rule, used, allowed, rule))
    pins_added = sum(at.added.get(each, 0) for each in at.pin_types)
    claims_removed = sum(at.removed.get(each, 0) for each in at.claim_types)
    return [
        *checks,
        _Check(Brake.PIN_ADDITIONS, ChangeKind.ADD, _is_pin, pins_added, limits.pin_additions.of(at.patrons)),
        _Check(Brake.ADDITIONS, ChangeKind.ADD, _any, sum(at.added.values()), limits.additions.of(at.patrons)),
        _Check(
            Brake.OFFICE_RELEASES,
            ChangeKind.REMOVE,
            _both(_is_claim, _is_unpaid),
            claims_removed,
            limits.office_releases.of(at.claims_in_force),
        ),
        _Check(
            Brake.REMOVALS,
            ChangeKind.REMOVE,
            _both(_is_no_claim, _is_unpaid),
            sum(at.removed.values()) - claims_removed,
            limits.removals.of(at.ours_in_force),
        ),
    ]


def _any(_change: Change) -> bool:
    return True


def _is_pin(change: Change) -> bool:
    return change.rule_kind is RuleKind.FAILED_PIN


def _is_claim(change: Change) -> bool:
    return change.rule_kind is RuleKind.COLLECTION


def _is_no_claim(change: Change) -> bool:
    return not _is_claim(change)


def _is_unpaid(change: Change) -> bool:
    return not change.paid


def _of_rule(rule: RuleId) -> Callable[[Change], bool]:
    return lambda change: change.rule == rule


def _both(one: Callable[[Change], bool], other: Callable[[Change], bool]) -> Callable[[Change], bool]:
    return lambda change: one(change) and other(change)
