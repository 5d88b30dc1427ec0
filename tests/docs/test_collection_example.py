"""The worked example of docs/collection.md, from the letter to the release, with its files as they lie there."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from sidecar.byhand import read_letters, take_announced
from sidecar.core.collection.claim import Contact
from sidecar.core.collection.waiting import waiting_of
from sidecar.core.model import Charge, Facts, Patron
from sidecar.core.policy import Announce
from sidecar.language.claims import waiting_sentence
from sidecar.report.counted.summary import summarize
from sidecar.report.render.csvfiles import announcements_csv
from tests.collection.house import Library, claim_rule
from tests.cycle.house import COPENHAGEN, policy

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "collection" / "example"
PAGE = (DOCS / "collection.md").read_text(encoding="utf-8")

JENS = Contact(
    surname="Sørensen",
    firstname="Jens",
    address="Åboulevarden 12, 3. tv",
    city="Aarhus C",
    zipcode="8000",
    phone="+45 86 12 34 56",
    email="jens@example.org",
    library="MAIN",
    category_type="A",
)
OWES = Charge("90117", "FEE", Decimal("300.00"), date(2026, 10, 30))


class Office(Library):
    """The library of the example, with one patron."""

    def contacts(self, patrons):  # type: ignore[no-untyped-def]
        return dict.fromkeys(patrons, JENS)

    def on(self, *day: int) -> None:
        """Time goes on to that day, eight in the morning."""
        self.at = datetime(2026, *day, 8, tzinfo=COPENHAGEN)

    def owes(self, *charges: Charge, **more: object) -> None:
        self.ils.put(Facts(JENS_THERE, charges=charges, **more))  # type: ignore[arg-type]

    def put(self, name: str) -> None:
        """A file of the office's comes."""
        (self.folder / "incoming" / name).write_bytes((EXAMPLE / name).read_bytes())


JENS_THERE = Patron("4711", library="MAIN", category="ADULT", language="da")


def shown(name: str) -> bytes:
    """A file of the example."""
    return (EXAMPLE / name).read_bytes()


def test_the_example_from_the_letter_to_the_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.collection.house.claim_rule", lambda _: replace(claim_rule(), announce=Announce.LIST))
    library = Office(tmp_path, Facts(JENS_THERE, charges=(OWES,)))
    library.policy = policy(replace(claim_rule(), announce=Announce.LIST))

    library.on(11, 24)
    findings = library.apply()
    assert announcements_csv(findings, summarize(findings), show_names=False).encode() == shown("announcements.csv")
    letters = read_letters(shown("announcements.csv").decode())
    assert take_announced(library.journal, library.policy, letters, date(2026, 11, 24), "ann", library.at).new == 1

    library.on(11, 30)
    library.apply()
    assert library.blocked("CW_CLAIM") == set()
    library.on(12, 1)
    library.first_day()
    assert library.blocked("CW_CLAIM") == {"4711"}
    library.exchange()
    sent = tmp_path / "outgoing"
    assert (sent / "cardwarden-000001.csv").read_bytes() == shown("cardwarden-000001.csv")

    library.on(12, 2)
    library.put("office-000001.csv")
    library.exchange()
    assert library.states() == {"4711": "acknowledged"}

    library.on(12, 4)
    library.owes(paid_at=library.at, settled_at=library.at)
    library.apply()
    library.exchange()
    assert library.blocked("CW_CLAIM") == {"4711"}, "paid at the desk: the office's word is still to come"
    assert (sent / "cardwarden-000002.csv").read_bytes() == shown("cardwarden-000002.csv")
    waiting = waiting_of(library.journal.claims()[0], COPENHAGEN)
    assert waiting is not None
    assert waiting_sentence(waiting, library.at.date()) in PAGE

    library.on(12, 11)
    library.put("office-000002.csv")
    library.exchange()
    library.apply()
    assert library.blocked("CW_CLAIM") == set()
    assert library.states() == {"4711": "closed"}
    steps = [step.what for step in library.journal.claim_steps("C-000001")]
    assert steps == [
        "told",
        "referred",
        "filed",
        "told.claim",
        "heard.acknowledged",
        "balance",
        "filed",
        "told.update",
        "heard.paid_in_full",
        "closed",
    ]
    library.close()


def test_every_file_of_the_example_is_named_on_the_page() -> None:
    assert all(file.name in PAGE for file in EXAMPLE.iterdir())
