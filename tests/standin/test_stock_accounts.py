"""Stock routes for accounts and tokens, with the quirks that were recorded from Koha 23.05."""

from typing import Any

import pytest
import requests

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from tests.standin.client import API, TOKEN, Client


def account(patron: int, more: str = "") -> str:
    return f"{API}/patrons/{patron}/account{more}"


class TestReading:
    def test_an_account_without_lines_is_all_zeros(self, client: Client, patron: int) -> None:
        assert client.get(account(patron)).content == (
            b'{"balance":0,"outstanding_credits":{"lines":[],"total":0},"outstanding_debits":{"lines":[],"total":0}}'
        )

    def test_only_open_lines_are_there_and_amounts_are_numbers(
        self, client: Client, library: Library, patron: int
    ) -> None:
        library.charge(patron, "OVERDUE", "3.25", item_id=21, status="UNRETURNED")
        library.charge(patron, "LOST", "25.00")
        library.pay(patron, "3.25")
        found = client.get(account(patron)).json()
        assert found["balance"] == 25.0
        assert [(one["debit_type"], one["amount_outstanding"]) for one in found["outstanding_debits"]["lines"]] == [
            ("LOST", 25.0)
        ]
        assert found["outstanding_credits"] == {"lines": [], "total": 0}

    def test_credits_are_negative(self, client: Client, library: Library) -> None:
        found = client.get(account(library.subjects["owes_less_after_credit"])).json()
        assert (found["balance"], found["outstanding_credits"]["total"]) == (210.0, -30.0)
        assert found["outstanding_credits"]["lines"][0]["credit_type"] == "PAYMENT"

    def test_the_list_of_debits_has_paid_ones_too_and_calls_the_kind_type(
        self, client: Client, library: Library, patron: int
    ) -> None:
        library.charge(patron, "OVERDUE", "3.25")
        library.pay(patron)
        library.charge(patron, "LOST", "25.00")
        answer = client.get(account(patron, "/debits"))
        assert [(one["type"], one["amount_outstanding"]) for one in answer.json()] == [("OVERDUE", 0.0), ("LOST", 25.0)]
        assert "debit_type" not in answer.json()[0]
        assert f"&patron_id={patron}>" in answer.headers["Link"]

    def test_old_fees_are_listed_with_their_payments(self, client: Client, library: Library) -> None:
        number = next(one.id for one in library.ascending() if one.history[1] > 3 and not one.lines)
        debits = client.get(account(number, "/debits?_per_page=-1")).json()
        credits_ = client.get(account(number, "/credits?_per_page=-1")).json()
        assert len(debits) == len(credits_) == library.patron(number).history[1]
        assert {one["amount_outstanding"] for one in (*debits, *credits_)} == {0.0}
        assert sum(one["amount"] for one in (*debits, *credits_)) == 0
        assert "type" in credits_[0]

    @pytest.mark.parametrize(
        ("query", "status", "found"),
        [
            ('{"amount_outstanding": {">": 0}, "type": "LOST"}', 200, 1),
            ('{"amount_outstanding": {">": 100}}', 200, 0),
            ('{"debit_type": "LOST"}', 500, None),
        ],
    )
    def test_queries_know_type_and_not_debit_type(
        self, client: Client, library: Library, query: str, status: int, found: int | None
    ) -> None:
        number = library.subjects["owes_a_replacement"]
        answer = client.get(account(number, "/debits"), params={"q": query.replace("100", "150")})
        assert answer.status_code == status
        if found is not None:
            assert answer.headers["X-Total-Count"] == str(found)


