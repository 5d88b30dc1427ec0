"""One record that cannot be read makes its patron unknown, and not the run an error."""

from collections.abc import Callable

import pytest
import responses

from adapters.http import HttpApi
from adapters.koha.stock import GAPS, StockOptions, StockSource
from sidecar.core.model import UNKNOWN, Facts
from sidecar.errors import IncompletePull, PermissionMissing, UnexpectedAnswer

from .replay import account, calls, stock_patron
from .test_stock_source import PATRONS_PATH, Record, accounts_read, library

BAD: dict[str, dict[str, object]] = {
    "a type of a text": {"login_attempts": "five"},
    "a type of a number": {"library_id": 7},
    "a type of a flag": {"restricted": "0"},
    "a list": {"cardnumber": []},
    "a balance that is none": {"account_balance": "much"},
    "a number with decimals": {"login_attempts": 1.5},
}


def known(facts: Facts) -> list[str]:
    """Which facts are known."""
    names = ("charges", "credit", "failed_pin", "card_lost", "restricted")
    of_patron = ("library", "category", "born", "expires")
    return [name for name in names if getattr(facts, name) is not UNKNOWN] + [
        name for name in of_patron if getattr(facts.patron, name) is not UNKNOWN
    ]


def without(key: str, record: Record) -> Record:
    return {name: value for name, value in record.items() if name != key}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize("size", [500, 3])
def test_a_record_that_cannot_be_read_is_unknown_and_the_others_are_not(
    koha: responses.RequestsMock, http: HttpApi, bad: dict[str, object], size: int
) -> None:
    spoiled = stock_patron(5, firstname="Anna", surname="Jensen", **bad)
    served = library(10, spoiled, stock_patron(3, login_attempts=5), stock_patron(7, account_balance=1.0)).serve(koha)
    served.accounts[7] = account(1.0)
    pull = StockSource(http, StockOptions(page_size=size)).pull(names=True)
    assert [facts.patron.id for facts in pull.facts] == ["3", "5", "7"]
    assert known(pull.facts[1]) == []
    assert len(known(pull.facts[0])) == len(known(pull.facts[2])) == 9
    (gap,) = pull.gaps[len(GAPS) :]
    assert gap.startswith("What Koha says of 1 patron could not be read, so it counts as unknown: patron 5 (5: ")
    assert f"$.{next(iter(bad))}" in gap
    assert not any(secret in gap for secret in ("five", "much", "Anna", "Jensen", "C5"))
    assert accounts_read(koha) == {3, 7}, "of whom nothing is known, the money alone would not do"


