"""docs/collection-files.md is true: its columns are the code's, its examples are what is written and read."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.collector import GenericProfile, UmsProfile
from adapters.collector.generic.columns import FROM_OFFICE_COLUMNS, TO_OFFICE_COLUMNS
from adapters.collector.generic.reading import RESULTS
from adapters.collector.ums import BALANCE_COLUMNS, SUBMISSION_COLUMNS
from sidecar.core.collection.claim import Batch, Contact, OrderKind
from tests.collector.builders import DKK, JENS, batch, item

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "collection-files.md").read_text(encoding="utf-8")
EXAMPLES = DOCS / "collection"

OTHERS = (("Krag", "Ida"), ("Møller", "Kaj"), ("O'Brien", "Liv"))
ANNE = Contact(
    surname='Holm "Bo"',
    firstname="Anne-Mette",
    address="=2+3, gade 7",
    zipcode="8200",
    city="Aarhus N",
    country="Danmark",
    mobile="+45 20 30 40 50",
    library="NORTH",
    category_type="A",
)
IDA, KAJ, LIV = (replace(JENS, surname=name, firstname=first, cardnumber="") for name, first in OTHERS)


def example() -> Batch:
    return batch(
        item(replace(JENS, state="Midtjylland"), in_range=31_000, reason="referred"),
        item(ANNE, claim="C-000124", patron="4712", amount=123_456, reason="referred"),
        item(IDA, kind=OrderKind.UPDATE, claim="C-000100", patron="815", amount=20_000, reason="balance"),
        item(KAJ, kind=OrderKind.UPDATE, claim="C-000101", patron="816", amount=0, newest=None, reason="paid"),
        item(LIV, kind=OrderKind.WITHDRAWAL, claim="C-000102", patron="817", amount=0, reason="by hand"),
    )


def ums_example() -> Batch:
    return replace(example(), currency=replace(DKK, code="USD"))


def written() -> dict[str, bytes]:
    files = [*GenericProfile(("cardnumber", "birth")).files(example()), *UmsProfile().files(ums_example())]
    return {file.name: file.content for file in files}


@pytest.mark.parametrize("name", sorted(written()))
def test_an_example_is_what_is_written(name: str) -> None:
    assert (EXAMPLES / name).read_bytes() == written()[name]
    assert f"(collection/{name})" in PAGE


def records(name: str) -> list[dict[str, Any]]:
    rows = list(csv.reader((EXAMPLES / name).read_text(encoding="utf-8").splitlines(), strict=True))
    return [dict(zip(rows[1], row, strict=True)) for row in rows[2:]]


def schema(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("example_name", "schema_name"),
    [("cardwarden-000017.csv", "to-office.schema.json"), ("office-000042.csv", "from-office.schema.json")],
)
def test_each_record_of_an_example_fits_the_schema(example_name: str, schema_name: str) -> None:
    assert records(example_name)
    for record in records(example_name):
        jsonschema.validate(record, schema(schema_name))


def test_the_office_s_example_is_heard_without_a_problem() -> None:
    heard = GenericProfile().hear("office-000042.csv", (EXAMPLES / "office-000042.csv").read_bytes(), DKK)
    assert (heard.number, heard.problems, heard.complete) == (42, (), True)
    assert {(row["record"], row["result"]) for row in records("office-000042.csv")} == {
        (record, result) for record, results in RESULTS.items() for result in results
    }


@pytest.mark.parametrize(
    "spoiled",
    [
        {"result": "paid"},
        {"outstanding": "0.00"},
        {"reference": ""},
        {"amount": "200,00"},
        {"record": "closure"},
        {"claim": "123"},
        {"date": "2.12.2026"},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(spoiled: dict[str, str]) -> None:
    payment = next(row for row in records("office-000042.csv") if row["result"] == "part")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(payment | spoiled, schema("from-office.schema.json"))


def columns_of(heading: str) -> tuple[str, ...]:
    """The first cells of the table under a heading of the page."""
    section = PAGE.split(f"### {heading}\n")[1].split("\n#")[0]
    return tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_the_page_tells_every_column_in_its_order() -> None:
    assert columns_of("To the office") == TO_OFFICE_COLUMNS
    assert columns_of("From the office") == FROM_OFFICE_COLUMNS
    for columns in (SUBMISSION_COLUMNS, BALANCE_COLUMNS):
        assert ", ".join(f"`{column}`" for column in columns) in PAGE
    assert schema("to-office.schema.json")["required"] == list(TO_OFFICE_COLUMNS)
    assert schema("from-office.schema.json")["required"] == list(FROM_OFFICE_COLUMNS)


def test_the_page_promises_nothing_in_the_agency_s_name() -> None:
    assert "Nobody at the agency has confirmed" in PAGE