class TestWriting:
    def test_a_debit_is_the_patrons_own(self, client: Client, patron: int) -> None:
        body = {"amount": 3.5, "type": "MANUAL", "description": "d", "library_id": "HB"}
        answer = client.post(account(patron, "/debits"), json=body)
        line = answer.json()
        assert answer.status_code == 201
        assert answer.headers["Location"] == account(patron, f"/debits/{line['account_line_id']}")
        assert (line["type"], line["amount"], line["user_id"], line["interface"]) == ("MANUAL", 3.5, patron, "api")

    def test_a_credit_pays_the_lines_it_names_first_and_then_the_oldest(
        self, client: Client, library: Library, patron: int
    ) -> None:
        first, second = (library.charge(patron, "OVERDUE", "10.00") for _ in range(2))
        body = {"amount": 12.0, "account_lines_ids": [second], "note": "x", "payment_type": "CASH"}
        line = client.post(account(patron, "/credits"), json=body).json()
        assert (line["amount"], line["amount_outstanding"], line["credit_type"]) == (-12.0, 0.0, "PAYMENT")
        left = {one.id: one.outstanding for one in library.patron(patron).lines if not one.credit}
        assert left == {first: 8_000_000, second: 0}

    def test_what_is_paid_too_much_stays_as_a_credit_and_settles(
        self, client: Client, library: Library, patron: int
    ) -> None:
        library.charge(patron, "OVERDUE", "33.85")
        line = client.post(account(patron, "/credits"), json={"amount": 500}).json()
        assert line["amount_outstanding"] == -466.15
        assert client.facts(patron)["credit"] == "466.150000"
        assert client.facts(patron)["settled_at"] == client.facts(patron)["paid_at"] is not None

    def test_an_unknown_credit_type_is_taken_as_it_comes(self, client: Client, patron: int) -> None:
        answer = client.post(account(patron, "/credits"), json={"amount": 1, "credit_type": "NOPE"})
        assert (answer.status_code, answer.json()["credit_type"]) == (201, "NOPE")

    @pytest.mark.parametrize("side", ["/credits", "/debits"])
    @pytest.mark.parametrize(
        ("amount", "status", "body"),
        [
            (
                0,
                500,
                {"error": "Something went wrong, check Koha logs for details.", "error_code": "internal_server_error"},
            ),
            (-1, 400, {"errors": [{"message": "-1 < minimum(0)", "path": "/body/amount"}], "status": 400}),
            (
                "1",
                400,
                {"errors": [{"message": "Expected number - got string.", "path": "/body/amount"}], "status": 400},
            ),
        ],
    )
    def test_amounts_that_are_none(
        self, client: Client, patron: int, side: str, amount: object, status: int, body: Any
    ) -> None:
        answer = client.post(account(patron, side), json={"amount": amount})
        assert (answer.status_code, answer.json()) == (status, body)


class TestTokens:
    def grant(self, koha: StandinKoha, **form: str) -> requests.Response:
        return requests.post(koha.url + TOKEN, data=form, timeout=5)

    def test_a_client_may_name_itself_in_the_form_or_in_the_header(self, koha: StandinKoha) -> None:
        secret = {"client_id": koha.client_id, "client_secret": koha.client_secret}
        one = self.grant(koha, grant_type="client_credentials", **secret)
        other = requests.post(
            koha.url + TOKEN,
            data={"grant_type": "client_credentials"},
            auth=(koha.client_id, koha.client_secret),
            timeout=5,
        )
        for answer in (one, other):
            assert answer.status_code == 200
            assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 3600)
        assert one.json()["access_token"] != other.json()["access_token"]

    @pytest.mark.parametrize(
        ("form", "status", "body"),
        [
            (
                {"client_id": "x"},
                400,
                {"errors": [{"message": "Missing property.", "path": "/grant_type"}], "status": 400},
            ),
            ({"client_id": "x", "grant_type": "password"}, 400, {"error": "Unimplemented grant type"}),
            ({"client_id": "x", "grant_type": "client_credentials"}, 403, {"error": "unauthorized_client"}),
        ],
    )
    def test_refusals(self, koha: StandinKoha, form: dict[str, str], status: int, body: Any) -> None:
        answer = self.grant(koha, **form)
        assert (answer.status_code, answer.json()) == (status, body)

    def test_a_wrong_secret(self, koha: StandinKoha) -> None:
        answer = self.grant(koha, grant_type="client_credentials", client_id=koha.client_id, client_secret="x")
        assert (answer.status_code, answer.json()) == (403, {"error": "access_denied"})

    def test_a_json_body_has_no_grant_type(self, koha: StandinKoha) -> None:
        body = {"grant_type": "client_credentials", "client_id": koha.client_id, "client_secret": koha.client_secret}
        assert requests.post(koha.url + TOKEN, json=body, timeout=5).status_code == 400

    @pytest.mark.parametrize(
        ("headers", "status", "body"),
        [
            ({}, 401, {"error": "Authentication failure."}),
            ({"Authorization": "Bearer nonsense"}, 401, {"error": "Authentication failure."}),
            ({"Authorization": "Basic eDp5"}, 403, {"error": "Invalid password", "required_permissions": None}),
        ],
    )
    def test_who_has_no_token(self, koha: StandinKoha, headers: dict[str, str], status: int, body: Any) -> None:
        answer = requests.get(f"{koha.url}{API}/patrons", headers=headers, timeout=5)
        assert (answer.status_code, answer.json()) == (status, body)

    def test_a_token_is_good_for_an_hour_of_the_librarys_clock(self) -> None:
        library = build_library(30)
        with StandinKoha(library) as koha:
            client = Client(koha, koha.client_id, koha.client_secret)
            library.advance(3599)
            assert client.get(f"{API}/patrons").status_code == 200
            library.advance(2)
            assert client.get(f"{API}/patrons").status_code == 401
            client.close()

    def test_who_lacks_a_permission_is_told_which(self, low: Client) -> None:
        assert low.get(f"{API}/patrons").json()["required_permissions"] == [
            {"borrowers": "edit_borrowers"},
            {"tools": "label_creator"},
            {"serials": "routing"},
            {"acquisition": "order_manage"},
        ]
        assert low.get(account(1)).json()["required_permissions"] == {
            "borrowers": "edit_borrowers",
            "updatecharges": "remaining_permissions",
        }
