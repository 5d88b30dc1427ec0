"""Change the program a little in every way that mutmut knows, and see whether a test notices: `make mutants`.

mutmut is configured by a folder, so that each part has its own in `mutants/PART`, with links to what it needs.
Without names of parts all are run; `--only 'sidecar.core.drift*'` tries the mutants of such a name alone.
"""

import argparse
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.parts import PARTS, Part

ROOT = Path(__file__).parents[2]
MUTMUT = Path(sys.executable).with_name("mutmut")
LINKED = ("sidecar", "adapters", "tests", "config", "pyproject.toml")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="only these, as 'sidecar.core.drift*'")
    parser.add_argument("--processes", type=int, default=2, help="how many mutants are tried at once; 2 unless told")
    asked = parser.parse_args()
    unknown = set(asked.parts) - PARTS.keys()
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}.")
    for name in asked.parts or PARTS:
        folder = _prepared(name, PARTS[name])
        subprocess.run([MUTMUT, "run", "--max-children", str(asked.processes), *asked.only], cwd=folder, check=True)
        _tell(name, folder)


def _prepared(name: str, part: Part) -> Path:
    """A new folder for mutmut. What it remembers of an older run would test new functions by too few tests."""
    folder = ROOT / "mutants" / name
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for linked in LINKED:
        (folder / linked).symlink_to(ROOT / linked)
    (folder / "setup.cfg").write_text(_configuration(part))
    return folder


def _configuration(part: Part) -> str:
    values = {
        "source_paths": ("sidecar", "adapters"),
        "only_mutate": part.mutated,
        "do_not_mutate": part.left_out,
        "also_copy": ("config",),
        "pytest_add_cli_args_test_selection": part.tests,
        "pytest_add_cli_args": ("-p", "no:cacheprovider", *part.arguments),
    }
    return "[mutmut]\n" + "".join(f"{key} =\n{_listed(lines)}" for key, lines in values.items() if lines)


def _listed(lines: Sequence[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def _tell(name: str, folder: Path) -> None:
    shown = subprocess.run([MUTMUT, "results", "--all", "true"], cwd=folder, check=True, capture_output=True, text=True)
    results = [line.strip().rsplit(": ", 1) for line in shown.stdout.splitlines()]
    for mutant, status in results:
        if status not in {"killed", "not checked"}:
            sys.stdout.write(f"    {mutant}: {status}\n")
    counts = Counter(status for _, status in results)
    sys.stdout.write(f"{name}: {len(results)} mutants, {', '.join(f'{n} {what}' for what, n in counts.items())}\n")


if __name__ == "__main__":
    main()
