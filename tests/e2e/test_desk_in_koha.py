"""What Koha's own pages say of a card, and what staff release there: seen from the commands."""

import json

from adapters.standin.library.library import Library
from tests.conftest import Command
from tests.e2e.test_reconcile import ours


def page(library: Library, patron: int, language: str = "en") -> dict[str, object]:
    body = library.answers[patron].body
    texts: dict[str, dict[str, object]] = body["texts"]  # type: ignore[assignment]
    return texts[language]


def test_after_the_first_day_each_blocked_card_has_its_page(applied: Command, library: Library) -> None:
    blocked = {int(patron) for patron, _type in ours(library)}
    assert library.answers.keys() == blocked
    patron = library.subjects["pin_failed_to_the_limit"]
    assert str(page(library, patron)["headline"]).startswith("The card is blocked since ")
    assert str(page(library, patron, "da")["headline"]).startswith("Kortet har været spærret siden ")
    assert library.answers_hold_at is not None


def test_a_release_on_the_page_is_told_by_every_command(applied: Command, library: Library) -> None:
    patron = library.subjects["pin_failed_to_the_limit"]
    library.staff_releases(patron, "pin", photo_id_checked=True, reason="Pas vist")
    before = applied("explain", str(patron))
    assert "released by staff (koha:52)" in before.out, "also before the next cycle"
    dry = applied("reconcile")
    assert "Released by staff in Koha (1)" in dry.out
    assert len(library.untaken(patron)) == 1, "a dry run takes nothing"

    done = applied("reconcile", "--apply")
    assert done.code == 0
    assert "Released by staff in Koha (1)" in done.out
    assert library.untaken(patron) == []
    assert page(library, patron)["headline"] == "The card is not blocked."
    assert (str(patron), "CW_PIN") not in ours(library)

    said = applied("explain", str(patron)).out
    assert "Rule pin: released by staff (koha:52)" in said
    assert "Photo ID was seen. Reason given: Pas vist." in said
    (line,) = (each for each in applied("journal", "--patron", str(patron)).out.splitlines() if "koha:52" in each)
    assert line.endswith("Pas vist")
    (kept,) = (
        each
        for each in json.loads(applied("journal", "--patron", str(patron), "--json").out)
        if each["kind"] == "staff_release"
    )
    assert (kept["staff"], kept["photo_id_checked"], kept["in_ils"]) == ("koha:52", True, "1")
    (exported,) = json.loads(applied("privacy", "export", str(patron)).out)["staff_releases"]
    assert (exported["staff"], exported["result"]) == ("koha:52", "written")
    assert "Released by staff in Koha" not in applied("reconcile", "--apply").out


def test_a_release_by_command_is_on_the_page_at_once(applied: Command, library: Library) -> None:
    patron = library.subjects["pin_failed_to_the_limit"]
    assert applied("release", str(patron), "--rule", "pin", "--staff", "AB", "--photo-id-checked").code == 0
    assert page(library, patron)["headline"] == "The card is not blocked."
    assert "released by staff (AB)" in json.dumps(page(library, patron))


def test_pages_that_cannot_be_told_fail_no_command(applied: Command, library: Library) -> None:
    patron = library.subjects["owes_little"]
    library.charge(patron, "OVERDUE", "400.00")
    library.speak_contract(2)
    assert applied("reconcile", "--apply").code == 0
    assert patron not in library.answers
    library.speak_contract(3)
    assert applied("reconcile", "--apply").code == 0
    assert patron in library.answers
