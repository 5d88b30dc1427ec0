"""The plugin is Perl as Koha's community would accept it: tidy, and without what perlcritic finds at severity 4."""

import shutil
import subprocess
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "adapters" / "koha" / "plugin"
DOUBLE = Path(__file__).parent / "double"
SOURCES = sorted(
    path for folder in (PLUGIN, DOUBLE) for path in folder.rglob("*") if path.suffix in {".pm", ".t", ".pl"}
)

if shutil.which("perltidy") is not None:

    @pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
    def test_a_source_is_tidy(source: Path) -> None:
        command = ["perltidy", "-pro=.perltidyrc", "-st", str(source)]
        tidy = subprocess.run(command, cwd=PLUGIN, capture_output=True, text=True, check=True)
        assert tidy.stdout == source.read_text(encoding="utf-8"), f"run perltidy -pro=.perltidyrc -b {source.name}"


if shutil.which("perlcritic") is not None:

    @pytest.mark.parametrize(
        "asked",
        [
            pytest.param(["--profile", ".perlcriticrc", "Koha", "t"], id="plugin"),
            pytest.param(["--profile", "", "--severity", "5", str(DOUBLE)], id="double of Koha, as Koha asks"),
        ],
    )
    def test_perlcritic_finds_nothing(asked: list[str]) -> None:
        command = ["perlcritic", "--quiet", *asked]
        found = subprocess.run(command, cwd=PLUGIN, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stdout) == (0, "")


def test_every_module_has_a_page_of_documentation() -> None:
    for source in (PLUGIN / "Koha").rglob("*.pm"):
        text = source.read_text(encoding="utf-8")
        assert "=head1 NAME" in text, source.name
        assert "=cut" in text, source.name
