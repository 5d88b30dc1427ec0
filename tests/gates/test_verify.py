"""`cardwarden verify`: a Koha and its gate over real sockets, asked as an administrator would."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from adapters.standin.sip2 import StandinGate
from adapters.standin.sip2.account import Account
from tests.conftest import Command, Said
from tests.gates.conftest import NameGate, flag_hidden
from tests.gates.servers import BLOCKED, FREE, Holds, card_in, greeted, message, sealed, serving

Json = dict[str, Any]


def found(said: Said) -> Json:
    document: Json = json.loads(said.out)
    assert document["schema"] == "cardwarden.verification/1"
    return document


def cards_of(said: Said) -> dict[str, Json]:
    return {card["patron"]: card for gate in found(said)["gates"] for card in gate["cards"]}


def outcome_of(cardwarden: Command, patron: int) -> tuple[int, Json]:
    said = cardwarden("verify", "--patron", str(patron), "--json")
    return said.code, cards_of(said)[str(patron)]


def test_all_is_equal_on_the_first_day(first_day: Command) -> None:
    said = first_day("verify")
    assert said.code == 0
    assert "All is equal: " in said.out


def test_a_sample_has_the_latest_blocks_the_latest_releases_and_clean_cards(
    first_day: Command, library: Library
) -> None:
    freed = library.subjects["owes_much"]
    library.pay(freed)
    assert first_day("reconcile", "--apply").code == 0
    said = first_day("verify", "--sample", "10", "--json")
    cards = cards_of(said)
    blocked = [card for card in cards.values() if card["blocked"]]
    assert said.code == 0
    assert len(blocked) == 10
    assert cards[str(freed)]["blocked"] is False
    assert 11 <= len(cards) <= 21
    assert not any(
        card["foreign"] or card["expired"] or card["card_lost"] for card in cards.values() if not card["blocked"]
    )


def test_all_means_everyone_who_can_matter(first_day: Command, library: Library) -> None:
    said = first_day("verify", "--all", "--json")
    expected = {str(patron.id) for patron in library.patrons.values() if patron.can_matter()}
    asked = set(cards_of(said))
    assert asked <= expected
    # Whoever is never a card holder is not asked about: the statistical patron and the API's own user.
    assert {library.patrons[int(patron)].category_id for patron in expected - asked} <= {"STAT"}


@pytest.mark.parametrize(
    ("subject", "outcome", "causes"),
    [
        ("owes_much", "equal", []),
        ("pin_failed_to_the_limit", "equal", []),
        ("card_lost", "equal", []),
        ("owes_one_ore_less", "equal", []),
        ("restricted_by_staff", "closed_by_another", ["staff"]),
        ("suspended_by_staff", "closed_by_another", ["staff"]),
        ("restricted_by_staff_and_owes", "equal", []),
        ("staff_restriction_expired", "equal", []),
        ("clear", "equal", []),
    ],
)
def test_each_sort_of_card_is_named_rightly(
    first_day: Command, library: Library, subject: str, outcome: str, causes: list[str]
) -> None:
    code, card = outcome_of(first_day, library.subjects[subject])
    assert (card["outcome"], card["causes"]) == (outcome, causes)
    assert code == (0 if outcome == "equal" else 2)


@pytest.mark.parametrize(
    ("limit", "outcome"), [("5", "closed_by_another"), ("", "closed_by_another"), ("100000", "equal")]
)
def test_koha_s_own_limit_of_fines_is_the_cause_where_it_is_lower(
    first_day: Command, library: Library, limit: str, outcome: str
) -> None:
    library.set_preference("noissuescharge", limit)
    code, card = outcome_of(first_day, library.subjects["owes_little"])
    assert card["outcome"] == outcome
    if outcome != "equal":
        assert (code, card["causes"]) == (2, ["fines"])
        said = first_day("verify", "--patron", str(library.subjects["owes_little"]))
        assert "Koha's own limit of fines" in said.out
        assert "noissuescharge" in said.out


def test_charges_that_credit_covers_are_refused_by_koha_s_second_limit(first_day: Command, library: Library) -> None:
    library.set_preference("noissuescharge", "5")
    _, card = outcome_of(first_day, library.subjects["debits_and_credits_cancel"])
    assert (card["causes"], card["owed"]["minor"]) == (["fines"], 0)


def test_an_expired_card_is_refused_as_if_it_were_restricted(first_day: Command, library: Library) -> None:
    patron = library.subjects["clear"]
    library.change_patron(patron, expires=library.today().replace(year=2020))
    code, card = outcome_of(first_day, patron)
    assert (code, card["causes"], card["expired"]) == (2, ["expired"], True)


def test_a_gate_that_lets_a_blocked_card_in_is_an_alarm(first_day: Command, library: Library) -> None:
    patron = library.subjects["owes_much"]
    with flag_hidden(library, patron):
        said = first_day("verify", "--patron", str(patron))
        code, card = outcome_of(first_day, patron)
    assert said.code == code == 2
    assert "!!! Gates that are open" in said.out
    assert "!!! Result: 1 block does not hold" in said.out
    assert card["let_in"] == ["holds", "loans", "renewals"]
    assert card["sentence"] == "Blocked by debt, but the gate allows loans, renewals and holds."


def test_a_flag_without_a_row_is_told_as_such(first_day: Command, library: Library) -> None:
    patron = library.subjects["clear"]
    library.set_flag(patron, library.today().replace(year=2099), "left over")
    _, card = outcome_of(first_day, patron)
    assert card["causes"] == ["flag"]


def test_what_differs_is_read_and_asked_again_before_it_is_a_difference(
    first_day: Command, library: Library, name_gate: NameGate
) -> None:
    """The gate's first answer about the card is from before a payment, its second from after."""
    patron = library.subjects["owes_one_ore_less"]
    asked_about = []

    def hold(line: socket.socket) -> None:
        greeted(line)
        while True:
            asked = message(line)
            asked_about.append(card_in(asked))
            flags = BLOCKED if len(asked_about) == 1 else FREE
            line.sendall(sealed(flags + b"AA" + card_in(asked) + b"|BLY|", asked))

    with serving(hold) as port:
        name_gate(port, "LATE", kind="sip2")
        said = first_day("verify", "--gate", "late", "--patron", str(patron), "--json")
    assert said.code == 0
    assert found(said)["gates"][0]["asked_again"] == 1
    assert len(asked_about) == 2


