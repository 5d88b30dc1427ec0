"""Stock `GET /patrons` and what is around it, with the quirks that were recorded from Koha 23.05."""

from dataclasses import replace
from datetime import UTC, date, timedelta
from json import dumps
from typing import Any
from urllib.parse import quote

import pytest
import requests

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.holdings import WHOLE_MODULE
from adapters.standin.library.library import Library
from tests.standin.client import API, Client

PATRONS = f"{API}/patrons"
INTERNAL = {"error": "Something went wrong, check Koha logs for details.", "error_code": "internal_server_error"}


def numbers(answer: requests.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [one["patron_id"] for one in answer.json()]


def links(answer: requests.Response) -> list[str]:
    raw = answer.raw.headers.getlist("Link")
    return [link.rpartition('rel="')[2].rstrip('"') for link in raw]


class TestPages:
    def test_twenty_come_unless_asked_otherwise(self, client: Client, library: Library) -> None:
        answer = client.get(PATRONS)
        assert numbers(answer) == sorted(library.patrons)[:20]
        assert answer.headers["X-Total-Count"] == answer.headers["X-Base-Total-Count"] == str(len(library.patrons))

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("_per_page=100", ["next", "first", "last"]),
            ("_per_page=100&_page=2", ["prev", "next", "first", "last"]),
            ("_per_page=100&_page=9999", ["prev", "first", "last"]),
            ("_per_page=-1", ["first", "last"]),
        ],
    )
    def test_links_are_headers_of_their_own(self, client: Client, query: str, expected: list[str]) -> None:
        assert links(client.get(f"{PATRONS}?{query}")) == expected

    def test_the_link_repeats_the_query_in_kohas_spelling(self, client: Client) -> None:
        answer = client.get(PATRONS, params={"_per_page": 2, "q": '{"login_attempts": {">=": 3}}'})
        assert answer.raw.headers.getlist("Link")[0] == (
            f"<{client.koha.url}/api/v1/patrons?_page=2&_per_page=2"
            '&q=%7B%22login_attempts%22%3A+%7B%22%3E%3D%22%3A+3%7D%7D>; rel="next"'
        )

    def test_a_page_past_the_end_is_empty(self, client: Client) -> None:
        assert numbers(client.get(f"{PATRONS}?_page=9999")) == []

    def test_minus_one_is_everyone(self, client: Client, library: Library) -> None:
        assert numbers(client.get(f"{PATRONS}?_per_page=-1")) == sorted(library.patrons)

    @pytest.mark.parametrize(
        ("query", "status", "body"),
        [
            ("_per_page=0", 500, INTERNAL),
            (
                "_per_page=abc",
                400,
                {"errors": [{"message": "Expected integer - got string.", "path": "/_per_page"}], "status": 400},
            ),
            ("zzz=1", 400, [{"message": "Malformed query string", "path": "/query/zzz"}]),
            (
                "_match=almost",
                400,
                {
                    "errors": [
                        {"message": "Not in enum list: contains, exact, starts_with, ends_with.", "path": "/_match"}
                    ],
                    "status": 400,
                },
            ),
        ],
    )
    def test_refusals_have_three_shapes(self, client: Client, query: str, status: int, body: Any) -> None:
        answer = client.get(f"{PATRONS}?{query}")
        assert (answer.status_code, answer.json()) == (status, body)

    @pytest.mark.parametrize("order", ["-patron_id", "-me.patron_id"])
    def test_descending(self, client: Client, library: Library, order: str) -> None:
        assert numbers(client.get(f"{PATRONS}?_order_by={order}&_per_page=3")) == sorted(library.patrons)[:-4:-1]

    @pytest.mark.parametrize("order", ["patron_id", "me.patron_id", "%2Bme.patron_id", "+me.patron_id"])
    def test_ascending(self, client: Client, library: Library, order: str) -> None:
        assert numbers(client.get(f"{PATRONS}?_order_by={order}&_per_page=3")) == sorted(library.patrons)[:3]

    def test_by_two_columns(self, client: Client, library: Library) -> None:
        found = client.get(f"{PATRONS}?_order_by=category_id,-patron_id&_per_page=-1").json()
        keys = [(one["category_id"], -one["patron_id"]) for one in found]
        assert keys == sorted(keys)

    def test_a_bad_order_is_found_after_the_counts(self, client: Client) -> None:
        answer = client.get(f"{PATRONS}?_order_by=nonsense")
        assert (answer.status_code, answer.json()) == (500, INTERNAL)
        assert "X-Total-Count" in answer.headers


