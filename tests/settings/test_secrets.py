"""Secrets: where they are kept, what is no part of them, and what is said of those that cannot be had."""

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest

from sidecar.errors import SettingsError
from sidecar.settings import LoadedSettings, load_settings

from .test_settings import write


def test_a_secret_may_stand_in_a_file_and_never_shows(tmp_path: Path) -> None:
    write(tmp_path / "secret", "s3cr3t-value\n")
    loaded = load_settings(write(tmp_path / "a.toml", '[koha]\nclient_secret_file = "secret"\n'))
    assert loaded.client_secret() == "s3cr3t-value"
    given = load_settings(write(tmp_path / "b.toml", '[koha]\nclient_secret = "s3cr3t-value"\n'))
    assert "s3cr3t-value" not in repr(given) + str(given.settings.model_dump(mode="json"))


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


def test_a_token_of_sixteen_characters_is_long_enough(tmp_path: Path) -> None:
    token = "0123456789abcdef"
    assert load_settings(write(tmp_path / "a.toml", f'[listen]\ntoken = "{token}"\n')).listen_token() == token


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost", "Localhost"])
def test_on_loopback_no_token_is_needed(tmp_path: Path, host: str) -> None:
    assert load_settings(write(tmp_path / "a.toml", f'[listen]\nhost = "{host}"')).listen_token() is None


def test_the_journal_s_password_may_stand_in_a_file(tmp_path: Path) -> None:
    write(tmp_path / "password", "of the database\n")
    text = '[journal]\nurl = "postgresql://cardwarden@db/cardwarden"\npassword_file = "password"\n'
    assert load_settings(write(tmp_path / "a.toml", text)).journal_password() == "of the database"
    assert load_settings(write(tmp_path / "b.toml", "")).journal_password() is None


def test_a_mail_user_without_a_password_is_said(tmp_path: Path) -> None:
    mail = 'mail = { host = "m", sender = "a@b", to = ["c@d"], user = "cw", starttls = true }'
    with pytest.raises(SettingsError, match=r"a\.toml:2: alerts\.mail\.password_file: is not set"):
        load_settings(write(tmp_path / "a.toml", f"[alerts]\n{mail}\n")).mail_password()


def test_no_secret_shows_in_the_settings(tmp_path: Path) -> None:
    text = (
        '[koha]\nclient_secret = "hush-1"\n[listen]\ntoken = "hush-2"\n[alerts.mail]\npassword = "hush-3"\n'
        '[journal]\npassword = "hush-4"\n'
    )
    loaded = load_settings(write(tmp_path / "a.toml", text))
    assert "hush" not in repr(loaded) + loaded.settings.model_dump_json()


MAIL = '[alerts.mail]\nhost = "m"\nsender = "a@b"\nto = ["c@d"]\nuser = "cw"\nstarttls = true\n'
SECRETS: dict[str, tuple[str, str, Callable[[LoadedSettings], str | None]]] = {
    "koha.client_secret": ("[koha]\n", "koha_client_secret", LoadedSettings.client_secret),
    "journal.password": ("[journal]\n", "journal_password", LoadedSettings.journal_password),
    "listen.token": ("[listen]\n", "listen_token", LoadedSettings.listen_token),
    "alerts.mail.password": (MAIL, "mail_password", LoadedSettings.mail_password),
}
SECRET = "hush-æøå-0123456789"


@pytest.fixture(params=["file", "credential"])
def keep(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, bytes | None], LoadedSettings]:
    """Keep bytes as a secret, in a file that a setting names or in a systemd credential; None makes a folder of it."""

    def kept(key: str, raw: bytes | None) -> LoadedSettings:
        table, credential, _ = SECRETS[key]
        path = tmp_path / credential
        if raw is None:
            path.mkdir()
        else:
            path.write_bytes(raw)
        if request.param == "credential":
            monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        else:
            table += f'{key.rsplit(".", maxsplit=1)[-1]}_file = "{credential}"\n'
        return load_settings(write(tmp_path / "a.toml", table))

    return kept


