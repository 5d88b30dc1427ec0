"""Where faults happen: between the socket and the API, so that the client sees what a real failure looks like."""

import asyncio
from email.utils import formatdate
from typing import Final

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.standin.http.answers import internal_error, not_found
from adapters.standin.http.faults import Fault, Faults, Kind
from adapters.standin.library.library import Library

TRANSPORT: Final = "standin.transport"
"""Key of the scope under which the server leaves the connection's transport."""
CONTROL_PATH: Final = "/standin/"

_LOGIN_PAGE: Final = """<!DOCTYPE html>
<html lang="da"><head><title>Koha &rsaquo; Log ind</title></head>
<body id="main_auth"><form method="post" action="/cgi-bin/koha/mainpage.pl"><h1>Koha</h1>
<label for="userid">Brugernavn:</label><input id="userid" name="userid">
<label for="password">Adgangskode:</label><input id="password" name="password" type="password"></form></body></html>
"""
_REASONS: Final = {
    429: "Too Many Requests",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


class Trouble:
    """The outermost layer of the API: lets each fault happen that is on for the request."""

    def __init__(self, app: ASGIApp, faults: Faults, library: Library) -> None:
        self.app = app
        self.faults = faults
        self.library = library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, through its faults."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PATH):
            await self.app(scope, receive, send)
            return
        send = self._dated(send)
        hit = {fault.kind: fault for fault in self.faults.strike(scope["method"], scope["path"])}
        if Kind.LATENCY in hit:
            await asyncio.sleep(hit[Kind.LATENCY].seconds)
        if Kind.EXPIRED_TOKEN in hit:
            self._forget_token(scope)
        instead = _instead(hit)
        if instead is not None:
            await instead(scope, receive, send)
        elif Kind.TIMEOUT_AFTER_WRITE in hit:
            await self._unanswered(hit[Kind.TIMEOUT_AFTER_WRITE], scope, receive)
        elif Kind.CUT_BODY in hit:
            await self._cut(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _dated(self, send: Send) -> Send:
        """Answers carry the library's time, as if its clock were the machine's."""

        async def with_date(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self.library.now(), usegmt=True).encode()
                message = {**message, "headers": [*message["headers"], (b"date", date)]}
            await send(message)

        return with_date

    def _forget_token(self, scope: Scope) -> None:
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        with self.library.lock:
            self.library.tokens.pop(given.partition(" ")[2], None)

    async def _unanswered(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        async def nowhere(message: Message) -> None:
            """Keep the answer from the client."""

        await self.app(scope, receive, nowhere)
        await asyncio.sleep(fault.seconds)
        await _hang_up(scope, receive, politely=False)

    async def _cut(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message | None = None
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            else:
                body += message.get("body", b"")

        await self.app(scope, receive, collect)
        if start is None:
            return
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _hang_up(scope, receive, politely=True)


def _instead(hit: dict[Kind, Fault]) -> Response | None:
    """The answer that comes in place of the real one."""
    if Kind.RETRY_AFTER in hit:
        fault = hit[Kind.RETRY_AFTER]
        return _proxy_page(fault.status, {"Retry-After": f"{fault.seconds:.0f}"})
    if Kind.ERROR in hit:
        fault = hit[Kind.ERROR]
        return internal_error().response() if fault.status not in _REASONS else _proxy_page(fault.status, {})
    if Kind.NO_PLUGIN in hit:
        return not_found().response()
    if Kind.HTML in hit:
        return HTMLResponse(_LOGIN_PAGE)
    return None


def _proxy_page(status: int, headers: dict[str, str]) -> Response:
    title = f"{status} {_REASONS.get(status, 'Error')}"
    page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>\n"
    return HTMLResponse(page, status, headers)


async def _hang_up(scope: Scope, receive: Receive, *, politely: bool) -> None:
    """Close the connection (what was sent still goes out, if politely) and wait until it is closed."""
    transport: asyncio.Transport = scope[TRANSPORT]
    if politely:
        transport.close()
    else:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
