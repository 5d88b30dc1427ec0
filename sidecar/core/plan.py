"""The plan: verdicts and the ILS's restrictions -> a sorted, immutable list of changes with a digest."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sidecar.core.model import NO_EVIDENCE, Case, Evidence, PatronId, RestrictionType, RuleId
from sidecar.core.policy import RuleKind


class ChangeKind(StrEnum):
    """What a change does in the ILS."""

    ADD = "add"
    AMEND = "amend"
    REMOVE = "remove"
    RESET_PIN = "reset_pin"


class Reason(StrEnum):
    """Why a change is made; each has a sentence in the reports."""

    REACHED = "reached"
    ANNOUNCED_BEFORE = "announced_before"
    NEW_EVIDENCE = "new_evidence"
    RESTORED = "restored"
    DRIFT = "drift"
    PAID = "paid"
    SETTLED = "settled"
    BELOW_LEVEL = "below_level"
    COUNTER_RESET = "counter_reset"
    TIME_PASSED = "time_passed"
    FLAG_CLEARED = "flag_cleared"
    AGENCY_CONFIRMED = "agency_confirmed"
    CLAIM_ENDED = "claim_ended"
    RETURNED = "returned"
    EXEMPT = "exempt"
    RETIRED = "retired"
    STAFF_RELEASE = "staff_release"
    TEXT = "text"
    DUPLICATE = "duplicate"
    FLAG = "flag"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change to one patron's restrictions, with all that made it so.

    `case_after` is what is remembered once the change is answered for (None closes the case). `paid` says
    that the release has a payment behind it, as the plugin saw it.
    """

    patron: PatronId
    rule: RuleId
    kind: ChangeKind
    restriction_type: RestrictionType
    reason: Reason
    rule_kind: RuleKind | None = None
    evidence: Evidence = NO_EVIDENCE
    comment: str = ""
    short_comment: str = ""
    case_after: Case | None = None
    paid: bool = False

    @property
    def key(self) -> "ChangeKey":
        """What identifies the change across plans: never balances, times or texts."""
        return (self.patron, self.rule, self.kind.value, self.restriction_type)


ChangeKey = tuple[PatronId, RuleId, str, RestrictionType]


@dataclass(frozen=True, slots=True)
class Entry:
    """All changes of one patron, written in one go under one etag."""

    patron: PatronId
    etag: str | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Entries in patron order. Two plans that ask for the same have the same digest."""

    entries: tuple[Entry, ...] = ()

    def __len__(self) -> int:
        return sum(len(entry.changes) for entry in self.entries)

    def changes(self) -> Iterator[Change]:
        """Every change, in the plan's order."""
        for entry in self.entries:
            yield from entry.changes

    def counts(self) -> dict[ChangeKind, int]:
        """How many changes of each kind; every kind is a key."""
        counts = dict.fromkeys(ChangeKind, 0)
        for change in self.changes():
            counts[change.kind] += 1
        return counts

    @property
    def digest(self) -> str:
        """SHA-256 over (patron, rule, change, restriction type), in hexadecimal."""
        return digest_of(change.key for change in self.changes())

    def only(self, keep: Callable[[Change], bool]) -> "Plan":
        """The plan with those changes alone; an entry left without changes is dropped."""
        entries = (
            Entry(entry.patron, entry.etag, kept)
            for entry in self.entries
            if (kept := tuple(change for change in entry.changes if keep(change)))
        )
        return Plan(tuple(entries))


def digest_of(keys: Iterable[ChangeKey]) -> str:
    """SHA-256 over sorted change keys; the order in which they come does not matter."""
    digest = hashlib.sha256()
    for position, line in enumerate(sorted("\x1f".join(key) for key in keys)):
        digest.update((f"\x1e{line}" if position else line).encode())
    return digest.hexdigest()


def patron_order(patron: PatronId) -> tuple[int, int, str]:
    """Sort key: numbers by value and before other identifiers."""
    return (0, int(patron), "") if patron.isdecimal() else (1, 0, patron)


def make_plan(changes: Iterable[Change], etags: Callable[[PatronId], str | None]) -> Plan:
    """Group changes by patron and sort them."""
    by_patron: dict[PatronId, list[Change]] = {}
    for change in changes:
        by_patron.setdefault(change.patron, []).append(change)
    return Plan(
        tuple(
            Entry(patron, etags(patron), tuple(sorted(by_patron[patron], key=lambda change: change.key)))
            for patron in sorted(by_patron, key=patron_order)
        )
    )
