"""The desk's answer from end to end on a real Koha: cycles tell the pages, somebody with circulation rights and the
release permission acts on them, and the next cycle knows who did what.

Skipped without the staff interface.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.core.policy import Scope
from sidecar.desk import DeskPages
from sidecar.ports import Mode
from tests.live.client import Client, Json
from tests.live.conftest import Hands
from tests.live.desk import CIRCULATION, RELEASE, Desk, hire
from tests.live.marked import Cardwarden, cardwarden
from tests.live.people import People
from tests.live.staff import Staff
from tests.live.target import Target

POLICY = """
[policy]
name      = "The live suite"
currency  = "DKK"
languages = ["en"]
time_zone = "Europe/Copenhagen"

[rules.debt]
kind             = "debt"
block_at         = 225.00
restriction_type = "{debt}"
message.en       = "Blocked by the suite: debt."

[rules.pin]
kind             = "failed_pin"
block_at         = 2
restriction_type = "{pin}"
message.en       = "Blocked by the suite: PIN."
"""


@pytest.fixture(scope="module")
def admin(staff: Hands) -> Staff:
    if not isinstance(staff, Staff):
        pytest.skip("the stand-in has no desk")
    return staff


@pytest.fixture(scope="module")
def desk(target: Target, admin: Staff, koha: Client, people: People) -> Iterator[Desk]:
    """Circulation rights, and the release permission."""
    assert target.staff_url is not None
    login = hire(admin, koha, people, *CIRCULATION, f"plugins:{RELEASE}")
    someone = Desk(target.staff_url, login, koha.status()["koha_version"])
    yield someone
    someone.close()


@pytest.fixture
def cast(koha: Client, people: People, admin: Staff) -> dict[str, int]:
    cast = {"mistyped": people.make(), "owes": people.owing(100, 49), "clean": people.make()}
    people.mistype(cast["mistyped"], 3)
    people.charge(cast["owes"], 115, "LOST")
    admin.restrict(cast["owes"], "MANUAL", "Staff's own.")
    return cast


@pytest.fixture
def program(
    target: Target, instance: str, cast: dict[str, int], kinds: tuple[str, str], tmp_path: Path
) -> Iterator[Cardwarden]:
    policy = POLICY.format(debt=kinds[0], pin=kinds[1])
    pages = DeskPages(mode=Mode.APPLY, scope=Scope(), every=timedelta(minutes=1), is_running=True)
    with cardwarden(target, instance, policy, list(cast.values()), tmp_path, desk=pages) as made:
        told = made.apply(made.dry_run().kept_digest).told
        assert (told.answers, told.trouble) == (2, None)
        yield made


def lines(shown: Json, key: str) -> list[str]:
    return [line for each in shown["paragraphs"] if each["key"] == key for line in each["lines"]]


def test_a_release_on_the_page_is_an_override_with_a_name_in_the_next_cycle(
    koha: Client, program: Cardwarden, desk: Desk, cast: dict[str, int], kinds: tuple[str, str]
) -> None:
    patron = cast["mistyped"]
    shown = desk.shown(patron)
    assert shown["headline"].startswith("The card is blocked since "), shown
    offer = {"rule": "pin", "type": kinds[1]}
    desk.learn_token(patron)
    assert desk.release(patron, offer).startswith("problem:"), "without the box it is refused"
    assert koha.facts(patron)["restrictions"] != []
    assert desk.release(patron, offer, photo_id="1", reason="Pas vist").startswith("done:")
    freed = koha.facts(patron)
    assert (freed["restrictions"], freed["login_attempts"], freed["debarred"]) == ([], 0, None)
    assert desk.release(patron, offer, photo_id="1").startswith("problem:"), "sent twice it does nothing"

    findings = program.apply()
    assert (findings.done(), findings.told.trouble) == ([], None)
    (kept,) = program.world.journal.releases(str(patron))
    assert (kept.photo_id_checked, kept.reason) == (True, "Pas vist")
    assert kept.staff == f"koha:{freed['staff_releases'][0]['staff_id']}"
    assert koha.facts(patron)["staff_releases"] == [], "it is told as taken"
    assert program.world.journal.history(program.world.clock.now()).vanished == frozenset()
    assert desk.shown(patron)["headline"] == "The card is not blocked."
    assert program.apply().told.answers == 0, "nothing is told twice"


def test_what_the_page_says_to_pay_paid_leaves_what_it_named(
    koha: Client, program: Cardwarden, desk: Desk, people: People, cast: dict[str, int]
) -> None:
    patron = cast["owes"]
    shown = desk.shown(patron)
    assert lines(shown, "steps") == [
        "Pay all that is owed: 264.00 DKK, of it 149.00 DKK in fees and 115.00 DKK in replacement charges."
    ]
    (stays,) = lines(shown, "stays")
    assert "only staff can lift it" in stays
    people.pay(patron)
    findings = program.apply()
    assert len(findings.done()) == 1
    rows = koha.facts(patron)["restrictions"]
    assert [(row["type"], row["ours"]) for row in rows] == [("MANUAL", False)]
    assert desk.shown(patron)["headline"].startswith("The card is blocked")
    assert lines(desk.shown(patron), "steps") == []


def test_a_card_without_a_block_has_no_answer(program: Cardwarden, desk: Desk, cast: dict[str, int]) -> None:
    assert program.apply().told.trouble is None
    shown = desk.shown(cast["clean"])
    assert shown["headline"] == "No rule of Cardwarden holds this card.", shown
    assert (shown["paragraphs"], shown["forms"]) == ([], [])