def test_a_card_that_was_deleted_meanwhile_is_no_difference(
    first_day: Command, library: Library, name_gate: NameGate
) -> None:
    patron = library.create_patron()
    library.charge(patron, "OVERDUE", "20.00")

    def hold(line: socket.socket) -> None:
        greeted(line)
        asked = message(line)
        if patron in library.patrons:
            library.delete_patron(patron)
        line.sendall(sealed(BLOCKED + b"AA" + card_in(asked) + b"|BLY|", asked))

    with serving(hold) as port:
        name_gate(port, "LATE", kind="sip2")
        said = first_day("verify", "--gate", "late", "--patron", str(patron), "--json")
    assert said.code == 0
    assert cards_of(said) == {}


def test_a_change_that_waits_is_told(first_day: Command, library: Library) -> None:
    patron = library.subjects["owes_much"]
    library.pay(patron)
    said = first_day("verify", "--patron", str(patron))
    assert said.code == 0
    assert "1 card with a change that is still to be made" in said.out


def test_nothing_is_written_by_looking(first_day: Command, koha: StandinKoha, library: Library) -> None:
    rows, cycles = list(library.rows()), first_day("journal", "--all", "--json").out
    moved = {patron.id: (patron.moved_at, patron.updated_on) for patron in library.patrons.values()}
    assert first_day("verify", "--all").code in {0, 2}
    assert list(library.rows()) == rows
    assert {patron.id: (patron.moved_at, patron.updated_on) for patron in library.patrons.values()} == moved
    assert first_day("journal", "--all", "--json").out == cycles


