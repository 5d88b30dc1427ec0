"""The files for those who run it: every variable, command and path in them exists."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library
from sidecar.cli.ondemand import COMMANDS
from sidecar.serve.alerts.book import Cause
from sidecar.serve.liveness.lastresort import WITHIN
from sidecar.serve.pages.server import build_pages, listening
from sidecar.settings import ListenSettings, load_settings
from sidecar.settings.secrets import CREDENTIALS
from tests.serve.house import serving

UNIT = Path("docs/operations/cardwarden.service")
SETTINGS = Path("docs/operations/sidecar.toml")
README = Path("docs/operations/README.md")
DOCKERFILE = Path("Dockerfile")
COMPOSE = yaml.safe_load(Path("docker-compose.yml").read_text(encoding="utf-8"))
SIDECARS = ("sidecar", "trial")

EXAMPLES = {
    "CARDWARDEN_MODE": "release-only",
    "CARDWARDEN_KOHA__URL": "https://koha.example.org",
    "CARDWARDEN_LISTEN__HOST": "0.0.0.0",  # noqa: S104 - the container's own network
    "CARDWARDEN_LISTEN__NAMES": '["cardwarden.example.org"]',
    "CARDWARDEN_LISTEN__PORT": "8766",
    "CARDWARDEN_JOURNAL__URL": "postgresql://cardwarden@database/cardwarden",
}
"""For what compose only passes on; anything else takes any value."""


def unit(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    for name in SIDECARS:
        yield (
            name,
            {
                key: EXAMPLES.get(key, "a value") if value.startswith("${") else value
                for key, value in COMPOSE["services"][name]["environment"].items()
            },
        )
    yield "unit", dict(line.split("=", 1) for line in unit("Environment"))
    yield "image", dict(re.findall(r"(CARDWARDEN_\w+)=(\S+)", DOCKERFILE.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("where", "variables"), list(environments()))
def test_every_variable_is_a_setting(
    where: str, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "sidecar.toml"
    empty.touch()
    unset = load_settings(empty).settings
    assert variables
    for key, value in variables.items():
        if key == "CARDWARDEN_CONFIG":
            continue
        assert key.startswith("CARDWARDEN_")
        with monkeypatch.context() as patched:
            patched.setenv(key, value)
            assert load_settings(empty).settings != unset or value == "dry-run", f"{key} in {where} sets nothing"


def test_every_command_exists() -> None:
    used = [service["command"][0] for service in COMPOSE["services"].values() if "command" in service]
    used += [shlex.split(line)[1] for line in unit("ExecStart")]
    used += json.loads(re.findall(r"^CMD (.*)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)[0])
    assert set(used) == {"daemon", "standin"}
    assert set(used) <= set(COMMANDS)


def test_the_stand_in_s_key_is_the_one_that_its_seed_makes() -> None:
    assert COMPOSE["services"]["standin"]["command"][-2:] == ["--seed", "1"]
    koha = StandinKoha(build_library(30, seed=1))
    environment = COMPOSE["services"]["trial"]["environment"]
    assert environment["CARDWARDEN_KOHA__CLIENT_ID"] == koha.client_id
    assert environment["CARDWARDEN_KOHA__CLIENT_SECRET"] == koha.client_secret


def test_the_stand_in_and_postgresql_are_profiles() -> None:
    services = COMPOSE["services"]
    profiles = {name: service.get("profiles", []) for name, service in services.items()}
    assert profiles == {"sidecar": [], "trial": ["standin"], "standin": ["standin"], "database": ["postgres"]}
    assert services["trial"]["environment"]["CARDWARDEN_MODE"] == "dry-run"


def test_what_compose_passes_on_and_nobody_set_counts_as_not_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "sidecar.toml"
    file.write_text('mode = "release-only"\n[koha]\nurl = "https://koha.example.org"\n', encoding="utf-8")
    alone = load_settings(file)
    passed_on = {key: value for key, value in COMPOSE["services"]["sidecar"]["environment"].items() if "${" in value}
    assert all(value.endswith(":-}") for value in passed_on.values())
    for key in passed_on:
        monkeypatch.setenv(key, "")
    assert load_settings(file) == alone


def test_nothing_runs_as_root() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    assert text.index("USER cardwarden") < text.index("ENTRYPOINT")
    assert unit("User") == ["cardwarden"]


def test_the_image_installs_nothing_without_a_hash() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    installs = re.findall(r"pip install ([^&\n]*)", text)
    assert installs
    for install in installs:
        assert "--require-hashes" in install or ("--no-index" in install and "--no-deps" in install)
    for lock in ("requirements.lock", "requirements-build.lock"):
        assert lock in text
        pinned = Path(lock).read_text(encoding="utf-8")
        assert "http" not in pinned
        assert pinned.count("==") == len(re.findall(r"^\S+==.* \\$", pinned, re.MULTILINE))


def test_the_unit_s_credential_is_found_by_its_name() -> None:
    names = {line.partition(":")[0] for line in unit("LoadCredential")}
    assert names <= set(CREDENTIALS.values())
    assert "koha_client_secret" in names


def test_the_settings_to_begin_with_load_and_name_the_daemon_s_own_journal_and_secret() -> None:
    loaded = load_settings(SETTINGS)
    (folder,) = unit("StateDirectory")
    assert loaded.settings.journal.url == f"sqlite:////var/lib/{folder}/journal.db"
    (credential,) = (line for line in unit("LoadCredential") if line.startswith("koha_client_secret:"))
    assert str(loaded.settings.koha.client_secret_file) == credential.partition(":")[2]
    assert loaded.settings.mode == "dry-run"
    assert f"cp {SETTINGS.name} policy.toml /etc/cardwarden/" in README.read_text(encoding="utf-8")


def test_it_is_started_again_however_it_ended() -> None:
    assert unit("Restart") == ["always"]
    assert {COMPOSE["services"][name]["restart"] for name in SIDECARS} == {"unless-stopped"}
    assert "time-sync.target" in unit("After")[0]
    assert "time-sync.target" in unit("Wants")[0]


def test_the_image_s_health_check_follows_the_port(koha: StandinKoha, tmp_path: Path) -> None:
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    (check,) = re.findall(r"^HEALTHCHECK .*? CMD (.*)$", text, re.MULTILINE)

    def healthy(port: int) -> bool:
        environment = {"CARDWARDEN_LISTEN__PORT": str(port), "http_proxy": "http://127.0.0.1:1"}
        _python, *arguments = json.loads(check)
        done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)
        return done.returncode == 0

    with serving(tmp_path, koha) as house:
        with listening(build_pages(house.shown, "a-token-of-some-length"), ListenSettings(port=0)) as port:
            assert healthy(port)
        assert not healthy(port)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/cardwarden/bin/cardwarden", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_dashboard_s_panels_lie_beside_each_other() -> None:
    panels = json.loads(Path("docs/operations/grafana-dashboard.json").read_text(encoding="utf-8"))["panels"]
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_systemd_is_told_of_life_and_waits_longer_for_the_end_than_it_takes() -> None:
    assert unit("Type") == ["notify"]
    assert unit("NotifyAccess") == ["main"]
    assert unit("WatchdogSec") == ["2min"]
    assert int(unit("TimeoutStopSec")[0]) > WITHIN + 10
    assert int(COMPOSE["x-daemon"]["stop_grace_period"].removesuffix("s")) > WITHIN + 10


def test_every_cause_of_an_alert_is_in_the_table() -> None:
    table = README.read_text(encoding="utf-8")
    assert [cause for cause in Cause if f"`{cause}`" not in table] == []
