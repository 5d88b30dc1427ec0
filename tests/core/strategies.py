"""Random cards, rules and histories for the properties and for the oracle."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from sidecar.core.counting import Age
from sidecar.core.model import UNKNOWN, AgencyReport, Case, Charge, Evidence, Facts, Kind, Restriction, Stage
from sidecar.core.plan import Change, ChangeKind, Plan, Reason, make_plan
from sidecar.core.policy import (
    ALL_CHARGES,
    Also,
    Flag,
    IfLifted,
    PaidAndReturned,
    Policy,
    Release,
    Returned,
    Rule,
    RuleKind,
    Threshold,
)

from .builders import (
    BELOW_BLOCK,
    COUNTER_RESET,
    DAY,
    FLAG_CLEARED,
    HOUR,
    MINUTE,
    NOW,
    PAID_IN_FULL,
    STAFF,
    TEXTS,
    after_minutes,
    at_most,
    clause,
    collection_rule,
    debt_rule,
    facts,
    flag_rule,
    loan,
    lost_rule,
    overdue_rule,
    pin_rule,
    policy,
    terms,
    unpaid_rule,
)
from .oracle import TheFacts, TheRule

RETURNED, PAID_AND_RETURNED = Returned(), PaidAndReturned()
AMOUNTS = ("0.004", "0.005", "0.996", "1", "50", "50.01", "99.99", "100", "112.5", "224.994999", "225", "225.01", "450")
KIND_TYPES = ("OVERDUE", "LOST", "MANUAL")
PAST = (NOW - 400 * DAY, NOW - 9 * DAY, NOW - 2 * DAY, NOW - DAY, NOW - HOUR, NOW - MINUTE)
MOMENTS = st.sampled_from([*PAST, NOW])

charges = st.lists(
    st.builds(
        Charge,
        id=st.sampled_from([f"c{number}" for number in range(8)]),
        type=st.sampled_from(KIND_TYPES),
        outstanding=st.sampled_from(AMOUNTS).map(Decimal),
        arose=st.sampled_from([None, *(NOW.date() - timedelta(days=days) for days in (0, 31, 32, 400))]),
    ),
    max_size=4,
    unique_by=lambda charge: charge.id,
).map(tuple)
loans = st.lists(
    st.builds(
        loan,
        days=st.sampled_from([0, 1, 6, 7, 30]),
        number=st.sampled_from("1234"),
        waited_for=st.sampled_from([True, False, UNKNOWN]),
    ),
    max_size=3,
    unique_by=lambda item: item.id,
).map(tuple)
births = st.sampled_from([date(1940, 1, 1), date(1990, 1, 1), date(2008, 3, 3), date(2015, 1, 1), None])
counters = st.sampled_from([-2, -1, 0, 3, 4, 5, 6, 9])
sums_of_credit = st.sampled_from(["0", "0", "0.01", "100", "500"]).map(Decimal)


def rows_for(types: Sequence[str]) -> st.SearchStrategy[tuple[Restriction, ...]]:
    """Any rows: ours and foreign, ended and in force, doubled, orphaned."""
    return st.lists(
        st.builds(
            Restriction,
            id=st.sampled_from([f"r{number}" for number in range(9)]),
            type=st.sampled_from([*types, "CW_ORPHAN", "MANUAL"]),
            ours=st.booleans(),
            comment=st.sampled_from([TEXTS["da"], "Aftalt."]),
            expires=st.sampled_from([None, None, NOW.date(), NOW.date() + timedelta(days=3)]),
            created=st.none() | MOMENTS,
        ),
        max_size=4,
        unique_by=lambda row: row.id,
    ).map(tuple)


@st.composite
def rules(draw: st.DrawFn, kind: RuleKind, identity: str) -> Rule:
    """Any rule of a kind, exceptions and all, that a policy file could hold."""
    draw_from = {
        RuleKind.DEBT: (
            debt_rule,
            [PAID_IN_FULL, BELOW_BLOCK, at_most("50"), PAID_AND_RETURNED, STAFF],
            {"block_at": "225"},
        ),
        RuleKind.UNPAID_CHARGE: (unpaid_rule, [PAID_IN_FULL, PAID_AND_RETURNED, STAFF], {"block_above": "0"}),
        RuleKind.FAILED_PIN: (pin_rule, [STAFF, COUNTER_RESET, after_minutes(30)], {"block_at": 5}),
        RuleKind.LOST_CARD: (lost_rule, [FLAG_CLEARED, STAFF], {}),
        RuleKind.COLLECTION: (collection_rule, [None], {"block_at": "225"}),
        RuleKind.OVERDUE: (overdue_rule, [BELOW_BLOCK, RETURNED, PAID_AND_RETURNED, STAFF], {"block_at": 2}),
        RuleKind.FLAG: (flag_rule, [FLAG_CLEARED, STAFF], {}),
    }
    build, releases, operator = draw_from[kind]
    release: Release | None = draw(st.sampled_from(releases))
    more: dict[str, Any] = dict(operator)
    if kind is not RuleKind.COLLECTION:
        more["release"] = release
    if kind is RuleKind.OVERDUE:
        more |= {"days": draw(st.sampled_from([1, 7])), "waited_for": draw(st.booleans())}
    if kind is RuleKind.FLAG:
        more["flag"] = draw(st.sampled_from(Flag))
    more["only"] = draw(st.sampled_from([None, None, None, clause(categories=["ADULT"])]))
    more["since"] = draw(st.sampled_from([None, None, None, NOW.date(), NOW.date() + timedelta(days=1)]))
    if kind in {RuleKind.DEBT, RuleKind.UNPAID_CHARGE}:
        more["older_than"] = draw(st.sampled_from([None, None, Age(31), Age(6, months=True)]))
        more["announce_at"] = draw(st.sampled_from([None, None, Threshold(1)]))
        more["also_blocks"] = draw(st.sampled_from([None, None, Also.GUARANTORS]))
    if kind is not RuleKind.COLLECTION:
        more["announce_days"] = draw(st.sampled_from([0, 0, 0, 7]))
        more["if_lifted"] = draw(st.sampled_from(IfLifted))
    more["override_days"] = draw(st.sampled_from([None, None, 30]))
    more["retired"] = draw(st.sampled_from([False] * 7 + [True]))
    if kind is RuleKind.DEBT:
        more["net_of_credit"] = draw(st.booleans())
        counts = draw(st.sampled_from([ALL_CHARGES, frozenset({Kind.FEE})]))
        more["counts"] = counts
        more["release_counts"] = draw(st.sampled_from([ALL_CHARGES, counts]))
    own = terms(release or collection_rule().terms.release, announce_days=more.get("announce_days", 7), **operator)
    clauses = [
        clause(own, under=18),
        clause(replace(own, exempt=True), under=18),
        clause(replace(own, exempt=True), categories=["STAFF"]),
        clause(replace(own, announce_days=3), libraries=["NORTH"], start=18),
        clause(replace(own, exempt=True), attributes=["PLAN"]),
    ]
    more["exceptions"] = tuple(draw(st.lists(st.sampled_from(clauses), max_size=2, unique_by=id)))
    return build(identity, **more)  # type: ignore[operator,no-any-return]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """One to five rules; two may be of one kind."""
    kinds = draw(st.lists(st.sampled_from(RuleKind), min_size=1, max_size=5))
    drawn = [draw(rules(kind, f"{kind.value}_{place}")) for place, kind in enumerate(kinds)]
    return policy(*drawn, age_unknown_is_adult=draw(st.booleans()))


def all_facts(types: Sequence[str]) -> st.SearchStrategy[Facts]:
    """A card of which everything is known."""
    return st.builds(
        facts,
        overdue=loans,
        attributes=st.sampled_from([frozenset(), frozenset({"PLAN"})]),
        address_unknown=st.booleans(),
        expires=st.sampled_from([None, NOW.date() - timedelta(days=1), NOW.date()]),
        guarantees=st.lists(st.builds(facts, number=st.sampled_from("89"), charges=charges), max_size=1).map(tuple),
        charges=charges,
        credit=sums_of_credit,
        failed_pin=counters,
        card_lost=st.booleans(),
        born=births,
        category=st.sampled_from(["ADULT", "STAFF"]),
        library=st.sampled_from(["MAIN", "NORTH"]),
        settled_at=st.none() | MOMENTS,
        paid_at=st.none() | MOMENTS,
        agency=st.none() | st.sampled_from(PAST).map(AgencyReport),
        rows=rows_for(types),
        flag_matches=st.booleans(),
        etag=st.just("e1"),
    )


@st.composite
def cases_for(draw: st.DrawFn, of: Policy) -> dict[str, Case]:
    """Any memory that some earlier cycles, under this or another policy, could have left."""
    remembered = {}
    for rule in of.rules:
        stage = draw(st.none() | st.sampled_from(Stage))
        if stage is None:
            continue
        since = draw(MOMENTS)
        evidence = Evidence(
            counted=draw(st.sampled_from([1, 10000, 22500, None])),
            lines=draw(st.sampled_from([(), ("c0",), ("c0", "c1", "c2")])),
            attempts=draw(st.sampled_from([None, 4, 5, 6])),
        )
        blocked = stage is Stage.BLOCKED
        remembered[rule.id] = Case(
            patron="7",
            rule=rule.id,
            stage=stage,
            since=since,
            seen_at=max(since, draw(MOMENTS)) if blocked else None,
            evidence=evidence,
            highest=draw(st.sampled_from([None, 0, 5, 9])) if blocked else None,
            comment=draw(st.sampled_from([TEXTS["da"], "Gammel tekst.", None])) if blocked else None,
            restriction_type=rule.restriction_type,
        )
    return remembered


UNKNOWABLE_SINCE = ("overdue", "guarantees", "address_unknown", "attributes", "expires")
"""What the ILS tells since the third version of its contract."""


@dataclass(frozen=True)
class Situation:
    """One patron before a cycle."""

    policy: Policy
    facts: Facts
    cases: dict[str, Case]


UNKNOWABLE = ("charges", "credit", "failed_pin", "card_lost", "born", "category", "library", *UNKNOWABLE_SINCE)


def with_unknown(known: Facts, names: frozenset[str]) -> Facts:
    """The same card, of which these facts could not be read."""
    own = dict.fromkeys(
        names & {"charges", "credit", "failed_pin", "card_lost", "overdue", "guarantees", "address_unknown"}, UNKNOWN
    )
    of_patron = dict.fromkeys(names & {"born", "category", "library", "attributes", "expires"}, UNKNOWN)
    return replace(known, patron=replace(known.patron, **of_patron), **own)  # type: ignore[arg-type]


@st.composite
def situations(draw: st.DrawFn, *, unknown: bool = True) -> Situation:
    """Any policy, any card, any memory; perhaps with unknown facts."""
    of = draw(policies())
    known = draw(all_facts([rule.restriction_type for rule in of.rules]))
    if unknown:
        known = with_unknown(known, draw(st.frozensets(st.sampled_from(UNKNOWABLE), max_size=2)))
    return Situation(of, known, draw(cases_for(of)))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan, as brakes see it."""
    kinds = {"debt": RuleKind.DEBT, "pin": RuleKind.FAILED_PIN, "lost": RuleKind.LOST_CARD}
    wanted = draw(
        st.lists(
            st.tuples(
                st.integers(0, 12).map(str),
                st.sampled_from(sorted(kinds)),
                st.sampled_from([ChangeKind.ADD, ChangeKind.AMEND, ChangeKind.REMOVE]),
                st.sampled_from([Reason.REACHED, Reason.DRIFT]),
                st.booleans(),
                st.booleans(),
            ),
            max_size=30,
            unique_by=lambda drawn: drawn[:2],
        )
    )
    changes = []
    for patron, rule, kind, reason, paid, reset in wanted:
        paid_removal = paid and kind is ChangeKind.REMOVE
        change = Change(
            patron=patron,
            rule=rule,
            kind=kind,
            restriction_type=f"CW_{rule.upper()}",
            reason=reason,
            rule_kind=kinds[rule],
            paid=paid_removal,
        )
        changes.append(change)
        if rule == "pin" and kind is ChangeKind.REMOVE and reset:
            changes.append(replace(change, kind=ChangeKind.RESET_PIN))
    return make_plan(changes, {}.get)


