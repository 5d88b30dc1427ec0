"""An unknown fact is never zero, false or empty: what needs it is undecided, and nothing else is."""

import pytest

from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Stage
from sidecar.core.plan import ChangeKind
from sidecar.core.verdict import Standing

from .builders import (
    COUNTER_RESET,
    NOW,
    ONE_OF_EACH,
    case,
    collection_rule,
    debt_rule,
    facts,
    fee,
    lost_rule,
    pin_rule,
    policy,
    redacted,
    replacement,
    row,
    unpaid_rule,
    verdict_of,
)

NEEDS = {
    "charges": {"debt", "unpaid", "collection"},
    "credit": {"debt", "collection"},
    "failed_pin": {"pin"},
    "card_lost": {"lost"},
}
RULES = (debt_rule(), unpaid_rule(), pin_rule(release=COUNTER_RESET), lost_rule(), collection_rule())


@pytest.mark.parametrize("fact", NEEDS)
def test_on_a_free_card_an_unknown_fact_matters_only_to_the_rules_that_need_it(fact: str) -> None:
    verdicts = decide(facts(**{fact: UNKNOWN}), {}, policy(*RULES), NOW).verdicts
    assert {verdict.rule for verdict in verdicts if verdict.standing is Standing.UNDECIDED} == NEEDS[fact]
    assert {verdict.change for verdict in verdicts} == {None}


@pytest.mark.parametrize("fact", NEEDS)
def test_on_a_free_card_that_deserves_every_block_the_other_rules_still_block(fact: str) -> None:
    known = {"charges": [fee("300.00"), replacement("300.00")], "failed_pin": 9, "card_lost": True}
    verdicts = decide(facts(**(known | {fact: UNKNOWN})), {}, policy(*RULES), NOW).verdicts
    assert {verdict.rule for verdict in verdicts if verdict.standing is Standing.UNDECIDED} == NEEDS[fact]


@pytest.mark.parametrize("fact", NEEDS)
def test_a_blocked_card_keeps_the_rows_that_an_unknown_fact_could_release(fact: str) -> None:
    rows = [row(rule.restriction_type) for rule in RULES]
    cases = {rule.id: case(rule, highest=5) for rule in RULES}
    verdicts = decide(facts(rows=rows, **{fact: UNKNOWN}), cases, policy(*RULES), NOW).verdicts
    kept = {verdict.rule for verdict in verdicts if verdict.change is None}
    assert kept == NEEDS[fact] | {"collection"}, "the claim waits for the office, whatever is owed"


@pytest.mark.parametrize(
    ("fact", "named"), [("charges", ("charges",)), ("credit", ("credit",)), ("both", ("charges", "credit"))]
)
def test_the_evidence_names_what_could_not_be_read(fact: str, named: tuple[str, ...]) -> None:
    unknown = {"charges": UNKNOWN, "credit": UNKNOWN} if fact == "both" else {fact: UNKNOWN}
    evidence = verdict_of(debt_rule(), facts(**unknown)).evidence
    assert evidence.unknown == named
    assert (evidence.counted, evidence.owed) == (None, None)
    assert (evidence.credit is None) == ("credit" in named)
    assert evidence.lines == ()


def test_unknown_credit_does_not_matter_to_rules_that_do_not_set_it_off() -> None:
    known = facts(charges=[fee("300.00"), replacement("1.00")], credit=UNKNOWN)
    assert verdict_of(debt_rule(net_of_credit=False), known).change is ChangeKind.ADD
    assert verdict_of(unpaid_rule(), known).change is ChangeKind.ADD


def test_unknown_cannot_be_taken_for_true_or_false() -> None:
    with pytest.raises(TypeError, match=r"^an unknown fact is neither true nor false: compare it with `is UNKNOWN`$"):
        bool(UNKNOWN)
    assert repr(UNKNOWN) == "UNKNOWN"


# Redacted records