def test_without_the_plugin_flags_are_compared(
    plain_koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, library: Library, sip_gate: StandinGate
) -> None:
    connect(plain_koha)
    code, card = outcome_of(cardwarden, library.subjects["restricted_by_staff"])
    assert (code, card["outcome"], card["blocked"], card["foreign"]) == (0, "equal", True, None)
    assert card["sentence"] == "Restricted in Koha, and refused."
    code, card = outcome_of(cardwarden, library.subjects["clear"])
    assert (code, card["outcome"], card["blocked"]) == (0, "equal", False)


# Several gates, and those that cannot be asked


def test_one_of_several_gates_can_be_named(first_day: Command, library: Library, name_gate: NameGate) -> None:
    with StandinGate(library) as second:
        name_gate(second.port, "BRANCH", kind="sip2")
        both = found(first_day("verify", "--json"))
        one = found(first_day("verify", "--gate", "branch", "--json"))
    assert {gate["gate"] for gate in both["gates"]} == {"branch", "sip2"}
    assert [gate["gate"] for gate in one["gates"]] == ["branch"]


def test_an_app_s_gate_is_asked_beside_the_self_check(
    first_day: Command, koha: StandinKoha, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.set_preference("ILS-DI", "1")
    monkeypatch.setenv("CARDWARDEN_GATES__ILSDI__URL", koha.url)
    for subject, outcome in (("owes_much", "equal"), ("clear", "equal"), ("restricted_by_staff", "closed_by_another")):
        patron = str(library.subjects[subject])
        said = found(first_day("verify", "--patron", patron, "--json"))
        assert {gate["gate"]: gate["cards"][0]["outcome"] for gate in said["gates"]} == dict.fromkeys(
            ("sip2", "ilsdi"), outcome
        )


def test_an_app_s_gate_that_is_off_is_told_with_the_preference(
    first_day: Command, koha: StandinKoha, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDWARDEN_GATES__ILSDI__URL", koha.url)
    said = first_day("verify", "--gate", "ilsdi")
    assert said.code == 1
    assert "set the preference `ILS-DI` to enabled" in " ".join(said.out.split())


def test_a_gate_that_cannot_be_asked_does_not_hide_what_another_says(
    first_day: Command, library: Library, name_gate: NameGate
) -> None:
    name_gate(1, "GONE", kind="sip2")
    said = first_day("verify")
    assert said.code == 1
    assert "gate gone: nothing listens on 127.0.0.1:1" in said.out
    assert "1 gate could not be asked" in said.out
    patron = library.subjects["owes_much"]
    with flag_hidden(library, patron):
        assert first_day("verify", "--patron", str(patron)).code == 2


def test_a_refused_login_is_one_line_and_exit_code_1(first_day: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDWARDEN_GATES__SIP2__PASSWORD", "wrong")
    said = first_day("verify")
    assert said.code == 1
    assert "gate sip2: it refused the login; check `user` and `password`" in said.out


def test_no_gate_is_an_error(koha: StandinKoha, connect: Callable[..., None], cardwarden: Command) -> None:
    connect(koha)
    said = cardwarden("verify")
    assert (said.code, said.out) == (1, "")
    assert "No gate is configured" in said.err


def test_a_gate_that_no_setting_names_is_an_error(first_day: Command) -> None:
    said = first_day("verify", "--gate", "desk")
    assert said.code == 1
    assert "No gate is called desk. In the settings: sip2." in said.err


def test_a_patron_who_is_not_there_is_an_error(first_day: Command) -> None:
    said = first_day("verify", "--patron", "99999")
    assert said.code == 1
    assert "no patron with that borrowernumber" in said.err


def test_one_patron_and_all_of_them_do_not_go_together(first_day: Command) -> None:
    assert first_day("verify", "--patron", "1", "--all").code == 1


def test_an_empty_library_has_nobody_to_ask_about(first_day: Command, library: Library) -> None:
    for patron in list(library.patrons):
        if patron != library.api_user_id:
            library.delete_patron(patron)
    said = first_day("verify")
    assert said.code == 0
    assert "There is no card to ask about" in said.out


# Accounts of other encodings


@pytest.mark.parametrize(
    ("account", "setting", "shown"),
    [
        (Account(encoding="cp850", terminator="\r"), "cp850", True),
        (Account(encoding="latin1"), "latin1", True),
        (Account(encoding="cp850"), "utf8", None),
        (Account(encoding=None), "latin1", True),
    ],
)
def test_our_text_is_found_on_the_screen_if_the_encoding_is_the_gate_s(
    first_day: Command, library: Library, name_gate: NameGate, account: Account, setting: str, shown: bool | None
) -> None:
    danish = (one for one in library.patrons.values() if "æ" in (one.debarred_comment or "") and not one.card_lost)
    patron = next(one.id for one in danish if all(row.type.startswith("CW_") for row in one.restrictions))
    with StandinGate(library, account) as gate:
        name_gate(gate.port, "OTHER", kind="sip2", encoding=setting)
        said = first_day("verify", "--gate", "other", "--patron", str(patron), "--json")
        card = cards_of(said)[str(patron)]
        told = first_day("verify", "--gate", "other", "--patron", str(patron)).out
    assert (said.code, card["outcome"], card["text_shown"]) == (0, "equal", shown)
    assert ("1 screen could not be read" in told) is (shown is None)


def test_where_the_account_names_no_encoding_koha_counts_characters(
    first_day: Command, library: Library, name_gate: NameGate
) -> None:
    patron = library.subjects["owes_much"]
    library.staff_restricts(patron, "MANUAL", "Spørg – personalet")
    with StandinGate(library, Account(encoding=None)) as gate:
        name_gate(gate.port, "OTHER", kind="sip2")
        said = first_day("verify", "--gate", "other", "--patron", str(patron), "--json")
    assert (said.code, cards_of(said)[str(patron)]["outcome"]) == (0, "equal")


def test_a_text_that_the_screen_has_lost_is_noted(first_day: Command, library: Library) -> None:
    patron = library.subjects["owes_much"]
    record = library.patron(patron)
    library.set_flag(patron, record.debarred, "Another text")
    said = first_day("verify", "--patron", str(patron))
    assert said.code == 0
    assert f"the policy's text is not on the screen of 1 refused card, e.g. {patron}" in said.out


# Secrets


@pytest.fixture
def shouting_gate() -> Holds:
    """A gate whose screens are full of what must not be told."""

    def hold(line: socket.socket) -> None:
        greeted(line)
        while True:
            asked = message(line)
            body = BLOCKED + b"AA" + card_in(asked) + b"|AESecret Name|BLY|AFStaff say: Secret Affair|"
            line.sendall(sealed(body, asked))

    return hold


@pytest.fixture
def numbers(library: Library) -> list[str]:
    return [patron.card_number for patron in library.patrons.values()]


@pytest.mark.parametrize("options", [(), ("--json",), ("--all",), ("--all", "--json")])
def test_card_numbers_names_and_screens_are_told_to_nobody(
    first_day: Command,
    shouting_gate: Holds,
    name_gate: NameGate,
    numbers: list[str],
    tmp_path: Path,
    options: tuple[str, ...],
) -> None:
    with serving(shouting_gate) as port:
        name_gate(port, "LOUD", kind="sip2")
        said = first_day("verify", *options)
    text = said.out + said.err
    assert "Secret" not in text
    assert not [number for number in numbers if number in text]
    journal = b"".join(file.read_bytes() for file in tmp_path.rglob("journal.db*"))
    assert not [number for number in numbers if number.encode() in journal]
    assert b"Secret" not in journal


def test_a_password_of_a_gate_is_shown_nowhere(first_day: Command) -> None:
    for command in (("config", "show"), ("verify", "--json"), ("config", "check")):
        said = first_day(*command)
        assert "selfcheck-pin" not in said.out + said.err
