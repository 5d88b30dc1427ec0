"""What `make release` makes: all of it, byte for byte the same from another copy, with a bill of materials that is the
lock's."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sidecar import __version__

ROOT = Path(__file__).parents[2]
MADE_HERE = {".git", ".venv", "dist", "demo-output", "mutants", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def release(root: Path, folder: Path) -> Path:
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1790000000", "PYTHONPATH": str(root)}
    subprocess.run(
        [sys.executable, str(root / "docs/operations/release.py"), str(folder)], check=True, env=environment, cwd=root
    )
    return folder


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of this very tree."""
    return release(ROOT, tmp_path_factory.mktemp("release") / "dist")


@pytest.fixture(scope="module")
def bill(released: Path) -> dict[str, Any]:
    """Its bill of materials."""
    (file,) = released.glob("*.cdx.json")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def locked() -> dict[str, set[str]]:
    """Name and version of each package in the lock, with the hashes that it allows."""
    packages: dict[str, set[str]] = {}
    name = ""
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines():
        if "==" in line:
            name = line.split()[0]
            packages[name] = set()
        packages[name] |= set(re.findall(r"sha256:(\w+)", line))
    return packages


def test_a_release_is_wheel_source_plugin_page_bill_and_sums(released: Path) -> None:
    names = {each.name for each in released.iterdir()}
    assert {re.sub(r"-plugin-[\d.]+\.", "-plugin.", name) for name in names} == {
        f"cardwarden-{__version__}-py3-none-any.whl",
        f"cardwarden-{__version__}.tar.gz",
        f"cardwarden-{__version__}.cdx.json",
        "cardwarden-plugin.kpz",
        "cardwarden.1",
        "SHA256SUMS",
    }


def test_the_sums_are_of_all_that_is_released(released: Path) -> None:
    sums = dict(reversed(line.split("  ")) for line in (released / "SHA256SUMS").read_text("utf-8").splitlines())
    files = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in released.iterdir()}
    del files["SHA256SUMS"]
    assert sums == files


def test_another_copy_makes_the_same_bytes(released: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy"

    def made_here(folder: str, names: list[str]) -> set[str]:
        return MADE_HERE & set(names) if Path(folder) == ROOT else {"__pycache__"} & set(names)

    shutil.copytree(ROOT, copy, ignore=made_here, copy_function=shutil.copyfile)  # other times, other rights
    again = release(copy, tmp_path / "again")
    assert (again / "SHA256SUMS").read_text("utf-8") == (released / "SHA256SUMS").read_text("utf-8")


def test_the_source_archive_holds_what_a_newcomer_types(released: Path) -> None:
    (archive,) = released.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert {"Makefile", "requirements.lock", "requirements-dev.lock", "config/policy.toml", "README.md"} <= names


def test_the_plugin_is_named_by_the_version_it_tells_koha(released: Path) -> None:
    (plugin,) = released.glob("*.kpz")
    module = zipfile.ZipFile(plugin).read("Koha/Plugin/Dk/Cardwarden.pm").decode()
    assert f"VERSION = '{plugin.stem.removeprefix('cardwarden-plugin-')}'" in module


def test_the_bill_lists_the_lock_with_versions_and_hashes(bill: dict[str, Any]) -> None:
    listed = {
        f"{each['name']}=={each['version']}": {found["content"] for found in each["hashes"]}
        for each in bill["components"]
    }
    assert listed == locked()
    assert all(each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}" for each in bill["components"])


def test_the_bill_says_each_package_s_licence(bill: dict[str, Any]) -> None:
    assert [each["name"] for each in bill["components"] if not each.get("licenses")] == []


def test_the_bill_names_the_released_files_by_their_hashes(bill: dict[str, Any], released: Path) -> None:
    files = bill["metadata"]["component"]["components"]
    assert {each["name"].rpartition(".")[2] for each in files} == {"whl", "gz", "kpz"}
    for each in files:
        assert each["hashes"][0]["content"] == hashlib.sha256((released / each["name"]).read_bytes()).hexdigest()


def test_whatever_is_needed_is_in_the_bill_and_everything_in_it_is_needed(bill: dict[str, Any]) -> None:
    needs = {each["ref"]: set(each["dependsOn"]) for each in bill["dependencies"]}
    known = {each["bom-ref"] for each in bill["components"]}
    itself = bill["metadata"]["component"]["bom-ref"]
    assert set(needs) == known | {itself}
    reached, found = set(), {itself}
    while found:
        reached |= found
        found = {other for each in found for other in needs[each]} - reached
    assert reached == known | {itself}
