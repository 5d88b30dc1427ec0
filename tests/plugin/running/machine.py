"""What this machine lacks to run the plugin's Perl on a MariaDB."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

PROGRAMS: Final = ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-admin", "perl")
MODULES: Final = (
    "CGI",
    "DBD::mysql",
    "DateTime",
    "Modern::Perl",
    "Mojolicious::Plugin::OpenAPI",
    "Template",
    "Try::Tiny",
)
"""Those that do not come with Perl itself. Debian has each of them, as `lib…-perl`."""
OF_THE_DOUBLE: Final = Path(__file__).parents[1] / "double"
_USED: Final = re.compile(r"^use ((?:[A-Z]\w*)(?:::\w+)*)", re.MULTILINE)


def what_is_missing() -> str:
    """In words; nothing if all is there."""
    programs = [name for name in PROGRAMS if shutil.which(name) is None]
    if programs:
        return f"install {' and '.join(programs)} (Debian: mariadb-server, perl)"
    modules = [name for name in MODULES if not _has(name)]
    return f"Perl lacks {', '.join(modules)}" if modules else ""


def modules_used(*folders: Path) -> set[str]:
    """All modules that the Perl sources in these folders name."""
    return {name for folder in folders for path in folder.rglob("*.p[ml]") for name in _USED.findall(path.read_text())}


def _has(module: str) -> bool:
    return subprocess.run(["perl", f"-M{module}", "-e", "1"], capture_output=True, check=False).returncode == 0
