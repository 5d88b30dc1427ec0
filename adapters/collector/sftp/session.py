"""A connection to an SFTP server whose key is known, for as long as one act takes."""

import asyncio
import contextlib
from collections.abc import Iterator

import asyncssh

from adapters.collector.sftp.options import SSH_PORT, SftpOptions
from adapters.collector.sftp.shelf import SftpShelf
from adapters.collector.sftp.trouble import (
    another_key,
    no_known_key,
    not_connected,
    unreadable_key,
    unreadable_known_hosts,
)


class _Watching(asyncssh.SSHClient):
    """Takes no key but a known one, and remembers the one that was refused."""

    refused: str | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Asked about a key that is not among the known ones."""
        self.refused = key.get_fingerprint()
        return False


@contextlib.contextmanager
def session(options: SftpOptions) -> Iterator[SftpShelf]:
    """A session, closed at the end whatever happened. Raises OfficeUnreachable and OfficeRefuses."""
    known, key = _known_hosts(options), _key(options)
    with asyncio.Runner() as runner:
        connection = runner.run(_connect(options, known, key))
        try:
            client = runner.run(_start(options, connection))
            yield SftpShelf(runner, client, options)
        finally:
            runner.run(_close(options, connection))


def _known_hosts(options: SftpOptions) -> asyncssh.SSHKnownHosts:
    """The known hosts, among which the server is."""
    try:
        known = asyncssh.read_known_hosts(str(options.known_hosts))
    except (OSError, ValueError):
        raise unreadable_known_hosts(options) from None
    port = None if options.port == SSH_PORT else options.port
    host_keys, authorities, *_ = known.match(options.host.strip("[]"), "", port)
    if not (host_keys or authorities):
        raise no_known_key(options)
    return known


def _key(options: SftpOptions) -> asyncssh.SSHKey | None:
    if options.key_file is None:
        return None
    try:
        return asyncssh.read_private_key(options.key_file)
    except (OSError, ValueError):
        raise unreadable_key(options) from None


async def _connect(
    options: SftpOptions, known: asyncssh.SSHKnownHosts, key: asyncssh.SSHKey | None
) -> asyncssh.SSHClientConnection:
    watching = _Watching()
    try:
        return await asyncssh.connect(
            options.host.strip("[]"),
            options.port,
            client_factory=lambda: watching,
            config=None,  # nothing of this user's own ~/.ssh: what is in force stands in the settings
            agent_path=None,
            known_hosts=known,
            username=options.user,
            client_keys=[key] if key is not None else None,
            password=options.password,
            connect_timeout=options.timeout,
            login_timeout=options.timeout,
        )
    except asyncssh.HostKeyNotVerifiable:
        raise another_key(options, watching.refused) from None
    except asyncssh.KeyExchangeFailed as error:
        if "host key" in str(error):  # it has no key any more of the sort that is known
            raise another_key(options, None) from None
        raise not_connected(options, error) from None
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise not_connected(options, error) from None


async def _start(options: SftpOptions, connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
    try:
        async with asyncio.timeout(options.timeout):
            return await connection.start_sftp_client()
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise not_connected(options, error) from None


async def _close(options: SftpOptions, connection: asyncssh.SSHClientConnection) -> None:
    connection.close()
    try:
        async with asyncio.timeout(min(options.timeout, 5.0)):
            await connection.wait_closed()
    except (OSError, asyncssh.Error, TimeoutError):
        connection.abort()
