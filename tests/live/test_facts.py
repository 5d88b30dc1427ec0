"""What a patron's record says: the card, the lines that are open, credit, and when somebody paid."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.live.client import Client, row
from tests.live.people import BORN, People


def test_a_new_patron_has_nothing(koha: Client, people: People) -> None:
    patron = people.make(expiry_date="2039-12-31", lang="en")
    facts = koha.facts(patron)
    assert len(facts.pop("etag")) == 64
    assert facts.pop("notices", []) == [], "told by a plugin that sends any"
    assert facts == {
        "patron_id": patron,
        "library_id": people.library,
        "category_id": people.category,
        "date_of_birth": BORN,
        "lang": "en",
        "expiry_date": "2039-12-31",
        "card_lost": False,
        "login_attempts": 0,
        "charges": [],
        "credit": "0.000000",
        "settled_at": None,
        "paid_at": None,
        "money_at": None,
        "restrictions": [],
        "debarred": None,
        "flag_matches": True,
        "staff_releases": [],
    }


def test_a_birth_date_may_be_missing(koha: Client, people: People) -> None:
    assert koha.facts(people.make(date_of_birth=None))["date_of_birth"] is None


def test_charges_come_line_by_line_with_exact_amounts(koha: Client, people: People) -> None:
    patron = people.make()
    lines = [
        (people.charge(patron, 32.75), "OVERDUE", "32.750000"),
        (people.charge(patron, 0.1, "LOST"), "LOST", "0.100000"),
        (people.charge(patron, 1234567.89, "MANUAL"), "MANUAL", "1234567.890000"),
    ]
    facts, status = koha.facts(patron), koha.status()
    assert [(line["id"], line["type"], line["outstanding"]) for line in facts["charges"]] == lines
    zone = ZoneInfo(status["time_zone"] or "UTC")
    assert {line["date"] for line in facts["charges"]} == {
        datetime.fromtimestamp(status["database_time"], tz=UTC).astimezone(zone).date().isoformat()
    }
    assert {line["item_id"] for line in facts["charges"]} == {None}


def test_what_is_paid_is_gone_and_what_is_paid_in_part_is_less(koha: Client, people: People) -> None:
    patron = people.owing(10, 20)
    people.pay(patron, 12.5)
    [left] = koha.facts(patron)["charges"]
    assert left["outstanding"] == "17.500000"


def test_unapplied_credit_is_a_sum_above_nothing(koha: Client, people: People) -> None:
    patron = people.owing(10)
    people.pay(patron, 12.25)
    people.pay(patron, 0.5)
    facts = koha.facts(patron)
    assert (facts["charges"], facts["credit"]) == ([], "2.750000")


def test_a_part_payment_says_when_somebody_paid_and_not_that_all_is_settled(koha: Client, people: People) -> None:
    patron = people.owing(10)
    before = koha.status()["database_time"]
    people.pay(patron, 4)
    facts = koha.facts(patron)
    assert facts["settled_at"] is None
    assert before <= facts["paid_at"] <= koha.status()["database_time"]


def test_a_write_off_settles_and_nobody_paid(koha: Client, people: People) -> None:
    patron = people.owing(10)
    people.pay(patron, 4)
    paid = koha.facts(patron)
    assert paid["money_at"] == paid["paid_at"] is not None
    time.sleep(1.1)
    people.credit(patron, 6, "WRITEOFF")
    settled = koha.facts(patron)
    assert settled["settled_at"] == settled["paid_at"] > paid["paid_at"]
    assert settled["money_at"] == paid["money_at"]


def test_the_last_payment_settles_and_a_new_charge_does_not_unsettle(koha: Client, people: People) -> None:
    patron = people.owing(10)
    people.pay(patron, 4)
    people.pay(patron)
    settled = koha.facts(patron)
    assert settled["settled_at"] == settled["paid_at"] is not None
    time.sleep(1.1)
    people.charge(patron, 2)
    people.pay(patron, 1)
    later = koha.facts(patron)
    assert later["settled_at"] == settled["settled_at"]
    assert later["paid_at"] > settled["paid_at"]


def test_wrong_pins_are_counted_and_a_locked_card_says_so(koha: Client, people: People, patron: int) -> None:
    people.mistype(patron, 2)
    assert koha.facts(patron)["login_attempts"] == 2
    people.set_attempts(patron, -1)
    assert koha.facts(patron)["login_attempts"] == -1


def test_the_counter_stops_where_koha_locks_the_card(koha: Client, people: People, patron: int) -> None:
    limit = koha.status()["preferences"]["FailedLoginAttempts"]
    people.mistype(patron, 7)
    assert koha.facts(patron)["login_attempts"] == (min(7, int(limit)) if limit.strip("0") else 7)


def test_a_lost_card_is_lost_until_it_is_found(koha: Client, people: People, patron: int) -> None:
    people.lose_card(patron)
    assert koha.facts(patron)["card_lost"] is True
    people.lose_card(patron, lost=False)
    assert koha.facts(patron)["card_lost"] is False


def test_a_restriction_says_what_it_is(koha: Client, patron: int, kind: str) -> None:
    before = koha.status()["database_time"]
    koha.result(patron, set=[row(kind, "Kortet er spærret – spørg personalet.")])
    facts = koha.facts(patron)
    [restriction] = facts["restrictions"]
    assert restriction.pop("id") > 0
    assert before <= restriction.pop("created") <= koha.status()["database_time"]
    assert restriction == {
        "type": kind,
        "comment": "Kortet er spærret – spørg personalet.",
        "expiration": None,
        "ours": True,
    }
    assert (facts["debarred"], facts["flag_matches"]) == ("9999-12-31", True)