def test_named_patrons_are_read_alike(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(10, stock_patron(5, restricted="no")).serve(koha)
    pull = StockSource(http).read(["4", "5"])
    assert [(facts.patron.id, bool(known(facts))) for facts in pull.facts] == [("4", True), ("5", False)]
    assert "patron 5 (" in pull.gaps[-1]


@pytest.mark.parametrize("date", ["0000-00-00", "2026-02-30", "soon", ""])
@pytest.mark.parametrize("key", ["date_of_birth", "expiry_date"])
def test_a_date_that_no_calendar_has_is_unknown_alone(
    koha: responses.RequestsMock, http: HttpApi, key: str, date: str
) -> None:
    library(3, stock_patron(2, **{key: date}, login_attempts=5)).serve(koha)
    pull = StockSource(http).pull()
    unknown = {"date_of_birth": "born", "expiry_date": "expires"}[key]
    assert set(known(pull.facts[0])) == {*known(StockSource(http).read(["1"]).facts[0])} - {unknown}
    assert pull.gaps == GAPS


@pytest.mark.parametrize("key", ["restricted", "login_attempts", "patron_card_lost", "account_balance"])
def test_a_key_that_is_not_there_is_unknown_alone(koha: responses.RequestsMock, http: HttpApi, key: str) -> None:
    served = library(3, stock_patron(2)).serve(koha)
    served.records[2] = without(key, served.records[2])
    pull = StockSource(http).pull()
    assert [facts.patron.id for facts in pull.facts] == ([] if key == "account_balance" else ["2"])
    assert pull.gaps == GAPS


@pytest.mark.parametrize(
    "spoiled",
    [
        {"surname": "Jensen"},
        {"patron_id": "5", "surname": "Jensen"},
        {"patron_id": True, "surname": "Jensen"},
        {"patron_id": 5.5, "surname": "Jensen"},
        "Jensen",
        None,
        ["Jensen"],
    ],
)
def test_a_record_of_nobody_leaves_the_pull_incomplete(
    koha: responses.RequestsMock, http: HttpApi, spoiled: object
) -> None:
    def spoil(page: list[Record]) -> list[Record]:
        return [*page[:4], spoiled, *page[5:]]  # type: ignore[list-item]

    library(10, spoil=spoil).serve(koha)
    with pytest.raises(IncompletePull, match="not even whose it is") as error:
        StockSource(http).pull()
    assert "Jensen" not in str(error.value)


def test_a_record_that_koha_hides_is_still_a_missing_permission(koha: responses.RequestsMock, http: HttpApi) -> None:
    def spoil(page: list[Record]) -> list[Record]:
        return [stock_patron(1, login_attempts="x"), dict.fromkeys(page[1]), *page[2:]]

    library(10, spoil=spoil).serve(koha)
    with pytest.raises(PermissionMissing, match="patrons that Koha hides"):
        StockSource(http).pull()


def test_where_not_one_record_fits_it_is_the_shape_that_does_not(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(10, spoil=lambda page: [each | {"login_attempts": "x"} for each in page]).serve(koha)
    with pytest.raises(UnexpectedAnswer, match="a shape that this version cannot read"):
        StockSource(http).pull()


@pytest.mark.parametrize("body", [{"patrons": []}, "x", 7])
def test_what_is_no_list_is_no_page(koha: responses.RequestsMock, http: HttpApi, body: object) -> None:
    library(10, spoil=lambda _: body).serve(koha)  # type: ignore[arg-type,return-value]
    with pytest.raises(UnexpectedAnswer):
        StockSource(http).pull()


ACCOUNTS: dict[str, Callable[[dict[str, object]], object]] = {
    "no lines": lambda each: without("outstanding_debits", each),
    "a line without an amount": lambda each: each | {"outstanding_debits": {"lines": [{"account_line_id": 1}]}},
    "an amount that is none": lambda _: account(float("1e300")),
    "a list": lambda _: [],
    "a text": lambda _: "Jensen",
}


@pytest.mark.parametrize("spoil", ACCOUNTS.values(), ids=ACCOUNTS)
def test_an_account_that_cannot_be_read_is_unknown_and_nothing_else_is(
    koha: responses.RequestsMock, http: HttpApi, spoil: Callable[[dict[str, object]], object]
) -> None:
    owing = [stock_patron(number, account_balance=1.0) for number in (3, 5)]
    served = library(10, *owing).serve(koha)
    served.accounts[3], served.accounts[5] = account(7.0), spoil(account(5.0))  # type: ignore[assignment]
    pull = StockSource(http).pull()
    assert [facts.patron.id for facts in pull.facts] == ["3", "5"]
    assert len(known(pull.facts[0])) == 9
    assert set(known(pull.facts[0])) - set(known(pull.facts[1])) == {"charges", "credit"}
    assert "counts as unknown: patron 5 (5: " in pull.gaps[-1]
    assert "Jensen" not in pull.gaps[-1]


def test_where_not_one_account_fits_it_is_the_shape_that_does_not(koha: responses.RequestsMock, http: HttpApi) -> None:
    served = library(10, *(stock_patron(number, account_balance=1.0) for number in (3, 5))).serve(koha)
    served.accounts[3] = served.accounts[5] = {"lines": []}
    with pytest.raises(UnexpectedAnswer, match="/account answered 200 with a shape that this version cannot read"):
        StockSource(http).pull()


def test_an_account_that_came_in_pieces_is_a_fault_on_the_way(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get("https://koha.example.org/api/v1/patrons/3/account", body=b'{"balance": 1, "outst')
    library(10, *(stock_patron(number, account_balance=1.0) for number in (3, 5))).serve(koha)
    with pytest.raises(UnexpectedAnswer, match="not whole JSON"):
        StockSource(http).pull()


def test_many_are_counted_and_some_are_named(koha: responses.RequestsMock, http: HttpApi) -> None:
    library(100, *(stock_patron(number, login_attempts="x") for number in range(1, 31))).serve(koha)
    gap = StockSource(http).pull().gaps[-1]
    assert gap.startswith("What Koha says of 30 patrons could not be read, so it counts as unknown: patron 1, 2, 3, ")
    assert "19, 20 and 10 more (1: " in gap


def test_a_card_is_found_whatever_else_of_the_record_cannot_be_read(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    library(3, stock_patron(2, login_attempts="x")).serve(koha)
    assert StockSource(http).find_card("C2") == "2"
    assert len(calls(koha, PATRONS_PATH)) == 1


def test_a_card_of_a_patron_that_koha_hides_is_a_missing_permission(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    served = library(3).serve(koha)
    served.records[2] |= {"patron_id": None}
    with pytest.raises(PermissionMissing):
        StockSource(http).find_card("C2")
