"""Claims by command: told, announced by letter, referred, sent, heard, taken back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from sidecar import wiring
from sidecar.settings import load_settings
from tests.collection.office import sheet, took
from tests.conftest import Command
from tests.e2e.test_reconcile import digest_in
from tests.serve.running import POLICY

CLAIM = """
[rules.collection]
kind            = "collection"
block_at        = 225.00
pay_within_days = 7
"""


@pytest.fixture
def office(koha: StandinKoha, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An office in a folder; patrons have been told of their claims."""
    connect(koha)
    (tmp_path / "policy.toml").write_text(POLICY.format(block_at="225.00") + CLAIM, encoding="utf-8")
    folder = tmp_path / "office"
    for name in ("outgoing", "incoming", "archive"):
        (folder / name).mkdir(parents=True)
    settings = tmp_path / "sidecar.toml"
    settings.write_text(
        f'mode = "apply"\npolicy = "policy.toml"\n[collection]\noffice = "folder"\nfolder = "{folder}"\n'
        "[brakes.additions]\nabsolute = 9999\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("CARDWARDEN_CONFIG", str(settings))
    return folder


def applied(cardwarden: Command) -> None:
    digest = digest_in(cardwarden("reconcile").out)
    cardwarden("reconcile", "--apply", "--approve", digest)


def told_long_ago() -> None:
    """The letters and the telling were eight days earlier than they were."""
    with wiring.opened_journal(load_settings(None)) as journal:
        cases = [case for by_rule in journal.cases().values() for case in by_rule.values() if case.rule == "collection"]
        ago = timedelta(days=8)
        journal.save_cases(
            [
                replace(case, since=case.since - ago, noticed_at=case.noticed_at and case.noticed_at - ago)
                for case in cases
            ],
            (),
        )


def test_a_claim_from_the_list_to_the_withdrawal(
    cardwarden: Command, office: Path, library: Library, tmp_path: Path
) -> None:
    applied(cardwarden)
    cardwarden("reconcile", "--apply", "--report", str(tmp_path / "report"))
    (listed_file,) = (tmp_path / "report").glob("announcements.csv")
    said = cardwarden("announced", str(listed_file), "--staff", "AB")
    assert said.code == 0
    assert "were known before. Journalled: AB" in said.out
    told_long_ago()
    applied(cardwarden)
    patron = str(library.subjects["owes_much"])
    listed = cardwarden("collection", "list", "--patron", patron).out
    assert "referred" in listed
    number = next(word for word in listed.split() if word.startswith("C-"))
    sent = cardwarden("collection", "send")
    assert (sent.code, "Sent: cardwarden-000001.csv" in sent.out) == (0, True)
    assert (office / "outgoing" / "cardwarden-000001.csv").exists()
    assert "waiting for the office since" in cardwarden("explain", patron).out.replace("\n", " ").lower()

    (tmp_path / "answer.csv").write_bytes(sheet(1, [took(number), took("C-009999")]))
    heard = cardwarden("collection", "hear", str(tmp_path / "answer.csv"))
    assert (heard.code, "1 lines taken, 1 problems" in heard.out) == (2, True)
    assert "claim C-009999 is not known here" in heard.err
    assert "was read before" in cardwarden("collection", "hear", str(tmp_path / "answer.csv")).out

    assert "taken back" in cardwarden("collection", "withdraw", number, "--staff", "AB").out
    assert "Sent: cardwarden-000002.csv, 1 claims" in cardwarden("collection", "send").out
    cardwarden("reconcile", "--apply")
    shown = cardwarden("collection", "show", number).out
    assert f"Claim {number} is closed: it was taken back." in shown
    assert "heard.acknowledged" in shown
    assert cardwarden("privacy", "export", patron).out.count('"claim_steps"') == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("collection", "show", "C-009999"), "no claim C-009999"),
        (("collection", "withdraw", "nonsense"), "no claim nonsense"),
        (("announced", "missing.csv"), "cannot be read"),
    ],
)
def test_what_is_not_possible_is_one_line(
    cardwarden: Command, office: Path, arguments: tuple[str, ...], words: str
) -> None:
    applied(cardwarden)
    said = cardwarden(*arguments)
    assert (said.code, words in said.err, len(said.err.splitlines())) == (1, True, 1)
    assert office.exists()


def test_nothing_is_sent_in_a_pause_or_without_an_office(
    cardwarden: Command, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(cardwarden)
    cardwarden("pause")
    assert "Writing is paused" in cardwarden("collection", "send").err
    cardwarden("resume")
    file = office.parent / "sidecar.toml"
    file.write_text(file.read_text().replace('office = "folder"\n', "").replace("folder = ", "# folder = "))
    said = cardwarden("collection", "send")
    assert said.code == 1
    assert "[collection]" in said.err or "collection office" in said.err


def test_aarhus_in_full_runs_as_soon_as_the_settings_name_an_office(
    cardwarden: Command, office: Path, tmp_path: Path
) -> None:
    aarhus = Path(__file__).parents[2] / "config" / "policies" / "aarhus.toml"
    assert cardwarden("policy", "check", str(aarhus)).code == 0
    (tmp_path / "policy.toml").write_bytes(aarhus.read_bytes())
    applied(cardwarden)
    assert "told" in cardwarden("collection", "list").out


def test_aarhus_in_full_is_refused_without_an_office(cardwarden: Command) -> None:
    aarhus = Path(__file__).parents[2] / "config" / "policies" / "aarhus.toml"
    said = cardwarden("policy", "check", str(aarhus))
    assert (said.code, "rests on a collection office" in said.err) == (1, True)
