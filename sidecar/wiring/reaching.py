"""Whether anybody listens at an address of the settings."""

import socket
from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}


def cannot_reach(address: str, timeout: float) -> str | None:
    """Why nobody answers at `host:port` or at a URL within so many seconds; None if somebody does. Nothing is said."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        port = parts.port or _PORTS.get(parts.scheme, 0)
        with socket.create_connection((parts.hostname or "", port), timeout=timeout):
            return None
    except TimeoutError:
        return f"no answer within {timeout:g} s"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error) or type(error).__name__
