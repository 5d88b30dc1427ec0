"""To which host names the pages answer: to their own, so that no other site's page can read them.

A web page elsewhere may have its own name lead to this machine ("DNS rebinding"): the browser then takes our pages for
that site's, though they listen on loopback. What tells is the name that it asks for. An IP address is no name that
somebody else can give away, so whoever asks by one (a probe, a proxy) is answered.
"""

import ipaddress
import re
import socket
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sidecar.settings import ListenSettings

MISDIRECTED: Final = 421
BAD_REQUEST: Final = 400

_NOT_OURS: Final = (
    "Cardwarden's pages do not answer to this host name. If they should, add it to `names` under [listen] in "
    'sidecar.toml, as in names = ["cardwarden.example.org"], and restart the daemon.\n'
)
_NONE: Final = "The request's Host header names no host, or several.\n"
_HOST: Final = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]:/@?#\s]+)(?::[0-9]*)?", re.IGNORECASE)
_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def own_names(listen: ListenSettings, address: str | None = None) -> frozenset[str]:
    """The names by which the pages may be asked for; `address` is the pages' own, as a login's provider knows it."""
    machine = socket.gethostname()
    public = urlsplit(address or "").hostname or "localhost"
    return frozenset(map(_alike, ("localhost", public, listen.host, *listen.names, machine, machine.partition(".")[0])))


class OnlyOwnNames:
    """Answers for an application whose name was asked for, and refuses in its place otherwise."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if not given:  # HTTP/1.0, as some probes speak it and no browser does
            return None
        host = _HOST.fullmatch(given[0].strip())
        if len(given) > 1 or host is None:
            return PlainTextResponse(_NONE, BAD_REQUEST, _HEADERS)
        if _is_address(host["host"]) or _alike(host["host"]) in self._names:
            return None
        return PlainTextResponse(_NOT_OURS, MISDIRECTED, _HEADERS)


def _alike(name: str) -> str:
    return name.lower().removesuffix(".")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
