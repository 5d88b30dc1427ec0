"""The etag moves with each fact that decides, and with nothing else."""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

import pytest

from tests.live.client import PATRONS, Client, row
from tests.live.people import People

Act = Callable[[Client, People, int, str], object]
MOVES: Final[dict[str, Act]] = {
    "a charge": lambda koha, people, patron, kind: people.charge(patron, 5),
    "a part payment": lambda koha, people, patron, kind: people.pay(patron, 1),
    "a payment of all": lambda koha, people, patron, kind: people.pay(patron),
    "credit": lambda koha, people, patron, kind: people.pay(patron, 100),
    "a wrong PIN": lambda koha, people, patron, kind: people.mistype(patron),
    "a locked account": lambda koha, people, patron, kind: people.set_attempts(patron, -1),
    "a lost card": lambda koha, people, patron, kind: people.lose_card(patron),
    "a birth date": lambda koha, people, patron, kind: people.write(patron, date_of_birth="1985-05-06"),
    "no birth date": lambda koha, people, patron, kind: people.write(patron, date_of_birth=None),
    "a row of ours": lambda koha, people, patron, kind: koha.result(patron, set=[row(kind)]),
}
STAYS: Final[dict[str, Act]] = {
    "nothing": lambda koha, people, patron, kind: None,
    "a name": lambda koha, people, patron, kind: people.write(patron, firstname="Another"),
    "a language": lambda koha, people, patron, kind: people.write(patron, lang="en"),
    "an expiry date": lambda koha, people, patron, kind: people.write(patron, expiry_date="2040-01-01"),
    "a note": lambda koha, people, patron, kind: people.write(patron, staff_notes="A note."),
}


@pytest.mark.parametrize("act", MOVES)
def test_it_moves_with(koha: Client, people: People, kind: str, act: str) -> None:
    patron = people.owing(10)
    before = koha.facts(patron)["etag"]
    MOVES[act](koha, people, patron, kind)
    assert koha.facts(patron)["etag"] != before


@pytest.mark.parametrize("act", STAYS)
def test_it_stays_with(koha: Client, people: People, kind: str, act: str) -> None:
    patron = people.owing(10)
    before = koha.facts(patron)["etag"]
    STAYS[act](koha, people, patron, kind)
    assert koha.facts(patron)["etag"] == before


def test_it_moves_with_category_and_library(koha: Client, people: People) -> None:
    patron = people.make()
    seen = [koha.facts(patron)["etag"]]
    moves = {"category_id": people.other_category, "library_id": people.other_library}
    for field, value in moves.items():
        people.write(patron, **{field: value})
        seen.append(koha.facts(patron)["etag"])
    assert len(set(seen)) == 1 + len({*moves.values()} - {people.category, people.library})


def test_it_moves_when_all_was_settled_though_the_same_is_owed_as_before(koha: Client, people: People) -> None:
    patron = people.make()
    before = koha.facts(patron)
    people.charge(patron, 5)
    people.pay(patron)
    after = koha.facts(patron)
    assert (after["charges"], after["credit"]) == (before["charges"], before["credit"])
    assert after["etag"] != before["etag"]


def test_it_stays_with_a_comment_and_comes_back_with_what_is_undone(koha: Client, patron: int, kind: str) -> None:
    free = koha.facts(patron)["etag"]
    blocked = koha.result(patron, set=[row(kind, "One text.")])["etag"]
    amended = koha.result(patron, set=[row(kind, "Another text.")])
    assert (amended["written"], amended["etag"]) == (True, blocked)
    assert koha.result(patron, remove=[kind])["etag"] == free


def test_the_answer_to_a_change_has_the_etag_that_is_read_next(koha: Client, people: People, kind: str) -> None:
    patron = people.owing(5)
    people.mistype(patron)
    result = koha.result(patron, set=[row(kind)], reset_pin=True)
    assert result["etag"] == koha.facts(patron)["etag"]
    assert koha.result(patron, set=[row(kind)])["etag"] == result["etag"]


def test_two_patrons_who_are_alike_have_the_same(koha: Client, people: People) -> None:
    assert koha.facts(people.make())["etag"] == koha.facts(people.make())["etag"]


def test_it_is_the_digest_of_the_text_that_the_contract_says(koha: Client, people: People, kind: str) -> None:
    patron = people.owing(10, 5.5)
    people.pay(patron)
    people.pay(patron, 0.25)
    people.charge(patron, 7.125)
    people.mistype(patron, 2)
    people.lose_card(patron)
    koha.result(patron, set=[row(kind)])
    facts = koha.facts(patron)
    account = koha.good("GET", f"{PATRONS}/{patron}/account")
    lines = [(line["id"], line["type"], line["outstanding"]) for line in facts["charges"]] + [
        (line["account_line_id"], line["credit_type"], f"{line['amount_outstanding']:.6f}")
        for line in account["outstanding_credits"]["lines"]
    ]
    [restriction] = facts["restrictions"]
    text = "|".join(
        [
            *(f"{number}:{name}:{outstanding}" for number, name, outstanding in sorted(lines)),
            facts["credit"],
            "2",
            "1",
            facts["date_of_birth"],
            facts["category_id"],
            facts["library_id"],
            str(facts["settled_at"]),
            f"{restriction['id']}:{kind}:",
        ]
    )
    assert facts["credit"] == "0.250000"
    assert facts["etag"] == sha256(text.encode()).hexdigest()
