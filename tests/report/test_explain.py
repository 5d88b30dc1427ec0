"""One patron explained."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from sidecar.core.model import UNKNOWN, AgencyReport, Case, Evidence, Facts, Kind, Stage
from sidecar.core.plan import ChangeKind
from sidecar.core.policy import (
    AfterMinutes,
    AgencyConfirmation,
    AtMost,
    BelowBlock,
    ByStaff,
    CounterReset,
    ExceptionClause,
    Policy,
    Rule,
    RuleKind,
    Scope,
)
from sidecar.core.verdict import Decision
from sidecar.desk import Circumstances, answer
from sidecar.ports import ChangeRecord, Result
from sidecar.report import explain_json, print_explanation
from sidecar.report.words.ways_out import what_would_change

from .build import BILL, DEBT, LOST, NOW, PIN, POLICY, World, case, facts, fee, library, row, terms

MAIN = frozenset({"MAIN"})
CLAIM = Rule(
    id="claim",
    kind=RuleKind.COLLECTION,
    restriction_type="CW_CLAIM",
    terms=terms(AgencyConfirmation(), 0, announce=7),
)


def decided(one: Facts, *cases: Case, policy: Policy = POLICY, scope: Scope | None = None) -> Decision:
    world = World([one], {one.patron.id: {each.rule: each for each in cases}}, policy=policy, scope=scope or Scope())
    (decision,) = world.decisions()
    return decision


def explained(decision: Decision, *changes: ChangeRecord, policy: Policy = POLICY, show_names: bool = False) -> str:
    sink = StringIO()
    said = answer(decision, policy, NOW, Circumstances())
    print_explanation(said, decision, policy, changes, Console(file=sink, width=100), show_names=show_names)
    return sink.getvalue()


def structured(decision: Decision, *changes: ChangeRecord, at: Circumstances | None = None) -> dict[str, Any]:
    said = answer(decision, POLICY, NOW, at or Circumstances())
    return json.loads(explain_json(said, decision, POLICY, changes, show_names=False))


def ways(rule: Rule, one: Facts, *cases: Case) -> str:
    """What would change the verdict of one rule."""
    policy = replace(POLICY, rules=(rule,))
    return " ".join(what_would_change(decided(one, *cases, policy=policy).verdicts[0], policy))


def record(**news: Any) -> ChangeRecord:
    usual: dict[str, Any] = {
        "id": 1,
        "cycle": 7,
        "patron": "4713",
        "rule": "debt",
        "kind": ChangeKind.ADD,
        "restriction_type": "CW_DEBT",
        "reason": "reached",
        "evidence": {"counted": 31200, "threshold": 22500, "operator": "block_at", "lines": ["1"]},
        "policy_digest": "p",
        "approved": True,
        "intended": datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
        "result": Result.WRITTEN,
        "concluded": NOW,
        "message": "",
    }
    return ChangeRecord(**(usual | news))


def blocked() -> Decision:
    one = facts(
        "4713",
        charges=(fee("87.50"), fee("100.00", "2", "LOST")),
        credit=Decimal("12.50"),
        restrictions=(row("CW_DEBT"), row("SUSPENSION", ours=False, comment="gossip of staff")),
    )
    return decided(one, case("4713", DEBT))


def test_a_blocked_patron_at_the_desk(snapshot: SnapshotAssertion) -> None:
    assert explained(blocked(), record(), record(result=None, kind=ChangeKind.REMOVE, reason="paid")) == snapshot


def test_a_patron_without_the_plugin(snapshot: SnapshotAssertion) -> None:
    one = facts("4712", charges=(fee("312.00"),), restrictions=UNKNOWN, restricted=True, etag=None)
    assert explained(decided(one)) == snapshot


def test_what_staff_wrote_is_shown_only_with_names() -> None:
    assert "gossip" not in explained(blocked())
    assert "gossip" in explained(blocked(), show_names=True)


def test_foreign_rows_are_said_to_be_staffs() -> None:
    assert "set by staff, not Cardwarden's" in explained(blocked())


def test_a_patron_out_of_scope_has_no_verdicts() -> None:
    one = facts("1", library="BRANCH", restrictions=(row("CW_DEBT"),))
    text = explained(decided(one, scope=Scope(libraries=MAIN)))
    assert "out of scope" in text
    assert "A block from when the rules applied to the patron (CW_DEBT): no rule ends it" in text


def test_unknown_facts_are_named() -> None:
    text = explained(decided(facts("1", charges=UNKNOWN, restrictions=UNKNOWN, library=UNKNOWN)))
    assert "The charges could not be read" in text
    assert "whether a flag is set is not known" in text
    assert "Debt (rule debt): cannot be said, because the charges could not be read." in text


def test_an_exception_that_applies_is_named() -> None:
    text = explained(decided(facts("1", born=date(2012, 1, 1), charges=(fee("150.00"),))))
    assert "Exception that applies: under 18 years: blocks at 100.00, released when all is paid." in text


def test_an_exempt_patron_is_told_so() -> None:
    exempt = ExceptionClause(terms(ByStaff(), exempt=True), categories=frozenset({"STAFF"}), libraries=MAIN)
    policy = replace(POLICY, rules=(replace(DEBT, exceptions=(exempt,)),))
    text = explained(decided(facts("1", category="STAFF", charges=(fee("999.00"),)), policy=policy), policy=policy)
    assert "Exception that applies: category STAFF, library MAIN: exempt." in text
    assert "Exempt: this rule never blocks this card." in text


IN_DEBT: dict[str, Any] = {"charges": (fee("312.00"),), "restrictions": (row("CW_DEBT"),)}
LOCKED: dict[str, Any] = {"failed_pin": 5, "restrictions": (row("CW_PIN"),)}


@pytest.mark.parametrize(
    ("rule", "known", "cases", "expected"),
    [
        (DEBT, IN_DEBT, [case("1", DEBT)], "Paying all 312.00 DKK ends this block; paying a part does not."),
        (DEBT, {"charges": (fee("212.50"),)}, [], "Blocks when 12.50 DKK more is owed."),
        (DEBT, {"charges": (fee("312.00"),)}, [], "Paying at least 87.01 DKK before that prevents it."),
        (DEBT, {"restrictions": (row("CW_DEBT"),)}, [case("1", DEBT)], "The next cycle that writes lifts this block."),
        (DEBT, {"charges": UNKNOWN}, [], "Nothing changes until a cycle can tell."),
        (
            replace(DEBT, terms=terms(BelowBlock(), 22500)),
            IN_DEBT,
            [case("1", DEBT)],
            "Paying at least 87.01 DKK ends this block.",
        ),
        (
            replace(DEBT, terms=terms(AtMost(2000), 22500)),
            IN_DEBT,
            [case("1", DEBT)],
            "Paying at least 292.00 DKK, down to 20.00 DKK or less, ends this block.",
        ),
        (replace(DEBT, retired=True), {"charges": (fee("312.00"),)}, [], "The rule is retired: it blocks nobody."),
        (
            replace(DEBT, counts=frozenset({Kind.FEE})),
            {"charges": (fee("1.00"),)},
            [],
            "Blocks when 224.00 DKK in fees more is owed.",
        ),
        (
            replace(DEBT, terms=terms(DEBT.terms.release, 22500, announce=7)),
            {"charges": (fee("312.00"),)},
            [],
            "Will block on 2026-12-01 unless at least 87.01 DKK is paid by then.",
        ),
        (
            BILL,
            {"charges": (fee("349.00", charge_type="LOST"),), "restrictions": (row("CW_BILL"),), "credit": Decimal(50)},
            [case("1", BILL)],
            "paying a part does not. The 50.00 DKK of unapplied credit is not set against it.",
        ),
        (BILL, {}, [], "Announced as soon as anything is owed in replacement charges."),
        (PIN, LOCKED, [case("1", PIN)], "cardwarden release 1 --rule pin --staff WHO --photo-id-checked"),
        (PIN, {"failed_pin": 3}, [], "Blocks after 2 more wrong PINs."),
        (
            replace(PIN, terms=terms(CounterReset(), 5)),
            LOCKED,
            [case("1", PIN, highest=5)],
            "A right PIN, or a counter set back",
        ),
        (
            replace(PIN, terms=terms(AfterMinutes(30), 5)),
            LOCKED,
            [case("1", PIN, since=NOW - timedelta(minutes=10))],
            "Ends by itself at 2026-11-24 03:35, 30 minutes after it was first seen.",
        ),
        (
            replace(PIN, terms=terms(AfterMinutes(30), 5)),
            {"failed_pin": 5},
            [],
            "Ends by itself 30 minutes after it was set.",
        ),
        (
            LOST,
            {"card_lost": True, "restrictions": (row("CW_LOST"),)},
            [case("1", LOST)],
            "Clearing the lost flag in the ILS",
        ),
        (LOST, {}, [], "Blocks when the card is flagged lost in the ILS."),
        (
            replace(LOST, terms=terms(ByStaff())),
            {"card_lost": True, "restrictions": (row("CW_LOST"),)},
            [case("1", LOST)],
            "Staff must check valid photo ID",
        ),
        (CLAIM, {"charges": (fee("900.00"),)}, [], "Will block on 2026-12-01 unless all 900.00 DKK is paid by then."),
        (
            CLAIM,
            {"charges": (fee("900.00"),), "restrictions": (row("CW_CLAIM"),)},
            [case("1", CLAIM)],
            "Ends by itself when the collection office reports the whole claim paid; the library cannot lift it.",
        ),
        (
            DEBT,
            {"charges": (fee("312.00"),)},
            [case("1", DEBT, Stage.OVERRIDDEN, evidence=Evidence(counted=31200, lines=("1",)))],
            "Blocks again with a new charge, or when 624.00 DKK is owed; a known charge that grows does not.",
        ),
        (
            PIN,
            {"failed_pin": 5},
            [case("1", PIN, Stage.OVERRIDDEN, evidence=Evidence(attempts=5))],
            "Blocks again with another wrong PIN above the 5 that staff saw.",
        ),
        (
            replace(LOST, override_days=30),
            {"card_lost": True},
            [case("1", LOST, Stage.OVERRIDDEN)],
            "Blocks again when the lost flag is cleared and set anew. Staff's lifting holds until 2026-12-04.",
        ),
    ],
)
def test_what_would_change_it(rule: Rule, known: dict[str, Any], cases: list[Case], expected: str) -> None:
    assert expected in ways(rule, facts("1", **known), *cases)


def test_a_claim_that_the_office_reports_paid_is_lifted() -> None:
    one = facts("1", restrictions=(row("CW_CLAIM"),), agency=AgencyReport(NOW - timedelta(days=1)))
    assert ways(CLAIM, one, case("1", CLAIM)) == "The next cycle that writes lifts this block."


def test_the_json_says_the_same() -> None:
    found = structured(blocked(), record())
    debt = found["rules"][0]
    assert found["schema"] == "cardwarden.explain/1"
    assert (debt["standing"], debt["in_force"], debt["blocks"], debt["releases"]) == ("blocked", True, False, False)
    assert debt["case"] == {"stage": "blocked", "since": "2026-11-04T02:15:00Z"}
    assert debt["what_would_change"] == ["Paying all 175.00 DKK ends this block; paying a part does not."]
    assert found["credit"] == {"amount": "12.50", "minor": 1250}
    assert [each["ours"] for each in found["restrictions"]] == [True, False]
    assert found["changes"][0]["sentence"] == "owes 312.00 DKK, blocks at 225.00"


def test_the_json_says_null_where_nothing_is_known() -> None:
    one = facts("1", charges=UNKNOWN, credit=UNKNOWN, restrictions=UNKNOWN)
    found = structured(decided(one))
    assert (found["charges"], found["credit"], found["restrictions"]) == (None, None, None)
    assert found["rules"][0]["blocks"] is None


def test_every_patron_of_the_library_can_be_explained() -> None:
    for decision in library().decisions():
        assert "Result:" in explained(decision)
