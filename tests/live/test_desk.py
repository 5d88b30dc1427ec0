"""At the desk of a real Koha: why a card is blocked, and the release, by somebody who may circulate and release only.

Skipped without the staff interface. `test_desk_seen.py` looks at the same in a browser and at the self-check.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from tests.live.client import NOBODY, Client, Json, row
from tests.live.conftest import Hands
from tests.live.desk import CIRCULATION, RELEASE, Desk, hire
from tests.live.people import People
from tests.live.staff import Staff
from tests.live.target import Target

RIGHT: Final = f"plugins:{RELEASE}"
WRONG_PINS: Final = 3


@dataclass(frozen=True)
class Blocked:
    """A card with a PIN block of ours, and what the answer about it offers."""

    patron: int
    card: str
    offer: Json


@pytest.fixture(scope="module")
def admin(staff: Hands) -> Staff:
    if not isinstance(staff, Staff):
        pytest.skip("the stand-in has no desk")
    return staff


def _session(target: Target, admin: Staff, koha: Client, people: People, *permissions: str) -> Iterator[Desk]:
    assert target.staff_url is not None
    someone = Desk(target.staff_url, hire(admin, koha, people, *permissions), koha.status()["koha_version"])
    yield someone
    someone.close()


@pytest.fixture(scope="module")
def desk(target: Target, admin: Staff, koha: Client, people: People, kinds: tuple[str, str]) -> Iterator[Desk]:
    """Circulation rights, and the release permission."""
    for someone in _session(target, admin, koha, people, *CIRCULATION, RIGHT):
        someone.learn_token(block(koha, people, kinds[1]).patron)
        yield someone


@pytest.fixture(scope="module")
def colleague(target: Target, admin: Staff, koha: Client, people: People) -> Iterator[Desk]:
    """Circulation and money, and the tools of plugins, but not the release permission."""
    permissions = (*CIRCULATION, "updatecharges:remaining_permissions", "borrowers:edit_borrowers", "plugins:tool")
    for someone in _session(target, admin, koha, people, *permissions):
        someone.learn_token_from_account(people.make())
        yield someone


@pytest.fixture(scope="module")
def outsider(target: Target, admin: Staff, koha: Client, people: People) -> Iterator[Desk]:
    """May enter the staff interface, and see no patron."""
    yield from _session(target, admin, koha, people, "catalogue")


@pytest.fixture
def blocked(koha: Client, people: People, kinds: tuple[str, str]) -> Blocked:
    return block(koha, people, kinds[1])


def block(koha: Client, people: People, kind: str, **fields: str) -> Blocked:
    patron = people.make(**fields)
    people.mistype(patron, WRONG_PINS)
    assert koha.result(patron, set=[row(kind)])["status"] == 201
    offer = {"rule": "pin", "type": kind, "photo_id": True, "reset_pin": True}
    offer["titles"] = {"en": "wrong PINs", "da": "forkerte pinkoder"}
    tell(koha, patron, offer)
    return Blocked(patron, people.userid(patron), offer)


def tell(koha: Client, patron: int, *offers: Json, as_of: int | None = None, **more: object) -> Json:
    def text(headline: str, line: str) -> Json:
        paragraph = {"key": "steps", "title": "What to do", "ordered": True, "lines": [line, "x < y & z"], "after": ""}
        return {"headline": headline, "paragraphs": [paragraph]}

    texts = {"en": text("The card is blocked.", "Show photo ID."), "da": text("Kortet er blokeret.", "Vis billed-id.")}
    answer = {"blocked": True, "texts": texts, "releases": list(offers)}
    moment = int(koha.status()["database_time"]) if as_of is None else as_of
    said = koha.change(answers=[{"patron_id": patron, "as_of": moment, "answer": answer}], **more)
    assert said.status_code == 200, said.text
    return dict(said.json())


def is_as_it_was(koha: Client, blocked: Blocked) -> bool:
    facts = koha.facts(blocked.patron)
    types = [one["type"] for one in facts["restrictions"]]
    return (types, facts["login_attempts"], facts["staff_releases"]) == ([blocked.offer["type"]], WRONG_PINS, [])


def test_a_patrons_page_has_the_panel_and_the_panel_says_what_cardwarden_said(desk: Desk, blocked: Blocked) -> None:
    assert "static/desk/panel.js" in desk._get("/circ/circulation.pl", borrowernumber=blocked.patron)
    seen = desk.shown(blocked.patron)
    assert seen["headline"] == "The card is blocked."
    assert seen["paragraphs"][0]["lines"] == ["Show photo ID.", "x < y & z"]
    assert "less than a minute ago" in seen["age"]
    assert [one["legend"] for one in seen["forms"]] == ["Release: wrong PINs"]
    danish = desk.shown(blocked.patron, "da-DK")
    assert (danish["lang"], danish["headline"]) == ("da", "Kortet er blokeret.")
    assert [one["legend"] for one in danish["forms"]] == ["Frigiv: forkerte pinkoder"]
    assert desk.shown(blocked.patron, "fi")["headline"] == "The card is blocked."
    page = desk.page_of(blocked.patron)
    assert "The card is blocked." in page
    assert "x &lt; y &amp; z" in page


def test_without_the_box_it_is_refused_and_with_it_the_card_is_free_at_once(
    desk: Desk, koha: Client, blocked: Blocked
) -> None:
    assert desk.release(blocked.patron, blocked.offer) == (
        "problem: Tick the box once you have seen valid photo ID: this rule demands it. Nothing was changed."
    )
    assert is_as_it_was(koha, blocked)
    rows = [one["id"] for one in koha.rows(blocked.patron)]
    before = int(koha.status()["database_time"])
    assert desk.release(blocked.patron, blocked.offer, photo_id="1", reason=" Pas set, æøå ") == (
        "done: The block is released."
    )
    facts = koha.facts(blocked.patron)
    assert (facts["restrictions"], facts["debarred"], facts["flag_matches"]) == ([], None, True)
    assert facts["login_attempts"] == 0
    (release,) = facts["staff_releases"]
    assert release["at"] >= before
    assert release | {"id": 0, "at": 0, "staff_id": 0} == {
        "id": 0,
        "type": blocked.offer["type"],
        "rule": "pin",
        "staff_id": 0,
        "photo_id_checked": True,
        "reason": "Pas set, æøå",
        "at": 0,
        "rows": rows,
    }
    assert isinstance(release["staff_id"], int)
    seen = desk.shown(blocked.patron)
    assert seen["headline"].startswith("Released on ")
    assert "Koha shows no restriction in force: the card is free." in seen["notes"]
    assert seen["forms"] == []


def test_the_release_is_told_until_it_is_taken_and_is_news_since_it_was_made(
    desk: Desk, koha: Client, blocked: Blocked
) -> None:
    desk.release(blocked.patron, blocked.offer, photo_id="1")
    (release,) = koha.facts(blocked.patron)["staff_releases"]
    for page in (koha.walk(), koha.walk(changed_since=release["at"])):
        assert blocked.patron in [one["patron_id"] for one in page]
    assert koha.change(taken_releases=[release["id"], NOBODY]).json()["releases_taken"] == 1
    assert koha.change(taken_releases=[release["id"]]).json()["releases_taken"] == 0
    assert koha.facts(blocked.patron)["staff_releases"] == []
    assert blocked.patron not in [one["patron_id"] for one in koha.walk()]


def test_sent_twice_it_is_released_once(desk: Desk, koha: Client, blocked: Blocked) -> None:
    assert desk.release(blocked.patron, blocked.offer, photo_id="1").startswith("done")
    before = koha.facts(blocked.patron)
    assert desk.release(blocked.patron, blocked.offer, photo_id="1") == (
        "problem: This card is not blocked by that rule any more. Nothing was changed."
    )
    assert koha.facts(blocked.patron) == before


def test_a_rule_that_the_answer_does_not_offer_is_not_released(desk: Desk, koha: Client, blocked: Blocked) -> None:
    for other in ({"rule": "debt"}, {"type": "MANUAL"}, {"rule": "", "type": ""}):
        assert "any more" in desk.release(blocked.patron, blocked.offer | other, photo_id="1")
    tell(koha, blocked.patron)
    assert "any more" in desk.release(blocked.patron, blocked.offer, photo_id="1")
    assert is_as_it_was(koha, blocked)


@pytest.mark.parametrize("token", ["", "nonsense", "1795467600.0123456789abcdef"])
def test_a_form_with_an_old_or_invented_token_does_nothing(
    desk: Desk, koha: Client, blocked: Blocked, token: str
) -> None:
    if desk.newer:
        pytest.skip("Koha itself refuses it since 24.05")
    assert desk.release(blocked.patron, blocked.offer, photo_id="1", csrf_token=token) == (
        "problem: The form was too old or did not come from this page. Please try again. Nothing was changed."
    )
    assert is_as_it_was(koha, blocked)


def test_an_address_cannot_release(desk: Desk, koha: Client, blocked: Blocked) -> None:
    form = {"class": "Koha::Plugin::Dk::Cardwarden", "method": RELEASE, "op": "cud-release", "photo_id": "1"}
    form |= {"borrowernumber": str(blocked.patron), "rule": "pin", "type": blocked.offer["type"]}
    if not desk.newer:
        assert "cardwarden-problem" in desk._get("/plugins/run.pl", **form, csrf_token=desk.token)
    assert is_as_it_was(koha, blocked)


def test_without_the_permission_one_may_look_and_not_release(colleague: Desk, koha: Client, blocked: Blocked) -> None:
    seen = colleague.shown(blocked.patron)
    assert (seen["headline"], seen["forms"]) == ("The card is blocked.", [])
    assert "cardwarden_release" in seen["hint"]
    page = colleague.page_of(blocked.patron, "tool")
    assert "The card is blocked." in page
    assert "cud-release" not in page
    assert not colleague.opens("/plugins/run.pl", **{"class": "Koha::Plugin::Dk::Cardwarden"}, method=RELEASE)
    told = colleague.release(blocked.patron, blocked.offer, photo_id="1", method="tool")
    assert told.startswith("problem: You may not release")
    assert is_as_it_was(koha, blocked)


def test_who_may_not_open_patrons_is_shown_nothing(outsider: Desk, blocked: Blocked) -> None:
    assert outsider.panel(blocked.patron).status_code == 403


def test_a_patron_of_another_library_is_not_shown_and_not_released(
    desk: Desk, koha: Client, people: People, kinds: tuple[str, str]
) -> None:
    if people.other_library == people.library:
        pytest.skip("this Koha has one library only")
    there = block(koha, people, kinds[1], library_id=people.other_library)
    assert desk.panel(there.patron).status_code == 403
    page = desk.page_of(there.patron)
    assert "The card is blocked." not in page
    assert "may not see" in page
    assert "may not see" in desk.release(there.patron, there.offer, photo_id="1")
    assert is_as_it_was(koha, there)


@pytest.mark.parametrize("patron", [str(NOBODY), "0", "-1", "x", "1 OR 1=1", "9" * 30])
def test_a_patron_who_does_not_exist_is_refused_in_words(desk: Desk, blocked: Blocked, patron: str) -> None:
    told = desk.release(patron, blocked.offer, photo_id="1")
    assert told in {
        "problem: There is no patron with that number. Nothing was changed.",
        "problem: A patron number consists of digits. Nothing was changed.",
    }


def test_while_writing_is_paused_nothing_is_released(desk: Desk, admin: Staff, koha: Client, blocked: Blocked) -> None:
    admin.pause(True)
    try:
        assert "paused" in desk.shown(blocked.patron)["hint"]
        assert desk.release(blocked.patron, blocked.offer, photo_id="1") == (
            "problem: Writing is paused on the plugin's page. Nothing was changed."
        )
    finally:
        admin.pause(False)
    assert is_as_it_was(koha, blocked)
    assert desk.release(blocked.patron, blocked.offer, photo_id="1").startswith("done")


def test_a_reason_that_is_too_long_is_refused(desk: Desk, koha: Client, blocked: Blocked) -> None:
    assert "too long" in desk.release(blocked.patron, blocked.offer, photo_id="1", reason="æ" * 201)
    assert is_as_it_was(koha, blocked)
    assert desk.release(blocked.patron, blocked.offer, photo_id="1", reason="æ" * 200).startswith("done")


def test_a_restriction_of_staffs_own_stays_and_is_said_to_stay(
    desk: Desk, admin: Staff, koha: Client, blocked: Blocked
) -> None:
    admin.restrict(blocked.patron, comment="By hand.")
    assert desk.release(blocked.patron, blocked.offer, photo_id="1").startswith("done")
    facts = koha.facts(blocked.patron)
    assert [one["type"] for one in facts["restrictions"]] == ["MANUAL"]
    assert (facts["debarred"], facts["flag_matches"]) == ("9999-12-31", True)
    assert "Koha still shows a restriction in force on this card." in desk.shown(blocked.patron)["notes"]


def test_an_older_answer_undoes_neither_a_newer_one_nor_a_release(desk: Desk, koha: Client, blocked: Blocked) -> None:
    now = int(koha.status()["database_time"])
    assert tell(koha, blocked.patron, as_of=now - 60)["answers_kept"] == 0
    assert len(desk.shown(blocked.patron)["forms"]) == 1
    desk.release(blocked.patron, blocked.offer, photo_id="1")
    assert tell(koha, blocked.patron, blocked.offer, as_of=now - 60)["answers_kept"] == 0
    assert desk.shown(blocked.patron)["headline"].startswith("Released on ")
    time.sleep(1.1)
    assert tell(koha, blocked.patron, blocked.offer)["answers_kept"] == 1
    seen = desk.shown(blocked.patron)
    assert seen["headline"] == "The card is blocked."
    assert seen["forms"] == []
    assert any("from before" in note for note in seen["notes"])


@pytest.mark.parametrize(
    ("seconds", "age", "old", "alert"),
    [
        (30, "less than a minute ago", False, None),
        (3600 * 3, "3 hours ago", True, None),
        (86_400 * 2, "2 days ago", True, 1),
    ],
)
def test_an_answer_says_its_age(
    desk: Desk, koha: Client, people: People, seconds: int, age: str, old: bool, alert: int | None
) -> None:
    patron = people.make()
    tell(koha, patron, as_of=int(koha.status()["database_time"]) - seconds)
    seen = desk.shown(patron)
    if age not in seen["age"]:
        pytest.skip("a real journal says that this Koha's answers hold to this day")
    assert (("old" in seen), seen.get("alert")) == (old, alert)


def test_a_card_of_which_nothing_is_said_is_held_by_no_rule(
    desk: Desk, admin: Staff, koha: Client, people: People
) -> None:
    patron = people.make()
    koha.change(answers_hold_at=int(koha.status()["database_time"]))
    seen = desk.shown(patron)
    assert (seen["headline"], seen["notes"], seen["forms"]) == ("No rule of Cardwarden holds this card.", [], [])
    admin.restrict(patron, comment="By hand.")
    (note,) = desk.shown(patron)["notes"]
    assert "staff set it, and staff end it" in note
    tell(koha, patron)
    moment = int(koha.status()["database_time"]) + 1
    forget = [{"patron_id": patron, "as_of": moment, "answer": None}]
    assert koha.change(answers=forget).json()["answers_kept"] == 1
    assert desk.shown(patron)["headline"] == "No rule of Cardwarden holds this card."


def test_answers_are_kept_only_by_the_journal_that_writes_and_while_writing_is_not_paused(
    desk: Desk, admin: Staff, koha: Client, people: People
) -> None:
    patron = people.make()
    body = {"blocked": None, "texts": {"en": {"headline": "Said by another.", "paragraphs": []}}, "releases": []}
    answers = [{"patron_id": patron, "as_of": int(koha.status()["database_time"]), "answer": body}]
    assert koha.change(answers=answers, instance="another").status_code == 409
    admin.pause(True)
    try:
        assert koha.change(answers=answers).status_code == 503
    finally:
        admin.pause(False)
    assert desk.shown(patron)["headline"] != "Said by another."
    told = koha.change(answers=[*answers, {"patron_id": NOBODY, "as_of": 1, "answer": body}]).json()
    assert (told["answers_kept"], told["releases_taken"]) == (1, 0)
    assert desk.shown(patron)["headline"] == "Said by another."
