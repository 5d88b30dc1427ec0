"""What a cycle comes to, counted."""

from dataclasses import replace
from datetime import timedelta

from sidecar.core.brakes import Brake, Limit, Limits, RuleLimits
from sidecar.core.model import Kind
from sidecar.core.policy import AfterMinutes
from sidecar.ports import Mode, Result
from sidecar.report.counted.changes import State
from sidecar.report.counted.summary import summarize
from sidecar.report.pages.ending import Status, ending

from .build import DEBT, NOW, POLICY, World, case, facts, fee, library, row, terms, without_plugin

FEW = Limits(additions=Limit(2))


def test_rules_are_counted_as_read_as_planned_and_as_they_will_stand():
    debt, bill, pin, lost = summarize(library().findings()).rules
    assert (debt.in_force, debt.to_add, debt.to_remove, debt.overridden, debt.undecided, debt.adopted) == (
        4,
        3,
        1,
        2,
        1,
        1,
    )
    assert (bill.announced, pin.to_add, lost.in_force) == (1, 1, 1)


def test_the_verdicts_of_a_rule_add_up_to_those_examined():
    summary = summarize(library().findings())
    assert summary.examined == 14
    for each in summary.rules:
        assert each.blocked + each.announced + each.overridden + each.undecided + each.clear == summary.examined


def test_unmapped_charge_types_come_first_then_the_largest():
    types = summarize(library().findings()).charge_types
    assert [(each.type, each.kind, each.mapped) for each in types] == [
        ("Mystery", Kind.OTHER, False),
        ("OVERDUE", Kind.FEE, True),
        ("LOST", Kind.REPLACEMENT, True),
    ]
    assert [each.sum for each in types] == [1250, 189300, 34900]


def test_sums_are_exact_and_rounded_once():
    thirds = tuple(fee("0.333334", str(number)) for number in range(3))
    (only,) = summarize(World([facts("1", charges=thirds)]).findings()).charge_types
    assert only.sum == 100


def test_money_is_totalled_for_all_for_the_blocked_and_for_those_to_be_blocked():
    money = summarize(library().findings()).money
    assert (money.owed, money.patrons_owing, money.credit, money.patrons_unknown) == (225450, 8, 5000, 1)
    assert (money.owed_by_blocked, money.patrons_blocked) == (50100, 5)
    assert (money.owed_by_added, money.patrons_added) == (99100, 4)


def test_rows_of_ours_are_listed_by_what_is_odd_about_them():
    summary = summarize(library().findings())
    assert [each.patron.id for each in summary.orphans] == ["4719"]
    assert [each.patron.id for each in summary.ours_out_of_scope] == ["4721"]
    assert [each.patron.id for each in summary.edited] == ["4722"]
    assert [each.patron.id for each in summary.expiring] == ["4723"]
    assert [line.patron.id for line in summary.adopted] == ["4713"]
    assert [line.patron.id for line in summary.lifted] == ["4725"]


def test_foreign_rows_are_only_counted():
    assert [(each.type, each.rows, each.patrons) for each in summarize(library().findings()).foreign] == [
        ("MANUAL", 1, 1),
        ("SUSPENSION", 1, 1),
    ]


def test_drift_is_not_listed_as_undecided():
    many = [facts(str(number), charges=(fee("300.00"),)) for number in range(1, 41)]
    cases = {one.patron.id: {"debt": case(one.patron.id, DEBT)} for one in many}
    summary = summarize(World(many, cases).findings())
    assert len(summary.drift) == 40
    assert not summary.undecided
    assert {line.held_by for line in summary.changes} == {Brake.DRIFT}


def test_a_held_change_names_the_brake_that_holds_it():
    limits = Limits(additions=Limit(2), rules={"pin": RuleLimits(additions=Limit(0))})
    summary = summarize(replace_world(library(), limits=limits).findings())
    held = {(line.patron.id, line.held_by) for line in summary.changes if line.held_by}
    assert held == {
        ("4711", Brake.ADDITIONS),
        ("4714", Brake.ADDITIONS),
        ("4718", Brake.ADDITIONS),
        ("4715", Brake.ADDITIONS),
    }
    assert [each.rule for each in summary.held_back] == ["pin", None]


