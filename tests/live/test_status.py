"""What the plugin says of itself, of Koha and of the registered types."""

from zoneinfo import ZoneInfo

from tests.live.client import Client, row
from tests.live.people import People


def test_the_status_says_who_and_when_it_is(koha: Client) -> None:
    status = koha.status()
    assert status["api_version"] == 3
    assert status["plugin_version"]
    assert status["koha_version"].count(".") == 3
    assert len(status["installation_id"]) == 36
    assert status["api_user_id"] > 0
    assert status["writer"] == koha.instance
    assert status["paused"] is False
    if status["time_zone"] is not None:
        ZoneInfo(status["time_zone"])


def test_the_installation_stays_the_same(koha: Client) -> None:
    assert koha.status()["installation_id"] == koha.status()["installation_id"]


def test_the_clock_is_that_of_the_pages(koha: Client) -> None:
    before = koha.status()["database_time"]
    page = koha.page(limit=1)["as_of"]
    some = koha.look_up(patron_ids=[])["as_of"]
    changed = koha.change().json()["as_of"]
    assert before <= page <= some <= changed <= koha.status()["database_time"] < before + 60


def test_the_preferences_that_matter_are_named_as_text(koha: Client) -> None:
    preferences = koha.status()["preferences"]
    assert {"AnonymousPatron", "FailedLoginAttempts", "RestrictionBlockRenewing", "finesMode"} <= preferences.keys()
    assert {"noissuescharge", "OverduesBlockRenewing", "ILS-DI:AuthorizedIPs", "OPACLanguages"} <= preferences.keys()
    assert all(isinstance(value, str) for value in preferences.values())


def test_a_new_patron_is_counted(koha: Client, people: People) -> None:
    before = koha.status()["patron_count"]
    people.make()
    assert koha.status()["patron_count"] == before + 1


def test_types_are_ours_sorted_and_counted(koha: Client, patron: int, kinds: tuple[str, str]) -> None:
    def counts() -> dict[str, tuple[int, int]]:
        types = koha.status()["types"]
        assert [one["type"] for one in types] == sorted(one["type"] for one in types)
        assert all(one["type"].startswith("CW_") for one in types)
        return {one["type"]: (one["rows"], one["in_force"]) for one in types if one["exists"]}

    before = counts()
    assert set(kinds) <= before.keys()
    koha.result(patron, set=[row(kinds[0])])
    rows, in_force = before[kinds[0]]
    assert counts() == before | {kinds[0]: (rows + 1, in_force + 1)}
    koha.result(patron, remove=[kinds[0]])
    assert counts() == before


def test_what_a_policy_may_name_is_named(koha: Client, people: People) -> None:
    status = koha.status()
    patrons = koha.page(everyone=1, limit=1000)["patrons"]
    assert {one["category_id"] for one in patrons} <= {one["id"] for one in status["categories"]}
    assert {one["library_id"] for one in patrons} <= set(status["libraries"])
    assert {line["type"] for one in patrons for line in one["charges"]} <= set(status["charge_types"])
    assert {"LOST", "MANUAL", "OVERDUE", "VOID"} <= set(status["charge_types"])
    for names in ("libraries", "charge_types", "item_types", "patron_attributes"):
        assert status[names] == sorted(set(status[names]))
    statistical = [one["id"] for one in status["categories"] if one["type"] == "X"]
    assert status["statistical_categories"] == statistical


def test_koha_23_05_has_no_limits_of_a_category_s_own(koha: Client) -> None:
    status = koha.status()
    if status["koha_version"].startswith("23.05"):
        limits = ("fines_limit", "guarantees_limit", "guarantors_limit")
        assert {one[limit] for one in status["categories"] for limit in limits} == {None}
