"""How a page is answered: in the browser's language, with headers that let it load and be loaded by nothing else."""

import base64
import binascii
import hmac
from collections.abc import Callable
from typing import Final, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sidecar.language import language_of_request, speaking
from sidecar.serve.pages.shown import Shown

T = TypeVar("T")

_POLICY: Final = "default-src 'none'; style-src {styles}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY.format(styles="'self'"),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_WHO: Final = {"WWW-Authenticate": 'Basic realm="Cardwarden", charset="UTF-8"'}

OK: Final = 200
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403


def language_for(request: Request, shown: Shown) -> str:
    """The language that the browser asks for, else that of the settings."""
    return language_of_request(request.headers.get("Accept-Language", "")) or shown.configuration.language


async def aside(request: Request, shown: Shown, call: Callable[[], T]) -> T:
    """What a call gives or raises, made in a thread of its own and in the reader's language."""
    language = language_for(request, shown)

    def called() -> T:
        with speaking(language):
            return call()

    return await run_in_threadpool(called)


async def spoken(
    request: Request, shown: Shown, make: Callable[[], str], status: int = OK, *, styles: str | None = None
) -> Response:
    """A page, made aside in the reader's language. `styles` says which ones count, if not those of the stylesheet."""
    page = await aside(request, shown, make)
    headers = HEADERS | {"Content-Language": language_for(request, shown), "Vary": "Accept-Language, Cookie"}
    if styles is not None:
        headers["Content-Security-Policy"] = _POLICY.format(styles=styles)
    return HTMLResponse(page, status, headers)


def as_json(value: object, status: int = OK) -> JSONResponse:
    """A value for a machine."""
    return JSONResponse(value, status, headers=HEADERS)


def token_wanted() -> Response:
    """To somebody without the token."""
    return Response("A token is needed.\n", UNAUTHORIZED, headers=HEADERS | _WHO, media_type="text/plain")


def may_read(request: Request, token: str | None) -> bool:
    """Whether a request brings the token, as a bearer or as the password of HTTP Basic."""
    if token is None:
        return True
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode(), token.encode())
