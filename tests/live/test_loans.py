"""Rules about loans and about the day on which a charge arose, on a real Koha: what its own lending, renewals, returns,
fines and payments do to them.

Skipped without the staff interface, a client of Koha's database (`…_SQL`: loans are made old there), a Perl with Koha's
modules (`…_PERL`: a fine grows as Koha's nightly job lets it) and two items that may be lent (`…_BARCODES`).
"""

import shlex
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.live.client import PATRONS, Client, Json
from tests.live.conftest import Hands, Preference, Sql, named
from tests.live.marked import Cardwarden, cardwarden
from tests.live.people import People
from tests.live.staff import Staff
from tests.live.target import Target

HEAD = """
[policy]
name      = "The live suite"
currency  = "DKK"
languages = ["en"]
time_zone = "Europe/Copenhagen"
"""
OVERDUE = """
[rules.overdue]
kind             = "overdue"
overdue_days     = 28
release          = "{release}"
restriction_type = "{kind}"

[[rules.overdue.except]]
attributes = ["{plan}"]
exempt     = true
"""
OLD = """
[rules.old]
kind             = "debt"
block_above      = 0
older_than_days  = 60
restriction_type = "{kind}"
"""
FAMILY = """
[rules.family]
kind             = "debt"
block_at         = 10.00
release          = "{release}"
also_blocks      = "guarantors"
ages             = {{ under = 15 }}
restriction_type = "{kind}"

[[rules.family.except]]
attributes = ["{plan}"]
exempt     = true
"""
PLAN = "CWLIVEPLAN"
GROW = """
use C4::Overdues;
C4::Overdues::UpdateFine(
    { issue_id => $ARGV[0], itemnumber => $ARGV[1], borrowernumber => $ARGV[2], amount => $ARGV[3] } );
"""
Program: TypeAlias = Callable[..., Cardwarden]


@pytest.fixture(scope="module")
def admin(staff: Hands, preference: Preference) -> Staff:
    if not isinstance(staff, Staff):
        pytest.skip("the stand-in lends nothing")
    preference("RenewalPeriodBase", "now")
    return staff


@pytest.fixture(scope="module")
def plan(sql: Sql) -> Iterator[str]:
    """An attribute's type of the suite's own."""
    sql(f"INSERT IGNORE INTO borrower_attribute_types (code, description) VALUES ('{PLAN}', 'The suite''s')")
    yield PLAN
    sql(f"DELETE FROM borrower_attribute_types WHERE code = '{PLAN}'")


@pytest.fixture
def answers_for(sql: Sql) -> Iterator[Callable[[int, int], None]]:
    """Links a guarantor and a guarantee in Koha's table: the suite's category takes none by Koha's own form."""
    linked: list[int] = []

    def link(guarantor: int, guarantee: int) -> None:
        linked.append(guarantor)
        sql(
            "INSERT INTO borrower_relationships (guarantor_id, guarantee_id, relationship) "
            f"VALUES ({guarantor}, {guarantee}, 'father')"
        )

    yield link
    for guarantor in linked:
        sql(f"DELETE FROM borrower_relationships WHERE guarantor_id = {guarantor}")


@pytest.fixture(scope="module")
def items() -> list[str]:
    return named("BARCODES").split(",")[:2]


@pytest.fixture(scope="module")
def perl() -> list[str]:
    """A Perl with Koha's modules."""
    return shlex.split(named("PERL"))


@pytest.fixture
def barcodes(admin: Staff, items: list[str]) -> Iterator[list[str]]:
    """Two items on the shelf, brought back at the end."""
    yield items
    for barcode in items:
        admin.bring_back(barcode)


@pytest.fixture
def program(target: Target, instance: str, kinds: tuple[str, str], plan: str, tmp_path: Path) -> Iterator[Program]:
    """Cardwarden with a policy, for these patrons, after its first dry run."""
    with_those: list[object] = []

    def start(policy: str, *patrons: int, release: str = "returned") -> Cardwarden:
        text = HEAD + policy.format(kind=kinds[0], release=release, plan=plan)
        context = cardwarden(target, instance, text, patrons, tmp_path)
        with_those.append(context)
        made = context.__enter__()
        made.dry_run()
        return made

    yield start
    for context in with_those:
        context.__exit__(None, None, None)  # type: ignore[attr-defined]


def lent(admin: Staff, sql: Sql, patron: int, barcode: str, days: int) -> tuple[str, str]:
    """Lend through Koha, then let the loan be so many days overdue; the loan's number and the item's."""
    admin.lend(patron, barcode)
    is_ours = f"i.borrowernumber = {patron} AND t.barcode = '{barcode}'"
    due = f"CONCAT(CURRENT_DATE - INTERVAL {days} DAY, ' 23:59:00')"
    sql(f"UPDATE issues i JOIN items t ON t.itemnumber = i.itemnumber SET i.date_due = {due} WHERE {is_ours}")
    [loan] = sql(f"SELECT i.issue_id, i.itemnumber FROM issues i JOIN items t USING (itemnumber) WHERE {is_ours}")
    return loan[0], loan[1]


def blocked(koha: Client, program: Cardwarden, *patrons: int) -> list[bool]:
    """Whether each is blocked after a cycle."""
    findings = program.apply(program.dry_run().kept_digest)
    assert findings.told.trouble is None
    return [koha.rows(patron) != [] for patron in patrons]


def moved(koha: Client, patron: int, since: int) -> bool:
    query: Json = {"changed_since": since, "limit": 10_000, "with": "overdue"}
    return patron in [one["patron_id"] for one in koha.page(**query)["patrons"]]


