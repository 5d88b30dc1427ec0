"""A month from the notices to the office's last word: twelve patrons, each on a path of their own.

What is expected is written out, as somebody would tell it who was there. Then the same month, with the process killed
in between and a server that fails, ends the same. `make faults` kills after every single call.
"""

from collections.abc import Iterator
from itertools import count

import pytest

from .month import NAMES, Evening, Told, Undisturbed, undisturbed
from .story import STORY

KILLS = 15

CLAIMS = (
    #    claim                state           how it ended    owed here  office knows
    Told(101, "C-000001", "closed", "paid_in_time", "0.00", None, ""),
    Told(102, "C-000002", "closed", "never_sent", "0.00", None, ""),
    Told(103, "C-000003", "closed", "agency_paid", "0.00", "0.00", ""),
    Told(104, "C-000004", "closed", "agency_paid", "330.00", "330.00", ""),
    Told(105, "C-000005", "closed", "agency_paid", "0.00", "0.00", ""),
    Told(106, "C-000006", "closed", "withdrawn", "0.00", "0.00", ""),
    Told(107, "C-000007", "acknowledged", None, "400.00", "400.00", ""),
    Told(108, "C-000008", "closed", "given_back", "370.00", "370.00", ""),
    Told(109, "C-000009", "referred", None, "380.00", None, "refused by the office"),
    Told(110, "C-000010", "acknowledged", None, "390.00", "390.00", ""),
    Told(111, "C-000011", "told", None, "400.00", None, ""),
)
"""Patron 112 is twelve years old, and the rule leaves children out."""

ROWS = (
    (105, "MANUAL"),  # staff's own
    (107, "CW_COLLECTION"),
    (109, "CW_COLLECTION"),
)
"""Patron 110's was lifted by staff, and stays so."""

STEPS = {
    "C-000001": "told, closed",
    "C-000002": "told, referred, withdrawn, closed",
    "C-000003": "told, referred, filed, balance, told.claim, filed, told.update, heard.acknowledged, "
    "heard.paid_in_full, closed",
    "C-000004": "told, referred, filed, told.claim, heard.acknowledged, heard.part_paid, heard.paid_in_full, closed",
    "C-000005": "told, referred, filed, told.claim, heard.acknowledged, balance, filed, told.update, "
    "heard.paid_in_full, closed",
    "C-000006": "told, referred, filed, told.claim, heard.acknowledged, balance, filed, told.withdrawal, "
    "heard.acknowledged, closed",
    "C-000007": "told, referred, filed, told.claim, heard.acknowledged, balance, filed, told.update",
    "C-000008": "told, referred, filed, told.claim, heard.acknowledged, heard.closed",
    "C-000009": "told, referred, filed, told.claim, heard.refused",
    "C-000010": "told, referred, filed, told.claim, heard.acknowledged",
    "C-000011": "told",
}

AT_THE_OFFICE = {
    # The office was away on the 8th: what waited is there on the 9th, as it was written on the 8th.
    "cardwarden-000001.csv": """
        cardwarden,1,to-office,1,2026-12-08,DKK,8,2840.00
        claim,C-000003,103,320.00,320.00,2026-12-01,referred
        claim,C-000004,104,330.00,330.00,2026-12-01,referred
        claim,C-000005,105,340.00,340.00,2026-12-01,referred
        claim,C-000006,106,350.00,350.00,2026-12-01,referred
        claim,C-000007,107,360.00,360.00,2026-12-01,referred
        claim,C-000008,108,370.00,370.00,2026-12-01,referred
        claim,C-000009,109,380.00,380.00,2026-12-01,referred
        claim,C-000010,110,390.00,390.00,2026-12-01,referred
    """,
    "cardwarden-000002.csv": """
        cardwarden,1,to-office,2,2026-12-09,DKK,1,0.00
        update,C-000003,103,0.00,320.00,2026-12-01,paid
    """,
    "cardwarden-000003.csv": """
        cardwarden,1,to-office,3,2026-12-11,DKK,3,400.00
        update,C-000005,105,0.00,340.00,2026-12-01,paid
        withdrawal,C-000006,106,0.00,350.00,2026-12-01,"no longer owed, and not by a payment"
        update,C-000007,107,400.00,360.00,2026-12-11,balance
    """,
}

OTHER_FOLDERS = {
    "incoming": (),
    "archive": ("office-000001.csv", "office-000002.csv", "office-000003.csv"),
    "spool": (),
}

