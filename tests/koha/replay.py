"""Recorded exchanges and made-up answers, and a client that never really waits."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import responses

from adapters.http import HttpApi, HttpOptions

SITE = "https://koha.example.org"
API = f"{SITE}/api/v1"
TOKEN_URL = f"{API}/oauth/token"
PLUGIN = f"{API}/contrib/cardwarden"
RECORDED = Path(__file__).parent.parent / "contract" / "recorded"
SECRET = "s3cret-of-the-library"
CLIENT = "client-of-the-library"
AS_OF = 1_795_467_600
MOMENT = datetime.fromtimestamp(AS_OF, UTC)


class Waits(list[float]):
    """A sleeper that only writes down how long it was asked to sleep."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(waits: Waits | None = None, url: str = SITE, **options: Any) -> HttpApi:
    return HttpApi(url, CLIENT, SECRET, HttpOptions(**options), sleep=waits if waits is not None else Waits())


def recorded(name: str) -> dict[str, Any]:
    exchange: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return exchange


def recorded_body(name: str) -> bytes:
    return str(recorded(name)["response"]["body"]).encode()


def replay(mock: responses.RequestsMock, name: str, url: str, method: str = "GET") -> None:
    """Answer `url` as recorded from Koha 23.05; several headers of one name are joined, as requests sees them."""
    answer = recorded(name)["response"]
    headers: dict[str, str] = {}
    for key, value in answer["headers"]:
        if key not in {"Content-Length", "Connection", "Content-Type"}:
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
    kind = next((value for key, value in answer["headers"] if key == "Content-Type"), "application/json")
    mock.add(method, url, body=answer["body"] or "", status=answer["status"], headers=headers, content_type=kind)


def give_token(mock: responses.RequestsMock, value: str = "ACCESS-TOKEN", expires_in: object = 3600) -> None:
    mock.post(TOKEN_URL, json={"access_token": value, "expires_in": expires_in, "token_type": "Bearer"})


def calls(mock: responses.RequestsMock, path: str) -> list[Any]:
    """The requests that were sent to a path below the site."""
    return [call.request for call in mock.calls if str(call.request.url).startswith(SITE + path)]


def plugin_status(**changes: object) -> dict[str, object]:
    return {
        "plugin_version": "1.1.0",
        "api_version": 2,
        "koha_version": "23.05.04.000",
        "installation_id": "2f1c",
        "database_time": AS_OF,
        "time_zone": "Europe/Copenhagen",
        "currency": "DKK",
        "patron_count": 5000,
        "paused": False,
        "writer": None,
        "api_user_id": 51,
        "anonymous_patron_id": None,
        "statistical_categories": ["STAT"],
        "types": [{"type": "CW_DEBT", "exists": True, "rows": 13, "in_force": 12}],
        "preferences": {"FailedLoginAttempts": "5", "AnonymousPatron": "0", "finesMode": None},
        "categories": [
            {"id": "ADULT", "type": "A", "fines_limit": "20.00", "guarantees_limit": None, "guarantors_limit": None},
            {"id": "STAT", "type": "X", "fines_limit": None, "guarantees_limit": None, "guarantors_limit": None},
        ],
        "libraries": ["MAIN", "VIBY"],
        "charge_types": ["LOST", "OVERDUE"],
        "item_types": ["BOOK"],
        "patron_attributes": [],
    } | changes


def older_plugin_status() -> dict[str, object]:
    """As a plugin of version 1 of the contract answers."""
    newer = {"categories", "libraries", "charge_types", "item_types", "patron_attributes"}
    status = plugin_status(plugin_version="1.0.0", api_version=1)
    return {key: value for key, value in status.items() if key not in newer}


def plugin_patron(number: int, **changes: object) -> dict[str, object]:
    return {
        "patron_id": number,
        "etag": f"etag-{number}",
        "library_id": "MAIN",
        "category_id": "ADULT",
        "date_of_birth": "1990-02-01",
        "lang": "default",
        "expiry_date": "2028-01-15",
        "card_lost": False,
        "login_attempts": 0,
        "charges": [],
        "credit": "0.000000",
        "settled_at": None,
        "paid_at": None,
        "restrictions": [],
        "debarred": None,
        "flag_matches": True,
    } | changes


def redacted_patron(number: int) -> dict[str, object]:
    kept = {"patron_id": number, "library_id": "MAIN"}
    return dict.fromkeys(plugin_patron(number)) | kept


def plugin_page(numbers: Iterable[int], next_after: int | None = None, as_of: int = AS_OF) -> dict[str, object]:
    return {"as_of": as_of, "patrons": [plugin_patron(number) for number in numbers], "next_after": next_after}


def stock_patron(number: int, **changes: object) -> dict[str, object]:
    return {
        "patron_id": number,
        "library_id": "MAIN",
        "category_id": "ADULT",
        "date_of_birth": "1990-02-01",
        "lang": "default",
        "expiry_date": "2028-01-15",
        "patron_card_lost": False,
        "restricted": False,
        "login_attempts": 0,
        "account_balance": 0,
        "cardnumber": f"C{number}",
        "surname": "Surname",
        "firstname": "First",
    } | changes


def account(*outstanding: float, credit: Sequence[float] = ()) -> dict[str, object]:
    def lines(amounts: Iterable[float], first: int) -> list[Mapping[str, object]]:
        return [
            {"account_line_id": first + place, "amount_outstanding": amount, "debit_type": "OVERDUE",
             "date": "2026-03-01T10:00:00+00:00", "status": "UNRETURNED", "item_id": 41}
            for place, amount in enumerate(amounts)
        ]  # fmt: skip

    return {
        "balance": sum(outstanding) + sum(credit),
        "outstanding_debits": {"total": sum(outstanding), "lines": lines(outstanding, 1)},
        "outstanding_credits": {"total": sum(credit), "lines": lines(credit, 100)},
    }
