"""Which check of an item comes first: unknown, not ours, as asked, moved, too long."""

import pytest

from tests.live.client import NOBODY, STALE, Client, row

FOREIGN = ["MANUAL", "SUSPENSION", "OVERDUES", "DISCHARGE", "CW_NEVER_REGISTERED", "NO_SUCH_TYPE"]


def test_an_unknown_patron_comes_before_a_type_that_is_not_ours(koha: Client) -> None:
    result = koha.result(NOBODY, etag=STALE, set=[row("MANUAL")])
    assert (result["status"], result["written"], result["etag"]) == (404, False, None)
    assert result["error"]


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("asked", ["set", "remove"])
def test_a_type_that_is_not_ours_is_refused(koha: Client, patron: int, asked: str, kind: str) -> None:
    result = koha.result(patron, **{asked: [row(kind) if asked == "set" else kind]})
    assert (result["status"], result["written"]) == (403, False)
    assert koha.rows(patron) == []


def test_the_spelling_of_a_type_counts(koha: Client, patron: int, kind: str) -> None:
    for spelled in (kind.lower(), f" {kind}", f"{kind} ", kind.title()):
        assert koha.result(patron, set=[row(spelled)])["status"] == 403
    assert koha.rows(patron) == []


def test_a_type_that_is_not_ours_spoils_the_whole_item(koha: Client, patron: int, kind: str) -> None:
    assert koha.result(patron, set=[row(kind)], remove=["MANUAL"])["status"] == 403
    assert koha.rows(patron) == []


def test_a_type_that_is_not_ours_comes_before_a_stale_etag(koha: Client, patron: int) -> None:
    assert koha.result(patron, etag=STALE, remove=["MANUAL"])["status"] == 403


def test_as_asked_comes_before_a_stale_etag(koha: Client, patron: int, kind: str) -> None:
    koha.result(patron, set=[row(kind)])
    result = koha.result(patron, etag=STALE, set=[row(kind)])
    assert (result["status"], result["written"]) == (200, False)
    assert result["etag"] == koha.facts(patron)["etag"]


def test_a_stale_etag_writes_nothing(koha: Client, patron: int, kind: str) -> None:
    result = koha.result(patron, etag=STALE, set=[row(kind)])
    assert (result["status"], result["written"], result["etag"]) == (412, False, None)
    assert result["error"]
    assert koha.rows(patron) == []


def test_a_stale_etag_comes_before_a_length(koha: Client, patron: int, kind: str) -> None:
    assert koha.result(patron, etag=STALE, set=[row(kind, "x" * 300)])["status"] == 412


def test_an_etag_is_good_until_the_facts_move(koha: Client, patron: int, kinds: tuple[str, str]) -> None:
    one, two = kinds
    etag = koha.facts(patron)["etag"]
    assert koha.result(patron, etag=etag, set=[row(one)])["status"] == 201
    assert koha.result(patron, etag=etag, set=[row(two)])["status"] == 412
    assert [each["type"] for each in koha.rows(patron)] == [one]
