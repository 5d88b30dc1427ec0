"""The Debian package as dpkg-deb sees it: fields, files, scripts, and a program that starts from it.

Its life in a Debian is in test_deb_in_a_fresh_root.
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from sidecar import __version__

ROOT = Path(__file__).parents[2]
DEBIAN = ROOT / "docs/operations/debian"
MOMENT = "1790000000"

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")


def locked() -> list[str]:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    return re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program and what it needs, taken from where the tests run: an installation as `make deb` makes one by pip,
    without asking any index."""
    folder = tmp_path_factory.mktemp("packages")
    for name in locked():
        for file in distribution(name).files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    python = sys.executable
    build = [python, "-m", "uv", "build", "--wheel", "--no-build-isolation", "--offline", "--python", python, "-q"]
    wheels = tmp_path_factory.mktemp("wheel")
    subprocess.run([*build, "-o", str(wheels), str(ROOT)], check=True, env=os.environ | {"SOURCE_DATE_EPOCH": MOMENT})
    (wheel,) = wheels.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def build(packages: Path, folder: Path) -> Path:
    options = ["--packages", str(packages), "--output", str(folder), "--compression", "none"]
    environment = os.environ | {"SOURCE_DATE_EPOCH": MOMENT}
    subprocess.run([sys.executable, str(DEBIAN / "build.py"), *options], check=True, env=environment, cwd=folder)
    (package,) = folder.glob("*.deb")
    return package


@pytest.fixture(scope="module")
def package(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package."""
    return build(packages, tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in it."""
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "-R", str(package), str(folder)], check=True)
    return folder


def field(package: Path, name: str) -> str:
    asked = subprocess.run(["dpkg-deb", "-f", str(package), name], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


def test_its_fields_say_for_which_debian_it_is(package: Path) -> None:
    assert field(package, "Package") == "cardwarden"
    assert field(package, "Version") == f"{__version__}-1"
    assert field(package, "Architecture") in {"amd64", "arm64"}
    assert "python3 (<< 3.12)" in field(package, "Depends")
    assert int(field(package, "Installed-Size")) > 1000


def test_its_files_are_root_s_and_nobody_else_may_write_them(package: Path) -> None:
    listed = subprocess.run(["dpkg-deb", "-c", str(package)], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        rights, owner = line.split()[:2]
        assert owner == "root/root", line
        assert rights[5] == rights[8] == "-", line


def test_settings_and_policy_are_configuration_files_and_a_dry_run(unpacked: Path) -> None:
    named = (unpacked / "DEBIAN/conffiles").read_text("utf-8").split()
    assert named == ["/etc/cardwarden/policy.toml", "/etc/cardwarden/sidecar.toml"]
    assert sorted(each.name for each in (unpacked / "etc/cardwarden").iterdir()) == ["policy.toml", "sidecar.toml"]
    assert 'mode   = "dry-run"' in (unpacked / "etc/cardwarden/sidecar.toml").read_text("utf-8")


@pytest.mark.parametrize(
    "place",
    [
        "usr/bin/cardwarden",
        "usr/lib/sysusers.d/cardwarden.conf",
        "usr/share/man/man1/cardwarden.1.gz",
        "usr/share/bash-completion/completions/cardwarden",
        "usr/share/zsh/vendor-completions/_cardwarden",
        "usr/share/fish/vendor_completions.d/cardwarden.fish",
        "usr/share/doc/cardwarden/README.Debian",
        "usr/share/doc/cardwarden/README.md",
        "usr/share/doc/cardwarden/docs/policy.md",
        "usr/share/doc/cardwarden/changelog.gz",
        "usr/share/doc/cardwarden/changelog.Debian.gz",
        "usr/share/doc/cardwarden/cardwarden.cdx.json",
        "DEBIAN/md5sums",
    ],
)
def test_it_holds(place: str, unpacked: Path) -> None:
    assert (unpacked / place).stat().st_size > 0


def test_the_unit_starts_the_program_of_the_package(unpacked: Path) -> None:
    unit = (unpacked / "lib/systemd/system/cardwarden.service").read_text("utf-8")
    assert "ExecStart=/usr/bin/cardwarden daemon\n" in unit
    assert "/opt/" not in unit


def test_every_locked_package_comes_with_it_in_its_version(unpacked: Path) -> None:
    folder = unpacked / "usr/lib/cardwarden"
    told = {re.sub(r"[-_.]+", "-", each.name.split("-")[0]).lower() for each in folder.glob("*.dist-info")}
    assert told == {*locked(), "cardwarden"}
    for name in locked():
        assert list(folder.glob(f"*-{distribution(name).version}.dist-info")), name


def test_no_path_of_the_machine_that_built_it_is_in_it(unpacked: Path) -> None:
    folder = unpacked / "usr/lib/cardwarden"
    names = {each.name for each in folder.rglob("*")}
    assert not names & {"RECORD", "direct_url.json", "__pycache__", "bin"}


def test_its_copyright_names_every_package_that_comes_with_it(unpacked: Path) -> None:
    text = (unpacked / "usr/share/doc/cardwarden/copyright").read_text("utf-8")
    for name in locked():
        assert re.search(rf"^ As {name.replace('-', '[-_]')} ", text, re.MULTILINE | re.IGNORECASE), name
    assert not re.search(r"^(License|Copyright): *$", text, re.MULTILINE)
    assert "@" not in text


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_a_maintainer_script_can_be_read_by_sh_and_stops_at_its_first_failure(script: str, unpacked: Path) -> None:
    file = unpacked / "DEBIAN" / script
    assert os.access(file, os.X_OK)
    assert "\nset -e\n" in file.read_text("utf-8")
    assert subprocess.run(["sh", "-n", str(file)], capture_output=True, check=True).stderr == b""


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the package is for Python 3.11")
def test_the_program_runs_with_what_is_in_the_package_alone(unpacked: Path, tmp_path: Path) -> None:
    launcher = (unpacked / "usr/bin/cardwarden").read_text("utf-8")
    assert launcher.startswith("#!/usr/bin/python3.11 -I\n")
    here = launcher.replace('"/usr/lib/cardwarden"', repr(str(unpacked / "usr/lib/cardwarden")))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", here, "policy", "check"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert str(unpacked) in done.stdout


def test_built_again_it_is_the_same_bytes(package: Path, packages: Path, tmp_path: Path) -> None:
    os.utime(packages / "sidecar/__init__.py", (0, 0))
    (packages / "sidecar/__init__.py").chmod(0o600)
    assert build(packages, tmp_path).read_bytes() == package.read_bytes()
