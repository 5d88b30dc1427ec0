"""`GET /patrons`: keyset pages, who is on them, and what is no page to ask for."""

from itertools import pairwise

import pytest

from tests.live.client import LARGEST_PAGE, PLUGIN, Client, Json, row
from tests.live.people import People


def ids(page: Json) -> list[int]:
    return [one["patron_id"] for one in page["patrons"]]


@pytest.fixture(scope="module")
def five(people: People) -> list[int]:
    """Five patrons who owe something, the newest of all."""
    return [people.owing(10 + number) for number in range(5)]


@pytest.mark.parametrize("everyone", [0, 1])
def test_a_full_page_says_where_the_next_begins_and_a_short_one_is_the_last(
    koha: Client, five: list[int], everyone: int
) -> None:
    koha.page(limit=1, everyone=everyone)  # a walk begins with its first page
    found: list[int] = []
    after = five[0] - 1
    while after is not None:
        page = koha.page(after=after, limit=2, everyone=everyone)
        found += ids(page)
        assert page["next_after"] == (found[-1] if len(page["patrons"]) == 2 else None)
        after = page["next_after"]
    assert found[:5] == five
    assert found == sorted(found)


def test_after_a_last_page_that_was_full_comes_an_empty_one(koha: Client, people: People, five: list[int]) -> None:
    last = people.owing(1)
    page = koha.page(after=last - 1, limit=1, everyone=1)
    assert (ids(page), page["next_after"]) == ([last], last)
    page = koha.page(after=last, limit=1, everyone=1)
    assert (page["patrons"], page["next_after"]) == ([], None)


def test_a_walk_in_small_pages_finds_whom_one_in_large_pages_finds(koha: Client, people: People) -> None:
    people.owing(1)
    whole = koha.walk()
    small = koha.walk(limit=len(whole) // 3 + 1)
    assert [one["patron_id"] for one in small] == [one["patron_id"] for one in whole]


def test_a_walk_through_everyone_finds_each_once_and_in_order(koha: Client) -> None:
    found = [one["patron_id"] for one in koha.walk(everyone=1)]
    assert len(found) == koha.status()["patron_count"]
    assert all(one < other for one, other in pairwise(found))


def test_left_alone_a_page_begins_at_the_first_patron_and_holds_500(koha: Client) -> None:
    page = koha.page(everyone=1)
    assert len(page["patrons"]) == min(500, koha.status()["patron_count"])
    assert page["patrons"] == koha.page(everyone=1, after=0, limit=500, names=0)["patrons"]


def test_who_can_matter_is_listed_and_who_cannot_is_not(
    koha: Client, people: People, kind: str, kinds: tuple[str, str]
) -> None:
    matters = {name: people.make() for name in ("owes", "has credit", "mistyped", "locked", "lost", "restricted")}
    people.charge(matters["owes"], 0.01)
    people.charge(matters["has credit"], 5)
    people.pay(matters["has credit"], 8)
    people.mistype(matters["mistyped"])
    people.set_attempts(matters["locked"], -1)
    people.lose_card(matters["lost"])
    koha.result(matters["restricted"], set=[row(kind)])
    clean, settled = people.make(), people.owing(7)
    people.pay(settled)
    found = {one["patron_id"] for one in koha.walk()}
    assert set(matters.values()) <= found
    assert not found & {clean, settled}
    assert {clean, settled} <= set(ids(koha.page(everyone=1, after=clean - 1)))


def test_who_no_longer_matters_leaves_the_list(koha: Client, people: People, kind: str) -> None:
    patron = people.owing(12.5)
    koha.result(patron, set=[row(kind)])
    people.pay(patron)
    assert patron in {one["patron_id"] for one in koha.walk()}
    koha.result(patron, remove=[kind])
    assert patron not in {one["patron_id"] for one in koha.walk()}


def test_names_come_only_when_they_are_asked_for(koha: Client, people: People, patron: int) -> None:
    [silent] = koha.page(everyone=1, after=patron - 1, limit=1)["patrons"]
    assert not silent.keys() & {"cardnumber", "surname", "firstname"}
    [named] = koha.page(everyone=1, after=patron - 1, limit=1, names=1)["patrons"]
    assert (named["surname"], named["firstname"]) == (people.surname, "Live")
    assert {key: value for key, value in named.items() if key in silent} == silent


def test_a_page_and_a_look_up_say_the_same(koha: Client, people: People, kind: str) -> None:
    patron = people.owing(3, 4.5)
    koha.result(patron, set=[row(kind)])
    [on_page] = koha.page(everyone=1, after=patron - 1, limit=1)["patrons"]
    assert on_page == koha.facts(patron)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": LARGEST_PAGE + 1},
        {"limit": -1},
        {"limit": "many"},
        {"after": -1},
        {"after": "x"},
        {"everyone": 2},
        {"everyone": "yes"},
        {"names": 2},
        {"changed_since": -1},
        {"changed_since": "2026-01-01"},
    ],
    ids=lambda query: "-".join(f"{name}={value}" for name, value in query.items()),
)
def test_a_parameter_out_of_its_bounds_is_refused(koha: Client, query: Json) -> None:
    answer = koha.call("GET", f"{PLUGIN}/patrons", params=query)
    assert answer.status_code == 400
    said = answer.json()
    assert said["status"] == 400
    assert said["errors"][0]["path"] == f"/{next(iter(query))}"
    assert said["errors"][0]["message"]


def test_a_parameter_that_is_not_declared_is_refused(koha: Client) -> None:
    answer = koha.call("GET", f"{PLUGIN}/patrons", params={"page": 2})
    assert answer.status_code == 400
    [said] = answer.json()
    assert said.keys() == {"message", "path"}
