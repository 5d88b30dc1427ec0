"""A third opinion on the brakes: what must wait, what may not, and what stays held until when.

Like the oracle it imports nothing of the program. Where a crash or a lost answer leaves open how much was written, it
reckons with the least and the most.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.faults.terms import Rule
from tests.faults.worlds import Change, Cycle, Key, Way, Ways

LASTING = frozenset({"additions", "pin_additions", "removals", "first_cycle"})
YES, NO, EITHER = frozenset({True}), frozenset({False}), frozenset({True, False})
DAY = 86_400
SECONDS_OF_A_CYCLE = 10


@dataclass(frozen=True)
class Allowed:
    """How much may come in 24 hours unapproved."""

    additions: int = 10_000
    pins: int = 10_000
    removals: int = 10_000


@dataclass(frozen=True)
class Wanted:
    """A change that the rules ask for, surely or perhaps."""

    change: Change
    sure: bool
    pin: bool
    drift: frozenset[bool]
    paid: frozenset[bool]

    @property
    def key(self) -> Key:
        return self.change[:2]


@dataclass
class Verdict:
    """Whether a change waits, and which brakes may be the one that holds it."""

    waits: frozenset[bool] = NO
    brakes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Made:
    """A change that counts: nobody approved it, and no payment is behind it (perhaps: `sure` is false)."""

    at: int
    kind: str
    pin: bool
    sure: bool = True


@dataclass
class Holding:
    """What the brakes hold, what was made in the last day, and of which types anything was ever added."""

    allowed: Allowed
    begun: set[str]
    held: dict[Change, str] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)

    def verdicts(self, cycle: Cycle, ways: Ways) -> dict[Change, Verdict]:
        """What of all that is wanted waits."""
        wanted = [one for key, known in ways.items() for one in _wanted(cycle, cycle.rule(key[1]), key, known)]
        verdicts = {one.change: self._of_its_own(cycle, one) for one in wanted}
        for brake, kind, limit, of_pins in (
            ("pin_additions", "add", self.allowed.pins, True),
            ("additions", "add", self.allowed.additions, False),
            ("removals", "remove", self.allowed.removals, False),
        ):
            group = [
                one
                for one in wanted
                if one.change[2] == kind
                and (one.pin or not of_pins)
                and False in one.paid
                and verdicts[one.change].waits != YES
                and one.change not in cycle.approved
            ]
            self._brake(cycle, brake, limit, self._used(cycle, kind, of_pins=of_pins), group, verdicts)
        return verdicts

    def held_by(self, change: Change) -> str | None:
        """The brake that holds it; neither another name of the rule nor another of its type lets it go."""
        patron, rule, kind, of_type = change
        for (of, other_rule, other_kind, other_type), brake in self.held.items():
            if (of, other_kind) == (patron, kind) and (rule == other_rule or of_type == other_type):
                return brake
        return None

    def over_the_limit(self, now: int) -> str | None:
        """Whether more was made in 24 hours than may be."""
        sure = [one for one in self.made if one.sure and one.at > now - DAY]
        counts = {
            "additions": (sum(one.kind == "add" for one in sure), self.allowed.additions),
            "additions for PINs": (sum(one.kind == "add" and one.pin for one in sure), self.allowed.pins),
            "removals": (sum(one.kind == "remove" for one in sure), self.allowed.removals),
        }
        for what, (made, allowed) in counts.items():
            if made > allowed:
                return f"{made} {what} in 24 hours, and nobody approved them"
        return None

    def faults(
        self,
        cycle: Cycle,
        ways: Ways,
        verdicts: Mapping[Change, Verdict],
        journal: Mapping[Change, str],
        *,
        ended: bool,
    ) -> Iterable[str]:
        """What the journal says is held and should not be, or should be and is not; then it is believed."""
        took_place = ended or bool(cycle.sent)
        for change, verdict in verdicts.items():
            must = verdict.waits == YES and verdict.brakes <= LASTING and took_place and self._is_sure(ways, change)
            if must and change not in journal:
                yield f"{change} is held by {set(verdict.brakes)}, but the journal does not say so"
        for change, brake in journal.items():
            new = verdicts.get(change, Verdict())
            if change not in self.held and not (True in new.waits and brake in new.brakes):
                yield f"the journal says that {brake} holds {change}: {new}"
        for change in self.held:
            if self._stays(cycle, ways, verdicts, change, ended=ended) and not _names(journal, change):
                yield f"{change} was held by {self.held[change]}, and nobody ended that"
        self.held = dict(journal)

    def _stays(
        self, cycle: Cycle, ways: Ways, verdicts: Mapping[Change, Verdict], change: Change, *, ended: bool
    ) -> bool:
        """Whether a hold goes on: it does until a full cycle no longer wants the change, or it goes approved."""
        patron, name, kind, of_type = change
        if not cycle.full:
            return not any(key[0] == patron and sent == kind for key, sent in cycle.sent.items())
        if patron not in cycle.read or cycle.leaves_out(patron):
            return False
        rules = [rule for rule in cycle.rules if rule.id == name or rule.type == of_type]
        for rule in rules:
            known, new = ways[patron, rule.id], verdicts.get((patron, rule.id, kind, rule.type), Verdict())
            if (patron, rule.id) in cycle.sent:
                return False
            if all(way.answer.standing in {"unseen", "undecided"} and way.answer.change is None for way in known):
                return True
            if all(way.answer.change == kind for way in known):
                return new.waits == YES
        return False

    def _is_sure(self, ways: Ways, change: Change) -> bool:
        return all(way.answer.change == change[2] for way in ways[change[:2]])

    def _of_its_own(self, cycle: Cycle, one: Wanted) -> Verdict:  # noqa: PLR0911 - so many things hold
        """What holds a change whatever else is wanted."""
        _, rule, kind, of_type = one.change
        if kind == "remove":
            return Verdict()
        if one.drift == YES and one.change not in cycle.approved:
            return Verdict(YES, frozenset({"drift"}))
        if cycle.misfits & {rule, "*"}:
            return Verdict(YES, frozenset({"misfit"}))
        if cycle.mode == "release-only":
            return Verdict(YES, frozenset({"release_only"}))
        if one.change in cycle.approved:
            return Verdict()
        if of_type not in self.begun or self.held_by(one.change) == "first_cycle":
            return Verdict(YES, frozenset({"first_cycle", "drift"} if True in one.drift else {"first_cycle"}))
        return Verdict(EITHER, frozenset({"drift"})) if one.drift == EITHER else Verdict()

    def _brake(
        self,
        cycle: Cycle,
        brake: str,
        limit: int,
        used: tuple[int, int],
        group: list[Wanted],
        verdicts: dict[Change, Verdict],
    ) -> None:
        new = [one for one in group if self.held_by(one.change) is None]
        least = sum(one.sure and one.paid == NO and verdicts[one.change].waits == NO for one in new)
        trips = least > 0 and least + used[0] > limit
        may_trip = len(new) > 0 and len(new) + used[1] > limit
        for one in group:
            held = self.held_by(one.change) == brake
            if not (trips or may_trip or held):
                continue
            known = verdicts[one.change]
            surely = (trips or held) and one.paid == NO and known.waits == NO
            verdicts[one.change] = Verdict(YES if surely else EITHER, known.brakes | {brake})

    def _used(self, cycle: Cycle, kind: str, *, of_pins: bool) -> tuple[int, int]:
        """How much of a limit is used up, at least and at most."""
        mine = [one for one in self.made if one.kind == kind and (one.pin or not of_pins)]
        least = sum(one.sure and one.at > cycle.machine - DAY + SECONDS_OF_A_CYCLE for one in mine)
        most = sum(one.at > cycle.machine - DAY - SECONDS_OF_A_CYCLE for one in mine)
        return least, most + sum(one[0] == kind for one in cycle.intents)


def _wanted(cycle: Cycle, rule: Rule, key: Key, ways: list[Way]) -> Iterable[Wanted]:
    for kind in {way.answer.change for way in ways} - {None}:
        asking = [way for way in ways if way.answer.change == kind]
        yield Wanted(
            change=(*key, kind, next(way.answer.type for way in asking)),
            sure=len(asking) == len(ways),
            pin=rule.kind == "failed_pin",
            drift=frozenset(way.answer.drift for way in asking),
            paid=frozenset(each for way in asking for each in _paid(cycle, rule, key, way)),
        )


def _paid(cycle: Cycle, rule: Rule, key: Key, way: Way) -> frozenset[bool]:
    """Whether a payment is behind a removal; one from before this policy perhaps, unless all is paid."""
    if not way.answer.paid:
        return NO
    card = cycle.read[key[0]]
    since = cycle.policy_since
    return YES if since is None or not card.lines or (card.paid is not None and card.paid > since) else EITHER


def _names(journal: Mapping[Change, str], change: Change) -> bool:
    """Whether the journal holds the change, under whatever name its rule or type has now."""
    patron, rule, kind, of_type = change
    return any(
        (of, other_kind) == (patron, kind) and (rule == other_rule or of_type == other_type)
        for of, other_rule, other_kind, other_type in journal
    )
