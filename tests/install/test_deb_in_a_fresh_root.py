"""The Debian package lives and dies in a root made of Debian's own packages, which has no systemd: `make deb-test`.

The tests are the chapters of one life, in this order. A root takes minutes to make: CARDWARDEN_DEBIAN_ROOT may name a
folder in which debootstrap made one with python3, which is copied.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import build_library

PACKAGE = os.environ.get("CARDWARDEN_DEB", "")

pytestmark = [
    pytest.mark.skipif(not PACKAGE, reason="it takes minutes: `make deb-test` builds the package and runs it"),
    pytest.mark.skipif(os.geteuid() != 0, reason="a root of its own is made and entered as root only"),
    pytest.mark.skipif(shutil.which("debootstrap") is None, reason="debootstrap is not installed"),
]

Done = subprocess.CompletedProcess[str]


class Root:
    """A Debian of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str, **more: str) -> Done:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
        called = ["chroot", str(self.folder), *command]
        return subprocess.run(called, capture_output=True, text=True, env=environment | more, check=False)

    def install(self, package: Path, *options: str) -> Done:
        shutil.copy(package, self.folder / "package.deb")
        return self.run("dpkg", *options, "-i", "/package.deb")

    def path(self, inside: str) -> Path:
        return self.folder / inside.lstrip("/")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    """A Debian 12 with python3 and little else."""
    folder = tmp_path_factory.mktemp("debian") / "root"
    kept = os.environ.get("CARDWARDEN_DEBIAN_ROOT")
    if kept:
        subprocess.run(["cp", "-a", kept, str(folder)], check=True)
    else:
        made = ["debootstrap", "--variant=minbase", "--include=python3", "bookworm", str(folder)]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    assert not (folder / "run/systemd/system").exists()
    return Root(folder)


@pytest.fixture(scope="module")
def koha() -> Iterator[StandinKoha]:
    """A stand-in Koha beside it, with the plugin."""
    with StandinKoha(build_library(600)) as server:
        yield server


def reaching(koha: StandinKoha) -> dict[str, str]:
    return {
        "CARDWARDEN_KOHA__URL": koha.url,
        "CARDWARDEN_KOHA__CLIENT_ID": koha.client_id,
        "CARDWARDEN_KOHA__CLIENT_SECRET": koha.client_secret,
    }


def as_daemon(*command: str) -> list[str]:
    return ["runuser", "-u", "cardwarden", "--", "cardwarden", *command]


