"""A card found on the daemon's page by its number or its patron's: explained, named to nobody, kept nowhere."""

import re
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from sidecar.serve.pages.showing.patron import Wanted
from tests.serve.house import Serving
from tests.serve.people import WHO, known, with_login
from tests.serve.provider import Provider


def test_a_card_is_explained_by_its_number_or_its_patron_s_and_the_card_number_stays_nowhere(
    koha: StandinKoha, tmp_path: Path, provider: Provider, capfd: pytest.CaptureFixture[str]
) -> None:
    with with_login(tmp_path, koha, provider) as (house, url):
        house.tick()
        somebody = known(url, provider, "cd")
        patron = koha.library.patrons[koha.library.subjects["owes_much"]]
        by_card = somebody.order("/patron", by="card", patron=patron.card_number)
        by_number = somebody.order("/patron", by="number", patron=str(patron.id))
        for page in (by_card, by_number):
            assert page.status_code == 200
            assert f"Patron {patron.id}" in page.text
            assert "What would change it" in page.text or "blocks at" in page.text
            assert patron.card_number not in page.text
            assert patron.surname not in page.text
        journal = (tmp_path / "journal.db").read_bytes() + (tmp_path / "journal.db-wal").read_bytes()
        assert patron.card_number.encode() not in journal
    said = capfd.readouterr()
    assert patron.card_number not in said.out + said.err


@pytest.mark.parametrize(
    ("by", "given", "said"),
    [
        ("number", "0101901234", "at most nine digits"),
        ("number", "x", "at most nine digits"),
        ("number", "999999999", "Koha has no patron with borrowernumber 999999999"),
        ("card", "no such card", "Koha has no patron with that card number"),
        ("card", "", "Koha has no patron with that card number"),
        ("card", "<b>\n", "Koha has no patron with that card number"),
    ],
)
def test_whom_nobody_is_found_by_is_said_in_a_sentence(
    there: tuple[Serving, str], provider: Provider, by: str, given: str, said: str
) -> None:
    answer = known(there[1], provider, "cd").order("/patron", by=by, patron=given)
    assert answer.status_code == 200
    assert said in answer.text
    assert "<b>" not in answer.text


def test_where_the_settings_tell_the_staff_s_koha_a_card_is_linked_to_it(
    koha: StandinKoha, tmp_path: Path, provider: Provider
) -> None:
    more = f'{WHO}[koha]\nstaff_url = "https://staff.example.org"\n'
    with with_login(tmp_path, koha, provider, more) as (house, url):
        house.tick()
        page = known(url, provider, "cd").order("/patron", by="number", patron="2").text
    (link,) = re.findall(r'href="(https://staff\.example\.org/[^"]*)"', page)
    assert link.endswith("borrowernumber=2")


def test_a_mistake_of_ours_tells_no_more_than_where_it_is(
    there: tuple[Serving, str], provider: Provider, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def breaks(_shown: object, wanted: Wanted) -> None:
        raise KeyError(wanted.given)

    monkeypatch.setattr("sidecar.serve.pages.rooms.explained", breaks)
    answer = known(there[1], provider, "cd").order("/patron", by="card", patron="a card number")
    assert answer.status_code == 500
    assert "a mistake in Cardwarden" in answer.text
    said = capfd.readouterr()
    assert "a page broke" in said.out + said.err
    assert "a card number" not in answer.text + said.out + said.err
