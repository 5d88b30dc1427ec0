"""Real SFTP servers on loopback: one in this process, which can fail as it is told, and Debian's OpenSSH."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from adapters.collector.sftp import SftpOptions

USER, PASSWORD = "library", "hunter2"
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")

Fails = Callable[[int, str], bool]


@dataclass
class Faults:
    """What the server does wrong: `fails` is asked before each call (counted from 1, over all connections), the
    connection is cut when `cut_after` bytes have come, or right after a file got its name. `silent`: no answers."""

    fails: Fails = lambda _call, _name: False
    cut_after: int | None = None
    cut_after_rename: bool = False
    refused: type[asyncssh.SFTPError] = asyncssh.SFTPFailure
    silent: bool = False
    calls: list[str] = field(default_factory=list)

    def third(self) -> None:
        """From now on every third call fails."""
        self.fails = lambda call, _name: call % 3 == 0


class LoopbackSftp:
    """A server with one user, whose files are those of a folder of this machine."""

    def __init__(
        self, root: Path, *, key_type: str = "ssh-ed25519", offers_sftp: bool = True, asks: bool = False
    ) -> None:
        """`asks`: it takes the password as an answer to a question alone, as many servers do."""
        self.root = root
        self.key = asyncssh.generate_private_key(key_type)
        self.keys_let_in: list[str] = []
        self.faults = Faults()
        self.port = 0
        self._offers_sftp = offers_sftp
        self._asks = asks
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "LoopbackSftp":
        self._thread.start()
        self._acceptor = self._on_loop(self._listen(0))
        self.port = self._acceptor.get_port()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._on_loop(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def known_hosts(self, file: Path) -> Path:
        """A file that holds this server's key."""
        public = self.key.export_public_key().decode().strip()
        file.write_text(f"[127.0.0.1]:{self.port} {public}\n")
        return file

    def takes_a_new_key(self) -> None:
        """The same port, another key."""
        self._on_loop(self._stop())
        self.key = asyncssh.generate_private_key(self.key.get_algorithm())
        self._acceptor = self._on_loop(self._listen(self.port))

    def _on_loop(self, work):  # type: ignore[no-untyped-def]
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(15)

    async def _listen(self, port: int) -> asyncssh.SSHAcceptor:
        server = self

        class Server(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return not server._asks

            def kbdint_auth_supported(self) -> bool:
                return server._asks

            def get_kbdint_challenge(self, username: str, lang: str, submethods: str):  # type: ignore[no-untyped-def]
                return "", "", "", [("Password:", False)]

            def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
                return (username, list(responses)) == (USER, [PASSWORD])

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (USER, PASSWORD)

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return username == USER and key.get_fingerprint() in server.keys_let_in

        def files(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
            return _Files(channel, server.root, server.faults)

        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_factory=Server,
            server_host_keys=[self.key],
            sftp_factory=files if self._offers_sftp else None,
        )

    async def _stop(self) -> None:
        self._acceptor.close()
        await self._acceptor.wait_closed()


class _Files(asyncssh.SFTPServer):
    """The folder, with faults."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path, faults: Faults) -> None:
        super().__init__(channel, chroot=str(root).encode())
        self._faults = faults
        self._came = 0

    async def _call(self, name: str) -> None:
        faults = self._faults
        faults.calls.append(name)
        if faults.silent:
            await asyncio.sleep(2)
        if faults.fails(len(faults.calls), name):
            raise faults.refused("told to fail")

    async def open(self, path, pflags, attrs):  # type: ignore[no-untyped-def]
        await self._call("open")
        return super().open(path, pflags, attrs)

    async def write(self, file_obj, offset, data):  # type: ignore[no-untyped-def]
        await self._call("write")
        room = None if self._faults.cut_after is None else self._faults.cut_after - self._came
        self._came += len(data)
        if room is not None and room < len(data):
            super().write(file_obj, offset, data[: max(room, 0)])
            file_obj.flush()
            self._cut()
            return len(data)
        return super().write(file_obj, offset, data)

    async def read(self, file_obj, offset, size):  # type: ignore[no-untyped-def]
        await self._call("read")
        return super().read(file_obj, offset, size)

    async def rename(self, oldpath, newpath):  # type: ignore[no-untyped-def]
        await self._call("rename")
        if os.path.exists(self.map_path(newpath)):  # noqa: ASYNC240, PTH110 - a test's server may block
            raise asyncssh.SFTPFailure("there already")
        super().rename(oldpath, newpath)
        if self._faults.cut_after_rename:
            self._cut()

    async def remove(self, path):  # type: ignore[no-untyped-def]
        await self._call("remove")
        super().remove(path)

    async def stat(self, path):  # type: ignore[no-untyped-def]
        await self._call("stat")
        return super().stat(path)

    async def scandir(self, path):  # type: ignore[no-untyped-def]
        await self._call("scandir")
        async for entry in super().scandir(path):
            yield entry

    def _cut(self) -> None:
        self.channel.get_connection().abort()


@contextlib.contextmanager
def openssh(folder: Path) -> Iterator[tuple[int, Path, Path]]:
    """Debian's server as a process of this user on a free port; gives the port, the user's key and the known hosts."""
    assert SSHD is not None
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it locks itself in
    for name in ("host", "user"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(folder / name)
        key.write_public_key(folder / f"{name}.pub")
        (folder / name).chmod(0o600)
    port = _free_port()
    config = folder / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder / 'host'}\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {folder / 'user.pub'}\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
    )
    known = folder / "known"
    known.write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text().strip()}\n")
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port, folder / "user", known
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("sshd did not start")


def options_for(server: LoopbackSftp, known_hosts: Path, **more: object) -> SftpOptions:
    """How the server is reached, with its password."""
    return SftpOptions(
        **{  # type: ignore[arg-type]
            "host": "127.0.0.1",
            "port": server.port,
            "user": USER,
            "password": PASSWORD,
            "known_hosts": known_hosts,
            "timeout": 5.0,
            **more,
        }
    )
