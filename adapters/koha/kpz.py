"""Builds the Koha plugin package (.kpz: a zip whose top entry is `Koha/`) from the files that come with Cardwarden."""

import zipfile
from importlib.resources import files
from importlib.resources.abc import Traversable
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

TOP: Final = "Koha"
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""Every entry has the same date, so that the same files make the same package."""


def build_kpz(target: Path) -> None:
    """Write the package. The same files make the same bytes. Raises OSError if it cannot be written."""
    with zipfile.ZipFile(target, "w", compression=zipfile.ZIP_DEFLATED) as package:
        for name, file in sorted(_plugin_files(), key=lambda each: str(each[0])):
            entry = zipfile.ZipInfo(str(name), date_time=LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            package.writestr(entry, file.read_bytes())


def _plugin_files() -> Iterator[tuple[PurePosixPath, Traversable]]:
    yield from _below(files("adapters.koha") / "plugin" / TOP, PurePosixPath(TOP))


def _below(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for child in folder.iterdir():
        if child.is_dir():
            yield from _below(child, path / child.name)
        else:
            yield path / child.name, child
