"""Reading Koha without the plugin: who can matter, whose account is read, and when a pull is not whole."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import responses

from adapters.http import HttpApi
from adapters.koha.stock import GAPS, StockOptions, StockSource
from sidecar.core.model import UNKNOWN, Facts
from sidecar.errors import CredentialsRefused, IncompletePull, PermissionMissing, UnexpectedAnswer

from .replay import API, MOMENT, account, calls, replay, stock_patron

PATRONS = f"{API}/patrons"
PATRONS_PATH = "/api/v1/patrons"
DATE = "Mon, 23 Nov 2026 21:00:00 GMT"

Record = dict[str, object]
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Library:
    """A list of patrons that answers as recorded from Koha 23.05; `bases` overrides the counts in their order."""

    records: dict[int, Record]
    accounts: dict[int, dict[str, object]] = field(default_factory=dict)
    bases: list[int] = field(default_factory=list)
    spoil: Callable[[list[Record]], list[Record]] = list
    drop_query_header: bool = False
    cap: int | None = None
    libraries: Reply | None = (200, {"X-Base-Total-Count": "2"}, b'[{"library_id":"MAIN"},{"library_id":"VIBY"}]')

    def serve(self, mock: responses.RequestsMock) -> "Library":
        mock.add_callback("GET", re.compile(rf"{PATRONS}/(\d+)/account$"), callback=self._account)
        mock.add_callback("GET", re.compile(rf"{PATRONS}(\?|$)"), callback=self._list)
        if self.libraries is not None:
            mock.add_callback("GET", f"{API}/libraries", callback=lambda request: self.libraries)
        return self

    def _list(self, request: Any) -> Reply:
        query = {key: value[0] for key, value in parse_qs(urlsplit(request.url).query).items()}
        header = None if self.drop_query_header else request.headers.get("x-koha-query")
        test = _filter(msgspec.json.decode(query.get("q") or header or "{}"))
        found = [record for _, record in sorted(self.records.items()) if test(record)]
        if query.get("_order_by", "").startswith("-"):
            found.reverse()
        size = min(int(query["_per_page"]), self.cap or 10**9)
        page = found[:size]
        if "_order_by" in query and "me." in query["_order_by"]:
            page = self.spoil(page)
        counted = query["_per_page"] == "1"
        base = self.bases.pop(0) if counted and self.bases else len(self.records)
        headers = {"X-Total-Count": str(len(found)), "X-Base-Total-Count": str(base), "Date": DATE}
        return 200, headers, msgspec.json.encode(page)

    def _account(self, request: Any) -> Reply:
        number = int(request.url.split("/")[-2])
        if number not in self.accounts:
            return 404, {}, b'{"error":"Patron not found."}'
        return 200, {}, msgspec.json.encode(self.accounts[number])


def _filter(query: Mapping[str, Any]) -> Callable[[Record], bool]:
    signs: dict[str, Callable[[Any, Any], bool]] = {
        ">": lambda one, other: one > other,
        "<=": lambda one, other: one <= other,
        "-in": lambda one, other: one in other,
        "=": lambda one, other: one == other,
    }

    def fits(record: Record) -> bool:
        for name, wanted in query.items():
            if name == "-and":
                if not all(_filter(part)(record) for part in wanted):
                    return False
                continue
            (sign, value), *_ = wanted.items() if isinstance(wanted, dict) else [("=", wanted)]
            if not signs[sign](record[name.removeprefix("me.")], value):
                return False
        return True

    return fits


def library(count: int, *remarkable: Record, **more: Any) -> Library:
    records = {number: stock_patron(number) for number in range(1, count + 1)}
    for record in remarkable:
        number = record["patron_id"]
        assert isinstance(number, int)
        records[number] = record
    accounts = {number: account() for number in records}
    return Library(records, accounts, **more)


def pulled(http: HttpApi, **options: int) -> list[str]:
    return [facts.patron.id for facts in StockSource(http, StockOptions(**options)).pull().facts]


def outstanding(facts: Facts) -> list[str]:
    assert facts.charges is not UNKNOWN
    return [str(charge.outstanding) for charge in facts.charges]


def lists(mock: responses.RequestsMock) -> list[dict[str, str]]:
    urls = (urlsplit(str(request.url)) for request in calls(mock, PATRONS_PATH))
    return [{key: value[0] for key, value in parse_qs(url.query).items()} for url in urls if url.path == PATRONS_PATH]


def accounts_read(mock: responses.RequestsMock) -> set[int]:
    found = (re.search(r"/patrons/(\d+)/account$", str(call.request.url)) for call in mock.calls)
    return {int(match[1]) for match in found if match}


def test_the_status_says_what_stock_koha_can_tell(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(42).serve(koha)
    status = StockSource(http).status()
    assert (status.description, status.writable, status.patron_count) == ("Koha without the plugin", False, 42)
    assert status.as_of == datetime(2026, 11, 23, 21, tzinfo=UTC) == MOMENT
    assert (status.installation_id, status.currency, status.types) == (None, None, ())
    assert status.libraries == {"MAIN", "VIBY"}
    assert (status.contract, status.categories, status.charge_types) == (None, None, None)
    assert (status.item_types, status.patron_attributes) == (None, None)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((403, {}, b'{"error":"Authorization failure."}'), "answered 403, grant the API key's user `catalogue`"),
        ((404, {}, b'{"errors":[{"message":"Not Found.","path":"/"}],"status":404}'), "no such route"),
        ((200, {"X-Base-Total-Count": "2"}, b'[{"library_id":"MAIN"}]'), "with fewer than it counts"),
        ((200, {"X-Base-Total-Count": "1"}, b'[{"library_id":null}]'), "shape that this version cannot read"),
        ((200, {}, b'[{"library_id":"MAIN"}]'), "without the header"),
        ((500, {}, b"{}"), "500"),
    ],
)
def test_libraries_that_cannot_be_read_are_not_known_and_the_status_says_why(
    koha: responses.RequestsMock, http: HttpApi, reply: Reply, said: str
) -> None:
    library(42, libraries=reply).serve(koha)
    status = StockSource(http).status()
    assert (status.libraries, status.patron_count) == (None, 42)
    assert "its libraries are not known: GET /api/v1/libraries" in status.description
    assert said in status.description


def test_credentials_that_are_refused_are_not_hidden_behind_libraries(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    library(42, libraries=(401, {}, b'{"error":"Authentication failure."}')).serve(koha)
    with pytest.raises(CredentialsRefused):
        StockSource(http).status()


def test_the_status_is_read_from_a_recorded_answer(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "patron_count_only", PATRONS)
    koha.get(f"{API}/libraries", json=[], headers={"X-Base-Total-Count": "0"})
    assert StockSource(http).status().patron_count == 2002


def test_without_a_date_from_the_server_the_clock_here_is_taken(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(PATRONS, json=[], headers={"X-Base-Total-Count": "0"})
    koha.get(f"{API}/libraries", json=[], headers={"X-Base-Total-Count": "0"})
    assert abs(StockSource(http).status().as_of - datetime.now(UTC)).total_seconds() < 60


def test_who_can_matter_is_found_and_nobody_else(koha: responses.RequestsMock, http: HttpApi) -> None:
    served = library(
        40,
        stock_patron(3, account_balance=225.0),
        stock_patron(8, account_balance=-50.0),
        stock_patron(13, login_attempts=1),
        stock_patron(14, login_attempts=-1),
        stock_patron(21, patron_card_lost=True),
        stock_patron(30, restricted=True),
        stock_patron(31, account_balance=None),
        stock_patron(32, account_balance=1e-13),
    ).serve(koha)
    served.accounts |= {3: account(200.0, 25.0), 8: account(credit=[-50.0]), 31: account(10.0)}
    pull = StockSource(http).pull()
    by_id = {facts.patron.id: facts for facts in pull.facts}
    assert list(by_id) == ["3", "8", "13", "14", "21", "30", "31"], "32 is rounding dust with no line behind it"
    assert accounts_read(koha) == {3, 8, 13, 14, 21, 30, 31, 32}
    assert outstanding(by_id["3"]) == ["200.0", "25.0"]
    assert by_id["8"].credit == 50
    assert (by_id["13"].failed_pin, by_id["14"].failed_pin) == (1, -1)
    assert by_id["21"].card_lost is True
    assert (by_id["30"].restricted, by_id["30"].restrictions) == (True, UNKNOWN)
    assert pull.as_of == MOMENT
    assert pull.gaps == GAPS


def test_charges_and_credits_that_cancel_out_are_seen_on_a_card_that_matters_anyway(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    served = library(10, stock_patron(3, restricted=True)).serve(koha)
    served.accounts[3] = account(50.0, credit=[-50.0])
    (facts,) = StockSource(http).pull().facts
    assert outstanding(facts) == ["50.0"]
    assert facts.credit == 50


def test_a_null_is_unknown_and_so_may_matter(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(10, stock_patron(3, login_attempts=None), stock_patron(4, restricted=None)).serve(koha)
    pull = StockSource(http).pull()
    assert [facts.patron.id for facts in pull.facts] == ["3", "4"]
    assert (pull.facts[0].failed_pin, pull.facts[1].restricted) == (UNKNOWN, UNKNOWN)


def test_a_redacted_patron_is_unknown_as_a_whole_and_its_account_is_left_alone(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    hidden: Record = dict.fromkeys(stock_patron(3)) | {"patron_id": 3, "library_id": "MAIN"}
    served = library(10, hidden).serve(koha)
    del served.accounts[3]
    (facts,) = StockSource(http).pull().facts
    assert (facts.charges, facts.credit, facts.failed_pin) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert accounts_read(koha) == set()


def test_a_patron_whose_number_is_hidden_cannot_be_walked_over(koha: responses.RequestsMock, http: HttpApi) -> None:
    served = library(10).serve(koha)
    served.spoil = lambda page: [record | {"patron_id": None} for record in page]
    with pytest.raises(PermissionMissing, match=r"patrons that Koha hides: .*view_borrower_infos_from_any_libraries"):
        StockSource(http).pull()


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11])
def test_every_patron_is_walked_over_once_whatever_the_parts(
    koha: responses.RequestsMock, http: HttpApi, workers: int, count: int
) -> None:
    library(count, *(stock_patron(number, login_attempts=1) for number in range(1, count + 1))).serve(koha)
    assert pulled(http, workers=workers, page_size=5) == [str(number) for number in range(1, count + 1)]


def test_a_library_of_five_thousand_takes_few_requests(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(5000, stock_patron(77, login_attempts=1)).serve(koha)
    assert pulled(http) == ["77"]
    assert len(lists(koha)) == 2 + 10, "a count before and after, and a page for each 500"
    assert len(accounts_read(koha)) == 1


def test_the_walk_asks_as_recorded_with_the_prefix_that_no_embed_makes_ambiguous(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    library(3).serve(koha)
    pulled(http, workers=1)
    newest, page, count = lists(koha)
    assert newest == {"_per_page": "1", "_order_by": "-patron_id"}
    assert page == {"q": '{"me.patron_id": {">": 0}}', "_order_by": "me.patron_id", "_per_page": "500"}
    assert count == {"_per_page": "1"}
    walked = [request for request in calls(koha, PATRONS_PATH) if "me.patron_id" in str(request.url)]
    assert [request.headers["x-koha-embed"] for request in walked] == ["account_balance"]


def test_progress_counts_up_to_the_number_of_patrons(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(12).serve(koha)
    seen: list[tuple[int, int | None]] = []
    StockSource(http, StockOptions(page_size=5)).pull(progress=lambda read, total: seen.append((read, total)))
    assert seen[-1] == (12, 12)
    assert [read for read, _ in seen] == sorted(read for read, _ in seen)


def test_a_server_that_gives_smaller_pages_than_asked_is_walked_all_the_same(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    library(12, stock_patron(12, login_attempts=1), cap=5).serve(koha)
    assert pulled(http, workers=1) == ["12"]


@pytest.mark.parametrize(
    ("bases", "whole"),
    [
        ([1000, 1000], True),
        ([1000, 1010], True),
        ([1010, 1000], True),
        ([990, 1005], True),
        ([995, 995], True),
        ([1005, 1005], True),
        ([994, 994], False),
        ([1006, 1006], False),
        ([1100, 1100], False),
        ([900, 900], False),
        ([1500, 1500], False),
    ],
)
def test_as_many_were_read_as_koha_counts_give_or_take_who_came_and_went(
    koha: responses.RequestsMock, http: HttpApi, bases: list[int], whole: bool
) -> None:
    library(1000, bases=list(bases)).serve(koha)
    if whole:
        assert pulled(http) == []
    else:
        with pytest.raises(IncompletePull, match=f"1000 patrons were read, but Koha counted {bases[0]} before"):
            pulled(http)


def test_in_a_small_library_nobody_may_be_missing(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(50, bases=[51, 51]).serve(koha)
    with pytest.raises(IncompletePull):
        pulled(http)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda page: page[::-1], "out of order or twice"),
        (lambda page: [*page, page[-1]], "out of order or twice"),
        (lambda page: [*page, stock_patron(10**6)], "not asked for"),
        (lambda _: [], "without the patrons that it counts"),
    ],
)
def test_a_page_that_breaks_the_walk_plans_nothing(
    koha: responses.RequestsMock, http: HttpApi, spoil: Callable[[list[Record]], list[Record]], says: str
) -> None:
    library(10, spoil=spoil).serve(koha)
    with pytest.raises(IncompletePull, match=says):
        pulled(http)


@pytest.mark.parametrize("header", ["X-Total-Count", "X-Base-Total-Count"])
@pytest.mark.parametrize("value", [None, "many"])
def test_without_koha_s_counts_nothing_is_planned(
    koha: responses.RequestsMock, http: HttpApi, header: str, value: str | None
) -> None:
    headers = {"X-Total-Count": "1", "X-Base-Total-Count": "1", header: value}
    koha.get(PATRONS, json=[stock_patron(1)], headers={name: text for name, text in headers.items() if text})
    with pytest.raises(UnexpectedAnswer, match=f"without the header {header}"):
        pulled(http)


def test_a_patron_deleted_during_the_walk_is_left_out(koha: responses.RequestsMock, http: HttpApi) -> None:
    served = library(10, *(stock_patron(number, login_attempts=1) for number in (3, 4))).serve(koha)
    del served.accounts[3]
    read = served.spoil

    def and_delete(page: list[Record]) -> list[Record]:
        served.records.pop(3, None)
        return read(page)

    served.spoil = and_delete
    served.bases = [10, 9]
    assert pulled(http) == ["4"]


def test_a_listed_patron_whose_account_is_hidden_is_a_missing_permission_and_not_a_deletion(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    served = library(10, stock_patron(3, account_balance=300.0)).serve(koha)
    del served.accounts[3]
    with pytest.raises(PermissionMissing, match=r"accounts Koha hides: .*view_borrower_infos_from_any_libraries"):
        pulled(http)


def test_an_account_that_may_not_be_read_is_a_missing_permission(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "perm403_account", f"{PATRONS}/3/account")
    library(10, stock_patron(3, account_balance=300.0)).serve(koha)
    with pytest.raises(PermissionMissing, match="updatecharges: remaining_permissions"):
        pulled(http)


def test_a_koha_without_account_routes_is_unexpected(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "unknown_path", f"{PATRONS}/3/account")
    library(10, stock_patron(3, account_balance=300.0)).serve(koha)
    with pytest.raises(UnexpectedAnswer, match="no such route"):
        pulled(http)


def test_an_error_in_one_thread_ends_the_pull_without_beginning_the_rest(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.get(re.compile(rf"{PATRONS}/\d+/account$"), status=500, json={"error": "x"})
    library(300, *(stock_patron(number, account_balance=1.0) for number in range(1, 301))).serve(koha)
    with pytest.raises(Exception, match="failed inside"):
        pulled(http)
    assert len(accounts_read(koha)) < 100


def test_who_moved_cannot_be_asked_for(koha: responses.RequestsMock, http: HttpApi) -> None:
    with pytest.raises(IncompletePull, match="only full cycles are possible"):
        StockSource(http).pull(changed_since=MOMENT)
    assert len(koha.calls) == 0


@pytest.mark.parametrize("names", [False, True])
def test_names_come_only_when_asked_for(koha: responses.RequestsMock, http: HttpApi, names: bool) -> None:
    library(3, stock_patron(2, login_attempts=1)).serve(koha)
    source = StockSource(http)
    for pull in (source.pull(names=names), source.read(["2"], names=names)):
        patron = pull.facts[0].patron
        assert (patron.name, patron.card_number) == (("First Surname", "C2") if names else (None, None))


def test_patrons_are_read_a_hundred_at_a_time_with_their_accounts(koha: responses.RequestsMock, http: HttpApi) -> None:
    served = library(150).serve(koha)
    served.accounts[150] = account(5.0, credit=[-5.0])
    pull = StockSource(http).read([str(number) for number in (*range(1, 301), 7)] + ["x"])
    assert [facts.patron.id for facts in pull.facts] == [str(number) for number in range(1, 151)]
    assert [len(msgspec.json.decode(each["q"])["me.patron_id"]["-in"]) for each in lists(koha)] == [100, 100, 100]
    assert pull.facts[-1].credit == 5
    assert pull.as_of == MOMENT


def test_reading_nobody_asks_only_for_the_time(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(3).serve(koha)
    assert StockSource(http).read([]).facts == ()
    assert len(lists(koha)) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda page: [*page, stock_patron(99)],
        lambda page: [*page, page[0]],
        lambda page: page[:-1],
    ],
)
def test_a_list_of_other_patrons_than_were_named_is_incomplete(
    koha: responses.RequestsMock, http: HttpApi, spoil: Callable[[list[Record]], list[Record]]
) -> None:
    library(3, spoil=spoil).serve(koha)
    with pytest.raises(IncompletePull, match="not asked for, with one twice, or not with all"):
        StockSource(http).read(["1", "2"])


@pytest.mark.parametrize(("card", "patron"), [("C2", "2"), ("nobody's", None)])
def test_a_card_number_travels_in_a_header(
    koha: responses.RequestsMock, http: HttpApi, card: str, patron: str | None
) -> None:
    library(3).serve(koha)
    assert StockSource(http).find_card(card) == patron
    (asked,) = calls(koha, PATRONS_PATH)
    assert msgspec.json.decode(asked.headers["x-koha-query"]) == {"cardnumber": card}
    assert card not in asked.url


def test_a_card_number_with_any_letters_fits_a_header(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(3).serve(koha)
    assert StockSource(http).find_card("Å\r\nx: 1 \N{SNOWMAN}") is None
    (asked,) = calls(koha, PATRONS_PATH)
    assert asked.headers["x-koha-query"].isascii()
    assert "\n" not in asked.headers["x-koha-query"]


def test_a_header_that_got_lost_on_the_way_finds_nobody_rather_than_the_first_patron(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    library(3, drop_query_header=True).serve(koha)
    with pytest.raises(UnexpectedAnswer, match="does a proxy drop x-koha-query"):
        StockSource(http).find_card("C2")


def test_a_recorded_answer_to_the_header_is_read(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "q_xkohaquery", PATRONS)
    with pytest.raises(UnexpectedAnswer):
        StockSource(http).find_card("not in the recording")


def test_recorded_pages_and_accounts_are_read(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "embed_account_balance", PATRONS)
    replay(koha, "account_120", f"{PATRONS}/120/account")
    replay(koha, "account_none", f"{PATRONS}/240/account")
    pull = StockSource(http).read(["120", "240"])
    assert [len(outstanding(facts)) for facts in pull.facts] == [5, 0]


def test_gaps_are_sentences(koha: responses.RequestsMock, http: HttpApi) -> None:
    sentences: Iterable[str] = GAPS
    assert all(sentence.startswith("Without the plugin, ") and sentence.endswith(".") for sentence in sentences)
