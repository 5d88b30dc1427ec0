"""A daemon keeps Koha's own pages current, and takes what staff release there."""

from pathlib import Path

import pytest

from adapters.standin.http.faults import parse_fault
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from tests.serve.house import Serving, serving
from tests.serve.running import POLICY, blocked

PIN = """
[rules.pin]
kind     = "failed_pin"
block_at = 5
release  = "staff"
"""


@pytest.fixture
def library() -> Library:
    return build_library(120)


def begin(house: Serving) -> int:
    """The first day is over; gives a patron with a PIN block."""
    house.policy.write_text(POLICY.format(block_at="225.00") + PIN)
    house.tick()
    house.approve()
    assert house.tick() == "full done"
    return house.library.subjects["pin_failed_to_the_limit"]


def headline(library: Library, patron: int) -> str:
    texts: dict[str, dict[str, object]] = library.answers[patron].body["texts"]  # type: ignore[assignment]
    return str(texts["en"]["headline"])


def test_a_release_on_a_page_is_taken_by_the_next_quick_cycle(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha) as house:
        patron = begin(house)
        assert blocked(house.library) <= house.library.answers.keys()
        house.library.staff_releases(patron, "pin", photo_id_checked=True)
        assert house.tick() == "quick done"
        assert [each.staff for each in house.journal.releases(str(patron))] == ["koha:52"]
        assert house.library.untaken(patron) == []
        assert headline(house.library, patron) == "The card is not blocked."


def test_a_daemon_that_was_down_loses_nothing(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha) as house:
        patron = begin(house)
    koha.library.staff_releases(patron, "pin", photo_id_checked=True)
    koha.library.advance(3 * 24 * 3600)
    with serving(tmp_path, koha) as house:
        house.policy.write_text(POLICY.format(block_at="225.00") + PIN)
        house.tick(days=3)
        assert [each.staff for each in house.journal.releases(str(patron))] == ["koha:52"]


def test_a_daemon_of_dry_runs_tells_nothing(koha: StandinKoha, tmp_path: Path) -> None:
    with serving(tmp_path, koha, mode="dry-run") as house:
        house.tick(2)
        assert house.library.answers == {}


def test_a_koha_that_fails_at_the_answers_fails_no_cycle_and_is_told_by_the_next(
    koha: StandinKoha, tmp_path: Path
) -> None:
    with serving(tmp_path, koha) as house:
        begin(house)
        koha.faults.add(parse_fault("error=503@changes"))
        debtor = house.library.subjects["owes_much"]
        before = house.library.answers[debtor].body
        house.library.charge(debtor, "OVERDUE", "1.00")
        assert house.tick() == "quick done"
        assert house.standing() == []
        assert house.library.answers[debtor].body == before
        koha.faults.clear()
        assert house.tick() == "quick done"
        assert house.library.answers[debtor].body != before
