"""Small builders: facts, rules, rows and cases as a test's sentence needs them, and a card that lives through cycles.

Amounts are strings in kroner, as the wire has them. Times are UTC; the library's zone is Copenhagen unless said.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sidecar.core.counting import Loans
from sidecar.core.decide import EVERYONE, decide
from sidecar.core.model import (
    UNKNOWN,
    Case,
    Charge,
    Currency,
    Facts,
    Kind,
    OverdueItem,
    Patron,
    Restriction,
    Stage,
    Truth,
)
from sidecar.core.plan import Change, ChangeKind, Plan
from sidecar.core.planning import plan_changes
from sidecar.core.policy import (
    AfterMinutes,
    AgencyConfirmation,
    Ages,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    ExceptionClause,
    Flag,
    FlagCleared,
    IfLifted,
    PaidInFull,
    Policy,
    Release,
    Rule,
    RuleKind,
    Scope,
    Terms,
    Threshold,
)
from sidecar.core.verdict import Decision, Verdict

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday, ten in the morning in Copenhagen."""

TODAY = NOW.date()
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DKK = Currency("DKK", 2)
KINDS = {"OVERDUE": Kind.FEE, "LOST": Kind.REPLACEMENT, "MANUAL": Kind.OTHER}
TEXTS = {"da": "Kortet er spærret.", "en": "The card is blocked."}
SHORT_TEXTS = {"da": "Spærret.", "en": "Blocked."}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

PAID_IN_FULL, BELOW_BLOCK, STAFF = PaidInFull(), BelowBlock(), ByStaff()
COUNTER_RESET, FLAG_CLEARED, AGENCY = CounterReset(), FlagCleared(), AgencyConfirmation()


def fee(amount: str, number: str = "1") -> Charge:
    return Charge(f"fee{number}", "OVERDUE", Decimal(amount))


def replacement(amount: str, number: str = "1") -> Charge:
    return Charge(f"lost{number}", "LOST", Decimal(amount))


def other(amount: str, number: str = "1") -> Charge:
    return Charge(f"other{number}", "MANUAL", Decimal(amount))


def at_most(amount: str) -> AtMost:
    return AtMost(DKK.minor(Decimal(amount)))


def after_minutes(minutes: int) -> AfterMinutes:
    return AfterMinutes(minutes)


def row(
    restriction_type: str = "CW_DEBT",
    *,
    ours: bool = True,
    comment: str = TEXTS["da"],
    expires: date | None = None,
    created: datetime | None = NOW - 10 * DAY,
    number: str = "1",
) -> Restriction:
    return Restriction(f"row{number}-{restriction_type}", restriction_type, ours, comment, expires, created)


def patron(number: str = "7", **known: Any) -> Patron:
    usual: dict[str, Any] = {
        "library": "MAIN",
        "category": "ADULT",
        "born": date(1990, 2, 1),
        "language": "da",
        "attributes": frozenset(),
    }
    return Patron(number, **(usual | known))


PATRON_FACTS = frozenset({"library", "category", "born", "language", "expires", "attributes"})


def facts(number: str = "7", *, charges: Iterable[Charge] | Any = (), credit: Any = "0", **known: Any) -> Facts:
    """Facts of one patron. Whatever a test does not name is nothing, known to be nothing."""
    of_patron = {name: known.pop(name) for name in list(known) if name in PATRON_FACTS}
    known = {"overdue": (), "guarantees": (), "address_unknown": False} | known
    return Facts(
        patron=known.pop("patron", None) or patron(number, **of_patron),
        charges=charges if charges is UNKNOWN else tuple(charges),
        credit=credit if credit is UNKNOWN else Decimal(credit),
        restrictions=_rows(known.pop("rows", ())),
        **known,
    )


def _rows(rows: Any) -> Any:
    return rows if rows is UNKNOWN else tuple(rows)


def redacted(number: str = "7") -> Facts:
    """What Koha shows of a patron whom the API's user may not see: every key null."""
    return Facts(
        patron=Patron(number, born=UNKNOWN, expires=UNKNOWN),
        charges=UNKNOWN,
        credit=UNKNOWN,
        failed_pin=UNKNOWN,
        card_lost=UNKNOWN,
        restrictions=UNKNOWN,
        restricted=UNKNOWN,
    )


def terms(
    release: Release = PAID_IN_FULL,
    *,
    block_at: str | int | None = None,
    block_above: str | int | None = None,
    announce_days: int = 0,
    exempt: bool = False,
    texts: Mapping[str, str] = TEXTS,
    short_texts: Mapping[str, str] = SHORT_TEXTS,
) -> Terms:
    """Kroner as a string, attempts as a number."""
    given, inclusive = (block_at, True) if block_at is not None else (block_above, False)
    value = DKK.minor(Decimal(given)) if isinstance(given, str) else given
    threshold = None if value is None else Threshold(value, inclusive)
    return Terms(release, threshold, announce_days, texts, short_texts, exempt)