@pytest.fixture(scope="module")
def next_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of a later version, whose settings file came with another first line."""
    folder = tmp_path_factory.mktemp("next")
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "-R", PACKAGE, str(tree)], check=True)
    control = tree / "DEBIAN/control"
    lines = control.read_text("utf-8").splitlines(keepends=True)
    control.write_text("".join("Version: 99.0-1\n" if each.startswith("Version:") else each for each in lines), "utf-8")
    settings = tree / "etc/cardwarden/sidecar.toml"
    settings.write_text("# of the next version\n" + settings.read_text("utf-8"), "utf-8")
    package = folder / "next.deb"
    build = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(package)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    return package


def test_it_installs_and_starts_nothing(root: Root) -> None:
    done = root.install(Path(PACKAGE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "README.Debian" in done.stdout
    assert root.run("cardwarden", "--version").stdout.startswith("cardwarden ")
    state = root.path("/var/lib/cardwarden").stat()
    assert (state.st_mode & 0o777, state.st_uid) == (0o700, int(root.run("id", "-u", "cardwarden").stdout))
    assert list(root.path("/etc/systemd/system").rglob("cardwarden*")) == []


def test_all_that_dpkg_put_there_is_as_it_was_packed(root: Root) -> None:
    verified = root.run("dpkg", "--verify", "cardwarden")
    assert (verified.returncode, verified.stdout) == (0, "")


def test_without_settings_of_ones_own_it_says_what_is_missing(root: Root) -> None:
    done = root.run(*as_daemon("config", "check"))
    assert done.returncode == 1
    assert "koha_client_secret" in done.stderr


def test_a_dry_run_against_the_stand_in_plans_and_writes_nothing(root: Root, koha: StandinKoha) -> None:
    before = list(koha.library.rows())
    done = root.run(*as_daemon("reconcile", "--json"), **reaching(koha))
    assert done.returncode == 2, done.stdout + done.stderr
    assert root.path("/var/lib/cardwarden/journal.db").is_file()
    listed = root.run(*as_daemon("journal", "--json"), **reaching(koha))
    assert '"dry-run"' in listed.stdout, listed.stdout + listed.stderr
    assert list(koha.library.rows()) == before


def test_the_daemon_runs_on_the_stand_in_until_it_is_told_to_stop(root: Root, koha: StandinKoha) -> None:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CARDWARDEN_LISTEN__PORT": "18765", **reaching(koha)}
    # Without runuser between, so that the signal reaches the daemon itself.
    called = ["chroot", "--userspec=cardwarden:cardwarden", str(root.folder), "cardwarden", "daemon"]
    with subprocess.Popen(called, env=environment, stderr=subprocess.PIPE, text=True) as daemon:
        assert answers("http://127.0.0.1:18765/readyz"), daemon.communicate(timeout=5)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=60) == 0


def answers(address: str) -> bool:
    for _ in range(120):
        try:
            if requests.get(address, timeout=2).ok:
                return True
        except requests.ConnectionError:
            pass
        time.sleep(0.5)
    return False


def test_an_upgrade_keeps_what_was_changed_in_the_settings(root: Root, next_version: Path) -> None:
    settings = root.path("/etc/cardwarden/sidecar.toml")
    mine = settings.read_text("utf-8") + "\n# mine\n"
    settings.write_text(mine, "utf-8")
    journal = root.path("/var/lib/cardwarden/journal.db").read_bytes()
    done = root.install(next_version, "--force-confdef", "--force-confold")
    assert done.returncode == 0, done.stdout + done.stderr
    assert settings.read_text("utf-8") == mine
    assert settings.with_name("sidecar.toml.dpkg-dist").read_text("utf-8").startswith("# of the next version")
    assert root.path("/var/lib/cardwarden/journal.db").read_bytes() == journal
    assert root.run("dpkg-query", "-W", "-f=${Version}", "cardwarden").stdout == "99.0-1"
    assert root.run("cardwarden", "--version").returncode == 0


def test_removing_it_leaves_settings_and_journal_and_nothing_else(root: Root) -> None:
    done = root.run("dpkg", "-r", "cardwarden")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not root.path("/usr/lib/cardwarden").exists()
    assert not root.path("/usr/bin/cardwarden").exists()
    assert root.path("/etc/cardwarden/sidecar.toml").is_file()
    assert root.path("/var/lib/cardwarden/journal.db").is_file()


def test_purging_it_takes_the_settings_with_the_secret_and_says_that_the_journal_is_kept(root: Root) -> None:
    secret = root.path("/etc/cardwarden/koha_client_secret")
    secret.write_text("secret", "utf-8")
    done = root.run("dpkg", "-P", "cardwarden")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not root.path("/etc/cardwarden").exists()
    assert root.path("/var/lib/cardwarden/journal.db").is_file()
    assert "/var/lib/cardwarden is kept" in done.stdout
    left = root.run("find", "/etc", "/usr", "/lib/systemd", "-iname", "*cardwarden*").stdout
    assert left == ""


def test_without_a_journal_nothing_is_left_at_all(root: Root) -> None:
    shutil.rmtree(root.path("/var/lib/cardwarden"))
    assert root.install(Path(PACKAGE)).returncode == 0
    assert root.run("dpkg", "-P", "cardwarden").returncode == 0
    assert not root.path("/var/lib/cardwarden").exists()
