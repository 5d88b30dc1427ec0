"""What the plugin reads only where it is asked: on the wire, in who matters, and in the etag."""

from typing import Any

import pytest

from tests.live.client import Client
from tests.live.people import People

from .koha import Koha

EVERYTHING = "address,arose,attributes,expired,guarantees,overdue"
RESET = [
    "recalls",
    "biblioitems",
    "items",
    "issues",
    "return_claims",
    "reserves",
    "borrower_attributes",
    "borrower_relationships",
]


@pytest.fixture
def koha_with_loans(served: Koha) -> Koha:
    """A library of two books of one record each, nothing lent."""
    for table in RESET:
        served.sql(f"DELETE FROM {table}")
    for number, type_ in ((1, "BOOK"), (2, "DVD")):
        served.sql(f"INSERT INTO biblioitems VALUES ({number}, {number}, '{type_}')")
        served.sql(f"INSERT INTO items VALUES ({number}, {number}, {number}, NULL, 0)")
    return served


def lend(koha: Koha, patron: int, item: int, days: int) -> None:
    koha.sql(
        "INSERT INTO issues (borrowernumber, itemnumber, date_due) "
        f"VALUES ({patron}, {item}, DATE_SUB(CONCAT(CURRENT_DATE, ' 23:59:00'), INTERVAL {days} DAY))"
    )


def page(client: Client, parts: str = EVERYTHING, **more: Any) -> dict[int, dict[str, Any]]:
    found = client.page(**{"limit": 1000, "with": parts, "attributes": "PLAN", **more})
    return {one["patron_id"]: one for one in found["patrons"]}


def test_the_status_says_which_parts_there_are(client: Client) -> None:
    assert client.status()["parts"] == EVERYTHING.split(",")


def test_nothing_is_sent_that_was_not_asked_for(koha_with_loans: Koha, client: Client, people: People) -> None:
    patron = people.owing(5)
    lend(koha_with_loans, patron, 1, 3)
    (found,) = [one for one in client.page(limit=1000)["patrons"] if one["patron_id"] == patron]
    assert not {"overdue", "attributes", "address_unknown", "guarantees"} & set(found)
    assert "arose" not in found["charges"][0]


@pytest.mark.parametrize(("days", "listed"), [(0, False), (1, True)])
def test_a_loan_is_overdue_the_day_after_its_due_day(
    koha_with_loans: Koha, client: Client, people: People, days: int, listed: bool
) -> None:
    patron = people.make()
    lend(koha_with_loans, patron, 2, days)
    found = page(client)
    assert (patron in found) is listed
    if listed:
        (loan,) = found[patron]["overdue"]
        assert (loan["item_id"], loan["item_type"], loan["waited_for"]) == (2, "DVD", False)
        assert patron not in page(client, "arose")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE items SET itemlost = 1",
        "INSERT INTO return_claims (issue_id, itemnumber) SELECT issue_id, 1 FROM issues",
    ],
)
def test_what_is_lost_or_claimed_to_be_returned_does_not_count(
    koha_with_loans: Koha, client: Client, people: People, statement: str
) -> None:
    patron = people.owing(5)
    lend(koha_with_loans, patron, 1, 30)
    koha_with_loans.sql(statement)
    assert page(client)[patron]["overdue"] == []


@pytest.mark.parametrize(
    ("item", "found", "suspended", "waited_for"),
    [
        ("1", "NULL", 0, True),
        ("NULL", "NULL", 0, True),
        ("2", "NULL", 0, False),
        ("1", "'W'", 0, False),
        ("1", "NULL", 1, False),
    ],
)
def test_another_patron_waits_for_the_item_or_for_its_record(
    koha_with_loans: Koha, client: Client, people: People, item: str, found: str, suspended: int, waited_for: bool
) -> None:
    patron, other = people.make(), people.make()
    lend(koha_with_loans, patron, 1, 3)
    hold = "INSERT INTO reserves (borrowernumber, biblionumber, itemnumber, found, suspend) VALUES"
    koha_with_loans.sql(f"{hold} ({patron}, 1, 1, NULL, 0)")
    assert page(client)[patron]["overdue"][0]["waited_for"] is False, "the patron's own hold"
    koha_with_loans.sql(f"{hold} ({other}, 1, {item}, {found}, {suspended})")
    assert page(client)[patron]["overdue"][0]["waited_for"] is waited_for


