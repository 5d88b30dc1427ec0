"""What the plugin sends only where it is asked: on the wire, in who matters, in the etag, and as facts."""

from datetime import date, timedelta

import pytest

from adapters.http import HttpApi
from adapters.koha.source import connect
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from adapters.standin.library.records import Loan
from sidecar.core.model import UNKNOWN, Facts, OverdueItem
from sidecar.core.needs import Needs, Part
from tests.standin.client import JOURNAL, PLUGIN, Client

EVERYTHING = "address,arose,attributes,expired,guarantees,overdue"


@pytest.fixture
def reader(library: Library) -> int:
    """A patron of whom nothing else would make Cardwarden look."""
    return library.create_patron(born=date(1990, 2, 1))


def page(client: Client, parts: str = EVERYTHING, attributes: str = "PLAN") -> dict[int, dict[str, object]]:
    answer = client.get(f"{PLUGIN}/patrons?limit=10000&with={parts}&attributes={attributes}").json()
    return {one["patron_id"]: one for one in answer["patrons"]}


def test_nothing_is_sent_that_was_not_asked_for(client: Client, library: Library, patron: int) -> None:
    library.lend(patron, Loan(41, library.today() - timedelta(days=3)))
    facts = client.facts(patron)
    assert not {"overdue", "attributes", "address_unknown", "guarantees"} & set(facts)
    assert all("arose" not in charge for charge in facts["charges"])


@pytest.mark.parametrize(("days", "listed"), [(0, False), (1, True)])
def test_who_has_an_overdue_loan_matters_where_a_rule_asks_for_loans(
    client: Client, library: Library, reader: int, days: int, listed: bool
) -> None:
    library.lend(reader, Loan(41, library.today() - timedelta(days=days), "ILL", waited_for=True))
    assert (reader in page(client)) is listed
    assert reader not in page(client, "arose")
    if listed:
        due = (library.today() - timedelta(days=days)).isoformat()
        expected = {"item_id": 41, "due": due, "item_type": "ILL", "waited_for": True}
        assert page(client)[reader]["overdue"] == [expected]


@pytest.mark.parametrize("mark", ["lost", "claimed"])
def test_what_is_lost_or_claimed_to_be_returned_is_no_overdue_loan(
    client: Client, library: Library, reader: int, mark: str
) -> None:
    library.lend(reader, Loan(41, library.today() - timedelta(days=30), **{mark: True}))
    assert reader not in page(client)


def test_a_charge_arose_on_its_first_day_however_it_grows(client: Client, library: Library, reader: int) -> None:
    line = library.charge(reader, "OVERDUE", "10.00")
    library.patron(reader).lines[-1].date -= 40 * 86_400
    library.accrue(reader, line, "5.00")
    (charge,) = page(client)[reader]["charges"]  # type: ignore[misc]
    today = library.today()
    assert (charge["date"], charge["arose"]) == (today.isoformat(), (today - timedelta(days=40)).isoformat())  # type: ignore[index]


def test_only_the_attributes_that_are_named_are_sent(client: Client, library: Library, patron: int) -> None:
    library.charge(patron, "OVERDUE", "1.00")
    library.set_attribute(patron, "PLAN", "1")
    library.set_attribute(patron, "SECRET", "1")
    assert page(client, attributes="PLAN,ILL")[patron]["attributes"] == ["PLAN"]
    library.set_attribute(patron, "PLAN", "0")
    assert page(client)[patron]["attributes"] == []


def test_a_guarantor_of_somebody_who_owes_matters(client: Client, library: Library, reader: int) -> None:
    child = library.create_patron(born=date(2016, 5, 1), category="CHILD")
    library.answers_for(reader, child)
    assert reader not in page(client)
    library.charge(child, "OVERDUE", "10.00")
    (guarantee,) = page(client)[reader]["guarantees"]  # type: ignore[misc]
    assert (guarantee["patron_id"], guarantee["charges"][0]["outstanding"]) == (child, "10.000000")  # type: ignore[index]


def test_of_a_guarantee_the_attributes_and_loans_are_told_where_they_are_asked_for(
    client: Client, library: Library, reader: int
) -> None:
    child = library.create_patron(born=date(2016, 5, 1), category="CHILD")
    library.answers_for(reader, child)
    library.charge(child, "OVERDUE", "10.00")

    def told(parts: str) -> tuple[dict[str, object], object]:
        found = page(client, parts)[reader]
        return found["guarantees"][0], found["etag"]  # type: ignore[index]

    alone, _ = told("guarantees")
    assert not {"attributes", "overdue"} & set(alone)
    with_both, before = told(EVERYTHING)
    assert (with_both["attributes"], with_both["overdue"]) == ([], [])
    library.set_attribute(child, "PLAN", "1")
    with_plan, after = told(EVERYTHING)
    assert (with_plan["attributes"], after == before) == (["PLAN"], False)
    library.lend(child, Loan(41, library.today() - timedelta(days=3), "BOOK"))
    with_loan, later = told(EVERYTHING)
    assert [loan["item_id"] for loan in with_loan["overdue"]] == [41]  # type: ignore[attr-defined]
    assert later != after


def test_the_etag_covers_what_was_asked_for_at_the_write_too(client: Client, library: Library, patron: int) -> None:
    asked = {"with": ["overdue"]}
    library.charge(patron, "OVERDUE", "1.00")
    plain = client.facts(patron)["etag"]
    etag = page(client, "overdue")[patron]["etag"]
    assert etag == plain, "nothing is overdue"
    library.lend(patron, Loan(41, library.today() - timedelta(days=3)))
    assert client.facts(patron)["etag"] == plain
    item = {"patron_id": patron, "etag": etag, "set": [{"type": "CW_DEBT", "comment": "Blocked."}]}
    body = {"instance": JOURNAL, "items": [item], **asked}
    assert client.post(f"{PLUGIN}/changes", json=body).json()["results"][0]["status"] == 412
    item["etag"] = page(client, "overdue")[patron]["etag"]
    assert client.post(f"{PLUGIN}/changes", json=body).json()["results"][0]["status"] == 201


def test_the_adapter_asks_for_what_the_policy_needs_and_the_plugin_can_tell(
    koha: StandinKoha, library: Library, reader: int
) -> None:
    library.lend(reader, Loan(41, library.today() - timedelta(days=3), "BOOK"))
    needs = Needs(frozenset({Part.OVERDUE, Part.ATTRIBUTES}), frozenset({"PLAN"}))

    def pulled() -> dict[str, Facts]:
        with HttpApi(koha.url, koha.client_id, koha.client_secret) as http:
            return {each.patron.id: each for each in connect(http, needs=lambda: needs).source.pull().facts}

    known = pulled()[str(reader)]
    assert known.overdue == (OverdueItem("41", library.today() - timedelta(days=3), "BOOK", waited_for=False),)
    assert (known.patron.attributes, known.guarantees, known.address_unknown) == (frozenset(), UNKNOWN, UNKNOWN)
    library.contract = 2
    try:
        older = pulled()
    finally:
        library.contract = 3
    assert str(reader) not in older, "a plugin without parts is asked for none"
    assert all(each.overdue is UNKNOWN for each in older.values())