# For the oracle: a rule of its own kind of value, and a history of steps.


@st.composite
def plain_rules(draw: st.DrawFn) -> TheRule:
    kind = draw(st.sampled_from(["debt", "unpaid_charge", "failed_pin", "lost_card"]))
    shared = {
        "restore": draw(st.booleans()),
        "override_days": draw(st.sampled_from([None, 0, 1, 30])),
        "announce_days": draw(st.sampled_from([0, 0, 1, 7])),
        "inclusive": draw(st.booleans()),
    }
    every = frozenset({"fee", "replacement", "other"})
    if kind == "debt":
        release = draw(st.sampled_from(["paid_in_full", "paid_in_full", "below_block", "at_most"]))
        counts = draw(st.sampled_from([every, frozenset({"fee"}), frozenset({"fee", "other"})]))
        wider = draw(st.sampled_from([every, counts]))
        net = draw(st.booleans())
        return TheRule(
            kind, 22500, release=release, release_value=5000, counts=counts, release_counts=wider, net=net, **shared
        )
    if kind == "unpaid_charge":
        return TheRule(kind, 0, counts=frozenset({"replacement"}), **(shared | {"inclusive": False}))
    if kind == "failed_pin":
        release = draw(st.sampled_from(["staff", "counter_reset", "after_minutes"]))
        return TheRule(kind, 5, release=release, release_value=draw(st.sampled_from([1, 30, 90])), **shared)
    return TheRule(kind, release=draw(st.sampled_from(["flag_cleared", "staff"])), **shared)