@pytest.mark.parametrize("stage", [None, *Stage])
def test_a_redacted_record_decides_nothing_and_forgets_nothing(stage: Stage | None) -> None:
    cases = {rule.id: case(rule, stage, highest=9) for rule in ONE_OF_EACH} if stage else {}
    decision = decide(redacted(), cases, policy(*ONE_OF_EACH), NOW)
    for verdict in decision.verdicts:
        assert (verdict.standing, verdict.change) == (Standing.UNDECIDED, None)
        assert verdict.case_now == verdict.case_after == cases.get(verdict.rule)
    assert decision.orphans == ()


def test_a_redacted_record_is_not_freed_by_a_retired_rule_and_its_case_is_kept() -> None:
    rule = debt_rule(retired=True)
    verdict = verdict_of(rule, redacted(), case(rule))
    assert (verdict.change, verdict.case_now) == (None, case(rule))


# Rows unseen: an ILS without the plugin


@pytest.mark.parametrize(
    ("owed", "restricted", "standing", "change"),
    [
        ("300.00", False, Standing.BLOCKED, ChangeKind.ADD),
        ("300.00", True, Standing.BLOCKED, ChangeKind.ADD),
        ("300.00", UNKNOWN, Standing.BLOCKED, ChangeKind.ADD),
        ("100.00", False, Standing.CLEAR, None),
        ("100.00", True, Standing.UNDECIDED, None),
        ("100.00", UNKNOWN, Standing.UNDECIDED, None),
        ("0.00", False, Standing.CLEAR, None),
        ("0.00", True, Standing.CLEAR, None),
        ("0.00", UNKNOWN, Standing.CLEAR, None),
    ],
)
def test_without_rows_it_is_said_what_would_be_and_undecided_where_a_row_would_matter(
    owed: str, restricted: object, standing: Standing, change: ChangeKind | None
) -> None:
    known = facts(charges=[fee(owed)] if owed != "0.00" else [], rows=UNKNOWN, restricted=restricted)
    verdict = verdict_of(debt_rule(), known)
    assert (verdict.standing, verdict.change) == (standing, change)
    assert verdict.in_force is (False if restricted is False else UNKNOWN)


def test_without_rows_an_unknown_fact_is_undecided() -> None:
    known = facts(charges=UNKNOWN, rows=UNKNOWN, restricted=True)
    assert verdict_of(debt_rule(), known).standing is Standing.UNDECIDED
    assert verdict_of(pin_rule(), facts(rows=UNKNOWN, restricted=True)).standing is Standing.UNDECIDED


def test_without_rows_a_rule_that_announces_would_announce_first() -> None:
    rule, known = debt_rule(announce_days=7), facts(charges=[fee("300.00")], rows=UNKNOWN, restricted=True)
    assert verdict_of(rule, known).standing is Standing.ANNOUNCED
    told = case(rule, Stage.ANNOUNCED, since=NOW.replace(month=1))
    assert verdict_of(rule, known, told).change is ChangeKind.ADD


@pytest.mark.parametrize("stage", [Stage.BLOCKED, Stage.OVERRIDDEN])
def test_without_rows_nothing_is_added_for_a_card_that_was_blocked_or_freed_by_staff(stage: Stage) -> None:
    known = facts(charges=[fee("300.00")], rows=UNKNOWN, restricted=True)
    verdict = verdict_of(debt_rule(), known, case(debt_rule(), stage))
    assert (verdict.standing, verdict.change) == (Standing.UNDECIDED, None)


def test_rows_that_cannot_be_seen_are_nobodys() -> None:
    known = facts(rows=UNKNOWN)
    assert (known.rows("CW_DEBT"), known.ours(), known.foreign()) == ((), (), ())


@pytest.mark.parametrize("restricted", [False, True, UNKNOWN])
@pytest.mark.parametrize("charges", [[fee("300.00")], []])
def test_rows_that_cannot_be_read_though_the_plugin_is_there_decide_nothing(
    charges: object, restricted: object
) -> None:
    """Without the plugin a report says who would be blocked; with it a block would be written, and never found."""
    known = facts(charges=charges, rows=UNKNOWN, restricted=restricted, etag="e1")  # type: ignore[arg-type]
    rule = debt_rule()
    for remembered in (None, case(rule)):
        verdict = verdict_of(rule, known, remembered)
        assert (verdict.standing, verdict.change, verdict.lifted) == (Standing.UNDECIDED, None, False)
        assert verdict.case_now == remembered
