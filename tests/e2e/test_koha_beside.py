"""What Koha does beside the policy, as commands say it: before the first cycle, gate by gate, and card by card."""

import json
from pathlib import Path

import pytest

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from tests.conftest import Command

HARM = (
    "Koha refuses loans above 5.00 (noissuescharge is 5; SIP2 takes an empty one for 5): cards that owe 5.01 to 224.99 "
    "are clear here and refused at the self-check. Set it to 100000."
)
POLICY = """\
[policy]
name      = "Test"
currency  = "DKK"
languages = ["da"]

[rules.debt]
kind     = "debt"
block_at = 225.00
stops    = ["loans", "holds", "digital"]
"""


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY, encoding="utf-8")
    monkeypatch.setenv("CARDWARDEN_POLICY", str(file))
    return file


def test_config_check_tells_what_koha_refuses_by_itself_and_what_a_block_stops(
    applied: Command, library: Library, policy: Path
) -> None:
    library.set_preference("noissuescharge", "5")
    said = applied("config", "check")
    assert said.code == 0  # Cardwarden itself can do its work
    assert f"refuses   fit        {HARM}" in said.out
    assert "warning   fit        Koha's web page takes no holds from who owes more than 5.00" in said.out
    assert "ok        stops      what a restriction stops in this Koha:" in said.out
    assert ") staff are warned" in said.out
    library.set_preference("noissuescharge", "100000")
    library.set_preference("AllFinesNeedOverride", "0")
    assert "refuses   " not in applied("config", "check").out


def test_policy_check_and_show_say_it_of_this_koha_when_asked(applied: Command, library: Library, policy: Path) -> None:
    checked = applied("policy", "check", "--koha")
    assert checked.code == 0
    assert f"warning: {HARM}" in checked.out
    assert "note: Rule debt is not meant to stop" not in applied("policy", "check").out
    library.set_preference("RestrictionBlockRenewing", "1")
    shown = applied("policy", "show", "--koha")
    assert "Meant to stop loans, holds and digital services." in shown.out
    assert "by RestrictionBlockRenewing, which is 1" in shown.out
    assert "(--koha: in yours)" in applied("policy", "show").out
    assert "Rule debt is not meant to stop renewals" in applied("policy", "check", "--koha").out


def test_without_the_plugin_it_is_said_that_it_cannot_be_known(
    plain_koha: StandinKoha, connect: object, cardwarden: Command, policy: Path
) -> None:
    assert callable(connect)
    connect(plain_koha)
    said = cardwarden("config", "check")
    assert "note      fit        Whether Koha by itself refuses cards that the policy calls clear" in said.out
    assert "cannot be known: Koha tells only its plugin." in said.out


def test_the_report_counts_and_lists_the_cards_that_are_clear_and_refused(applied: Command, library: Library) -> None:
    little = str(library.subjects["owes_little"])
    document = json.loads(applied("reconcile", "--json").out)
    refused = {each["patron"]: each["limit"] for each in document["refused_by_ils"]}
    assert refused[little] == "5"
    assert HARM in document["warnings"]
    assert f"Clear, but refused by Koha itself ({len(refused)})" in applied("reconcile").out
    library.set_preference("noissuescharge", "100000")
    library.set_preference("AllFinesNeedOverride", "0")
    assert json.loads(applied("reconcile", "--json").out)["refused_by_ils"] == []


def test_texts_are_shown_as_patrons_read_them_when_asked(cardwarden: Command, policy: Path) -> None:
    said = cardwarden("policy", "check", "--texts", str(policy))
    assert said.code == 0
    assert "debt, da (89 of 255 characters)" in said.out
    assert "  self-check  Greetings from Koha.  -- Kortet er spærret. Se dine betalinger" in said.out
    assert "self-check" not in cardwarden("policy", "check", str(policy)).out.replace("self-checks", "")
