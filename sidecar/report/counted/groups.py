"""Who is behind the numbers: patrons by rule, library and category, and what is owed by the age of the debt. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sidecar.core.accounts import owed_by
from sidecar.core.cards import CardBlocks
from sidecar.core.debtors import DebtAge, Debtors, debts_by_age
from sidecar.core.model import UNKNOWN, Currency, Patron, PatronId, RuleId, Unknown
from sidecar.core.verdict import Decision
from sidecar.cycle.findings import Findings
from sidecar.report.counted.cards import rules_of


@dataclass(frozen=True, slots=True)
class Member:
    """A patron of a group, and what they owe of what the group is about, in minor units; None if it is not known."""

    patron: Patron
    owed: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """Patrons who have something in common, those who owe most first. `key` is a rule, a code, an age of debt. Of
    `unlisted` more only the number is known, and what they owe together."""

    key: str | Unknown
    members: tuple[Member, ...]
    unlisted: int = 0
    owed_unlisted: int = 0

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.members) + self.unlisted

    @property
    def owed(self) -> int:
        """What they owe together, as far as it is known."""
        return sum(member.owed or 0 for member in self.members) + self.owed_unlisted


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGroups:
    """The cards behind a line of the rules' table; `rule` is `None` for all cards."""

    rule: RuleId | None
    before: Group
    blocked: Group
    freed: Group
    after: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """All groups that a report shows. Blocked cards are those after the cycle; where nothing could be written, those
    once the plan is carried out."""

    rules: tuple[RuleGroups, ...]
    libraries: tuple[Group, ...]
    categories: tuple[Group, ...]
    debt_ages: tuple[Group, ...]
    owing: Group

    def of_rule(self, rule: RuleId | None) -> RuleGroups | None:
        """The cards of one rule; of all for None."""
        return next((each for each in self.rules if each.rule == rule), None)


def group_patrons(findings: Findings) -> Groups:
    """Group the patrons of a cycle."""
    before = findings.blocks_before()
    after = findings.blocks_at_the_end()
    people = _People(findings)
    blocked = [people.decisions[patron] for patron in after if patron in people.decisions]
    return Groups(
        rules=(people.by_rule(None, before, after), *people.by_rules(before, after)),
        libraries=people.by(blocked, lambda decision: decision.facts.patron.library),
        categories=people.by(blocked, lambda decision: decision.facts.patron.category),
        debt_ages=people.by_debt_age(findings.today),
        owing=people.owing(),
    )


class _People:
    """Patrons by number, and what they owe."""

    def __init__(self, findings: Findings) -> None:
        self.decisions = {decision.patron: decision for decision in findings.decisions}
        self._rules = {rule.id: place for place, rule in enumerate(findings.policy.rules)}
        self._currency: Currency = findings.policy.currency
        self._passed_by = findings.passed_by

    def group(self, key: str | Unknown, patrons: Iterable[PatronId]) -> Group:
        found = (self._member(self.decisions[patron]) for patron in patrons if patron in self.decisions)
        return Group(key, _sorted(found))

    def by_rule(self, rule: RuleId | None, before: CardBlocks, after: CardBlocks) -> RuleGroups:
        was, then = before.keys(), after.keys()
        return RuleGroups(
            rule=rule,
            before=self.group("before", was),
            blocked=self.group("blocked", then - was),
            freed=self.group("freed", was - then),
            after=self.group("after", then),
        )

    def by_rules(self, before: CardBlocks, after: CardBlocks) -> Iterator[RuleGroups]:
        was, then = self._split(before), self._split(after)
        for rule in sorted({*was, *then}, key=self._place):
            yield self.by_rule(rule, was.get(rule, {}), then.get(rule, {}))

    def by(self, decisions: Iterable[Decision], key: Callable[[Decision], str | Unknown]) -> tuple[Group, ...]:
        found: dict[str | Unknown, list[PatronId]] = {}
        for decision in decisions:
            found.setdefault(key(decision), []).append(decision.patron)
        groups = (self.group(each, patrons) for each, patrons in found.items())
        return tuple(sorted(groups, key=lambda group: (-len(group.members), str(group.key))))

    def owing(self) -> Group:
        """All who owe, whoever was passed by among them."""
        kept = self.group("owing", {patron for patron, decision in self.decisions.items() if owed_by(decision.facts)})
        return _with_others("owing", kept.members, self._passed_by.debtors)

    def by_debt_age(self, today: date) -> tuple[Group, ...]:
        sums: dict[DebtAge, dict[PatronId, Decimal]] = {age: {} for age in DebtAge}
        for patron, decision in self.decisions.items():
            if decision.facts.charges is not UNKNOWN:
                for age, owed in debts_by_age(decision.facts.charges, today).items():
                    sums[age][patron] = owed
        minor = self._currency.minor
        groups = (
            _with_others(
                age,
                (Member(self.decisions[patron].facts.patron, minor(owed)) for patron, owed in known.items()),
                self._passed_by.by_age.get(age, Debtors()),
            )
            for age, known in sums.items()
        )
        return tuple(group for group in groups if group.number)

    def _place(self, rule: RuleId) -> tuple[int, str]:
        """As in the policy; what no rule stands behind comes last."""
        return self._rules.get(rule, len(self._rules)), rule

    def _split(self, blocks: CardBlocks) -> Mapping[RuleId, CardBlocks]:
        split: dict[RuleId, dict[PatronId, frozenset[str]]] = {}
        for patron, types in blocks.items():
            if patron in self.decisions:
                for rule in rules_of(types, self.decisions[patron]):
                    split.setdefault(rule, {})[patron] = types
        return split

    def _member(self, decision: Decision) -> Member:
        owed = owed_by(decision.facts)
        return Member(decision.facts.patron, None if owed is None else self._currency.minor(owed))


def _with_others(key: str, kept: Iterable[Member], others: Debtors) -> Group:
    """Those whom the cycle kept, and those whom it passed by."""
    most = others.most
    members = _sorted((*kept, *(Member(patron, owed) for patron, owed in most)))
    return Group(key, members, others.number - len(most), others.owed - sum(owed for _patron, owed in most))


def _sorted(members: Iterable[Member]) -> tuple[Member, ...]:
    """Unknown sums come first: somebody has to look."""
    return tuple(
        sorted(
            members, key=lambda each: (each.owed is not None, -(each.owed or 0), len(each.patron.id), each.patron.id)
        )
    )
