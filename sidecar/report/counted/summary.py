"""What a cycle comes to, counted once for all reports. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from sidecar.core.accounts import NOTHING, Accounts, owed_by
from sidecar.core.brakes import Brake, Tripped
from sidecar.core.model import Kind, Patron, PatronId, Restriction, RestrictionType, RuleId
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import Policy, Rule, RuleKind
from sidecar.core.verdict import Decision, Standing, Verdict
from sidecar.cycle.findings import Findings
from sidecar.fitness.limits import RefusedCard
from sidecar.report.counted.cards import Cards, count_cards
from sidecar.report.counted.changes import ChangeLine, State, change_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCounts:
    """One rule: what the pull showed (`in_force`), what the plan asks for, and how the verdicts stand.

    `blocked`, `announced`, `overridden`, `undecided` and `clear` add up to the patrons examined, and say how
    cards stand once the plan is carried out.
    """

    rule: RuleId
    kind: RuleKind
    restriction_type: RestrictionType
    retired: bool
    in_force: int
    to_add: int
    to_remove: int
    to_amend: int
    to_reset_pin: int
    blocked: int
    announced: int
    overridden: int
    undecided: int
    clear: int
    adopted: int
    drift: int


@dataclass(frozen=True, slots=True)
class ChargeTypeCount:
    """One of the ILS's charge types among open charges. `mapped`: the policy names it."""

    type: str
    kind: Kind
    mapped: bool
    charges: int
    patrons: int
    sum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Totals in minor units, before credit is set off. `patrons_unknown` are those whose charges are not known.

    `owed_by_blocked` is of patrons with a block of ours in force now, `owed_by_added` of those who would get one.
    """

    owed: int
    patrons_owing: int
    owed_by_blocked: int
    patrons_blocked: int
    owed_by_added: int
    patrons_added: int
    credit: int
    patrons_unknown: int


@dataclass(frozen=True, slots=True)
class ForeignCount:
    """Rows of others by type: shown, never touched."""

    type: RestrictionType
    rows: int
    in_force: int
    patrons: int


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A row of ours that the report names."""

    patron: Patron
    row: Restriction
    in_force: bool


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """A verdict with the decision it is part of."""

    decision: Decision
    verdict: Verdict

    @property
    def patron(self) -> Patron:
        """Whom it is about."""
        return self.decision.facts.patron


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All counts and lists of a report."""

    examined: int
    out_of_scope: int
    rules: tuple[RuleCounts, ...]
    changes: tuple[ChangeLine, ...]
    held_back: tuple[Tripped, ...]
    announced: tuple[VerdictLine, ...]
    undecided: tuple[VerdictLine, ...]
    lifted: tuple[VerdictLine, ...]
    adopted: tuple[VerdictLine, ...]
    drift: tuple[VerdictLine, ...]
    orphans: tuple[OwnRow, ...]
    ours_out_of_scope: tuple[OwnRow, ...]
    edited: tuple[OwnRow, ...]
    expiring: tuple[OwnRow, ...]
    foreign: tuple[ForeignCount, ...]
    once_ours: tuple[OwnRow, ...]
    owing_nothing: tuple[OwnRow, ...]
    refused_by_ils: tuple[RefusedCard, ...]
    charge_types: tuple[ChargeTypeCount, ...]
    money: Money
    cards: Cards

    def in_state(self, *states: State) -> tuple[ChangeLine, ...]:
        """The changes that came so far."""
        return tuple(line for line in self.changes if line.state in states)


def summarize(findings: Findings) -> Summary:
    """Count everything that a report says."""
    verdicts = [VerdictLine(decision, verdict) for decision in findings.decisions for verdict in decision.verdicts]
    rows, accounts = _OwnRows(findings), _accounts(findings)
    return Summary(
        examined=findings.examined,
        out_of_scope=findings.patrons - findings.examined,
        rules=tuple(_rule_counts(rule, findings, verdicts) for rule in findings.policy.rules),
        changes=change_lines(findings),
        held_back=_merged(findings.braked.tripped),
        announced=tuple(line for line in verdicts if line.verdict.standing is Standing.ANNOUNCED),
        undecided=tuple(
            line for line in verdicts if line.verdict.standing is Standing.UNDECIDED and not line.verdict.drift
        ),
        lifted=tuple(line for line in verdicts if line.verdict.lifted and line.verdict.standing is Standing.OVERRIDDEN),
        adopted=tuple(line for line in verdicts if line.verdict.adopted),
        drift=tuple(line for line in verdicts if line.verdict.drift),
        orphans=tuple(rows.of((decision, decision.orphans) for decision in findings.decisions)),
        ours_out_of_scope=tuple(
            rows.of((decision, decision.facts.ours()) for decision in findings.decisions if not decision.in_scope)
        ),
        edited=tuple(rows.of((decision, (row,)) for decision, row in findings.edited)),
        expiring=tuple(
            rows.of(
                (decision, tuple(row for row in decision.facts.ours() if row.expires is not None))
                for decision in findings.decisions
            )
        ),
        foreign=_foreign(findings, rows),
        once_ours=tuple(rows.of((decision, (row,)) for decision, row in findings.once_ours())),
        owing_nothing=tuple(rows.of((decision, (row,)) for decision, row in findings.owing_nothing())),
        refused_by_ils=tuple(findings.refused_by_ils()),
        charge_types=_charge_types(accounts, findings.policy),
        money=_money(findings, accounts),
        cards=count_cards(findings),
    )


class _OwnRows:
    """Rows as of the day of the pull."""

    def __init__(self, findings: Findings) -> None:
        self._today = findings.today

    def of(self, rows: Iterable[tuple[Decision, tuple[Restriction, ...]]]) -> Iterator[OwnRow]:
        for decision, own in rows:
            for row in own:
                yield OwnRow(decision.facts.patron, row, self.holds(row))

    def holds(self, row: Restriction) -> bool:
        return row.in_force(self._today)


def _rule_counts(rule: Rule, findings: Findings, lines: Iterable[VerdictLine]) -> RuleCounts:
    verdicts = [line.verdict for line in lines if line.verdict.rule == rule.id]
    standing = Counter(verdict.standing for verdict in verdicts)
    planned = Counter(change.kind for change in findings.plan.changes() if change.rule == rule.id)
    return RuleCounts(
        rule=rule.id,
        kind=rule.kind,
        restriction_type=rule.restriction_type,
        retired=rule.retired,
        in_force=sum(verdict.in_force is True for verdict in verdicts),
        to_add=planned[ChangeKind.ADD],
        to_remove=planned[ChangeKind.REMOVE],
        to_amend=planned[ChangeKind.AMEND],
        to_reset_pin=planned[ChangeKind.RESET_PIN],
        blocked=standing[Standing.BLOCKED],
        announced=standing[Standing.ANNOUNCED],
        overridden=standing[Standing.OVERRIDDEN],
        undecided=standing[Standing.UNDECIDED],
        clear=findings.examined - (standing.total() - standing[Standing.CLEAR]),
        adopted=sum(verdict.adopted for verdict in verdicts),
        drift=sum(verdict.drift for verdict in verdicts),
    )


def _merged(tripped: tuple[Tripped, ...]) -> tuple[Tripped, ...]:
    """Release-only holds additions and new texts one after the other: one line for both."""
    merged: dict[tuple[Brake, RuleId | None, bool], Tripped] = {}
    for position, each in enumerate(tripped):
        if each.brake is not Brake.RELEASE_ONLY:
            merged[each.brake, str(position), False] = each
            continue
        before = merged.get((each.brake, None, True))
        merged[each.brake, None, True] = Tripped(each.brake, each.asked + (before.asked if before else 0))
    return tuple(merged.values())


def _foreign(findings: Findings, rows: _OwnRows) -> tuple[ForeignCount, ...]:
    found: dict[RestrictionType, list[bool]] = {}
    patrons: Counter[RestrictionType] = Counter()
    for decision in findings.decisions:
        foreign = decision.facts.foreign()
        for row in foreign:
            found.setdefault(row.type, []).append(rows.holds(row))
        patrons.update({row.type for row in foreign})
    return tuple(ForeignCount(type_, len(held), sum(held), patrons[type_]) for type_, held in sorted(found.items()))


def _accounts(findings: Findings) -> Accounts:
    """Of all who were read."""
    accounts = Accounts()
    accounts.add_all(findings.passed_by.accounts)
    for decision in findings.decisions:
        accounts.add(decision.facts)
    return accounts


def _charge_types(accounts: Accounts, policy: Policy) -> tuple[ChargeTypeCount, ...]:
    """Types that the policy does not name first, then by what they come to."""
    counts = [
        ChargeTypeCount(
            type_,
            policy.kind_of(type_),
            type_ in policy.kinds,
            each.charges,
            each.patrons,
            policy.currency.minor(each.sum),
        )
        for type_, each in accounts.types.items()
    ]
    return tuple(sorted(counts, key=lambda each: (each.mapped, -each.sum, each.type)))


def _money(findings: Findings, accounts: Accounts) -> Money:
    adds = {change.patron for change in findings.plan.changes() if change.kind is ChangeKind.ADD}
    blocked = {
        decision.patron
        for decision in findings.decisions
        if any(verdict.in_force is True for verdict in decision.verdicts)
    }
    minor = findings.policy.currency.minor
    return Money(
        owed=minor(accounts.owed),
        patrons_owing=accounts.owing,
        owed_by_blocked=minor(_owed_by(blocked, findings)),
        patrons_blocked=len(blocked),
        owed_by_added=minor(_owed_by(adds, findings)),
        patrons_added=len(adds),
        credit=minor(accounts.credit),
        patrons_unknown=accounts.unknown,
    )


def _owed_by(patrons: Collection[PatronId], findings: Findings) -> Decimal:
    """What these owe, as far as it is known."""
    owed = (owed_by(decision.facts) for decision in findings.decisions if decision.patron in patrons)
    return sum((each for each in owed if each is not None), NOTHING)
