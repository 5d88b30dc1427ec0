"""What staff do by hand: their own rows are shown and never touched; what they did to ours is put in order."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.live.client import Client, Json, row
from tests.live.conftest import Hands
from tests.live.people import People

pytestmark = pytest.mark.usefixtures("staff")


@pytest.fixture(scope="module")
def today(koha: Client) -> date:
    """The database's day."""
    status = koha.status()
    moment = datetime.fromtimestamp(status["database_time"], tz=UTC)
    return moment.astimezone(ZoneInfo(status["time_zone"] or "UTC")).date()


def of(koha: Client, patron: int, kind: str) -> list[Json]:
    return [one for one in koha.rows(patron) if one["type"] == kind]


def test_staffs_own_row_is_shown_as_not_ours(koha: Client, staff: Hands, patron: int, today: date) -> None:
    until = today + timedelta(days=40)
    staff.restrict(patron, comment="Ask at the desk – æøå", until=until)
    facts = koha.facts(patron)
    [shown] = facts["restrictions"]
    assert (shown["type"], shown["comment"], shown["ours"]) == ("MANUAL", "Ask at the desk – æøå", False)
    assert shown["expiration"] == facts["debarred"] == until.isoformat()
    assert patron in {one["patron_id"] for one in koha.walk()}


def test_staffs_own_row_does_not_move_the_etag(koha: Client, staff: Hands, patron: int) -> None:
    before = koha.facts(patron)["etag"]
    staff.restrict(patron)
    [foreign] = koha.rows(patron)
    assert koha.facts(patron)["etag"] == before
    staff.lift(patron, foreign["id"])
    assert koha.facts(patron)["etag"] == before


def test_staffs_own_row_outlives_ours_unchanged(
    koha: Client, staff: Hands, patron: int, kind: str, today: date
) -> None:
    until = (today + timedelta(days=40)).isoformat()
    staff.restrict(patron, until=today + timedelta(days=40))
    before = of(koha, patron, "MANUAL")
    koha.result(patron, set=[row(kind)])
    assert koha.facts(patron)["debarred"] == "9999-12-31"
    koha.result(patron, set=[row(kind, "Amended.")])
    koha.result(patron, remove=[kind])
    facts = koha.facts(patron)
    assert facts["restrictions"] == before
    assert (facts["debarred"], facts["flag_matches"]) == (until, True)


@pytest.mark.parametrize("asked", ["set", "remove"])
def test_staffs_own_row_cannot_be_reached(koha: Client, staff: Hands, patron: int, asked: str) -> None:
    staff.restrict(patron)
    before = koha.facts(patron)
    assert koha.result(patron, **{asked: [row("MANUAL") if asked == "set" else "MANUAL"]})["status"] == 403
    assert koha.facts(patron) == before


def test_staffs_own_comment_counts_for_the_length(koha: Client, staff: Hands, patron: int, kind: str) -> None:
    staff.restrict(patron, comment="x" * 200)
    result = koha.result(patron, set=[row(kind, "y" * 100, "y" * 60)])
    assert (result["status"], result["length"]) == (422, 261)
    assert koha.result(patron, set=[row(kind, "y" * 100, "y" * 54)])["status"] == 201


def test_two_rows_of_ours_become_the_one_that_lasts_longest(
    koha: Client, staff: Hands, patron: int, kind: str, today: date
) -> None:
    for days in (10, 30, 20):
        staff.restrict(patron, kind, f"For {days} days.", today + timedelta(days=days))
    longest = of(koha, patron, kind)[1]
    result = koha.result(patron, set=[row(kind, "One text.")])
    assert (result["status"], result["written"]) == (200, True)
    [kept] = koha.rows(patron)
    assert (kept["id"], kept["expiration"], kept["comment"]) == (longest["id"], longest["expiration"], "One text.")
    assert koha.facts(patron)["debarred"] == longest["expiration"]


def test_of_rows_that_last_equally_long_the_first_stays(koha: Client, staff: Hands, patron: int, kind: str) -> None:
    koha.result(patron, set=[row(kind, "Ours.")])
    staff.restrict(patron, kind, "Again.")
    first, second = koha.rows(patron)
    assert first["id"] < second["id"]
    assert koha.result(patron, set=[row(kind, "Again.")])["written"] is True
    [kept] = koha.rows(patron)
    assert (kept["id"], kept["comment"]) == (first["id"], "Again.")


@pytest.mark.parametrize("ago", [0, 1, 400])
def test_a_row_no_longer_in_force_is_replaced_by_an_endless_one(
    koha: Client, staff: Hands, patron: int, kind: str, today: date, ago: int
) -> None:
    staff.restrict(patron, kind, until=today - timedelta(days=ago))
    [old] = koha.rows(patron)
    assert koha.facts(patron)["flag_matches"] is True
    assert koha.result(patron, set=[row(kind)])["status"] == 201
    [new] = koha.rows(patron)
    assert (new["id"] > old["id"], new["expiration"]) == (True, None)
    assert koha.facts(patron)["debarred"] == "9999-12-31"


def test_an_end_that_staff_gave_our_row_is_kept(
    koha: Client, staff: Hands, patron: int, kind: str, today: date
) -> None:
    until = (today + timedelta(days=15)).isoformat()
    staff.restrict(patron, kind, "By hand.", today + timedelta(days=15))
    before = koha.facts(patron)["etag"]
    assert koha.result(patron, set=[row(kind, "By hand.")])["written"] is False
    assert koha.result(patron, set=[row(kind, "Ours.")])["etag"] == before
    [kept] = koha.rows(patron)
    assert (kept["expiration"], kept["comment"]) == (until, "Ours.")


def test_removing_takes_every_row_of_the_type_and_no_other(
    koha: Client, staff: Hands, patron: int, kinds: tuple[str, str], today: date
) -> None:
    one, two = kinds
    for kind in (one, "MANUAL", one, two):
        staff.restrict(patron, kind)
    staff.restrict(patron, one, until=today - timedelta(days=5))
    assert koha.result(patron, remove=[one])["status"] == 200
    facts = koha.facts(patron)
    assert [row["type"] for row in facts["restrictions"]] == ["MANUAL", two]
    assert facts["flag_matches"] is True


def test_what_staff_lifted_moved_the_facts(koha: Client, staff: Hands, patron: int, kind: str) -> None:
    blocked = koha.result(patron, set=[row(kind)])["etag"]
    [ours] = koha.rows(patron)
    staff.lift(patron, ours["id"])
    assert koha.result(patron, etag=blocked, set=[row(kind)])["status"] == 412
    assert koha.rows(patron) == []


@pytest.mark.parametrize("foreign", [True, False], ids=["their own", "of our type"])
def test_what_staff_set_and_lift_is_found_as_moved(
    koha: Client, staff: Hands, people: People, kind: str, next_second: Callable[[], int], foreign: bool
) -> None:
    theirs = "MANUAL" if foreign else kind
    new, lifted, left = (people.make() for _ in range(3))
    for patron in (lifted, left):
        staff.restrict(patron, theirs)
    [restriction] = koha.rows(lifted)
    since = next_second()
    staff.restrict(new, theirs)
    staff.lift(lifted, restriction["id"])
    moved = {one["patron_id"] for one in koha.walk(changed_since=since)}
    assert {new, lifted} <= moved
    assert left not in moved
