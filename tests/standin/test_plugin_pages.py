"""The plugin's own pages in the stand-in: answers that the sidecar gives, and releases that staff make there."""

from typing import Any

import pytest

from adapters.standin.library.library import Library
from tests.standin.client import JOURNAL, PLUGIN, Client

OFFER = {"rule": "pin", "type": "CW_PIN", "photo_id": True, "reset_pin": True, "titles": {"en": "wrong PINs"}}
ANSWER = {"blocked": True, "texts": {"en": {"headline": "The card is blocked.", "paragraphs": []}}, "releases": [OFFER]}


def tell(client: Client, **more: Any) -> dict[str, Any]:
    answer = client.post(f"{PLUGIN}/changes", json={"instance": JOURNAL, "items": [], **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def about(patron: int, library: Library, answer: object = ANSWER, later: int = 0) -> dict[str, object]:
    return {"patron_id": patron, "as_of": library.now() + later, "answer": answer}


@pytest.fixture
def blocked(client: Client, library: Library, patron: int) -> int:
    """A card with a PIN block, and the answer that offers its release."""
    library.set_attempts(patron, 5)
    client.outcome(patron, set=[{"type": "CW_PIN", "comment": "PIN"}])
    assert tell(client, answers=[about(patron, library)])["answers_kept"] == 1
    return patron


def test_a_release_takes_the_row_resets_the_counter_and_is_told_until_it_is_taken(
    client: Client, library: Library, blocked: int
) -> None:
    (row,) = client.facts(blocked)["restrictions"]
    before = client.facts(blocked)["etag"]
    number = library.staff_releases(blocked, "pin", photo_id_checked=True, reason="Pas vist")
    facts = client.facts(blocked)
    assert (facts["restrictions"], facts["login_attempts"], facts["debarred"]) == ([], 0, None)
    (release,) = facts["staff_releases"]
    assert release | {"at": 0} == {
        "id": number, "type": "CW_PIN", "rule": "pin", "staff_id": 52, "photo_id_checked": True, "reason": "Pas vist",
        "at": 0, "rows": [row["id"]],
    }  # fmt: skip
    assert facts["etag"] != before
    everyone = client.page(limit=10_000)["patrons"]
    moved = client.page(limit=10_000, changed_since=release["at"])["patrons"]
    assert all(blocked in [one["patron_id"] for one in page] for page in (everyone, moved))
    assert tell(client, taken_releases=[number, 999])["releases_taken"] == 1
    assert client.facts(blocked)["staff_releases"] == []
    assert blocked not in [one["patron_id"] for one in client.page(limit=10_000)["patrons"]]


def test_a_release_is_refused_unless_all_is_as_the_answer_says(client: Client, library: Library, blocked: int) -> None:
    with pytest.raises(ValueError, match="photo ID"):
        library.staff_releases(blocked, "pin")
    with pytest.raises(ValueError, match="not blocked by the rule debt any more"):
        library.staff_releases(blocked, "debt", photo_id_checked=True)
    library.pause_plugin()
    with pytest.raises(ValueError, match="paused"):
        library.staff_releases(blocked, "pin", photo_id_checked=True)
    library.pause_plugin(paused=False)
    with pytest.raises(KeyError):
        library.staff_releases(999_999, "pin", photo_id_checked=True)
    assert client.facts(blocked)["staff_releases"] == []
    library.staff_lifts(blocked, "CW_PIN")
    with pytest.raises(ValueError, match="any more"):
        library.staff_releases(blocked, "pin", photo_id_checked=True)


def test_the_same_form_sent_twice_releases_once(library: Library, blocked: int) -> None:
    library.staff_releases(blocked, "pin", photo_id_checked=True)
    with pytest.raises(ValueError, match="not blocked by the rule pin any more"):
        library.staff_releases(blocked, "pin", photo_id_checked=True)
    assert len(library.untaken(blocked)) == 1


def test_after_one_release_the_page_still_offers_the_other(client: Client, library: Library, blocked: int) -> None:
    client.outcome(blocked, set=[{"type": "CW_LOST_CARD", "comment": "lost"}])
    other = {"rule": "lost_card", "type": "CW_LOST_CARD", "photo_id": False, "reset_pin": False, "titles": {}}
    tell(client, answers=[about(blocked, library, ANSWER | {"releases": [OFFER, other]})])
    library.staff_releases(blocked, "pin", photo_id_checked=True)
    library.staff_releases(blocked, "lost_card")
    assert [each.rule for each in library.untaken(blocked)] == ["pin", "lost_card"]


def test_an_older_answer_never_replaces_a_newer_one_nor_a_release_just_made(
    client: Client, library: Library, blocked: int
) -> None:
    assert tell(client, answers=[about(blocked, library, later=-60)])["answers_kept"] == 0
    library.staff_releases(blocked, "pin", photo_id_checked=True)
    assert tell(client, answers=[about(blocked, library, later=-60)])["answers_kept"] == 0
    assert library.answers[blocked].overtaken
    assert tell(client, answers=[about(blocked, library)])["answers_kept"] == 1


def test_null_forgets_and_a_patron_who_is_not_there_is_skipped(client: Client, library: Library, blocked: int) -> None:
    told = tell(client, answers=[about(blocked, library, None), about(999_999, library)])
    assert told["answers_kept"] == 1
    assert blocked not in library.answers


def test_while_the_plugin_is_paused_or_another_writes_nothing_is_kept(
    client: Client, library: Library, patron: int
) -> None:
    body = {"items": [], "answers": [about(patron, library)]}
    library.pause_plugin()
    assert client.post(f"{PLUGIN}/changes", json={"instance": JOURNAL, **body}).status_code == 503
    library.pause_plugin(paused=False)
    assert client.post(f"{PLUGIN}/changes", json={"instance": "journal-2", **body}).status_code == 409
    assert patron not in library.answers


def test_one_answer_for_a_patron_and_none_without_its_parts(client: Client, library: Library, patron: int) -> None:
    twice = [about(patron, library), about(patron, library)]
    broken = [about(patron, library, {"blocked": True})]
    for answers in (twice, broken):
        body = {"instance": JOURNAL, "items": [], "answers": answers}
        assert client.post(f"{PLUGIN}/changes", json=body).status_code == 400
    assert patron not in library.answers


def test_that_the_answers_hold_is_never_set_back(client: Client, library: Library) -> None:
    tell(client, answers_hold_at=2_000)
    tell(client, answers_hold_at=1_000)
    assert library.answers_hold_at == 2_000


def test_a_plugin_of_before_knows_neither_answers_nor_releases(client: Client, library: Library, patron: int) -> None:
    library.speak_contract(2)
    try:
        body = {"instance": JOURNAL, "items": [], "answers": [about(patron, library)]}
        assert client.post(f"{PLUGIN}/changes", json=body).status_code == 400
        assert set(tell(client)) == {"as_of", "results"}
        assert "staff_releases" not in client.facts(patron)
        with pytest.raises(ValueError, match="no page"):
            library.staff_releases(patron, "pin", photo_id_checked=True)
    finally:
        library.speak_contract(3)


def test_what_hangs_on_a_patron_goes_with_the_patron(library: Library, blocked: int) -> None:
    library.staff_releases(blocked, "pin", photo_id_checked=True)
    library.delete_patron(blocked)
    assert blocked not in library.answers
    assert library.untaken(blocked) == []
