"""`GET /status`, `GET /patrons` and `POST /patrons` of the plugin, as docs/plugin-api.md has them."""

import re
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import adapters
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from tests.standin.client import PLUGIN, Client

PERL = Path(adapters.__file__).parent / "koha/plugin/Koha/Plugin/Dk/Cardwarden"
PATRON_KEYS = {
    "patron_id", "etag", "library_id", "category_id", "date_of_birth", "lang", "expiry_date", "card_lost",
    "login_attempts", "charges", "credit", "settled_at", "paid_at", "restrictions", "debarred", "flag_matches",
    "staff_releases", "notices", "money_at",
}  # fmt: skip


def test_status_says_what_the_contract_lists(client: Client, library: Library) -> None:
    status = client.get(f"{PLUGIN}/status").json()
    assert set(status) == {
        "plugin_version", "api_version", "koha_version", "installation_id", "database_time", "time_zone", "currency",
        "patron_count", "paused", "writer", "api_user_id", "anonymous_patron_id", "statistical_categories", "types",
        "preferences", "categories", "libraries", "charge_types", "item_types", "patron_attributes", "parts",
    }  # fmt: skip
    assert status["database_time"] == pytest.approx(library.now(), abs=2)
    assert (status["api_version"], status["currency"], status["time_zone"]) == (3, "DKK", "Europe/Copenhagen")
    assert status["patron_count"] == len(library.patrons)
    assert status["statistical_categories"] == ["STAT"]
    assert status["anonymous_patron_id"] is None
    assert {"id": "STAT", "type": "X", "fines_limit": None, "guarantees_limit": None, "guarantors_limit": None} in (
        status["categories"]
    )
    assert "HB" in status["libraries"]
    assert {"LOST", "OVERDUE", "VOID"} <= set(status["charge_types"])
    assert (status["item_types"], status["patron_attributes"]) == (["BOG", "FILM", "MUSIK", "SPIL"], ["AFDRAG"])


def test_the_preferences_are_those_that_the_real_plugin_sends(client: Client, library: Library) -> None:
    source = (PERL / "Status.pm").read_text()
    named = re.search(r"@PREFERENCES = qw\((.*?)\)", source, re.DOTALL)
    assert named is not None
    assert set(client.get(f"{PLUGIN}/status").json()["preferences"]) == set(named[1].split())


def test_status_counts_rows_of_each_registered_type(client: Client, library: Library, patron: int) -> None:
    library.staff_restricts(patron, "CW_FEE", "")
    library.staff_restricts(patron, "CW_FEE", "", library.today())
    types = {one["type"]: one for one in client.get(f"{PLUGIN}/status").json()["types"]}
    assert types["CW_FEE"] == {"type": "CW_FEE", "exists": True, "rows": 2, "in_force": 1}
    assert types["CW_COLLECTION"] == {"type": "CW_COLLECTION", "exists": True, "rows": 0, "in_force": 0}


def test_a_type_that_koha_lost_is_still_registered() -> None:
    library = build_library(30)
    library.delete_restriction_type("CW_PIN")
    with StandinKoha(library) as koha:
        client = Client(koha, koha.client_id, koha.client_secret)
        types = {one["type"]: one["exists"] for one in client.get(f"{PLUGIN}/status").json()["types"]}
        library.set_preference("AnonymousPatron", "7")
        assert client.get(f"{PLUGIN}/status").json()["anonymous_patron_id"] == 7
        client.close()
    assert (types["CW_PIN"], types["CW_DEBT"]) == (False, True)


def test_a_patron_has_the_keys_of_the_contract(client: Client, library: Library) -> None:
    facts = client.facts(library.subjects["owes_replacement_and_fees"])
    assert set(facts) == PATRON_KEYS
    assert [(one["type"], one["outstanding"]) for one in facts["charges"]] == [
        ("LOST", "349.000000"), ("PROCESSING", "30.000000"), ("OVERDUE", "65.000000"),
    ]  # fmt: skip
    assert set(facts["charges"][0]) == {"id", "type", "status", "outstanding", "date", "item_id"}
    assert date.fromisoformat(facts["charges"][0]["date"]) < library.today()
    assert (facts["credit"], facts["login_attempts"], facts["card_lost"]) == ("0.000000", 0, False)


def test_credit_is_a_positive_sum_and_no_charge(client: Client, library: Library) -> None:
    facts = client.facts(library.subjects["has_credit"])
    assert (facts["charges"], facts["credit"]) == ([], "50.000000")


def test_restrictions_are_all_listed_and_marked_as_ours_or_not(client: Client, library: Library, patron: int) -> None:
    library.staff_restricts(patron, "MANUAL", "staff's", library.today() - timedelta(days=3))
    library.staff_restricts(patron, "CW_DEBT", "ours")
    facts = client.facts(patron)
    assert [(row["type"], row["ours"], row["comment"]) for row in facts["restrictions"]] == [
        ("MANUAL", False, "staff's"), ("CW_DEBT", True, "ours"),
    ]  # fmt: skip
    assert set(facts["restrictions"][0]) == {"id", "type", "comment", "expiration", "created", "ours"}
    assert (facts["debarred"], facts["flag_matches"]) == ("9999-12-31", True)


