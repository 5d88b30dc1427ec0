"""An office that is reached by files: the same steps on every shelf."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress

from adapters.collector.naming import PROBE, checked, is_leftover, is_readable, numbered, temporary
from adapters.collector.shelf import Folders, Shelf
from sidecar.core.collection.claim import OutgoingFile
from sidecar.errors import OfficeError, OfficeRefuses, OfficeUnreachable

_TURNS = 1000
"""More files of one name are in no archive."""


class FileOffice:
    """The port `Office`, on shelves that are opened anew for each act: nothing is kept open between two files."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Shelf]], folders: Folders, address: str) -> None:
        self._opened = opened
        self._folders = folders
        self.address = address
        """Where it is, for messages."""

    def deliver(self, file: OutgoingFile) -> None:
        """Put the file there whole, or raise with nothing there under its name. See the port."""
        name, outgoing = checked(file.name), self._folders.outgoing
        with self._opened() as shelf:
            if _is_there(shelf, outgoing, file):
                _sweep(shelf, outgoing)
                return
            _sweep(shelf, outgoing)
            shelf.write(outgoing, temporary(name), file.content)
            if not shelf.move(outgoing, temporary(name), outgoing, name):
                _is_there(shelf, outgoing, file)  # somebody was quicker: the same, or refused
                _sweep(shelf, outgoing)

    def waiting(self) -> Sequence[str]:
        """The names of the files that wait, in order of name; hidden ones are still being written."""
        with self._opened() as shelf:
            return sorted(name for name in shelf.names(self._folders.incoming) if is_readable(name))

    def fetch(self, name: str) -> bytes:
        """What a waiting file holds."""
        with self._opened() as shelf:
            content = shelf.content(self._folders.incoming, checked(name))
            if content is None:
                raise OfficeUnreachable(f"{shelf.address(self._folders.incoming, name)} is there no longer.")
            return content

    def archive(self, name: str) -> None:
        """Move a file that was read out of the way; another one of its name stays beside it."""
        incoming, archive = self._folders.incoming, self._folders.archive
        with self._opened() as shelf:
            content = shelf.content(incoming, checked(name))
            if content is None:
                return
            for turn in range(1, _TURNS):
                if shelf.move(incoming, name, archive, numbered(name, turn)):
                    return
                if shelf.content(archive, numbered(name, turn)) == content:
                    shelf.remove(incoming, name)
                    return
            raise OfficeRefuses(f"{shelf.address(archive, name)} and its likes fill the archive: empty it.")

    def problems(self, *, answers: bool = True) -> Sequence[str]:
        """What would keep files from going and, if the office `answers`, from coming; a sentence each. It writes one
        small file into each folder and removes it again."""
        folders = (self._folders.outgoing, self._folders.incoming, self._folders.archive)
        try:
            with self._opened() as shelf:
                return tuple(_unfit(shelf, folders if answers else folders[:1], folders[1:]))
        except OfficeError as error:
            return (str(error),)


def _is_there(shelf: Shelf, folder: str, file: OutgoingFile) -> bool:
    """Whether this very file is there. Raises OfficeRefuses if another one has its name."""
    there = shelf.content(folder, file.name)
    if there is None:
        return False
    if there != file.content:
        raise OfficeRefuses(
            f"{shelf.address(folder, file.name)} is there with other content, and nothing is written over it: see what "
            "it is, and move it away."
        )
    return True


def _sweep(shelf: Shelf, folder: str) -> None:
    """Remove what broken deliveries left. Where the folder cannot be listed they stay, and hurt nobody."""
    with suppress(OfficeRefuses):
        for name in shelf.names(folder):
            if is_leftover(name):
                shelf.remove(folder, name)


def _unfit(shelf: Shelf, folders: Sequence[str], read: Sequence[str]) -> Iterator[str]:
    """What is wrong with folders; a letter box that shows nothing is good enough to post in, but not to read from."""
    for folder in folders:
        try:
            shelf.write(folder, PROBE, b"Cardwarden looked whether it can write here.\n")
            shelf.remove(folder, PROBE)
            if folder in read:
                shelf.names(folder)
        except OfficeError as error:
            yield str(error)
