"""The plugin's package: what Koha's upload form takes."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from adapters.koha.kpz import build_kpz

SOURCE = Path(__file__).parents[2] / "adapters" / "koha" / "plugin"


@pytest.fixture
def kpz(tmp_path: Path) -> Path:
    target = tmp_path / "cardwarden.kpz"
    build_kpz(target)
    return target


def test_the_top_entry_is_the_folder_that_koha_unpacks(kpz: Path) -> None:
    with zipfile.ZipFile(kpz) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert names[0] == "Koha/"
    assert {name.split("/")[0] for name in names} == {"Koha"}


def test_two_builds_are_the_same_bytes(kpz: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.kpz"
    build_kpz(again)
    assert again.read_bytes() == kpz.read_bytes()


def test_every_file_of_the_plugin_is_in_it_and_no_test(kpz: Path) -> None:
    with zipfile.ZipFile(kpz) as archive:
        inside = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    there = {path.relative_to(SOURCE).as_posix(): path.read_bytes() for path in (SOURCE / "Koha").rglob("*.*")}
    assert inside == there


def test_the_names_are_answered(tmp_path: Path) -> None:
    names = build_kpz(tmp_path / "x.kpz")
    assert "Koha/Plugin/Dk/Cardwarden.pm" in names
    assert "Koha/Plugin/Dk/Cardwarden/openapi.json" in names
    assert "Koha/Plugin/Dk/Cardwarden/templates/configure.tt" in names


def test_every_module_says_the_name_of_its_file(kpz: Path) -> None:
    with zipfile.ZipFile(kpz) as archive:
        for name in archive.namelist():
            if name.endswith(".pm"):
                package = name.removesuffix(".pm").replace("/", "::")
                assert archive.read(name).decode().startswith(f"package {package};\n")


def test_the_api_versions_agree(kpz: Path) -> None:
    with zipfile.ZipFile(kpz) as archive:
        spec = json.loads(archive.read("Koha/Plugin/Dk/Cardwarden/openapi.json"))
        status = archive.read("Koha/Plugin/Dk/Cardwarden/Status.pm").decode()
    found = re.search(r"API_VERSION => (\d+);", status)
    assert found is not None
    assert spec["info"]["version"] == found[1]
