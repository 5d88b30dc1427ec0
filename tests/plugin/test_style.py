"""The plugin is Perl as Koha's community would accept it: tidy, and without what perlcritic finds at severity 4."""

import shutil
import subprocess
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "adapters" / "koha" / "plugin"
SOURCES = sorted(path for path in PLUGIN.rglob("*") if path.suffix in {".pm", ".t", ".pl"})

if shutil.which("perltidy") is not None:

    @pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
    def test_a_source_is_tidy(source: Path) -> None:
        command = ["perltidy", "-pro=.perltidyrc", "-st", str(source.relative_to(PLUGIN))]
        tidy = subprocess.run(command, cwd=PLUGIN, capture_output=True, text=True, check=True)
        assert tidy.stdout == source.read_text(encoding="utf-8"), f"run perltidy -pro=.perltidyrc -b {source.name}"


if shutil.which("perlcritic") is not None:

    def test_perlcritic_finds_nothing() -> None:
        command = ["perlcritic", "--quiet", "--profile", ".perlcriticrc", "Koha", "t"]
        found = subprocess.run(command, cwd=PLUGIN, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stdout) == (0, "")


def test_every_module_has_a_page_of_documentation() -> None:
    for source in (PLUGIN / "Koha").rglob("*.pm"):
        text = source.read_text(encoding="utf-8")
        assert "=head1 NAME" in text, source.name
        assert "=cut" in text, source.name
