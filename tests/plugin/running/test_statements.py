"""What the database is asked: the same number of statements however many patrons, and a page at one moment."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.live.client import Client, row
from tests.live.people import People
from tests.live.staff import Staff

from .koha import Koha

Spy = Callable[[Callable[[], object]], list[str]]


@pytest.fixture
def spy(served: Koha) -> Spy:
    """What the plugin's requests ask of the database, in their order."""

    def watch(act: Callable[[], object]) -> list[str]:
        served.sql("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = 1")
        act()
        served.sql("SET GLOBAL general_log = 0")
        rows = served.sql(
            "SELECT REPLACE(REPLACE(CONVERT(argument USING utf8mb4), '\\n', ' '), '\\t', ' ') FROM mysql.general_log "
            "WHERE command_type = 'Query' ORDER BY event_time"
        )
        return [re.sub(r"\s+", " ", text) for [text] in rows if "double_" not in text and "general_log" not in text]

    return watch


@pytest.fixture
def crowd(people: People, client: Client, staff: Staff) -> list[int]:
    """Forty who owe, paid something, and are restricted; of some a payment was voided."""
    patrons = [people.owing(10) for _ in range(40)]
    for patron in patrons:
        payment = people.pay(patron, 2)
        if patron % 3 == 0:
            staff.void(patron, payment)
    facts = client.look_up(patron_ids=patrons)["patrons"]
    client.results(*({"patron_id": one["patron_id"], "etag": one["etag"], "set": [row("CW_DEBT")]} for one in facts))
    return patrons


def test_a_request_takes_as_many_statements_for_many_patrons_as_for_few(
    client: Client, crowd: list[int], spy: Spy
) -> None:
    client.page(limit=2)
    pairs: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (lambda: client.page(limit=2), lambda: client.page(limit=39)),
        (lambda: client.page(limit=2, after=crowd[0]), lambda: client.page(limit=30, after=crowd[0])),
        (lambda: client.page(limit=2, everyone=1), lambda: client.page(limit=500, everyone=1)),
        (lambda: client.page(limit=2, changed_since=1), lambda: client.page(limit=500, changed_since=1)),
        (lambda: client.look_up(patron_ids=crowd[:1]), lambda: client.look_up(patron_ids=crowd)),
    ]
    for few, many in pairs:
        assert len(spy(few)) == len(spy(many)) < 25


def test_all_parts_take_as_many_statements_for_many_patrons_as_for_few(
    served: Koha, client: Client, crowd: list[int], spy: Spy
) -> None:
    links = ", ".join(f"({one}, {other})" for one, other in zip(crowd, crowd[1:] + crowd[:1], strict=True))
    served.sql(f"INSERT INTO borrower_relationships (guarantor_id, guarantee_id) VALUES {links}")
    parts = {"with": "address,arose,attributes,expired,guarantees,overdue", "attributes": "PLAN"}

    def page(**query: int) -> dict[str, Any]:
        return client.page(**query, **parts)

    page(limit=2)
    few, many = (spy(lambda limit=limit: page(limit=limit, after=crowd[0] - 1)) for limit in (2, 39))
    client.page(limit=2)
    plain = spy(lambda: client.page(limit=39, after=crowd[0] - 1))
    assert len(few) == len(many) == len(plain) + 9
    since = [spy(lambda limit=limit: page(limit=limit, after=crowd[0] - 1, changed_since=1)) for limit in (2, 39)]
    assert len(since[0]) == len(since[1])


@pytest.mark.parametrize("query", [{"limit": 100}, {"limit": 2}, {"everyone": 1}, {"changed_since": 1}])
def test_a_page_is_read_at_one_moment(client: Client, crowd: list[int], spy: Spy, query: dict[str, int]) -> None:
    asked = spy(lambda: client.page(**query))
    begin, end = asked.index("SET autocommit=0"), asked.index("COMMIT")
    about = [place for place, text in enumerate(asked) if text.startswith("SELECT") and "FROM borrowers b" in text]
    lines = [place for place, text in enumerate(asked) if text.startswith("SELECT") and "accountlines" in text]
    moment = asked.index("SELECT UNIX_TIMESTAMP()")
    assert about
    assert lines
    assert all(begin < place < end for place in (*about, *lines, moment))


def test_patrons_are_locked_lowest_first_before_their_facts_are_read(
    client: Client, crowd: list[int], spy: Spy
) -> None:
    facts = {one["patron_id"]: one["etag"] for one in client.look_up(patron_ids=crowd)["patrons"]}
    items = [{"patron_id": patron, "etag": facts[patron], "remove": ["CW_DEBT"]} for patron in crowd[5:0:-1]]
    asked = spy(lambda: client.results(*items))
    [lock] = [place for place, text in enumerate(asked) if "FORCE INDEX (PRIMARY)" in text]
    assert asked[lock].endswith(f"IN ('{crowd[1]}','{crowd[2]}','{crowd[3]}','{crowd[4]}','{crowd[5]}') "
                                "ORDER BY borrowernumber FOR UPDATE")  # fmt: skip
    reads = [place for place, text in enumerate(asked) if "FROM borrowers b" in text or "FROM accountlines a" in text]
    begins = [place for place, text in enumerate(asked) if text == "SET autocommit=0"]
    assert max(place for place in begins if place < lock) < lock < min(reads)
    assert "SET SESSION innodb_lock_wait_timeout = 5" in asked[:lock]
    assert asked[-1] == "SET SESSION innodb_lock_wait_timeout = @@GLOBAL.innodb_lock_wait_timeout"


def test_a_payment_costs_two_statements(client: Client, people: People, spy: Spy) -> None:
    patron = people.owing(10)
    asked = spy(lambda: people.pay(patron, 1))
    ours = [text for text in asked if "cardwarden" in text or "SUM(amountoutstanding)" in text]
    assert len(ours) == 2