class TestQueries:
    @pytest.fixture
    def ids(self, library: Library) -> list[int]:
        return sorted(library.patrons)

    @pytest.mark.parametrize(
        ("query", "fits"),
        [
            ('{"patron_id": 10}', lambda p: p.id == 10),
            ('{"patron_id": {">": 600}}', lambda p: p.id > 600),
            ('{"me.patron_id": {">=": 10, "<": 13}}', lambda p: 10 <= p.id < 13),
            ('{"patron_id": [10, 20]}', lambda p: p.id in {10, 20}),
            ('{"patron_id": {"-in": [10, 20, 99999]}}', lambda p: p.id in {10, 20}),
            ('[{"patron_id": 10}, {"patron_id": 20}]', lambda p: p.id in {10, 20}),
            ('{"-or": [{"patron_id": 10}, {"login_attempts": 5}]}', lambda p: p.id == 10 or p.attempts == 5),
            (
                '{"-and": [{"patron_id": {">": 100}}, {"login_attempts": {">=": 3}}]}',
                lambda p: p.id > 100 and p.attempts >= 3,
            ),
            ('{"login_attempts": {"!=": 0}}', lambda p: p.attempts != 0),
            ('{"login_attempts": -1}', lambda p: p.attempts == -1),
            ('{"patron_card_lost": true}', lambda p: p.card_lost),
            ('{"patron_card_lost": 1}', lambda p: p.card_lost),
            ('{"surname": {"-like": "s%"}}', lambda p: p.surname.lower().startswith("s")),
            ('{"surname": {"-not_like": "S%"}}', lambda p: not p.surname.startswith("S")),
            (
                '{"library_id": "viby", "category_id": "CHILD"}',
                lambda p: (p.library_id, p.category_id) == ("VIBY", "CHILD"),
            ),
            ('{"date_of_birth": {">=": "2015-01-01"}}', lambda p: p.born is not None and p.born >= date(2015, 1, 1)),
            ('{"date_of_birth": null}', lambda p: p.born is None),
            ('{"date_of_birth": {"!=": null}}', lambda p: p.born is not None),
        ],
    )
    def test_a_query_is_sql(self, client: Client, library: Library, query: str, fits: Any) -> None:
        expected = [one.id for one in library.ascending() if fits(one)]
        assert expected
        assert numbers(client.get(PATRONS, params={"q": query, "_per_page": -1})) == expected
        assert numbers(client.get(PATRONS, headers={"x-koha-query": query}, params={"_per_page": -1})) == expected

    @pytest.mark.parametrize("form", ["{:%Y-%m-%dT%H:%M:%SZ}", "{:%Y-%m-%d %H:%M:%S}", "{:%Y-%m-%dT%H:%M:%S+00:00}"])
    def test_updated_on_takes_several_spellings_and_converts_offsets(
        self, client: Client, library: Library, patron: int, form: str
    ) -> None:
        library.advance(5)
        library.card_lost(patron)
        moment = library.clock.local(library.now() - 2).astimezone(UTC)
        query = {"updated_on": {">": form.format(moment)}}
        answer = client.get(PATRONS, params={"q": dumps(query), "_per_page": -1})
        assert patron in numbers(answer)

    @pytest.mark.parametrize(
        "query",
        [
            "{not",
            '{"nonsense": 1}',
            '{"patron_id": {"~~": 1}}',
            '{"restricted": true}',
            '{"account_lines.amount_outstanding": {">": 0}}',
            '"text"',
            '{"-and": 1}',
            '{"updated_on": {">": "yesterday"}}',
        ],
    )
    def test_what_it_cannot_read_is_an_internal_error(self, client: Client, query: str) -> None:
        answer = client.get(f"{PATRONS}?q={quote(query)}")
        assert (answer.status_code, answer.json()) == (500, INTERNAL)

    @pytest.mark.parametrize(
        ("match", "part", "found"), [("exact", 0, True), ("starts_with", 4, False), ("contains", 4, True)]
    )
    def test_fields_are_parameters_too(
        self, client: Client, library: Library, patron: int, match: str, part: int, found: bool
    ) -> None:
        card = library.patron(patron).card_number[part:]
        answer = client.get(PATRONS, params={"cardnumber": card, "_match": match, "_per_page": -1})
        assert (patron in numbers(answer)) is found

    def test_restricted_as_a_parameter_asks_for_the_flag_and_not_for_today(
        self, client: Client, library: Library
    ) -> None:
        answer = client.get(f"{PATRONS}?restricted=true&_per_page=-1")
        shown = {one["patron_id"]: one["restricted"] for one in answer.json()}
        assert shown[library.subjects["restricted_by_staff"]] is True
        assert shown[library.subjects["staff_restriction_expired"]] is False
        assert answer.headers["X-Base-Total-Count"] == answer.headers["X-Total-Count"] == str(len(shown))
        assert "restricted=1" in answer.headers["Link"]


