"""A void makes untrue what a payment said: when somebody paid, and that all was settled. Koha tells nobody of it."""

from collections.abc import Callable

import pytest

from tests.live.client import Client, row
from tests.live.conftest import Hands
from tests.live.people import People

pytestmark = pytest.mark.usefixtures("staff")
NextSecond = Callable[[], int]


def test_a_void_takes_back_that_somebody_paid_and_settled(koha: Client, people: People, staff: Hands) -> None:
    patron = people.owing(10)
    payment = people.pay(patron)
    settled = koha.facts(patron)
    assert settled["settled_at"] == settled["paid_at"] is not None
    staff.void(patron, payment)
    facts = koha.facts(patron)
    assert (facts["settled_at"], facts["paid_at"]) == (None, None)
    assert [line["outstanding"] for line in facts["charges"]] == ["10.000000"]
    assert facts["credit"] == "0.000000"
    assert facts["etag"] != settled["etag"]


def test_a_void_of_a_part_takes_back_what_a_later_payment_settled(
    koha: Client, people: People, staff: Hands, next_second: NextSecond
) -> None:
    patron = people.owing(10)
    first = people.pay(patron, 4)
    next_second()
    people.pay(patron)
    paid_at = koha.facts(patron)["paid_at"]
    staff.void(patron, first)
    facts = koha.facts(patron)
    assert (facts["settled_at"], facts["paid_at"]) == (None, paid_at)


def test_what_was_settled_before_the_voided_payment_stays_settled(
    koha: Client, people: People, staff: Hands, next_second: NextSecond
) -> None:
    patron = people.owing(10)
    people.pay(patron)
    before = koha.facts(patron)
    next_second()
    people.charge(patron, 5)
    second = people.pay(patron)
    assert koha.facts(patron)["settled_at"] > before["settled_at"]
    staff.void(patron, second)
    after = koha.facts(patron)
    assert (after["settled_at"], after["paid_at"]) == (before["settled_at"], before["paid_at"])


def test_a_payment_after_the_void_settles_again(
    koha: Client, people: People, staff: Hands, next_second: NextSecond
) -> None:
    patron = people.owing(10)
    staff.void(patron, people.pay(patron))
    voided_before = next_second()
    people.pay(patron)
    facts = koha.facts(patron)
    assert facts["settled_at"] == facts["paid_at"] >= voided_before


def test_whose_payment_was_voided_has_moved(
    koha: Client, people: People, staff: Hands, next_second: NextSecond
) -> None:
    patron = people.owing(10)
    payment = people.pay(patron)
    since = next_second()
    assert patron not in {one["patron_id"] for one in koha.walk(changed_since=since)}
    staff.void(patron, payment)
    assert patron in {one["patron_id"] for one in koha.walk(changed_since=since)}


def test_a_void_of_credit_that_paid_nothing_counts_too(koha: Client, people: People, staff: Hands) -> None:
    patron = people.make()
    payment = people.pay(patron, 30)
    assert koha.facts(patron)["settled_at"] is not None
    staff.void(patron, payment)
    facts = koha.facts(patron)
    assert (facts["settled_at"], facts["paid_at"], facts["credit"]) == (None, None, "0.000000")


def test_a_release_that_was_decided_before_the_void_is_refused(
    koha: Client, people: People, staff: Hands, kind: str
) -> None:
    patron = people.owing(10)
    koha.result(patron, set=[row(kind)])
    payment = people.pay(patron)
    item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "remove": [kind]}
    staff.void(patron, payment)
    [result] = koha.results(item)
    assert result["status"] == 412
    assert [one["type"] for one in koha.rows(patron)] == [kind]


def test_a_payout_takes_nothing_back(koha: Client, people: People, staff: Hands) -> None:
    patron = people.owing(10)
    payment = people.pay(patron, 30)
    settled = koha.facts(patron)
    staff.pay_out(patron, payment, 20)
    facts = koha.facts(patron)
    assert facts["credit"] == "0.000000"
    assert (facts["settled_at"], facts["paid_at"]) == (settled["settled_at"], settled["paid_at"])


def test_a_merged_record_brings_its_lines_and_rows_and_not_when_its_patron_settled(
    koha: Client, people: People, staff: Hands, kind: str, next_second: NextSecond
) -> None:
    keeper, other = people.owing(10), people.owing(5)
    people.pay(other)
    people.charge(other, 7)
    koha.result(other, set=[row(kind)])
    brought = koha.facts(other)
    since = next_second()
    staff.merge(keeper, other)
    facts = koha.facts(keeper)
    assert {line["id"] for line in brought["charges"]} < {line["id"] for line in facts["charges"]}
    assert [one["id"] for one in facts["restrictions"]] == [one["id"] for one in brought["restrictions"]]
    assert (facts["settled_at"], facts["paid_at"]) == (None, None)
    assert (facts["debarred"], facts["flag_matches"]) == ("9999-12-31", True)
    assert keeper in {one["patron_id"] for one in koha.walk(changed_since=since)}
    assert koha.look_up(patron_ids=[other])["patrons"] == []
