"""Where a SIP2 gate is and how it is spoken to."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sip2Options:
    """`timeout` is seconds for the connection and for each answer. Without `user` no login is sent. Without
    `institution` the gate's own is taken. `details` asks by message 63 in place of 23. `ca_file` is for a library's own
    authority."""

    host: str
    port: int
    user: str | None = None
    password: str = field(default="", repr=False)
    institution: str | None = None
    location: str = ""
    encoding: str = "utf8"
    tls: bool = False
    ca_file: Path | None = None
    details: bool = False
    timeout: float = 10.0

    @property
    def address(self) -> str:
        """Where it is, for messages."""
        return f"{self.host}:{self.port}"
