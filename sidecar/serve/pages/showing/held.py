"""What waits for an approval: who, by which rule, for which sum; and what an approval would do."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sidecar.core.brakes import Brake
from sidecar.core.kinds import MONEY_KINDS
from sidecar.core.model import RuleId
from sidecar.core.plan import ChangeKey, ChangeKind
from sidecar.core.policy import Policy
from sidecar.language import _, gettext_noop
from sidecar.report.words.reasons import why_change
from sidecar.report.words.vocabulary import BRAKES, bare_amount
from sidecar.serve.state import Held, Waiting

WHAT: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.ADD: gettext_noop("block the card"),
    ChangeKind.REMOVE: gettext_noop("free the card"),
    ChangeKind.AMEND: gettext_noop("write the new text"),
    ChangeKind.RESET_PIN: gettext_noop("set the PIN counter to 0"),
}

SHOWN: Final = 1000
"""Lines of a list: one that is longer is read in the report."""


@dataclass(frozen=True, slots=True)
class Line:
    """One change that waits, in words."""

    patron: str
    what: str
    rule: RuleId
    why: str
    sum: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What an approval would do by one rule: so many cards, and what they owe by it."""

    what: str
    rule: RuleId
    cards: int
    sum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPlan:
    """A plan that waits: what its approval would let go, and who that is. `more` lines are left out, and so many
    changes are `others`: held too, but not in this plan."""

    digest: str
    waiting: Waiting
    brakes: Sequence[str]
    effects: Sequence[Effect]
    lines: Sequence[Line]
    more: int
    others: int

    @property
    def cards(self) -> int:
        """How many changes an approval would let go."""
        return len(self.lines) + self.more


def held_plans(
    waiting: Sequence[Waiting],
    held: Sequence[Held],
    kept: Mapping[str, frozenset[ChangeKey]],
    policy: Policy,
) -> list[HeldPlan]:
    """Each plan that waits. `kept` are the changes of each in the journal, by digest: what an approval can let go."""
    return [_plan(each, held, kept.get(each.digest, frozenset()), policy) for each in waiting]


def _plan(waiting: Waiting, held: Sequence[Held], kept: frozenset[ChangeKey], policy: Policy) -> HeldPlan:
    of_plan = [one for one in held if one.brake in waiting.brakes]
    going = [one for one in of_plan if one.change.key in kept]
    lines = [_line(one, policy) for one in going[:SHOWN]]
    return HeldPlan(
        digest=waiting.digest,
        waiting=waiting,
        brakes=[brake_words(subject, number) for subject, number in waiting.brakes.items()],
        effects=list(_effects(going, policy)),
        lines=lines,
        more=len(going) - len(lines),
        others=len(of_plan) - len(going),
    )


def _effects(going: Sequence[Held], policy: Policy) -> Iterator[Effect]:
    cards: Counter[tuple[ChangeKind, RuleId]] = Counter()
    sums: Counter[tuple[ChangeKind, RuleId]] = Counter()
    for one in going:
        cards[one.change.kind, one.change.rule] += 1
        sums[one.change.kind, one.change.rule] += _sum(one) or 0
    for (kind, rule), number in sorted(cards.items()):
        owed = sums[kind, rule]
        yield Effect(_(WHAT[kind]), rule, number, bare_amount(owed, policy.currency) if owed else "")


def _line(one: Held, policy: Policy) -> Line:
    change, owed = one.change, _sum(one)
    return Line(
        change.patron,
        _(WHAT[change.kind]),
        change.rule,
        why_change(change, None, policy),
        "" if owed is None else bare_amount(owed, policy.currency),
    )


def _sum(one: Held) -> int | None:
    """What the patron owes by the rule, in minor units, if it is a rule about money."""
    return one.change.evidence.counted if one.change.rule_kind in MONEY_KINDS else None


def brake_words(subject: str, number: int) -> str:
    """What a brake holds, by its name and perhaps its rule's: so many changes."""
    brake, _space, rule = subject.partition(" ")
    words = _(BRAKES[Brake(brake)])
    return f"{words} ({rule}): {number}" if rule else f"{words}: {number}"