def _rule(kind: RuleKind, identity: str, release: Release, more: dict[str, Any]) -> Rule:
    of_terms = ("block_at", "block_above", "announce_days", "exempt", "texts", "short_texts")
    own = {name: more.pop(name) for name in of_terms if name in more}
    more.setdefault("restriction_type", f"CW_{identity.upper()}")
    return Rule(id=identity, kind=kind, terms=terms(release, **own), **more)


def debt_rule(identity: str = "debt", *, release: Release = PAID_IN_FULL, **more: Any) -> Rule:
    if "block_above" not in more:
        more.setdefault("block_at", "225.00")
    return _rule(RuleKind.DEBT, identity, release, more)


def unpaid_rule(identity: str = "unpaid", *, release: Release = PAID_IN_FULL, **more: Any) -> Rule:
    if "block_at" not in more:
        more.setdefault("block_above", "0.00")
    more.setdefault("counts", frozenset({Kind.REPLACEMENT}))
    return _rule(RuleKind.UNPAID_CHARGE, identity, release, more)


def pin_rule(identity: str = "pin", *, release: Release = STAFF, **more: Any) -> Rule:
    if "block_above" not in more:
        more.setdefault("block_at", 5)
    return _rule(RuleKind.FAILED_PIN, identity, release, more)


def lost_rule(identity: str = "lost", *, release: Release = FLAG_CLEARED, **more: Any) -> Rule:
    return _rule(RuleKind.LOST_CARD, identity, release, more)


def collection_rule(identity: str = "collection", *, release: Release = AGENCY, **more: Any) -> Rule:
    more.setdefault("block_above", "0.00")
    more.setdefault("announce_days", 7)
    more.setdefault("if_lifted", IfLifted.RESTORE)
    return _rule(RuleKind.COLLECTION, identity, release, more)


def overdue_rule(identity: str = "overdue", *, release: Release = BELOW_BLOCK, **more: Any) -> Rule:
    """Loans so many days past their due day; one by default."""
    if "block_above" not in more:
        more.setdefault("block_at", 1)
    of_loans = {name: more.pop(name) for name in ("days", "waited_for", "types") if name in more}
    return _rule(RuleKind.OVERDUE, identity, release, {"loans": Loans(**of_loans), **more})


def flag_rule(identity: str = "flag", *, release: Release = FLAG_CLEARED, **more: Any) -> Rule:
    more.setdefault("flag", Flag.ADDRESS)
    return _rule(RuleKind.FLAG, identity, release, more)


def loan(days: int, number: str = "1", *, today: date = TODAY, **known: Any) -> OverdueItem:
    """A loan so many days past its due day."""
    return OverdueItem(f"loan{number}", today - timedelta(days=days), **({"type": "BOOK", "waited_for": False} | known))


ONE_OF_EACH = (debt_rule(), unpaid_rule(), pin_rule(), lost_rule(), collection_rule())


def clause(
    given: Terms | None = None,
    *,
    categories: Iterable[str] | None = None,
    libraries: Iterable[str] | None = None,
    start: int | None = None,
    under: int | None = None,
    attributes: Iterable[str] | None = None,
    since: date | None = None,
) -> ExceptionClause:
    """An exception; without terms it exempts."""
    ages = None if start is None and under is None else Ages(start or 0, under)
    return ExceptionClause(
        given or terms(exempt=True),
        None if categories is None else frozenset(categories),
        None if libraries is None else frozenset(libraries),
        ages,
        None if attributes is None else frozenset(attributes),
        since,
    )


def policy(*rules: Rule, **more: Any) -> Policy:
    usual: dict[str, Any] = {"name": "Aarhus", "currency": DKK, "languages": ("da", "en"), "time_zone": COPENHAGEN}
    return Policy(rules=rules, **(usual | {"kinds": KINDS, "digest": "p1"} | more))


def case(rule: Rule, stage: Stage = Stage.BLOCKED, *, since: datetime = NOW - DAY, **more: Any) -> Case:
    """A case that the last cycle left behind."""
    if stage is Stage.BLOCKED:
        more.setdefault("seen_at", since)
        more.setdefault("comment", TEXTS["da"])
    more.setdefault("restriction_type", rule.restriction_type)
    return Case("7", rule.id, stage, since, **more)


def verdict_of(
    rule: Rule, known: Facts, remembered: Case | None = None, *, now: datetime = NOW, scope: Scope = EVERYONE, **of: Any
) -> Verdict:
    """One rule's verdict under a policy of that rule alone."""
    cases = {} if remembered is None else {rule.id: remembered}
    return decide(known, cases, policy(rule, **of), now, scope).verdicts[0]