def test_a_flag_beside_its_rows_is_told(client: Client, library: Library, patron: int) -> None:
    library.set_flag(patron, date(9999, 12, 31), "phantom")
    facts = client.facts(patron)
    assert (facts["debarred"], facts["flag_matches"], facts["restrictions"]) == ("9999-12-31", False, [])


def test_a_flag_whose_date_is_past_matches_rows_that_have_ended(client: Client, library: Library) -> None:
    facts = client.facts(library.subjects["staff_restriction_expired"])
    assert facts["debarred"] < library.today().isoformat()
    assert facts["flag_matches"] is True


def test_names_come_only_when_asked(client: Client, library: Library) -> None:
    answer = client.post(f"{PLUGIN}/patrons", json={"patron_ids": [1], "names": True}).json()["patrons"][0]
    assert set(answer) == PATRON_KEYS | {"cardnumber", "surname", "firstname"}
    assert set(client.page(limit=1, names=1)["patrons"][0]) == set(answer)
    assert set(client.page(limit=1, names=0)["patrons"][0]) == PATRON_KEYS


def test_a_hidden_patron_is_null_but_for_number_and_library(client: Client, library: Library, patron: int) -> None:
    library.hide_patron(patron)
    facts = client.facts(patron)
    assert {name for name, value in facts.items() if value is not None} == {"patron_id", "library_id"}
    assert set(facts) == PATRON_KEYS - {"notices", "money_at"}, "what version 3 added may be left out"


class TestPages:
    def test_only_patrons_who_can_matter_come_unless_everyone_is_asked_for(
        self, client: Client, library: Library
    ) -> None:
        shown = [one["patron_id"] for one in client.page(limit=10_000)["patrons"]]
        assert shown == [one.id for one in library.ascending() if one.can_matter()]
        assert 0 < len(shown) < len(library.patrons) / 2
        everyone = [one["patron_id"] for one in client.page(limit=10_000, everyone=1)["patrons"]]
        assert everyone == sorted(library.patrons)

    @pytest.mark.parametrize(
        "kind",
        [
            "owes_little",
            "has_credit",
            "debits_and_credits_cancel",
            "pin_failed_once",
            "locked_by_administrator",
            "card_lost",
            "restricted_by_staff",
            "staff_restriction_expired",
        ],
    )
    def test_each_thing_alone_is_enough_to_matter(self, client: Client, library: Library, kind: str) -> None:
        number = library.subjects[kind]
        assert [one["patron_id"] for one in client.page(after=number - 1, limit=1)["patrons"]] == [number]

    def test_a_phantom_flag_alone_matters(self, client: Client, library: Library, patron: int) -> None:
        assert client.page(after=patron - 1)["patrons"] == []
        library.set_flag(patron, date(9999, 12, 31))
        assert [one["patron_id"] for one in client.page(after=patron - 1)["patrons"]] == [patron]

    @pytest.mark.parametrize("limit", [1, 7, 100, 10_000])
    def test_keyset_pages_together_are_everyone_once(self, client: Client, library: Library, limit: int) -> None:
        numbers: list[int] = []
        after: int | None = 0
        pages = 0
        while after is not None and pages < 20:
            page = client.page(limit=limit, after=after, everyone=1)
            numbers += [one["patron_id"] for one in page["patrons"]]
            assert (page["next_after"] is None) is (len(page["patrons"]) < limit)
            after, pages = page["next_after"], pages + 1
        assert numbers == sorted(library.patrons)[: len(numbers)]
        assert after is not None or len(numbers) == len(library.patrons)

    def test_a_full_last_page_is_followed_by_an_empty_one(self, client: Client, library: Library) -> None:
        last = max(library.patrons)
        page = client.page(after=last - 1, limit=1, everyone=1)
        assert page["next_after"] == last
        assert client.page(after=last, limit=1, everyone=1) == {
            "as_of": pytest.approx(library.now(), abs=2),
            "patrons": [],
            "next_after": None,
        }

    def test_changed_since_gives_whoever_moved_even_if_they_no_longer_matter(
        self, client: Client, library: Library, patron: int
    ) -> None:
        def moved() -> list[int]:
            return [one["patron_id"] for one in client.page(changed_since=library.now() - 60)["patrons"]]

        library.charge(patron, "OVERDUE", "30.00")
        library.pay(patron)
        assert library.patron(patron).can_matter() is False
        assert patron in moved()
        library.advance(120)
        assert patron not in moved()
        library.wrong_pin(patron)
        library.right_pin(patron)
        assert patron in moved()

    @pytest.mark.parametrize(
        ("query", "message", "path"),
        [
            ("limit=0", "0 < minimum(1)", "/limit"),
            ("limit=10001", "10001 > maximum(10000)", "/limit"),
            ("limit=abc", "Expected integer - got string.", "/limit"),
            ("after=-1", "-1 < minimum(0)", "/after"),
            ("everyone=2", "2 > maximum(1)", "/everyone"),
            ("changed_since=yesterday", "Expected integer - got string.", "/changed_since"),
        ],
    )
    def test_a_bad_parameter_is_refused_as_kohas_validator_does(
        self, client: Client, query: str, message: str, path: str
    ) -> None:
        answer = client.get(f"{PLUGIN}/patrons?{query}")
        assert answer.status_code == 400
        assert answer.json() == {"errors": [{"message": message, "path": path}], "status": 400}


