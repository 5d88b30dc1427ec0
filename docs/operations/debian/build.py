"""Makes the package for Debian 12, with dpkg-deb alone: `make deb`.

It holds the program with its dependencies as requirements.lock has them, and the same commit makes the same bytes.
"""

import argparse
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from sidecar import __version__
from sidecar.cli import COMPLETING
from sidecar.cli.manpage import man_page

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
sys.path[:0] = [str(HERE), str(HERE.parent)]
from machine_readable import copyright_file
from release import SUMS, epoch, plugin_version, write_sums
from sbom import bill_of_materials

MAINTAINER: Final = os.environ.get("DEB_MAINTAINER", "Cardwarden <maintainers@cardwarden.invalid>")
MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
"""What a wheel calls the machine that Debian calls otherwise."""

_GLIBC: Final = 36
"""Debian 12 has glibc 2.36; a wheel for it or an older one fits."""

_NOT_SHIPPED: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
"""What an installer notes down for itself, with paths of the machine that it ran on."""

_DOCUMENTS: Final = (
    "README.md",
    "SECURITY.md",
    "docs/*.md",
    "docs/*.json",
    "docs/*.svg",
    "docs/decisions/*.md",
    "docs/operations/*.*",
)
_COMPLETIONS: Final = {
    "bash": "usr/share/bash-completion/completions/cardwarden",
    "zsh": "usr/share/zsh/vendor-completions/_cardwarden",
    "fish": "usr/share/fish/vendor_completions.d/cardwarden.fish",
}


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="the folder for the package")
    parser.add_argument("--version", default=f"{__version__}-1", help="the package's version")
    parser.add_argument("--packages", type=Path, help="a folder with the program and all it needs, already installed")
    parser.add_argument("--compression", default="xz", choices=["xz", "gzip", "none"])
    asked = parser.parse_args()
    moment = epoch()
    os.environ["SOURCE_DATE_EPOCH"] = str(moment)
    os.umask(0o022)
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as place:
        packages = asked.packages or install(Path(place) / "packages", architecture.stdout.strip())
        tree = Path(place) / "tree"
        fill(tree, packages, asked.version, moment)
        describe(tree, asked.version, architecture.stdout.strip())
        asked.output.mkdir(parents=True, exist_ok=True)
        package = asked.output / f"cardwarden_{asked.version}_{architecture.stdout.strip()}.deb"
        make_even(tree, moment)
        build = ["dpkg-deb", "--root-owner-group", f"-Z{asked.compression}", "--build", str(tree), str(package)]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    if (asked.output / SUMS).is_file():
        write_sums(asked.output)
    sys.stdout.write(f"{package}\n")


def install(folder: Path, architecture: str) -> Path:
    """The locked dependencies, each file checked against the lock's hashes, and this program's wheel."""
    machine = MACHINES[architecture]
    fitting = [f"manylinux_2_{minor}_{machine}" for minor in range(_GLIBC, 4, -1)]
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--no-deps",
    ]
    pip += ["--require-hashes", "--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.11"]
    for platform in (*fitting, f"manylinux2014_{machine}"):
        pip += ["--platform", platform]
    subprocess.run([*pip, "--target", str(folder), "-r", str(ROOT / "requirements.lock")], check=True)
    with tempfile.TemporaryDirectory() as wheels:
        build = [sys.executable, "-m", "uv", "build", "--wheel", "--no-build-isolation", "--offline", "-q"]
        subprocess.run([*build, "--python", sys.executable, "-o", wheels, str(ROOT)], check=True)
        (wheel,) = Path(wheels).glob("*.whl")
        zipfile.ZipFile(wheel).extractall(folder)
    return folder


