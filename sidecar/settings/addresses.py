"""Addresses as the settings write them. Each check gives the address, or raises ValueError with what would be right;
none quotes what may hold a password."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

EXAMPLE: Final = "https://koha.example.org"
_DATABASES: Final = "sqlite:////var/lib/cardwarden/journal.db or postgresql+psycopg://USER@HOST/DATABASE"


def web_address(text: str) -> str:
    """A web site's address: scheme, host, perhaps a port and a path."""
    if "://" not in text:
        raise ValueError(f"has no scheme; write {_with_scheme(text)}")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"is no address of a web site; write one such as {EXAMPLE}") from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f"has a scheme that is neither https nor http; write an address such as {EXAMPLE}")
    if not host or port == 0 or any(sign.isspace() for sign in text):
        raise ValueError(f"is no address of a web site; write one such as {EXAMPLE}")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"holds a user, a password, a query or a fragment; write the address alone, as in {EXAMPLE}")
    return text


def koha_address(text: str) -> str:
    """Koha's address, not that of one of its pages nor of its API."""
    path = urlsplit(web_address(text)).path
    for known in ("/api", "/cgi-bin"):
        if path == known or path.startswith(f"{known}/"):
            raise ValueError(f"goes on with {known}; write {text[: text.index(known)]}")
    return text


def database_url(text: str) -> str:
    """A database URL; what is behind the scheme is for the database to judge."""
    if "://" in text:
        return text
    plain = text.replace("\\", "/")
    if "@" in text or ":" in text or not plain.endswith((".db", ".sqlite", ".sqlite3")):
        raise ValueError(f"is no database URL; write {_DATABASES}")
    raise ValueError(f"is no database URL; write sqlite:///{plain}")


def host_name(text: str) -> str:
    """A name or an IP address, without scheme, port or path. An IPv6 address may stand in brackets."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in bare:
        try:
            ipaddress.IPv6Address(bare)
        except ValueError:
            raise ValueError("holds more than a host; write its name or address alone, and the port as port") from None
    elif any(sign in "/@?#*" or sign.isspace() for sign in bare):
        raise ValueError("is no host; write its name or address alone")
    return text


def is_loopback_host(host: str) -> bool:
    """Whether a host is this machine, seen from itself."""
    bare = host.strip("[]")
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return bare.lower() == "localhost"


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    return is_loopback_host(urlsplit(url).hostname or "")


def keeps_its_secret(url: str) -> bool:
    """Whether what the address itself holds can be read by nobody on the way."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return usable and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url)))


def _with_scheme(text: str) -> str:
    """The address as it was probably meant, unless it may hold a password."""
    bare = text.lstrip("/:")
    if "@" in bare or not bare or any(sign.isspace() for sign in bare):
        return EXAMPLE
    try:
        host = urlsplit(f"//{bare}").hostname or ""
    except ValueError:
        return EXAMPLE
    return f"{'http' if is_loopback_host(host) else 'https'}://{bare}"