class TestLookUp:
    def test_unknown_numbers_are_left_out_and_the_rest_comes_by_number(self, client: Client) -> None:
        answer = client.post(f"{PLUGIN}/patrons", json={"patron_ids": [5, 3, 999_999, 5]})
        assert [one["patron_id"] for one in answer.json()["patrons"]] == [3, 5]

    def test_a_card_number_finds_its_holder(self, client: Client, library: Library, patron: int) -> None:
        card = library.patron(patron).card_number
        answer = client.post(f"{PLUGIN}/patrons", json={"cardnumber": card, "names": True}).json()
        assert [(one["patron_id"], one["cardnumber"]) for one in answer["patrons"]] == [(patron, card)]
        assert client.post(f"{PLUGIN}/patrons", json={"cardnumber": "nobody's"}).json()["patrons"] == []

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"patron_ids": [1], "cardnumber": "1"},
            {"patron_ids": ["1"]},
            {"patron_ids": list(range(501))},
            {"zzz": 1},
        ],
    )
    def test_a_bad_body_is_refused(self, client: Client, body: dict[str, Any]) -> None:
        assert client.post(f"{PLUGIN}/patrons", json=body).status_code == 400


class TestEtag:
    def test_it_is_the_hash_of_the_contracts_text(self, client: Client, library: Library, patron: int) -> None:
        line = library.charge(patron, "OVERDUE", "30.00")
        row = library.staff_restricts(patron, "CW_DEBT", "x", library.today() + timedelta(days=9))
        end = library.patron(patron).restrictions[0].expiration
        text = f"{line}:OVERDUE:30.000000|0.000000|0|0|1985-05-05|ADULT|HB||{row}:CW_DEBT:{end}"
        assert client.facts(patron)["etag"] == sha256(text.encode()).hexdigest()

    @pytest.mark.parametrize(
        "act",
        [
            pytest.param(lambda it, who: it.charge(who, "OVERDUE", "1.00"), id="a charge"),
            pytest.param(lambda it, who: it.pay(who, "1.00"), id="a payment"),
            pytest.param(lambda it, who: it.wrong_pin(who), id="a wrong PIN"),
            pytest.param(lambda it, who: it.card_lost(who), id="a lost card"),
            pytest.param(lambda it, who: it.change_patron(who, born=date(2001, 1, 1)), id="a birth date"),
            pytest.param(lambda it, who: it.change_patron(who, category="YOUNG"), id="a category"),
            pytest.param(lambda it, who: it.change_patron(who, library="VIBY"), id="a library"),
            pytest.param(lambda it, who: it.staff_restricts(who, "CW_DEBT"), id="a row of ours"),
        ],
    )
    def test_it_moves_with(self, client: Client, library: Library, patron: int, act: Any) -> None:
        before = client.facts(patron)["etag"]
        act(library, patron)
        assert client.facts(patron)["etag"] != before

    def test_it_stays_with_staffs_rows_and_with_comments(self, client: Client, library: Library, patron: int) -> None:
        row = library.staff_restricts(patron, "CW_DEBT", "before")
        before = client.facts(patron)["etag"]
        library.staff_edits(row, comment="after")
        library.staff_restricts(patron, "MANUAL", "staff's")
        library.change_patron(patron, lang="en", expires=None)
        assert client.facts(patron)["etag"] == before

    def test_it_moves_when_a_type_is_registered(self, client: Client, library: Library, patron: int) -> None:
        library.add_restriction_type("CW_LATE")
        library.staff_restricts(patron, "CW_LATE")
        before = client.facts(patron)
        library.register_type("CW_LATE")
        after = client.facts(patron)
        library.unregister_type("CW_LATE")
        assert after["etag"] != before["etag"]
        assert (before["restrictions"][0]["ours"], after["restrictions"][0]["ours"]) == (False, True)


@pytest.mark.parametrize("path", ["/status", "/patrons"])
def test_without_the_permissions_nothing_is_read(low: Client, path: str) -> None:
    answer = low.get(PLUGIN + path)
    assert answer.status_code == 403
    assert answer.json()["error"] == "Authorization failure. Missing required permission(s)."


def test_without_the_plugin_its_routes_are_not_there() -> None:
    with StandinKoha(build_library(30), plugin=False) as koha:
        client = Client(koha, koha.client_id, koha.client_secret)
        answer = client.get(f"{PLUGIN}/status")
        paths = client.get("/api/v1/").json()["paths"]
        client.close()
    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": "Not Found.", "path": "/"}], "status": 404}
    assert not any("contrib" in path for path in paths)