def test_release_only_is_one_line_and_holds_additions_alone():
    summary = summarize(replace_world(library(), mode=Mode.RELEASE_ONLY).findings())
    assert [(each.brake, each.asked) for each in summary.held_back] == [(Brake.RELEASE_ONLY, 4)]
    assert [line.patron.id for line in summary.in_state(State.DONE)] == ["4712"]


def test_a_held_removal_holds_its_pin_reset_too():
    timed = replace(POLICY.rules[2], terms=terms(AfterMinutes(30), 5))
    one = facts("1", failed_pin=5, restrictions=(row("CW_PIN"),))
    world = World(
        [one],
        {"1": {"pin": case("1", timed)}},
        policy=replace(POLICY, rules=(timed,)),
        limits=Limits(removals=Limit(0)),
    )
    assert {line.held_by for line in summarize(world.findings()).changes} == {Brake.REMOVALS}


def replace_world(world: World, **news) -> World:
    for name, value in news.items():
        setattr(world, name, value)
    return world


def test_every_answer_of_the_ils_is_a_state():
    answers = dict(
        zip(
            ("4711", "4712", "4714", "4715", "4718"),
            (Result.MOVED, Result.GONE, Result.REFUSED, Result.UNANSWERED, Result.ALREADY),
            strict=True,
        )
    )
    findings = replace_world(library(), mode=Mode.APPLY, answers=answers).findings()
    states = [line.state for line in summarize(findings).changes]
    assert states == [State.SKIPPED, State.SKIPPED, State.REFUSED, State.UNANSWERED, State.DONE]


def end_of(world: World):
    findings = world.findings()
    return ending(findings, summarize(findings))


def test_nothing_to_do_asks_for_nothing():
    end = end_of(World([facts("1")]))
    assert (end.status, end.commands) == (Status.NOTHING_TO_DO, ())


def test_a_dry_run_ends_with_the_command_that_applies():
    assert end_of(library()).commands == ("cardwarden reconcile --apply",)


def test_all_made_asks_for_nothing():
    end = end_of(replace_world(library(), mode=Mode.APPLY))
    assert (end.status, end.commands) == (Status.DONE, ())
    assert end.result.startswith("All 5 changes were made.")


def test_held_changes_end_with_the_commands_that_approve_them():
    world = replace_world(library(), mode=Mode.APPLY, limits=FEW)
    digest = world.findings().kept_digest
    assert digest is not None
    assert end_of(world).commands == (f"cardwarden approve {digest[:12]}", "cardwarden reconcile --apply")
    assert end_of(world).result.startswith("1 of 5 changes made and 4 held back.")


def test_a_pause_ends_with_resume():
    end = end_of(replace_world(library(), mode=Mode.APPLY, more={"paused_since": NOW - timedelta(days=1)}))
    assert end.commands == ("cardwarden resume",)


def test_a_pause_in_the_ils_ends_with_its_own_page():
    findings = library().findings()
    findings = replace(findings, mode=Mode.APPLY, status=replace(findings.status, paused=True))
    end = ending(findings, summarize(findings))
    assert "plugin's page" in end.next
    assert not end.commands


def test_a_stop_says_why():
    end = end_of(replace_world(library(), mode=Mode.APPLY, more={"stopped": "Writing was paused."}))
    assert end.next == "Writing was paused."


def test_new_texts_above_the_limit_ask_for_no_approval():
    comment = "An older text."
    many = [
        facts(str(number), charges=(fee("300.00"),), restrictions=(row("CW_DEBT", comment=comment),))
        for number in range(1, 6)
    ]
    cases = {one.patron.id: {"debt": case(one.patron.id, DEBT, comment=comment)} for one in many}
    end = end_of(World(many, cases, mode=Mode.APPLY, limits=Limits(amendments=2)))
    assert end.commands == ("cardwarden reconcile --apply",)
    assert end.result.startswith("2 of 5 changes made and 3 held back.")


def test_without_the_plugin_the_result_is_what_would_be():
    end = end_of(without_plugin())
    assert end.result.startswith("2 blocks would be set if those cards are free.")
    assert end.commands == ("cardwarden koha-plugin FILE.kpz",)