@dataclass(frozen=True)
class Step:
    """What happens before a cycle, and whether that cycle's writes are made."""

    later: int
    event: str
    number: str
    amount: int
    kind: str
    attempts: int
    unknown: frozenset[str]
    written: bool


EVENTS = (
    *("charge", "charge", "grow", "pay_one", "pay_part", "pay_all", "pay_all_then_charge", "give_credit"),
    *(
        "no_credit",
        "attempts",
        "attempts",
        "lose",
        "find",
        "staff_lift",
        "staff_lift",
        "staff_set",
        "nothing",
        "nothing",
    ),
)
MILLIONTHS = tuple(int(Decimal(amount) * 10**6) for amount in AMOUNTS)

steps = st.lists(
    st.builds(
        Step,
        later=st.sampled_from([1, 1, 29, 30, 60, 600, 1440, 7 * 1440, 30 * 1440]),
        event=st.sampled_from(EVENTS),
        number=st.sampled_from("abcd"),
        amount=st.sampled_from(MILLIONTHS),
        kind=st.sampled_from(["fee", "replacement", "other"]),
        attempts=st.sampled_from([-1, 0, 3, 4, 5, 6, 9]),
        unknown=st.sampled_from(
            [frozenset()] * 9 + [frozenset({name}) for name in ("charges", "credit", "attempts", "lost")]
        ),
        written=st.sampled_from([True] * 7 + [False]),
    ),
    min_size=1,
    max_size=14,
)


