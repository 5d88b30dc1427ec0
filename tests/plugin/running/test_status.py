"""What the status says of Koha: of this one, of an older one, of a newer one."""

import pytest

from tests.live.client import Client
from tests.live.people import People
from tests.live.staff import Staff

from .koha import Koha
from .mariadb import ZONE

NEWER = """
ALTER TABLE categories ADD noissuescharge int, ADD noissueschargeguarantees int;
UPDATE categories SET noissuescharge = 20 WHERE categorycode = 'ADULT';
UPDATE categories SET noissueschargeguarantees = 0 WHERE categorycode = 'CHILD';
"""


def test_preferences_are_those_of_koha_s_table_by_koha_s_names(client: Client) -> None:
    preferences = client.status()["preferences"]
    assert (preferences["finesMode"], preferences["noissuescharge"]) == ("production", "225")
    assert preferences["NoIssuesChargeGuarantorsWithGuarantees"] == "", "null is empty"
    assert "SomethingElse" not in preferences
    assert len(preferences) == 23


def test_a_preference_that_this_koha_does_not_have_is_left_out(served: Koha, client: Client) -> None:
    served.sql("DELETE FROM systempreferences WHERE variable IN ('OpacRenewalAllowed', 'AnonymousPatron')")
    status = client.status()
    assert not {"OpacRenewalAllowed", "AnonymousPatron"} & status["preferences"].keys()
    assert status["anonymous_patron_id"] is None


@pytest.mark.parametrize(("value", "patron"), [("7", 7), ("0", None), ("", None), ("x7", None), ("7\n8", None)])
def test_the_anonymous_patron_is_a_number_or_nobody(
    served: Koha, client: Client, value: str, patron: int | None
) -> None:
    served.sql(f"UPDATE systempreferences SET value = '{value}' WHERE variable = 'AnonymousPatron'")
    assert client.status()["anonymous_patron_id"] == patron


def test_older_koha_has_no_limits_of_a_category_s_own(client: Client) -> None:
    none = {"fines_limit": None, "guarantees_limit": None, "guarantors_limit": None}
    assert client.status()["categories"] == [
        {"id": "ADULT", "type": "A"} | none,
        {"id": "CHILD", "type": "C"} | none,
        {"id": "STAT", "type": "X"} | none,
    ]
    assert client.status()["statistical_categories"] == ["STAT"]


def test_newer_koha_s_limits_are_told_as_amounts(served: Koha, client: Client) -> None:
    served.sql(NEWER)
    limits = {
        one["id"]: (one["fines_limit"], one["guarantees_limit"], one["guarantors_limit"])
        for one in client.status()["categories"]
    }
    assert limits == {"ADULT": ("20.00", None, None), "CHILD": (None, "0.00", None), "STAT": (None, None, None)}


def test_all_codes_are_told_archived_ones_too(served: Koha, client: Client) -> None:
    served.sql("INSERT INTO branches VALUES ('10', 'A number is text')")
    status = client.status()
    assert status["libraries"] == ["10", "MAIN", "NORTH"]
    assert status["charge_types"] == ["LOST", "MANUAL", "OVERDUE", "PAYOUT", "RENT", "VOID"]
    assert (status["item_types"], status["patron_attributes"]) == (["BOOK", "FILM"], ["PLAN"])


def test_the_rest_is_told_too(served: Koha, client: Client) -> None:
    status = client.status()
    assert (status["currency"], status["time_zone"], status["patron_count"]) == ("DKK", ZONE, 5)
    assert (status["api_user_id"], status["writer"], status["paused"]) == (1, None, False)
    served.sql("UPDATE currency SET active = 0")
    assert client.status()["currency"] is None


def test_types_are_counted_with_those_in_force_and_those_that_koha_lost(
    served: Koha, client: Client, staff: Staff, people: People
) -> None:
    staff.register("CW_PIN")
    patron = people.make()
    served.sql(
        f"INSERT INTO borrower_debarments (borrowernumber, type, expiration) VALUES ({patron}, 'CW_DEBT', NULL), "
        f"({patron}, 'CW_DEBT', CURRENT_DATE), ({patron}, 'CW_DEBT', CURRENT_DATE + INTERVAL 1 DAY), "
        f"({patron}, 'MANUAL', NULL)"
    )
    staff.delete_type("CW_PIN")
    assert client.status()["types"] == [
        {"type": "CW_DEBT", "exists": True, "rows": 3, "in_force": 2},
        {"type": "CW_PIN", "exists": False, "rows": 0, "in_force": 0},
    ]


def test_every_request_is_noted_with_who_sent_it(served: Koha, client: Client) -> None:
    client.status()
    [[at], [by]] = served.sql(
        "SELECT plugin_value FROM plugin_data WHERE plugin_key LIKE 'contact%' ORDER BY plugin_key"
    )
    assert abs(int(at) - client.status()["database_time"]) < 60
    assert by == "1"


def test_what_fails_inside_is_koha_s_own_500_and_the_next_request_is_answered(served: Koha, client: Client) -> None:
    served.sql("RENAME TABLE currency TO elsewhere")
    for _ in range(3):
        answer = client.call("GET", "/api/v1/contrib/cardwarden/status")
        assert (answer.status_code, answer.json()["error_code"]) == (500, "internal_server_error")
    served.sql("RENAME TABLE elsewhere TO currency")
    assert client.status()["currency"] == "DKK"