BLOCKED = (
    # morning    blocked by the claim
    ("1 Dec", set()),
    ("2 Dec", set()),
    ("4 Dec", set()),
    ("8 Dec", {102, 103, 104, 105, 106, 107, 108, 109, 110}),
    ("8 Dec, 14:00", {103, 104, 105, 106, 107, 108, 109, 110}),
    ("9 Dec", {103, 104, 105, 106, 107, 108, 109, 110}),
    ("10 Dec", {103, 104, 105, 106, 107, 108, 109, 110}),
    ("11 Dec", {103, 104, 105, 106, 107, 108, 109}),
    ("14 Dec", {103, 104, 105, 107, 108, 109}),
    ("18 Dec", {107, 109}),
    ("19 Dec", {107, 109}),
    ("31 Dec", {107, 109}),
)


@pytest.fixture(scope="module")
def month() -> Iterator[Undisturbed]:
    with undisturbed(STORY) as played:
        yield played


def without_addresses(content: bytes) -> list[str]:
    """The lines of a file, without the columns' names and whom a claim is about."""
    header, _, *lines = content.decode().split("\r\n")
    return [header, *(line.split(",HB,")[0].rstrip(",") for line in lines if line)]


def blocked(evening: Evening) -> set[int]:
    return {patron for patron, kind in evening.rows if kind == "CW_COLLECTION"}


def test_every_claim_ends_as_its_patron_lived(month: Undisturbed) -> None:
    assert month.end.claims == CLAIMS


def test_each_step_is_in_the_journal_once(month: Undisturbed) -> None:
    assert {claim: ", ".join(steps) for claim, steps in month.end.steps.items()} == STEPS


def test_the_rows_in_koha_are_those_of_open_claims_and_staffs_own(month: Undisturbed) -> None:
    assert month.end.rows == ROWS


def test_a_block_comes_when_the_days_are_over_and_goes_by_the_offices_word(month: Undisturbed) -> None:
    assert [blocked(evening) for evening in month.evenings] == [patrons for _, patrons in BLOCKED]


def test_the_office_has_each_claim_once_and_each_change_of_it(month: Undisturbed) -> None:
    found = {name: without_addresses(content) for name, content in month.end.outgoing.items()}
    assert found == {
        name: [line.strip() for line in lines.strip().split("\n")] for name, lines in AT_THE_OFFICE.items()
    }


def test_what_was_read_is_archived_and_nothing_waits(month: Undisturbed) -> None:
    assert month.end.others == OTHER_FOLDERS


def test_everybody_who_is_told_gets_one_notice(month: Undisturbed) -> None:
    assert month.end.noticed == tuple(range(101, 112))


def test_names_are_in_the_offices_files_alone(month: Undisturbed) -> None:
    month.again()
    assert NAMES.encode() in b"".join(month.end.outgoing.values())
    kept = [file for file in month.month.folder.glob("journal.db*") if file.is_file()]
    assert kept
    assert not any(NAMES.encode() in file.read_bytes() for file in kept)


@pytest.mark.parametrize("which", range(KILLS))
def test_a_process_that_is_killed_ends_its_day_as_if_it_were_not(month: Undisturbed, which: int) -> None:
    kills = month.kills()
    place, step = kills[(2 * which + 1) * len(kills) // (2 * KILLS)]
    assert month.killed(place, step) == month.evenings[place]


@pytest.mark.parametrize("share", [0.35, 0.9])
def test_a_month_that_is_killed_every_day_ends_the_same(month: Undisturbed, share: float) -> None:
    assert month.killed_each_time(share) == month.end


def test_a_server_that_fails_at_every_third_call_changes_nothing(month: Undisturbed) -> None:
    faults = month.month.server.faults
    before = len(faults.calls)
    faults.third()
    try:
        assert month.again() == month.end
    finally:
        faults.fails = lambda _call, _name: False
    assert len(faults.calls) - before >= 3 * len(AT_THE_OFFICE)


def test_an_office_that_breaks_off_for_good_every_so_often_changes_nothing(month: Undisturbed) -> None:
    """Before it did anything, or after it did all. To read a file takes six turns: with fewer nothing ever goes on."""
    turns = count(1)
    month.month.breaks_off = lambda: next(turns) % 7 == 0
    try:
        assert month.again() == month.end
    finally:
        month.month.breaks_off = lambda: False
    assert next(turns) > 3 * 7, "it was to break off more than once"
