"""The wheel works outside a clone: it carries the default policy, the plugin, the migrations, the templates and the
catalogues."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked by pip into a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    python = sys.executable
    build = [python, "-m", "uv", "build", "--wheel", "--no-build-isolation", "--offline", "--python", python]
    subprocess.run([*build, "-q", "-o", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("cardwarden-*.whl")
    target = folder / "site"
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*pip, str(wheel)], check=True)
    return target


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = f"import sidecar; assert sidecar.__file__.startswith({str(installed)!r}), sidecar.__file__\n"
    code += f"from sidecar.cli import main; main({list(arguments)!r})"
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("CARDWARDEN_", "COV_", "PYTEST_"))
    }
    environment |= {"PYTHONPATH": str(installed), "XDG_STATE_HOME": str(folder / "state")}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_demo_runs_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "demo", "--patrons", "500")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All as it must be" in done.stdout
    assert (tmp_path / "demo-output" / "report.html").is_file()


def test_the_plugin_package_is_built_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "koha-plugin", "cardwarden.kpz")
    assert done.returncode == 0, done.stderr
    names = zipfile.ZipFile(tmp_path / "cardwarden.kpz").namelist()
    assert names
    assert all(name.startswith("Koha/") for name in names)
    assert any(name.endswith("openapi.json") for name in names)


def test_without_any_settings_the_policy_that_comes_with_it_is_used(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "policy", "check")
    assert done.returncode == 0, done.stderr
    assert "policy.toml: no mistakes" in done.stdout


def test_the_published_policies_are_in_it(installed: Path) -> None:
    shipped = {path.name for path in (installed / "sidecar" / "defaults" / "policies").glob("*.toml")}
    assert shipped == {path.name for path in (ROOT / "config" / "policies").glob("*.toml")}


@pytest.mark.parametrize(
    ("language", "said"), [("da", "Hvad en spærring standser i Koha"), ("de", "Was eine Sperre in Koha verhindert")]
)
def test_it_speaks_the_languages_of_its_catalogues(installed: Path, tmp_path: Path, language: str, said: str) -> None:
    policy = installed / "sidecar" / "defaults" / "policy.toml"
    done = run(installed, tmp_path, "policy", "show", str(policy), "--language", language)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout


def test_who_builds_on_it_gets_its_types(installed: Path) -> None:
    assert all((installed / package / "py.typed").is_file() for package in ("sidecar", "adapters"))