@pytest.mark.parametrize(
    ("item", "status", "completed", "waited_for"),
    [
        ("1", "requested", 0, True),
        ("1", "overdue", 0, True),
        ("NULL", "requested", 0, True),
        ("2", "requested", 0, False),
        ("1", "waiting", 0, False),
        ("1", "requested", 1, False),
    ],
)
def test_another_patron_s_recall_waits_too(
    koha_with_loans: Koha, client: Client, people: People, item: str, status: str, completed: int, waited_for: bool
) -> None:
    patron, other = people.make(), people.make()
    lend(koha_with_loans, patron, 1, 3)
    recall = "INSERT INTO recalls (patron_id, biblio_id, item_id, status, completed) VALUES"
    koha_with_loans.sql(f"{recall} ({patron}, 1, 1, 'requested', 0)")
    assert page(client)[patron]["overdue"][0]["waited_for"] is False, "the patron's own recall"
    koha_with_loans.sql(f"{recall} ({other}, 1, {item}, '{status}', {completed})")
    assert page(client)[patron]["overdue"][0]["waited_for"] is waited_for


CIRCULATED = """
use Koha::Plugin::Dk::Cardwarden;
package Loan { sub borrowernumber { return $_[0]->{number} } }
my ( $action, $number ) = @ARGV;
Koha::Plugin::Dk::Cardwarden->new->after_circ_action(
    { action => $action, payload => { checkout => bless { number => $number }, 'Loan' } } );
"""
"""What Koha calls, inside its own action."""


def circulated(koha: Koha, action: str, patron: int) -> None:
    done = koha.perl("-e", CIRCULATED, action, str(patron))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("action", "moved"), [("checkin", True), ("renewal", True), ("checkout", False)])
def test_who_brought_back_or_renewed_has_moved_for_whoever_asks_about_loans(
    koha_with_loans: Koha, client: Client, people: People, action: str, moved: bool
) -> None:
    patron = people.make()
    koha_with_loans.sql("UPDATE borrowers SET updated_on = '2026-01-01 12:00:00'")
    since = client.status()["database_time"]
    circulated(koha_with_loans, action, patron)
    circulated(koha_with_loans, action, patron)
    assert (patron in page(client, "overdue", changed_since=since)) is moved
    assert patron not in page(client, "arose", changed_since=since)
    assert patron not in page(client, "overdue", changed_since=since + 100)
    assert patron not in page(client, "overdue", changed_since=since, after=patron)


def test_that_somebody_moved_a_loan_is_forgotten_after_two_days_and_with_the_patron(
    koha_with_loans: Koha, client: Client, people: People
) -> None:
    table = "koha_plugin_dk_cardwarden_loans"
    old, new, gone = people.make(), people.make(), people.make()
    for patron in (old, new, gone):
        circulated(koha_with_loans, "checkin", patron)
    koha_with_loans.sql(f"UPDATE {table} SET at = at - 172900 WHERE borrowernumber = {old}")
    koha_with_loans.sql(f"DELETE FROM borrowers WHERE borrowernumber = {gone}")
    client.status()
    assert koha_with_loans.sql(f"SELECT borrowernumber FROM {table}") == [[str(new)]]


def test_a_loan_of_nobody_is_no_error(koha_with_loans: Koha) -> None:
    circulated(koha_with_loans, "checkin", 0)


def test_a_guarantor_has_moved_when_the_guarantee_s_money_did(
    koha_with_loans: Koha, client: Client, people: People
) -> None:
    guarantor, child = people.make(), people.owing(7)
    koha_with_loans.sql(
        f"INSERT INTO borrower_relationships (guarantor_id, guarantee_id) VALUES ({guarantor}, {child});"
        "UPDATE borrowers SET updated_on = '2026-01-01 12:00:00';"
        "UPDATE accountlines SET timestamp = '2026-01-01 12:00:00'"
    )
    since = client.status()["database_time"]
    assert guarantor not in page(client, "guarantees", changed_since=since)
    people.pay(child, 2)
    assert guarantor in page(client, "guarantees", changed_since=since)
    assert guarantor not in page(client, "overdue", changed_since=since)


