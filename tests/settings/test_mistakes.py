"""What a mistake in the settings says: file, line and key, or the variable; what is wrong, and what would be right."""

import codecs
import re
from pathlib import Path

import pytest

from sidecar.errors import SettingsError
from sidecar.settings import load_settings

from .test_settings import write


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('mode = "aply"', "mode", "'dry-run', 'release-only' or 'apply'"),
        ("[kohaa]\n", "kohaa", "did you mean koha?"),
        ('[koha]\nurll = "x"', "koha.urll", "did you mean url?"),
        ("[koha]\nattempts = 0", "koha.attempts", "is out of range; write at least 1"),
        ('[schedule]\nfull = ["24:00"]', "schedule.full[1]", "is not a time of day"),
        ('[schedule]\nquick_every = "soon"', "schedule.quick_every", "is not a duration"),
        ('[schedule]\nquick_every = "0m"', "schedule.quick_every", "is not a duration"),
        ('[schedule]\nevery = "15m"', "schedule.every", "unknown key"),
        ('[alerts]\ncommand = "tell"', "alerts.command", "is not a list; write one, as in command = ["),
        ("[alerts]\nfailures = 0", "alerts.failures", "is out of range; write at least 1"),
        ('[alerts.mail]\nhost = "mail"', "alerts.mail", "is incomplete; a mail needs `sender` and `to`"),
        (
            '[alerts.mail]\nhost = "mail"\nsender = "a@b"\nto = ["c@d"]\nuser = "a"',
            "alerts.mail",
            "set `starttls`",
        ),
        ("[brakes]\nadditions = { absolute = -1 }", "brakes.additions.absolute", "is out of range; write at least 0"),
        ("[brakes]\nadditions = {}", "brakes.additions", "says no limit; write `absolute` or `percent`"),
        ("[brakes.rules.debt]\nremovals = {}", "brakes.rules.debt.removals", "says no limit"),
        ("[listen]\nport = 70000", "listen.port", "at most 65535"),
        ('[scope]\nlibraries = "MAIN"', "scope.libraries", 'is not a list; write one, as in libraries = ["MAIN"]'),
        ("[koha]\nread_timeout = inf", "koha.read_timeout", "is not a number"),
        ("[koha]\nread_timeout = 0", "koha.read_timeout", "is out of range; write more than 0 and at most 3600"),
        ("[koha]\nread_timeout = 1e300", "koha.read_timeout", "is out of range"),
        ('[koha]\nconnect_timeout = "long"', "koha.connect_timeout", "is not a number; write one, without quotes"),
        ("[koha]\npage_size = 10.5", "koha.page_size", "is not a whole number; write one, without quotes and decimals"),
        ("[koha]\nclient_id = 5", "koha.client_id", "is not a text; write one, in quotes"),
        ('[koha]\nclient_id = " "', "koha.client_id", "is an empty text; write something, or remove it"),
        ('[koha]\nclient_id = "a\\nb"', "koha.client_id", "contains a line end"),
        ('[koha]\nca_file = ""', "koha.ca_file", "is an empty path; name a file, or remove it"),
        ("[koha]\nca_file = 5", "koha.ca_file", "is not a path; write one, in quotes"),
        ('[koha]\nallow_plain_http = "perhaps"', "koha.allow_plain_http", "is not true or false"),
        ("koha = 5", "koha", "is not a table; write [koha]"),
        ("[journal]\nkeep_days = 99999999999", "journal.keep_days", "write at least 1 and at most 36500"),
        ('[schedule]\nquick_every = "3651d"', "schedule.quick_every", "is too long; write at most 3650d"),
        ('[schedule]\nquick_every = "99999999999999999d"', "schedule.quick_every", "is too long"),
        ("[brakes.rules.debt]\nmore = 1", "brakes.rules.debt.more", "unknown key; known are additions, removals"),
        ("[brakes.rules]\ndebt = 1", "brakes.rules.debt", "is not a table; write [brakes.rules.debt]"),
        ('[log]\nlevel = "loud"', "log.level", "\"loud\" is not known; write 'debug', 'info', 'warning' or 'error'"),
        ("[log]\nlevel = 5", "log.level", "this is not known; write 'debug'"),
        ('[report]\ncsv = "tab"', "report.csv", "write 'comma' or 'semicolon'"),
        ('[listen]\nhost = "127.0.0.1:80"', "listen.host", "holds more than a host"),
        ('[listen]\nnames = ["a b"]', "listen.names[1]", "is no host"),
        ('[alerts.mail]\nhost = "smtp://mail.example.org"', "alerts.mail.host", "holds more than a host"),
        ('[scope]\ncategories = ["A", ""]', "scope.categories[2]", "is an empty text"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(tmp_path: Path, text: str, place: str, problem: str) -> None:
    file = write(tmp_path / "a.toml", text)
    with pytest.raises(SettingsError) as error:
        load_settings(file)
    assert re.match(rf"{re.escape(str(file))}:[12]: {re.escape(place)}: ", str(error.value))
    assert problem in str(error.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path / "a.toml", 'mode = "x"\nfoo = 1\n[koha]\nattempts = 0\n')
    with pytest.raises(SettingsError) as error:
        load_settings(file)
    assert len(str(error.value).splitlines()) == 3


def test_a_mistake_in_the_environment_is_told_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARDWARDEN_LISTEN__PORT", "many")
    with pytest.raises(SettingsError, match=r"^environment: CARDWARDEN_LISTEN__PORT: is not a whole number; "):
        load_settings(write(tmp_path / "a.toml", ""))


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


def test_a_list_in_plain_text_is_told_to_be_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDWARDEN_SCOPE__LIBRARIES", "MAIN")
    with pytest.raises(SettingsError) as error:
        load_settings()
    expected = "lists are JSON in the environment, as in CARDWARDEN_SCOPE__LIBRARIES='[\"MAIN\"]'"
    assert str(error.value) == f"environment: CARDWARDEN_SCOPE__LIBRARIES: is not a list; {expected}"
    monkeypatch.setenv("CARDWARDEN_SCOPE__LIBRARIES", '["MAIN"]')
    assert load_settings().settings.scope.libraries == ("MAIN",)


def said(file: Path | None = None) -> list[str]:
    with pytest.raises(SettingsError) as error:
        load_settings(file)
    return str(error.value).splitlines()


def test_the_line_is_that_of_the_key(tmp_path: Path) -> None:
    koha = '# one\nmode = "dry-run"\n\n[koha]\nclient_id = "x"\n\nattempts = 99\n'
    file = write(tmp_path / "a.toml", koha + '[schedule]\nfull = [\n  "03:15",\n  "3",\n]\n')
    first, second = said(file)
    assert first.startswith(f"{file}:7: koha.attempts: ")
    assert second.startswith(f'{file}:11: schedule.full[2]: "3" is not a time of day; ')


def test_of_file_and_environment_the_one_that_counts_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right value in the file does not make the variable's mistake the file's, nor the other way round."""
    file = write(tmp_path / "a.toml", "[listen]\nport = 8080\n[koha]\nattempts = 99\n")
    monkeypatch.setenv("CARDWARDEN_LISTEN__PORT", "many")
    monkeypatch.setenv("CARDWARDEN_KOHA__URL", "https://koha.example.org")
    first, second = said(file)
    assert first.startswith(f"{file}:4: koha.attempts: ")
    assert second.startswith("environment: CARDWARDEN_LISTEN__PORT: ")


def test_a_table_that_file_and_environment_make_together_is_told_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDWARDEN_ALERTS__MAIL__PORT", "587")
    monkeypatch.setenv("CARDWARDEN_KOHA", '{"client_id": "x"}')
    file = write(tmp_path / "a.toml", '[koha]\nattempts = 0\n[alerts.mail]\nhost = "mail"\n')
    first, second = said(file)
    assert first.startswith(f"{file}:2: koha.attempts: is out of range")
    assert second.startswith(f"{file}:3: alerts.mail: is incomplete")


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("CARDWARDEN_KOHA", "not JSON", "CARDWARDEN_KOHA: is not a table; write CARDWARDEN_KOHA__… for each"),
        ("CARDWARDEN_KOHA", '{"attempts": 0}', "CARDWARDEN_KOHA.attempts: is out of range; write at least 1"),
        ("CARDWARDEN_SCOPE__LIBRARIES", '["A", ""]', "CARDWARDEN_SCOPE__LIBRARIES[2]: is an empty text"),
        ("cardwarden_listen__port", "x", "cardwarden_listen__port: is not a whole number"),
        ("CARDWARDEN_KOHA__URLL", "x", "CARDWARDEN_KOHA__URLL: unknown key; did you mean CARDWARDEN_KOHA__URL?"),
        ("CARDWARDEN_ALERTS__MAIL__HOST", "mail", "CARDWARDEN_ALERTS__MAIL__HOST: is incomplete; a mail needs"),
        ("CARDWARDEN_BRAKES__RULES__DEBT__ADDITIONS__ABSOLUTE", "x", "CARDWARDEN_BRAKES__RULES__DEBT__ADDITIONS__ABS"),
        ("CARDWARDEN_KOHA__URL", "koha.example.org", "CARDWARDEN_KOHA__URL: has no scheme; write https://koha.example"),
        ("CARDWARDEN_MODE", "aply", "CARDWARDEN_MODE: \"aply\" is not known; write 'dry-run', "),
    ],
)
def test_a_variable_is_named_as_it_is_spelled(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    monkeypatch.setenv(name, value)
    (told,) = said()
    assert told.startswith(f"environment: {line}")


def test_a_variable_that_is_not_json_hides_no_other_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDWARDEN_KOHA", "{")
    monkeypatch.setenv("CARDWARDEN_SCOPE_LIBRARIES", "x")
    assert len(said(write(tmp_path / "a.toml", "foo = 1\n[log]\nlevel = 1\n"))) == 4


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("koha.example.org", "has no scheme; write https://koha.example.org"),
        ("//koha.example.org:8443/x", "has no scheme; write https://koha.example.org:8443/x"),
        ("localhost:8081", "has no scheme; write http://localhost:8081"),
        ("127.0.0.1", "has no scheme; write http://127.0.0.1"),
        ("joe:s3cret@koha", "has no scheme; write https://koha.example.org"),
        ("[::1", "has no scheme; write https://koha.example.org"),
        ("ftp://koha.example.org", "has a scheme that is neither https nor http"),
        ("https://", "is no address of a web site"),
        ("https://koha.example.org:port", "is no address of a web site"),
        ("https://ko ha", "is no address of a web site"),
        ("https://joe:s3cret@koha.example.org", "holds a user, a password"),
        ("https://koha.example.org/?token=s3cret", "holds a user, a password, a query"),
        ("https://koha.example.org/api/v1", "goes on with /api; write https://koha.example.org"),
        ("https://koha.example.org/cgi-bin/koha/mainpage.pl", "goes on with /cgi-bin; write https://koha.example.org"),
    ],
)
def test_an_address_of_koha_that_is_none_is_put_right(tmp_path: Path, url: str, remedy: str) -> None:
    file = write(tmp_path / "a.toml", f'[koha]\nurl = "{url}"\n')
    (told,) = said(file)
    assert told.startswith(f"{file}:2: koha.url: {remedy}")
    assert "s3cret" not in told


@pytest.mark.parametrize(
    "url", ["https://koha.example.org", "http://127.0.0.1:8081/", "https://example.org/koha", "https://x.org/apis/1"]
)
def test_an_address_of_koha_that_is_one_stays_as_it_is(tmp_path: Path, url: str) -> None:
    assert load_settings(write(tmp_path / "a.toml", f'[koha]\nurl = " {url} "\n')).settings.koha.url == url


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("journal.db", "write sqlite:///journal.db"),
        ("/var/lib/cardwarden/journal.db", "write sqlite:////var/lib/cardwarden/journal.db"),
        ("localhost/cardwarden", "write sqlite:////var/lib/cardwarden/journal.db or postgresql+psycopg://USER@HOST"),
        ("cw:s3cret@db/journal.db", "write sqlite:////var/lib/cardwarden/journal.db or postgresql+psycopg://USER@HOST"),
    ],
)
def test_a_journal_without_a_scheme_is_put_right(tmp_path: Path, url: str, remedy: str) -> None:
    (told,) = said(write(tmp_path / "a.toml", f'[journal]\nurl = "{url}"\n'))
    assert f"journal.url: is no database URL; {remedy}" in told
    assert "s3cret" not in told


@pytest.mark.parametrize("host", ["[::1]", "::1", "10.0.0.1", "koha.example.org", "käfer.example.org"])
def test_a_host_is_a_name_or_an_address(tmp_path: Path, host: str) -> None:
    assert load_settings(write(tmp_path / "a.toml", f'[listen]\nhost = "{host}"\n')).settings.listen.host == host


@pytest.mark.parametrize("host", ["http://localhost", "localhost:8765", "a/b", "joe@host", "*", "::x"])
def test_what_is_more_than_a_host_is_refused(tmp_path: Path, host: str) -> None:
    (told,) = said(write(tmp_path / "a.toml", f'[listen]\nhost = "{host}"\n'))
    assert "listen.host: " in told


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(codecs.BOM_UTF8 + b'mode = "apply"\r\n[koha]\r\nclient_id = "x"\r\n')
    assert str(load_settings(file).settings.mode) == "apply"
    file.write_bytes(codecs.BOM_UTF8 + b"\r\n\r\n[koha]\r\nattempts = 0\r\n")
    assert said(file)[0].startswith(f"{file}:4: koha.attempts: ")


@pytest.mark.parametrize(
    ("raw", "line", "problem"),
    [
        ('mode = "apply"'.encode("utf-16"), 1, "is UTF-16 text, not UTF-8"),
        ('mode = "apply"'.encode("utf-16-be"), 1, "is UTF-16 text or no text at all, not UTF-8"),
        ('mode = "apply"'.encode("utf-32"), 1, "is UTF-32 text, not UTF-8"),
        ("# one\n# zwölf\n".encode("latin-1"), 2, "is not UTF-8 text"),
    ],
)
def test_another_encoding_is_named(tmp_path: Path, raw: bytes, line: int, problem: str) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(raw)
    assert said(file) == [f"{file}:{line}: file: {problem}; save the file as UTF-8"]


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    assert said(tmp_path) == [f"{tmp_path}: no such settings file. Name one by --config or CARDWARDEN_CONFIG."]


def test_a_file_that_may_not_be_looked_at_is_never_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next one in the search would stand in for it. Root may look at everything, so the refusal is made."""

    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "is_file", refuse)
    assert said()[0].startswith("config/sidecar.toml:1: file: cannot be read")


@pytest.mark.parametrize("text", ["mode = ", "[koha\n", "a = 1\na = 2\n"])
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    file = write(tmp_path / "a.toml", text)
    (told,) = said(file)
    twice = "a = 2" in text
    problem = "has the same key twice" if twice else "is not valid TOML"
    assert told.startswith(f"{file}:{2 if twice else 1}: file: {problem}")