class TestEmbeds:
    def test_the_balance_is_a_number_with_credits_in_it(self, client: Client, library: Library) -> None:
        answer = client.get(f"{PATRONS}?_per_page=-1", headers={"x-koha-embed": "account_balance"})
        balances = {one["patron_id"]: one["account_balance"] for one in answer.json()}
        assert balances[library.subjects["owes_less_after_credit"]] == 210.0
        assert balances[library.subjects["debits_and_credits_cancel"]] == 0
        assert balances[library.subjects["has_credit"]] == -50.0
        assert balances[library.subjects["owes_half_an_ore_less"]] == 224.995

    def test_others_are_refused_with_the_list(self, client: Client) -> None:
        answer = client.get(PATRONS, headers={"x-koha-embed": "library,restrictions"})
        listed = "extended_attributes, checkouts+count, overdues+count, account_balance, library"
        assert answer.json()["errors"] == [{"message": f"Not in enum list: {listed}.", "path": "/x-koha-embed/1"}]

    def test_one_patron_takes_extended_attributes_only(self, client: Client) -> None:
        assert client.get(f"{PATRONS}/1", headers={"x-koha-embed": "account_balance"}).status_code == 400
        found = client.get(f"{PATRONS}/1", headers={"x-koha-embed": "extended_attributes"}).json()
        assert found["extended_attributes"] == []

    def test_counts_and_library(self, client: Client) -> None:
        wanted = "checkouts+count,overdues+count,library,extended_attributes"
        one = client.get(f"{PATRONS}?_per_page=1", headers={"x-koha-embed": wanted}).json()[0]
        assert (one["checkouts_count"], one["overdues_count"], one["extended_attributes"]) == (0, 0, [])
        assert one["library"]["library_id"] == one["library_id"]

    @pytest.mark.parametrize(("column", "status"), [("patron_id", 500), ("me.patron_id", 200)])
    def test_with_extended_attributes_the_number_needs_its_prefix(
        self, client: Client, column: str, status: int
    ) -> None:
        query = {"q": f'{{"{column}": {{"-in": [1, 3]}}}}', "_order_by": "me.patron_id"}
        answer = client.get(PATRONS, params=query, headers={"x-koha-embed": "extended_attributes"})
        assert (answer.status_code, answer.headers["X-Total-Count"]) == (status, "2")


def test_updated_on_does_not_move_with_money(client: Client, library: Library, patron: int) -> None:
    before = client.get(f"{PATRONS}/{patron}").json()["updated_on"]
    library.advance(10)
    library.charge(patron, "OVERDUE", "10.00")
    library.pay(patron)
    assert client.get(f"{PATRONS}/{patron}").json()["updated_on"] == before
    library.staff_restricts(patron)
    assert client.get(f"{PATRONS}/{patron}").json()["updated_on"] > before


def test_restricted_is_computed_by_the_day(client: Client, library: Library, patron: int) -> None:
    library.staff_restricts(patron, "SUSPENSION", "", library.today() + timedelta(days=1))
    assert client.get(f"{PATRONS}/{patron}").json()["restricted"] is True
    library.set_flag(patron, library.today())
    assert client.get(f"{PATRONS}/{patron}").json()["restricted"] is False


def test_a_hidden_patron_is_null_in_the_list_and_not_found_alone(client: Client, library: Library, patron: int) -> None:
    library.hide_patron(patron)
    answer = client.get(PATRONS, params={"q": f'{{"patron_id": {patron}}}'}).json()
    assert [{name for name, value in one.items() if value is not None} for one in answer] == [{"library_id"}]
    assert client.get(f"{PATRONS}/{patron}").status_code == 404
    assert client.get(f"{PATRONS}/{patron}/account").status_code == 404


def test_answers_are_compressed_when_asked(client: Client) -> None:
    assert client.get(PATRONS, headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get(PATRONS, headers={"Accept-Encoding": "identity"}).headers


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nonsense"), ("PATCH", "/patrons/1"), ("GET", "/patrons/1/restrictions")]
)
def test_there_is_no_such_route(client: Client, method: str, path: str) -> None:
    answer = client.call(method, API + path)
    assert (answer.status_code, answer.content) == (
        404,
        b'{"errors":[{"message":"Not Found.","path":"\\/"}],"status":404}',
    )


@pytest.mark.parametrize("path", ["", "/account", "/account/debits"])
def test_a_patron_who_does_not_exist(client: Client, path: str) -> None:
    answer = client.get(f"{PATRONS}/999999{path}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Patron not found."})


def test_a_number_that_is_none(client: Client) -> None:
    answer = client.get(f"{PATRONS}/abc")
    assert answer.json() == {
        "errors": [{"message": "Expected integer - got string.", "path": "/patron_id"}],
        "status": 400,
    }


def test_the_document_lists_the_routes_without_a_token(client: Client) -> None:
    document = requests.get(f"{client.koha.url}/api/v1/", timeout=5).json()
    assert document["swagger"] == "2.0"
    assert {"/patrons", "/patrons/{patron_id}/account", "/contrib/cardwarden/changes"} <= set(document["paths"])


def test_libraries_are_listed_for_whoever_may_see_the_catalogue(koha: StandinKoha, client: Client) -> None:
    refused = client.get(f"{API}/libraries")
    assert (refused.status_code, refused.json()["required_permissions"]) == (403, {"catalogue": "1"})
    key = koha.library.keys["client"]
    koha.library.keys["client"] = replace(key, permissions={**key.permissions, "catalogue": WHOLE_MODULE})
    granted = Client(koha, koha.client_id, koha.client_secret)
    answer = granted.get(f"{API}/libraries", params={"_per_page": -1})
    koha.library.keys["client"] = key
    granted.close()
    assert [one["library_id"] for one in answer.json()] == sorted(koha.library.libraries)
    assert answer.headers["X-Base-Total-Count"] == str(len(koha.library.libraries))
