"""Where settings come from, what wins, and what a mistake in them says."""

from pathlib import Path

import pytest

from sidecar.errors import SettingsError
from sidecar.ports import Mode
from sidecar.settings import load_settings
from sidecar.settings_reference import render_settings_reference


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
    assert brakes.additions.absolute == 50


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


def test_a_secret_may_stand_in_a_file_and_never_shows(tmp_path: Path) -> None:
    write(tmp_path / "secret", "s3cr3t-value\n")
    loaded = load_settings(write(tmp_path / "a.toml", '[koha]\nclient_secret_file = "secret"\n'))
    assert loaded.client_secret() == "s3cr3t-value"
    given = load_settings(write(tmp_path / "b.toml", '[koha]\nclient_secret = "s3cr3t-value"\n'))
    assert "s3cr3t-value" not in repr(given) + str(given.settings.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('mode = "aply"', "mode", "'dry-run', 'release-only' or 'apply'"),
        ("[kohaa]\n", "kohaa", "did you mean `koha`?"),
        ('[koha]\nurll = "x"', "koha.urll", "did you mean `url`?"),
        ("[koha]\nattempts = 0", "koha.attempts", "greater than or equal to 1"),
        ('[schedule]\nfull = ["24:00"]', "schedule.full.0", "is not a time of day"),
        ('[schedule]\nevery = "soon"', "schedule.every", "is not a duration"),
        ('[schedule]\nevery = "0m"', "schedule.every", "is not a duration"),
        ("[brakes]\nadditions = { absolute = -1 }", "brakes.additions.absolute", "greater than or equal to 0"),
        ("[brakes]\nadditions = { percent = 2 }", "brakes.additions.absolute", "required"),
        ("[listen]\nport = 70000", "listen.port", "less than or equal to 65535"),
        ('[scope]\nlibraries = "MAIN"', "scope.libraries", "tuple"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(tmp_path: Path, text: str, place: str, problem: str) -> None:
    file = write(tmp_path / "a.toml", text)
    with pytest.raises(SettingsError) as error:
        load_settings(file)
    assert str(error.value).startswith(f"{file}: {place}: ")
    assert problem in str(error.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path / "a.toml", 'mode = "x"\nfoo = 1\n[koha]\nattempts = 0\n')
    with pytest.raises(SettingsError) as error:
        load_settings(file)
    assert len(str(error.value).splitlines()) == 3


def test_a_mistake_in_the_environment_is_told_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARDWARDEN_LISTEN__PORT", "many")
    with pytest.raises(SettingsError, match=r"environment: listen\.port"):
        load_settings(write(tmp_path / "a.toml", ""))


def test_the_page_of_settings_is_as_the_code_says() -> None:
    assert Path("docs/settings.md").read_text(encoding="utf-8") == render_settings_reference()


def test_the_settings_that_come_with_cardwarden_are_valid() -> None:
    assert load_settings(Path("config/sidecar.toml")).settings.mode is Mode.DRY_RUN
