"""What an office says in the generic profile: each line for itself, and nothing of a file that is not whole."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.collector import GenericProfile
from sidecar.core.collection.claim import Heard, HeardKind, Message, Problem
from tests.collector.builders import DKK, batch, from_office, item

ACCEPTED = "acknowledgement,C-000123,4711,2026-12-01,525.00,525.00,,accepted"
PART = "payment,C-000123,4711,2026-12-02,200.00,325.00,P-1,part"
FULL = "payment,C-000123,4711,2026-12-05,325.00,0.00,P-2,full"


def hear(content: bytes) -> Heard:
    return GenericProfile().hear("office-000042.csv", content, DKK)


def test_each_record_is_heard_as_what_it_is() -> None:
    heard = hear(
        from_office(
            ACCEPTED,
            PART,
            FULL,
            "acknowledgement,C-000124,,2026-12-01,,,,refused",
            "closure,C-000125,4713,2026-12-05,,90.00,,returned",
            "closure,C-000126,4714,2026-12-05,0.00,,,given_up",
            "closure,C-000127,4715,2026-12-05,,,,withdrawn",
            total="1050.00",
        )
    )
    assert heard == Heard(
        42,
        (
            Message(HeardKind.ACKNOWLEDGED, "C-000123", 52_500, date(2026, 12, 1), 3, "4711"),
            Message(HeardKind.PART_PAID, "C-000123", 20_000, date(2026, 12, 2), 4, "4711", "P-1"),
            Message(HeardKind.PAID_IN_FULL, "C-000123", 32_500, date(2026, 12, 5), 5, "4711", "P-2"),
            Message(HeardKind.REFUSED, "C-000124", None, date(2026, 12, 1), 6, None),
            Message(HeardKind.CLOSED, "C-000125", None, date(2026, 12, 5), 7, "4713"),
            Message(HeardKind.CLOSED, "C-000126", None, date(2026, 12, 5), 8, "4714"),
            Message(HeardKind.CLOSED, "C-000127", None, date(2026, 12, 5), 9, "4715"),
        ),
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("payment,C-000123,4711,2026-12-02,200.00,325.00,P-1", "The line has 7 cells in place of 8."),
        ('payment,"C-000123,4711,2026-12-02,200.00,325.00,P-1,part', "has a quote that does not stand as in CSV"),
        (PART.replace("payment", "paid"), "has a record that is none of acknowledgement, payment, closure"),
        (PART.replace("part", "paid"), "has a result that is none of part, full"),
        (ACCEPTED.replace("accepted", "full"), "has a result that is none of accepted, refused"),
        (PART.replace("C-000123", "123"), "has a claim that is no number of ours"),
        (PART.replace("4711", "47 11"), "has a patron that is no number"),
        (PART.replace("2026-12-02", "02.12.2026"), "has a date that is no day; write year, month and day"),
        (PART.replace("2026-12-02", "2026-02-30"), "has a date that is no day"),
        (PART.replace("2026-12-02", "2026-12-06"), "has a date that is later than the file's own"),
        (PART.replace("200.00", '"200,00"'), "has an amount that is no amount; write digits and a decimal point"),
        (PART.replace("200.00", '"1,200.00"'), "has an amount that is no amount"),
        (PART.replace("200.00", "-200.00"), "has an amount that is no amount"),
        (PART.replace("200.00", "2e2"), "has an amount that is no amount"),
        (PART.replace("200.00", "200.001"), "has an amount that has more decimals than DKK has"),
        (PART.replace("325.00", "x"), "has an outstanding that is no amount"),
        (PART.replace("200.00", ""), "is a payment without an amount"),
        (PART.replace("200.00", "0.00"), "is a payment without an amount"),
        (PART.replace("325.00", ""), "is a payment without what is outstanding after it"),
        (PART.replace("P-1", ""), "is a payment without a reference"),
        (PART.replace("P-1", "Jens Sørensen"), "has a reference that is none"),
        (PART.replace("325.00", "0.00"), "says in result and in outstanding different things"),
        (FULL.replace(",0.00", ",1.00"), "says in result and in outstanding different things"),
        ("closure,C-000125,4713,2026-12-05,10.00,0.00,,returned", "is a closure with an amount"),
        ("closure,,,,,,,", "has a result that is none of returned, given_up, withdrawn"),
    ],
)
def test_a_malformed_line_is_a_problem_of_its_own_and_the_rest_is_taken(line: str, problem: str) -> None:
    heard = hear(from_office(ACCEPTED, line, FULL, total=_sum(ACCEPTED, line, FULL)))
    assert [message.line for message in heard.messages] == [3, 5]
    (only,) = heard.problems
    assert only.line == 4
    assert problem in only.what
    assert heard.complete


def _sum(*lines: str) -> str:
    """The sum of what can be read of the lines' amounts."""
    found = 0.0
    for line in lines:
        cells = line.split(",")
        if len(cells) == 8 and cells[4].replace(".", "", 1).isdigit():
            found += float(cells[4])
    return f"{found:.2f}"


def test_a_line_that_is_no_utf_8_is_a_problem_and_the_rest_is_taken() -> None:
    content = from_office(ACCEPTED, PART, total="725.00").replace(b"P-1", "Sørensen".encode("latin1"))
    heard = hear(content)
    assert heard.problems == (Problem(4, "The line is not UTF-8."),)
    assert len(heard.messages) == 1


def test_a_line_that_stands_there_twice_counts_once() -> None:
    heard = hear(from_office(PART, PART, total="400.00"))
    assert len(heard.messages) == 1
    assert heard.problems == (Problem(4, "The line of C-000123 says again what line 3 says."),)


