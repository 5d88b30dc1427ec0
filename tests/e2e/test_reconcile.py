"""From a dry run to nothing left to do, through the command line, over real HTTP."""

import json
import re
from collections.abc import Callable

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from tests.conftest import Command


def pairs_of(report: str) -> set[tuple[str, str]]:
    return {(change["patron"], change["rule"]) for change in json.loads(report)["changes"]}


def ours(library: Library) -> set[tuple[str, str]]:
    rows = ((str(row["borrowernumber"]), str(row["type"])) for row in library.rows())
    return {row for row in rows if row[1].startswith("CW_")}


def digest_in(text: str) -> str:
    found = re.search(r"cardwarden approve ([0-9a-f]{8,64})", text)
    assert found is not None, text
    return found[1]


def test_a_first_day(koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command) -> None:
    connect(koha)
    foreign = list(library.rows(foreign=True))

    dry = cardwarden("reconcile")
    assert dry.code == 2
    assert ours(library) == set()

    unapproved = cardwarden("reconcile", "--apply")
    assert unapproved.code == 2
    assert ours(library) == set()

    assert cardwarden("approve", digest_in(unapproved.out)).code == 0
    applied = cardwarden("reconcile", "--apply")
    assert applied.code == 0, applied.out
    blocked = ours(library)
    assert (str(library.subjects["owes_exactly_the_limit"]), "CW_DEBT") in blocked
    assert (str(library.subjects["owes_one_ore_less"]), "CW_DEBT") not in blocked

    again = cardwarden("reconcile")
    assert again.code == 0
    assert "nothing to change" in again.out.lower()
    assert list(library.rows(foreign=True)) == foreign


def test_a_digest_is_the_same_twice(koha: StandinKoha, connect: Callable[..., None], cardwarden: Command) -> None:
    connect(koha)
    assert digest_in(cardwarden("reconcile").out) == digest_in(cardwarden("reconcile").out)


def test_approving_and_applying_in_one_command(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    assert cardwarden("reconcile", "--apply", "--approve", digest).code == 0
    assert ours(library)


def test_an_approval_is_of_one_use(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    assert cardwarden("reconcile", "--apply", "--approve", digest).code == 0
    for patron in list(library.patrons.values())[:400]:
        if patron.category_id != "STAT" and patron.balance() < 225_000_000:
            library.charge(patron.id, "OVERDUE", "500.00")
    held = cardwarden("reconcile", "--apply")
    assert held.code == 2
    assert "approve" in held.out


def test_what_was_approved_and_is_no_longer_due_is_not_done(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    payer = library.subjects["owes_much"]
    digest = digest_in(cardwarden("reconcile").out)
    library.pay(payer)
    assert cardwarden("reconcile", "--apply", "--approve", digest).code == 0
    assert (str(payer), "CW_DEBT") not in ours(library)


def test_a_payment_frees_and_a_part_payment_does_not(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    cardwarden("reconcile", "--apply", "--approve", digest)
    payer, nearly = library.subjects["owes_much"], library.subjects["owes_exactly_the_limit"]
    library.pay(payer)
    library.pay(nearly, "224.00")

    shown = cardwarden("reconcile", "--json")
    assert pairs_of(shown.out) == {(str(payer), "debt")}
    assert cardwarden("reconcile", "--apply").code == 0
    assert (str(payer), "CW_DEBT") not in ours(library)
    assert (str(nearly), "CW_DEBT") in ours(library)


def test_staff_lift_a_pin_block_and_it_stays_lifted(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    cardwarden("reconcile", "--apply", "--approve", digest)
    patron = library.subjects["pin_failed_to_the_limit"]
    library.staff_lifts(patron, "CW_PIN")
    for _ in range(2):
        assert cardwarden("reconcile", "--apply").code == 0
        assert (str(patron), "CW_PIN") not in ours(library)
    explained = cardwarden("explain", str(patron))
    assert "overridden" in explained.out.lower()


def test_without_the_plugin_the_same_patrons_and_rules_are_named(
    koha: StandinKoha,
    plain_koha: StandinKoha,
    library: Library,
    connect: Callable[..., None],
    cardwarden: Command,
) -> None:
    connect(koha, "with.db")
    with_plugin = cardwarden("reconcile", "--json")
    connect(plain_koha, "without.db")
    without = cardwarden("reconcile", "--json")
    assert without.code == 2
    assert pairs_of(without.out) == pairs_of(with_plugin.out)

    refused = cardwarden("reconcile", "--apply")
    assert refused.code == 1
    assert "plugin" in refused.err
    assert ours(library) == set()


def test_a_pause_stops_writing_and_a_resume_allows_it(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    digest = digest_in(cardwarden("reconcile").out)
    assert cardwarden("pause").code == 0
    assert cardwarden("reconcile", "--apply", "--approve", digest).code == 2
    assert ours(library) == set()
    assert cardwarden("resume").code == 0
    assert cardwarden("reconcile", "--apply").code == 0
    assert ours(library)


def test_a_pilot_looks_at_one_library_only(
    koha: StandinKoha,
    library: Library,
    connect: Callable[..., None],
    cardwarden: Command,
    monkeypatch,
) -> None:
    connect(koha)
    chosen = library.patrons[library.subjects["owes_much"]].library_id
    monkeypatch.setenv("CARDWARDEN_SCOPE__LIBRARIES", json.dumps([chosen]))
    digest = digest_in(cardwarden("reconcile").out)
    assert cardwarden("reconcile", "--apply", "--approve", digest).code == 0
    assert {library.patrons[int(patron)].library_id for patron, _ in ours(library)} == {chosen}


def test_reports_are_written_into_a_folder(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, tmp_path
) -> None:
    connect(koha)
    assert cardwarden("reconcile", "--report", str(tmp_path / "report")).code == 2
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"report.html", "report.json", "changes.csv", "announcements.csv"} <= names


def test_names_and_card_numbers_appear_only_when_asked(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command, tmp_path
) -> None:
    connect(koha)
    patron = library.patrons[library.subjects["owes_much"]]
    masked = cardwarden("reconcile", "--report", str(tmp_path / "masked"))
    everything = masked.out + masked.err + "".join(path.read_text() for path in (tmp_path / "masked").iterdir())
    everything += "".join(path.read_bytes().decode("latin-1") for path in tmp_path.glob("journal.db*"))
    assert patron.card_number not in everything
    assert all(one.card_number not in everything for one in library.patrons.values())
    shown = cardwarden("reconcile", "--show-names", "--report", str(tmp_path / "shown"))
    assert patron.surname in "".join(path.read_text() for path in (tmp_path / "shown").iterdir()) + shown.out
