"""`decide` against a second implementation of the table, over random lives of cards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, note
from hypothesis import strategies as st

from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Case, Charge, Facts, Kind
from sidecar.core.policy import IfLifted, Policy, Rule

from . import oracle
from .builders import (
    BELOW_BLOCK,
    COUNTER_RESET,
    DKK,
    FLAG_CLEARED,
    PAID_IN_FULL,
    STAFF,
    after_minutes,
    at_most,
    debt_rule,
    facts,
    lost_rule,
    pin_rule,
    policy,
    row,
    unpaid_rule,
)
from .oracle import Answer, Memory, TheFacts, TheRule
from .strategies import Step, happens, plain_rules, steps

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
TYPES = {"fee": "OVERDUE", "replacement": "LOST", "other": "MANUAL"}
BUILD = {"debt": debt_rule, "unpaid_charge": unpaid_rule, "failed_pin": pin_rule, "lost_card": lost_rule}


def at(minute: int) -> datetime:
    return MIDNIGHT + timedelta(minutes=minute)


def the_policy(rule: TheRule) -> Policy:
    """The same rule in the program's words."""
    releases = {
        "paid_in_full": PAID_IN_FULL,
        "below_block": BELOW_BLOCK,
        "at_most": at_most(str(DKK.major(rule.release_value))),
        "staff": STAFF,
        "counter_reset": COUNTER_RESET,
        "after_minutes": after_minutes(rule.release_value),
        "flag_cleared": FLAG_CLEARED,
    }
    more: dict[str, object] = {
        "announce_days": rule.announce_days,
        "override_days": rule.override_days,
        "if_lifted": IfLifted.RESTORE if rule.restore else IfLifted.RESPECT,
    }
    if rule.kind != "lost_card":
        level = rule.level if rule.kind == "failed_pin" else str(DKK.major(rule.level))
        more["block_at" if rule.inclusive else "block_above"] = level
    if rule.kind in {"debt", "unpaid_charge"}:
        more["counts"] = frozenset(map(Kind, rule.counts))
    if rule.kind == "debt":
        more |= {"release_counts": frozenset(map(Kind, rule.release_counts)), "net_of_credit": rule.net}
    if rule.kind != "unpaid_charge":
        more["release"] = releases[rule.release]
    built: Rule = BUILD[rule.kind](**more)  # type: ignore[operator]
    return policy(replace(built, restriction_type="CW_ONE"), time_zone=ZoneInfo("UTC"))


def the_facts(known: TheFacts) -> Facts:
    """The same card in the program's words."""
    lines = known.charges
    return facts(
        charges=UNKNOWN
        if lines is None
        else [Charge(number, TYPES[kind], Decimal(sum_).scaleb(-6)) for number, kind, sum_ in lines],
        credit=UNKNOWN if known.credit is None else Decimal(known.credit).scaleb(-6),
        failed_pin=UNKNOWN if known.attempts is None else known.attempts,
        card_lost=UNKNOWN if known.lost is None else known.lost,
        settled_at=None if known.settled is None else at(known.settled),
        rows=[] if known.row_made is None else [row("CW_ONE", created=at(known.row_made))],
    )


def gist(remembered: Case | None) -> tuple[str, datetime] | None:
    return None if remembered is None else (remembered.stage.value, remembered.since)


def the_gist(remembered: Memory | None) -> tuple[str, datetime] | None:
    return None if remembered is None else (remembered.stage, at(remembered.since))


def hidden(known: TheFacts, names: frozenset[str]) -> TheFacts:
    return replace(known, **dict.fromkeys(names))  # type: ignore[arg-type]


@given(plain_rules(), steps)
def test_decide_agrees_with_an_independent_reading_of_the_design(rule: TheRule, life: list[Step]) -> None:
    of, known, now = the_policy(rule), TheFacts(), 600
    (in_program,) = of.rules
    memory: Memory | None = None
    cases: dict[str, Case] = {}
    for step in life:
        now += step.later
        known = happens(step, known, now)
        seen = hidden(known, step.unknown)
        expected: Answer = oracle.answer(rule, seen, memory, now)
        (verdict,) = decide(the_facts(seen), cases, of, at(now)).verdicts
        note(f"{now}: {step.event} {seen} -> {expected.standing} {expected.write}")
        change = None if verdict.change is None else verdict.change.value
        assert (verdict.standing.value, change) == (expected.standing, expected.write)
        assert gist(verdict.case_after) == the_gist(expected.if_written)
        assert gist(verdict.case_now) == the_gist(expected.if_not)
        memory = expected.if_written if step.written else expected.if_not
        case_ = verdict.case_after if step.written else verdict.case_now
        cases = {} if case_ is None else {in_program.id: case_}
        if step.written and expected.write:
            known = replace(known, row_made=now if expected.write == "add" else None)


@given(plain_rules(), st.integers(0, 10**9), st.integers(0, 10**9))
def test_both_agree_on_any_sum_of_two_lines(rule: TheRule, one: int, two: int) -> None:
    known = TheFacts(charges=(("a", "fee", one), ("b", "replacement", two)), credit=two // 3)
    (verdict,) = decide(the_facts(known), {}, the_policy(rule), at(0)).verdicts
    assert verdict.blocks is oracle.would_block(rule, known)
