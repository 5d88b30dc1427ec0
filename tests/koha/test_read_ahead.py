"""While a page is made into facts the next one is asked for: that one and no other, and in the walk's own order."""

import json
from collections.abc import Callable
from datetime import datetime
from threading import Event, current_thread, main_thread
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from adapters.http import HttpApi
from adapters.koha.source import PluginSource
from sidecar.core.model import Facts
from sidecar.errors import IlsUnreachable, IncompletePull, Stopped

from .replay import AS_OF, PLUGIN, plugin_page, plugin_patron

PATRONS: Final = f"{PLUGIN}/patrons"
SOON: Final = 30.0
"""Seconds within which what happens meanwhile has happened, on the busiest machine."""


class Walk:
    """A plugin with seven patrons. `asked` are the pages that were asked for, by whom they come after, `apart` those of
    them that did not keep the caller waiting; `before` runs as a page is asked for."""

    def __init__(self, koha: responses.RequestsMock, before: Callable[[int], None] = lambda after: None) -> None:
        self.asked: list[int] = []
        self.apart: list[int] = []
        self.second = Event()
        self._before = before
        koha.add_callback("GET", PATRONS, self._answer)

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        said = {key: int(value[0]) for key, value in parse_qs(urlsplit(str(request.url)).query).items()}
        after = said["after"]
        self.asked.append(after)
        if current_thread() is not main_thread():
            self.apart.append(after)
        if after:
            self.second.set()
        self._before(after)
        numbers = [number for number in range(1, 8) if number > after][: said["limit"]]
        last = numbers[-1] if len(numbers) == said["limit"] else None
        page = {"as_of": AS_OF, "patrons": [plugin_patron(one) for one in numbers], "next_after": last}
        return 200, {}, json.dumps(page)


def test_the_next_page_is_asked_for_while_one_is_made_into_facts_and_the_order_stays(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    walk = Walk(koha)

    def keeps(facts: Facts, as_of: datetime) -> bool:
        return walk.second.wait(SOON)

    pull = PluginSource(http, page_size=2).pull(keeps=keeps)
    assert [facts.patron.id for facts in pull.facts] == ["1", "2", "3", "4", "5", "6", "7"]
    assert walk.asked == [0, 2, 4, 6]
    assert walk.apart == [2, 4, 6], "nobody works while the first one comes"


def test_no_page_is_asked_for_before_the_one_ahead_is_being_made_into_facts(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    walk, known = Walk(koha), []

    def keeps(facts: Facts, as_of: datetime) -> bool:
        walk.second.wait(SOON)
        known.append((int(facts.patron.id), max(walk.asked)))
        return True

    PluginSource(http, page_size=2).pull(keeps=keeps)
    assert all(ahead <= (patron + 1) // 2 * 2 for patron, ahead in known)


def test_a_walk_of_one_page_needs_nobody_else(koha: responses.RequestsMock, http: HttpApi) -> None:
    walk = Walk(koha)
    assert len(PluginSource(http, page_size=8).pull().facts) == 7
    assert (walk.asked, walk.apart) == ([0], [])


def test_a_page_ahead_that_fails_fails_the_pull_once_it_is_its_turn(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.get(PATRONS, json=plugin_page([3, 9], 9))
    koha.get(PATRONS, status=500, json={})
    read: list[int] = []
    with pytest.raises(IlsUnreachable):
        PluginSource(http, page_size=2).pull(progress=lambda patrons, of: read.append(patrons))
    assert read == [2]


def test_a_page_ahead_that_is_not_what_was_asked_for_fails_it_too(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(PATRONS, json=plugin_page([3, 9], 9))
    koha.get(PATRONS, json=plugin_page([12, 12], 12))
    with pytest.raises(IncompletePull, match="out of order or twice"):
        PluginSource(http, page_size=2).pull()


def test_after_a_page_that_breaks_the_walk_no_other_one_is_asked_for(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.get(PATRONS, json=plugin_page([9, 3], 3))
    second = koha.get(PATRONS, json=plugin_page([12]))
    with pytest.raises(IncompletePull):
        PluginSource(http, page_size=2).pull()
    assert second.call_count == 0


def test_whoever_stops_does_not_wait_for_the_page_ahead(koha: responses.RequestsMock, http: HttpApi) -> None:
    over, let_go = Event(), Event()

    def never(after: int) -> None:
        if after:
            let_go.wait(SOON)
            over.set()

    walk = Walk(koha, never)

    def progress(read: int, of: int | None) -> None:
        walk.second.wait(SOON)
        raise Stopped("enough")

    with pytest.raises(Stopped):
        PluginSource(http, page_size=2).pull(progress=progress)
    assert not over.is_set()
    let_go.set()
    assert over.wait(SOON)
    assert walk.asked == [0, 2]
