"""Builds the Koha plugin's package, a ``.kpz``: a zip archive whose top entry is ``Koha/``."""

from __future__ import annotations

import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip archive knows no earlier moment
_UNIX = 3
_SUFFIXES = (".pm", ".json", ".tt", ".js", ".css")


def build_kpz(target: Path) -> tuple[str, ...]:
    """Write the package to ``target`` and return the names in it.

    The same files make the same bytes, on every machine: names are sorted, times are fixed, and nothing is compressed,
    since compressed bytes differ between versions of zlib.
    """
    entries = dict(_entries(files("adapters.koha") / "plugin" / "Koha", "Koha"))
    with zipfile.ZipFile(target, "w", compression=zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, date_time=_EARLIEST)
            entry.create_system = _UNIX
            entry.external_attr = (0o40755 << 16 | 0x10) if name.endswith("/") else 0o100644 << 16
            archive.writestr(entry, entries[name])
    return tuple(sorted(entries))


def _entries(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    yield f"{path}/", b""
    for child in folder.iterdir():
        if child.is_dir():
            yield from _entries(child, f"{path}/{child.name}")
        elif child.name.endswith(_SUFFIXES):
            yield f"{path}/{child.name}", child.read_bytes()
