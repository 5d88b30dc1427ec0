"""The first line of every report: cards, not restrictions, before and after."""

from dataclasses import replace
from datetime import timedelta

from sidecar.core.brakes import Limit, Limits
from sidecar.core.model import UNKNOWN, Currency
from sidecar.language import speaking
from sidecar.ports import DayTotal, Mode
from sidecar.report.counted.cards import WITHOUT_RULE, Step, count_cards
from sidecar.report.counted.summary import summarize
from sidecar.report.pages.head import head_lines

from .build import BILL, DEBT, NOW, POLICY, World, case, facts, fee, head_line, library, row, without_plugin
from .conftest import Printed

TODAY = NOW.date()


def blocked_twice(number: str = "1"):
    """A card that owes 300.00 and a replacement, with both restrictions on it."""
    charges = (fee("300.00"), fee("100.00", "2", "LOST"))
    return facts(number, charges=charges, restrictions=(row("CW_DEBT"), row("CW_BILL")))


def twice_in_cases(number: str = "1"):
    return {number: {"debt": case(number, DEBT), "bill": case(number, BILL)}}


def days_ago(days: int, blocked: int) -> DayTotal:
    return DayTotal(TODAY - timedelta(days=days), blocked, 0)


def test_a_card_with_two_restrictions_is_one_blocked_card():
    world = World([blocked_twice(), facts("2", charges=(fee("300.00"),))], twice_in_cases())
    assert head_line(world.findings()) == "1 of 8,000 cards is blocked (< 0.1 %), owing 400 DKK."


def test_a_dry_run_says_how_it_is_and_how_it_would_be():
    world = World([facts(str(number), charges=(fee("300.00"),)) for number in range(1, 41)], patrons=400)
    cards = count_cards(world.findings())
    assert head_lines(cards, POLICY.currency) == (
        "None of 400 cards is blocked.",
        "With all changes of the plan: 40 (10.0 %), owing 12,000 DKK.",
    )


def test_after_an_apply_the_first_line_is_what_holds_now():
    world = World([facts(str(number), charges=(fee("300.00"),)) for number in range(1, 41)], patrons=400)
    world.mode, world.limits = Mode.APPLY, Limits(additions=Limit(40))
    assert head_lines(count_cards(world.findings()), POLICY.currency) == (
        "40 of 400 cards are blocked (10.0 %), owing 12,000 DKK.",
        "Before this cycle: 0 (0.0 %).",
    )


def test_what_a_brake_holds_is_not_counted_as_blocked():
    world = World([facts(str(number), charges=(fee("300.00"),)) for number in range(1, 41)], patrons=400)
    world.mode, world.limits = Mode.APPLY, Limits(additions=Limit(2))
    now, then = head_lines(count_cards(world.findings()), POLICY.currency)
    assert now == "None of 400 cards is blocked."
    assert then.startswith("With all changes of the plan: 40 ")


def test_before_and_after_stand_side_by_side_by_rule(printed: Printed):
    world = library()
    world.mode = Mode.APPLY
    cards = summarize(world.findings()).cards
    assert cards.steps["debt"] == Step(before=4, blocked=3, freed=1, after=6)
    for step in (*cards.steps.values(), cards.step):
        assert step.before + step.blocked - step.freed == step.after
    text = printed(world.findings())
    assert "Before  Blocked  Freed  Now" in text
    assert "Clear" not in text


def test_all_cards_are_fewer_than_the_rules_together():
    world = World([blocked_twice()], twice_in_cases())
    cards = count_cards(world.findings())
    assert (cards.steps["debt"].after, cards.steps["bill"].after, cards.step.after) == (1, 1, 1)


def test_blocks_without_a_rule_are_counted_too():
    world = World([facts("1", restrictions=(row("CW_OLD"),))])
    cards = count_cards(world.findings())
    assert cards.steps == {WITHOUT_RULE: Step(1, 0, 0, 1)}
    assert cards.now.cards == 1


def test_a_row_that_has_ended_blocks_no_card():
    world = World([facts("1", restrictions=(row("CW_OLD", expires=TODAY),))])
    assert head_line(world.findings()) == "None of 8,000 cards is blocked."


def test_foreign_restrictions_are_not_counted():
    world = World([facts("1", restrictions=(row("MANUAL", ours=False),))])
    assert count_cards(world.findings()).now.cards == 0


def test_yesterday_is_compared_with():
    world = World([blocked_twice()], twice_in_cases())
    for before, words in ((5, "4 fewer than yesterday"), (0, "1 more than yesterday"), (1, "as many as yesterday")):
        world.more = {"days": (days_ago(2, 77), days_ago(1, before))}
        assert head_line(world.findings()).endswith(f"; {words}.")


def test_a_yesterday_that_is_not_known_is_not_zero():
    world = World([blocked_twice()], twice_in_cases(), more={"days": (days_ago(2, 77),)})
    assert "yesterday" not in head_line(world.findings())
    assert count_cards(world.findings()).yesterday is None


def test_the_last_day_is_today_as_the_cycle_left_it():
    world = World([blocked_twice()], twice_in_cases(), more={"days": (days_ago(1, 5), days_ago(0, 9))})
    assert count_cards(world.findings()).days == (days_ago(1, 5), DayTotal(TODAY, 1, 40000))


def test_debts_that_are_not_known_make_it_at_least():
    unknown = facts("2", charges=UNKNOWN, credit=UNKNOWN, restrictions=(row("CW_DEBT"),))
    world = World([blocked_twice(), unknown], twice_in_cases() | {"2": {"debt": case("2", DEBT)}})
    assert head_line(world.findings()) == "2 of 8,000 cards are blocked (< 0.1 %), owing at least 400 DKK."
    alone = World([unknown], {"2": {"debt": case("2", DEBT)}})
    assert head_line(alone.findings()).endswith("; what they owe is not known.")


def test_without_the_plugin_nothing_is_said_of_what_is_in_force():
    assert head_line(without_plugin().findings()) == (
        "2 of 8,000 cards would be blocked if free (< 0.1 %), owing 624 DKK."
    )


def test_a_quick_cycle_counts_no_cards_that_it_did_not_read():
    findings = replace(World([blocked_twice()], twice_in_cases()).findings(), kind="quick")
    assert head_line(findings) == "A quick cycle: it looked at 1 card, and counts no others."
    assert not any(name.startswith("cards.") for name in findings.counts())


def test_the_journal_is_given_the_totals_of_a_full_cycle():
    counts = World([blocked_twice()], twice_in_cases()).findings().counts()
    assert (counts["cards.blocked"], counts["cards.owed"], counts["cards.owed_unknown"]) == (1, 40000, 0)
    assert "cards.blocked" not in without_plugin().findings().counts()


def test_other_languages_write_their_own_numbers():
    with speaking("da"):
        policy = replace(POLICY, currency=Currency("DKK", 2))
        world = World(
            [facts("1", charges=(fee("119004.00"),), restrictions=(row("CW_DEBT"),))],
            {"1": {"debt": case("1", DEBT)}},
            policy,
        )
        assert "1 af 8.000" in head_line(world.findings())
        assert head_line(world.findings()).endswith("119.004 kr.")


def test_the_report_begins_with_the_answer(printed: Printed):
    assert printed(library().findings()).splitlines()[0] == head_line(library().findings())
