"""What a place for files can do, be it a folder of this machine or one behind SFTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

LARGEST: Final = 32 * 1024 * 1024
"""Bytes. A larger file is no list of claims."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where files are put for the office, where it puts its own, and where those go that were read."""

    outgoing: str
    incoming: str
    archive: str


class Shelf(Protocol):
    """Files in folders, one at a time. Raises OfficeUnreachable for what may work later, and OfficeRefuses for what a
    person must set right."""

    def names(self, folder: str) -> Sequence[str]:
        """The names of the plain files in a folder."""

    def content(self, folder: str, name: str) -> bytes | None:
        """What a file holds; None if it is not there. Never more than LARGEST."""

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a file, in place of one of that name."""

    def move(self, folder: str, name: str, into: str, becomes: str) -> bool:
        """Move a file, in one step and never over another one. False if there is another one of that name."""

    def remove(self, folder: str, name: str) -> None:
        """Remove a file; one that is not there is removed already."""

    def address(self, folder: str, name: str = "") -> str:
        """What messages call a folder or a file."""
