"""One journal writes; two who write at once leave one row; a lost answer may be asked for again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from tests.live.client import Client, row
from tests.live.people import People

ROUNDS = 5


@pytest.fixture
def suite_writes_again(koha: Client) -> Iterator[None]:
    yield
    koha.results(takeover=True)


def test_another_journal_is_refused_and_told_who_writes(koha: Client, patron: int, kind: str) -> None:
    item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "set": [row(kind)]}
    for more in ({}, {"takeover": False}):
        answer = koha.change(item, instance="another", **more)
        assert answer.status_code == 409
        said = answer.json()
        assert (said["error_code"], said["writer"]) == ("other_writer", koha.instance)
        assert said["error"]
    assert koha.rows(patron) == []
    assert koha.status()["writer"] == koha.instance


@pytest.mark.usefixtures("suite_writes_again")
def test_a_takeover_without_items_only_claims_the_place(koha: Client, patron: int, kind: str) -> None:
    assert koha.results(instance="another", takeover=True) == []
    assert koha.status()["writer"] == "another"
    item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "set": [row(kind)]}
    assert koha.change(item).json()["writer"] == "another"
    [result] = koha.results(item, instance="another")
    assert result["status"] == 201
    koha.results(takeover=True)
    assert koha.status()["writer"] == koha.instance


@pytest.mark.usefixtures("suite_writes_again")
def test_a_takeover_may_bring_its_items(koha: Client, patron: int, kind: str) -> None:
    item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "set": [row(kind)]}
    [result] = koha.results(item, instance="another", takeover=True)
    assert result["status"] == 201
    assert koha.status()["writer"] == "another"


@pytest.fixture(scope="module")
def pair(another: Callable[[], Client]) -> tuple[Client, Client]:
    """Two connections that are there when it begins."""
    one, other = another(), another()
    one.status(), other.status()
    return one, other


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What these calls give, begun at the same moment."""
    barrier = Barrier(len(calls))

    def begin(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begin, calls))


def test_two_who_ask_the_same_at_once_leave_one_row(
    koha: Client, people: People, pair: tuple[Client, Client], kind: str
) -> None:
    for _ in range(ROUNDS):
        patron = people.make()
        item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "set": [row(kind)]}
        results = at_once(*(partial(client.results, item) for client in pair))
        assert sorted((one["status"], one["written"]) for [one] in results) == [(200, False), (201, True)]
        assert len(koha.rows(patron)) == 1


def test_of_two_who_ask_for_different_things_at_once_one_is_told_that_the_facts_moved(
    koha: Client, people: People, pair: tuple[Client, Client], kinds: tuple[str, str]
) -> None:
    for _ in range(ROUNDS):
        patron = people.make()
        etag = koha.facts(patron)["etag"]
        items = [{"patron_id": patron, "etag": etag, "set": [row(kind)]} for kind in kinds]
        results = at_once(*(partial(client.results, item) for client, item in zip(pair, items, strict=True)))
        assert sorted(one["status"] for [one] in results) == [201, 412]
        [written] = [kind for kind, [one] in zip(kinds, results, strict=True) if one["written"]]
        assert [one["type"] for one in koha.rows(patron)] == [written]


def test_many_patrons_by_two_at_once_get_one_row_each(
    koha: Client, people: People, pair: tuple[Client, Client], kind: str
) -> None:
    patrons = [people.make() for _ in range(12)]
    items = [
        {"patron_id": one["patron_id"], "etag": one["etag"], "set": [row(kind)]}
        for one in koha.look_up(patron_ids=patrons)["patrons"]
    ]
    forth, back = at_once(partial(pair[0].results, *items), partial(pair[1].results, *items[::-1]))
    for one, other in zip(forth, back[::-1], strict=True):
        assert one["patron_id"] == other["patron_id"]
        assert sorted((one["status"], other["status"])) == [200, 201]
    assert [len(koha.rows(patron)) for patron in patrons] == [1] * 12


def test_two_journals_that_come_at_once_do_not_both_write(
    koha: Client, people: People, pair: tuple[Client, Client], kind: str
) -> None:
    patron = people.make()
    item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "set": [row(kind)]}
    answers = at_once(partial(pair[0].change, item), partial(pair[1].change, item, instance="another"))
    assert [answer.status_code for answer in answers] == [200, 409]
    assert len(koha.rows(patron)) == 1


def test_a_payment_at_the_same_moment_is_not_written_over(
    koha: Client, people: People, pair: tuple[Client, Client], kind: str
) -> None:
    for _ in range(ROUNDS):
        patron = people.owing(250)
        item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "set": [row(kind)]}
        [result], _ = at_once(partial(pair[0].results, item), partial(people.pay, patron, 250))
        assert (result["status"], len(koha.rows(patron))) in {(201, 1), (412, 0)}
        assert koha.facts(patron)["charges"] == []


def test_a_request_whose_answer_was_lost_may_be_sent_again(koha: Client, people: People, kind: str) -> None:
    patron = people.owing(250)
    people.mistype(patron, 2)
    item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "set": [row(kind)], "reset_pin": True}
    koha.change(item)
    before = koha.facts(patron)
    [again] = koha.results(item)
    assert (again["status"], again["written"], again["etag"]) == (200, False, before["etag"])
    assert koha.facts(patron) == before
    assert len(before["restrictions"]) == 1


def test_a_removal_whose_answer_was_lost_may_be_sent_again(koha: Client, patron: int, kind: str) -> None:
    koha.result(patron, set=[row(kind)])
    item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "remove": [kind]}
    koha.change(item)
    [again] = koha.results(item)
    assert (again["status"], again["written"]) == (200, False)
    assert koha.rows(patron) == []
