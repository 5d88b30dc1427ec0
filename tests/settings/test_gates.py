"""`[gates.NAME]`: each by a name of one's own, with its kind, and with nothing that its kind does not have."""

from pathlib import Path

import pytest

from sidecar.errors import SettingsError
from sidecar.settings import GateKind, LoadedSettings, load_settings


def load(tmp_path: Path, text: str) -> LoadedSettings:
    path = tmp_path / "sidecar.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_there_is_none_unless_one_is_named(tmp_path: Path) -> None:
    assert load(tmp_path, "").settings.gates == {}


def test_the_name_of_a_kind_tells_the_kind(tmp_path: Path) -> None:
    gates = load(tmp_path, '[gates.sip2]\nhost = "127.0.0.1"\n[gates.ilsdi]\nurl = "https://o.example"').settings.gates
    assert {name: gate.kind for name, gate in gates.items()} == {"sip2": GateKind.SIP2, "ilsdi": GateKind.ILSDI}


def test_a_name_of_one_s_own_needs_a_kind(tmp_path: Path) -> None:
    gates = load(tmp_path, '[gates.main]\nkind = "sip2"\nhost = "::1"\ntls = true').settings.gates
    assert gates["main"].kind is GateKind.SIP2
    with pytest.raises(SettingsError, match=r'gates\.main: is a name that does not tell the kind; say kind = "sip2"'):
        load(tmp_path, '[gates.main]\nhost = "::1"')


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[gates.sip2]\nport = 6001", "sidecar.toml:1: gates.sip2: has no host; write it"),
        ("[gates.ilsdi]", "gates.ilsdi: has no url; write it"),
        ('[gates.sip2]\nhost = "localhost"\nurl = "https://o.example"', "has url, which a gate of kind sip2 has not"),
        (
            '[gates.ilsdi]\nurl = "https://o.example"\nuser = "x"\ntls = true',
            "has tls, user, which a gate of kind ilsdi",
        ),
        ('[gates.sip2]\nhost = "sip.example.org"', "would send card numbers to sip.example.org unencrypted; set tls"),
        ('[gates.sip2]\nhost = "localhost"\nencoding = "utf16"', "'utf8', 'cp850' or 'latin1'"),
        ('[gates.sip2]\nhost = "localhost"\nport = 0', "is out of range; write at least 1"),
        ('[gates.sip2]\nhost = "localhost"\ntimeout = 0', "is out of range; write more than 0"),
        ('[gates.sip2]\nhost = "localhost"\npasword = "x"', "unknown key"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, text)
    assert problem in str(raised.value)


@pytest.mark.parametrize("more", ["tls = true", "allow_plain = true"])
def test_another_machine_is_spoken_with_encrypted_or_with_leave(tmp_path: Path, more: str) -> None:
    assert load(tmp_path, f'[gates.sip2]\nhost = "sip.example.org"\n{more}').settings.gates["sip2"].host


def test_the_environment_adds_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDWARDEN_GATES__SIP2__PASSWORD", "hunter2")
    monkeypatch.setenv("CARDWARDEN_GATES__BRANCH__KIND", "sip2")
    monkeypatch.setenv("CARDWARDEN_GATES__BRANCH__HOST", "127.0.0.1")
    monkeypatch.setenv("CARDWARDEN_GATES__BRANCH__TLS", "true")
    loaded = load(tmp_path, '[gates.sip2]\nhost = "localhost"\nuser = "check"')
    assert set(loaded.settings.gates) == {"sip2", "branch"}
    assert loaded.gate_password("sip2") == "hunter2"
    assert loaded.settings.gates["branch"].tls
    assert "hunter2" not in repr(loaded)


def test_a_password_stands_in_a_file_or_in_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    text = '[gates.sip2]\nhost = "localhost"\nuser = "check"\n'
    assert load(tmp_path, f'{text}password_file = "secret"').gate_password("sip2") == "hunter2"
    (tmp_path / "gate_sip2_password").write_text("hunter3\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load(tmp_path, text).gate_password("sip2") == "hunter3"


def test_a_user_without_a_password_is_told_and_none_needs_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gates\.sip2\.password_file: is not set, though gates\.sip2\.user is"):
        load(tmp_path, '[gates.sip2]\nhost = "localhost"\nuser = "check"').gate_password("sip2")
    assert load(tmp_path, '[gates.sip2]\nhost = "localhost"').gate_password("sip2") == ""