def test_a_loan_of_28_days_blocks_until_koha_renews_it_or_takes_it_back(
    koha: Client, people: People, admin: Staff, sql: Sql, program: Program, barcodes: list[str],
    next_second: Callable[[], int],
) -> None:  # fmt: skip
    renews, returns = people.make(), people.make()
    lent(admin, sql, renews, barcodes[0], 27)
    _, item = lent(admin, sql, returns, barcodes[1], 28)
    warden = program(OVERDUE, renews, returns)
    assert blocked(koha, warden, renews, returns) == [False, True]
    _, item = lent(admin, sql, renews, barcodes[0], 28)
    assert blocked(koha, warden, renews, returns) == [True, True]
    since = next_second()
    assert admin.renew(renews, int(item))
    assert (moved(koha, renews, since), moved(koha, returns, since)) == (True, False)
    admin.bring_back(barcodes[1])
    assert moved(koha, returns, since)
    assert blocked(koha, warden, renews, returns) == [False, False]


def test_an_agreement_by_attribute_holds_as_long_as_staff_leave_it(
    koha: Client, people: People, admin: Staff, sql: Sql, program: Program, barcodes: list[str], plan: str
) -> None:
    patron = people.make()
    lent(admin, sql, patron, barcodes[0], 40)
    body = {"type": plan, "value": "1"}
    attribute = koha.good("POST", f"{PATRONS}/{patron}/extended_attributes", 201, json=body)["extended_attribute_id"]
    warden = program(OVERDUE, patron)
    assert blocked(koha, warden, patron) == [False]
    koha.good("PATCH", f"{PATRONS}/{patron}/extended_attributes/{attribute}", json={"value": "0"})
    assert blocked(koha, warden, patron) == [True]
    koha.good("PATCH", f"{PATRONS}/{patron}/extended_attributes/{attribute}", json={"value": "yes"})
    assert blocked(koha, warden, patron) == [False]


@pytest.mark.parametrize("first", ["pays", "returns"])
def test_paid_and_returned_is_both(
    koha: Client, people: People, admin: Staff, sql: Sql, program: Program, barcodes: list[str], first: str
) -> None:
    patron = people.owing(10)
    lent(admin, sql, patron, barcodes[0], 30)
    warden = program(OVERDUE, patron, release="paid_and_returned")
    assert blocked(koha, warden, patron) == [True]
    acts: list[Callable[[], object]] = [lambda: people.pay(patron), lambda: admin.bring_back(barcodes[0])]
    for act, after in zip(acts if first == "pays" else acts[::-1], (True, False), strict=True):
        act()
        assert blocked(koha, warden, patron) == [after]


def test_an_old_fine_that_still_grows_is_old(
    koha: Client, people: People, admin: Staff, sql: Sql, program: Program, barcodes: list[str], perl: list[str]
) -> None:
    old, new = people.make(), people.make()
    loans = {patron: lent(admin, sql, patron, code, 10) for patron, code in zip((old, new), barcodes, strict=True)}

    def grow(patron: int, amount: int) -> None:
        subprocess.run([*perl, "-e", GROW, *loans[patron], str(patron), str(amount)], check=True, capture_output=True)

    grow(old, 5)
    grow(new, 5)
    sql(
        "UPDATE accountlines a JOIN account_offsets o ON o.debit_id = a.accountlines_id "
        "SET a.date = NOW() - INTERVAL 100 DAY, o.created_on = NOW() - INTERVAL 100 DAY "
        f"WHERE a.borrowernumber = {old}"
    )
    grow(old, 6)
    [charge] = koha.look_up(patron_ids=[old], **{"with": ["arose"]})["patrons"][0]["charges"]
    [[today]] = sql("SELECT CURRENT_DATE")
    assert (charge["outstanding"], charge["date"]) == ("6.000000", today), "Koha wrote the line's date anew"
    assert charge["arose"] == (date.fromisoformat(today) - timedelta(days=100)).isoformat()
    assert blocked(koha, program(OLD, old, new), old, new) == [True, False]


def test_a_guarantor_is_blocked_for_a_childs_debt_until_it_is_paid_and_returned_or_agreed_on(
    koha: Client, people: People, admin: Staff, sql: Sql, program: Program, barcodes: list[str],
    answers_for: Callable[[int, int], None],
) -> None:  # fmt: skip
    [[today]] = sql("SELECT CURRENT_DATE")
    born = date.fromisoformat(today) - timedelta(days=9 * 366)
    parent, child = people.make(), people.owing(10, date_of_birth=born.isoformat())
    answers_for(parent, child)
    lent(admin, sql, child, barcodes[0], 3)
    warden = program(FAMILY, parent, child, release="paid_and_returned")
    assert blocked(koha, warden, parent, child) == [True, True]
    body = {"type": PLAN, "value": "1"}
    attribute = koha.good("POST", f"{PATRONS}/{child}/extended_attributes", 201, json=body)["extended_attribute_id"]
    assert blocked(koha, warden, parent, child) == [False, False]
    koha.good("PATCH", f"{PATRONS}/{child}/extended_attributes/{attribute}", json={"value": "0"})
    assert blocked(koha, warden, parent, child) == [True, True]
    people.pay(child)
    assert blocked(koha, warden, parent, child) == [True, True], "what the child borrowed is still out"
    admin.bring_back(barcodes[0])
    assert blocked(koha, warden, parent, child) == [False, False]
