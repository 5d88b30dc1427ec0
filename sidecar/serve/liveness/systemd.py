"""What systemd is told of a service of `Type=notify`: that it has started, that it lives, that it stops."""

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
ALIVE: Final = "WATCHDOG=1"

_OFTEN: Final = 3
"""Life is told so many times in the interval in which it is asked for: one datagram may be late."""


class Supervisor:
    """Whoever started the daemon and wants to hear of it; without a socket in the environment, nobody."""

    def __init__(self, address: str | None, watchdog: float | None) -> None:
        """`watchdog` is the seconds within which a sign of life is expected; None if none is."""
        self._address = address
        self.rest = None if address is None or watchdog is None else watchdog / _OFTEN

    @classmethod
    def of(cls, environment: MutableMapping[str, str]) -> "Supervisor":
        """As the environment says. Its variables are taken out: they are not for the alerts' command."""
        address = environment.pop("NOTIFY_SOCKET", None)
        micros = environment.pop("WATCHDOG_USEC", "")
        meant = environment.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        seconds = int(micros) / 1e6 if micros.isdecimal() and int(micros) > 0 and meant else None
        return cls(address or None, seconds)

    def tell(self, word: str) -> None:
        """Send one word. A supervisor that cannot be reached is no reason to fail: it draws its own conclusions."""
        if self._address is None:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.settimeout(0)  # one that reads nothing would hold us up
            line.sendto(word.encode(), address)
