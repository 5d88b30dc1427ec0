"""`POST /patrons`: some patrons by number, or one by card number."""

import pytest

from tests.live.client import NOBODY, PLUGIN, Client
from tests.live.people import People


def ids(koha: Client, *asked: int) -> list[int]:
    return [one["patron_id"] for one in koha.look_up(patron_ids=list(asked))["patrons"]]


def test_patrons_come_by_number_whatever_the_order_asked(koha: Client, people: People) -> None:
    one, two, three = people.make(), people.make(), people.make()
    assert ids(koha, three, one, two) == [one, two, three]


def test_who_does_not_exist_is_left_out(koha: Client, patron: int) -> None:
    assert ids(koha, NOBODY, patron) == [patron]
    assert ids(koha, NOBODY) == []
    assert ids(koha) == []


def test_who_is_asked_for_twice_comes_once(koha: Client, patron: int) -> None:
    assert ids(koha, patron, patron) == [patron]


def test_five_hundred_may_be_asked_for(koha: Client, patron: int) -> None:
    assert ids(koha, patron, *range(NOBODY, NOBODY + 499)) == [patron]


def test_one_is_found_by_card_number(koha: Client, people: People) -> None:
    card = f"{people.surname[-8:]}-card"
    patron = people.make(cardnumber=card)
    [found] = koha.look_up(cardnumber=card)["patrons"]
    assert found == koha.facts(patron)
    assert koha.look_up(cardnumber=f"{card}-x")["patrons"] == []


def test_names_come_only_when_they_are_asked_for(koha: Client, people: People) -> None:
    patron = people.make(cardnumber="cwl-name", firstname="Søren Æ")
    [silent] = koha.look_up(patron_ids=[patron])["patrons"]
    assert not silent.keys() & {"cardnumber", "surname", "firstname"}
    [named] = koha.look_up(patron_ids=[patron], names=True)["patrons"]
    assert (named["cardnumber"], named["surname"], named["firstname"]) == ("cwl-name", people.surname, "Søren Æ")
    assert koha.look_up(patron_ids=[patron], names=False)["patrons"] == [silent]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"names": True},
        {"patron_ids": [1], "cardnumber": "1"},
        {"patron_ids": list(range(1, 502))},
        {"patron_ids": [0]},
        {"patron_ids": ["one"]},
        {"patron_ids": [None]},
        {"patron_ids": 1},
        {"cardnumber": ""},
        {"cardnumber": "1" * 33},
        {"patron_ids": [1], "names": "yes"},
        {"patron_ids": [1], "everyone": True},
        [1],
    ],
    ids=lambda body: str(body)[:50],
)
def test_any_other_body_is_refused(koha: Client, body: object) -> None:
    answer = koha.call("POST", f"{PLUGIN}/patrons", json=body)
    assert answer.status_code == 400, answer.text
    said = answer.json()
    assert said["status"] == 400
    assert all(flaw["path"].startswith("/body") and flaw["message"] for flaw in said["errors"])


@pytest.mark.parametrize("sent", [b"", b"{", b"patron_ids=1"], ids=repr)
def test_what_is_not_json_is_refused(koha: Client, sent: bytes) -> None:
    answer = koha.call("POST", f"{PLUGIN}/patrons", data=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