@pytest.mark.parametrize("key", SECRETS)
@pytest.mark.parametrize("raw", [
    SECRET.encode(), f"{SECRET}\n".encode(), f"{SECRET}\r\n".encode(), f"  {SECRET}\t\n\n".encode(),
    codecs.BOM_UTF8 + SECRET.encode(), codecs.BOM_UTF8 + f"{SECRET}\r\n".encode(),
])  # fmt: skip
def test_what_an_editor_adds_is_no_part_of_a_secret(
    keep: Callable[[str, bytes | None], LoadedSettings], key: str, raw: bytes
) -> None:
    assert SECRETS[key][2](keep(key, raw)) == SECRET


@pytest.mark.parametrize("key", SECRETS)
@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "is empty; put the secret there"),
        (b" \r\n", "is empty; put the secret there"),
        (codecs.BOM_UTF8, "is empty; put the secret there"),
        (None, "is a folder; name the file (Docker makes a folder where a file to mount is not there)"),
        (SECRET.encode("latin-1"), "is not UTF-8 text; save the file as UTF-8"),
        (SECRET.encode("utf-16"), "is UTF-16 text, not UTF-8; save the file as UTF-8"),
        (f"{SECRET}\nand more".encode(), "has more than one line; keep the secret there alone"),
        (f"{SECRET}\x07".encode(), "holds a character that cannot be seen; type the secret anew"),
        (f"hush\ufeff{SECRET}".encode(), "holds a character that cannot be seen; type the secret anew"),
    ],
)
def test_a_file_that_holds_no_secret_is_told_with_its_key_and_not_with_what_it_holds(
    keep: Callable[[str, bytes | None], LoadedSettings], tmp_path: Path, key: str, raw: bytes | None, problem: str
) -> None:
    loaded = keep(key, raw)
    table, credential, read = SECRETS[key]
    with pytest.raises(SettingsError) as error:
        read(loaded)
    of_file = f"{tmp_path / 'a.toml'}:{table.count(chr(10)) + 1}: {key}_file: {tmp_path / credential} {problem}"
    of_credential = f"CREDENTIALS_DIRECTORY: {credential}: {tmp_path / credential} {problem}"
    assert str(error.value) in {of_file, of_credential}
    assert "hush" not in str(error.value)


@pytest.mark.parametrize("key", SECRETS)
def test_a_secret_in_a_variable_is_read_alike(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str) -> None:
    """`$(cat secret)` takes the line feed off and leaves the carriage return and the byte order mark."""
    table, _, read = SECRETS[key]
    file, variable = write(tmp_path / "a.toml", table), f"CARDWARDEN_{key.replace('.', '__').upper()}"
    monkeypatch.setenv(variable, f"\ufeff{SECRET}\r")
    assert read(load_settings(file)) == SECRET
    monkeypatch.setenv(variable, " ")
    with pytest.raises(SettingsError) as error:
        read(load_settings(file))
    assert str(error.value) == f"environment: {variable}: is empty; put the secret there"


def test_a_secret_in_the_file_that_is_empty_is_none(tmp_path: Path) -> None:
    file = write(tmp_path / "a.toml", '[koha]\nclient_secret = ""\n')
    with pytest.raises(SettingsError) as error:
        load_settings(file).client_secret()
    assert str(error.value) == f"{file}:2: koha.client_secret: is empty; put the secret there"


def test_a_file_that_is_not_there_is_named_with_the_variable_that_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CARDWARDEN_KOHA__CLIENT_SECRET_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsError) as error:
        load_settings().client_secret()
    assert str(error.value) == (
        f"environment: CARDWARDEN_KOHA__CLIENT_SECRET_FILE: {tmp_path / 'none'} cannot be read (No such file or "
        "directory); name a file that this user may read"
    )


def test_all_secrets_that_cannot_be_had_are_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path / "a.toml", '[listen]\ntoken = "short"\n[journal]\npassword_file = "none"\n' + MAIL)
    with pytest.raises(SettingsError) as error:
        load_settings(file).check_secrets()
    keys = [line.split(": ")[1] for line in str(error.value).splitlines()]
    assert keys == ["koha.client_secret_file", "journal.password_file", "listen.token", "alerts.mail.password_file"]


def test_secrets_that_can_be_had_are_not_complained_about(tmp_path: Path) -> None:
    load_settings(write(tmp_path / "a.toml", f'[koha]\nclient_secret = "{SECRET}"\n')).check_secrets()