def test_of_a_guarantee_the_attributes_and_loans_are_told_where_they_are_asked_for(
    koha_with_loans: Koha, client: Client, people: People
) -> None:
    guarantor, child = people.make(), people.owing(7)
    koha_with_loans.sql(
        f"INSERT INTO borrower_relationships (guarantor_id, guarantee_id) VALUES ({guarantor}, {child})"
    )

    def told(parts: str) -> tuple[Any, Any]:
        found = page(client, parts)[guarantor]
        return found["guarantees"][0], found["etag"]

    alone, _ = told("guarantees")
    assert not {"attributes", "overdue"} & set(alone)
    with_both, before = told(EVERYTHING)
    assert (with_both["attributes"], with_both["overdue"]) == ([], [])
    koha_with_loans.sql(
        f"INSERT INTO borrower_attributes (borrowernumber, code, attribute) VALUES ({child}, 'PLAN', '1')"
    )
    with_plan, after = told(EVERYTHING)
    assert (with_plan["attributes"], after == before) == (["PLAN"], False)
    lend(koha_with_loans, child, 1, 3)
    with_loan, later = told(EVERYTHING)
    assert [loan["item_id"] for loan in with_loan["overdue"]] == [1]
    assert later != after


def test_a_charge_arose_on_its_first_day_and_a_growing_fine_without_one_on_none(
    koha_with_loans: Koha, client: Client, people: People
) -> None:
    patron = people.owing(5)
    line = page(client)[patron]["charges"][0]["id"]
    koha_with_loans.sql(f"DELETE FROM account_offsets WHERE debit_id = {line}")
    koha_with_loans.sql(f"UPDATE accountlines SET debit_type_code = 'OVERDUE' WHERE accountlines_id = {line}")
    assert page(client)[patron]["charges"][0]["arose"] is None
    koha_with_loans.sql(
        f"INSERT INTO account_offsets (debit_id, type, amount, created_on) VALUES ({line}, 'CREATE', 1, '2026-02-01'),"
        f" ({line}, 'OVERDUE_INCREASE', 1, '2026-01-01')"
    )
    assert page(client)[patron]["charges"][0]["arose"] == "2026-02-01"


def test_only_the_attributes_that_are_named_are_read(koha_with_loans: Koha, client: Client, people: People) -> None:
    patron = people.owing(5)
    insert = "INSERT INTO borrower_attributes (borrowernumber, code, attribute) VALUES"
    koha_with_loans.sql(f"{insert} ({patron}, 'PLAN', '1'), ({patron}, 'SECRET', '1')")
    assert page(client)[patron]["attributes"] == ["PLAN"]
    koha_with_loans.sql("UPDATE borrower_attributes SET attribute = '0'")
    assert page(client)[patron]["attributes"] == []


def test_a_guarantor_of_somebody_who_owes_matters(koha_with_loans: Koha, client: Client, people: People) -> None:
    guarantor, child = people.make(), people.owing(7)
    assert guarantor not in page(client)
    koha_with_loans.sql(
        f"INSERT INTO borrower_relationships (guarantor_id, guarantee_id) VALUES ({guarantor}, {child}), "
        f"(NULL, {child})"
    )
    (found,) = page(client)[guarantor]["guarantees"]
    assert (found["patron_id"], found["charges"][0]["outstanding"], found["credit"]) == (child, "7.000000", "0.000000")


def test_marks_on_the_card_make_it_matter(koha_with_loans: Koha, client: Client, people: People) -> None:
    marked, expired = people.make(), people.make()
    koha_with_loans.sql(f"UPDATE borrowers SET gonenoaddress = 1 WHERE borrowernumber = {marked}")
    koha_with_loans.sql(
        f"UPDATE borrowers SET dateexpiry = DATE_SUB(CURRENT_DATE, INTERVAL 1 DAY) WHERE borrowernumber = {expired}"
    )
    found = page(client)
    assert (found[marked]["address_unknown"], found[expired]["address_unknown"]) == (True, False)
    assert not {marked, expired} & set(page(client, "overdue"))


def test_the_etag_covers_what_is_asked_for_at_the_write_too(
    koha_with_loans: Koha, client: Client, people: People
) -> None:
    patron = people.owing(5)
    plain = page(client, "arose")[patron]["etag"]
    assert page(client, "overdue")[patron]["etag"] == plain
    lend(koha_with_loans, patron, 1, 3)
    assert page(client, "arose")[patron]["etag"] == plain
    assert page(client, "overdue")[patron]["etag"] != plain


def test_a_walk_for_other_parts_does_not_take_up_the_list(
    koha_with_loans: Koha, client: Client, people: People
) -> None:
    first, second = people.owing(5), people.owing(5)
    late = people.make()
    lend(koha_with_loans, late, 1, 3)
    client.page(limit=1)
    found = client.page(**{"limit": 10, "after": first, "with": "overdue"})
    assert [one["patron_id"] for one in found["patrons"]] == [second, late]
