"""Where settings come from, what wins, and what a mistake in them says."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.core.brakes import Limit, Limits
from sidecar.ports import Mode
from sidecar.settings import Settings, load_settings, masked
from sidecar.settings.environment import unknown_variables
from sidecar.settings.reference import render_settings_reference


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_dry_run_is_the_default() -> None:
    assert load_settings().settings.mode is Mode.DRY_RUN


def test_the_listener_is_on_loopback_unless_told_otherwise(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path / "a.toml", "")).settings.listen.host == "127.0.0.1"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.toml", '[koha]\nurl = "https://file.example.org"\nclient_id = "from the file"\n')
    monkeypatch.setenv("CARDWARDEN_KOHA__URL", "https://environment.example.org")
    koha = load_settings(file).settings.koha
    assert koha.url == "https://environment.example.org"
    assert koha.client_id == "from the file"


def test_a_part_of_a_table_from_the_environment_keeps_the_rest_of_its_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CARDWARDEN_BRAKES__AMENDMENTS", "7")
    brakes = load_settings(write(tmp_path / "a.toml", "")).settings.brakes
    assert brakes.amendments == 7
    assert (brakes.removals.absolute, brakes.removals.percent) == (5, 20)


def test_a_part_of_a_table_in_the_file_keeps_the_rest_of_its_defaults(tmp_path: Path) -> None:
    brakes = load_settings(write(tmp_path / "a.toml", "[brakes]\nremovals = { percent = 2 }")).settings.brakes
    assert (brakes.removals.absolute, brakes.removals.percent) == (5, 2)


def test_additions_grow_with_the_library_unless_the_file_says_how_many(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path / "a.toml", "")).settings.brakes.limits() == Limits()
    said = load_settings(write(tmp_path / "b.toml", "[brakes]\nadditions = { absolute = 50, percent = 1.0 }"))
    assert said.settings.brakes.limits().additions == Limit(50, 1.0)
    alone = load_settings(write(tmp_path / "c.toml", "[brakes]\npin_additions = { percent = 2 }"))
    assert alone.settings.brakes.limits().pin_additions == Limit(0, 2)


def test_the_file_is_the_one_named_then_that_of_the_environment_then_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, by_variable = write(tmp_path / "named.toml", ""), write(tmp_path / "variable.toml", "")
    (tmp_path / "config").mkdir()
    here = write(tmp_path / "config" / "sidecar.toml", "")
    monkeypatch.chdir(tmp_path)
    assert load_settings().file == here.relative_to(tmp_path)
    monkeypatch.setenv("CARDWARDEN_CONFIG", str(by_variable))
    assert load_settings().file == by_variable
    assert load_settings(named).file == named


def test_a_path_is_beside_the_file_that_names_it_and_else_where_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path of the environment is meant from the working folder; the settings do not tell which of the two it is."""
    beside, here = tmp_path / "etc", tmp_path / "work"
    for folder in (beside, here):
        folder.mkdir()
        write(folder / "both.toml", "")
    write(beside / "only-beside.toml", "")
    write(here / "only-here.toml", "")
    monkeypatch.chdir(here)
    loaded = load_settings(write(beside / "sidecar.toml", ""))
    assert loaded.resolve(Path("both.toml")) == beside / "both.toml"
    assert loaded.resolve(Path("only-beside.toml")) == beside / "only-beside.toml"
    assert loaded.resolve(Path("only-here.toml")) == Path("only-here.toml")
    assert loaded.resolve(Path("nowhere.toml")) == beside / "nowhere.toml"
    assert loaded.resolve(here / "both.toml") == here / "both.toml"


def test_quick_cycles_come_every_minute_and_can_be_switched_off(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path / "a.toml", "")).settings.schedule.quick_interval() == timedelta(minutes=1)
    longest = load_settings(write(tmp_path / "c.toml", '[schedule]\nquick_every = "3650d"')).settings
    assert longest.schedule.quick_interval() == timedelta(days=3650)
    off = load_settings(write(tmp_path / "b.toml", '[schedule]\nquick_every = "off"')).settings
    assert off.schedule.quick_interval() is None


def test_the_page_of_settings_is_as_the_code_says() -> None:
    assert Path("docs/settings.md").read_text(encoding="utf-8") == render_settings_reference()


def test_the_settings_that_come_with_cardwarden_are_valid() -> None:
    assert load_settings(Path("config/sidecar.toml")).settings.mode is Mode.DRY_RUN


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CARDWARDEN_DEBUG", "1"),
        ("CARDWARDEN_LIVE_URL", "http://127.0.0.1"),
        ("CARDWARDEN_ALERT_CAUSE", "drift"),
        ("CARDWARDEN_SCOPE_LIBRARIES", ""),
        ("CARDWARDEN_SERVICE_HOST", "10.0.0.1"),
        ("CARDWARDEN_SERVICE_PORT_HTTP", "8765"),
        ("CARDWARDEN_PORT", "tcp://10.0.0.1:8765"),
        ("CARDWARDEN_PORT_8765_TCP_ADDR", "10.0.0.1"),
    ],
)
def test_variables_that_others_read_or_set_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    load_settings()


def test_every_variable_of_the_reference_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = re.findall(r"CARDWARDEN_[A-Z_]+", render_settings_reference())
    assert list(unknown_variables(Settings, dict.fromkeys(variables, "x"))) == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://cw:hunter2@db/journal", "postgresql+psycopg://cw:***@db/journal"),
        ("postgresql://cw:hunter2@ha/nt?er@db/journal", "postgresql://cw:***@db/journal"),
        ("postgresql://cw@db/journal?password=hunter2&sslmode=require", None),
        ("postgresql://cw@db/journal?sslmode=require&sslpassword=hunter2", None),
        ("https://koha.example.org/?pwd=hunter2&page=1", None),
        ("https://joe:hunter2@koha.example.org", "https://joe:***@koha.example.org"),
        ("--to=https://joe:hunter2@koha.example.org", "--to=https://joe:***@koha.example.org"),
        ("https://:hunter2@koha.example.org", "https://:***@koha.example.org"),
        ("sqlite:////var/lib/card:warden/a@b.db", "sqlite:////var/lib/card:warden/a@b.db"),
        ("https://koha.example.org:8443/x", "https://koha.example.org:8443/x"),
    ],
)
def test_the_passwords_inside_a_url_are_masked(url: str, shown: str | None) -> None:
    expected = url.replace("hunter2", "***") if shown is None else shown
    assert masked({"journal": {"url": url, "more": [url, 1, None]}}) == {
        "journal": {"url": expected, "more": [expected, 1, None]}
    }
