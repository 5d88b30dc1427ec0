"""Where settings come from, what wins, and what a mistake in them says."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from sidecar.core.brakes import Limit, Limits
from sidecar.errors import SettingsError
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
        ('[schedule]\nquick_every = "soon"', "schedule.quick_every", "is not a duration"),
        ('[schedule]\nquick_every = "0m"', "schedule.quick_every", "is not a duration"),
        ('[schedule]\nevery = "15m"', "schedule.every", "unknown key"),
        ('[alerts]\ncommand = "tell"', "alerts.command", "tuple"),
        ("[alerts]\nfailures = 0", "alerts.failures", "greater than or equal to 1"),
        ('[alerts.mail]\nhost = "mail"', "alerts.mail", "needs `sender` and `to`"),
        (
            '[alerts.mail]\nhost = "mail"\nsender = "a@b"\nto = ["c@d"]\nuser = "a"',
            "alerts.mail",
            "set `starttls`",
        ),
        ("[brakes]\nadditions = { absolute = -1 }", "brakes.additions.absolute", "greater than or equal to 0"),
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


def test_quick_cycles_come_every_minute_and_can_be_switched_off(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path / "a.toml", "")).settings.schedule.quick_interval() == timedelta(minutes=1)
    off = load_settings(write(tmp_path / "b.toml", '[schedule]\nquick_every = "off"')).settings
    assert off.schedule.quick_interval() is None


def test_systemd_s_credentials_stand_in_for_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    write(tmp_path / "koha_client_secret", "from systemd\n")
    write(tmp_path / "listen_token", "a-token-of-some-length\n")
    write(tmp_path / "mail_password", "opensesame\n")
    write(tmp_path / "journal_password", "of the database\n")
    mail = 'mail = { host = "m", sender = "a@b", to = ["c@d"], user = "cw", starttls = true }'
    loaded = load_settings(write(tmp_path / "a.toml", f"[alerts]\n{mail}\n"))
    assert loaded.client_secret() == "from systemd"
    assert loaded.listen_token() == "a-token-of-some-length"
    assert loaded.mail_password() == "opensesame"
    assert loaded.journal_password() == "of the database"
    given = load_settings(write(tmp_path / "b.toml", '[koha]\nclient_secret = "given"\n'))
    assert given.client_secret() == "given"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[listen]\nhost = "0.0.0.0"', "so a token is needed"),
        ('[listen]\nhost = "::"', "so a token is needed"),
        ('[listen]\nhost = "koha.example.org"', "so a token is needed"),
        ('[listen]\ntoken = "short"', "shorter than 16"),
        ('[listen]\ntoken_file = "missing"', "cannot be read"),
    ],
)
def test_a_listener_that_others_can_reach_demands_a_token(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        load_settings(write(tmp_path / "a.toml", text)).listen_token()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"])
def test_on_loopback_no_token_is_needed(tmp_path: Path, host: str) -> None:
    assert load_settings(write(tmp_path / "a.toml", f'[listen]\nhost = "{host}"')).listen_token() is None


def test_the_journal_s_password_may_stand_in_a_file(tmp_path: Path) -> None:
    write(tmp_path / "password", "of the database\n")
    text = '[journal]\nurl = "postgresql://cardwarden@db/cardwarden"\npassword_file = "password"\n'
    assert load_settings(write(tmp_path / "a.toml", text)).journal_password() == "of the database"
    assert load_settings(write(tmp_path / "b.toml", "")).journal_password() is None


def test_a_mail_user_without_a_password_is_said(tmp_path: Path) -> None:
    mail = 'mail = { host = "m", sender = "a@b", to = ["c@d"], user = "cw", starttls = true }'
    with pytest.raises(SettingsError, match=r"alerts\.mail\.password_file is not set"):
        load_settings(write(tmp_path / "a.toml", f"[alerts]\n{mail}\n")).mail_password()


def test_no_secret_shows_in_the_settings(tmp_path: Path) -> None:
    text = (
        '[koha]\nclient_secret = "hush-1"\n[listen]\ntoken = "hush-2"\n[alerts.mail]\npassword = "hush-3"\n'
        '[journal]\npassword = "hush-4"\n'
    )
    loaded = load_settings(write(tmp_path / "a.toml", text))
    assert "hush" not in repr(loaded) + loaded.settings.model_dump_json()


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


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("CARDWARDEN_SCOPE_LIBRARIES", "CARDWARDEN_SCOPE__LIBRARIES"),
        ("CARDWARDEN_MODUS", "CARDWARDEN_MODE"),
        ("CARDWARDEN_LISTEN_PORT", "CARDWARDEN_LISTEN__PORT"),
        ("CARDWARDEN_ALERTS_MAIL_HOST", "CARDWARDEN_ALERTS__MAIL__HOST"),
        ("cardwarden_scope_libraries", "CARDWARDEN_SCOPE__LIBRARIES"),
    ],
)
def test_a_variable_that_is_no_setting_is_refused_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, name: str, near: str
) -> None:
    monkeypatch.setenv(name, "8765")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert str(error.value) == f"environment: {name}: no setting has this name; did you mean {near}?"


def test_all_mistakes_of_the_environment_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CARDWARDEN_ZZZZ", "CARDWARDEN_SCOPE_CATEGORIES", "CARDWARDEN_KOHA__URLL"):
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv("CARDWARDEN_MODE", "aply")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert len(str(error.value).splitlines()) == 3, "what resembles no setting is somebody else's"
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CARDWARDEN_DEBUG", "1"),
        ("CARDWARDEN_LIVE_URL", "http://127.0.0.1"),
        ("CARDWARDEN_ALERT_CAUSE", "drift"),
        ("CARDWARDEN_EMPTY", ""),
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


def test_a_list_in_plain_text_is_told_to_be_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDWARDEN_SCOPE__LIBRARIES", "MAIN")
    with pytest.raises(SettingsError) as error:
        load_settings()
    expected = "lists are JSON in the environment, as in CARDWARDEN_SCOPE__LIBRARIES='[\"MAIN\"]'"
    assert str(error.value) == f"environment: scope.libraries: {expected}"
    monkeypatch.setenv("CARDWARDEN_SCOPE__LIBRARIES", '["MAIN"]')
    assert load_settings().settings.scope.libraries == ("MAIN",)


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
