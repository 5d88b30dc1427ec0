"""A page that outruns the time is asked for once more and smaller, and what proves good is kept for the walk."""

import json
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from adapters.http import HttpApi
from adapters.koha.source import PluginSource
from adapters.koha.stock import StockOptions, StockSource
from sidecar.errors import IlsUnreachable

from .replay import API, AS_OF, PLUGIN, Waits, account, calls, plugin_patron, stock_patron

PATRONS = f"{PLUGIN}/patrons"
EVERYBODY = range(1, 101)


def query(request: requests.PreparedRequest) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(str(request.url)).query).items()}


def asked(koha: responses.RequestsMock) -> list[tuple[int, int]]:
    """After whom and for how many each page was asked."""
    found = [query(request) for request in calls(koha, "/api/v1/contrib/cardwarden/patrons")]
    return [(int(one["after"]), int(one["limit"])) for one in found]


def plugin_that_gives_at_most(koha: responses.RequestsMock, most: int, late_from: int = 0) -> None:
    """Whoever asks for more than so many waits in vain, from that page on."""
    pages = count()

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        limit, after = int(query(request)["limit"]), int(query(request)["after"])
        if next(pages) >= late_from and limit > most:
            raise requests.ReadTimeout
        numbers = [number for number in EVERYBODY if number > after][:limit]
        last = numbers[-1] if len(numbers) == limit else None
        page = {"as_of": AS_OF, "patrons": [plugin_patron(one) for one in numbers], "next_after": last}
        return 200, {}, json.dumps(page)

    koha.add_callback("GET", PATRONS, answer)


def test_a_page_that_takes_too_long_is_asked_for_once_more_with_a_quarter_and_so_are_those_after_it(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits
) -> None:
    plugin_that_gives_at_most(koha, 30)
    source = PluginSource(http, page_size=80)
    assert [facts.patron.id for facts in source.pull().facts] == [str(number) for number in EVERYBODY]
    assert asked(koha) == [(0, 80), (0, 20), (20, 20), (40, 20), (60, 20), (80, 20), (100, 20)]
    assert waits == []


def test_a_later_page_may_prove_too_large_too(koha: responses.RequestsMock, http: HttpApi) -> None:
    plugin_that_gives_at_most(koha, 30, late_from=1)
    assert len(PluginSource(http, page_size=60).pull().facts) == len(EVERYBODY)
    assert asked(koha)[:3] == [(0, 60), (60, 60), (60, 15)]


def test_the_next_walk_begins_with_the_size_of_the_settings(koha: responses.RequestsMock, http: HttpApi) -> None:
    plugin_that_gives_at_most(koha, 30)
    source = PluginSource(http, page_size=80)
    source.pull()
    before = len(asked(koha))
    source.pull()
    assert asked(koha)[before] == (0, 80)


def test_a_second_time_too_long_is_the_end_and_says_which_settings_to_change(
    koha: responses.RequestsMock, http: HttpApi, waits: Waits
) -> None:
    plugin_that_gives_at_most(koha, 10)
    with pytest.raises(IlsUnreachable) as refused:
        PluginSource(http, page_size=80).pull()
    assert asked(koha) == [(0, 80), (0, 20)]
    message = str(refused.value)
    assert "Neither 80 nor 20 patrons came: raise koha.read_timeout, or lower koha.page_size" in message
    assert "\n" not in message
    assert waits == []


def test_a_page_of_one_is_not_made_smaller(koha: responses.RequestsMock, http: HttpApi) -> None:
    plugin_that_gives_at_most(koha, 0)
    with pytest.raises(IlsUnreachable, match="not answered in time"):
        PluginSource(http, page_size=1).pull()
    assert asked(koha) == [(0, 1)]


def test_a_koha_without_the_plugin_is_asked_for_smaller_pages_too(koha: responses.RequestsMock, http: HttpApi) -> None:
    total = str(len(EVERYBODY))

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        said = query(request)
        most = int(said["_per_page"])
        if most > 30:
            raise requests.ReadTimeout
        after = int(said["q"].partition('">": ')[2].rstrip("}")) if "q" in said else 0
        rest = [number for number in EVERYBODY if number > after]
        rest = rest[::-1] if said.get("_order_by") == "-patron_id" else rest
        headers = {"X-Base-Total-Count": total, "X-Total-Count": str(len(rest))}
        page = [stock_patron(one, restricted=True) for one in rest[:most]]
        return 200, headers, json.dumps(page)

    koha.add_callback("GET", f"{API}/patrons", answer)
    for number in EVERYBODY:
        koha.get(f"{API}/patrons/{number}/account", json=account())
    pull = StockSource(http, StockOptions(workers=1, page_size=100)).pull()
    assert len(pull.facts) == len(EVERYBODY)
    sizes = [int(query(request)["_per_page"]) for request in calls(koha, "/api/v1/patrons?")]
    assert sizes == [1, 100, 25, 25, 25, 25, 1]
