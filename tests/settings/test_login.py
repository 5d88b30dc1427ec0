"""`[login]`: one way in, with all that it needs, for somebody; and without it none."""

from pathlib import Path

import pytest

from sidecar.errors import SettingsError
from sidecar.settings import LoadedSettings, load_settings

OIDC = """[login]
issuer = "https://login.example.org"
client_id = "cardwarden"
client_secret = "a-secret"
address = "https://page.example.org"
"""


def load(tmp_path: Path, text: str) -> LoadedSettings:
    path = tmp_path / "sidecar.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_nobody_can_log_in_unless_it_is_said_how(tmp_path: Path) -> None:
    loaded = load(tmp_path, "")
    assert not loaded.settings.login.is_on
    assert loaded.login_secret() is None


def test_a_provider_or_a_proxy_s_header_is_a_way_in(tmp_path: Path) -> None:
    assert load(tmp_path, f'{OIDC}act = ["ab"]').settings.login.is_on
    behind = load(tmp_path, '[login]\nheader = "X-Remote-User"\nlook = ["*"]').settings.login
    assert behind.is_on
    assert behind.proxies == ("127.0.0.1", "::1")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[login]\nact = ["ab"]', "login: says of nobody how they log in; write `issuer`, or `header` behind a proxy"),
        (OIDC, "lets nobody do anything; name somebody in `look`, `act` or their groups"),
        (f'{OIDC}header = "X-User"\nact = ["ab"]', "says two ways in"),
        (f'{OIDC}act = ["*"]', "would let everybody act"),
        (f'{OIDC}act_groups = ["*"]', "would let everybody act"),
        (f'{OIDC}act = ["ab"]\ngroups_header = "X-Groups"', "groups_header, which is a proxy's"),
        (f'{OIDC}act = ["ab"]\nscopes = ["profile"]', "asks for no `openid`"),
        ('[login]\nissuer = "https://login.example.org"\nact = ["ab"]', "no client_id and no address"),
        (OIDC.replace("https://login", "http://login") + 'act = ["ab"]', "would send the secret in the clear"),
        (OIDC.replace("https://page", "http://page") + 'act = ["ab"]', "would send logins in the clear"),
        ('[login]\nheader = "X-User"\nclient_id = "x"\nact = ["ab"]', "which a proxy's header does not need"),
        ('[login]\nheader = "X User"\nact = ["ab"]', "is no name of a header"),
        ('[login]\nheader = "X-User"\nact = ["ab"]\nproxies = ["proxy"]', "is no IP address and no network"),
        ('[login]\nheader = "X-User"\nact = ["ab"]\nproxies = ["0.0.0.0/0"]', "is everybody's address"),
        (f'{OIDC}act = ["ab"]\nlasts = "long"', "login.lasts"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, text)
    assert problem in str(raised.value)
    assert "a-secret" not in str(raised.value)


def test_on_this_machine_plain_http_is_enough(tmp_path: Path) -> None:
    plain = OIDC.replace("https://login.example.org", "http://127.0.0.1:9000").replace(
        "https://page.example.org", "http://localhost:8765"
    )
    assert load(tmp_path, f'{plain}look = ["*"]').settings.login.is_on


def test_a_provider_s_secret_is_needed_and_may_be_a_file(tmp_path: Path) -> None:
    without = OIDC.replace('client_secret = "a-secret"\n', "")
    with pytest.raises(SettingsError, match=r"client_secret_file: is not set, though login\.issuer is"):
        load(tmp_path, f'{without}act = ["ab"]').check_secrets()
    (tmp_path / "secret").write_text("kept\n", encoding="utf-8")
    assert load(tmp_path, f'{without}client_secret_file = "secret"\nact = ["ab"]').login_secret() == "kept"
