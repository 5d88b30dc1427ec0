"""An SFTP server's folders as a shelf.

Names go over the line as bytes: one file whose name is no UTF-8 must not keep the others from being read. Renaming is
the protocol's plain one, which never puts a file in another's place.
"""

import asyncio
import contextlib
import stat
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final, TypeVar, cast

import asyncssh

from adapters.collector.sftp.options import SftpOptions
from adapters.collector.sftp.trouble import not_done
from adapters.collector.shelf import LARGEST
from sidecar.errors import OfficeRefuses, OfficeUnreachable

_PIECE: Final = 32 * 1024
"""Bytes to write or to ask for at a time: every server takes as many."""

_TRIES: Final = 3
"""How often one thing is asked of the server within a session before the whole is left for later."""

_Given = TypeVar("_Given")


class SftpShelf:
    """Folders by their path on the server."""

    def __init__(self, runner: asyncio.Runner, client: asyncssh.SFTPClient, options: SftpOptions) -> None:
        self._runner = runner
        self._client = client
        self._options = options

    def names(self, folder: str) -> Sequence[str]:
        """The plain files whose names are UTF-8."""
        return self._done(self._names(folder), folder)

    def content(self, folder: str, name: str) -> bytes | None:
        """What a file holds, None if it is not there."""
        return self._done(self._content(_path(folder, name)), folder, name)

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a file, and see that the server has all of it."""
        self._done(self._write(_path(folder, name), content), folder, name)

    def move(self, folder: str, name: str, into: str, becomes: str) -> bool:
        """Rename."""
        return self._done(self._move(_path(folder, name), _path(into, becomes)), into, becomes)

    def remove(self, folder: str, name: str) -> None:
        """Remove a file."""
        self._done(self._remove(_path(folder, name)), folder, name)

    def address(self, folder: str, name: str = "") -> str:
        """The server and the path on it."""
        return f"{self._options.address} {folder}{f'/{name}' if name else ''}"

    def _done(self, act: Coroutine[Any, Any, _Given], folder: str, name: str = "") -> _Given:
        """Let an act be done. Raises what keeps it from that in words of ours."""
        try:
            return self._runner.run(act)
        except (OSError, asyncssh.Error, TimeoutError) as error:
            raise not_done(self._options, self.address(folder, name), error) from None

    async def _names(self, folder: str) -> list[str]:
        found = await self._tried(partial(self._listed, folder.encode()))
        names = (_utf8(entry.filename) for entry in found if _is_plain(entry.attrs))
        return [name for name in names if name is not None]

    async def _listed(self, folder: bytes) -> list[asyncssh.SFTPName]:
        return [entry async for entry in self._client.scandir(folder)]

    async def _content(self, path: bytes) -> bytes | None:
        try:
            file = await self._tried(partial(self._client.open, path, "rb", encoding=None))
        except asyncssh.SFTPNoSuchFile:
            await self._folder_is_there(path)
            return None
        size = (await self._tried(file.stat)).size
        content = bytearray()
        while size is None or size <= LARGEST:
            piece = await self._tried(partial(self._piece, file, len(content)))
            content += piece
            if not piece:
                await self._tried(file.close)
                return bytes(content)
            size = max(size or 0, len(content))
        raise OfficeRefuses(f"A file is larger than {LARGEST // 1024 // 1024} MiB and is not read: see what it is.")

    async def _piece(self, file: asyncssh.SFTPClientFile, start: int) -> bytes:
        return cast("bytes", await file.read(_PIECE, start))  # opened without an encoding

    async def _folder_is_there(self, path: bytes) -> None:
        """A file that is missing is nothing wrong, the folder is."""
        await self._tried(partial(self._client.stat, path.rpartition(b"/")[0] or b"/"))

    async def _write(self, path: bytes, content: bytes) -> None:
        file = await self._tried(partial(self._client.open, path, "wb", encoding=None))
        for start in range(0, len(content), _PIECE):
            await self._tried(partial(file.write, content[start : start + _PIECE], start))
        await self._tried(file.close)
        size = (await self._tried(partial(self._client.stat, path))).size
        if size is not None and size != len(content):
            raise OfficeUnreachable("The server kept another number of bytes than it was sent. It is tried again.")

    async def _move(self, source: bytes, target: bytes) -> bool:
        for turn in range(1, _TRIES + 1):
            try:
                await self._tried(partial(self._client.rename, source, target), tries=1)
            except asyncssh.SFTPFileAlreadyExists:
                return False
            except asyncssh.SFTPFailure:  # the older protocol's only word, also for a file that is there
                if await self._tried(partial(self._client.exists, target)):
                    return False
                if turn == _TRIES:
                    raise
            else:
                break
        return True

    async def _remove(self, path: bytes) -> None:
        try:
            await self._tried(partial(self._client.remove, path))
        except asyncssh.SFTPNoSuchFile:
            await self._folder_is_there(path)

    async def _tried(self, ask: Callable[[], Awaitable[_Given]], tries: int = _TRIES) -> _Given:
        """The server's answer, which has its time. A plain "failed" is asked again: each question may be put twice."""
        for _ in range(tries - 1):
            with contextlib.suppress(asyncssh.SFTPFailure):
                return await self._soon(ask())
        return await self._soon(ask())

    async def _soon(self, answer: Awaitable[_Given]) -> _Given:
        async with asyncio.timeout(self._options.timeout):
            return await answer


def _path(folder: str, name: str) -> bytes:
    return f"{folder.rstrip('/')}/{name}".encode()


def _utf8(name: str | bytes) -> str | None:
    try:
        return name if isinstance(name, str) else name.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_plain(attrs: asyncssh.SFTPAttrs) -> bool:
    """Whether it is a file; a server that does not say what it is has only files there."""
    return attrs.permissions is None or stat.S_IFMT(attrs.permissions) in {0, stat.S_IFREG}
