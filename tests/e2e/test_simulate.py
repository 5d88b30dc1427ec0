"""`policy simulate` as it is typed: it reads once, tries many policies, and each comes out as its own dry run does."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.koha.source import PluginSource
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library
from sidecar import wiring
from sidecar.settings import load_settings
from tests.conftest import Command

POINTS = (100, 150, 225, 300, 1000)


@pytest.fixture
def lived_in(applied: Command, library: Library) -> Command:
    """A second day: some paid, some owe more, staff lifted a block, a PIN was mistyped."""
    blocked = [patron for patron in library.patrons.values() if patron.balance() >= 225_000_000]
    for number, patron in enumerate(blocked[:30]):
        if number % 3 == 0:
            library.pay(patron.id, f"{patron.balance() / 1_000_000:.2f}")
        elif number % 3 == 1:
            library.pay(patron.id, "10.00")
    free = [patron for patron in library.patrons.values() if 0 < patron.balance() < 225_000_000]
    for patron in free[:10]:
        library.charge(patron.id, "OVERDUE", "120.00")
    return applied


def dry_run(cardwarden: Command, monkeypatch: pytest.MonkeyPatch, folder: Path, limit: int) -> dict[str, Any]:
    """What a dry run says of the present policy with another limit in its file."""
    text = wiring.default_policy_file().read_text(encoding="utf-8")
    assert text.count("\nblock_at = 225.00\n") == 1
    file = folder / f"{limit}.toml"
    file.write_text(text.replace("\nblock_at = 225.00\n", f"\nblock_at = {limit}\n"), encoding="utf-8")
    with monkeypatch.context() as settings:
        settings.setenv("CARDWARDEN_POLICY", str(file))
        return dict(json.loads(cardwarden("reconcile", "--json").out))


def test_each_point_of_a_curve_has_the_figures_of_its_own_dry_run(
    lived_in: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = lived_in("policy", "simulate", "--curve", "rules.debt.block_at=100..1000/25", "--json")
    assert said.code == 0, said.err
    tried = {each["value"]: each for each in json.loads(said.out)["tried"]}
    plans = set()
    for limit in POINTS:
        report = dry_run(lived_in, monkeypatch, tmp_path, limit)
        one = tried[str(limit)]
        assert one["policy"]["digest"] == report["policy"]["digest"]
        assert one["planned"] == report["plan"]["by_kind"]
        rules = {each["rule"]: each for each in report["summary"]["rules"]}
        for each in one["rules"]:
            counts = rules[each["rule"]]
            assert each["in_force"] == counts["in_force"]
            assert {name: counts[name] for name in each["verdicts"]} == each["verdicts"]
            assert each["planned"]["add"] == counts["to_add"]
            assert each["planned"]["remove"] == counts["to_remove"]
        plans.add(json.dumps(one["planned"]))
    assert len(plans) > 1
    assert sum(tried["100"]["planned"].values())


def test_patrons_are_read_once_however_many_policies_are_tried(
    applied: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = []
    pull = PluginSource.pull
    monkeypatch.setattr(PluginSource, "pull", lambda self, **how: pulled.append(1) or pull(self, **how))
    assert applied("policy", "simulate", "--curve", "rules.debt.block_at=100..400/25").code == 0
    assert len(pulled) == 1


def test_a_first_simulation_ties_no_journal_and_writes_nothing(
    koha: StandinKoha, library: Library, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(koha)
    rows = list(library.rows())
    assert cardwarden("policy", "simulate", "--set", "rules.debt.block_at=100").code == 0
    assert list(library.rows()) == rows
    with wiring.opened_journal(load_settings()) as journal:
        assert journal.bound_to is None
        assert journal.cycles(10) == []


def test_without_the_plugin_it_says_what_would_be_and_what_it_cannot_see(
    plain_koha: StandinKoha, connect: Callable[..., None], cardwarden: Command
) -> None:
    connect(plain_koha)
    said = cardwarden("policy", "simulate", "--set", "rules.debt.block_at=100")
    assert said.code == 0, said.err
    assert "What this simulation cannot see" in said.out


def test_several_files_and_an_edit_of_all_of_them(applied: Command, tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        files.append(str(tmp_path / f"{name}.toml"))
        Path(files[-1]).write_text(
            f'[policy]\nname = "{name}"\ncurrency = "DKK"\n[rules.debt]\nkind = "debt"\nblock_at = 300\n'
        )
    said = applied("policy", "simulate", *files, "--set", "rules.debt.block_at=50", "--json")
    assert said.code == 0, said.err
    one, two = json.loads(said.out)["tried"]
    assert [one["label"], two["label"]] == [f"{file}: rules.debt.block_at = 50" for file in files]
    assert one["cards"] == two["cards"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Nothing to try"),
        (("a.toml", "b.toml", "--curve", "rules.debt.block_at=1..2/1"), "--curve goes with one policy file"),
        (("--set", "rules.debt.block_at=-5"), "--set: rules.debt.block_at: is negative"),
        (("--curve", "rules.dept.block_at=1..3/1"), "rules.dept: is not in the file; did you mean debt?"),
        (("--set", "rules.debt.blok_at=-5", "--set", "rules.pin.block_at=x"), "--set: rules.pin.block_at: is a text"),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_is_read(
    koha: StandinKoha, connect: Callable[..., None], cardwarden: Command, words: tuple[str, ...], said: str
) -> None:
    connect(koha)
    koha.stop()
    answer = cardwarden("policy", "simulate", *words)
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.err


def test_the_files_of_a_simulation(applied: Command, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    words = ("policy", "simulate", "--curve", "rules.debt.block_at=200..300/50", "--report", str(folder))
    assert applied(*words).code == 0
    names = {"simulation.html", "simulation.txt", "simulation.json", "simulation.csv", "simulation_patrons.csv"}
    assert {path.name for path in folder.iterdir()} == names
