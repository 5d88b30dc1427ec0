"""How patient and how fast the client is, and to which addresses it sends a secret."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sidecar.errors import SettingsError


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """All times are seconds; `max_per_second` None means no limit.

    `give_up_after` bounds one call with all its tries (the one that is running may finish), and how long one
    answer may take to arrive in full; `largest_answer` is how many bytes it may have, decompressed. `ca_file` is a
    file of certificate authorities, for a library's own.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 10.0
    longest_retry_after: float = 60.0
    give_up_after: float = 300.0
    largest_answer: int = 256 << 20
    max_per_second: float | None = None
    ca_file: Path | None = None
    allow_plain_http: bool = False


def checked_address(url: str, options: HttpOptions) -> str:
    """The address without a slash at its end, if it is one to which a secret may be sent."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise SettingsError("the ILS's address must look like https://koha.example.org") from None
    if not usable:
        raise SettingsError("the ILS's address must look like https://koha.example.org")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError("the ILS's address must hold no user, password, query or fragment")
    if parts.scheme == "http" and not options.allow_plain_http and not is_loopback(url):
        raise SettingsError(
            f"http://{parts.hostname} would send the secret in the clear: use https, or set allow_plain_http"
        )
    if options.ca_file is not None and not options.ca_file.exists():
        raise SettingsError(f"there is no ca_file {options.ca_file}")
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
