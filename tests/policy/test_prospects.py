"""What a simulation counts: cards by what would become of them, today and if all began today, and who they are."""

from datetime import date
from decimal import Decimal

import pytest

from sidecar.core.model import UNKNOWN, Charge, Facts, Patron, Restriction
from sidecar.core.plan import ChangeKind
from sidecar.core.simulation import By, Effect, Prospect, Tally
from sidecar.core.verdict import Standing

from .mistaken import DEBT, PIN
from .test_simulation import NOW, row, simulation

MILDER = DEBT.replace("225", "300")


def card(number: str, owes: str = "0", *rows: Restriction, library: str = "MAIN", **who: object) -> Facts:
    charges = (Charge("a", "OVERDUE", Decimal(owes)),) if Decimal(owes) else ()
    known = {"library": library, "category": "ADULT", "born": date(1980, 1, 1)} | who
    return Facts(Patron(number, **known), charges=charges, restrictions=rows)  # type: ignore[arg-type]


def prospect(rules: str, *facts: Facts) -> Prospect:
    return simulation(DEBT, rules, *facts).tried[0].prospect


def counted(found: Prospect) -> dict[str, int]:
    return {effect.value: tally.cards for effect, tally in found.everyone.items() if tally.cards}


@pytest.mark.parametrize(
    ("facts", "effects"),
    [
        (card("1", "250.00"), {"to_block", "blocked", "anew"}),
        (card("1", "250.00", row()), {"in_force", "blocked", "anew"}),
        (card("1", "1.00", row()), {"in_force", "blocked"}),
        (card("1", "0", row()), {"in_force", "freed"}),
        (card("1", "1.00"), set()),
        (card("1", "0", row("CW_OLD")), {"in_force", "blocked"}),
    ],
    ids=["free, owes much", "blocked, owes much", "blocked, owes little", "blocked, paid", "free", "orphan"],
)
def test_each_card_is_counted_by_what_becomes_of_it(facts: Facts, effects: set[str]) -> None:
    assert set(counted(prospect(DEBT, facts))) == effects


def test_a_card_with_two_blocks_is_one_card_and_free_only_when_the_last_one_goes() -> None:
    pin = Restriction("p", "CW_PIN", ours=True, created=NOW)
    found = prospect(DEBT + PIN, card("1", "0", row(), pin))
    assert counted(found) == {"in_force": 1, "blocked": 1}
    assert [(each.rule, each.in_force, each.planned[ChangeKind.REMOVE]) for each in found.rules] == [
        ("debt", 1, 1),
        ("pin", 1, 0),
    ]


def test_who_is_announced_is_told_apart_from_who_is_blocked_and_would_be_blocked_in_time() -> None:
    found = prospect(DEBT + "announce_days = 7\n", card("1", "250.00"))
    assert counted(found) == {"announced": 1, "anew": 1}
    assert found.rules[0].standing[Standing.ANNOUNCED] == 1


def test_if_all_began_today_no_latch_holds_a_card() -> None:
    found = prospect(MILDER, card("1", "250.00", row()), card("2", "250.00"), card("3", "310.00"))
    assert counted(found) == {"in_force": 1, "to_block": 1, "blocked": 2, "anew": 1}


def test_sums_are_of_all_that_is_owed_on_those_cards() -> None:
    found = prospect(DEBT, card("1", "250.10"), card("2", "300.00"), card("3", "1.00"))
    assert found.everyone[Effect.TO_BLOCK] == Tally(2, 550_10)


def test_charges_that_are_not_known_count_nothing() -> None:
    unknown = Facts(Patron("1", "MAIN", "ADULT", date(1980, 1, 1)), charges=UNKNOWN, restrictions=(row(),))
    assert prospect(DEBT, unknown).everyone[Effect.BLOCKED] == Tally(1, 0)


def test_codes_that_are_numbers_are_in_the_order_of_numbers_and_what_is_not_known_comes_last() -> None:
    libraries = ("10", "9", "B", "A")
    cards = [card(str(number), "250.00", library=code) for number, code in enumerate(libraries)]
    found = prospect(DEBT, *cards, card("9", library=UNKNOWN))  # type: ignore[arg-type]
    assert [group.name for group in found.groups[By.LIBRARY]] == ["9", "10", "A", "B", ""]


def test_ages_are_in_bands_in_their_order() -> None:
    born = [date(year, 1, 1) for year in (2024, 2016, 2012, 2009, 2004, 1990, 1970, 1950)]
    cards = [card(str(number), "250.00", born=each) for number, each in enumerate(reversed(born))]
    found = prospect(DEBT, *cards, card("99", "250.00", born=UNKNOWN))
    names = ["0-5", "6-11", "12-14", "15-17", "18-24", "25-39", "40-64", "65+", ""]
    assert [group.name for group in found.groups[By.AGE]] == names
    assert {group.tallies[Effect.TO_BLOCK].cards for group in found.groups[By.AGE]} == {1}


@pytest.mark.parametrize("by", By)
def test_groups_add_up_to_everyone(by: By) -> None:
    cards = [
        card(str(number), f"{number * 30}.00", *((row(),) if number % 3 else ()), library="AB"[number % 2])
        for number in range(20)
    ]
    found = prospect(DEBT, *cards)
    for effect in Effect:
        assert sum((group.tallies[effect] for group in found.groups[by]), Tally()) == found.everyone[effect]


def test_differences_are_in_the_order_of_patrons_numbers() -> None:
    found = simulation(MILDER, DEBT, *(card(number, "250.00") for number in ("10", "9", "100")))
    assert [patron for patron, _rule in found.tried[0].differences.newly_blocked] == ["9", "10", "100"]
