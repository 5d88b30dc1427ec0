"""Stock routes that write patrons and passwords, with the quirks that were recorded from Koha 23.05."""

from typing import Any

import pytest

from adapters.standin.library.library import Library
from tests.standin.client import API, Client

PATRONS = f"{API}/patrons"


class TestWriting:
    def test_put_changes_only_what_is_sent(self, setup: Client, patron: int) -> None:
        before = setup.get(f"{PATRONS}/{patron}").json()
        body = {"surname": "Ny", "library_id": "VIBY", "category_id": "ADULT", "login_attempts": 2, "opac_notes": "hej"}
        answer = setup.call("PUT", f"{PATRONS}/{patron}", json=body)
        assert answer.status_code == 200
        assert answer.json() == before | body | {"updated_on": answer.json()["updated_on"]}
        assert setup.get(f"{PATRONS}/{patron}").json() == answer.json()

    @pytest.mark.parametrize(
        ("body", "errors"),
        [
            (
                {"firstname": "x"},
                [("Missing property.", f"/body/{name}") for name in ("category_id", "library_id", "surname")],
            ),
            (
                {"surname": "x", "library_id": "HB", "category_id": "ADULT", "debarred": "2030-01-01"},
                [("Properties not allowed: debarred.", "/body")],
            ),
            (
                {"surname": "x", "library_id": "HB", "category_id": "ADULT", "restricted": True, "anonymized": False},
                [("Read-only.", "/body/anonymized"), ("Read-only.", "/body/restricted")],
            ),
            (
                {"surname": "x", "library_id": "HB", "category_id": "ADULT", "login_attempts": "many"},
                [("Expected integer/null - got string.", "/body/login_attempts")],
            ),
            (
                {"surname": "x", "library_id": "HB", "category_id": "ADULT", "date_of_birth": "31/12/1999"},
                [("Does not match date format.", "/body/date_of_birth")],
            ),
        ],
        ids=["missing", "unknown", "read-only", "wrong type", "wrong date"],
    )
    def test_a_bad_body_is_refused_field_by_field(
        self, setup: Client, patron: int, body: dict[str, Any], errors: list[tuple[str, str]]
    ) -> None:
        answer = setup.call("PUT", f"{PATRONS}/{patron}", json=body)
        assert answer.status_code == 400
        assert answer.json()["errors"] == [{"message": message, "path": path} for message, path in errors]

    def test_a_body_that_is_no_json_is_a_text(self, setup: Client) -> None:
        answer = setup.post(PATRONS, data="{bad", headers={"content-type": "application/json"})
        assert answer.json()["errors"] == [{"message": "Expected object - got string.", "path": "/body"}]

    def test_post_and_delete(self, setup: Client, library: Library) -> None:
        body = {
            "surname": "Ny", "firstname": "Nora", "library_id": "HB", "category_id": "CHILD",
            "cardnumber": "1717171717",
            "date_of_birth": "2015-03-04", "expiry_date": "2029-01-01", "date_enrolled": "2026-01-01", "lang": "da",
            "userid": "nora", "patron_card_lost": True,
        }  # fmt: skip
        answer = setup.post(PATRONS, json=body)
        assert answer.status_code == 201
        made = answer.json()
        assert answer.headers["Location"] == f"{PATRONS}/{made['patron_id']}"
        assert {name: made[name] for name in body} == body
        assert setup.post(PATRONS, json=body).json() == {"conflict": "cardnumber", "error": "Duplicate ID"}
        library.charge(made["patron_id"], "MANUAL", "5.00")
        assert setup.call("DELETE", f"{PATRONS}/{made['patron_id']}").json()["error_code"] == "has_debt"
        library.pay(made["patron_id"])
        assert setup.call("DELETE", f"{PATRONS}/{made['patron_id']}").status_code == 204
        assert setup.get(f"{PATRONS}/{made['patron_id']}").status_code == 404

    @pytest.mark.parametrize("field", ["library_id", "category_id"])
    def test_what_does_not_exist_is_named(self, setup: Client, patron: int, field: str) -> None:
        body = {"surname": "x", "library_id": "HB", "category_id": "ADULT", field: "NOPE"}
        assert setup.call("PUT", f"{PATRONS}/{patron}", json=body).json() == {"error": f"Given {field} does not exist"}

    def test_the_granular_key_may_not_put(self, client: Client, patron: int) -> None:
        answer = client.call("PUT", f"{PATRONS}/{patron}", json={})
        assert (answer.status_code, answer.json()["required_permissions"]) == (403, {"borrowers": "1"})


class TestPasswords:
    def test_failures_count_until_the_account_is_locked(self, setup: Client, library: Library, patron: int) -> None:
        wrong = {"userid": library.patron(patron).userid, "password": "nope"}
        seen = []
        for _ in range(7):
            answer = setup.post(f"{API}/auth/password/validation", json=wrong)
            assert (answer.status_code, answer.json()) == (400, {"error": "Validation failed"})
            seen.append(library.patron(patron).attempts)
        assert seen == [1, 2, 3, 4, 5, 5, 5]
        right = wrong | {"password": library.pin_of(patron)}
        assert setup.post(f"{API}/auth/password/validation", json=right).status_code == 400
        answer = setup.post(f"{PATRONS}/{patron}/password", json={"password": "9911", "password_2": "9911"})
        assert (answer.status_code, answer.text) == (200, '""')
        answer = setup.post(f"{API}/auth/password/validation", json=wrong | {"password": "9911"})
        assert (answer.status_code, answer.json()["patron_id"]) == (201, patron)

    def test_a_card_number_is_an_identifier(self, setup: Client, library: Library, patron: int) -> None:
        card = library.patron(patron).card_number
        body = {"identifier": card, "password": library.pin_of(patron)}
        assert setup.post(f"{API}/auth/password/validation", json=body).json()["cardnumber"] == card

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            (
                {"userid": "a", "identifier": "a", "password": "x"},
                "Bad request. Only one identifier attribute can be passed.",
            ),
            ({"identifier": "nobody", "password": "x"}, "Validation failed"),
            ({"password": "x"}, "Bad request. No identifier attribute passed."),
        ],
    )
    def test_other_refusals(self, setup: Client, body: dict[str, str], error: str) -> None:
        answer = setup.post(f"{API}/auth/password/validation", json=body)
        assert (answer.status_code, answer.json()) == (400, {"error": error})

    def test_two_different_passwords_are_refused(self, setup: Client, patron: int) -> None:
        answer = setup.post(f"{PATRONS}/{patron}/password", json={"password": "1", "password_2": "2"})
        assert answer.status_code == 400
