"""Koha keeps 255 characters of all comments joined: what fits, what is shortened, what is refused."""

import pytest

from tests.live.client import Client, row

LIMIT = 255


def comments(koha: Client, patron: int) -> dict[str, str]:
    return {one["type"]: one["comment"] for one in koha.rows(patron)}


@pytest.mark.parametrize(("length", "status"), [(LIMIT, 201), (LIMIT + 1, 422)])
def test_one_comment_may_fill_the_flag_and_not_more(
    koha: Client, patron: int, kind: str, length: int, status: int
) -> None:
    result = koha.result(patron, set=[row(kind, "x" * length)])
    assert (result["status"], result.get("length")) == (status, length if status == 422 else None)
    assert comments(koha, patron) == ({kind: "x" * length} if status == 201 else {})


def test_characters_are_counted_and_not_bytes(koha: Client, patron: int, kind: str) -> None:
    assert koha.result(patron, set=[row(kind, "ø" * LIMIT)])["status"] == 201
    assert comments(koha, patron) == {kind: "ø" * LIMIT}


def test_a_comment_that_is_too_long_takes_its_short_text(koha: Client, patron: int, kind: str) -> None:
    assert koha.result(patron, set=[row(kind, "x" * 300, "Short.")])["status"] == 201
    assert comments(koha, patron) == {kind: "Short."}
    assert koha.result(patron, set=[row(kind, "x" * 300, "Short.")])["written"] is False


def test_joined_they_all_take_their_short_texts(koha: Client, patron: int, kinds: tuple[str, str]) -> None:
    one, two = kinds
    result = koha.result(patron, set=[row(one, "x" * 127, "x"), row(two, "y" * 128, "y")])
    assert result["status"] == 201
    assert comments(koha, patron) == {one: "x", two: "y"}


def test_joined_they_fit_to_the_last_character(koha: Client, patron: int, kinds: tuple[str, str]) -> None:
    one, two = kinds
    result = koha.result(patron, set=[row(one, "x" * 127, "x"), row(two, "y" * 127, "y")])
    assert result["status"] == 201
    assert comments(koha, patron) == {one: "x" * 127, two: "y" * 127}


def test_what_does_not_fit_even_short_is_refused_with_that_length(
    koha: Client, patron: int, kinds: tuple[str, str]
) -> None:
    one, two = kinds
    result = koha.result(patron, set=[row(one, "x" * 300, "x" * 200), row(two, "y" * 100)])
    assert (result["status"], result["length"], result["written"]) == (422, 301, False)
    assert comments(koha, patron) == {}


def test_rows_that_the_item_does_not_name_count_too(koha: Client, patron: int, kinds: tuple[str, str]) -> None:
    one, two = kinds
    koha.result(patron, set=[row(one, "x" * 200)])
    result = koha.result(patron, set=[row(two, "y" * 100, "y" * 60)])
    assert (result["status"], result["length"]) == (422, 261)
    assert koha.result(patron, set=[row(two, "y" * 100, "y" * 54)])["status"] == 201
    assert comments(koha, patron) == {one: "x" * 200, two: "y" * 54}


def test_what_the_same_item_removes_makes_room(koha: Client, patron: int, kinds: tuple[str, str]) -> None:
    one, two = kinds
    koha.result(patron, set=[row(one, "x" * 200)])
    assert koha.result(patron, set=[row(two, "y" * 250)], remove=[one])["status"] == 201
    assert comments(koha, patron) == {two: "y" * 250}


def test_a_removal_never_fails_for_length(koha: Client, patron: int, kinds: tuple[str, str]) -> None:
    one, two = kinds
    koha.result(patron, set=[row(one, "x" * 127), row(two, "y" * 127)])
    assert koha.result(patron, remove=[one])["status"] == 200
    assert comments(koha, patron) == {two: "y" * 127}


def test_a_row_that_says_one_of_its_texts_keeps_it_while_all_fits(
    koha: Client, patron: int, kinds: tuple[str, str]
) -> None:
    one, two = kinds
    koha.result(patron, set=[row(one, "Short.")])
    result = koha.result(patron, set=[row(one, "A long text.", "Short."), row(two, "Two.")])
    assert result["status"] == 201
    assert comments(koha, patron) == {one: "Short.", two: "Two."}
