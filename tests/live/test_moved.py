"""`changed_since`: whoever's money, PIN counter, card or restrictions moved is found, and nobody who was left alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest

from tests.live.client import STALE, Client, row
from tests.live.people import People

NextSecond = Callable[[], int]
Act = Callable[[Client, People, int, str], object]
MOVES: Final[dict[str, Act]] = {
    "a charge": lambda koha, people, patron, kind: people.charge(patron, 5),
    "a part payment": lambda koha, people, patron, kind: people.pay(patron, 1),
    "a payment of all": lambda koha, people, patron, kind: people.pay(patron),
    "credit": lambda koha, people, patron, kind: people.pay(patron, 100),
    "a wrong PIN": lambda koha, people, patron, kind: people.mistype(patron),
    "a counter set back": lambda koha, people, patron, kind: people.set_attempts(patron, 0),
    "a lost card": lambda koha, people, patron, kind: people.lose_card(patron),
    "a restriction set": lambda koha, people, patron, kind: koha.result(patron, set=[row(kind)]),
    "a restriction removed": lambda koha, people, patron, kind: koha.result(patron, remove=[kind]),
    "a comment amended": lambda koha, people, patron, kind: koha.result(patron, set=[row(kind, "Another.")]),
    "a counter reset by us": lambda koha, people, patron, kind: koha.result(patron, reset_pin=True),
}
QUIET: Final[dict[str, Act]] = {
    "nothing": lambda koha, people, patron, kind: None,
    "a look": lambda koha, people, patron, kind: koha.facts(patron),
    "what is already as asked": lambda koha, people, patron, kind: koha.result(patron, set=[row(kind)]),
    "a refused item": lambda koha, people, patron, kind: koha.result(patron, etag=STALE, remove=[kind]),
}


@dataclass(frozen=True)
class Morning:
    """Who there was, from when on was asked, and who was found to have moved."""

    patrons: dict[str, int]
    since: int
    moved: set[int]


def prepared(koha: Client, people: People, kind: str, act: str) -> int:
    patron = people.owing(10)
    if act in {"a restriction removed", "a comment amended", "what is already as asked", "a refused item"}:
        koha.result(patron, set=[row(kind)])
    if "counter" in act:
        people.set_attempts(patron, 3)
    return patron


@pytest.fixture(scope="module")
def morning(koha: Client, people: People, kind: str, next_second: NextSecond) -> Morning:
    """Each act on a patron of its own, and one look at who moved since they began."""
    acts = MOVES | QUIET
    patrons = {name: prepared(koha, people, kind, name) for name in acts}
    since = next_second()
    for name, act in acts.items():
        act(koha, people, patrons[name], kind)
    return Morning(patrons, since, {one["patron_id"] for one in koha.walk(changed_since=since)})


@pytest.mark.parametrize("act", MOVES)
def test_who_moved_is_found(morning: Morning, act: str) -> None:
    assert morning.patrons[act] in morning.moved


@pytest.mark.parametrize("act", QUIET)
def test_who_was_left_alone_is_not(morning: Morning, act: str) -> None:
    assert morning.patrons[act] not in morning.moved


def test_it_is_found_in_the_very_second_and_not_in_a_later_one(
    koha: Client, people: People, next_second: NextSecond
) -> None:
    patron = people.owing(3)
    people.pay(patron, 1)
    paid_at = koha.facts(patron)["paid_at"]
    later = next_second()
    assert patron in {one["patron_id"] for one in koha.walk(changed_since=paid_at)}
    assert patron not in {one["patron_id"] for one in koha.walk(changed_since=later)}


def test_who_no_longer_matters_is_found_too(koha: Client, people: People, next_second: NextSecond) -> None:
    patron = people.owing(3)
    since = next_second()
    people.pay(patron)
    [found] = [one for one in koha.walk(changed_since=since) if one["patron_id"] == patron]
    assert found == koha.facts(patron)
    assert found["charges"] == []


def test_it_wins_over_everyone(koha: Client, morning: Morning) -> None:
    moved = {one["patron_id"] for one in koha.walk(changed_since=morning.since, everyone=1)}
    assert moved >= morning.moved
    assert morning.patrons["nothing"] not in moved


def test_it_comes_in_pages_too(koha: Client, morning: Morning) -> None:
    lowest = min(morning.moved & set(morning.patrons.values())) - 1
    whole = koha.page(changed_since=morning.since, after=lowest, limit=10_000)["patrons"]
    first = koha.page(changed_since=morning.since, after=lowest, limit=3)
    assert first["patrons"] == whole[:3]
    assert first["next_after"] == whole[2]["patron_id"]
    second = koha.page(changed_since=morning.since, after=first["next_after"], limit=3)
    assert second["patrons"] == whole[3:6]


def test_from_the_future_on_nobody_moved(koha: Client) -> None:
    page = koha.page(changed_since=koha.status()["database_time"] + 86_400)
    assert (page["patrons"], page["next_after"]) == ([], None)
