"""Makes what a release consists of, reproducibly: `make release`.

The wheel, the source archive, the Koha plugin, the man page, the bill of materials, and SHA256SUMS over them all. The
same commit makes the same bytes: every time in them is SOURCE_DATE_EPOCH, by default the last commit's.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from adapters.koha.kpz import build_kpz
from sidecar import __version__
from sidecar.cli.manpage import man_page

sys.path.insert(0, str(Path(__file__).parent))
from sbom import bill_of_materials

ROOT: Final = Path(__file__).parents[2]
SUMS: Final = "SHA256SUMS"
_PLUGIN_VERSION: Final = re.compile(r"^our \$VERSION = '([\d.]+)';", re.MULTILINE)


def epoch() -> int:
    """The moment that is written wherever one is asked for, in seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    git = ["git", "log", "-1", "--format=%ct"]
    asked = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode:
        sys.exit("No commit to take the time from: set SOURCE_DATE_EPOCH to seconds since 1970.")
    return int(asked.stdout)


def plugin_version() -> str:
    """As the plugin says it to Koha."""
    found = _PLUGIN_VERSION.search((ROOT / "adapters/koha/plugin/Koha/Plugin/Dk/Cardwarden.pm").read_text("utf-8"))
    if found is None:
        sys.exit("The plugin's version is not where it was.")
    return found[1]


def make_release(folder: Path, moment: int) -> None:
    """Make everything in this folder, which is emptied first."""
    os.environ["SOURCE_DATE_EPOCH"] = str(moment)
    os.umask(0o022)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    build = [sys.executable, "-m", "uv", "build", "--no-build-isolation", "--offline", "--python", sys.executable, "-q"]
    subprocess.run([*build, "-o", str(folder), str(ROOT)], check=True)
    (folder / ".gitignore").unlink(missing_ok=True)
    build_kpz(folder / f"cardwarden-plugin-{plugin_version()}.kpz")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    bill = bill_of_materials(lock, plugin_version(), sorted(folder.iterdir()), datetime.fromtimestamp(moment, UTC))
    (folder / f"cardwarden-{__version__}.cdx.json").write_text(bill, "utf-8")
    (folder / "cardwarden.1").write_text(man_page(), "utf-8")
    write_sums(folder)


def write_sums(folder: Path) -> None:
    """The sums of all files in a folder, as `sha256sum --check` reads them."""
    files = sorted(each for each in folder.iterdir() if each.is_file() and each.name != SUMS)
    lines = (f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files)
    (folder / SUMS).write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    make_release(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist"), epoch())
