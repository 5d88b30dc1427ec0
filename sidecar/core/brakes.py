"""What of a plan must wait: limits over a rolling 24 hours, checked before the first write."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from sidecar.core.model import PatronId, RuleId
from sidecar.core.plan import Change, ChangeKey, ChangeKind, Plan, Reason
from sidecar.core.policy import RuleKind


def per_cent_of(base: int, percent: float) -> int:
    """That many per cent as they are written: 2.3 % of 3000 is 69, where floats would make it 68."""
    return int(base * Decimal(str(percent)) / 100)


@dataclass(frozen=True, slots=True)
class Limit:
    """The larger of an absolute number and a per cent of a base. 0 of both means none allowed."""

    absolute: int
    percent: float = 0.0

    def of(self, base: int) -> int:
        """The number allowed where the base is this large, rounded down."""
        return max(self.absolute, per_cent_of(base, self.percent))


@dataclass(frozen=True, slots=True)
class RuleLimits:
    """Further limits of a single rule; None adds none."""

    additions: Limit | None = None
    removals: Limit | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits. Per cents of additions are of all patrons, those of removals of our rows in force."""

    additions: Limit = Limit(50, 1.0)
    pin_additions: Limit = Limit(20, 0.2)
    removals: Limit = Limit(50, 20.0)
    amendments: int = 500
    rules: Mapping[RuleId, RuleLimits] = field(default_factory=dict)


class Brake(StrEnum):
    """Why a change waits."""

    ADDITIONS = "additions"
    PIN_ADDITIONS = "pin_additions"
    REMOVALS = "removals"
    AMENDMENTS = "amendments"
    FIRST_CYCLE = "first_cycle"
    DRIFT = "drift"
    RELEASE_ONLY = "release_only"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the limits are measured against.

    `added` and `removed` count, per rule, what was written in the last 24 hours without approval (and, for
    removals, without a payment behind it). `first`: this journal has never applied a cycle here.
    """

    patrons: int
    ours_in_force: int
    pin_rules: frozenset[RuleId] = frozenset()
    added: Mapping[RuleId, int] = field(default_factory=dict)
    removed: Mapping[RuleId, int] = field(default_factory=dict)
    approved: frozenset[ChangeKey] = frozenset()
    first: bool = False
    release_only: bool = False


@dataclass(frozen=True, slots=True)
class Tripped:
    """A brake that holds changes back: so many asked for, so many already made, so many allowed."""

    brake: Brake
    asked: int
    used: int = 0
    allowed: int | None = None
    rule: RuleId | None = None


@dataclass(frozen=True, slots=True)
class Braked:
    """What may go and what is held, and by which brakes."""

    go: Plan
    held: Plan
    tripped: tuple[Tripped, ...]


def apply_brakes(plan: Plan, limits: Limits, circumstances: Circumstances) -> Braked:
    """Split a plan. A tripped brake holds all of its own kind and nothing else; approved changes go, unless nothing
    may be added at all."""
    held: set[ChangeKey] = set()
    tripped: list[Tripped] = []

    def hold(changes: list[Change], why: Tripped) -> None:
        if changes:
            held.update(change.key for change in changes)
            tripped.append(why)

    def waiting(kind: ChangeKind, wanted: Callable[[Change], bool]) -> list[Change]:
        return [
            change
            for change in plan.changes()
            if change.kind is kind
            and change.key not in circumstances.approved
            and change.key not in held
            and wanted(change)
        ]

    drift = waiting(ChangeKind.ADD, lambda change: change.reason is Reason.DRIFT)
    hold(drift, Tripped(Brake.DRIFT, len(drift)))
    if circumstances.release_only:
        for kind in (ChangeKind.ADD, ChangeKind.AMEND):
            changes = [change for change in plan.changes() if change.kind is kind and change.key not in held]
            hold(changes, Tripped(Brake.RELEASE_ONLY, len(changes)))
    if circumstances.first:
        changes = waiting(ChangeKind.ADD, _any)
        hold(changes, Tripped(Brake.FIRST_CYCLE, len(changes), allowed=0))

    for check in _checks(limits, circumstances):
        changes = waiting(check.kind, check.counts)
        if changes and len(changes) + check.used > check.allowed:
            hold(changes, Tripped(check.brake, len(changes), check.used, check.allowed, check.rule))

    surplus = waiting(ChangeKind.AMEND, _any)[limits.amendments :]
    hold(surplus, Tripped(Brake.AMENDMENTS, len(surplus), limits.amendments, limits.amendments))
    return _split(plan, held, tuple(tripped))


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
        if own.additions is not None:
            allowed = own.additions.of(at.patrons)
            checks.append(_Check(Brake.ADDITIONS, ChangeKind.ADD, _of_rule(rule), at.added.get(rule, 0), allowed, rule))
        if own.removals is not None:
            allowed = own.removals.of(at.ours_in_force)
            unpaid_of_rule = _both(_of_rule(rule), _is_unpaid)
            checks.append(
                _Check(Brake.REMOVALS, ChangeKind.REMOVE, unpaid_of_rule, at.removed.get(rule, 0), allowed, rule)
            )
    pins_added = sum(at.added.get(rule, 0) for rule in at.pin_rules)
    return [
        *checks,
        _Check(Brake.PIN_ADDITIONS, ChangeKind.ADD, _is_pin, pins_added, limits.pin_additions.of(at.patrons)),
        _Check(Brake.ADDITIONS, ChangeKind.ADD, _any, sum(at.added.values()), limits.additions.of(at.patrons)),
        _Check(
            Brake.REMOVALS,
            ChangeKind.REMOVE,
            _is_unpaid,
            sum(at.removed.values()),
            limits.removals.of(at.ours_in_force),
        ),
    ]


def _any(_change: Change) -> bool:
    return True


def _is_pin(change: Change) -> bool:
    return change.rule_kind is RuleKind.FAILED_PIN


def _is_unpaid(change: Change) -> bool:
    return not change.paid


def _of_rule(rule: RuleId) -> Callable[[Change], bool]:
    return lambda change: change.rule == rule


def _both(one: Callable[[Change], bool], other: Callable[[Change], bool]) -> Callable[[Change], bool]:
    return lambda change: one(change) and other(change)


def _split(plan: Plan, held: Collection[ChangeKey], tripped: tuple[Tripped, ...]) -> Braked:
    """A counter is reset only together with the removal it belongs to."""
    kept_blocks: set[tuple[PatronId, RuleId]] = {
        (patron, rule) for patron, rule, kind, _type in held if kind == ChangeKind.REMOVE.value
    }

    def is_held(change: Change) -> bool:
        if change.kind is ChangeKind.RESET_PIN:
            return (change.patron, change.rule) in kept_blocks
        return change.key in held

    return Braked(plan.only(lambda change: not is_held(change)), plan.only(is_held), tripped)
