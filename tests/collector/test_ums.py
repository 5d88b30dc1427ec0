"""The three files of the agency's, column for column; what is known of them is in docs/collection-files.md."""

import csv
from dataclasses import replace

import pytest

from adapters.collector import UmsProfile
from adapters.collector.ums import BALANCE_COLUMNS, SUBMISSION_COLUMNS
from sidecar.core.collection.claim import Batch, Heard, OrderKind, OutgoingFile
from tests.collector.builders import DKK, JENS, batch, item

UPDATE, WITHDRAWAL = OrderKind.UPDATE, OrderKind.WITHDRAWAL


def files(made: Batch) -> dict[str, OutgoingFile]:
    return {file.name: file for file in UmsProfile().files(made)}


def rows(file: OutgoingFile) -> list[dict[str, str]]:
    return list(csv.DictReader(file.content.decode("utf-8").splitlines(), strict=True))


def test_a_new_claim_is_a_submission_in_the_agency_s_own_columns() -> None:
    made = batch(item(replace(JENS, surname='O"Neill, jr.', phone="555-0100", state="NY"), in_range=31_000))
    (file,) = files(made).values()
    assert file.name == "ums-new-submissions-2026-11-27.csv"
    head, line, end = file.content.decode("utf-8").split("\n")
    assert head == (
        "borrowernumber,surname,firstname,cardnumber,address,address2,city,zipcode,state,phone,mobile,Alt Ph 1,"
        "Alt Ph 2,branchcode,Adult or Child,dateofbirth,Most recent charge,Amt_In_Range,Total_Due,Total_Plus_Fee,email"
    )
    assert line == (
        '4711,"O""Neill, jr.",Jens,0101701234,"Å Boulevard 1, 2. tv",c/o Hansen,Århus,8000,NY,555-0100,,,,'
        "MAIN,A,1970-01-01,2026-10-01,310.00,525.00,525.00,jens@example.org"
    )
    assert end == ""
    assert (file.kind, file.claims, file.total) == ("new-submissions", ("C-000123",), 52_500)


def test_what_was_told_before_is_a_balance() -> None:
    made = batch(item(kind=UPDATE, amount=12_000), item(kind=UPDATE, claim="C-000124", patron="4712", amount=500))
    (file,) = files(made).values()
    assert file.name == "ums-updates-2026-11-27.csv"
    assert file.content.decode("utf-8") == (
        "borrowernumber,surname,firstname,cardnumber,Due\n"
        "4711,Sørensen,Jens,0101701234,120.00\n"
        "4712,Sørensen,Jens,0101701234,5.00\n"
    )
    assert (file.kind, file.claims, file.total) == ("updates", ("C-000123", "C-000124"), 12_500)


def test_the_whole_is_a_sync() -> None:
    assert list(files(batch(item(kind=UPDATE), whole=True))) == ["ums-sync-2026-11-27.csv"]


def test_new_claims_and_balances_are_two_files() -> None:
    made = batch(item(), item(kind=UPDATE, claim="C-000124", patron="4712"))
    assert sorted(files(made)) == ["ums-new-submissions-2026-11-27.csv", "ums-updates-2026-11-27.csv"]


def test_the_second_batch_of_a_day_has_names_of_its_own() -> None:
    made = batch(item(), item(kind=UPDATE, claim="C-000124", patron="4712"), of_day=2)
    assert sorted(files(made)) == ["ums-new-submissions-2026-11-27-2.csv", "ums-updates-2026-11-27-2.csv"]


def test_a_patron_has_one_balance_over_all_claims_new_ones_too() -> None:
    made = batch(
        item(kind=UPDATE, amount=10_000),
        item(kind=UPDATE, claim="C-000200", amount=2_000),
        item(kind=WITHDRAWAL, claim="C-000300", amount=7_700),
        item(claim="C-000400", amount=500),
    )
    assert [row["Due"] for row in rows(files(made)["ums-updates-2026-11-27.csv"])] == ["125.00"]
    assert [row["Total_Due"] for row in rows(files(made)["ums-new-submissions-2026-11-27.csv"])] == ["5.00"]


def test_what_is_left_out_is_an_empty_cell_and_no_missing_column() -> None:
    (file,) = UmsProfile(("birth", "cardnumber", "library")).files(batch(item()))
    (row,) = rows(file)
    assert (row["dateofbirth"], row["cardnumber"], row["branchcode"], row["surname"]) == ("", "", "", "Sørensen")
    assert tuple(row) == SUBMISSION_COLUMNS
    (file,) = UmsProfile(("cardnumber",)).files(batch(item(kind=UPDATE)))
    assert tuple(rows(file)[0]) == BALANCE_COLUMNS
    assert rows(file)[0]["cardnumber"] == ""


def test_no_name_is_run_as_a_formula_and_none_makes_a_line() -> None:
    (file,) = files(batch(item(replace(JENS, surname="=1+1", address="Vej 1\nBy")))).values()
    (row,) = rows(file)
    assert (row["surname"], row["address"]) == ("'=1+1", "Vej 1 By")


def test_a_claim_without_days_has_empty_ones() -> None:
    (file,) = files(batch(item(replace(JENS, birth=None), newest=None))).values()
    assert (rows(file)[0]["dateofbirth"], rows(file)[0]["Most recent charge"]) == ("", "")


@pytest.mark.parametrize("name", ["payments.csv", "ums-updates-2026-11-27.csv"])
def test_the_agency_answers_nothing(name: str) -> None:
    profile = UmsProfile()
    assert not profile.answers
    assert not profile.expects(name)
    heard = profile.hear(name, b"4711,paid", DKK)
    assert heard == Heard(None, (), heard.problems, complete=False)


def test_its_updates_name_every_claim_each_time() -> None:
    assert UmsProfile().tells_all


def test_the_same_batch_gives_the_same_bytes() -> None:
    assert files(batch(item(), item(kind=UPDATE))) == files(batch(item(), item(kind=UPDATE)))
