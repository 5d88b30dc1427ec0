"""The plugin's page in the staff interface: registering types, and the switch that stops all writing."""

from collections.abc import Iterator

import pytest

from tests.live.client import STALE, Client, row
from tests.live.conftest import Hands
from tests.live.people import People

SPARE = "CW_LIVE_SPARE"


def registered(koha: Client) -> dict[str, bool]:
    return {one["type"]: one["exists"] for one in koha.status()["types"]}


@pytest.fixture
def spare(koha: Client, staff: Hands) -> Iterator[str]:
    """A type that is registered for one test."""
    assert staff.register(SPARE) == "cardwarden-done"
    yield SPARE
    left = registered(koha)
    if SPARE in left:
        assert staff.forget(SPARE) == "cardwarden-done"
    if left.get(SPARE, True):
        staff.delete_type(SPARE)


@pytest.fixture
def paused(staff: Hands) -> Iterator[None]:
    staff.pause(True)
    yield
    staff.pause(False)


@pytest.mark.parametrize("kind", ["MANUAL", "SUSPENSION", "CW_", "CW_live", "LIVE", "CW_LIVE-ONE", "CW_" + "X" * 48])
def test_a_type_that_could_be_staffs_is_not_registered(koha: Client, staff: Hands, kind: str) -> None:
    before = registered(koha)
    assert staff.register(kind) == "cardwarden-problem"
    assert registered(koha) == before


def test_a_type_is_registered_and_forgotten_on_the_page(koha: Client, staff: Hands, spare: str, patron: int) -> None:
    assert registered(koha)[spare] is True
    assert koha.result(patron, set=[row(spare)])["status"] == 201
    assert staff.forget(spare) == "cardwarden-problem", "a type with rows was forgotten"
    assert koha.result(patron, remove=[spare])["status"] == 200
    assert staff.forget(spare) == "cardwarden-done"
    assert spare not in registered(koha)
    assert koha.result(patron, set=[row(spare)])["status"] == 403


def test_a_registered_type_that_koha_lost_is_refused(
    koha: Client, staff: Hands, people: People, spare: str, kind: str
) -> None:
    blocked, free = people.make(), people.make()
    koha.result(blocked, set=[row(spare)])
    [ours] = koha.rows(blocked)
    staff.delete_type(spare)
    assert registered(koha)[spare] is False
    [left] = koha.rows(blocked)
    assert (left["type"], left["ours"]) == ("MANUAL", False)
    same = ("id", "comment", "expiration")
    assert [left[key] for key in same] == [ours[key] for key in same], "the row is the same, under the default type"
    assert (koha.facts(blocked)["debarred"], koha.facts(blocked)["flag_matches"]) == ("9999-12-31", True)
    for item in ({"set": [row(spare)]}, {"remove": [spare]}, {"etag": STALE, "set": [row(spare), row(kind)]}):
        assert koha.result(free, **item)["status"] == 409
    assert koha.result(free, set=[row(spare)], remove=["MANUAL"])["status"] in {403, 409}
    assert koha.rows(free) == []
    assert koha.rows(blocked) == [left]


@pytest.mark.usefixtures("paused")
def test_while_writing_is_paused_every_write_is_503_and_reading_goes_on(koha: Client, patron: int, kind: str) -> None:
    assert koha.status()["paused"] is True
    item = {"patron_id": patron, "etag": koha.facts(patron)["etag"], "set": [row(kind)]}
    for answer in (koha.change(item), koha.change(), koha.change(item, instance="another", takeover=True)):
        assert (answer.status_code, answer.json()["error_code"]) == (503, "paused")
    assert koha.rows(patron) == []
    assert koha.status()["writer"] == koha.instance


@pytest.mark.usefixtures("paused")
def test_a_wrong_request_is_said_before_the_pause_and_the_pause_before_another_writer(
    koha: Client, patron: int
) -> None:
    assert koha.change({"patron_id": patron, "etag": "none"}).status_code == 400
    assert koha.change(instance="another").status_code == 503


def test_after_the_pause_writing_goes_on(koha: Client, staff: Hands, patron: int, kind: str) -> None:
    staff.pause(True)
    staff.pause(False)
    assert koha.status()["paused"] is False
    assert koha.result(patron, set=[row(kind)])["status"] == 201
