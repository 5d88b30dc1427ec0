"""The plan: additions, removals, amendments and resets, sorted, with a digest."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sidecar.core.decide import decide
from sidecar.core.model import UNKNOWN, Case, Facts, Restriction
from sidecar.core.plan import Change, ChangeKind, Plan, Reason, digest_of, make_plan, patron_order
from sidecar.core.planning import edited_rows, plan_changes
from sidecar.core.policy import Policy, Rule, RuleKind

from .builders import (
    BELOW_BLOCK,
    DAY,
    HOUR,
    NOW,
    SHORT_TEXTS,
    TEXTS,
    after_minutes,
    card,
    case,
    clause,
    debt_rule,
    facts,
    fee,
    lost_rule,
    pin_rule,
    policy,
    row,
)

DEBT, PIN = debt_rule(), pin_rule()
OWING = [fee("300.00")]
NEW_TEXTS = {"da": "Ny tekst.", "en": "New text."}
REWORDED = debt_rule(texts=NEW_TEXTS)


def planned(known: Facts, cases: dict[str, Case], *rules: Rule, **more: Any) -> list[Change]:
    of = policy(*rules)
    return list(plan_changes([decide(known, cases, of, NOW)], of, **more).changes())


def held(*rows: Restriction, **more: object) -> Facts:
    return facts(charges=OWING, rows=rows or [row()], **more)  # type: ignore[arg-type]


WRITTEN = {"debt": case(DEBT)}


# Additions and removals


def test_an_addition_says_all_that_the_ils_needs() -> None:
    (change,) = planned(facts(charges=OWING, language="en", etag="e1"), {}, DEBT)
    assert change.key == ("7", "debt", "add", "CW_DEBT")
    assert (change.comment, change.short_comment) == (TEXTS["en"], SHORT_TEXTS["en"])
    assert (change.reason, change.rule_kind, change.paid) == (Reason.REACHED, RuleKind.DEBT, False)
    assert change.evidence.counted == 30000
    assert change.case_after is not None
    assert change.case_after.comment == change.comment


def test_a_removal_writes_no_text() -> None:
    (change,) = planned(facts(rows=[row()], paid_at=NOW), WRITTEN, DEBT)
    assert change.key == ("7", "debt", "remove", "CW_DEBT")
    assert (change.comment, change.short_comment, change.case_after, change.paid) == ("", "", None, True)


@pytest.mark.parametrize(("since", "counts"), [(NOW - HOUR, True), (NOW, True), (NOW + HOUR, False)])
def test_a_payment_from_before_the_policy_began_stands_behind_no_release(since: datetime, counts: bool) -> None:
    below = debt_rule(release=BELOW_BLOCK)
    known = facts(charges=[fee("100.00")], rows=[row()], paid_at=NOW)
    (change,) = planned(known, WRITTEN, below, policy_since=since)
    assert change.paid is counts


def test_who_paid_all_is_freed_by_the_payment_under_whatever_policy() -> None:
    (change,) = planned(facts(rows=[row()], paid_at=NOW), WRITTEN, DEBT, policy_since=NOW + HOUR)
    assert change.paid
    settled = facts(charges=[fee("2.00")], rows=[row()], paid_at=NOW, settled_at=NOW)
    (change,) = planned(settled, WRITTEN, DEBT, policy_since=NOW + HOUR)
    assert (change.reason, change.paid) == (Reason.SETTLED, True)


def test_what_stays_as_it_is_needs_no_change() -> None:
    assert planned(held(), WRITTEN, DEBT) == []
    assert planned(facts(), {}, DEBT) == []


def test_foreign_rows_and_orphans_are_in_no_plan() -> None:
    known = facts(rows=[row(ours=False), row("MANUAL", ours=False), row("CW_OLD")])
    assert planned(known, {}, DEBT) == []


def test_a_release_by_time_resets_the_counter_too() -> None:
    timed = pin_rule(release=after_minutes(30))
    known = facts(failed_pin=5, rows=[row("CW_PIN")])
    removal, reset = planned(known, {"pin": case(timed)}, timed)
    assert (removal.kind, reset.kind) == (ChangeKind.REMOVE, ChangeKind.RESET_PIN)
    assert reset == replace(removal, kind=ChangeKind.RESET_PIN, case_after=None)


def test_no_other_release_resets_the_counter() -> None:
    for rule in (DEBT, lost_rule()):
        known = facts(failed_pin=3, rows=[row(rule.restriction_type)])
        assert [change.kind for change in planned(known, {rule.id: case(rule)}, rule)] == [ChangeKind.REMOVE]


# New texts


def test_a_new_text_is_written_where_ours_still_stands() -> None:
    (change,) = planned(held(row(comment=TEXTS["da"])), WRITTEN, REWORDED)
    assert (change.kind, change.reason) == (ChangeKind.AMEND, Reason.TEXT)
    assert (change.comment, change.short_comment) == ("Ny tekst.", SHORT_TEXTS["da"])
    assert change.case_after is not None
    assert change.case_after.comment == "Ny tekst."


def test_a_patron_who_changes_language_gets_the_text_in_it() -> None:
    (change,) = planned(held(row(comment=TEXTS["da"]), language="en"), WRITTEN, DEBT)
    assert change.comment == TEXTS["en"]


def test_a_row_that_holds_our_short_text_is_ours_to_amend() -> None:
    (change,) = planned(held(row(comment=SHORT_TEXTS["da"])), WRITTEN, REWORDED)
    assert change.reason is Reason.TEXT


def test_a_text_that_staff_edited_is_left_alone_and_reported() -> None:
    known = held(row(comment="Aftalt med Lis ved skranken."))
    assert planned(known, WRITTEN, REWORDED) == []
    of = policy(REWORDED)
    ((decision, edited),) = edited_rows([decide(known, WRITTEN, of, NOW)])
    assert (decision.patron, edited.comment) == ("7", "Aftalt med Lis ved skranken.")


def test_of_two_rows_the_words_that_staff_put_into_the_one_that_stays_are_kept() -> None:
    rows = row(number="1", comment="Aftalt."), row(number="2")
    (change,) = planned(held(*rows), WRITTEN, REWORDED)
    assert (change.reason, change.comment) == (Reason.DUPLICATE, "Aftalt.")


def test_of_two_rows_the_one_that_stays_gets_the_new_text_in_the_same_cycle() -> None:
    rows = row(number="1"), row(number="2", comment="Aftalt.")
    (change,) = planned(held(*rows), WRITTEN, REWORDED)
    assert (change.reason, change.comment) == (Reason.TEXT, "Ny tekst.")


@pytest.mark.parametrize("known", [held(), facts(charges=OWING)], ids=["our own text", "no row in force"])
def test_rows_with_our_text_or_gone_are_not_reported_as_edited(known: Facts) -> None:
    assert edited_rows([decide(known, WRITTEN, policy(DEBT), NOW)]) == []


def test_an_adopted_row_keeps_its_words_and_is_not_reported_as_edited() -> None:
    known = held(row(comment="Set by hand"))
    assert planned(known, {}, REWORDED) == []
    assert edited_rows([decide(known, {}, policy(REWORDED), NOW)]) == []


def test_what_we_last_wrote_being_what_we_would_write_needs_no_change() -> None:
    assert planned(held(row(comment="Aftalt.")), WRITTEN, DEBT) == []


def test_an_undecided_row_is_not_amended() -> None:
    assert planned(facts(charges=UNKNOWN, rows=[row()], flag_matches=False), WRITTEN, REWORDED) == []


def test_a_row_about_to_go_is_not_amended() -> None:
    known = facts(rows=[row(number="1"), row(number="2")], flag_matches=False)
    assert [change.kind for change in planned(known, WRITTEN, REWORDED)] == [ChangeKind.REMOVE]


def test_quick_cycles_amend_nothing() -> None:
    known = held(row(number="1"), row(number="2"), flag_matches=False)
    assert planned(known, WRITTEN, REWORDED, amend=False) == []


@pytest.mark.parametrize(
    ("rule", "rows", "reason"),
    [
        (REWORDED, [row("CW_OLD")], Reason.TEXT),
        (DEBT, [row("CW_OLD", number="1"), row("CW_OLD", number="2")], Reason.DUPLICATE),
        (DEBT, [row("CW_OLD")], Reason.FLAG),
    ],
)
def test_a_row_under_the_rules_former_type_is_amended_where_it_stands(
    rule: Rule, rows: list[Restriction], reason: Reason
) -> None:
    former = {"debt": case(DEBT, restriction_type="CW_OLD")}
    (change,) = planned(held(*rows, flag_matches=reason is not Reason.FLAG), former, rule)
    assert (change.reason, change.restriction_type) == (reason, "CW_OLD")


# Doubled rows, and flags


def test_two_rows_of_ours_of_one_type_are_kept_as_one() -> None:
    (change,) = planned(held(row(number="1"), row(number="2")), WRITTEN, DEBT)
    assert (change.kind, change.reason) == (ChangeKind.AMEND, Reason.DUPLICATE)
    assert (change.comment, change.short_comment) == (TEXTS["da"], TEXTS["da"])
    assert change.case_after is not None
    assert change.case_after.comment == TEXTS["da"]


def test_the_one_that_stays_says_what_the_row_in_force_says() -> None:
    ended = row(number="1", comment="Ended", expires=NOW.date())
    lasting = row(number="2", comment="In force", expires=NOW.date() + timedelta(days=1))
    (change,) = planned(held(ended, lasting), WRITTEN, DEBT)
    assert (change.reason, change.comment) == (Reason.DUPLICATE, "In force")


def test_which_of_two_rows_is_in_force_is_asked_on_the_librarys_day() -> None:
    """At 23:30 UTC on the second it is the third in Copenhagen."""
    of, late = policy(DEBT), NOW.replace(hour=23, minute=30)
    ended = row(number="1", comment="Ended", expires=NOW.date() + DAY)
    decision = decide(held(ended, row(number="2", comment="In force")), WRITTEN, of, late)
    (change,) = plan_changes([decision], of).changes()
    assert change.comment == "In force"


def test_a_foreign_row_of_the_same_type_is_no_duplicate() -> None:
    assert planned(held(row(number="1"), row(number="2", ours=False)), WRITTEN, DEBT) == []


def test_a_flag_that_belies_its_rows_is_recomputed_by_writing_what_is_there() -> None:
    (change,) = planned(held(row(comment="Aftalt."), flag_matches=False), WRITTEN, DEBT)
    assert (change.kind, change.reason, change.comment) == (ChangeKind.AMEND, Reason.FLAG, "Aftalt.")
    assert change.case_after is not None
    assert change.case_after.comment == TEXTS["da"], "what we wrote, not what staff wrote"


def test_a_flag_is_recomputed_by_any_change_so_one_is_enough() -> None:
    known = held(row(), row("CW_PIN"), failed_pin=5, flag_matches=False)
    cases = {"debt": case(DEBT), "pin": case(PIN)}
    assert [change.reason for change in planned(known, cases, DEBT, PIN)] == [Reason.FLAG]
    assert [change.reason for change in planned(known, cases, REWORDED, PIN)] == [Reason.TEXT]
    for order in ((DEBT, pin_rule(texts=NEW_TEXTS)), (pin_rule(texts=NEW_TEXTS), DEBT)):
        assert [change.reason for change in planned(known, cases, *order)] == [Reason.TEXT]
    paid = replace(known, charges=())
    assert [change.reason for change in planned(paid, cases, DEBT, PIN)] == [Reason.PAID]


def test_the_order_of_the_rules_does_not_say_which_row_repairs_the_flag() -> None:
    known = held(row(), row("CW_PIN"), failed_pin=5, flag_matches=False)
    assert planned(known, {}, DEBT, PIN) == planned(known, {}, PIN, DEBT)


def test_a_flag_is_left_where_no_row_of_ours_is_in_force() -> None:
    assert planned(facts(rows=[row("MANUAL", ours=False)], flag_matches=False), {}, DEBT) == []


# Order and digest


def _change(number: str = "7", rule: str = "debt", kind: ChangeKind = ChangeKind.ADD, **more: object) -> Change:
    of_type = f"CW_{rule.upper()}"
    return Change(patron=number, rule=rule, kind=kind, restriction_type=of_type, reason=Reason.REACHED, **more)  # type: ignore[arg-type]


def test_patrons_stand_by_number_and_others_after_them() -> None:
    numbers = ["10", "9", "b", "a", "100", "0"]
    plan = make_plan([_change(number) for number in numbers], {}.get)
    assert [entry.patron for entry in plan.entries] == ["0", "9", "10", "100", "a", "b"]
    assert patron_order("9") < patron_order("10") < patron_order("a")


def test_a_patrons_changes_stand_in_one_entry_under_one_etag() -> None:
    changes = [_change(rule="pin"), _change(rule="debt"), _change(rule="debt", kind=ChangeKind.REMOVE)]
    (entry,) = make_plan(changes, {"7": "e1"}.get).entries
    assert (entry.patron, entry.etag) == ("7", "e1")
    assert [change.key[1:3] for change in entry.changes] == [("debt", "add"), ("debt", "remove"), ("pin", "add")]


def test_the_plan_carries_the_etag_that_was_read() -> None:
    of = policy(DEBT)
    plan = plan_changes([decide(facts(charges=OWING, etag="e1"), {}, of, NOW)], of)
    assert [entry.etag for entry in plan.entries] == ["e1"]


def test_a_plan_counts_every_kind() -> None:
    plan = make_plan([_change("1"), _change("2"), _change("3", kind=ChangeKind.REMOVE)], {}.get)
    assert len(plan) == 3
    assert plan.counts() == {
        ChangeKind.ADD: 2,
        ChangeKind.AMEND: 0,
        ChangeKind.REMOVE: 1,
        ChangeKind.RESET_PIN: 0,
    }
    assert len(Plan()) == 0


def test_a_part_of_a_plan_drops_the_entries_left_empty() -> None:
    plan = make_plan([_change("1"), _change("2"), _change("2", "pin")], {"1": "e1", "2": "e2"}.get)
    part = plan.only(lambda change: change.rule == "pin")
    assert [(entry.patron, entry.etag, len(entry.changes)) for entry in part.entries] == [("2", "e2", 1)]


def test_the_digest_is_a_sha_256_over_patron_rule_change_and_type() -> None:
    keys = "7\x1fdebt\x1fadd\x1fCW_DEBT", "7\x1fpin\x1fadd\x1fCW_PIN"
    expected = hashlib.sha256("\x1e".join(keys).encode()).hexdigest()
    assert make_plan([_change(), _change(rule="pin")], {}.get).digest == expected
    assert digest_of([("7", "pin", "add", "CW_PIN"), ("7", "debt", "add", "CW_DEBT")]) == expected


@pytest.mark.parametrize(
    "other",
    [
        _change("8"),
        _change(rule="pin"),
        _change(kind=ChangeKind.REMOVE),
        replace(_change(), restriction_type="CW_OTHER"),
    ],
    ids=["patron", "rule", "change", "type"],
)
def test_the_digest_tells_plans_apart_by_what_they_ask(other: Change) -> None:
    assert make_plan([_change()], {}.get).digest != make_plan([other], {}.get).digest


def test_the_digest_does_not_look_at_reasons_numbers_or_texts() -> None:
    other = replace(_change(), reason=Reason.RESTORED, comment="x", short_comment="y", paid=True, case_after=case(DEBT))
    assert make_plan([_change()], {}.get).digest == make_plan([other], {"7": "e"}.get).digest


def test_writing_twice_is_writing_once() -> None:
    patron = card(REWORDED, PIN, charges=OWING, failed_pin=5, flag_matches=False)
    patron.cases = dict(WRITTEN)
    patron.staff_set(row(number="1"), row(number="2"))
    assert [change.reason for change in patron.cycle().plan.changes()] == [Reason.TEXT, Reason.REACHED]
    assert len(patron.cycle().plan) == 0
    assert len(patron.cycle(DAY).plan) == 0


# Texts


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("da", "dansk"),
        ("en", "english"),
        ("en-GB", "english"),
        ("EN_gb", "english"),
        ("nb-NO", "norsk"),
        ("nb", "dansk"),
        ("de", "dansk"),
        ("default", "dansk"),
        (None, "dansk"),
        ("", "dansk"),
    ],
)
def test_a_text_is_in_the_patrons_language_or_in_the_first_of_the_policys(language: str | None, text: str) -> None:
    texts = {"en": "english", "da": "dansk", "nb-no": "norsk"}
    assert policy().text(texts, language) == text


def test_a_text_in_none_of_the_policys_languages_is_better_than_none() -> None:
    assert policy().text({"fo": "føroyskt"}, "de") == "føroyskt"
    assert policy().text({}, "de") == ""


def test_a_policy_knows_its_rules_by_id_and_by_type() -> None:
    of: Policy = policy(DEBT, PIN)
    assert (of.rule("pin"), of.rule("other")) == (PIN, None)
    assert (of.rule_of_type("CW_PIN"), of.rule_of_type("CW_OLD")) == (PIN, None)
    assert debt_rule(exceptions=(clause(under=18),)).uses_age
    assert not debt_rule(exceptions=(clause(categories=["X"]),)).uses_age