def fill(tree: Path, packages: Path, version: str, moment: int) -> None:
    """Put every file of the package where it belongs."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc", "bin", *_NOT_SHIPPED)
    shutil.copytree(packages, tree / "usr/lib/cardwarden", ignore=unwanted, copy_function=shutil.copyfile)
    put(tree / "usr/bin/cardwarden", (HERE / "cardwarden").read_text("utf-8"))
    operations = HERE.parent
    unit = (operations / "cardwarden.service").read_text("utf-8").partition("\n")[2]
    elsewhere = "ExecStart=/opt/cardwarden/bin/cardwarden daemon\n"
    if elsewhere not in unit:
        sys.exit("The unit's ExecStart is not where it was.")
    put(
        tree / "lib/systemd/system/cardwarden.service",
        unit.replace(elsewhere, "ExecStart=/usr/bin/cardwarden daemon\n"),
    )
    sysusers = (operations / "cardwarden.sysusers.conf").read_text("utf-8").partition("\n")[2]
    put(tree / "usr/lib/sysusers.d/cardwarden.conf", sysusers)
    put(tree / "etc/cardwarden/sidecar.toml", (operations / "sidecar.toml").read_text("utf-8"))
    put(tree / "etc/cardwarden/policy.toml", (ROOT / "config/policy.toml").read_text("utf-8"))
    put_packed(tree / "usr/share/man/man1/cardwarden.1.gz", man_page())
    for shell, place in _COMPLETIONS.items():
        ask = [sys.executable, "-c", "from sidecar.cli import main; main()"]
        environment = os.environ | {COMPLETING: f"source_{shell}"}
        script = subprocess.run(ask, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        put(tree / place, f"{script.strip()}\n")
    documents = tree / "usr/share/doc/cardwarden"
    for pattern in _DOCUMENTS:
        for each in ROOT.glob(pattern):
            put(documents / each.relative_to(ROOT), each.read_text("utf-8"))
    for each in (ROOT / "config/policies").glob("*.toml"):
        put(documents / "config/policies" / each.name, each.read_text("utf-8"))
    put(documents / "config/policy.toml", (ROOT / "config/policy.toml").read_text("utf-8"))
    put(documents / "README.Debian", (HERE / "README.Debian").read_text("utf-8"))
    put(documents / "copyright", copyright_file(packages))
    at = datetime.fromtimestamp(moment, UTC)
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    put(documents / "cardwarden.cdx.json", bill_of_materials(lock, plugin_version(), (), at))
    put_packed(documents / "changelog.gz", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    entry = f"cardwarden ({version}) bookworm; urgency=medium\n\n  * What changed is told in changelog.gz.\n\n"
    put_packed(documents / "changelog.Debian.gz", f"{entry} -- {MAINTAINER}  {format_datetime(at)}\n")


def describe(tree: Path, version: str, architecture: str) -> None:
    """The package's fields, scripts, configuration files and sums, for dpkg."""
    files = sorted(each for each in tree.rglob("*") if each.is_file())
    size = sum(-(-each.stat().st_size // 1024) for each in files)
    sums = "".join(
        f"{hashlib.md5(each.read_bytes(), usedforsecurity=False).hexdigest()}  {each.relative_to(tree)}\n"
        for each in files
    )
    fields = {"VERSION": version, "ARCHITECTURE": architecture, "MAINTAINER": MAINTAINER, "SIZE": str(size)}
    control = (HERE / "control").read_text("utf-8")
    for name, value in fields.items():
        control = control.replace(f"@{name}@", value)
    put(tree / "DEBIAN/control", control)
    put(tree / "DEBIAN/md5sums", sums)
    for name in ("conffiles", "postinst", "prerm", "postrm"):
        put(tree / "DEBIAN" / name, (HERE / name).read_text("utf-8"))


def put(file: Path, text: str) -> None:
    """Write a file, and its folders."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def put_packed(file: Path, text: str) -> None:
    """The same, packed as Debian wants it, with no time inside."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def make_even(tree: Path, moment: int) -> None:
    """The same rights and times wherever it is built."""
    for each in (tree, *tree.rglob("*")):
        each.chmod(0o755 if each.is_dir() or each.relative_to(tree) in set(_programs()) else 0o644)
        os.utime(each, (moment, moment))


def _programs() -> Iterator[Path]:
    yield Path("usr/bin/cardwarden")
    yield from (Path("DEBIAN") / name for name in ("postinst", "prerm", "postrm"))


if __name__ == "__main__":
    main()
