"""`POST /oauth/token`: the client credentials grant, with Koha's refusals as recorded from Koha 23.05."""

import secrets
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from adapters.standin.http.answers import Flaw, Refusal, answer, error, invalid
from adapters.standin.http.operations import basic_credentials
from adapters.standin.library.library import Library

TOKEN_PATH: Final = "/api/v1/oauth/token"  # noqa: S105 - a path
LIFETIME: Final = 3600
"""Seconds that a token is good for, by the library's clock."""


async def give_token(library: Library, request: Request) -> Response:
    """A new token; those given before stay good."""
    form: dict[str, str] = {}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = {name: values[-1] for name, values in parse_qs((await request.body()).decode()).items()}
    try:
        return _grant(library, form, basic_credentials(request))
    except Refusal as refusal:
        return refusal.response()


def _grant(library: Library, form: dict[str, str], basic: tuple[str, str] | None) -> Response:
    if "grant_type" not in form:
        raise invalid([Flaw("/grant_type", "Missing property.")])
    if form["grant_type"] != "client_credentials":
        raise error(400, "Unimplemented grant type")
    client_id, client_secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
    key = next((key for key in library.keys.values() if key.client_id == client_id), None)
    if key is None:
        raise error(403, "unauthorized_client")
    if not secrets.compare_digest(key.client_secret.encode(), client_secret.encode()):
        raise error(403, "access_denied")
    token = secrets.token_urlsafe(32)
    with library.lock:
        library.tokens[token] = (key, library.now() + LIFETIME)
    return answer({"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer"})
