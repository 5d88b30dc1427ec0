"""A folder of this machine, or of a share that is mounted on it, as a shelf. No folder is ever made here: one that is
missing may be a share that is not mounted, and files laid under it would reach nobody."""

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from adapters.collector.shelf import LARGEST
from sidecar.errors import OfficeRefuses, OfficeUnreachable

_OWN: Final = 0o600
_OWN_AND_GROUP: Final = 0o640

_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES})
"""What file systems say that know no second name for a file, or do not allow one."""


class FolderShelf:
    """Folders by path. Files are readable to this user alone, or also to the folder's group."""

    def __init__(self, *, group_readable: bool = False) -> None:
        self._mode = _OWN_AND_GROUP if group_readable else _OWN

    def names(self, folder: str) -> Sequence[str]:
        """The plain files; what a link leads to is not the office's."""
        with _told(folder), os.scandir(folder) as found:
            return [each.name for each in found if each.is_file(follow_symlinks=False)]

    def content(self, folder: str, name: str) -> bytes | None:
        """What a file holds, None if it is not there."""
        path = Path(folder, name)
        with _told(folder, name):
            try:
                with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                    content = file.read(LARGEST + 1)
            except FileNotFoundError:
                if Path(folder).is_dir():
                    return None
                raise
        if len(content) > LARGEST:
            raise OfficeRefuses(f"{path} is larger than {LARGEST // 1024 // 1024} MiB and is not read: see what it is.")
        return content

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a file, down to the disk."""
        path = Path(folder, name)
        self.remove(folder, name)
        with (
            _told(folder, name),
            os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._mode), "wb") as file,
        ):
            with contextlib.suppress(PermissionError):  # a share without rights of its own has its mount's
                os.fchmod(file.fileno(), self._mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def move(self, folder: str, name: str, into: str, becomes: str) -> bool:
        """Give the file its new name, which nothing has yet, and take the old one away."""
        source, target = Path(folder, name), Path(into, becomes)
        with _told(into, becomes):
            try:
                os.link(source, target, follow_symlinks=False)
            except FileExistsError:
                return False
            except OSError as error:
                if error.errno == errno.EXDEV:
                    return self._carry(source, target)
                if error.errno not in _NO_LINKS:
                    raise
                if target.exists():
                    return False
                source.rename(target)
            else:
                source.unlink()
            _to_disk(target.parent)
        return True

    def remove(self, folder: str, name: str) -> None:
        """Remove a file."""
        path = Path(folder, name)
        with _told(folder, name):
            try:
                path.unlink()
            except FileNotFoundError:
                if not path.parent.is_dir():
                    raise

    def address(self, folder: str, name: str = "") -> str:
        """The path."""
        return str(Path(folder, name))

    def _carry(self, source: Path, target: Path) -> bool:
        """Move a file to another file system: a copy there first, whole before it has its name."""
        content = self.content(str(source.parent), source.name)
        if content is None or target.exists():
            return False
        half = f".{target.name}.part"
        self.write(str(target.parent), half, content)
        (target.parent / half).rename(target)
        _to_disk(target.parent)
        source.unlink()
        return True


@contextlib.contextmanager
def _told(folder: str, name: str = "") -> Iterator[None]:
    """What the machine says of a file or folder, said so that somebody can do something about it."""
    path = Path(folder, name)
    try:
        yield
    except FileNotFoundError:
        if Path(folder).is_dir():
            raise OfficeUnreachable(f"{path} is there no longer. It is tried again.") from None
        raise OfficeUnreachable(
            f"The folder {folder} is not there: make it, or mount the share that it is on."
        ) from None
    except (PermissionError, NotADirectoryError, IsADirectoryError) as error:
        raise OfficeRefuses(f"{path}: {error.strerror}. Let this user read and write there.") from None
    except OSError as error:
        raise OfficeUnreachable(f"{path}: {error.strerror or error}. It is tried again.") from None


def _to_disk(folder: Path) -> None:
    """See that the names in a folder outlive a power cut, where the file system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def opened_folder(*, group_readable: bool = False) -> Iterator[FolderShelf]:
    """A folder needs no opening."""
    yield FolderShelf(group_readable=group_readable)
