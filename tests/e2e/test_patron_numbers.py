"""A patron is named by Koha's borrowernumber; a card number in its place is refused, and never repeated."""

import io
from collections.abc import Callable

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from tests.conftest import Command
from tests.e2e.test_bad_input import one_clear_line
from tests.e2e.test_reconcile import ours

CARDS = (
    "0000000607", "0607", "00", "0", "0101901234", "3112901234", "1234567890", "2147483648", "010190-1234",
    "010190 1234", "D-1234", "٦٠٧", "607.0", "+607", "-607", "6e2", "", " ",
)  # fmt: skip
"""Cards of civil registration numbers, cards that begin with 0 or hold letters, and numbers that are none."""

ASKING = {
    "explain": ("explain", "{}"),
    "release": ("release", "{}", "--rule", "pin", "--staff", "ab"),
    "journal": ("journal", "--patron={}"),
    "export": ("privacy", "export", "{}"),
    "erase": ("privacy", "erase", "--yes", "{}"),
}


def words_of(command: str, patron: str) -> list[str]:
    words = [word.format(patron) for word in ASKING[command]]
    # What begins with - is an option to any command line; behind -- it is a patron.
    if command != "journal":
        words.remove(patron)
        words += ["--", patron]
    return words


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("command", ASKING)
def test_a_card_number_in_place_of_a_patron_is_refused_before_anything_is_asked(
    cardwarden: Command, command: str, card: str
) -> None:
    """No Koha is configured here: that would be said, had the command gone as far."""
    said = cardwarden(*words_of(command, card))
    one_clear_line(said, "borrowernumber", r"`card`, which asks|`cardwarden explain card` asks")
    if len(card) > 2:
        assert card not in said.err + said.out


@pytest.mark.parametrize("command", ASKING)
@pytest.mark.parametrize("patron", ["607", " 607\n", "999999999"])
def test_a_number_that_may_be_one_goes_further(cardwarden: Command, command: str, patron: str) -> None:
    said = cardwarden(*words_of(command, patron))
    assert said.code == 1
    assert "not configured" in said.err or "does not exist yet" in said.err, said.err


@pytest.mark.parametrize("typed", ["{}\n", "\ufeff{}\r\n", "  {}  "])
def test_a_card_number_is_read_from_standard_input(
    applied: Command, library: Library, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    patron = library.patrons[library.subjects["owes_much"]]
    monkeypatch.setattr("sys.stdin", io.StringIO(typed.format(patron.card_number)))
    said = applied("explain", "-")
    assert said.code == 0, said.err
    assert f"{patron.id}" in said.out
    assert str(patron.card_number) not in said.out


@pytest.mark.parametrize("typed", ["", "\n", "\udce5\n", "1\x002\n"])
def test_what_is_no_card_number_is_no_patron_s(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    connect(koha)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    one_clear_line(cardwarden("explain", "-"), "no patron with that card number")


@pytest.mark.parametrize("staff", ["0101901234", "010190-1234", "010190 1234"])
def test_who_releases_is_not_named_by_a_card_number(applied: Command, library: Library, staff: str) -> None:
    locked = str(library.subjects["pin_failed_to_the_limit"])
    before = ours(library)
    said = applied("release", locked, "--rule", "pin", "--staff", staff, "--photo-id-checked")
    one_clear_line(said, "--staff", "initials")
    assert staff not in said.err
    assert ours(library) == before


@pytest.mark.parametrize("cycle", ["0", "-1", "99999999999999999999", "2147483648"])
def test_a_cycle_that_no_journal_can_have_is_refused(applied: Command, cycle: str) -> None:
    one_clear_line(applied("journal", f"--cycle={cycle}"), "cycle", "should be")
    one_clear_line(applied("undo", "--", cycle), "cycle", "should be")
    one_clear_line(applied("journal", "--limit=99999999999999999999"), "limit", "should be")