def happens(step: Step, known: TheFacts, now: int) -> TheFacts:  # noqa: C901, PLR0911 - one line an event
    """The facts after a step's event at that minute."""
    present = {number: (kind, sum_) for number, kind, sum_ in known.charges or ()}
    match step.event:
        case "charge":
            present.setdefault(step.number, (step.kind, step.amount))
        case "grow" if step.number in present:
            kind, amount = present[step.number]
            present[step.number] = (kind, amount + step.amount)
        case "pay_one":
            present.pop(step.number, None)
        case "pay_part" if step.number in present:
            kind, amount = present[step.number]
            present[step.number] = (kind, max(1, amount - step.amount))
        case "pay_all":
            return replace(known, charges=(), settled=now)
        case "pay_all_then_charge":
            return replace(known, charges=((step.number.upper(), step.kind, step.amount),), settled=now - 1)
        case "give_credit":
            return replace(known, credit=step.amount)
        case "no_credit":
            return replace(known, credit=0)
        case "attempts":
            return replace(known, attempts=step.attempts)
        case "lose" | "find":
            return replace(known, lost=step.event == "lose")
        case "staff_lift":
            return replace(known, row_made=None)
        case "staff_set" if known.row_made is None:
            return replace(known, row_made=now - step.later // 2)
    return replace(known, charges=tuple((number, *rest) for number, rest in sorted(present.items())))
