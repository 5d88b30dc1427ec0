"""Fifteen differing patrons at the desk: what `explain` says is done, by the ways that a library has, and then the card
is as it said."""

import json
from typing import Any

import pytest

from adapters.standin.library.library import Library
from adapters.standin.library.records import millionths
from tests.conftest import Command

PATRONS = (
    "owes_exactly_the_limit",
    "owes_one_ore_less",
    "owes_half_an_ore_less",
    "owes_much",
    "owes_a_replacement",
    "owes_replacement_and_fees",
    "owes_less_after_credit",
    "debits_and_credits_cancel",
    "pin_failed_to_the_limit",
    "pin_failed_and_owes",
    "card_lost",
    "restricted_by_staff",
    "suspended_by_staff",
    "staff_restriction_expired",
    "restricted_by_staff_and_owes",
)
KINDS = {"LOST": "replacement", "MANUAL": "other", "PAYOUT": "other"}


def answer(cardwarden: Command, patron: int) -> dict[str, Any]:
    said = cardwarden("explain", str(patron), "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)["answer"]  # type: ignore[no-any-return]


def do(step: dict[str, Any], cardwarden: Command, library: Library, patron: int) -> None:
    match step["step"]:
        case "pay":
            for part in step["parts"]:
                lines = library.patrons[patron].open_debits()
                first = [line.id for line in lines if KINDS.get(line.type, "fee") == part["kind"]]
                library.credit(
                    library.patrons[patron], millionths(part["sum"]["amount"]), first=first, payment_type="MOBILEPAY"
                )
        case "show_id":
            said = cardwarden("release", str(patron), "--rule", step["rule"], "--staff", "AB", "--photo-id-checked")
            assert said.code == 0, said.err
        case "clear_flag":
            library.card_lost(patron, lost=False)
        case unknown:
            raise AssertionError(unknown)


@pytest.mark.parametrize("name", PATRONS)
def test_what_is_said_is_done_and_the_card_is_as_it_said(applied: Command, library: Library, name: str) -> None:
    patron = library.subjects[name]
    said = answer(applied, patron)
    for step in said["steps"]:
        do(step, applied, library, patron)
    applied("reconcile", "--apply")
    after = answer(applied, patron)
    named = {(each["block"]["source"], each["block"]["restriction_type"]) for each in said["stays"]}
    assert {(block["source"], block["restriction_type"]) for block in after["blocks"]} == named
    assert after["blocked"] is bool(named)
    assert said["free_then"] is not bool(named)


def test_the_fifteen_differ(applied: Command, library: Library) -> None:
    told = {name: answer(applied, library.subjects[name]) for name in PATRONS}
    assert sum(bool(each["steps"]) for each in told.values()) >= 8
    assert sum(each["blocked"] for each in told.values()) >= 10
    assert any(each["stays"] and each["steps"] for each in told.values())


def test_the_answer_stands_before_the_details_in_the_language_asked_for(applied: Command, library: Library) -> None:
    patron = str(library.subjects["owes_much"])
    text = applied("explain", patron, "--language", "en").out
    assert text.index("The card is blocked") < text.index("What to do") < text.index("debt (debt): blocked")
    assert "1. Pay all that is owed: 640.00 DKK" in " ".join(text.split())


def test_the_machine_s_language_is_spoken_unless_another_is_asked_for(
    applied: Command, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron = str(library.subjects["owes_much"])
    monkeypatch.setenv("LANG", "da_DK.UTF-8")
    text = " ".join(applied("explain", patron).out.split())
    assert "1. Betal alt udestående: 640,00 kr." in text
    assert "Der Ausweis ist " in applied("explain", patron, "--language", "de").out
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("CARDWARDEN_REPORT__LANGUAGE", "sv")
    assert "Betala hela skulden: 640,00 Dkr" in " ".join(applied("explain", patron).out.split())


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("reconcile",), "Resultat: "),
        (("journal",), "Kørsler"),
        (("policy", "show"), "Hvad en spærring standser i Koha"),
    ],
)
def test_every_command_that_staff_read_speaks_the_language_asked_for(
    applied: Command, command: tuple[str, ...], said: str
) -> None:
    assert said in applied(*command, "--language", "da").out


def test_mistakes_are_told_in_english(applied: Command) -> None:
    said = applied("explain", "999999999", "--language", "da")
    assert said.code == 1
    assert "Koha has no patron" in said.err


def test_a_pause_is_said(applied: Command, library: Library) -> None:
    applied("pause", "--staff", "AB")
    text = " ".join(applied("explain", str(library.subjects["owes_much"])).out.split())
    assert "Waits: writing is paused since" in text
    assert "free as soon as Cardwarden may write" in text


def test_who_released_it_and_that_photo_id_was_seen_is_said(applied: Command, library: Library) -> None:
    patron = str(library.subjects["pin_failed_to_the_limit"])
    applied("release", patron, "--rule", "pin", "--staff", "AB", "--photo-id-checked")
    text = " ".join(applied("explain", patron).out.split())
    assert "The card is not blocked." in text
    assert "Rule pin: released by staff (AB)" in text
    assert "Photo ID was seen." in text