def test_two_payments_of_one_reference_count_as_the_first() -> None:
    heard = hear(from_office(PART, PART.replace("200.00,325.00", "100.00,225.00"), total="300.00"))
    assert [message.amount for message in heard.messages] == [20_000]
    assert "has the reference of line 3, and says something else" in heard.problems[0].what


def test_two_equal_payments_with_references_of_their_own_are_two() -> None:
    heard = hear(from_office(PART, PART.replace("P-1", "P-9").replace("325.00", "125.00"), total="400.00"))
    assert (len(heard.messages), heard.problems) == (2, ())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (from_office(ACCEPTED, PART, count=3, total="725.00"), "The header counts 3 records, and 2 are there."),
        (from_office(ACCEPTED, PART, count=1, total="725.00"), "The header counts 1 records, and 2 are there."),
        (from_office(ACCEPTED, PART, total="700.00"), "The header's sum is 700.00, and the records come to 725.00."),
        (b"", "The file is empty."),
        (b"\r\n\r\n", "The file is empty."),
        (from_office().split(b"\r\n")[0], "The second line does not name the columns."),
        (from_office().replace(b",reference", b""), "does not name the columns reference."),
        (from_office().replace(b",reference", b",result"), "does not name the columns reference."),
        (from_office(more=",,x"), "does not begin with a header of 8 cells"),
        (b"record,claim\r\npayment,C-1", "does not begin with a header of 8 cells: format, version,"),
        (from_office().replace(b",", b";"), "The columns are parted by semicolons; write commas."),
        (from_office().replace(b"cardwarden,1", b"cardwarden,2"), "The header's version is not 1."),
        (from_office().replace(b"from-office", b"to-office"), "The header's direction is not from-office."),
        (from_office().replace(b"DKK", b"SEK"), "The header's currency is not DKK."),
        (from_office(number=0), "The header's number is no whole number from 1 on."),
        (from_office().replace(b"2026-12-05", b"5/12/26"), "The header's date is no day"),
        (from_office(total="0,5"), "does not begin with a header of 8 cells"),
        (from_office(total="x"), "The header's sum is no amount"),
        (from_office().replace(b"cardwarden", b"c\xe6rdwarden"), "The header is not UTF-8."),
    ],
)
def test_nothing_is_taken_of_a_file_that_is_not_whole(content: bytes, problem: str) -> None:
    """It may still be on its way, or be another's: it stays, and is told."""
    heard = hear(content)
    assert (heard.messages, heard.complete) == ((), False)
    assert problem in heard.problems[0].what


def test_a_file_of_ours_in_the_wrong_folder_says_nothing() -> None:
    (ours,) = GenericProfile().files(batch(item()))
    heard = hear(ours.content)
    assert not heard.messages
    assert not heard.complete


def test_a_sum_that_cannot_be_told_for_a_malformed_amount_keeps_no_other_line_back() -> None:
    heard = hear(from_office(ACCEPTED, PART.replace("200.00", "two hundred"), total="725.00"))
    assert heard.complete
    assert [problem.line for problem in heard.problems] == [4]
    assert len(heard.messages) == 1


def test_what_a_spreadsheet_makes_of_a_file_is_read() -> None:
    """A mark in front, line ends of another machine, empty cells at the header's end, empty lines at the file's."""
    content = from_office(f" {ACCEPTED} ".replace("525.00", "525"), total="525", more=",,")
    spoiled = b"\xef\xbb\xbf" + content.replace(b"\r\n", b"\n") + b",,,,,,,\n\n"
    heard = hear(spoiled)
    assert (len(heard.messages), heard.problems, heard.complete) == (1, (), True)


def test_columns_stand_in_any_order_and_others_beside_them() -> None:
    content = (
        b"cardwarden,1,from-office,42,2026-12-05,DKK,1,200.00\r\n"
        b"result,claim,clerk,record,patron,date,amount,outstanding,reference\r\n"
        b"part,C-000123,Hansen,payment,4711,2026-12-02,200.00,325.00,P-1\r\n"
    )
    (message,) = hear(content).messages
    assert (message.kind, message.amount, message.reference) == (HeardKind.PART_PAID, 20_000, "P-1")


def test_no_problem_quotes_what_a_line_holds() -> None:
    """An office may put a name anywhere, and problems are journalled."""
    line = "Sørensen,Jens,Sørensen,Jens,Sørensen,Jens,Sørensen,Jens"
    heard = hear(from_office(line, line.replace("Sørensen", '"Sørensen')))
    assert len(heard.problems) == 2
    assert not any(name in problem.what for problem in heard.problems for name in ("Sørensen", "Jens"))


def test_lists_are_expected_and_nothing_else() -> None:
    names = ["office-000042.csv", "PAYMENTS.CSV", "readme.txt", "office.csv.gpg"]
    assert [GenericProfile().expects(name) for name in names] == [True, True, False, False]


@given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda tail: from_office(ACCEPTED) + tail))
def test_no_content_whatever_raises(content: bytes) -> None:
    heard = hear(content)
    assert heard.complete or not heard.messages


@given(st.integers(0, 400))
def test_a_file_cut_off_anywhere_never_says_that_all_is_paid_unless_the_line_is_whole(cut: int) -> None:
    content = from_office(PART, FULL, total="525.00")
    heard = hear(content[: len(content) - cut])
    paid = [message for message in heard.messages if message.kind is HeardKind.PAID_IN_FULL]
    assert not paid or content[: len(content) - cut].rstrip(b"\r\n").endswith(b"0.00,P-2,full")
