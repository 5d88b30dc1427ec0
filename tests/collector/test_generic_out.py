"""What the generic profile tells an office, and that it reads back as it was meant."""

import csv
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.collector import GenericProfile
from adapters.collector.cells import tidied
from adapters.collector.generic.columns import CONTACT_COLUMNS, TO_OFFICE_COLUMNS
from adapters.collector.generic.writing import read_orders
from sidecar.core.collection.claim import Batch, BatchItem, Contact, Order, OrderKind, OutgoingFile
from sidecar.core.model import Currency
from tests.collector.builders import DKK, JENS, JPY, KWD, batch, item

PROFILE = GenericProfile()


def the_file(made: Batch) -> OutgoingFile:
    (file,) = PROFILE.files(made)
    return file


def lines(file: OutgoingFile) -> list[str]:
    return file.content.decode("utf-8").split("\r\n")


def cells(file: OutgoingFile, number: int = 2) -> dict[str, str]:
    rows = list(csv.reader(lines(file), strict=True))
    return dict(zip(rows[1], rows[number], strict=True))


def test_a_batch_is_one_file_by_its_number() -> None:
    made = batch(item(), item(kind=OrderKind.UPDATE, claim="C-000100", amount=20_000), number=17)
    file = the_file(made)
    assert (file.name, file.kind, file.claims, file.total) == (
        "cardwarden-000017.csv",
        "orders",
        ("C-000123", "C-000100"),
        72_500,
    )


def test_the_header_says_number_count_and_sum() -> None:
    file = the_file(batch(item(), item(kind=OrderKind.UPDATE, claim="C-000100", amount=20_000)))
    assert lines(file)[0] == "cardwarden,1,to-office,17,2026-11-27,DKK,2,725.00"
    assert lines(file)[1] == ",".join(TO_OFFICE_COLUMNS)
    assert len(lines(file)) == 5  # and a line end at the end


def test_a_batch_that_tells_nothing_is_no_file_so_that_a_missing_number_is_always_a_loss() -> None:
    assert PROFILE.files(batch()) == ()


def test_the_same_batch_gives_the_same_bytes() -> None:
    assert the_file(batch(item())) == the_file(batch(item()))


def test_umlauts_are_utf_8_without_a_mark_in_front() -> None:
    file = the_file(batch(item()))
    assert file.content.startswith(b"cardwarden,")
    assert "Sørensen".encode() in file.content


def test_updates_and_withdrawals_carry_no_contact() -> None:
    """Only what the office needs leaves the library, and it knows whom a claim is about."""
    for kind in (OrderKind.UPDATE, OrderKind.WITHDRAWAL):
        file = the_file(batch(item(kind=kind)))
        assert {cells(file)[column] for column in CONTACT_COLUMNS} == {""}
        assert "Sørensen" not in file.content.decode()


def test_what_is_left_out_stays_in_the_library() -> None:
    (file,) = GenericProfile(("cardnumber", "birth", "email")).files(batch(item()))
    told = cells(file)
    assert (told["cardnumber"], told["birth"], told["email"]) == ("", "", "")
    assert "0101701234" not in file.content.decode()
    assert told["surname"] == "Sørensen"


def test_a_balance_of_nothing_is_said_as_such() -> None:
    assert cells(the_file(batch(item(kind=OrderKind.UPDATE, amount=0))))["amount"] == "0.00"


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [(DKK, 123_456_789, "1234567.89"), (DKK, 5, "0.05"), (JPY, 12_345, "12345"), (KWD, 1_005, "1.005")],
)
def test_amounts_have_a_decimal_point_and_no_thousands_marks(currency: Currency, minor: int, written: str) -> None:
    assert cells(the_file(batch(item(amount=minor), currency=currency)))["amount"] == written


@pytest.mark.parametrize(
    "evil", ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "＝1+1", "Hans;=1+1", "\t=1"]
)
def test_no_name_is_run_as_a_formula(evil: str) -> None:
    file = the_file(batch(item(replace(JENS, surname=evil))))
    for part in cells(file)["surname"].split(";"):
        assert not part.strip().startswith(tuple("=+-@＝"))
    assert read_orders(file.content, DKK).items[0].contact.surname == tidied(evil)


@pytest.mark.parametrize("number", ["+45 86 12 34 56", "+4586123456", "+49 (0) 30/123-45"])
def test_a_number_to_dial_is_left_as_it_is(number: str) -> None:
    assert cells(the_file(batch(item(replace(JENS, phone=number)))))["phone"] == number


def test_quotes_and_commas_are_as_in_rfc_4180() -> None:
    file = the_file(batch(item(replace(JENS, firstname='Jens "Bo", jr.'))))
    assert '"Jens ""Bo"", jr."' in file.content.decode()
    assert read_orders(file.content, DKK).items[0].contact.firstname == 'Jens "Bo", jr.'


def test_a_line_end_in_an_address_makes_no_second_line() -> None:
    file = the_file(batch(item(replace(JENS, address="Vej 1\r\n8000 Århus\u2028DK"))))
    assert len(lines(file)) == 4
    assert cells(file)["address"] == "Vej 1 8000 Århus DK"


def test_an_apostrophe_of_the_name_s_own_is_kept() -> None:
    file = the_file(batch(item(replace(JENS, surname="'t Hooft", firstname="'=x"))))
    assert cells(file)["surname"] == "'t Hooft"
    contact = read_orders(file.content, DKK).items[0].contact
    assert (contact.surname, contact.firstname) == ("'t Hooft", "'=x")


def test_a_sheet_that_was_cut_off_is_known_by_its_count() -> None:
    file = the_file(batch(item(), item(claim="C-000124")))
    cut = b"\r\n".join(file.content.split(b"\r\n")[:3])
    assert "counts 2 records, and 1 are there" in read_orders(cut, DKK).problems[0].what


texts = st.text(max_size=30) | st.sampled_from(["=1+1", "'=x", "''+", "a;=b", 'q"q', "x\r\ny", "+45 1", "-", "Ægir|@"])
days = st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1))
contacts = st.builds(
    Contact,
    **{each.name: days if each.name == "birth" else texts for each in fields(Contact)},  # type: ignore[arg-type]
)
orders = st.builds(
    Order,
    kind=st.sampled_from(OrderKind),
    claim=st.integers(1, 999_999).map(lambda number: f"C-{number:06d}"),
    patron=st.integers(1, 10**9).map(str),
    amount=st.integers(0, 10**11),
    in_range=st.integers(0, 10**11),
    newest=days,
    reason=texts,
)


@given(
    st.lists(st.builds(BatchItem, orders, contacts), min_size=1, max_size=5),
    st.sampled_from([DKK, JPY, KWD]),
    st.integers(1, 10**8),
)
def test_whatever_is_written_is_read_back(items: list[BatchItem], currency: Currency, number: int) -> None:
    file = the_file(batch(*items, number=number, currency=currency))
    back = read_orders(file.content, currency)
    assert (back.number, back.problems) == (number, ())
    assert list(back.items) == [_as_told(each) for each in items]


def _as_told(told: BatchItem) -> BatchItem:
    """An item as an office gets it: on one line, and whom it is about in a new claim alone."""
    contact = Contact()
    if told.order.kind is OrderKind.CLAIM:
        texts_of = {each.name: getattr(told.contact, each.name) for each in fields(Contact) if each.name != "birth"}
        contact = Contact(**{name: tidied(text) for name, text in texts_of.items()}, birth=told.contact.birth)
    return BatchItem(replace(told.order, reason=tidied(told.order.reason)), contact)