def would_block(rule: Rule, known: Facts, remembered: Case | None = None, **more: Any) -> Truth:
    """W."""
    return verdict_of(rule, known, remembered, **more).blocks


def would_release(rule: Rule, known: Facts, remembered: Case | None = None, **more: Any) -> Truth:
    """R."""
    return verdict_of(rule, known, remembered, **more).releases


def written(known: Facts, change: Change, now: datetime) -> Facts:
    """The facts once a change is written: what Koha with the plugin would then say."""
    if change.kind is ChangeKind.RESET_PIN:
        return replace(known, failed_pin=0)
    if known.restrictions is UNKNOWN:
        return known
    others = tuple(each for each in known.restrictions if not (each.ours and each.type == change.restriction_type))
    if change.kind is ChangeKind.REMOVE:
        return replace(known, restrictions=others, flag_matches=True)
    new = Restriction(f"w-{change.restriction_type}", change.restriction_type, True, change.comment, None, now)
    return replace(known, restrictions=(*others, new), flag_matches=True)


def apply(
    decision: Decision, plan: Plan, now: datetime, cases: Mapping[str, Case] | None = None
) -> tuple[Facts, dict[str, Case]]:
    """Facts and cases of one patron after an applied cycle."""
    known = decision.facts
    after = dict(cases or {})
    if decision.in_scope:
        after = {verdict.rule: verdict.case_now for verdict in decision.verdicts if verdict.case_now is not None}
    for change in plan.changes():
        if change.patron != decision.patron:
            continue
        known = written(known, change, now)
        after.pop(change.rule, None)
        if change.case_after is not None:
            after[change.rule] = change.case_after
    return known, after


@dataclass
class Card:
    """A card that lives through applied cycles: give each cycle what is new in the facts, and ask what came of it."""

    policy: Policy
    facts: Facts = field(default_factory=facts)
    cases: dict[str, Case] = field(default_factory=dict)
    now: datetime = NOW
    scope: Scope = EVERYONE
    decision: Decision | None = None
    plan: Plan = field(default_factory=Plan)

    def cycle(
        self, later: timedelta = HOUR, *, hold: Callable[[Change], bool] = lambda _change: False, **news: Any
    ) -> "Card":
        """Time passes, facts move, one cycle is applied; `hold` keeps changes back as a brake does."""
        self.now += later
        self.facts = self._with(news)
        self.decision = decide(self.facts, self.cases, self.policy, self.now, self.scope)
        self.plan = plan_changes([self.decision], self.policy).only(lambda change: not hold(change))
        self.facts, self.cases = apply(self.decision, self.plan, self.now, self.cases)
        return self

    def _with(self, news: dict[str, Any]) -> Facts:
        if "charges" in news and news["charges"] is not UNKNOWN:
            news["charges"] = tuple(news["charges"])
        if "credit" in news and news["credit"] is not UNKNOWN:
            news["credit"] = Decimal(news["credit"])
        if "rows" in news:
            news["restrictions"] = _rows(news.pop("rows"))
        known = replace(self.facts, patron=replace(self.facts.patron, **_take(news, PATRON_FACTS)))
        return replace(known, **news)

    def staff_lift(self, rule: str) -> "Card":
        """Staff delete the rule's row in the ILS."""
        types = {each.restriction_type for each in self.policy.rules if each.id == rule}
        assert self.facts.restrictions is not UNKNOWN
        return self._set(tuple(each for each in self.facts.restrictions if each.type not in types))

    def staff_set(self, *rows: Restriction) -> "Card":
        """Staff (or a restored database) put rows into the ILS."""
        assert self.facts.restrictions is not UNKNOWN
        return self._set((*self.facts.restrictions, *rows))

    def _set(self, rows: tuple[Restriction, ...]) -> "Card":
        self.facts = replace(self.facts, restrictions=rows)
        return self

    @property
    def blocked_by(self) -> set[str]:
        """The rules whose row is in force now."""
        today = self.now.astimezone(self.policy.time_zone).date()
        rules = self.policy.rules
        return {rule.id for rule in rules if self.facts.in_force((rule.restriction_type,), today) is True}

    def verdict(self, rule: str | None = None) -> Verdict:
        assert self.decision is not None
        verdicts = {verdict.rule: verdict for verdict in self.decision.verdicts}
        return verdicts[rule or self.policy.rules[0].id]

    @property
    def standing(self) -> str:
        """The first rule's answer."""
        return self.verdict().standing.value


def _take(news: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: news.pop(name) for name in names if name in news}


def card(*rules: Rule, **more: Any) -> Card:
    """A free card under these rules; `more` are facts to begin with."""
    return Card(policy(*rules), facts(**more))
