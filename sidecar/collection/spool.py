"""Where a file waits for its delivery, readable to this user alone: the only place of ours that holds names."""

import hashlib
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from sidecar.errors import SpoolError

_WAITS: Final = ".cardwarden-waits"
_HALF: Final = ".cardwarden-half"
"""How files of ours end there."""


def sha256_of(content: bytes) -> str:
    """The digest that the journal keeps of a file."""
    return hashlib.sha256(content).hexdigest()


class Spool:
    """A folder, made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, content: bytes) -> None:
        """Lay a file there, on the disk and whole when this returns. Raises SpoolError."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            half = self.folder / f"{name}{_HALF}"
            with suppress(FileNotFoundError):
                half.unlink()
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            half.rename(self._path(name))
            _sync(self.folder)
        except OSError as error:
            raise SpoolError(
                f"{self.folder} cannot be written ({error.strerror}): no file for the collection office was made. Set "
                "collection.spool to a folder of this user."
            ) from None

    def get(self, name: str, sha256: str) -> bytes:
        """The file that was laid there. Raises SpoolError if it is gone or another one."""
        try:
            content = self._path(name).read_bytes()
        except OSError as error:
            raise SpoolError(
                f"{self._path(name)} cannot be read ({error.strerror}), and it is not known to be with the "
                "collection office. Put it back from a backup, or have its claims told in a new file: cardwarden "
                "collection send --rebuild."
            ) from None
        if sha256_of(content) != sha256:
            raise SpoolError(
                f"{self._path(name)} is not the file that was journalled. Put it back from a backup, or have its "
                "claims told in a new file: cardwarden collection send --rebuild."
            )
        return content

    def keep_only(self, names: Collection[str]) -> None:
        """Remove what else of ours is there: what was delivered, or never journalled. Files of others stay."""
        if not self.folder.is_dir():
            return
        kept = {self._path(name).name for name in names}
        for file in self.folder.iterdir():
            if file.name.endswith((_WAITS, _HALF)) and file.name not in kept and file.is_file():
                with suppress(OSError):
                    file.unlink()

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_WAITS}"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
