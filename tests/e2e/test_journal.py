"""`journal` as it is typed: cycles and changes by when, rule, kind and result, for people and for spreadsheets."""

import csv
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.standin.library.library import Library
from sidecar.cli.journals import moment_of
from sidecar.errors import SettingsError
from tests.conftest import Command

NOW = datetime(2026, 11, 27, 21, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Copenhagen")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.lstrip("\ufeff"))))


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("7d", datetime(2026, 11, 20, 21, tzinfo=UTC)),
        ("90m", datetime(2026, 11, 27, 19, 30, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        ("2026-11-01T06:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("2026-11-01T06:30+00:00", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_since_is_a_day_a_moment_of_the_library_or_so_long_ago(words: str, moment: datetime) -> None:
    assert moment_of(words, NOW, ZONE) == moment


@pytest.mark.parametrize("words", ["yesterday", "7", "2026-13-01", "", "9999999999d"])
def test_what_is_no_moment_is_refused_with_what_would_be_one(words: str) -> None:
    with pytest.raises(SettingsError, match="write a day"):
        moment_of(words, NOW, ZONE)


def test_changes_of_a_rule_and_a_kind_and_a_result(applied: Command, library: Library) -> None:
    library.pay(library.subjects["owes_exactly_the_limit"])
    assert applied("reconcile", "--apply").code == 0
    added = json.loads(applied("journal", "--kind", "add", "--limit", "1000", "--json").out)
    assert {each["kind"] for each in added} == {"add"}
    removed = json.loads(applied("journal", "--rule", "debt", "--kind", "remove", "--result", "written", "--json").out)
    assert [each["patron"] for each in removed] == [str(library.subjects["owes_exactly_the_limit"])]
    assert json.loads(applied("journal", "--result", "refused", "--json").out) == []
    assert "no such change" in applied("journal", "--rule", "debt", "--since", "2999-01-01").out


def test_cycles_since_a_moment(applied: Command) -> None:
    assert len(json.loads(applied("journal", "--since", "1h", "--json").out)) == 2
    assert json.loads(applied("journal", "--since", "2999-01-01", "--json").out) == []


def test_cycles_as_csv_have_numbers_for_counts_and_times(applied: Command) -> None:
    applying, dry = rows(applied("journal", "--format", "csv").out)
    assert (dry["mode"], applying["mode"]) == ("dry-run", "apply")
    assert int(applying["done"]) == int(applying["planned_add"]) > 0
    assert int(applying["pull_ms"]) >= 0
    assert int(applying["write_ms"]) >= 0
    assert dry["write_ms"] == ""
    assert datetime.fromisoformat(applying["started"]) <= datetime.fromisoformat(applying["finished"])


def test_changes_as_csv_have_their_sums_and_sentences(applied: Command, library: Library) -> None:
    patron = str(library.subjects["owes_exactly_the_limit"])
    [change] = rows(applied("journal", "--patron", patron, "--format", "csv").out)
    assert (change["rule"], change["kind"], change["counted"], change["currency"]) == ("debt", "add", "225.00", "DKK")
    assert (change["approved"], change["result"]) == ("yes", "written")
    assert change["sentence"] == "owes 225.00 DKK, blocks at 225.00"


def test_csv_is_in_the_settings_dialect(applied: Command, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDWARDEN_REPORT__CSV", "semicolon")
    text = applied("journal", "--patron", str(library.subjects["owes_exactly_the_limit"]), "--format", "csv").out
    assert ";225,00;DKK;" in text


def test_how_long_cycles_took(applied: Command) -> None:
    text = applied("journal", "--timings").out
    assert "How long cycles took" in text
    assert "Decide" in text
    said = applied("reconcile", "--timings")
    assert "timings: pull " in said.err
    assert said.err.rstrip().endswith("s together")
    assert "write" not in said.err.partition("timings:")[2]
    assert "timings:" not in applied("reconcile").err


def test_a_broken_policy_keeps_nobody_from_the_journal(
    applied: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken.toml").write_text("[policy]\n")
    monkeypatch.setenv("CARDWARDEN_POLICY", str(tmp_path / "broken.toml"))
    said = applied("journal", "--kind", "add", "--format", "csv", "--limit", "1")
    assert said.code == 0
    assert rows(said.out)[0]["currency"] == ""
