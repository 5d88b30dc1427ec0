"""`[collection]`: an office of one kind, with nothing of the other, and a password that nobody sees."""

from pathlib import Path
from typing import get_args

import pytest

from adapters.collector.generic.columns import CONTACT_COLUMNS
from sidecar import wiring
from sidecar.errors import SettingsError
from sidecar.settings import LoadedSettings, OfficeKind, load_settings
from sidecar.settings.collection import ContactColumn

SFTP = '[collection]\noffice = "sftp"\nhost = "127.0.0.1"\nuser = "library"\nknown_hosts = "known"\n'
FOLDER = '[collection]\noffice = "folder"\nfolder = "office"\n'


def load(tmp_path: Path, text: str) -> LoadedSettings:
    path = tmp_path / "sidecar.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_there_is_no_office_unless_one_is_named(tmp_path: Path) -> None:
    loaded = load(tmp_path, "")
    assert loaded.settings.collection.office is None
    assert not loaded.settings.collection.answers
    assert wiring.office_of(loaded) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[collection]\nfolder = "x"', "sidecar.toml:1: collection: names no office; say office = "),
        ('[collection]\noffice = "folder"', "collection: has no folder; write it"),
        ('[collection]\noffice = "sftp"\nhost = "x"', "collection: has no user, known_hosts; write it"),
        (f'{SFTP}folder = "x"', "has folder, which an office of kind sftp has not; remove it"),
        (f'{FOLDER}host = "x"\nkey_file = "k"', "has host, key_file, which an office of kind folder has not"),
        (f'{FOLDER}profile = "umss"', "sidecar.toml:4: collection.profile: \"umss\" is not known; write 'generic' or"),
        (f'{FOLDER}send = ["7"]', 'collection.send[1]: "7" is not a time of day'),
        (f'{FOLDER}outgoing = "../x"', "collection.outgoing: leads out by `..`; write the path itself"),
        (f'{FOLDER}outgoing = "incoming/"', "has the same folder twice; outgoing, incoming and archive are three"),
        (f'{FOLDER}leave_out = ["shoe_size"]', 'collection.leave_out[1]: "shoe_size" is not known; write'),
        (f"{FOLDER}answer_days = 0", "collection.answer_days: is out of range; write at least 1"),
        (f'{FOLDER}ofice = "x"', "collection.ofice: unknown key; did you mean office?"),
        (f'{SFTP}host = "sftp://x"'.replace('host = "127.0.0.1"\n', ""), "collection.host: holds more than a host"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, text)
    assert problem in str(raised.value)


def test_the_environment_alone_can_name_an_office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARDWARDEN_COLLECTION__OFFICE", "folder")
    monkeypatch.setenv("CARDWARDEN_COLLECTION__FOLDER", str(tmp_path))
    assert load(tmp_path, "").settings.collection.office is OfficeKind.FOLDER


@pytest.mark.parametrize(("profile", "answers"), [("generic", True), ("ums", False)])
def test_the_settings_know_which_profile_answers(tmp_path: Path, profile: str, *, answers: bool) -> None:
    loaded = load(tmp_path, f'{FOLDER}profile = "{profile}"')
    assert loaded.settings.collection.answers is wiring.profile_of(loaded).answers is answers


def test_what_can_be_left_out_is_what_a_profile_can_say(tmp_path: Path) -> None:
    assert get_args(ContactColumn) == CONTACT_COLUMNS
    assert load(tmp_path, FOLDER).settings.collection.left_out == ("cardnumber", "birth")
    assert load(tmp_path, f'{FOLDER}profile = "ums"').settings.collection.left_out == ()
    assert load(tmp_path, f"{FOLDER}leave_out = []").settings.collection.left_out == ()


def test_a_server_is_reached_by_a_key_or_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"collection\.key_file: is not set, and no password either; name the file"):
        load(tmp_path, SFTP).collection_password()
    assert load(tmp_path, f'{SFTP}key_file = "id"').collection_password() is None
    (tmp_path / "secret").write_text("hunter2\n")
    assert load(tmp_path, f'{SFTP}password_file = "secret"').collection_password() == "hunter2"
    (tmp_path / "collection_password").write_text("hunter3\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load(tmp_path, SFTP).collection_password() == "hunter3"


def test_a_missing_password_is_among_what_a_daemon_would_miss(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"collection\.key_file: is not set"):
        load(tmp_path, f'[koha]\nclient_secret = "x"\n{SFTP}').check_secrets()


def test_the_password_is_shown_nowhere(tmp_path: Path) -> None:
    loaded = load(tmp_path, f'{SFTP}password = "hunter2"')
    assert "hunter2" not in f"{loaded!r}{loaded.settings.model_dump_json()}{wiring.office_of(loaded)!r}"


def test_files_wait_beside_the_journal_unless_a_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDWARDEN_JOURNAL__URL", f"sqlite:///{tmp_path / 'journal.db'}")
    assert wiring.spool_of(load(tmp_path, FOLDER)) == tmp_path / "collection"
    assert wiring.spool_of(load(tmp_path, f'{FOLDER}spool = "/var/spool/x"')) == Path("/var/spool/x")
