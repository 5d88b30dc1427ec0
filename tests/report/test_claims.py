"""The report says how many claims stand where, what became of some, and what the office was last sent."""

from pathlib import Path

from sidecar.report.pages.cycle import make_page
from sidecar.report.pages.sections import Section
from sidecar.report.pages.view import View
from tests.collection.house import Library
from tests.collection.office import gave_back
from tests.cycle.house import patron


def section(library: Library, findings) -> Section:  # type: ignore[no-untyped-def]
    page = make_page(findings, View(show_names=False, limit=None))
    return next(each for each in page.sections if each.key == "claims")


def test_claims_are_counted_and_what_the_office_was_sent_is_said(tmp_path: Path) -> None:
    library = Library(tmp_path, patron(1, "300"), patron(2, "400"))
    library.later(days=7)
    found = section(library, library.apply(approve=library.dry_run().kept_digest))
    assert (found.title, found.sentences) == ("Claims (2 open)", ("referred 2.",))
    assert found.table is not None
    assert [row[2:] for row in found.table.rows] == [("referred", "300.00 DKK"), ("referred", "400.00 DKK")]
    library.exchange()
    library.says(gave_back("C-000001"))
    library.exchange()
    found = section(library, library.apply())
    assert found.sentences == (
        "sent 1.",
        "1 claim waits for staff: `cardwarden collection list`.",
        "Last sent to the office: cardwarden-000001.csv on 2026-11-30 10:00, 2 claims, 700.00 DKK.",
    )
    library.close()
