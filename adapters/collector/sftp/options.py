"""Where an SFTP server is, who we are there, and by what we know it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SSH_PORT: Final = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpOptions:
    """`known_hosts` is a file in OpenSSH's form that holds the server's key. The login is by `key_file` (a private key
    without a passphrase), by `password`, or by whichever of both the server takes. `timeout` is seconds for the
    connection, the login, and each answer."""

    host: str
    user: str
    known_hosts: Path
    port: int = SSH_PORT
    key_file: Path | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 30.0

    @property
    def address(self) -> str:
        """The server, for messages."""
        return f"{self.host}:{self.port}"
